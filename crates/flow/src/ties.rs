//! Fragments tied to the flow of their datagram: only the first of them says which that is.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use netsift_packet::{Fragment, Packet, ParseOptions};
use serde::{Deserialize, Serialize};

use crate::Record;

/// How many datagrams are remembered at most; the oldest is forgotten first.
const MOST: usize = 1 << 16;
/// How long a datagram is waited for: what IPv6 asks of who puts fragments together (RFC 8200).
const PATIENCE_NANOS: i64 = 60_000_000_000;

/// What the fragments of one datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Datagram {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    protocol: u8,
}

/// What a first fragment says of its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tie {
    src: IpAddr,
    dst: IpAddr,
    src_port: u16,
    dst_port: u16,
    protocol: u8,
    time: i64,
}

/// Datagrams whose first fragment was seen, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ties {
    known: HashMap<Datagram, Tie>,
    order: VecDeque<(Datagram, i64)>,
}

/// What became of a packet that is a fragment or holds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tied {
    /// It is a first fragment, or it is none.
    First,
    /// It is a later fragment, and belongs to its first one's flow now.
    Later,
    /// It is a later fragment whose first was not seen.
    Orphan,
}

impl Ties {
    /// Gives a later fragment the ends of its first one's flow; remembers those of a first fragment.
    pub(crate) fn tie(&mut self, packet: &Packet<'_>, record: &mut Record<'_>) -> Tied {
        // A fragmented tunnel has its first fragment around the packet that is told.
        for depth in 0..packet.tunnel_depth() {
            let options = ParseOptions::new().max_tunnels(depth);
            if let Ok(around) = Packet::parse_with(*packet.frame(), &options)
                && let Some((datagram, _)) = datagram(&around)
            {
                self.remember(datagram, record);
            }
        }
        match datagram(packet) {
            None => Tied::First,
            Some((datagram, Fragment { offset: 0, .. })) => {
                self.remember(datagram, record);
                Tied::First
            }
            Some((datagram, _)) => self.apply(&datagram, record),
        }
    }

    /// What is remembered, the oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Datagram, Tie)> {
        let still = |&(datagram, time): &(Datagram, i64)| {
            Some((datagram, *self.known.get(&datagram).filter(|tie| tie.time == time)?))
        };
        self.order.iter().filter_map(still)
    }

    /// Remembers what was remembered before.
    pub(crate) fn restore(&mut self, datagram: Datagram, tie: Tie) {
        self.known.insert(datagram, tie);
        self.order.push_back((datagram, tie.time));
        while self.order.len() > MOST {
            self.forget_oldest();
        }
    }

    fn remember(&mut self, datagram: Datagram, record: &Record<'_>) {
        let tie = Tie {
            src: record.src,
            dst: record.dst,
            src_port: record.src_port,
            dst_port: record.dst_port,
            protocol: record.protocol.0,
            time: record.time.as_nanos(),
        };
        self.restore(datagram, tie);
    }

    fn apply(&mut self, datagram: &Datagram, record: &mut Record<'_>) -> Tied {
        let age = |tie: &Tie| record.time.as_nanos().saturating_sub(tie.time).saturating_abs();
        let Some(tie) = self.known.get(datagram).filter(|tie| age(tie) <= PATIENCE_NANOS) else {
            return Tied::Orphan;
        };
        (record.src, record.dst) = (tie.src, tie.dst);
        (record.src_port, record.dst_port) = (tie.src_port, tie.dst_port);
        record.protocol = netsift_packet::Protocol(tie.protocol);
        Tied::Later
    }

    fn forget_oldest(&mut self) {
        let Some((datagram, time)) = self.order.pop_front() else { return };
        if self.known.get(&datagram).is_some_and(|tie| tie.time == time) {
            self.known.remove(&datagram);
        }
    }
}

/// The datagram that a packet is a fragment of.
fn datagram(packet: &Packet<'_>) -> Option<(Datagram, Fragment)> {
    let fragment = packet.fragment()?;
    let ((src, dst), protocol) = (packet.addresses()?, packet.protocol()?.0);
    Some((Datagram { src, dst, id: fragment.id, protocol }, fragment))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn tie(number: u32, time: i64) -> (Datagram, Tie) {
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let datagram = Datagram { src: host, dst: host, id: number, protocol: 17 };
        let ports = (number as u16, 53);
        let (src_port, dst_port) = ports;
        (datagram, Tie { src: host, dst: host, src_port, dst_port, protocol: 17, time })
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut ties = Ties::default();
        let more = 100;
        for number in 0..MOST as u32 + more {
            let (datagram, tie) = tie(number, number.into());
            ties.restore(datagram, tie);
        }
        assert_eq!((ties.known.len(), ties.order.len()), (MOST, MOST));
        let first = ties.entries().next().unwrap();
        assert_eq!(first, tie(more, more.into()));
    }

    #[test]
    fn an_identification_used_again_is_as_old_as_its_last_use() {
        let mut ties = Ties::default();
        for number in [(1, 0), (2, 1), (1, 2)].map(|(number, time)| tie(number, time)) {
            ties.restore(number.0, number.1);
        }
        ties.forget_oldest();
        let left: Vec<_> = ties.entries().collect();
        assert_eq!(left, [tie(2, 1), tie(1, 2)]);
    }
}
