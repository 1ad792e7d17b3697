//! How many different addresses there were, in bounded memory.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

/// The smallest hashes of this many addresses are kept: the number is exact up to here, and known to some 9 % beyond.
const KEPT: usize = 128;

/// Counts different addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Distinct {
    /// The smallest hashes, in order.
    hashes: Vec<u64>,
    /// Whether there were more.
    is_more: bool,
    /// Whoever knows the hashes can choose addresses that all count as one: so they are keyed by chance.
    key: RandomState,
}

impl Distinct {
    pub(super) fn see(&mut self, address: IpAddr) {
        let hash = self.key.hash_one(address.to_canonical());
        let Err(place) = self.hashes.binary_search(&hash) else { return };
        self.is_more |= self.hashes.len() == KEPT;
        if place < KEPT {
            self.hashes.truncate(KEPT - 1);
            self.hashes.insert(place, hash);
        }
    }

    /// How many, and whether that is exact.
    pub(super) fn count(&self) -> (u64, bool) {
        match self.hashes.last() {
            // So many hashes below the greatest: as many in every other part of the numbers as large.
            Some(&greatest) if self.is_more => {
                let share = greatest as f64 / u64::MAX as f64;
                ((((KEPT - 1) as f64) / share.max(f64::MIN_POSITIVE)) as u64, false)
            }
            _ => (self.hashes.len() as u64, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn few_are_counted_and_many_are_estimated() {
        let mut distinct = Distinct::default();
        for round in 0..2 {
            for host in 0..KEPT as u32 {
                distinct.see(Ipv4Addr::from_bits(0x0a00_0000 + host).into());
            }
            assert_eq!(distinct.count(), (KEPT as u64, true), "{round}");
        }
        for host in 0..100_000_u32 {
            distinct.see(Ipv4Addr::from_bits(0x0a00_0000 + host).into());
        }
        let (count, is_exact) = distinct.count();
        assert!((75_000..125_000).contains(&count) && !is_exact, "{count}");
        assert_eq!(distinct.hashes.len(), KEPT);
    }

    #[test]
    fn nobody_knows_which_addresses_count_as_one() {
        let addresses = (0..100_000_u32).map(|host| IpAddr::from(Ipv4Addr::from_bits(host)));
        // Those that are the smallest to one counter, as who knows its hashes would choose them.
        let known = Distinct::default();
        let mut chosen: Vec<IpAddr> = addresses.collect();
        chosen.sort_by_key(|address| std::cmp::Reverse(known.key.hash_one(address)));
        chosen.truncate(10_000);
        let mut other = Distinct::default();
        chosen.into_iter().for_each(|address| other.see(address));
        assert!((6_000..14_000).contains(&other.count().0), "{:?}", other.count());
    }

    #[test]
    fn networks_of_ipv6_are_told_apart_too() {
        let mut distinct = Distinct::default();
        (0..100_u128).for_each(|net| distinct.see(Ipv6Addr::from_bits(net << 64 | 1).into()));
        assert_eq!(distinct.count(), (100, true));
    }
}
