//! Network traffic, sifted: the stages of netsift under one roof.
//!
//! Every stage is a crate of its own and can be used without the ones after it; this one names them in
//! one place, behind a feature each. Frames come from [`capture`] (or out of a seed from [`synth`]),
//! [`packet`] tells what is in them, [`flow`] which packets belong together, and [`data`] writes tables of what
//! was found, reads them and makes numbers of them. [`models`] learns from rows and predicts, [`metrics`] says how good
//! guesses are. [`detect`] goes the whole way from frames to verdicts, live and in bounded memory, and an [`alert`] is what
//! somebody should know of it; `history` keeps both in a file that can be asked, `report` tells captures in numbers and pages,
//! and `dashboard` shows it while it happens. Where two stages meet and neither may know the other, the joint is here: [`table`]
//! for flows as rows of files, [`rows`] for flows as rows to learn from, [`packets`] for the packets behind alerts as captures,
//! `explored` for captures as numbers. A [`Pipeline`] goes from a capture to verdicts by what stands in files.
//!
//! ```
//! use netsift::capture::CaptureReader;
//! use netsift::packet::{FrameSource, Packet};
//!
//! # fn main() -> Result<(), netsift::capture::CaptureError> {
//! # let capture = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
//! let mut reader = CaptureReader::new(&capture[..])?;
//! while let Some(frame) = reader.next_frame()? {
//!     match Packet::parse(frame) {
//!         Ok(packet) => println!("{:?} -> {:?}", packet.src(), packet.dst()),
//!         Err(error) => println!("{}", error.reason()),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! A feature a stage, of its name, and some for parts of stages that not everybody wants; each brings the stages that it needs
//! itself. The README of this crate has them in a table, with what each brings, and its `Cargo.toml` a line about each. The
//! default is what the way from a capture to verdicts takes, and traffic to try it with; it compiles no C and needs no library
//! of the system.

#[cfg(feature = "alert")]
pub use netsift_alert as alert;
#[cfg(feature = "capture")]
pub use netsift_capture as capture;
#[cfg(feature = "dashboard")]
pub use netsift_dashboard as dashboard;
#[cfg(feature = "data")]
pub use netsift_data as data;
#[cfg(feature = "detect")]
pub use netsift_detect as detect;
#[cfg(feature = "flow")]
pub use netsift_flow as flow;
#[cfg(feature = "history")]
pub use netsift_history as history;
#[cfg(feature = "metrics")]
pub use netsift_metrics as metrics;
#[cfg(feature = "models")]
pub use netsift_models as models;
#[cfg(feature = "packet")]
pub use netsift_packet as packet;
#[cfg(feature = "report")]
pub use netsift_report as report;
#[cfg(feature = "synth")]
pub use netsift_synth as synth;

#[cfg(all(feature = "report", feature = "capture"))]
pub mod explored;
#[cfg(all(feature = "detect", feature = "capture"))]
pub mod packets;
#[cfg(all(feature = "detect", feature = "capture"))]
pub mod pipeline;
#[cfg(all(feature = "detect", feature = "capture"))]
pub mod rows;
#[cfg(all(feature = "flow", feature = "data"))]
pub mod table;

#[cfg(feature = "watch")]
mod clock;
#[cfg(all(feature = "detect", feature = "capture"))]
pub use pipeline::Pipeline;

#[cfg(feature = "dashboard")]
pub mod serve;
#[cfg(feature = "watch")]
pub mod watch;
