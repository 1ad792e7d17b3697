//! Pings to many hosts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netsift_packet::Protocol;

use super::{Extent, Rule, SECOND};
use crate::behaviour::config::IcmpSweepConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::Observation;
use crate::behaviour::sample::{Sample, examples, span};

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

    fn watches(&self, seen: &Observation<'_>) -> Option<Self::Key> {
        seen.is_ping().then(|| (seen.source.ip(), seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>) {
        let is_silent = seen.received.packets == 0 && seen.has_ended;
        let host = seen.destination.ip();
        track.enter((host, seen.first.as_nanos()), is_silent, self.window());
    }

    fn extent(&self, track: &Self::Track) -> Option<Extent> {
        let census = track.census(self.window());
        let is_wide = census.all >= self.hosts && census.share >= self.silent_share;
        let walks = || census.all >= self.hosts_of_network && self.walks(track);
        (is_wide || walks()).then_some(Extent { size: census.all, last: census.last })
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
