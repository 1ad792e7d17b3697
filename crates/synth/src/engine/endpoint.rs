//! One end of a TCP connection: its numbers, its window and the options that its system sends.

use crate::{
    dialogue::Stack,
    frames::{Options, SYN, Segment},
    host::{Host, System},
    random::{MILLI, Rng},
};

/// The state of one end.
pub(super) struct Endpoint {
    /// The next byte it sends.
    pub(super) next: u32,
    /// The next byte it waits for.
    pub(super) expects: u32,
    /// Segments it may have in flight.
    pub(super) congestion: u32,
    pub(super) mss: u16,
    system: System,
    crafted: Option<(u16, bool)>,
    received: u32,
    clock: u32,
    /// The other end's clock as last seen.
    echo: u32,
}

/// What two ends agree on when they connect.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) stamps: bool,
    pub(super) selective: bool,
    pub(super) scaled: bool,
}

/// Segments in the first window (RFC 6928).
const FIRST_WINDOW: u32 = 10;
/// Where the receive buffer stops growing.
const LARGEST_BUFFER: u32 = 3 << 20;

impl Endpoint {
    pub(super) fn new(host: &Host, v6: bool, stack: Stack, rng: &mut Rng) -> Self {
        let chance = rng.next();
        Self {
            next: chance as u32,
            expects: 0,
            congestion: FIRST_WINDOW,
            mss: if v6 { host.mss - 20 } else { host.mss },
            system: host.system,
            crafted: match stack {
                Stack::Own => None,
                Stack::Crafted { window, mss } => Some((window, mss)),
            },
            received: 0,
            clock: (chance >> 33) as u32,
            echo: 0,
        }
    }

    pub(super) fn terms(&self, other: &Self) -> Terms {
        let both = |has: fn(&Self) -> bool| has(self) && has(other);
        Terms {
            stamps: both(|end| end.crafted.is_none() && end.system.stamps()),
            selective: both(|end| end.crafted.is_none() && end.system != System::Device),
            scaled: both(|end| end.crafted.is_none() && end.system.first_window().1 > 0),
        }
    }

    /// Its first segment: `terms` are what the other end offered, or everything if it speaks first.
    pub(super) fn opening(&self, now: u64, terms: Option<Terms>) -> Segment {
        let all = Terms { stamps: self.system.stamps(), selective: true, scaled: true };
        let terms = terms.unwrap_or(all);
        let (window, options) = match self.crafted {
            Some((window, true)) => (window, Options::NONE.mss(1_460)),
            Some((window, false)) => (window, Options::NONE),
            None => (self.system.first_window().0, self.opening_options(now, terms)),
        };
        Segment { seq: self.next, ack: self.expects, flags: SYN, window, options }
    }

    /// A segment at its present state.
    pub(super) fn segment(&self, now: u64, flags: u8, terms: Terms) -> Segment {
        let options = match terms.stamps {
            true => Options::NONE.no_operation(2).timestamps(self.stamp(now), self.echo),
            false => Options::NONE,
        };
        Segment { seq: self.next, ack: self.expects, flags, window: self.window(terms), options }
    }

    /// Its clock: milliseconds since its start.
    pub(super) fn stamp(&self, now: u64) -> u32 {
        self.clock.wrapping_add((now / MILLI) as u32)
    }

    /// Notes the other end's first segment.
    pub(super) fn meet(&mut self, seq: u32, stamp: u32) {
        self.expects = seq.wrapping_add(1);
        self.echo = stamp;
    }

    /// Notes a segment of the other end: everything up to `end` is there.
    pub(super) fn hear(&mut self, end: u32, stamp: u32) {
        self.received = self.received.saturating_add(end.wrapping_sub(self.expects));
        self.expects = end;
        self.echo = stamp;
    }

    fn opening_options(&self, now: u64, terms: Terms) -> Options {
        let stamp = self.stamp(now);
        let scale = self.system.first_window().1;
        let first = Options::NONE.mss(self.mss);
        let stamped = |options: Options, pad: usize| match terms.stamps {
            true => options.no_operation(pad).timestamps(stamp, self.echo),
            false => options,
        };
        match self.system {
            System::Linux => {
                let padding = if terms.selective && terms.stamps { 0 } else { 2 };
                let options = match (terms.selective, terms.stamps) {
                    (true, true) => first.sack_permitted().timestamps(stamp, self.echo),
                    (true, false) => first.no_operation(padding).sack_permitted(),
                    (false, _) => stamped(first, padding),
                };
                if terms.scaled { options.no_operation(1).window_scale(scale) } else { options }
            }
            System::Windows => {
                let options = match terms.scaled {
                    true => first.no_operation(1).window_scale(scale),
                    false => first,
                };
                if terms.selective { options.no_operation(2).sack_permitted() } else { options }
            }
            System::Mac => {
                let options = first.no_operation(1).window_scale(scale).no_operation(2);
                options.timestamps(stamp, self.echo).sack_permitted().end()
            }
            System::Device => first,
        }
    }

    /// Bytes that it takes: more as more has arrived, less by what the program has not read yet.
    pub(super) fn room(&self, terms: Terms) -> u32 {
        if let Some((window, _)) = self.crafted {
            return window.into();
        }
        let first = u32::from(self.system.first_window().0);
        let largest = if terms.scaled { LARGEST_BUFFER } else { u32::from(u16::MAX) };
        let unread = self.received % 2_896;
        first.saturating_add(self.received / 2).min(largest) - unread
    }

    /// That room as the header tells it.
    fn window(&self, terms: Terms) -> u16 {
        let scale = self.system.first_window().1;
        let shift = if terms.scaled { u32::from(scale) } else { 0 };
        (self.room(terms) >> shift).min(u32::from(u16::MAX)) as u16
    }
}
