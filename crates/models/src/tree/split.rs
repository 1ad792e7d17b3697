//! The best question to ask in a node, about one column after the other.

use netsift_data::Chance;

use super::bins::{MISSING, between};
use super::flat::Split;
use super::impurity::{Impurity, Side, Sides};
use super::table::{Column, MISSING_RANK, Sample, Table};

/// A column of more values than bins is cut between any two values, not only between bins, in nodes that hold about so
/// many of its values, or fewer: there bins are too coarse to tell the rows of a node apart, and sorting still is cheap.
/// About so many are the node's share of the weight times the column's distinct values, so that rows that are repeated
/// or weigh more change nothing.
pub(crate) const EXACT_VALUES: f64 = 2048.0;

/// Sorting a row costs about as much as looking at so many counts of a histogram.
const COUNTS_PER_SORTED_ROW: usize = 8;

/// The best split of a node so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) split: Split,
    /// How pure both sides are together.
    pub(crate) purity: f64,
}

/// The rows of a node, and what its classes weigh.
#[derive(Clone, Copy)]
pub(crate) struct Node<'n> {
    pub(crate) samples: &'n [Sample],
    pub(crate) classes: &'n [f64],
    pub(crate) all: Side,
    /// What share of the tree's weight it has.
    pub(crate) share: f64,
}

/// Looks for splits, and keeps what it needs for that.
pub(crate) struct Finder<'t> {
    table: &'t Table<'t>,
    /// Each side of a split has to weigh as much.
    min_leaf: f64,
    sides: Sides,
    /// What each class weighs among rows without a value.
    missing: Vec<f64>,
    /// What each class weighs in each bin.
    counts: Vec<f64>,
    /// Rows by rank: the rank in the upper half, the place in the node in the lower.
    sorted: Vec<u64>,
    cells: Vec<f64>,
}

impl<'t> Finder<'t> {
    pub(crate) fn new(table: &'t Table<'t>, classes: usize, min_leaf: f64) -> Self {
        Self {
            table,
            min_leaf,
            sides: Sides::new(classes),
            missing: vec![0.0; classes],
            counts: Vec::new(),
            sorted: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Makes `best` the best cut of a column, if that is better. Whether the column has more than one value in the node.
    pub(crate) fn cut<I: Impurity>(
        &mut self,
        node: Node<'_>,
        column: usize,
        best: &mut Option<Found>,
    ) -> bool {
        let Some(counted) = self.table.column(column) else { return false };
        let values = counted.values.len();
        if values == 0 {
            return false;
        }
        let is_exact = counted.ranks.is_empty();
        let is_near = node.share * values as f64 <= EXACT_VALUES;
        let counts = counted.bins() * node.classes.len();
        if is_exact && counts > COUNTS_PER_SORTED_ROW * node.samples.len() {
            self.sort(node, &counted.codes, MISSING, u32::from);
        } else if !is_exact && is_near {
            self.sort(node, &counted.ranks, MISSING_RANK, |rank| rank);
        } else {
            return self.cut_bins::<I>(node, column, counted, best);
        }
        self.cut_sorted::<I>(node, column, counted, best)
    }

    /// Fills `sorted` with the rows that have a value, and `missing` with the others.
    fn sort<C: Copy + PartialEq>(
        &mut self,
        node: Node<'_>,
        codes: &[C],
        missing: C,
        rank: impl Fn(C) -> u32,
    ) {
        self.sorted.clear();
        self.missing.fill(0.0);
        for (place, sample) in node.samples.iter().enumerate() {
            let code = codes.get(sample.row as usize).copied().unwrap_or(missing);
            if code == missing {
                add(&mut self.missing, sample.class as usize, sample.weight);
            } else {
                self.sorted.push(u64::from(rank(code)) << 32 | place as u64);
            }
        }
        self.sorted.sort_unstable();
    }

    fn cut_sorted<I: Impurity>(
        &mut self,
        node: Node<'_>,
        column: usize,
        counted: &Column,
        best: &mut Option<Found>,
    ) -> bool {
        let rank = |sorted: u64| (sorted >> 32) as usize;
        let (Some(&first), Some(&last)) = (self.sorted.first(), self.sorted.last()) else {
            return false;
        };
        let is_missing_some = self.sorted.len() < node.samples.len();
        if rank(first) == rank(last) && !is_missing_some {
            return false;
        }
        // Bins of a column without ranks hold a value each, unless no number can cut between two.
        let ends = |rank: usize| {
            if counted.ranks.is_empty() {
                return counted.ends(rank);
            }
            let value = counted.values.get(rank).copied().unwrap_or(0.0);
            (value, value)
        };
        for missing_left in [false, true] {
            self.begin::<I>(node, missing_left);
            let mut before = rank(first);
            for &sorted in &self.sorted {
                if rank(sorted) != before {
                    let (low, high) = (before, rank(sorted));
                    let threshold = || between(ends(low).1, ends(high).0);
                    let missing = is_missing_some.then_some(missing_left);
                    consider::<I>(&self.sides, self.min_leaf, column, missing, threshold, best);
                    before = high;
                }
                if let Some(sample) = node.samples.get(sorted as u32 as usize) {
                    self.sides.go::<I>(sample.class as usize, sample.weight);
                }
            }
            if !is_missing_some {
                break;
            }
            if !missing_left {
                self.consider_missing::<I>(column, best);
            }
        }
        true
    }

    fn cut_bins<I: Impurity>(
        &mut self,
        node: Node<'_>,
        column: usize,
        counted: &Column,
        best: &mut Option<Found>,
    ) -> bool {
        let (classes, bins) = (node.classes.len(), counted.bins());
        self.count(node, &counted.codes, bins);
        let counts = self.counts.get(..bins * classes).unwrap_or(&[]);
        let is_missing_some = self.missing.iter().any(|&weight| weight > 0.0);
        let mut is_split = false;
        for missing_left in [false, true] {
            begin::<I>(&mut self.sides, node, missing_left.then_some(&self.missing));
            let mut before = None;
            for (bin, weights) in counts.chunks_exact(classes.max(1)).enumerate() {
                if weights.iter().all(|&weight| weight == 0.0) {
                    continue;
                }
                if let Some(low) = before {
                    let threshold = || between(counted.ends(low).1, counted.ends(bin).0);
                    let missing = is_missing_some.then_some(missing_left);
                    consider::<I>(&self.sides, self.min_leaf, column, missing, threshold, best);
                    is_split = true;
                }
                before = Some(bin);
                for (class, &weight) in weights.iter().enumerate() {
                    if weight > 0.0 {
                        self.sides.go::<I>(class, weight);
                    }
                }
            }
            if !is_missing_some {
                return is_split;
            }
            if !missing_left && before.is_some() {
                self.consider_missing::<I>(column, best);
                is_split = true;
            }
        }
        is_split
    }

    /// Fills `counts` and `missing`.
    fn count(&mut self, node: Node<'_>, codes: &[u8], bins: usize) {
        let classes = node.classes.len();
        self.counts.resize((usize::from(MISSING) + 1) * classes, 0.0);
        let missing = usize::from(MISSING) * classes;
        self.counts.iter_mut().take(bins * classes).for_each(|count| *count = 0.0);
        self.counts.iter_mut().skip(missing).for_each(|count| *count = 0.0);
        for sample in node.samples {
            let code = codes.get(sample.row as usize).copied().unwrap_or(MISSING);
            add(
                &mut self.counts,
                usize::from(code) * classes + sample.class as usize,
                sample.weight,
            );
        }
        let counted = self.counts.iter().skip(missing);
        self.missing.iter_mut().zip(counted).for_each(|(to, &weight)| *to = weight);
    }

    /// Makes `best` a cut of a column by chance, if that is better. Whether the column has more than one value in the
    /// node.
    pub(crate) fn cut_anywhere<I: Impurity>(
        &mut self,
        node: Node<'_>,
        column: usize,
        chance: &mut Chance,
        best: &mut Option<Found>,
    ) -> bool {
        let cells = self.table.cells(column);
        let cell = |sample: &Sample| cells.get(sample.row as usize).copied().unwrap_or(f64::NAN);
        self.cells.clear();
        self.cells.extend(node.samples.iter().map(cell));
        // Neither is moved by a missing value.
        let low =
            self.cells.iter().fold(f64::INFINITY, |low, &cell| if cell < low { cell } else { low });
        let high = self
            .cells
            .iter()
            .fold(f64::NEG_INFINITY, |high, &cell| if cell > high { cell } else { high });
        let is_missing_some = self.cells.iter().any(|cell| cell.is_nan());
        if !(low < high || is_missing_some && self.cells.iter().any(|cell| !cell.is_nan())) {
            return false;
        }
        let threshold = anywhere(low, high, chance.unit());
        let cut = threshold.unwrap_or(f64::INFINITY);
        if threshold.is_none() && !is_missing_some {
            return false;
        }
        self.missing.fill(0.0);
        self.sides.begin(node.classes, node.all);
        for (sample, &cell) in node.samples.iter().zip(&self.cells) {
            if cell <= cut {
                self.sides.go::<I>(sample.class as usize, sample.weight);
            } else if cell.is_nan() {
                add(&mut self.missing, sample.class as usize, sample.weight);
            }
        }
        let missing = is_missing_some.then_some(false);
        consider::<I>(&self.sides, self.min_leaf, column, missing, || Some(cut), best);
        if is_missing_some && threshold.is_some() {
            for (class, &weight) in self.missing.iter().enumerate() {
                self.sides.go::<I>(class, weight);
            }
            consider::<I>(&self.sides, self.min_leaf, column, Some(true), || Some(cut), best);
        }
        true
    }

    fn begin<I: Impurity>(&mut self, node: Node<'_>, missing_left: bool) {
        begin::<I>(&mut self.sides, node, missing_left.then_some(&self.missing));
    }

    /// With all values on the left, and the missing ones on the right.
    fn consider_missing<I: Impurity>(&self, column: usize, best: &mut Option<Found>) {
        let threshold = || Some(f64::INFINITY);
        consider::<I>(&self.sides, self.min_leaf, column, Some(false), threshold, best);
    }
}

fn begin<I: Impurity>(sides: &mut Sides, node: Node<'_>, left: Option<&Vec<f64>>) {
    sides.begin(node.classes, node.all);
    for (class, &weight) in left.into_iter().flatten().enumerate() {
        sides.go::<I>(class, weight);
    }
}

/// Makes `best` this cut, if it is better. Where no row was without a value, such rows go to the heavier side.
#[inline]
fn consider<I: Impurity>(
    sides: &Sides,
    min_leaf: f64,
    column: usize,
    missing_left: Option<bool>,
    threshold: impl Fn() -> Option<f64>,
    best: &mut Option<Found>,
) {
    let purity = sides.purity::<I>();
    // Not the other way round: a purity that is no number is no better.
    if !best.is_none_or(|best| purity > best.purity) {
        return;
    }
    let least = min_leaf.max(f64::MIN_POSITIVE);
    if sides.left.weight < least || sides.right.weight < least {
        return;
    }
    if let Some(threshold) = threshold() {
        let missing_left = missing_left.unwrap_or(sides.left.weight > sides.right.weight);
        *best = Some(Found { split: Split { column, threshold, missing_left }, purity });
    }
}

/// A cut at a share of the way from the lowest value to the highest. An infinite one is as far away as the largest
/// number.
fn anywhere(low: f64, high: f64, share: f64) -> Option<f64> {
    if low >= high {
        return None;
    }
    let cut = low.max(f64::MIN) * (1.0 - share) + high.min(f64::MAX) * share;
    if low <= cut && cut < high { Some(cut) } else { between(low, high) }
}

#[inline]
fn add(weights: &mut [f64], place: usize, weight: f64) {
    if let Some(sum) = weights.get_mut(place) {
        *sum += weight;
    }
}
