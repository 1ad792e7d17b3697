//! Logins that fail at many hosts.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND};
use crate::behaviour::config::PasswordSprayConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::logins;
use crate::behaviour::observation::Observation;
use crate::behaviour::sample::{Sample, examples};

impl Rule for PasswordSprayConfig {
    /// Who, and which service.
    type Key = (IpAddr, &'static str);
    /// The hosts.
    type Track = Sample<IpAddr>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>, _: &Beside) -> Option<Self::Key> {
        logins::got_nowhere(seen)?;
        Some((seen.source.ip(), logins::service(seen)?))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let got_nowhere = logins::got_nowhere(seen) == Some(true);
        let host = seen.destination.ip();
        track.enter(&beside.secret, (host, seen.first.as_nanos()), got_nowhere, self.window());
    }

    fn extent(&self, (_, service): &Self::Key, track: &Self::Track) -> Option<Extent> {
        let of_programs = logins::is_of_programs(service);
        let hosts = if of_programs { self.hosts_of_programs } else { self.hosts };
        track.reaches(hosts, self.failed_share, self.window())
    }

    fn finding(&self, &(offender, service): &Self::Key, track: &Self::Track) -> Finding {
        let hosts = examples(track.counted(self.window())).into_iter();
        Finding {
            offender: Some(offender),
            service: Some(service),
            examples: hosts.map(Example::Host).collect(),
            ..track.finding(Kind::PasswordSpray, Protocol::TCP, self.window())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::staged::{inside, kinds, outside, talked, told};
    use crate::behaviour::{Kind, Observation};

    fn sessions(hosts: u8, gap: f64, talk: (u64, u64)) -> Vec<Observation<'static>> {
        let session = |host| talked(outside(1), (inside(host), 22), f64::from(host) * gap, talk);
        (0..hosts).map(session).collect()
    }

    #[test]
    fn short_sessions_at_many_hosts_are_guesses() {
        assert_eq!(kinds(sessions(5, 2.0, (7, 300))), [Kind::PasswordSpray]);
        assert_eq!(kinds(sessions(4, 2.0, (7, 300))), []);
        let [finding] = &told(sessions(5, 2.0, (7, 300)))[..] else { panic!("one finding") };
        assert_eq!((finding.service, finding.victim, finding.count), (Some("SSH"), None, 5));
        assert_eq!(finding.examples.len(), 5);
    }

    #[test]
    fn a_day_at_many_hosts_is_no_guessing() {
        assert_eq!(kinds(sessions(200, 40.0, (7, 300))), [], "one by one");
        assert_eq!(kinds(sessions(200, 2.0, (40, 100))), [], "with work to do");
        let both = sessions(12, 2.0, (40, 100)).into_iter().zip(sessions(12, 2.0, (7, 300)));
        let both = both.flat_map(|(long, mut short)| {
            let second = short.first.as_secs() as u8;
            short.destination.set_ip(inside(100 + second));
            [long, short]
        });
        assert_eq!(kinds(both), [], "with work at half of them");
    }
}
