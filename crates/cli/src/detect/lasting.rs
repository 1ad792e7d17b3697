//! How long packets have lasted by their own times, of which any may be wild.

use netsift::packet::Timestamp;

/// So many packets in a row are believed: a damaged or forged time alone ends nothing.
const WITNESSES: u32 = 64;
/// A first packet that is so far in front of all others has the wild time: the others are not the end.
const WILD_NANOS: i64 = 3_600_000_000_000;

/// Follows the times of packets until they have lasted for as long as was asked for.
pub(super) struct Lasting {
    most: i64,
    first: Option<Timestamp>,
    timely: u64,
    /// So many in a row were late.
    late: u32,
}

/// What the time of a packet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It belongs to what was asked for.
    Timely,
    /// It lies behind that, if its time is right.
    Late,
    /// All of that is over.
    Over,
}

impl Lasting {
    pub(super) fn new(most: i64) -> Self {
        Self { most, first: None, timely: 0, late: 0 }
    }

    /// A packet of this time came; a clock may agree that it is late.
    pub(super) fn see(&mut self, time: Timestamp, agrees: bool) -> Says {
        let lasts = time.nanos_since(*self.first.get_or_insert(time));
        if lasts < self.most {
            (self.timely, self.late) = (self.timely + 1, 0);
            return Says::Timely;
        }
        self.late += 1;
        if self.late < WITNESSES && !agrees {
            return Says::Late;
        }
        if self.timely > 1 || agrees || lasts < self.most.saturating_add(WILD_NANOS) {
            return Says::Over;
        }
        (self.first, self.late) = (Some(time), 0);
        Says::Timely
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const YEARS: i64 = 1_600_000_000;

    /// Of packets at these seconds, of which ten are asked for: how many are timely until it is over, and whether it is.
    fn timely(seconds: impl IntoIterator<Item = i64>) -> (usize, bool) {
        let mut lasting = Lasting::new(10 * SECOND);
        let times = seconds.into_iter().map(|second| Timestamp::from_nanos(second * SECOND));
        let said: Vec<Says> = times.map(|time| lasting.see(time, false)).collect();
        let end = said.iter().position(|says| *says == Says::Over);
        let until = said.iter().take(end.unwrap_or(said.len()));
        (until.filter(|says| **says == Says::Timely).count(), end.is_some())
    }

    #[test]
    fn it_ends_with_many_that_are_late_and_with_none_alone() {
        assert_eq!(timely(0..200), (10, true));
        assert_eq!(timely(0..73), (10, false));
        let wild = (0..9).flat_map(|second| [second, second + YEARS, second + 20]);
        assert_eq!(timely(wild), (9, false));
    }

    #[test]
    fn a_first_that_is_years_in_front_is_the_wild_one() {
        let (timely_then, is_over) = timely([0].into_iter().chain(YEARS..YEARS + 200));
        // Those that were doubted are left out.
        assert_eq!((timely_then, is_over), (1 + 10, true));
        assert_eq!(timely([0].into_iter().chain(20..200)), (1, true), "a pause is none");
    }

    /// Who reads a pipe does not wait for many to come where time says the same.
    #[test]
    fn a_clock_that_agrees_is_believed_at_once() {
        let mut lasting = Lasting::new(10 * SECOND);
        let mut see = |second, agrees| lasting.see(Timestamp::from_nanos(second * SECOND), agrees);
        assert_eq!([see(0, false), see(9, true)], [Says::Timely; 2]);
        assert_eq!([see(10, false), see(10, true)], [Says::Late, Says::Over]);
    }
}
