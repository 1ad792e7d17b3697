//! Logins that fail at one host.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Extent, Rule, SECOND};
use crate::behaviour::config::BruteForceConfig;
use crate::behaviour::finding::{Finding, Kind};
use crate::behaviour::logins;
use crate::behaviour::observation::Observation;
use crate::behaviour::sample::{Sample, span};

impl Rule for BruteForceConfig {
    /// Who, whom, and which service.
    type Key = (IpAddr, IpAddr, &'static str);
    /// The sessions, by the port they came from and when.
    type Track = Sample<u16>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>) -> Option<Self::Key> {
        logins::got_nowhere(seen)?;
        Some((seen.source.ip(), seen.destination.ip(), logins::service(seen)?))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>) {
        let got_nowhere = logins::got_nowhere(seen) == Some(true);
        let (port, at) = (seen.source.port(), seen.first.as_nanos());
        track.enter_as(&(port, at), (port, at), got_nowhere, self.window());
    }

    fn extent(&self, track: &Self::Track) -> Option<Extent> {
        track.census(self.window()).reaches(self.logins, self.failed_share)
    }

    fn finding(&self, &(offender, victim, service): &Self::Key, track: &Self::Track) -> Finding {
        let census = track.census(self.window());
        Finding {
            offender: Some(offender),
            victim: Some(victim),
            service: Some(service),
            window: self.window(),
            count: census.counted,
            is_estimate: census.is_estimate,
            share: census.share,
            ..Finding::new(Kind::BruteForce, Protocol::TCP, span(track.counted(self.window())))
        }
    }
}
