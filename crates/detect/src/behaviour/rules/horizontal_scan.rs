//! One port of many hosts.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND};
use crate::behaviour::config::HorizontalScanConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::{Attempt, Observation};
use crate::behaviour::sample::{Sample, examples};

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

    fn watches(&self, seen: &Observation<'_>, _: &Beside) -> Option<Self::Key> {
        seen.attempt()?;
        Some((seen.source.ip(), seen.destination.port(), seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let has_failed = seen.attempt() == Some(Attempt::Failed);
        let host = seen.destination.ip();
        track.enter(&beside.secret, (host, seen.first.as_nanos()), has_failed, self.window());
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        track.reaches(self.hosts, self.failed_share, self.window())
    }

    fn finding(&self, &(offender, port, protocol): &Self::Key, track: &Self::Track) -> Finding {
        let hosts = examples(track.counted(self.window())).into_iter();
        Finding {
            offender: Some(offender),
            port: Some(port),
            examples: hosts.map(Example::Host).collect(),
            ..track.finding(Kind::HorizontalScan, protocol, self.window())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::staged::{kinds, opened, outside, told};
    use crate::behaviour::{Kind, Observation, Opening, Volume};

    fn tries(hosts: std::ops::Range<u8>, opening: Opening) -> Vec<Observation<'static>> {
        let to = |host| opened(opening, outside(250), (outside(host), 23), f64::from(host));
        hosts.map(to).collect()
    }

    #[test]
    fn many_hosts_that_refuse_or_are_silent_are_a_scan() {
        assert_eq!(kinds(tries(0..6, Opening::Unanswered)), [Kind::HorizontalScan]);
        assert_eq!(kinds(tries(0..5, Opening::Unanswered)), []);
        let [scan] = &told(tries(0..6, Opening::Refused))[..] else { panic!("one finding") };
        assert_eq!((scan.offender, scan.victim), (Some(outside(250)), None));
        assert_eq!((scan.port, scan.count), (Some(23), 6));
    }

    #[test]
    fn who_asks_again_and_again_means_to_connect() {
        let patient = tries(0..40, Opening::Unanswered)
            .into_iter()
            .map(|seen| Observation { sent: Volume { packets: 6, ..Volume::default() }, ..seen });
        assert_eq!(kinds(patient), []);
    }

    #[test]
    fn a_silent_host_is_no_failure_before_its_flow_is_over() {
        let open = tries(0..40, Opening::Unanswered).into_iter();
        assert_eq!(kinds(open.map(|seen| Observation { has_ended: false, ..seen })), []);
    }

    #[test]
    fn a_flow_that_is_told_twice_counts_once() {
        let twice = tries(0..5, Opening::Refused)
            .into_iter()
            .flat_map(|seen| [Observation { has_ended: false, ..seen }, seen]);
        assert_eq!(kinds(twice), []);
    }

    #[test]
    fn groups_are_no_targets() {
        let groups = (0..40).map(|last| ([239, 0, 0, last].into(), 23));
        let tries = groups.map(|to| opened(Opening::Unanswered, outside(1), to, 0.0));
        assert_eq!(kinds(tries), []);
    }

    #[test]
    fn flows_of_the_scan_are_concerned_and_others_are_not() {
        let flows = tries(0..6, Opening::Refused);
        let [scan] = &told(flows.clone())[..] else { panic!("one finding") };
        assert!(flows.iter().all(|seen| scan.concerns(seen)));
        let at = |seconds| opened(Opening::Refused, outside(250), (outside(99), 23), seconds);
        assert!(scan.concerns(&at(304.0)) && !scan.concerns(&at(306.0)), "a window later");
        assert!(!scan.concerns(&opened(Opening::Refused, outside(251), (outside(1), 23), 1.0)));
        assert!(!scan.concerns(&opened(Opening::Refused, outside(250), (outside(1), 80), 1.0)));
        let talk = Volume { packets: 40, data_packets: 30, bytes: 9_000 };
        let work = Observation { opening: Opening::Established, sent: talk, ..flows[0] };
        assert!(!scan.concerns(&work));
    }
}
