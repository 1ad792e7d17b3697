//! Frames to rows: the numbers of a flow or of a packet, and whose they are.

use std::net::SocketAddr;

use netsift_detect::flow_rows::usual_columns;
use netsift_flow::{
    Columns, Flow, FlowTable, Intake, PacketColumns, PacketFacts, Packets, Profile,
};
use netsift_models::data::{DataError, Schema};
use netsift_packet::{Frame, Protocol, Timestamp};
use serde::Serialize;

use super::super::flows::{self, Read};
use super::super::numbers::{Volume, seconds, text_if_any};
use super::Subject;
use crate::ReportError;

/// What of packets a forest learns from: what is sent how, and not from which port.
const OF_PACKETS: [&str; 27] = [
    "Gap",
    "Flow Gap",
    "Frame Length",
    "Protocol Number",
    "Dst Port Number",
    "Damaged",
    "Tunnel Depth",
    "IP Length",
    "TTL",
    "DSCP",
    "ECN",
    "MF Flag",
    "Fragment Offset",
    "Header Length",
    "Payload Length",
    "FIN Flag",
    "SYN Flag",
    "RST Flag",
    "PSH Flag",
    "ACK Flag",
    "URG Flag",
    "ECE Flag",
    "CWR Flag",
    "TCP Window",
    "ICMP Type",
    "ICMP Code",
    "Payload Entropy",
];

/// What is kept of flows for the [`usual_columns`], and for how many bytes there were.
const OF_FLOWS: [&str; 2] = ["reference", "wire"];

/// Whose a row is. They are in order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct Who {
    /// When the packet came, or the first of the flow.
    #[serde(serialize_with = "seconds")]
    pub time: Timestamp,
    /// Which frame it was, from 1; of a flow, nothing.
    pub frame: Option<u64>,
    /// Who sent it; without ports, the port is 0.
    pub source: Option<SocketAddr>,
    /// Who it was sent to.
    pub destination: Option<SocketAddr>,
    /// The protocol behind IP.
    #[serde(serialize_with = "text_if_any")]
    pub protocol: Option<Protocol>,
    /// What it was.
    #[serde(flatten)]
    pub volume: Volume,
    /// From the first packet to the last, in nanoseconds; 0 of a packet.
    pub duration_nanos: i64,
}

/// Makes rows of frames.
pub(super) struct Reader {
    kind: Kind,
    row: Vec<f64>,
}

enum Kind {
    Flows {
        /// What makes flows of frames; nothing where somebody else does.
        own: Option<Box<(Intake, FlowTable)>>,
        columns: Columns,
        wire: [Read; 2],
    },
    Packets {
        packets: Box<Packets>,
        columns: PacketColumns,
    },
}

impl Reader {
    /// Makes what it needs of frames.
    pub(super) fn new(subject: Subject) -> Result<Self, ReportError> {
        let mut reader = Self::fed(subject)?;
        if let Kind::Flows { own, .. } = &mut reader.kind {
            let config = Columns::pick(Profile::Native, OF_FLOWS)?.config();
            *own = Some((Intake::new(&config), FlowTable::new(config)).into());
        }
        Ok(reader)
    }

    /// Is given flows that somebody else makes; packets are read of frames.
    pub(super) fn fed(subject: Subject) -> Result<Self, ReportError> {
        let kind = match subject {
            Subject::Flows => {
                let (columns, wire) = (usual_columns(Profile::Native), flows::wire_bytes());
                Kind::Flows { own: None, columns, wire }
            }
            Subject::Packets => {
                let columns = PacketColumns::pick(OF_PACKETS)?;
                Kind::Packets { packets: Packets::new(&columns).into(), columns }
            }
        };
        Ok(Self { kind, row: Vec::new() })
    }

    /// The columns of its rows.
    pub(super) fn schema(&self) -> Result<Schema, DataError> {
        match &self.kind {
            Kind::Flows { columns, .. } => {
                Schema::numbers(columns.features().iter().map(|feature| feature.name.current))
            }
            Kind::Packets { columns, .. } => {
                Schema::numbers(columns.features().iter().map(|feature| feature.name.current))
            }
        }
    }

    /// What each of these columns is counted in.
    pub(super) fn units(&self) -> Vec<(&'static str, String)> {
        match &self.kind {
            Kind::Flows { columns, .. } => {
                let unit =
                    |it: &&netsift_flow::Feature<Flow>| (it.name.current, it.unit.to_string());
                columns.features().iter().map(unit).collect()
            }
            Kind::Packets { columns, .. } => {
                let features = columns.features().iter();
                features.map(|feature| (feature.name.current, feature.unit.to_string())).collect()
            }
        }
    }

    /// Takes a frame, and hands over the rows that are whole with it.
    pub(super) fn read(&mut self, frame: Frame<'_>, mut take: impl FnMut(&Who, &[f64])) {
        let Self { kind, row } = self;
        match kind {
            Kind::Flows { own: Some(own), columns, wire } => {
                let (intake, table) = &mut **own;
                intake.read(frame, |record| {
                    table.push(record, |flow| of_flow(flow, (columns, *wire), row, &mut take));
                });
            }
            Kind::Flows { .. } => {}
            Kind::Packets { packets, columns } => {
                if let Some(facts) = packets.push(frame) {
                    row.clear();
                    row.extend(columns.numbers(&facts));
                    take(&Who::sent(&facts), row);
                }
            }
        }
    }

    /// Takes a flow that somebody else made.
    pub(super) fn flow(&mut self, flow: &Flow, mut take: impl FnMut(&Who, &[f64])) {
        if let Self { kind: Kind::Flows { columns, wire, .. }, row } = self {
            of_flow(flow, (columns, *wire), row, &mut take);
        }
    }

    /// No more frames come: hands over the rows of what was open.
    pub(super) fn finish(&mut self, mut take: impl FnMut(&Who, &[f64])) {
        let Self { kind, row } = self;
        if let Kind::Flows { own: Some(own), columns, wire } = kind {
            own.1.finish(|flow| of_flow(flow, (columns, *wire), row, &mut take));
        }
    }
}

fn of_flow(
    flow: &Flow,
    (columns, wire): (&Columns, [Read; 2]),
    row: &mut Vec<f64>,
    take: &mut impl FnMut(&Who, &[f64]),
) {
    row.clear();
    row.extend(columns.numbers(flow));
    take(&Who::talked(flow, wire), row);
}

impl Who {
    fn talked(flow: &Flow, wire: [Read; 2]) -> Self {
        let bytes = wire.map(|read| read(flow)).iter().sum::<f64>() as u64;
        Self {
            time: flow.first(),
            frame: None,
            source: Some(flow.source()),
            destination: Some(flow.destination()),
            protocol: Some(flow.protocol()),
            volume: Volume { packets: flow.packets(), bytes },
            duration_nanos: flow.duration_nanos(),
        }
    }

    fn sent(packet: &PacketFacts) -> Self {
        let (from, to) = packet.ports.unwrap_or_default();
        Self {
            time: packet.time,
            frame: Some(packet.number),
            source: packet.ip.map(|ip| SocketAddr::new(ip.src, from)),
            destination: packet.ip.map(|ip| SocketAddr::new(ip.dst, to)),
            protocol: packet.ip.map(|ip| ip.protocol),
            volume: Volume { packets: 1, bytes: packet.wire_len.into() },
            duration_nanos: 0,
        }
    }
}
