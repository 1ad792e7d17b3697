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
//! | feature | default | what it brings |
//! |---|---|---|
//! | `packet` | yes | frames to packets: headers, tunnels, application heads, filters |
//! | `fingerprints` | yes | JA3, JA4 and Community IDs of packets and flows |
//! | `capture` | yes | captures in and out: pcap and pcapng, plain or inside gzip |
//! | `flow` | yes | packets to flows to rows of features; with `data`, the module `table` |
//! | `data` | yes | tables in and out, plain or inside gzip; cleaned, shared out, brought to numbers |
//! | `metrics` | yes | truth and guesses to scores, curves, intervals, reports |
//! | `models` | yes | learners and detectors, smartcore's among them, and the file a model is saved in |
//! | `alert` | yes | what somebody should know; few of many; files, terminals and counters that are told |
//! | `detect` | yes | frames to verdicts; with `capture`, `Pipeline` and the modules `rows` and `packets` |
//! | `synth` | yes | labelled traffic out of a seed, to try all of it with |
//! | `quic` | | QUIC Initial packets opened, for the hello inside |
//! | `live` | | interfaces; on Windows it links Npcap's library |
//! | `live-pcap` | | interfaces through libpcap, which has to be installed |
//! | `zstd` | | captures and tables inside zstd; compiles its C source |
//! | `parquet` | | tables as Parquet; compiles zstd's C source |
//! | `remote` | | syslog, web addresses, mail, SMS and programs that are told; compiles ring's C source |
//! | `history` | | what was told and seen, in a file; compiles SQLite's C source |
//! | `watch` | | verdicts to people by a configuration: the module `watch`; brings `remote` and `history` |
//! | `report` | | captures, tables and models as pages; with `capture`, the module `explored` |
//! | `report-png` | | charts as PNG, with a font |
//! | `report-plotly` | | interactive charts, 4.7 MB of them |
//! | `dashboard` | | the live page: the module `serve`; brings `watch` and `report` |
//! | `arbitrary` | | packets, rows, policies and settings out of any bytes, for fuzz harnesses |
//!
//! The default is what the way from a capture to verdicts takes, and traffic to try it with: ten features that compile no C and need no
//! library of the system. Each brings the stages that it needs itself. Gzip comes with `capture` and `data`, and smartcore's estimators
//! with `models`; who wants to leave them out takes these crates, where they are features.

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

/// The example of the README, so that it cannot rot.
#[cfg(all(doctest, feature = "synth"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
