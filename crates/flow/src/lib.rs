//! Packets to flows to feature rows.
//!
//! A [`Meter`] takes frames and tells flows; [`Columns`] pick what is told of a flow and tell it to [`Cells`], a cell
//! at a time. Between the two stand parts that can be used alone: an [`Intake`] reads frames to [`Record`]s, the
//! facts of a packet that matter to a flow, and a [`FlowTable`] takes records from wherever they come. What is read
//! and when flows end is a [`Profile`]'s: `native` reads packets as they are, `cic` and `cic-fixed` do what
//! CICFlowMeter and its corrected fork do, errors included, so that models trained on their tables work on ours.
//!
//! Every column is a line of a table: [`FEATURES`], [`FACTS`] and [`IDENTITY`] for flows, [`PACKET_FEATURES`] and its
//! siblings for rows of single packets, which [`Packets`] and [`PacketColumns`] make. [`Labels`] say which flows were
//! what, by rules.
//!
//! Time is what the frames say, and memory is bounded by [`FlowConfig`] whatever they are.
//!
//! ```
//! use netsift_flow::{Cells, Columns, Flow, Meter, Profile, Scratch};
//! use netsift_packet::{Frame, LinkType, Timestamp};
//!
//! /// A row as text.
//! #[derive(Default)]
//! struct Row(Vec<String>);
//!
//! impl Cells for Row {
//!     fn text(&mut self, text: &str) {
//!         self.0.push(text.to_owned());
//!     }
//!     fn integer(&mut self, number: i64) {
//!         self.0.push(number.to_string());
//!     }
//!     fn reals(&mut self, numbers: &[f64]) {
//!         self.0.extend(numbers.iter().map(f64::to_string));
//!     }
//!     fn empty(&mut self) {
//!         self.0.push(String::new());
//!     }
//! }
//!
//! # fn main() -> Result<(), netsift_flow::FlowError> {
//! let question = [
//!     0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
//!     0xc0, 0x00, 0, 53, 0, 10, 0, 0, // UDP
//!     b'h', b'i',
//! ];
//! let columns = Columns::pick(Profile::Native, ["Flow Duration", "volume"])?;
//! let (rows, told) = std::sync::mpsc::channel();
//! let mut meter = Meter::new(columns.config(), 1, || {
//!     let (columns, rows, mut room) = (columns.clone(), rows.clone(), Scratch::default());
//!     move |flow: &Flow| {
//!         let mut row = Row::default();
//!         columns.tell(flow, None, &mut row, &mut room);
//!         let _ = rows.send(row.0);
//!     }
//! })?;
//! for micros in [0, 250] {
//!     meter.push(Frame::new(Timestamp::from_micros(micros), LinkType::RAW, &question));
//! }
//! meter.finish();
//!
//! let row = told.recv().unwrap();
//! let names: Vec<&str> = columns.headings().map(|(name, _)| name).collect();
//! let cell = |name| &*row[names.iter().position(|it| *it == name).unwrap()];
//! assert_eq!(cell("Flow ID"), "10.0.0.1-10.0.0.2-49152-53-17");
//! assert_eq!((cell("Flow Duration"), cell("Total Fwd Packet")), ("250", "2"));
//! # Ok(())
//! # }
//! ```

mod application;
#[cfg(feature = "arbitrary")]
mod arbitrary;
mod columns;
mod config;
mod end;
mod error;
mod features;
mod intake;
mod key;
mod labels;
mod packets;
mod profile;
mod record;
mod saved;
mod state;
mod table;
mod ties;
mod workers;

pub use application::{Application, Dns, Http, MAX_APPLICATION_HEAP, Tls, Wanted, by_port};
pub use columns::{Cells, Columns, Kind, NO_LABEL, Scratch};
pub use config::{Early, FlowConfig};
pub use end::End;
pub use error::FlowError;
pub use features::{
    FACTS, FEATURES, Fact, Feature, Group, IDENTITY, Identity, Name, Spelling, Told, Unit,
};
pub use intake::{Intake, IntakeCounts, Reject};
pub use labels::{Labels, MAX_LABEL_LEN, MAX_LABEL_RULES};
pub use packets::{
    IpFacts, PACKET_FACTS, PACKET_FEATURES, PACKET_IDENTITY, PacketColumns, PacketFacts, Packets,
    TcpFacts,
};
pub use profile::Profile;
pub use record::{Around, Record, Tcp};
pub use state::{Activity, Bulk, Flow, Moments, Side};
pub use table::{Counts, Evictions, FlowTable};
pub use workers::{Finished, MOST_WORKERS, Meter, Sink};
