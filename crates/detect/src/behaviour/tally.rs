//! Sums over a sliding window, whatever the order.

/// Parts of a window: a sum is of the last seven to eight eighths of it.
const SLOTS: i64 = 8;

/// Sums of `N` kinds over a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tally<const N: usize> {
    slots: [Slot<N>; SLOTS as usize],
    /// The latest part that anything was entered into.
    latest: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot<const N: usize> {
    part: i64,
    sums: [u64; N],
    first: i64,
    last: i64,
}

impl<const N: usize> Slot<N> {
    const EMPTY: Self = Self { part: i64::MIN, sums: [0; N], first: i64::MAX, last: i64::MIN };
}

impl<const N: usize> Default for Tally<N> {
    fn default() -> Self {
        Self { slots: [Slot::EMPTY; SLOTS as usize], latest: i64::MIN }
    }
}

impl<const N: usize> Tally<N> {
    /// Enters amounts at a time; what is older than the window is left out.
    pub(super) fn add(&mut self, at: i64, window: i64, amounts: [u64; N]) {
        let part = at.div_euclid((window / SLOTS).max(1));
        self.latest = self.latest.max(part);
        let Some(slot) = self.slots.get_mut(part.rem_euclid(SLOTS) as usize) else { return };
        if slot.part > part {
            return;
        }
        if slot.part < part {
            *slot = Slot { part, ..Slot::EMPTY };
        }
        for (sum, amount) in slot.sums.iter_mut().zip(amounts) {
            *sum = sum.saturating_add(amount);
        }
        (slot.first, slot.last) = (slot.first.min(at), slot.last.max(at));
    }

    /// The sums of the window up to the latest entry.
    pub(super) fn sums(&self) -> [u64; N] {
        let mut sums = [0_u64; N];
        for slot in self.live() {
            for (sum, part) in sums.iter_mut().zip(slot.sums) {
                *sum = sum.saturating_add(part);
            }
        }
        sums
    }

    /// The first sum of the latest part of the window.
    pub(super) fn recent(&self) -> u64 {
        let latest = self.slots.get(self.latest.rem_euclid(SLOTS) as usize);
        latest.and_then(|slot| slot.sums.first().copied()).unwrap_or(0)
    }

    /// The times of the first and the last entry of the window.
    pub(super) fn span(&self) -> (i64, i64) {
        self.live().fold((i64::MAX, i64::MIN), |(first, last), slot| {
            (first.min(slot.first), last.max(slot.last))
        })
    }

    fn live(&self) -> impl Iterator<Item = &Slot<N>> {
        let oldest = self.latest.saturating_sub(SLOTS - 1);
        self.slots.iter().filter(move |slot| slot.part >= oldest && slot.last != i64::MIN)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_older_than_the_window_is_gone() {
        let mut tally = Tally::default();
        tally.add(0, 80, [1, 10]);
        tally.add(79, 80, [1, 10]);
        assert_eq!((tally.sums(), tally.span()), ([2, 20], (0, 79)));
        tally.add(80, 80, [1, 10]);
        assert_eq!((tally.sums(), tally.span()), ([2, 20], (79, 80)));
        assert_eq!(tally.recent(), 1);
        tally.add(5, 80, [1, 10]);
        assert_eq!(tally.sums(), [2, 20], "late");
    }

    proptest! {
        #[test]
        fn order_does_not_matter(mut entries in prop::collection::vec((0_i64..200, 0_u64..9), 1..40)) {
            let of = |entries: &[(i64, u64)]| {
                let mut tally = Tally::default();
                entries.iter().for_each(|(at, amount)| tally.add(*at, 80, [*amount]));
                (tally.sums(), tally.span())
            };
            let as_they_came = of(&entries);
            let latest = entries.iter().map(|(at, _)| at.div_euclid(10)).max().unwrap();
            let in_window = |(at, _): &&(i64, u64)| at.div_euclid(10) > latest - 8;
            let sum: u64 = entries.iter().filter(in_window).map(|(_, amount)| amount).sum();
            entries.sort_unstable();
            prop_assert_eq!(of(&entries), as_they_came);
            prop_assert_eq!(as_they_came.0, [sum]);
        }
    }
}
