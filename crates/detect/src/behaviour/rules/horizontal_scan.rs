//! One port of many hosts.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Extent, Rule, SECOND};
use crate::behaviour::config::HorizontalScanConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::{Attempt, Observation};
use crate::behaviour::sample::{Sample, examples, span};

impl Rule for HorizontalScanConfig {
    /// Who, and which port of which protocol.
    type Key = (IpAddr, u16, Protocol);
    /// The hosts.
    type Track = Sample<IpAddr>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>) -> Option<Self::Key> {
        seen.attempt()?;
        Some((seen.source.ip(), seen.destination.port(), seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>) {
        let has_failed = seen.attempt() == Some(Attempt::Failed);
        let host = seen.destination.ip();
        track.enter((host, seen.first.as_nanos()), has_failed, self.window());
    }

    fn extent(&self, track: &Self::Track) -> Option<Extent> {
        track.census(self.window()).reaches(self.hosts, self.failed_share)
    }

    fn finding(&self, &(offender, port, protocol): &Self::Key, track: &Self::Track) -> Finding {
        let census = track.census(self.window());
        let hosts = examples(track.counted(self.window())).into_iter();
        Finding {
            offender: Some(offender),
            port: Some(port),
            window: self.window(),
            count: census.counted,
            is_estimate: census.is_estimate,
            share: census.share,
            examples: hosts.map(Example::Host).collect(),
            ..Finding::new(Kind::HorizontalScan, protocol, span(track.counted(self.window())))
        }
    }
}
