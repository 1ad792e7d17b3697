//! How far two spreads over the same bins are apart, and what of it is chance.

use std::ops::Range;

use netsift_metrics::chi_square_tail;

use super::bins::Bins;
use super::part::Part;
use super::report::{Distance, Shift};

/// The index is about tenths of the rows, as everybody counts it: its usual levels mean those.
const GROUP_SHARE: f64 = 0.1;
/// A bin of so many of the rows is a number that repeats, and stands alone.
const ALONE_SHARE: f64 = 0.05;
/// A smaller share counts as this one: an empty bin is strange, but not infinitely so.
const LEAST_SHARE: f64 = 1e-4;

/// Flows come in bursts and pages, and so many of them tell as much as one that comes alone: tests that take each for a
/// case of its own find drift in every other hour of the same traffic.
const ROWS_A_CASE: f64 = 2.0;

/// How far a column has drifted.
pub(super) struct Compared {
    pub(super) stability: f64,
    /// How probable it is that chance alone brings as much.
    pub(super) chance: f64,
    pub(super) distance: Option<Distance>,
    pub(super) shift: Option<Shift>,
}

impl Compared {
    /// Of what was usual and what is now, count by count; `level` is how probable chance may be for a distance to be more.
    pub(super) fn of(bins: &Bins, usual: &[f64], now: &[f64], level: f64) -> Self {
        let groups = groups(bins, usual);
        let sums = |counts: &[f64]| -> Vec<f64> {
            groups
                .iter()
                .map(|group| counts.get(group.clone()).unwrap_or(&[]).iter().sum())
                .collect()
        };
        let (was, is) = (sums(usual), sums(now));
        let all = (was.iter().sum::<f64>(), is.iter().sum::<f64>());
        let distance = distance(bins, usual, now, level);
        if all.0 == 0.0 || all.1 == 0.0 {
            return Self { stability: 0.0, chance: 1.0, distance, shift: None };
        }
        let (mut stability, mut most) = (0.0, (0.0, None));
        for ((was, is), group) in was.iter().zip(&is).zip(&groups) {
            let (was, is) = (was / all.0, is / all.1);
            let term = stability_term(was, is);
            stability += term;
            if term > most.0 {
                most = (term, Some((group, was, is)));
            }
        }
        let shift = most.1.map(|(group, usual, now)| {
            let part: Part = bins.part(group.start, group.end.saturating_sub(1));
            Shift { part, usual, now }
        });
        Self { stability, chance: chance(&was, &is, all), distance, shift }
    }
}

/// Bins put together: each text, each number that repeats, and of other numbers about a tenth of the rows.
fn groups(bins: &Bins, usual: &[f64]) -> Vec<Range<usize>> {
    let all: f64 = usual.iter().sum();
    let mut groups: Vec<Range<usize>> = Vec::new();
    // What the last group holds, if more may come to it.
    let mut open: Option<f64> = None;
    for (bin, count) in usual.iter().enumerate() {
        let is_alone = !bins.is_finite(bin) || *count >= ALONE_SHARE * all;
        match (open, groups.last_mut()) {
            (Some(held), Some(group)) if !is_alone => {
                group.end = bin + 1;
                open = Some(held + count);
            }
            _ => {
                groups.push(bin..bin + 1);
                open = (!is_alone).then_some(*count);
            }
        }
        open = open.filter(|held| *held < GROUP_SHARE * all);
    }
    groups
}

/// What a group adds to the population stability index.
fn stability_term(was: f64, is: f64) -> f64 {
    let (was, is) = (was.max(LEAST_SHARE), is.max(LEAST_SHARE));
    (is - was) * (is / was).ln()
}

/// The likelihood-ratio test of two rows of counts. Where few rows are it stays near the truth: one row in a bin that was
/// empty is as improbable as it is, while Pearson's statistic makes a sensation of it.
fn chance(was: &[f64], is: &[f64], all: (f64, f64)) -> f64 {
    let term = |count: f64, both: f64, of: f64| {
        let expected = both * (of / (all.0 + all.1));
        if count > 0.0 { count * (count / expected).ln() } else { 0.0 }
    };
    let (mut sum, mut filled) = (0.0, 0_u16);
    for (&was, &is) in was.iter().zip(is).filter(|(was, is)| **was + **is > 0.0) {
        sum += term(was, was + is, all.0) + term(is, was + is, all.1);
        filled += 1;
    }
    chi_square_tail(2.0 * sum / ROWS_A_CASE, filled.saturating_sub(1))
}

/// The greatest difference between shares that lie up to a number, of cells that are known.
fn distance(bins: &Bins, usual: &[f64], now: &[f64], level: f64) -> Option<Distance> {
    if bins.is_text() {
        return None;
    }
    let known = |counts: &[f64]| -> f64 { counts.iter().take(bins.missing()).sum() };
    let all = (known(usual), known(now));
    if all.0 == 0.0 || all.1 == 0.0 {
        return None;
    }
    let (mut was, mut is) = (0.0_f64, 0.0_f64);
    let (mut at_least, mut at_most) = (0.0_f64, 0.0_f64);
    for (bin, (usual, now)) in usual.iter().zip(now).take(bins.missing()).enumerate() {
        let before = (was, is);
        (was, is) = (was + usual / all.0, is + now / all.1);
        at_least = at_least.max((was - is).abs());
        // Within a bin the cells of one side may all lie below those of the other.
        let is_wide = bins.is_finite(bin) && !matches!(bins.part(bin, bin), Part::Exactly(_));
        if is_wide {
            at_most = at_most.max(was - before.1).max(is - before.0);
        }
    }
    // Smirnov's limit: the chance of more is 2 exp(-2 d² nm / (n + m)).
    let cases = ROWS_A_CASE / all.0 + ROWS_A_CASE / all.1;
    let by_chance = (-(level / 2.0).ln() / 2.0 * cases).sqrt();
    // Shares that are all of the rows may add up to a last digit more.
    let at_least = at_least.min(1.0);
    Some(Distance {
        at_least,
        at_most: at_most.clamp(at_least, 1.0),
        by_chance: by_chance.min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenths() -> Bins {
        Bins::Numbers((1..100).map(f64::from).collect())
    }

    /// Counts of the finite bins with nothing around them.
    fn finite(counts: impl IntoIterator<Item = f64>) -> Vec<f64> {
        [0.0].into_iter().chain(counts).chain([0.0, 0.0]).collect()
    }

    #[test]
    fn bins_are_put_together_to_tenths_and_what_repeats_stands_alone() {
        let even = groups(&tenths(), &finite([1.0; 100]));
        let expected: Vec<_> = (0..10).map(|tenth| 1 + 10 * tenth..11 + 10 * tenth).collect();
        assert_eq!(even[1..11], expected);
        assert_eq!((even.len(), even[0].clone(), even[12].clone()), (13, 0..1, 102..103));
        let bins = Bins::Numbers(vec![0_f64.next_down(), 0.0, 5.0, 9.0]);
        let found = groups(&bins, &finite([0.0, 60.0, 4.0, 3.0, 33.0]));
        assert_eq!(found, [0..1, 1..2, 2..3, 3..5, 5..6, 6..7, 7..8]);
        let texts = Bins::Texts(netsift_data::Classes::new(["a", "b"]).unwrap());
        assert_eq!(groups(&texts, &[1.0, 1.0, 0.0, 0.0]).len(), 4);
    }

    #[test]
    fn nothing_has_drifted_from_nothing_or_to_nothing() {
        let (none, some) = (finite([0.0; 100]), finite([1.0; 100]));
        for (usual, now) in [(&none, &some), (&some, &none), (&none, &none)] {
            let found = Compared::of(&tenths(), usual, now, 0.001);
            assert_eq!((found.stability, found.chance), (0.0, 1.0));
            assert!(found.distance.is_none() && found.shift.is_none());
        }
        let same = Compared::of(&tenths(), &some, &some, 0.001);
        assert_eq!((same.stability, same.chance), (0.0, 1.0));
        let distance = same.distance.unwrap();
        assert!(distance.at_least == 0.0 && (distance.at_most - 0.01).abs() < 1e-12);
    }

    #[test]
    fn one_row_that_is_new_is_no_sensation() {
        let usual: Vec<f64> = finite([100.0; 100]);
        let mut now = finite([1.0; 100]);
        now[102] = 1.0;
        let found = Compared::of(&tenths(), &usual, &now, 0.001);
        assert!(found.chance > 0.1, "{}", found.chance);
        now[102] = 50.0;
        let found = Compared::of(&tenths(), &usual, &now, 0.001);
        assert!(found.chance < 1e-20 && found.stability > 0.25);
        let shift = found.shift.unwrap();
        assert_eq!((shift.part, shift.usual), (Part::Missing, 0.0));
    }

    #[test]
    fn counts_of_any_size_have_an_answer() {
        let most = u64::MAX as f64;
        let found = Compared::of(&tenths(), &finite([most; 100]), &finite([1.0; 100]), 0.001);
        assert!(found.stability.abs() < 1e-12 && found.chance > 0.99, "{}", found.chance);
        let mut now = finite([0.0; 100]);
        now[0] = most;
        let found = Compared::of(&tenths(), &finite([most; 100]), &now, 0.001);
        assert!(found.stability.is_finite() && found.chance == 0.0);
    }
}
