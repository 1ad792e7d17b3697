//! How far a number may be off by chance: the same number of rows drawn again and again.

use serde::{Deserialize, Serialize};

use crate::MetricError;
use crate::error::within;
use crate::normal;
use crate::sum::sum;

/// Rows each of which may be left out in turn: the time it takes grows with their square.
const MAX_LEFT_OUT: f64 = 20_000.0;

/// Intervals by resampling: rows are drawn with repetition, as many as there are, and what is to be told is told of
/// them. The same seed draws the same rows.
///
/// Whoever computes on rows takes the weights of those rows with them.
///
/// ```
/// use netsift_metrics::{Average, Bootstrap, Confusion};
///
/// let truth = [0, 0, 0, 1, 1, 1, 0, 1, 0, 1];
/// let guess = [0, 0, 1, 1, 1, 0, 0, 1, 0, 1];
/// let f1 = |rows: &[usize]| {
///     let of = |labels: &[u8]| rows.iter().map(|row| labels[*row]).collect::<Vec<_>>();
///     Some(Confusion::of(&of(&truth), &of(&guess)).ok()?.f1(Average::Macro))
/// };
/// let interval = Bootstrap::new(7).interval(truth.len(), f1)?;
/// assert!((interval.estimate - 0.8).abs() < 1e-12);
/// assert!(interval.low < 0.6 && interval.high == 1.0);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    seed: u64,
    resamples: usize,
    confidence: f64,
    kind: IntervalKind,
}

/// How an interval is made of what resamples tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum IntervalKind {
    /// Between the percentiles: simple, and right where what is told is about symmetric.
    #[default]
    Percentile,
    /// Between percentiles that are moved by how far resamples tell too much or too little, and by how much the spread
    /// changes with the value (Efron's BCa): better for scores near their ends. It asks `metric` once more for every row,
    /// each time of all others, and so is for 20,000 rows at most.
    BiasCorrected,
}

/// A number, and between what it lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Of the rows as they are.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How likely an interval made like this holds the truth.
    pub confidence: f64,
    /// How many times rows were drawn.
    pub resamples: usize,
    /// For how many of those there was no number; the ends are those of the others.
    pub undefined: usize,
}

impl Bootstrap {
    /// 1,000 resamples, 95 %.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, resamples: 1_000, confidence: 0.95, kind: IntervalKind::Percentile }
    }

    /// How many times rows are drawn. Default 1,000: the ends of an interval of 95 % then rest on 25 each.
    ///
    /// # Errors
    /// [`MetricError::Setting`] unless it is 2 to 1,000,000.
    pub fn resamples(self, resamples: usize) -> Result<Self, MetricError> {
        within("resamples", resamples as f64, 2.0..=1e6, "2 to 1000000")?;
        Ok(Self { resamples, ..self })
    }

    /// How likely the interval is to hold the truth. Default 0.95, as nearly everywhere.
    ///
    /// # Errors
    /// [`MetricError::Setting`] unless it is 0.01 to 0.9999.
    pub fn confidence(self, confidence: f64) -> Result<Self, MetricError> {
        within("confidence", confidence, 0.01..=0.9999, "0.01 to 0.9999")?;
        Ok(Self { confidence, ..self })
    }

    /// How the interval is made. Default: between percentiles.
    #[must_use]
    pub fn kind(self, kind: IntervalKind) -> Self {
        Self { kind, ..self }
    }

    /// The interval of what `metric` tells of so many rows, by the percentiles of what it tells of resamples. It is given
    /// places of rows and may have no number for them (`None`, or not finite), as the area under a ROC curve has none for
    /// rows of one class.
    ///
    /// # Errors
    /// If there are no rows or more than 2^32, or `metric` has no number for the rows as they are or for most resamples.
    /// A bias-corrected interval asks for no more than 20,000 rows, for a number wherever a row is left out, and for
    /// resamples on both sides of the estimate ([`MetricError::OneSided`]).
    pub fn interval(
        &self,
        rows: usize,
        mut metric: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Result<Interval, MetricError> {
        within("number of rows", rows as f64, 0.0..=4_294_967_296.0, "4294967296 or less")?;
        if rows == 0 {
            return Err(MetricError::Empty);
        }
        let mut metric = |rows: &[usize]| metric(rows).filter(|value| value.is_finite());
        let mut drawn: Vec<usize> = (0..rows).collect();
        let estimate =
            metric(&drawn).ok_or(MetricError::Undefined { undefined: 1, resamples: 1 })?;
        let mut draws = SplitMix64 { state: self.seed };
        let mut values = Vec::with_capacity(self.resamples);
        for _ in 0..self.resamples {
            drawn.fill_with(|| draws.below(rows));
            values.extend(metric(&drawn));
        }
        let undefined = self.resamples - values.len();
        if undefined * 2 > self.resamples {
            return Err(MetricError::Undefined { undefined, resamples: self.resamples });
        }
        values.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - self.confidence) / 2.0;
        let (low, high) = match self.kind {
            IntervalKind::Percentile => (tail, 1.0 - tail),
            IntervalKind::BiasCorrected => {
                corrected(tail, bias(&values, estimate)?, acceleration(rows, metric)?)
            }
        };
        let (low, high) = (quantile(&values, low), quantile(&values, high));
        let (confidence, resamples) = (self.confidence, self.resamples);
        Ok(Interval { estimate, low, high, confidence, resamples, undefined })
    }

    /// The interval of by how much `first` tells more than `second` of the same rows: two models on one test. It does
    /// not hold 0 where the difference is more than chance.
    ///
    /// # Errors
    /// Those of [`interval`](Self::interval).
    pub fn difference(
        &self,
        rows: usize,
        mut first: impl FnMut(&[usize]) -> Option<f64>,
        mut second: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Result<Interval, MetricError> {
        self.interval(rows, |rows| Some(first(rows)? - second(rows)?))
    }
}

/// The number below which a share of the sorted ones lies, straight between two.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let low = sorted[place as usize];
    let high = sorted[(place as usize + 1).min(sorted.len() - 1)];
    low + (high - low) * place.fract()
}

/// By how many deviations the sorted values tend to lie below the estimate; equal ones count half.
fn bias(sorted: &[f64], estimate: f64) -> Result<f64, MetricError> {
    let below = sorted.partition_point(|value| *value < estimate);
    let up_to = sorted.partition_point(|value| *value <= estimate);
    let bias = normal::quantile((below + up_to) as f64 / (2 * sorted.len()) as f64);
    if bias.is_finite() { Ok(bias) } else { Err(MetricError::OneSided { resamples: sorted.len() }) }
}

/// How fast the spread changes with the value: from the skew of what is told with each row left out. None, where no row
/// changes anything.
fn acceleration(
    rows: usize,
    mut metric: impl FnMut(&[usize]) -> Option<f64>,
) -> Result<f64, MetricError> {
    let rule = "20000 or less for a bias-corrected interval";
    within("number of rows", rows as f64, 0.0..=MAX_LEFT_OUT, rule)?;
    // Before the first and behind the last, row by row: whoever comes next takes the place of who was left out.
    let mut others: Vec<usize> = (1..rows).collect();
    let mut told = Vec::with_capacity(rows);
    for row in 0..rows {
        if let Some(before) = row.checked_sub(1) {
            others[before] = before;
        }
        told.extend(metric(&others));
    }
    if told.len() < rows {
        return Err(MetricError::Undefined { undefined: rows - told.len(), resamples: rows });
    }
    let mean = sum(told.iter().copied()) / rows as f64;
    let power = |power| sum(told.iter().map(|value| (mean - value).powi(power)));
    let spread = power(2);
    Ok(if spread > 0.0 { power(3) / (6.0 * spread.powf(1.5)) } else { 0.0 })
}

/// The shares of the two ends, moved.
fn corrected(tail: f64, bias: f64, acceleration: f64) -> (f64, f64) {
    let moved = |deviations: f64| {
        let at = bias + deviations;
        let left = 1.0 - acceleration * at;
        // Beyond where it stands still an end is at the end of all resamples.
        normal::share_below(if left > 0.0 { bias + at / left } else { at.signum() * f64::INFINITY })
    };
    let deviations = normal::quantile(tail);
    (moved(deviations), moved(-deviations))
}

/// Steele, Lea and Flood's generator: small, and the same everywhere for ever.
struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// A number below a limit of at most 2^32: the upper half of a product, whose bias is below 2^-32.
    fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(of: &[f64]) -> impl Fn(&[usize]) -> Option<f64> {
        |rows| Some(rows.iter().map(|row| of[*row]).sum::<f64>() / rows.len() as f64)
    }

    #[test]
    fn the_generator_is_that_of_its_authors() {
        let mut draws = SplitMix64 { state: 1_234_567 };
        let first = [draws.next(), draws.next(), draws.next()];
        assert_eq!(
            first,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn seeds_repeat_and_differ() {
        let numbers: Vec<f64> = (0..50).map(f64::from).collect();
        let of = |seed| Bootstrap::new(seed).interval(50, mean(&numbers)).unwrap();
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }

    /// The mean of coins is off by what the normal distribution says.
    #[test]
    fn intervals_of_means_are_as_wide_as_theory_says() {
        let coins: Vec<f64> = (0..400).map(|row| f64::from(row % 2)).collect();
        let interval =
            Bootstrap::new(1).resamples(4_000).unwrap().interval(400, mean(&coins)).unwrap();
        assert_eq!(interval.estimate, 0.5);
        let expected = 1.96 * 0.5 / 20.0;
        assert!((interval.low - (0.5 - expected)).abs() < 0.004, "{interval:?}");
        assert!((interval.high - (0.5 + expected)).abs() < 0.004, "{interval:?}");
        let narrow =
            Bootstrap::new(1).confidence(0.5).unwrap().interval(400, mean(&coins)).unwrap();
        assert!((narrow.high - (0.5 + 0.674 * 0.5 / 20.0)).abs() < 0.004, "{narrow:?}");
    }

    #[test]
    fn differences_are_paired() {
        let first: Vec<f64> = (0..100).map(|row| f64::from(row) + 0.25).collect();
        let second: Vec<f64> = (0..100).map(f64::from).collect();
        let interval = Bootstrap::new(9).difference(100, mean(&first), mean(&second)).unwrap();
        for end in [interval.low, interval.high, interval.estimate] {
            assert!((end - 0.25).abs() < 1e-12, "{interval:?}");
        }
    }

    #[test]
    fn resamples_without_a_number_are_counted_and_most_may_not_be() {
        // Of three rows two must differ: one resample of nine has three times the same.
        let differ = |rows: &[usize]| rows.iter().any(|row| *row != rows[0]).then_some(1.0);
        let interval = Bootstrap::new(2).interval(3, differ).unwrap();
        assert!((80..145).contains(&interval.undefined), "{interval:?}");
        let whole = |rows: &[usize]| (rows == [0, 1, 2, 3]).then_some(1.0);
        let refused = Bootstrap::new(2).interval(4, whole);
        assert!(matches!(refused, Err(MetricError::Undefined { resamples: 1_000, .. })));
        let refused = Bootstrap::new(2).interval(4, |_| Some(f64::NAN));
        assert_eq!(refused, Err(MetricError::Undefined { undefined: 1, resamples: 1 }));
    }

    #[test]
    fn corrections_move_an_interval_to_where_resamples_are_skewed() {
        let numbers: Vec<f64> = (0..60).map(|row| f64::from(row).powi(4)).collect();
        let of = |kind| Bootstrap::new(5).kind(kind).interval(60, mean(&numbers)).unwrap();
        let (plain, moved) = (of(IntervalKind::Percentile), of(IntervalKind::BiasCorrected));
        assert!(moved.low > plain.low && moved.high > plain.high, "{plain:?} {moved:?}");
        let same = Bootstrap::new(5).kind(IntervalKind::BiasCorrected).interval(9, |_| Some(2.0));
        let same = same.unwrap();
        assert_eq!((same.low, same.high), (2.0, 2.0));
    }

    #[test]
    fn every_row_is_left_out_once() {
        let mut seen = Vec::new();
        let told = acceleration(4, |rows| {
            seen.push(rows.to_vec());
            Some(0.5)
        });
        assert_eq!(told, Ok(0.0));
        assert_eq!(seen, [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]);
    }

    #[test]
    fn what_cannot_be_corrected_is_refused() {
        let seeded = Bootstrap::new(2).kind(IntervalKind::BiasCorrected);
        // The largest of the rows as they are is never below that of any resample.
        let whole = seeded.interval(30, |rows| Some(if rows.is_sorted() { 1.0 } else { 0.0 }));
        assert_eq!(whole, Err(MetricError::OneSided { resamples: 1_000 }));
        let parity = |rows: &[usize]| Some((rows.iter().sum::<usize>() % 2) as f64);
        let many = seeded.interval(20_001, |rows| parity(&rows[..9]));
        assert!(matches!(many, Err(MetricError::Setting { name: "number of rows", .. })));
        let whole = |rows: &[usize]| (rows.len() == 5).then(|| parity(rows)).flatten();
        let short = seeded.interval(5, whole);
        assert_eq!(short, Err(MetricError::Undefined { undefined: 5, resamples: 5 }));
    }

    #[test]
    fn settings_have_limits() {
        let seeded = Bootstrap::new(0);
        for confidence in [0.0, 1.0, f64::NAN] {
            assert!(matches!(seeded.confidence(confidence), Err(MetricError::Setting { .. })));
        }
        for resamples in [0, 1, 1_000_001] {
            assert!(matches!(seeded.resamples(resamples), Err(MetricError::Setting { .. })));
        }
        assert_eq!(seeded.interval(0, |_| Some(1.0)), Err(MetricError::Empty));
        let refused = seeded.interval(usize::MAX, |_| Some(1.0));
        assert!(matches!(refused, Err(MetricError::Setting { .. })));
    }
}
