//! Much sent out.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Extent, Rule, SECOND};
use crate::behaviour::config::BulkUploadConfig;
use crate::behaviour::finding::{Finding, Kind};
use crate::behaviour::observation::{Observation, is_group, is_inside};
use crate::behaviour::tally::Tally;

impl Rule for BulkUploadConfig {
    /// Who, whom, and by which protocol.
    type Key = (IpAddr, IpAddr, Protocol);
    /// Bytes sent and received.
    type Track = Tally<2>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>) -> Option<Self::Key> {
        let host = seen.destination.ip();
        let is_outside = !is_inside(host) && !is_group(host);
        let is_it = is_outside && seen.has_ended && seen.sent.bytes > seen.received.bytes;
        is_it.then(|| (seen.source.ip(), host, seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>) {
        let bytes = [seen.sent.bytes, seen.received.bytes];
        // At its end: a long flow would lie before the window else.
        track.add(seen.last.as_nanos(), self.window(), bytes);
    }

    fn extent(&self, track: &Self::Track) -> Option<Extent> {
        let [sent, received] = track.sums();
        let is_one_way = sent as f64 >= sent.saturating_add(received) as f64 * self.sent_share;
        let holds = sent >= self.bytes && is_one_way;
        holds.then(|| Extent { size: sent, last: track.span().1 })
    }

    fn finding(&self, &(offender, victim, protocol): &Self::Key, track: &Self::Track) -> Finding {
        let [sent, received] = track.sums();
        Finding {
            offender: Some(offender),
            victim: Some(victim),
            window: self.window(),
            count: sent,
            share: sent as f64 / sent.saturating_add(received).max(1) as f64,
            ..Finding::new(Kind::BulkUpload, protocol, track.span())
        }
    }
}
