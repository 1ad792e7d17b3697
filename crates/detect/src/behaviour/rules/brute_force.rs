//! Logins that fail at one host.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND};
use crate::behaviour::config::BruteForceConfig;
use crate::behaviour::finding::{Finding, Kind};
use crate::behaviour::logins;
use crate::behaviour::observation::Observation;
use crate::behaviour::sample::Sample;

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

    fn watches(&self, seen: &Observation<'_>, _: &Beside) -> Option<Self::Key> {
        logins::got_nowhere(seen)?;
        Some((seen.source.ip(), seen.destination.ip(), logins::service(seen)?))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let got_nowhere = logins::got_nowhere(seen) == Some(true);
        let (port, at) = (seen.source.port(), seen.first.as_nanos());
        track.enter_as(beside.secret.hash(&(port, at)), (port, at), got_nowhere, self.window());
    }

    fn extent(&self, (.., service): &Self::Key, track: &Self::Track) -> Option<Extent> {
        let of_programs = logins::is_of_programs(service);
        let logins = if of_programs { self.logins_of_programs } else { self.logins };
        track.reaches(logins, self.failed_share, self.window())
    }

    fn finding(&self, &(offender, victim, service): &Self::Key, track: &Self::Track) -> Finding {
        Finding {
            offender: Some(offender),
            victim: Some(victim),
            service: Some(service),
            ..track.finding(Kind::BruteForce, Protocol::TCP, self.window())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::staged::{inside, kinds, outside, talked, told};
    use crate::behaviour::{Kind, Observation};

    /// Sessions, ten seconds apart.
    fn sessions(count: u32, port: u16, (packets, size): (u64, u64)) -> Vec<Observation<'static>> {
        let session =
            |step| talked(outside(1), (inside(1), port), f64::from(step) * 10.0, (packets, size));
        (0..count).map(session).collect()
    }

    #[test]
    fn short_sessions_again_and_again_are_guesses() {
        assert_eq!(kinds(sessions(4, 22, (7, 300))), [Kind::BruteForce]);
        assert_eq!(kinds(sessions(3, 22, (7, 300))), []);
        let [finding] = &told(sessions(4, 3389, (7, 300)))[..] else { panic!("one finding") };
        assert_eq!((finding.service, finding.count), (Some("RDP"), 4));
        assert_eq!((finding.offender, finding.victim), (Some(outside(1)), Some(inside(1))));
    }

    #[test]
    fn programs_log_in_all_day() {
        let a_second = |count, port| {
            (0..count)
                .map(move |step| talked(inside(2), (inside(1), port), f64::from(step), (7, 300)))
        };
        for port in [3306, 995, 587] {
            // So many are estimated.
            assert_eq!(kinds(a_second(150, port)), [], "{port}");
            assert_eq!(kinds(a_second(600, port)), [Kind::BruteForce], "{port}");
        }
    }

    #[test]
    fn services_are_known_by_what_they_say_on_any_port() {
        let on_902 = |application| {
            let sessions = sessions(4, 902, (7, 300)).into_iter();
            kinds(sessions.map(|seen| Observation { application, ..seen }))
        };
        assert_eq!(on_902(Some("SSH")), [Kind::BruteForce]);
        assert_eq!((on_902(Some("Git")), on_902(None)), (vec![], vec![]));
    }

    #[test]
    fn the_web_counts_where_it_says_that_nobody_is_known() {
        let answers = |status| {
            let sessions = sessions(4, 80, (2, 300)).into_iter();
            kinds(sessions.map(|seen| Observation {
                application: Some("HTTP"),
                http_status: Some(status),
                ..seen
            }))
        };
        assert_eq!((answers(401), answers(200)), (vec![Kind::BruteForce], vec![]));
    }

    #[test]
    fn work_is_no_guessing() {
        assert_eq!(kinds(sessions(50, 22, (40, 80))), [], "long sessions");
        assert_eq!(kinds(sessions(50, 22, (7, 1_400))), [], "large ones");
        assert_eq!(kinds(sessions(50, 22, (1, 30))), [], "greetings");
        let mixed = sessions(5, 22, (7, 300)).into_iter().zip(sessions(5, 22, (60, 300)));
        let mixed = mixed.flat_map(|(short, mut long)| {
            long.source.set_port(9);
            [long, short]
        });
        assert_eq!(kinds(mixed), [], "both");
    }
}
