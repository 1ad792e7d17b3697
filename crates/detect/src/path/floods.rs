//! Floods that were told: what each of their senders is said to do is known by then.

use netsift_packet::Timestamp;

use crate::behaviour::{Finding, Kind, Observation};

/// So many are remembered at most: each flow that would be told is held against all of them.
const MOST: usize = 64;

/// Floods from many senders, or from forged ones, that were told.
#[derive(Debug, Default)]
pub(super) struct Floods {
    /// The last told last.
    told: Vec<Finding>,
}

impl Floods {
    /// Whether this is one that speaks for its flows. Of one sender there are few alerts anyhow, and who that is counts.
    pub(super) fn is_one(finding: &Finding) -> bool {
        matches!(finding.kind, Kind::SynFlood | Kind::UdpFlood) && finding.offender.is_none()
    }

    /// One was told, perhaps again.
    pub(super) fn add(&mut self, mut flood: Finding) {
        let same =
            |it: &Finding| (it.kind, it.victim, it.port) == (flood.kind, flood.victim, flood.port);
        if let Some(place) = self.told.iter().position(same) {
            let before = self.told.remove(place);
            // Flows that began before may still be to come; what began in another flood may not.
            if until(&before) >= flood.first {
                flood.first = flood.first.min(before.first);
            }
        }
        if self.told.len() >= MOST {
            self.told.remove(0);
        }
        self.told.push(flood);
    }

    /// Whether a flow is part of one, and nothing else: whoever pours a few datagrams upon a port silences nobody who talks
    /// there.
    pub(super) fn cover(&self, seen: &Observation<'_>) -> bool {
        let is_part = |flood: &Finding| flood.kind != Kind::UdpFlood || seen.is_hardly_answered();
        self.told.iter().any(|flood| is_part(flood) && flood.concerns(seen))
    }
}

fn until(flood: &Finding) -> Timestamp {
    flood.last.plus_nanos(flood.window)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use netsift_packet::Protocol;

    use super::*;
    use crate::behaviour::{Behaviour, BehaviourConfig, Opening, Volume};

    /// The nth sender's connection to a host, a hundredth of a second behind the one before.
    fn call(sender: u32, victim: u8, opening: Opening) -> Observation<'static> {
        let from: IpAddr = (0x0b00_0000 + sender).to_be_bytes().into();
        let to: IpAddr = [10, 0, 0, victim].into();
        let first = Timestamp::from_micros(i64::from(sender) * 10_000);
        let ends = ((from, 4_000).into(), (to, 443).into());
        Observation { opening, ..Observation::new(ends.0, ends.1, Protocol::TCP, first) }
    }

    /// What is told of so many senders, one after the other.
    fn told(senders: std::ops::Range<u32>, victim: u8) -> Vec<Finding> {
        let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
        let mut findings = Vec::new();
        for sender in senders {
            let seen = call(sender, victim, Opening::Aborted);
            behaviour.observe(&seen, |finding| findings.push(finding));
        }
        findings
    }

    #[test]
    fn a_flood_speaks_for_what_is_part_of_it_alone() {
        let mut floods = Floods::default();
        assert!(!floods.cover(&call(5, 2, Opening::Aborted)));
        told(0..100, 2).into_iter().filter(Floods::is_one).for_each(|flood| floods.add(flood));
        assert!(floods.cover(&call(5, 2, Opening::Aborted)));
        assert!(floods.cover(&call(900, 2, Opening::HalfOpen)));
        assert!(!floods.cover(&call(5, 2, Opening::Established)), "somebody talks");
        assert!(!floods.cover(&call(5, 3, Opening::Aborted)), "to another host");
        assert!(!floods.cover(&call(60_000, 2, Opening::Aborted)), "minutes later");
    }

    /// The nth sender's datagrams to a port, so many of them answered.
    fn poured(sender: u32, answers: u64) -> Observation<'static> {
        let from: IpAddr = (0x0b00_0000 + sender).to_be_bytes().into();
        let first = Timestamp::from_micros(i64::from(sender) * 10_000);
        let ends = ((from, 4_000).into(), (IpAddr::from([10, 0, 0, 2]), 443).into());
        let volume = |packets| Volume { packets, bytes: packets * 60, ..Volume::default() };
        let last = first.plus_nanos(500_000_000);
        let seen = Observation::new(ends.0, ends.1, Protocol::UDP, first);
        let hasty = 19 + answers;
        Observation { last, sent: volume(20), received: volume(answers), hasty, ..seen }
    }

    #[test]
    fn who_is_answered_is_no_part_of_a_flood() {
        let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
        let mut floods = Floods::default();
        for sender in 0..8 {
            behaviour.observe(&poured(sender, 0), |flood| {
                assert!(Floods::is_one(&flood) && flood.port == Some(443), "{flood:?}");
                floods.add(flood);
            });
        }
        assert!(floods.cover(&poured(9, 0)) && floods.cover(&poured(9, 9)));
        assert!(!floods.cover(&poured(9, 20)), "it talks, and may stand on a list");
    }

    #[test]
    fn one_that_goes_on_is_one_and_of_many_some_are_kept() {
        let mut floods = Floods::default();
        told(0..100, 2).into_iter().for_each(|flood| floods.add(flood));
        told(10_000..10_100, 2).into_iter().for_each(|flood| floods.add(flood));
        assert_eq!(floods.told.len(), 1);
        assert!(floods.cover(&call(5, 2, Opening::Aborted)), "which began before");
        for victim in 3..200 {
            told(0..40, victim).into_iter().for_each(|flood| floods.add(flood));
        }
        assert_eq!(floods.told.len(), MOST);
        assert!(floods.cover(&call(5, 199, Opening::Aborted)));
        assert!(!floods.cover(&call(5, 2, Opening::Aborted)));
    }
}
