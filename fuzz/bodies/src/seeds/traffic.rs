//! Frames and payloads of made traffic: one of every kind.

use std::collections::BTreeSet;

use netsift_packet::{FrameSource, Packet};
use netsift_synth::{Generator, Scenario};

use super::Seed;

/// How much traffic is looked through.
const PACKETS: u64 = 6_000;
/// Longer frames are more of the same.
const MAX_LEN: usize = 700;
/// How many frames and how many payloads of a kind are kept.
const KEPT_FRAMES: usize = 24;
const KEPT_PAYLOADS: usize = 10;

/// The first frame of every kind: protocol, IP version, flags and the lower port.
pub(super) fn frames() -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    each(|packet| {
        let ports = packet.src_port().min(packet.dst_port()).filter(|&port| port < 1024);
        let flags = packet.flags().map(|flags| flags.0);
        let kind = (packet.protocol().map(|p| p.0), packet.ip_version(), flags, ports);
        let frame = packet.frame().data;
        if kept.len() < KEPT_FRAMES && frame.len() <= MAX_LEN && seen.insert(kind) {
            kept.push(frame.to_vec());
        }
    });
    kept
}

/// What an application reader reads.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Dns,
    Tls,
    Quic,
    Http,
}

/// Payloads of that kind, each of another length.
pub(super) fn payloads(kind: Kind) -> Vec<Seed> {
    let mut lengths = BTreeSet::new();
    let mut kept = Vec::new();
    each(|packet| {
        let payload = packet.payload();
        let fits = kind.has(packet) && kept.len() < KEPT_PAYLOADS;
        if fits && lengths.insert(payload.len() / 8) {
            kept.push((format!("made-{:02}", kept.len()), payload.to_vec()));
        }
    });
    kept
}

impl Kind {
    fn has(self, packet: &Packet<'_>) -> bool {
        let payload = packet.payload();
        let on = |port| packet.src_port() == Some(port) || packet.dst_port() == Some(port);
        match self {
            Self::Dns => on(53) && !payload.is_empty(),
            Self::Tls => payload.starts_with(&[0x16, 3]),
            Self::Quic => on(443) && packet.flags().is_none() && payload.first() > Some(&0x80),
            Self::Http => {
                [&b"GET "[..], b"POST ", b"HTTP/"].iter().any(|start| payload.starts_with(start))
            }
        }
    }
}

fn each(mut see: impl FnMut(&Packet<'_>)) {
    let Ok(mut generator) = Generator::new(&Scenario::new(1).packets(PACKETS)) else { return };
    while let Ok(Some(frame)) = generator.next_frame() {
        if let Ok(packet) = Packet::parse(frame) {
            see(&packet);
        }
    }
}
