//! Frames and payloads of made traffic: one of every kind.

use std::collections::BTreeSet;

use netsift_packet::{FrameSource, Packet};
use netsift_synth::{Generator, Scenario};

/// How much traffic is looked through.
const PACKETS: u64 = 6_000;
/// Longer frames are more of the same.
const MAX_LEN: usize = 700;
/// How many frames are kept.
const KEPT: usize = 24;

/// The first frame of every kind: protocol, IP version, flags and the lower port.
pub(super) fn frames() -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    each(|packet| {
        let ports = packet.src_port().min(packet.dst_port()).filter(|&port| port < 1024);
        let flags = packet.flags().map(|flags| flags.0);
        let kind = (packet.protocol().map(|p| p.0), packet.ip_version(), flags, ports);
        let frame = packet.frame().data;
        if kept.len() < KEPT && frame.len() <= MAX_LEN && seen.insert(kind) {
            kept.push(frame.to_vec());
        }
    });
    kept
}

fn each(mut see: impl FnMut(&Packet<'_>)) {
    let Ok(mut generator) = Generator::new(&Scenario::new(1).packets(PACKETS)) else { return };
    while let Ok(Some(frame)) = generator.next_frame() {
        if let Ok(packet) = Packet::parse(frame) {
            see(&packet);
        }
    }
}
