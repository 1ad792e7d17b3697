//! Packets to flows to feature rows.

mod application;
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
