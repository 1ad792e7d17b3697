//! What is counted of a host, a pair, a port, a name or a match.

use netsift_packet::Timestamp;

use super::numbers::Volume;
use super::tally::Counted;

/// From when to when something was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    first: i64,
    last: i64,
}

impl Span {
    pub(super) fn of(first: Timestamp, last: Timestamp) -> Self {
        Self { first: first.as_nanos(), last: last.as_nanos() }
    }

    pub(super) fn first(&self) -> Timestamp {
        Timestamp::from_nanos(self.first)
    }

    pub(super) fn last(&self) -> Timestamp {
        Timestamp::from_nanos(self.last)
    }

    fn add(&mut self, other: &Self) {
        (self.first, self.last) = (self.first.min(other.first), self.last.max(other.last));
    }
}

impl Default for Span {
    /// Never.
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN }
    }
}

/// What an end sent and received.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    pub(super) sent: Volume,
    pub(super) received: Volume,
    pub(super) span: Span,
}

impl Counted for Ends {
    const MEASURES: usize = 4;

    #[inline]
    fn add(&mut self, other: &Self) {
        self.sent.add(&other.sent);
        self.received.add(&other.received);
        self.span.add(&other.span);
    }

    fn measure(&self, which: usize) -> u64 {
        match which {
            0 => self.sent.packets,
            1 => self.sent.bytes,
            2 => self.received.packets,
            _ => self.received.bytes,
        }
    }
}

/// What two ends sent each other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Exchange {
    pub(super) there: Volume,
    pub(super) back: Volume,
    pub(super) span: Span,
}

impl Exchange {
    pub(super) fn both(&self) -> Volume {
        let mut both = self.there;
        both.add(&self.back);
        both
    }

    /// The same, seen from the other end.
    pub(super) fn turned(self) -> Self {
        Self { there: self.back, back: self.there, ..self }
    }
}

impl Counted for Exchange {
    const MEASURES: usize = 2;

    fn add(&mut self, other: &Self) {
        self.there.add(&other.there);
        self.back.add(&other.back);
        self.span.add(&other.span);
    }

    fn measure(&self, which: usize) -> u64 {
        self.both().measure(which)
    }
}

impl Counted for Volume {
    const MEASURES: usize = 2;

    fn add(&mut self, other: &Self) {
        Volume::add(self, other);
    }

    fn measure(&self, which: usize) -> u64 {
        if which == 0 { self.packets } else { self.bytes }
    }
}

/// The measure of flows among those of [`Flown`].
pub(super) const BY_FLOWS: usize = 2;

/// How many flows, and what was in them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flown {
    pub(super) flows: u64,
    pub(super) volume: Volume,
    pub(super) span: Span,
}

impl Counted for Flown {
    const MEASURES: usize = 3;

    fn add(&mut self, other: &Self) {
        self.flows += other.flows;
        self.volume.add(&other.volume);
        self.span.add(&other.span);
    }

    fn measure(&self, which: usize) -> u64 {
        match which {
            0 | 1 => self.volume.measure(which),
            _ => self.flows,
        }
    }
}

/// How often something was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times(pub(super) u64);

impl Counted for Times {
    const MEASURES: usize = 1;

    fn add(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn measure(&self, _: usize) -> u64 {
        self.0
    }
}
