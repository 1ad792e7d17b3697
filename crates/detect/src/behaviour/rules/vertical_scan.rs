//! Many ports of one host.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Extent, Rule, SECOND};
use crate::behaviour::config::VerticalScanConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::{Attempt, Observation};
use crate::behaviour::sample::{Sample, examples, span};

impl Rule for VerticalScanConfig {
    /// Who, whom, and by which protocol.
    type Key = (IpAddr, IpAddr, Protocol);
    /// The ports.
    type Track = Sample<u16>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>) -> Option<Self::Key> {
        seen.attempt()?;
        Some((seen.source.ip(), seen.destination.ip(), seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>) {
        let has_failed = seen.attempt() == Some(Attempt::Failed);
        let port = seen.destination.port();
        track.enter((port, seen.first.as_nanos()), has_failed, self.window());
    }

    fn extent(&self, track: &Self::Track) -> Option<Extent> {
        track.census(self.window()).reaches(self.ports, self.failed_share)
    }

    fn finding(&self, &(offender, victim, protocol): &Self::Key, track: &Self::Track) -> Finding {
        let census = track.census(self.window());
        let ports = examples(track.counted(self.window())).into_iter();
        Finding {
            offender: Some(offender),
            victim: Some(victim),
            window: self.window(),
            count: census.counted,
            is_estimate: census.is_estimate,
            share: census.share,
            examples: ports.map(Example::Port).collect(),
            ..Finding::new(Kind::VerticalScan, protocol, span(track.counted(self.window())))
        }
    }
}
