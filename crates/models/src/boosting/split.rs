//! Where a node is best split in two, by the counts of a column's bins.

use super::sums::{Steps, Sum, gradient, hessian};

/// What makes a split good, and what forbids it: all in steps of the sums.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    l1: f64,
    l2: f64,
    least_hessian: f64,
    /// What a score in steps is worth.
    worth: f64,
    least_gain: f64,
}

/// Less is what rounding leaves of no gain at all.
const NO_GAIN: f64 = 1e-6;

impl Rule {
    pub(super) fn new(steps: Steps, l1: f64, l2: f64, least_hessian: f64, least_gain: f64) -> Self {
        Self {
            l1: l1 * steps.gradient,
            l2: l2 * steps.hessian,
            // Without any hessian there is nothing to divide by.
            least_hessian: (least_hessian * steps.hessian).max(1.0),
            worth: steps.hessian / (steps.gradient * steps.gradient),
            least_gain: least_gain.max(NO_GAIN),
        }
    }

    /// Whether a node of this sum can have two children that are heavy enough.
    pub(super) fn allows(&self, sum: Sum) -> bool {
        hessian(sum) >= 2.0 * self.least_hessian
    }

    /// What a split gains, if it is worth it.
    pub(super) fn gain(&self, best: &Best, sum: Sum) -> Option<f64> {
        let alone = squared(shrunk(gradient(sum), self.l1)) / (hessian(sum) + self.l2);
        let gain = (best.score / best.scale - alone) * self.worth;
        (best.scale > 0.0 && gain > NO_GAIN && gain >= self.least_gain).then_some(gain)
    }
}

/// The best split of a node so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Best {
    /// Both children's scores together, as a fraction: comparing two needs no division.
    score: f64,
    scale: f64,
    /// The column's place among those looked at.
    pub(super) column: usize,
    /// The last bin that goes left.
    pub(super) bin: u8,
    pub(super) missing_left: bool,
    /// What goes left, together.
    pub(super) left: Sum,
}

impl Best {
    /// No split yet: any is better.
    pub(super) const NONE: Self =
        Self { score: 0.0, scale: 0.0, column: 0, bin: 0, missing_left: false, left: 0 };

    /// The better one, of equals this one.
    pub(super) fn or(self, other: Self) -> Self {
        if other.beats(&self) { other } else { self }
    }

    fn beats(&self, other: &Self) -> bool {
        if other.scale == 0.0 {
            return self.scale > 0.0;
        }
        self.score * other.scale > other.score * self.scale
    }
}

/// A column's bins in a node, and what rows without a value sum up to.
#[derive(Clone, Copy)]
pub(super) struct Counts<'a> {
    pub(super) column: usize,
    pub(super) bins: &'a [Sum],
    pub(super) missing: Sum,
}

/// Looks for a better split of a node with this sum in one more column.
pub(super) fn look(counts: Counts<'_>, sum: Sum, rule: &Rule, best: &mut Best) {
    if rule.l1 == 0.0 {
        look_both_ways::<false>(counts, sum, rule, best);
    } else {
        look_both_ways::<true>(counts, sum, rule, best);
    }
}

fn look_both_ways<const L1: bool>(counts: Counts<'_>, sum: Sum, rule: &Rule, best: &mut Best) {
    let all_but_last = counts.bins.split_last().map_or(counts.bins, |(_, bins)| bins);
    if counts.missing == 0 {
        let before = *best;
        scan::<L1>(counts.column, all_but_last, 0, sum, rule, best);
        if *best != before {
            // No row says which way; most likely is where most are.
            best.missing_left = hessian(best.left) >= hessian(sum.wrapping_sub(best.left));
        }
        return;
    }
    // Behind the last bin, values are told from what is missing.
    scan::<L1>(counts.column, counts.bins, 0, sum, rule, best);
    let before = *best;
    scan::<L1>(counts.column, all_but_last, counts.missing, sum, rule, best);
    if *best != before {
        best.missing_left = true;
    }
}

/// So many empty bins are passed by at once.
const STRIDE: usize = 8;

/// Holds a cut behind each of the bins against the best split, with `start` on the left from the beginning.
fn scan<const L1: bool>(
    column: usize,
    bins: &[Sum],
    start: Sum,
    sum: Sum,
    rule: &Rule,
    best: &mut Best,
) {
    let (all_gradient, all_hessian) = (gradient(sum), hessian(sum));
    let shrink = |gradient: f64| if L1 { shrunk(gradient, rule.l1) } else { gradient };
    let mut left = start;
    for (part, bins) in bins.chunks(STRIDE).enumerate() {
        if bins.iter().fold(0, |any, &sum| any | sum) == 0 {
            continue;
        }
        for (place, &bin) in bins.iter().enumerate() {
            if bin == 0 {
                continue;
            }
            left = left.wrapping_add(bin);
            let (left_gradient, left_hessian) = (gradient(left), hessian(left));
            let right_hessian = all_hessian - left_hessian;
            if left_hessian < rule.least_hessian {
                continue;
            }
            if right_hessian < rule.least_hessian {
                return;
            }
            let (left_weight, right_weight) = (left_hessian + rule.l2, right_hessian + rule.l2);
            let score = squared(shrink(left_gradient)) * right_weight
                + squared(shrink(all_gradient - left_gradient)) * left_weight;
            let scale = left_weight * right_weight;
            if score * best.scale > best.score * scale || best.scale == 0.0 {
                let bin = (part * STRIDE + place) as u8;
                *best = Best { score, scale, column, bin, missing_left: false, left };
            }
        }
    }
}

fn squared(number: f64) -> f64 {
    number * number
}

/// Nearer to 0 by so much, and not beyond it.
pub(super) fn shrunk(gradient: f64, l1: f64) -> f64 {
    (gradient.abs() - l1).max(0.0).copysign(gradient)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of 1, so that sums can be written down.
    const STEPS: Steps = Steps { gradient: 1.0, hessian: 1.0 };

    fn sums(pairs: &[[f64; 2]]) -> Vec<Sum> {
        pairs.iter().map(|&pair| STEPS.sum(pair)).collect()
    }

    fn rule(l1: f64, l2: f64, least_hessian: f64) -> Rule {
        Rule::new(STEPS, l1, l2, least_hessian, 0.0)
    }

    fn found(bins: &[[f64; 2]], missing: [f64; 2], rule: &Rule) -> (Best, Option<f64>) {
        let (bins, missing) = (sums(bins), STEPS.sum(missing));
        let sum = bins.iter().fold(missing, |all, sum| all + sum);
        let mut best = Best::NONE;
        look(Counts { column: 3, bins: &bins, missing }, sum, rule, &mut best);
        (best, rule.gain(&best, sum))
    }

    #[test]
    fn gains_are_those_of_the_formula() {
        // Left -6 of 4, right 8 of 5: 36/5 + 64/6 - 4/10 is 17.4667; elsewhere less.
        let bins = [[-6.0, 4.0], [0.0, 0.0], [5.0, 3.0], [3.0, 2.0]];
        let (best, gain) = found(&bins, [0.0; 2], &rule(0.0, 1.0, 1.0));
        assert_eq!((best.column, best.bin, best.left), (3, 0, STEPS.sum([-6.0, 4.0])));
        assert!((gain.unwrap() - (36.0 / 5.0 + 64.0 / 6.0 - 4.0 / 10.0)).abs() < 1e-12);
        // Shrunk by 2: 16/5 + 36/6 - 0.
        let (best, gain) = found(&bins, [0.0; 2], &rule(2.0, 1.0, 1.0));
        assert!((gain.unwrap() - (16.0 / 5.0 + 36.0 / 6.0)).abs() < 1e-12);
        assert_eq!(best.bin, 0);
    }

    #[test]
    fn children_are_heavy_enough() {
        let bins = [[-6.0, 4.0], [0.0, 0.0], [5.0, 3.0], [3.0, 2.0]];
        let (best, _) = found(&bins, [0.0; 2], &rule(0.0, 1.0, 4.0));
        assert_eq!(best.bin, 0);
        let (best, gain) = found(&bins, [0.0; 2], &rule(0.0, 1.0, 4.5));
        assert_eq!((best, gain), (Best::NONE, None));
        let (best, _) =
            found(&[[3.0, 1.0], [-5.0, 3.0], [3.0, 2.0]], [0.0; 2], &rule(0.0, 0.0, 2.0));
        assert_eq!(best.bin, 1);
    }

    #[test]
    fn a_cut_is_right_behind_the_last_row_before_it() {
        let mut bins = [[0.0; 2]; 40];
        bins[3] = [-5.0, 3.0];
        bins[30] = [5.0, 3.0];
        let (best, _) = found(&bins, [0.0; 2], &rule(0.0, 1.0, 1.0));
        assert_eq!(best.bin, 3);
    }

    #[test]
    fn what_is_missing_goes_where_it_gains_more() {
        let bins = [[-6.0, 4.0], [6.0, 4.0]];
        let side = |missing| {
            let (best, gain) = found(&bins, missing, &rule(0.0, 1.0, 1.0));
            (best.bin, best.missing_left, gain.unwrap())
        };
        assert_eq!(side([-2.0, 1.0]), (0, true, 64.0 / 6.0 + 36.0 / 5.0 - 4.0 / 10.0));
        assert_eq!(side([2.0, 1.0]), (0, false, 36.0 / 5.0 + 64.0 / 6.0 - 4.0 / 10.0));
        // All values together against none.
        let (best, _) = found(&[[1.0, 2.0], [1.0, 2.0]], [-5.0, 3.0], &rule(0.0, 1.0, 1.0));
        assert_eq!((best.bin, best.missing_left), (1, false));
    }

    #[test]
    fn where_none_is_missing_unknown_ones_go_with_the_heavier() {
        let left_of =
            |bins: &[[f64; 2]]| found(bins, [0.0; 2], &rule(0.0, 1.0, 1.0)).0.missing_left;
        assert!(left_of(&[[-6.0, 5.0], [6.0, 4.0]]));
        assert!(!left_of(&[[-6.0, 4.0], [6.0, 5.0]]));
    }

    #[test]
    fn of_equals_the_first_is_the_best() {
        let bins = sums(&[[-6.0, 4.0], [6.0, 4.0]]);
        let mut best = Best::NONE;
        for column in 0..3 {
            let counts = Counts { column, bins: &bins, missing: 0 };
            look(counts, bins[0] + bins[1], &rule(0.0, 1.0, 1.0), &mut best);
        }
        assert_eq!(best.column, 0);
        let later = Best { column: 7, ..best };
        assert_eq!(best.or(later).column, 0);
        assert_eq!(Best::NONE.or(later).column, 7);
        assert_eq!(later.or(Best::NONE).column, 7);
    }

    #[test]
    fn a_split_that_gains_too_little_is_none() {
        let alike = [[-2.0, 4.0], [-2.0, 4.0]];
        assert_eq!(found(&alike, [0.0; 2], &rule(0.0, 0.0, 1.0)).1, None);
        let bins = [[-6.0, 4.0], [6.0, 4.0]];
        let gains = |least| found(&bins, [0.0; 2], &Rule::new(STEPS, 0.0, 0.0, 1.0, least)).1;
        assert_eq!((gains(18.0), gains(18.1)), (Some(18.0), None));
    }
}
