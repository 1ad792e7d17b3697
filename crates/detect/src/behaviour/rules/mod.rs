//! The rules, one file each: whom a rule follows, what it keeps of a flow, and when it holds.

mod beacon;
mod brute_force;
mod bulk_upload;
mod dns_tunnel;
mod horizontal_scan;
mod icmp_sweep;
mod password_spray;
mod syn_flood;
mod udp_flood;
mod vertical_scan;

use std::hash::Hash;
use std::net::IpAddr;

use super::finding::Finding;
use super::observation::Observation;
use super::sample::{Sample, Secret};
use super::tally::Tally;
use crate::lists::AddressRange;

pub(super) use beacon::CALLS;
pub(super) use dns_tunnel::domain;
pub(super) use syn_flood::OverPorts;

const SECOND: i64 = 1_000_000_000;

/// What rules know beside flows.
pub(super) struct Beside {
    /// One's own networks.
    pub(super) inside: Vec<AddressRange>,
    /// What samples are drawn by.
    pub(super) secret: Secret,
}

impl Beside {
    pub(super) fn is_inside(&self, host: IpAddr) -> bool {
        self.inside.iter().any(|network| network.contains(host))
    }
}

/// What hosts are followed for. Its fields are its thresholds.
pub(super) trait Rule {
    /// Whom it follows.
    type Key: Copy + Eq + Hash;
    /// What it keeps of each.
    type Track: Track;

    /// Whether it is asked for.
    fn is_enabled(&self) -> bool;
    /// The window, in nanoseconds.
    fn window(&self) -> i64;
    /// How long a subject may be silent, in nanoseconds, before its room is given to others.
    fn patience(&self, _: &Self::Track) -> i64 {
        self.window()
    }
    /// Shows a flow, or what there is in it one by one, if a rule looks at less than a whole flow.
    fn each(seen: &Observation<'_>, mut show: impl FnMut(&Observation<'_>)) {
        show(seen);
    }
    /// Whose track a flow belongs to; nothing if the rule has nothing to do with it.
    fn watches(&self, seen: &Observation<'_>, beside: &Beside) -> Option<Self::Key>;
    /// Keeps what matters of a flow.
    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside);
    /// How far it goes that the rule looks for; nothing if the rule does not hold.
    fn extent(&self, key: &Self::Key, track: &Self::Track) -> Option<Extent>;
    /// What is to be told.
    fn finding(&self, key: &Self::Key, track: &Self::Track) -> Finding;
}

/// How far something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// How much of it there is.
    pub(super) size: u64,
    /// When the last of it was seen.
    pub(super) last: i64,
}

impl Extent {
    /// Whether it is to be told after another was: a window later, or grown.
    pub(super) fn is_news(self, told: Self, (window, growth): (i64, f64)) -> bool {
        let is_later = self.last.saturating_sub(told.last) >= window;
        is_later || self.size as f64 >= told.size as f64 * growth
    }
}

/// What a rule keeps of a subject.
pub(super) trait Track: Default {
    /// The most bytes it holds beyond its own size.
    const MAX_HEAP: usize;

    /// Bytes it holds beyond its own size.
    fn heap(&self) -> usize;
    /// How suspicious it is among those that nobody was told of.
    fn weight(&self) -> usize;
    /// As new, with the memory it has.
    fn clear(&mut self);
}

impl<V: Copy + Ord + Hash> Track for Sample<V> {
    const MAX_HEAP: usize = Self::MAX_HEAP;

    fn heap(&self) -> usize {
        self.heap()
    }

    fn weight(&self) -> usize {
        self.suspicion()
    }

    fn clear(&mut self) {
        self.clear();
    }
}

impl<const N: usize> Track for Tally<N> {
    const MAX_HEAP: usize = 0;

    fn heap(&self) -> usize {
        0
    }

    fn weight(&self) -> usize {
        // The first sum is of what the rule looks for.
        self.recent() as usize
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}
