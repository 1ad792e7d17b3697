//! Pings to many hosts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND};
use crate::behaviour::config::IcmpSweepConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::Observation;
use crate::behaviour::sample::{Sample, examples, span};

/// Echoes that came back to one who looks who is there: Windows asks four times. Who goes on asking knows already.
const MOST_ANSWERS: u64 = 4;

impl Rule for IcmpSweepConfig {
    /// Who, and by which protocol.
    type Key = (IpAddr, Protocol);
    /// The hosts; the silent ones count.
    type Track = Sample<IpAddr>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>, _: &Beside) -> Option<Self::Key> {
        let is_standing = seen.received.packets > MOST_ANSWERS && !seen.is_hardly_answered();
        (seen.is_ping() && !is_standing).then(|| (seen.source.ip(), seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let is_silent = seen.received.packets == 0 && seen.has_ended;
        let host = seen.destination.ip();
        track.enter(&beside.secret, (host, seen.first.as_nanos()), is_silent, self.window());
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        let census = track.census(self.window());
        let is_wide = census.all >= self.hosts && census.share >= self.silent_share;
        let walks = || census.all >= self.hosts_of_network && self.walks(track);
        // Monitoring asks the same hosts for ever, and they answer: that is news once, and again if it grows.
        let last = if census.share >= self.silent_share { census.last } else { i64::MIN };
        (is_wide || walks()).then_some(Extent { size: census.all, last })
    }

    fn finding(&self, &(offender, protocol): &Self::Key, track: &Self::Track) -> Finding {
        let census = track.census(self.window());
        let hosts = examples(track.live(self.window())).into_iter();
        Finding {
            offender: Some(offender),
            window: self.window(),
            count: census.all,
            is_estimate: census.is_estimate,
            share: census.share,
            examples: hosts.map(Example::Host).collect(),
            ..Finding::new(Kind::IcmpSweep, protocol, span(track.live(self.window())))
        }
    }
}

impl IcmpSweepConfig {
    /// Whether enough of the hosts are of one network.
    fn walks(&self, track: &Sample<IpAddr>) -> bool {
        let networks: Vec<IpAddr> =
            track.live(self.window()).map(|entry| network(entry.value)).collect();
        let neighbours = |it: &IpAddr| networks.iter().filter(|other| *other == it).count();
        let most = networks.iter().map(neighbours).max().unwrap_or(0);
        track.scaled(most as u64) >= self.hosts_of_network
    }
}

/// The network that a sweep walks through: addresses of one link mostly differ in the last part only.
fn network(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(host) => Ipv4Addr::from_bits(host.to_bits() & !0xff).into(),
        IpAddr::V6(host) => Ipv6Addr::from_bits(host.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::staged::{flow, inside, kinds, told};
    use crate::behaviour::{Kind, Observation, Volume};
    use netsift_packet::Protocol;

    fn ping(host: std::net::IpAddr, seconds: f64, is_answered: bool) -> Observation<'static> {
        let (protocol, kind) =
            if host.is_ipv4() { (Protocol::ICMP, 8) } else { (Protocol::ICMPV6, 128) };
        let received = Volume { packets: is_answered.into(), ..Volume::default() };
        let ping = flow(protocol, inside(200), (host, 0), seconds);
        Observation { icmp_type: Some(kind), received, ..ping }
    }

    #[test]
    fn a_walk_through_a_network_is_a_sweep_whether_it_answers_or_not() {
        for is_answered in [false, true] {
            let walk =
                |hosts: u8| (1..=hosts).map(move |host| ping(inside(host), 1.0, is_answered));
            assert_eq!(kinds(walk(10)), [Kind::IcmpSweep]);
            assert_eq!(kinds(walk(9)), []);
        }
        let link = (0..10_u16).map(|host| [0x2001, 0xdb8, 0, 1, 0, 0, 0, host].into());
        assert_eq!(kinds(link.map(|host| ping(host, 1.0, true))), [Kind::IcmpSweep]);
    }

    #[test]
    fn a_standing_ping_is_none_and_one_without_an_answer_is() {
        let volume = |packets| Volume { packets, ..Volume::default() };
        let asked = |sent, answers| {
            kinds((1..=10).map(|host| Observation {
                sent: volume(sent),
                received: volume(answers),
                ..ping(inside(host), 1.0, true)
            }))
        };
        assert_eq!(asked(100, 100), []);
        assert_eq!(asked(100, 50), []);
        assert_eq!(asked(4, 4), [Kind::IcmpSweep], "as Windows asks");
        assert_eq!(asked(100, 49), [Kind::IcmpSweep], "hardly answered");
    }

    #[test]
    fn the_same_hosts_for_ever_are_told_once_if_they_answer() {
        let rounds = |hosts: u8, is_answered| {
            (0..60_u32).flat_map(move |round| {
                (1..=hosts).map(move |host| ping(inside(host), f64::from(round * 60), is_answered))
            })
        };
        assert_eq!(kinds(rounds(10, true)), [Kind::IcmpSweep]);
        assert!(kinds(rounds(10, false)).len() > 8, "who looks for hosts that are not there");
        let grown = rounds(10, true).chain((1..=100).map(|host| ping(inside(host), 3_600.0, true)));
        assert_eq!(kinds(grown), [Kind::IcmpSweep; 2]);
    }

    #[test]
    fn hosts_here_and_there_are_a_sweep_if_most_are_silent() {
        let far = |count: u8| (1..=count).map(|network| [203, network, 0, 1].into());
        assert_eq!(kinds(far(20).map(|host| ping(host, 1.0, false))), [Kind::IcmpSweep]);
        assert_eq!(kinds(far(19).map(|host| ping(host, 1.0, false))), []);
        assert_eq!(kinds(far(200).map(|host| ping(host, 1.0, true))), []);
    }

    #[test]
    fn a_large_sweep_is_estimated_and_other_messages_are_no_pings() {
        let hosts =
            || (0..=255_u8).flat_map(|net| (1..=8).map(move |host| [10, 0, net, host].into()));
        let sweep = told(hosts().map(|host| ping(host, 1.0, false)));
        let last = sweep.last().unwrap();
        assert!(last.is_estimate && (600..2_600).contains(&last.count), "{}", last.count);
        let errors =
            hosts().map(|host| Observation { icmp_type: Some(3), ..ping(host, 1.0, false) });
        assert_eq!(kinds(errors), []);
    }
}
