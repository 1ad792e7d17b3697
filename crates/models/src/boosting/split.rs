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
