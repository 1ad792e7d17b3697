//! Datagrams that nobody answers.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Rule, SECOND};
use crate::behaviour::config::UdpFloodConfig;
use crate::behaviour::finding::{Finding, Kind};
use crate::behaviour::observation::{Observation, is_group};
use crate::behaviour::tally::Tally;

/// So many datagrams are a flood however they share out over flows: each may have a sender of its own.
const MANY: u64 = 1_000;

impl Rule for UdpFloodConfig {
    /// Whom.
    type Key = IpAddr;
    /// Datagrams of flows that are hardly answered, such flows, and all datagrams.
    type Track = Tally<3>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>) -> Option<Self::Key> {
        let victim = seen.destination.ip();
        let is_it = seen.protocol == Protocol::UDP && seen.has_ended && !is_group(victim);
        is_it.then_some(victim)
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>) {
        let sent = seen.sent.packets;
        let is_poured = seen.received.packets.saturating_mul(2) < sent;
        let (poured, flows) = if is_poured { (sent, 1) } else { (0, 0) };
        track.add(seen.first.as_nanos(), self.window(), [poured, flows, sent]);
    }

    fn size(&self, track: &Self::Track) -> Option<u64> {
        let [poured, flows, all] = track.sums();
        let is_no_scan = poured >= MANY || poured >= flows.saturating_mul(self.datagrams_of_flow);
        let is_alone = poured as f64 >= all as f64 * self.unanswered_share;
        let holds = poured >= self.datagrams && flows >= self.flows && is_no_scan && is_alone;
        holds.then_some(poured)
    }

    fn finding(&self, &victim: &Self::Key, track: &Self::Track) -> Finding {
        let [poured, _, all] = track.sums();
        Finding {
            victim: Some(victim),
            window: self.window(),
            count: poured,
            share: poured as f64 / all.max(1) as f64,
            ..Finding::new(Kind::UdpFlood, Protocol::UDP, track.span())
        }
    }
}
