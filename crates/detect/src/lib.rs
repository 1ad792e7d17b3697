//! Flows to verdicts.
//!
//! A [`Path`] takes frames and tells verdicts: it makes flows, shows them to [`Models`], looks them up on [`lists`],
//! watches what hosts do over many of them ([`behaviour`]), and weighs it all by a [`Policy`], whose
//! [formula](score) is one documented function. A [`PathBuilder`] puts it together from parts, and a [`Control`] replaces
//! models, lists and policy while it runs. Time is what the frames say, and memory is bounded whatever they are.
//!
//! A [`ring`] keeps the last frames, on request, so that whoever is told a verdict can save the packets behind it.
//!
//! Each part can be used alone: [`behaviour::Behaviour`] takes facts of flows from anywhere, [`lists::Lists`] are asked
//! for addresses, names and fingerprints, [`flow_rows`] makes rows for models of flows, and a policy
//! [weighs](Policy::weigh) any [`Verdict`].
//!
//! ```
//! use netsift_detect::{Conversation, PathBuilder};
//! use netsift_packet::FrameSource;
//! use netsift_synth::{Generator, Scenario};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut path = PathBuilder::new().start(|_verdict, alert| {
//!     alert.into_iter().for_each(|alert| println!("{alert}"));
//! })?;
//! let mut traffic = Generator::new(&Scenario::new(1).packets(5_000))?;
//! while let Some(frame) = traffic.next_frame()? {
//!     path.push(frame);
//! }
//! println!("{:?}", path.finish().counts);
//! # Ok(())
//! # }
//! ```

pub mod behaviour;
mod conversation;
mod error;
pub mod flow_rows;
mod hosts;
pub mod lists;
mod models;
mod own;
mod path;
pub mod policy;
pub mod ring;
pub mod score;
mod verdict;

pub use conversation::Conversation;
pub use error::DetectError;
pub use hosts::Hosts;
pub use models::Models;
pub use path::{Control, Counters, Counts, Path, PathBuilder, Setup, Summary, Witness};
pub use policy::Policy;
pub use verdict::{About, Said, Verdict};
