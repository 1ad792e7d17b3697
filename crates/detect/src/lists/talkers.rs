//! Those who talk most, counted in bounded memory.

use std::fmt::Write;
use std::net::IpAddr;

use foldhash::quality::RandomState;
use hashbrown::HashMap;

use super::limits::{COUNTERS_A_TALKER, MAX_TALKERS};
use super::{List, ListFormat, ListKind, ListOptions, LocalEntries};
use crate::DetectError;

/// Counts what hosts send, and tells the busiest.
///
/// There are ten counters for each host that is wanted, and as many again until the smallest are cleared away: once
/// all are in use, what the first host beyond the tenfold has is taken from every host, and who has nothing left is
/// forgotten (Misra and Gries, in batches). So a count is never too high, and too low by
/// [`missed`](Self::missed) at most, which is never more than all bytes by the number of counters: whoever has sent more
/// than that is still counted, whatever others do.
///
/// ```
/// use netsift_detect::lists::{ListOptions, Talkers};
///
/// # fn main() -> Result<(), netsift_detect::DetectError> {
/// let mut talkers = Talkers::new(1)?;
/// talkers.add("192.0.2.1".parse().unwrap(), 1_500, 1);
/// talkers.add("192.0.2.2".parse().unwrap(), 90_000, 60);
/// let list = talkers.list(&ListOptions::new("talkers"))?;
/// let hit = list.address("192.0.2.2".parse().unwrap()).unwrap();
/// assert_eq!(hit.to_string(), "192.0.2.2 of talkers, rank 1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Talkers {
    wanted: usize,
    counters: usize,
    hosts: HashMap<IpAddr, Count, RandomState>,
    bytes: u64,
    missed: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    bytes: u64,
    packets: u64,
}

/// A host, and what was counted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Talker {
    /// Its address.
    pub address: IpAddr,
    /// How many bytes it has sent, or [`Talkers::missed`] more at most.
    pub bytes: u64,
    /// How many packets it has sent since it is counted without a break.
    pub packets: u64,
}

impl Talkers {
    /// Counts for the `wanted` busiest hosts.
    ///
    /// # Errors
    /// If that is none, or more than 100,000.
    pub fn new(wanted: usize) -> Result<Self, DetectError> {
        if !(1..=MAX_TALKERS).contains(&wanted) {
            return Err(DetectError::Setting {
                setting: "talkers".to_owned(),
                value: wanted.to_string(),
                rule: "1 to 100000",
            });
        }
        let counters = wanted * COUNTERS_A_TALKER;
        Ok(Self { wanted, counters, hosts: HashMap::default(), bytes: 0, missed: 0 })
    }

    /// Counts bytes and packets that a host has sent.
    pub fn add(&mut self, address: IpAddr, bytes: u64, packets: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        let count = self.hosts.entry(address.to_canonical()).or_default();
        count.bytes = count.bytes.saturating_add(bytes);
        count.packets = count.packets.saturating_add(packets);
        if self.hosts.len() > 2 * self.counters {
            self.clear_away();
        }
    }

    /// All bytes that were counted.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes a count may be too low by.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// The busiest hosts, as many as were wanted or as there are, the busiest first; of equally busy ones that of the
    /// smaller address.
    #[must_use]
    pub fn busiest(&self) -> Vec<Talker> {
        let talker = |(address, count): (&IpAddr, &Count)| Talker {
            address: *address,
            bytes: count.bytes,
            packets: count.packets,
        };
        let mut talkers: Vec<Talker> = self.hosts.iter().map(talker).collect();
        talkers.sort_unstable_by_key(|talker| (std::cmp::Reverse(talker.bytes), talker.address));
        talkers.truncate(self.wanted);
        talkers
    }

    /// The busiest hosts as a list, each on the line of its rank. Name, severity and category are those of `options`;
    /// hosts of one's own are among them.
    ///
    /// # Errors
    /// If the options cannot be, or allow fewer hosts.
    pub fn list(&self, options: &ListOptions) -> Result<List, DetectError> {
        let mut text = String::new();
        for talker in self.busiest() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", talker.address);
        }
        let options = options.clone().format(ListFormat::Plain).local(LocalEntries::Keep);
        Ok(List { kind: ListKind::Talkers, ..options.read(text.as_bytes())? })
    }

    /// Leaves as many hosts as there are counters, or fewer.
    fn clear_away(&mut self) {
        let mut counts: Vec<u64> = self.hosts.values().map(|count| count.bytes).collect();
        let at = self.counters.min(counts.len().saturating_sub(1));
        let (_, share, _) = counts.select_nth_unstable_by(at, |one, other| other.cmp(one));
        let share = *share;
        self.missed = self.missed.saturating_add(share);
        self.hosts.retain(|_, count| {
            count.bytes = count.bytes.saturating_sub(share);
            count.bytes > 0
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn the_busiest_are_told_in_order() {
        let mut talkers = Talkers::new(2).unwrap();
        for (host, bytes) in [(1, 10), (2, 30), (3, 20), (1, 15), (4, 25)] {
            talkers.add(address(host), bytes, 1);
        }
        talkers.add("::ffff:0.0.0.2".parse().unwrap(), 1, 1);
        let told = talkers.busiest();
        let expected = [(address(2), 31, 2), (address(1), 25, 2)];
        assert_eq!(
            told.iter().map(|t| (t.address, t.bytes, t.packets)).collect::<Vec<_>>(),
            expected
        );
        assert_eq!((talkers.bytes(), talkers.missed()), (101, 0));
        let list = talkers.list(&ListOptions::new("t").category("busy")).unwrap();
        assert_eq!((list.kind(), list.len(), list.category()), (ListKind::Talkers, 2, "busy"));
        assert_eq!(list.address(address(1)).unwrap().line(), 2);
        assert!(list.address(address(4)).is_none());
    }

    #[test]
    fn none_and_too_many_are_refused() {
        for wanted in [0, MAX_TALKERS + 1, usize::MAX] {
            assert!(matches!(Talkers::new(wanted), Err(DetectError::Setting { .. })), "{wanted}");
        }
    }

    /// A flood of forged sources neither takes memory nor hides who is busy.
    #[test]
    fn a_million_sources_of_one_packet_hide_nobody() {
        let mut talkers = Talkers::new(10).unwrap();
        for number in 0..1_000_000 {
            talkers.add(address(0x0b00_0000 + number), 60, 1);
            if number % 10 == 0 {
                talkers.add(address(number / 10 % 10), 1_500, 1);
            }
        }
        let told: Vec<_> = talkers.busiest().into_iter().map(|talker| talker.address).collect();
        assert!((0..10).all(|host| told.contains(&address(host))), "{told:?}");
        assert!(talkers.hosts.capacity() <= 4 * 2 * talkers.counters);
        assert!(talkers.missed() <= talkers.bytes() / talkers.counters as u64);
    }

    #[test]
    fn counts_do_not_wrap() {
        let mut talkers = Talkers::new(1).unwrap();
        for host in 0..50 {
            talkers.add(address(host), u64::MAX, u64::MAX);
            talkers.add(address(host), u64::MAX, u64::MAX);
        }
        assert_eq!(talkers.bytes(), u64::MAX);
    }

    proptest! {
        #[test]
        fn counts_are_within_what_is_stated(
            sent in prop::collection::vec((0_u32..60, 0_u64..100), 0..400),
        ) {
            let mut talkers = Talkers::new(1).unwrap();
            let mut exact = [0_u64; 60];
            for (host, bytes) in sent {
                talkers.add(address(host), bytes, 1);
                exact[host as usize] += bytes;
            }
            let missed = talkers.missed();
            prop_assert!(missed <= talkers.bytes() / talkers.counters as u64);
            prop_assert!(talkers.hosts.len() <= 2 * talkers.counters);
            for (host, exact) in (0..).zip(exact) {
                let counted = talkers.hosts.get(&address(host)).map_or(0, |count| count.bytes);
                prop_assert!(counted <= exact && exact <= counted + missed);
            }
        }
    }
}
