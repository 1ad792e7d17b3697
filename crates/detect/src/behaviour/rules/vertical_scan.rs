//! Many ports of one host.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND};
use crate::behaviour::config::VerticalScanConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::{Attempt, Observation};
use crate::behaviour::sample::{Sample, examples};

/// So many times the ports tell a scan by a lesser share: many services answer any datagram, and nobody at work finds so
/// many ports of one host closed.
const LONG: u64 = 2;
const LONG_SHARE: f64 = 0.5;

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

    fn watches(&self, seen: &Observation<'_>, _: &Beside) -> Option<Self::Key> {
        seen.attempt()?;
        Some((seen.source.ip(), seen.destination.ip(), seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let has_failed = seen.attempt() == Some(Attempt::Failed);
        let port = seen.destination.port();
        track.enter(&beside.secret, (port, seen.first.as_nanos()), has_failed, self.window());
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        let (ports, share, window) = (self.ports, self.failed_share, self.window());
        let long = || track.reaches(ports.saturating_mul(LONG), share.min(LONG_SHARE), window);
        track.reaches(ports, share, window).or_else(long)
    }

    fn finding(&self, &(offender, victim, protocol): &Self::Key, track: &Self::Track) -> Finding {
        let ports = examples(track.counted(self.window())).into_iter();
        Finding {
            offender: Some(offender),
            victim: Some(victim),
            examples: ports.map(Example::Port).collect(),
            ..track.finding(Kind::VerticalScan, protocol, self.window())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::staged::{flow, inside, kinds, opened, outside, told};
    use crate::behaviour::{Example, Kind, Observation, Opening, Volume};
    use netsift_packet::Protocol;

    fn tries(ports: std::ops::Range<u16>, opening: Opening) -> Vec<Observation<'static>> {
        let to = |port| opened(opening, inside(1), (outside(1), port), f64::from(port));
        ports.map(to).collect()
    }

    #[test]
    fn closed_and_silent_ports_are_a_scan_and_a_few_are_none() {
        for opening in [Opening::Refused, Opening::Unanswered, Opening::HalfOpen, Opening::Aborted]
        {
            assert_eq!(kinds(tries(20..26, opening)), [Kind::VerticalScan], "{opening:?}");
            assert_eq!(kinds(tries(20..25, opening)), []);
        }
        let [scan] = &told(tries(20..26, Opening::Refused))[..] else { panic!("one finding") };
        assert_eq!((scan.offender, scan.victim), (Some(inside(1)), Some(outside(1))));
        assert_eq!(scan.examples, (20..26).map(Example::Port).collect::<Vec<_>>());
        assert_eq!((scan.count, scan.share, scan.is_estimate), (6, 1.0, false));
        assert_eq!((scan.first.as_secs(), scan.last.as_secs()), (20, 25));
    }

    #[test]
    fn one_port_again_and_again_is_no_scan() {
        let again = (0..50)
            .map(|step| opened(Opening::Refused, inside(1), (inside(2), 443), f64::from(step)));
        assert_eq!(kinds(again), []);
    }

    #[test]
    fn a_host_that_is_mostly_answered_is_at_work() {
        let mut flows = tries(20..26, Opening::Refused);
        flows.splice(
            0..0,
            tries(80..84, Opening::Established).into_iter().map(|seen| Observation {
                sent: Volume { packets: 5, data_packets: 2, bytes: 90 },
                ..seen
            }),
        );
        assert_eq!(kinds(flows), []);
    }

    #[test]
    fn twice_as_many_closed_ports_are_a_scan_though_half_of_all_answer() {
        let mixed = |closed: u16, open: u16| {
            let talks = |seen| Observation {
                sent: Volume { packets: 5, data_packets: 2, bytes: 90 },
                ..seen
            };
            let open = tries(100..100 + open, Opening::Established).into_iter().map(talks);
            kinds(open.chain(tries(200..200 + closed, Opening::Refused)))
        };
        assert_eq!(mixed(12, 12), [Kind::VerticalScan]);
        assert_eq!(mixed(11, 11), []);
        assert_eq!(mixed(12, 13), []);
    }

    #[test]
    fn what_lies_further_apart_than_the_window_does_not_add_up() {
        let slow = (20..60).map(|port| {
            opened(Opening::Refused, inside(1), (outside(1), port), f64::from(port) * 61.0)
        });
        assert_eq!(kinds(slow), []);
    }

    #[test]
    fn it_is_told_again_once_it_has_grown_or_a_window_has_passed() {
        let told = told(tries(20..620, Opening::Refused).into_iter().map(|seen| Observation {
            first: netsift_packet::Timestamp::from_micros(seen.destination.port().into()),
            ..seen
        }));
        let counts: Vec<u64> = told.iter().map(|scan| scan.count).collect();
        assert_eq!(&counts[..2], [6, 24]);
        assert!(counts.len() <= 5 && told.last().unwrap().is_estimate, "{counts:?}");
    }

    #[test]
    fn silent_datagrams_to_service_ports_are_a_scan_and_answers_are_none() {
        let probe =
            |port| flow(Protocol::UDP, inside(1), (outside(1), port), f64::from(port) / 1e3);
        assert_eq!(kinds((100..106).map(probe)), [Kind::VerticalScan]);
        assert_eq!(kinds((40_000..40_100).map(probe)), [], "ports that systems choose");
        let streams = (100..120).map(probe).map(|seen| Observation {
            sent: Volume { packets: 9, ..Volume::default() },
            last: seen.first.plus_nanos(50_000_000_000),
            ..seen
        });
        assert_eq!(kinds(streams), []);
    }
}
