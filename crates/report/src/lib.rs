//! What a person reads of network traffic.
//!
//! An [`Explorer`] says how captures are explored: frames in, [`CaptureNumbers`] out, which are plain data for a page, a
//! terminal or JSON.
//!
//! ```
//! use netsift_packet::FrameSource;
//! use netsift_report::Explorer;
//! use netsift_synth::{Generator, Scenario};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut exploration = Explorer::new().start()?;
//! let mut traffic = Generator::new(&Scenario::new(1).packets(5_000))?;
//! while let Some(frame) = traffic.next_frame()? {
//!     exploration.push(frame);
//! }
//! let numbers = exploration.finish();
//! assert_eq!(numbers.frames.all.packets, 5_000);
//! for host in &numbers.sources.by_bytes {
//!     println!("{} sent {} bytes", host.address, host.sent.bytes);
//! }
//! # Ok(())
//! # }
//! ```

mod error;
mod explore;

pub use error::ReportError;
pub use explore::*;
