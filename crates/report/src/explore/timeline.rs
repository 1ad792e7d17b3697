//! Packets and bytes over time, in as many bins as fit.

use netsift_packet::Timestamp;
use serde::Serialize;

use super::numbers::{Volume, seconds};

const MICRO: i64 = 1_000;
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How wide bins may be: each is a multiple of the one before, so that bins can be put together.
const WIDTHS: [i64; 33] = [
    MICRO,
    2 * MICRO,
    10 * MICRO,
    20 * MICRO,
    100 * MICRO,
    200 * MICRO,
    1_000 * MICRO,
    2_000 * MICRO,
    10_000 * MICRO,
    20_000 * MICRO,
    100_000 * MICRO,
    200_000 * MICRO,
    SECOND,
    2 * SECOND,
    10 * SECOND,
    20 * SECOND,
    MINUTE,
    2 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    10 * DAY,
    20 * DAY,
    100 * DAY,
    200 * DAY,
    1_000 * DAY,
    2_000 * DAY,
    10_000 * DAY,
];

/// Packets over time, while they come.
///
/// Bins start fine and are put together as time goes on. One time far from all others would make them useless, so what comes
/// more than [`FAR`] away waits until so many in a row agree on it.
#[derive(Clone, Debug)]
pub(super) struct Bins {
    most: usize,
    width: usize,
    /// The number of the first bin, counted from the epoch.
    first: i64,
    bins: Vec<Volume>,
    /// Where the current bin starts and ends, and which one it is: most packets are in that of the one before.
    current: (i64, i64, usize),
    /// What came far away from everything before, and is not yet believed.
    waiting: Vec<(i64, u64)>,
    strays: Volume,
    /// The earliest and the latest time that is believed.
    span: Option<(i64, i64)>,
}

/// No capture is silent for so long, unless it is another one.
const FAR: i64 = 30 * DAY;
/// So many packets that follow each other are believed.
const BELIEVED: usize = 16;

/// Packets and bytes over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// How wide bins are, in nanoseconds: a round number of microseconds, seconds, hours or days.
    pub width_nanos: i64,
    /// When the first bin starts: a multiple of the width since the epoch, so that days are those of UTC.
    #[serde(serialize_with = "seconds")]
    pub start: Timestamp,
    /// What came in each bin, one after the other.
    pub bins: Vec<Volume>,
    /// What came with times that are far from all others, and in no bin.
    pub strays: Volume,
}

impl Bins {
    /// Keeps so many bins at most.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(2),
            width: 0,
            first: 0,
            bins: Vec::new(),
            current: (0, 0, 0),
            waiting: Vec::new(),
            strays: Volume::default(),
            span: None,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, nanos: i64, bytes: u64) {
        let (from, to, at) = self.current;
        if let Some(bin) = self.bins.get_mut(at).filter(|_| (from..to).contains(&nanos)) {
            bin.count(bytes);
            self.see(nanos);
            if !self.waiting.is_empty() {
                self.doubt();
            }
        } else if self.is_far(nanos) {
            self.wait(nanos, bytes);
        } else {
            self.doubt();
            self.place(nanos, bytes);
        }
    }

    /// No more packets come: the bins, and the earliest and the latest time in them.
    pub(super) fn finish(mut self) -> (Timeline, Option<(Timestamp, Timestamp)>) {
        if self.bins.is_empty() {
            // They were too few to be believed, but there is nothing else.
            self.believe();
        }
        self.doubt();
        let width_nanos = self.width();
        let start = Timestamp::from_nanos(self.first.saturating_mul(width_nanos));
        let at = Timestamp::from_nanos;
        let span = self.span.map(|(first, last)| (at(first), at(last)));
        (Timeline { width_nanos, start, bins: self.bins, strays: self.strays }, span)
    }

    fn is_far(&self, nanos: i64) -> bool {
        let is_far = |(first, last): (i64, i64)| {
            nanos < first.saturating_sub(FAR) || nanos > last.saturating_add(FAR)
        };
        self.span.is_none_or(is_far)
    }

    #[inline]
    fn see(&mut self, nanos: i64) {
        let (first, last) = self.span.unwrap_or((nanos, nanos));
        self.span = Some((first.min(nanos), last.max(nanos)));
    }

    #[cold]
    fn wait(&mut self, nanos: i64, bytes: u64) {
        let is_begun = self.span.is_some();
        let agrees = |(first, _): &(i64, u64)| nanos.abs_diff(*first) <= FAR.unsigned_abs();
        if is_begun && !self.waiting.first().is_none_or(agrees) {
            self.doubt();
        }
        self.waiting.push((nanos, bytes));
        // Of the first, most are right.
        if self.waiting.len() >= if is_begun { BELIEVED } else { 2 * BELIEVED } {
            self.believe();
        }
    }

    /// What waits is where time has gone on to: but for what is far from the middle one.
    fn believe(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let mut times: Vec<i64> = waiting.iter().map(|(nanos, _)| *nanos).collect();
        times.sort_unstable();
        let Some(&middle) = times.get(times.len() / 2) else { return };
        for (nanos, bytes) in waiting {
            if nanos.abs_diff(middle) <= FAR.unsigned_abs() {
                self.place(nanos, bytes);
            } else {
                self.strays.count(bytes);
            }
        }
    }

    /// What waits was not right.
    fn doubt(&mut self) {
        for (_, bytes) in self.waiting.drain(..) {
            self.strays.count(bytes);
        }
    }

    fn place(&mut self, nanos: i64, bytes: u64) {
        self.see(nanos);
        if self.bins.is_empty() {
            self.first = nanos.div_euclid(self.width());
        }
        while self.needed(nanos) > self.most as i64 && self.width + 1 < WIDTHS.len() {
            self.widen();
        }
        let number = nanos.div_euclid(self.width());
        let before = self.first.saturating_sub(number).max(0);
        if before > 0 {
            self.bins.splice(0..0, std::iter::repeat_n(Volume::default(), before as usize));
            self.first = number;
        }
        let at = (number - self.first) as usize;
        if at >= self.bins.len() {
            self.bins.resize(at + 1, Volume::default());
        }
        let start = number.saturating_mul(self.width());
        self.current = (start, start.saturating_add(self.width()), at);
        if let Some(bin) = self.bins.get_mut(at) {
            bin.count(bytes);
        }
    }

    /// How many bins there would be with this time among them.
    fn needed(&self, nanos: i64) -> i64 {
        let number = nanos.div_euclid(self.width());
        let last = self.first + self.bins.len() as i64 - 1;
        number.max(last).saturating_sub(number.min(self.first)).saturating_add(1)
    }

    fn widen(&mut self) {
        let narrow = self.width();
        self.width += 1;
        let times = self.width() / narrow;
        let first = self.first.div_euclid(times);
        let mut bins = Vec::new();
        for (number, bin) in (self.first..).zip(&self.bins) {
            let at = (number.div_euclid(times) - first) as usize;
            bins.resize(at + 1, Volume::default());
            if let Some(to) = bins.get_mut(at) {
                to.add(bin);
            }
        }
        (self.first, self.bins) = (first, bins);
    }

    fn width(&self) -> i64 {
        WIDTHS.get(self.width).copied().unwrap_or(DAY)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn odd_times_do_not_make_strays_of_the_others() {
        let real = |step: i64| 1_700_000_000 * SECOND + step * SECOND;
        let few = (0..44).map(|step| if step % 11 == 10 { 0 } else { real(step) });
        let one = (0..21).map(|step| if step == 15 { 0 } else { real(step) });
        let often = (0..3_000).map(|step| if step % 3 == 0 { step } else { real(step) });
        let cases: [(Vec<i64>, u64); 3] =
            [(few.collect(), 4), (one.collect(), 1), (often.collect(), 1_000)];
        for (times, strays) in cases {
            let count = times.len();
            assert_eq!(told(600, times).strays.packets, strays, "of {count}");
        }
    }

    fn told(most: usize, times: impl IntoIterator<Item = i64>) -> Timeline {
        let mut bins = Bins::new(most);
        times.into_iter().for_each(|time| bins.add(time, 100));
        bins.finish().0
    }

    fn packets(timeline: &Timeline) -> Vec<u64> {
        timeline.bins.iter().map(|bin| bin.packets).collect()
    }

    #[test]
    fn every_width_is_a_multiple_of_the_one_before() {
        assert!(WIDTHS.windows(2).all(|pair| pair[0] < pair[1] && pair[1] % pair[0] == 0));
    }

    #[test]
    fn bins_are_as_fine_as_fit_from_micros_to_days() {
        let every = |step: i64| (0..100).map(move |number| 7 * DAY + number * step);
        for (step, width) in [
            (10, MICRO),
            (MICRO, 2 * MICRO),
            (50_000 * MICRO, SECOND / 10),
            (SECOND, 2 * SECOND),
            (HOUR, 2 * HOUR),
            (DAY, 2 * DAY),
        ] {
            let told = told(60, every(step));
            assert_eq!((told.width_nanos, told.start.as_nanos() % width), (width, 0), "{step}");
            assert_eq!(packets(&told).iter().sum::<u64>(), 100);
            assert!(told.bins.len() <= 60);
        }
        assert_eq!(told(60, [5, 5]).bins, [Volume { packets: 2, bytes: 200 }]);
        assert!(told(60, []).bins.is_empty());
    }

    #[test]
    fn silences_are_bins_and_clocks_that_go_back_find_theirs() {
        let told = told(100, [10, 12, 11, 10, 3, 12].map(|time| time * SECOND));
        // The finest of which seven seconds are a hundred bins at most.
        assert_eq!((told.width_nanos, told.start.as_nanos()), (SECOND / 10, 3 * SECOND));
        let seconds: Vec<u64> = packets(&told).chunks(10).map(|bins| bins.iter().sum()).collect();
        assert_eq!(seconds, [1, 0, 0, 0, 0, 0, 0, 2, 1, 2]);
    }

    #[test]
    fn a_forged_time_spoils_nothing_and_another_capture_is_believed() {
        let year = 365 * DAY;
        let usual = |from: i64| (0..40).map(move |number| from + number * SECOND);
        let mut times: Vec<i64> = usual(50 * year).collect();
        times.insert(0, i64::MAX);
        times.insert(20, i64::MIN);
        times.push(0);
        let forged = told(60, times);
        assert_eq!((forged.width_nanos, forged.strays.packets), (SECOND, 3));
        assert_eq!(packets(&forged), [1; 40]);
        let two = told(600, usual(50 * year).chain(usual(51 * year)));
        assert_eq!((two.width_nanos, two.strays.packets), (DAY, 0));
        assert_eq!((packets(&two)[0], packets(&two)[365]), (40, 40));
    }

    proptest! {
        #[test]
        fn every_packet_is_in_a_bin_or_stray(
            times in prop::collection::vec(prop_oneof![0..DAY, any::<i64>()], 0..100),
            most in 24_usize..200,
        ) {
            let mut bins = Bins::new(most);
            times.iter().for_each(|time| bins.add(*time, 1));
            let (told, span) = bins.finish();
            let binned: u64 = packets(&told).iter().sum();
            prop_assert_eq!(binned + told.strays.packets, times.len() as u64);
            prop_assert!(told.bins.len() <= most);
            if let Some((first, last)) = span {
                let bin = |time: Timestamp| time.as_nanos().div_euclid(told.width_nanos);
                let start = bin(told.start);
                prop_assert_eq!(bin(first), start);
                prop_assert_eq!((bin(last) - start) as usize, told.bins.len() - 1);
            }
        }
    }
}
