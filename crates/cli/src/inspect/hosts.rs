//! Who talks: packets and bytes by address, in bounded memory.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::summary::Count;

/// How many hosts are followed: some 64 MB. A scan from forged sources invents as many as it sends
/// packets; those who come after the cap is reached are counted together.
pub(super) const MAX_HOSTS: usize = 1 << 19;

/// What every host sent and received. Two maps, since most addresses are a quarter of the others' size.
#[derive(Default)]
pub(super) struct Hosts {
    v4: HashMap<[u8; 4], Traffic, RandomState>,
    v6: HashMap<[u8; 16], Traffic, RandomState>,
    /// What hosts beyond the cap sent or received.
    beyond: Traffic,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traffic {
    pub(super) sent: Count,
    pub(super) received: Count,
}

impl Traffic {
    pub(super) const fn bytes(&self) -> u64 {
        self.sent.bytes + self.received.bytes
    }
}

impl Hosts {
    #[inline]
    pub(super) fn count(&mut self, src: IpAddr, dst: IpAddr, bytes: u32) {
        self.of(src).sent.add(bytes);
        self.of(dst).received.add(bytes);
    }

    pub(super) fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// What was sent and received by hosts that are not followed.
    pub(super) const fn beyond(&self) -> Traffic {
        self.beyond
    }

    /// The hosts with the most bytes; equals by address, so that the order is always the same.
    pub(super) fn top(&self, count: usize) -> Vec<(IpAddr, Traffic)> {
        let v4 = self.v4.iter().map(|(address, traffic)| (IpAddr::from(*address), *traffic));
        let v6 = self.v6.iter().map(|(address, traffic)| (IpAddr::from(*address), *traffic));
        let mut hosts: Vec<_> = v4.chain(v6).collect();
        hosts.sort_unstable_by_key(|(address, traffic)| (u64::MAX - traffic.bytes(), *address));
        hosts.truncate(count);
        hosts
    }

    #[inline]
    fn of(&mut self, address: IpAddr) -> &mut Traffic {
        let full = self.len() >= MAX_HOSTS;
        match address {
            IpAddr::V4(address) => entry(&mut self.v4, address.octets(), full),
            IpAddr::V6(address) => entry(&mut self.v6, address.octets(), full),
        }
        .unwrap_or(&mut self.beyond)
    }
}

#[inline]
fn entry<K: std::hash::Hash + Eq>(
    hosts: &mut HashMap<K, Traffic, RandomState>,
    address: K,
    full: bool,
) -> Option<&mut Traffic> {
    if full { hosts.get_mut(&address) } else { Some(hosts.entry(address).or_default()) }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn host(number: u32) -> IpAddr {
        Ipv4Addr::from(number).into()
    }

    #[test]
    fn those_with_the_most_bytes_come_first() {
        let mut hosts = Hosts::default();
        hosts.count(host(1), host(2), 100);
        hosts.count(host(2), host(3), 50);
        hosts.count("::1".parse().unwrap(), host(1), 10);
        let top: Vec<_> = hosts.top(2).into_iter().map(|(a, t)| (a, t.bytes())).collect();
        assert_eq!(top, [(host(2), 150), (host(1), 110)]);
        assert_eq!((hosts.len(), hosts.top(9).len()), (4, 4));
    }

    #[test]
    fn beyond_the_cap_known_hosts_stay_exact_and_new_ones_are_counted_together() {
        let mut hosts = Hosts::default();
        for number in 0..MAX_HOSTS as u32 {
            hosts.count(host(number), host(0), 1);
        }
        hosts.count(host(u32::MAX), host(0), 7);
        assert_eq!(hosts.len(), MAX_HOSTS);
        assert_eq!(hosts.beyond().bytes(), 7);
        assert_eq!(hosts.top(1)[0].1.received.packets, MAX_HOSTS as u64 + 1);
    }
}
