//! The best question to ask in a node, about one column after the other.

use std::cell::OnceCell;

use netsift_data::Chance;

use super::bins::{MISSING, between};
use super::flat::Split;
use super::impurity::{Impurity, Side, Sides};
use super::table::{Cells, NO_LEVEL, Sample, Table};

/// Columns of more values than bins are cut between any two values, not only between bins, in nodes that hold about so
/// many of them, or fewer: there bins are too coarse to tell the rows of a node apart, and values are few enough to be
/// looked at one by one. About so many are the node's share of the weight times the column's values, so that rows that
/// are repeated or weigh more change nothing.
const EXACT_VALUES: f64 = 256.0;

/// In tables whose columns have no more values than this, cuts between any two values are looked for in every node: it
/// takes little time, and with few rows each may matter.
const EXACT_TABLE: usize = 4096;

/// Sorting a row costs about as much as looking at so many counts of a histogram.
const COUNTS_PER_SORTED_ROW: usize = 6;

/// From so many rows of a class for each bin on, it is worth counting them in parts that are put together.
const ROWS_PER_COUNT: usize = 4;

/// In so many parts.
const PARTS: usize = 4;

/// The best split of a node so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) split: Split,
    /// The level up to which values go left, if levels were looked at.
    pub(crate) level: u16,
    /// How pure both sides are together.
    pub(crate) purity: f64,
    /// How wide the gap is that is cut through, as a share of the node's range. Of cuts as pure the one through the
    /// widest gap is taken: a new row is least likely to come to its wrong side.
    gap: f64,
}

/// Where a column is cut.
#[derive(Clone, Copy)]
struct Cut {
    threshold: f64,
    level: u16,
    gap: f64,
}

/// The rows of a node, and what its classes weigh. Mostly there are few of them: they are numbered anew, so that the
/// others cost nothing.
#[derive(Clone, Copy)]
pub(crate) struct Node<'n> {
    pub(crate) samples: &'n [Sample],
    /// The number of each class in the node.
    pub(crate) slots: &'n [usize],
    /// What the classes weigh, by their numbers in the node.
    pub(crate) classes: &'n [f64],
    /// Where the rows of each class end, by its number in the node: they stand together.
    pub(crate) ends: &'n [usize],
    pub(crate) all: Side,
    /// What share of the tree's weight it has.
    pub(crate) share: f64,
}

impl Node<'_> {
    #[inline]
    fn slot(&self, sample: &Sample) -> usize {
        self.slots.get(sample.class as usize).copied().unwrap_or(0)
    }
}

/// Looks for splits, and keeps what it needs for that.
pub(crate) struct Finder<'t> {
    table: &'t Table,
    exact_values: f64,
    /// Each side of a split has to weigh as much.
    min_leaf: f64,
    sides: Sides,
    /// What each class weighs among rows without a value.
    missing: Vec<f64>,
    /// What each class weighs in each bin.
    counts: Vec<f64>,
    /// What one class weighs in each bin, in parts.
    apart: Vec<f64>,
    /// Rows by level: the level in the upper half, the place in the node in the lower.
    sorted: Vec<u64>,
    cells: Vec<f64>,
}

impl<'t> Finder<'t> {
    pub(crate) fn new(table: &'t Table, classes: usize, min_leaf: f64) -> Self {
        let is_small = table.most_levels() <= EXACT_TABLE;
        Self {
            table,
            exact_values: if is_small { f64::INFINITY } else { EXACT_VALUES },
            min_leaf,
            sides: Sides::new(classes),
            missing: vec![0.0; classes],
            counts: Vec::new(),
            apart: Vec::new(),
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
        let (levels, rows) = (counted.levels.len(), node.samples.len());
        let is_few = |counts: usize| counts * node.classes.len() <= COUNTS_PER_SORTED_ROW * rows;
        let is_exact = node.share * levels as f64 <= self.exact_values;
        let of_level = |level| (level, level);
        if is_exact || counted.has_bins_of_levels() && !is_few(levels) {
            let cells = self.table.levels(column, node.samples);
            if is_few(levels) {
                self.count(node, cells, NO_LEVEL, levels);
                return self.cut_counted::<I>(node, column, levels, of_level, best);
            }
            self.sort(node, cells);
            return self.cut_sorted::<I>(node, column, best);
        }
        self.count(node, self.table.codes(column, node.samples), MISSING, counted.bins());
        self.cut_counted::<I>(node, column, counted.bins(), |bin| counted.ends(bin), best)
    }

    /// Fills `sorted` with the rows that have a value, and `missing` with the others.
    fn sort(&mut self, node: Node<'_>, levels: Cells<'_, u16>) {
        self.sorted.clear();
        self.missing.fill(0.0);
        for (place, sample) in node.samples.iter().enumerate() {
            let level = levels.of(sample).unwrap_or(NO_LEVEL);
            if level == NO_LEVEL {
                add(&mut self.missing, node.slot(sample), sample.weight);
            } else {
                self.sorted.push(u64::from(level) << 32 | place as u64);
            }
        }
        self.sorted.sort_unstable();
    }

    fn cut_sorted<I: Impurity>(
        &mut self,
        node: Node<'_>,
        column: usize,
        best: &mut Option<Found>,
    ) -> bool {
        let level = |sorted: &u64| (sorted >> 32) as usize;
        let (Some(first), Some(last)) = (self.sorted.first(), self.sorted.last()) else {
            return false;
        };
        let ends = (level(first), level(last));
        let is_missing_some = self.sorted.len() < node.samples.len();
        if ends.0 == ends.1 && !is_missing_some {
            return false;
        }
        for missing_left in [false, true] {
            begin::<I>(&mut self.sides, node, missing_left.then_some(&self.missing));
            let mut before = Run::default();
            for alike in self.sorted.chunk_by(|one, other| level(one) == level(other)) {
                let mut run = Run { place: alike.first().map_or(0, level), ..Run::default() };
                let samples =
                    alike.iter().filter_map(|&sorted| node.samples.get(sorted as u32 as usize));
                samples.clone().for_each(|sample| run.see(node.slot(sample)));
                if run.may_be_cut_from(before, self.min_leaf) {
                    let cut = || self.between(column, before.place, run.place, ends);
                    let missing = is_missing_some.then_some(missing_left);
                    consider::<I>(&self.sides, self.min_leaf, column, missing, cut, best);
                }
                before = run;
                samples.for_each(|sample| self.sides.go::<I>(node.slot(sample), sample.weight));
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

    fn cut_counted<I: Impurity>(
        &mut self,
        node: Node<'_>,
        column: usize,
        bins: usize,
        ends: impl Fn(usize) -> (usize, usize),
        best: &mut Option<Found>,
    ) -> bool {
        let classes = node.classes.len().max(1);
        let is_missing_some = self.missing.iter().any(|&weight| weight > 0.0);
        // Looked for at the first cut that is as good as any before.
        let filled = OnceCell::new();
        let mut has_choice = false;
        for missing_left in [false, true] {
            begin::<I>(&mut self.sides, node, missing_left.then_some(&self.missing));
            let mut before = Run::default();
            for (place, weights) in self.counts.chunks_exact(classes).take(bins).enumerate() {
                let weight: f64 = weights.iter().sum();
                if weight == 0.0 {
                    continue;
                }
                has_choice |= before.seen != Seen::None;
                if before.may_be_cut_before(weight, weights, self.min_leaf) {
                    let cut = || {
                        let filled = filled.get_or_init(|| self.filled(classes, bins));
                        let all = (ends(filled.0).0, ends(filled.1).1);
                        self.between(column, ends(before.place).1, ends(place).0, all)
                    };
                    let missing = is_missing_some.then_some(missing_left);
                    consider::<I>(&self.sides, self.min_leaf, column, missing, cut, best);
                }
                before = Run { place, ..Run::default() };
                for (class, &weight) in weights.iter().enumerate() {
                    if weight > 0.0 {
                        before.see(class);
                        self.sides.go::<I>(class, weight);
                    }
                }
            }
            if !is_missing_some {
                break;
            }
            if !missing_left && before.seen != Seen::None {
                self.consider_missing::<I>(column, best);
                has_choice = true;
            }
        }
        has_choice
    }

    /// The first and the last bin that anything is in.
    fn filled(&self, classes: usize, bins: usize) -> (usize, usize) {
        let counts = self.counts.get(..bins * classes).unwrap_or(&[]);
        let is_filled = |&weight: &f64| weight > 0.0;
        let first = counts.iter().position(is_filled).unwrap_or(0);
        let last = counts.iter().rposition(is_filled).unwrap_or(0);
        (first / classes, last / classes)
    }

    /// Fills `counts` and `missing`, one class after the other. Rows without a value are counted behind all others.
    fn count<C: Copy + Into<usize>>(
        &mut self,
        node: Node<'_>,
        codes: Cells<'_, C>,
        missing: C,
        bins: usize,
    ) {
        let classes = node.classes.len();
        self.counts.clear();
        self.counts.resize((bins + 1) * classes, 0.0);
        // No code is above that of a missing value.
        let bin = |sample: &Sample| codes.of(sample).unwrap_or(missing).into().min(bins);
        let mut start = 0;
        for (class, &end) in node.ends.iter().enumerate() {
            let samples = node.samples.get(start..end).unwrap_or(&[]);
            start = end;
            if samples.len() > bins * ROWS_PER_COUNT {
                self.apart.clear();
                self.apart.resize((bins + 1) * PARTS, 0.0);
                count_apart(&mut self.apart, samples, bin);
                let sums = self.apart.chunks_exact(PARTS).map(|parts| parts.iter().sum::<f64>());
                let counts = self.counts.iter_mut().skip(class).step_by(classes);
                counts.zip(sums).for_each(|(count, sum)| *count = sum);
            } else {
                for sample in samples {
                    add(&mut self.counts, bin(sample) * classes + class, sample.weight);
                }
            }
        }
        self.missing.fill(0.0);
        let counted = self.counts.iter().skip(bins * classes);
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
        let cells = self.table.cells(column, node.samples);
        self.cells.clear();
        self.cells.extend(node.samples.iter().map(|sample| cells.of(sample).unwrap_or(f64::NAN)));
        let (low, high, is_missing_some) = ends(&self.cells);
        let threshold = if low < high { anywhere(low, high, chance.unit()) } else { None };
        if threshold.is_none() && !(is_missing_some && low <= high) {
            return false;
        }
        // Where chance cuts, no gap is better than another.
        let cut = Cut { threshold: threshold.unwrap_or(f64::INFINITY), level: NO_LEVEL, gap: 0.0 };
        self.part(node, cut.threshold, false);
        let missing = is_missing_some.then_some(false);
        self.sides.part::<I>(node.classes);
        consider::<I>(&self.sides, self.min_leaf, column, missing, || Some(cut), best);
        if is_missing_some && threshold.is_some() {
            self.part(node, cut.threshold, true);
            self.sides.part::<I>(node.classes);
            consider::<I>(&self.sides, self.min_leaf, column, Some(true), || Some(cut), best);
        }
        true
    }

    /// Weighs what goes left of a cut of `cells`, class by class.
    fn part(&mut self, node: Node<'_>, cut: f64, missing_left: bool) {
        self.sides.clear();
        let mut start = 0;
        for (class, &end) in node.ends.iter().enumerate() {
            let cells = self.cells.get(start..end).unwrap_or(&[]);
            let samples = node.samples.get(start..end).unwrap_or(&[]);
            self.sides.add_left(class, weight_left(cells, samples, cut, missing_left));
            start = end;
        }
    }

    /// Where to cut between two levels, of a node that has the levels between these ends.
    fn between(&self, column: usize, low: usize, high: usize, ends: (usize, usize)) -> Option<Cut> {
        let levels = &self.table.column(column)?.levels;
        let (below, above) = (levels.get(low)?.1, levels.get(high)?.0);
        let range = levels.get(ends.1)?.1 - levels.get(ends.0)?.0;
        let threshold = between(below, above)?;
        // Infinities are no nearer to some numbers than to others.
        let gap = if range.is_finite() { (above - below) / range } else { 0.0 };
        Some(Cut { threshold, level: low as u16, gap })
    }

    /// With all values on the left, and the missing ones on the right.
    fn consider_missing<I: Impurity>(&self, column: usize, best: &mut Option<Found>) {
        let cut = Cut { threshold: f64::INFINITY, level: NO_LEVEL - 1, gap: 0.0 };
        consider::<I>(&self.sides, self.min_leaf, column, Some(false), || Some(cut), best);
    }
}

/// What is known of the rows of one value, or of one bin.
#[derive(Clone, Copy, Default)]
struct Run {
    place: usize,
    seen: Seen,
}

/// Which classes rows are of.
#[derive(Clone, Copy, Default, PartialEq)]
enum Seen {
    #[default]
    None,
    One(usize),
    Several,
}

impl Run {
    #[inline]
    fn see(&mut self, class: usize) {
        self.seen = match self.seen {
            Seen::None => Seen::One(class),
            Seen::One(seen) if seen == class => Seen::One(seen),
            _ => Seen::Several,
        };
    }

    /// Whether the best cut can lie between two runs: never between rows of the same class alone, since either end of
    /// them is better (Fayyad and Irani 1992), unless it leaves too few.
    #[inline]
    fn may_be_cut_from(self, before: Self, min_leaf: f64) -> bool {
        match (before.seen, self.seen) {
            (Seen::None, _) => false,
            (Seen::One(one), Seen::One(other)) => one != other || min_leaf > 0.0,
            _ => true,
        }
    }

    /// The same of a bin that is known by what its classes weigh, and by its weight.
    #[inline]
    fn may_be_cut_before(self, weight: f64, classes: &[f64], min_leaf: f64) -> bool {
        match self.seen {
            Seen::None => false,
            Seen::One(class) => classes.get(class) != Some(&weight) || min_leaf > 0.0,
            Seen::Several => true,
        }
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
    cut: impl Fn() -> Option<Cut>,
    best: &mut Option<Found>,
) {
    let purity = sides.purity::<I>();
    // Not the other way round: a purity that is no number is no better.
    if !best.is_none_or(|best| purity >= best.purity) {
        return;
    }
    let least = min_leaf.max(f64::MIN_POSITIVE);
    if sides.left.weight < least || sides.right.weight < least {
        return;
    }
    let Some(Cut { threshold, level, gap }) = cut() else { return };
    if best.is_none_or(|best| purity > best.purity || gap > best.gap) {
        let missing_left = missing_left.unwrap_or(sides.left.weight > sides.right.weight);
        let split = Split { column, threshold, missing_left };
        *best = Some(Found { split, level, purity, gap });
    }
}

/// The least and the greatest cell, and whether any has no value. Many pairs are compared at once, since each would wait
/// for the one before.
pub(crate) fn ends(cells: &[f64]) -> (f64, f64, bool) {
    const BESIDE: usize = 8;
    // Neither is moved by a missing value.
    let lower = |one: f64, other: f64| if other < one { other } else { one };
    let higher = |one: f64, other: f64| if other > one { other } else { one };
    let (mut low, mut high) = ([f64::INFINITY; BESIDE], [f64::NEG_INFINITY; BESIDE]);
    let mut missing = [false; BESIDE];
    let (parts, rest) = cells.as_chunks::<BESIDE>();
    let mut see = |place: usize, cell: f64| {
        low[place % BESIDE] = lower(low[place % BESIDE], cell);
        high[place % BESIDE] = higher(high[place % BESIDE], cell);
        missing[place % BESIDE] |= cell.is_nan();
    };
    for part in parts {
        part.iter().enumerate().for_each(|(place, &cell)| see(place, cell));
    }
    rest.iter().enumerate().for_each(|(place, &cell)| see(place, cell));
    let low = low.into_iter().fold(f64::INFINITY, lower);
    let high = high.into_iter().fold(f64::NEG_INFINITY, higher);
    (low, high, missing.contains(&true))
}

/// What rows weigh that go left. Several are summed beside each other, since each would wait for the one before.
fn weight_left(cells: &[f64], samples: &[Sample], cut: f64, missing_left: bool) -> f64 {
    const BESIDE: usize = 4;
    let weight = |(&cell, sample): (&f64, &Sample)| {
        let is_left = (cell <= cut) | (cell.is_nan() & missing_left);
        if is_left { sample.weight } else { 0.0 }
    };
    let mut sums = [0.0; BESIDE];
    let (cells, last_cells) = cells.as_chunks::<BESIDE>();
    let (samples, last_samples) = samples.as_chunks::<BESIDE>();
    for (cells, samples) in cells.iter().zip(samples) {
        let weights = cells.iter().zip(samples).map(weight);
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
    }
    let last: f64 = last_cells.iter().zip(last_samples).map(weight).sum();
    sums.iter().sum::<f64>() + last
}

/// A cut at a share of the way from the lowest value to the highest. An infinite one is as far away as the largest
/// number.
pub(crate) fn anywhere(low: f64, high: f64, share: f64) -> Option<f64> {
    if low >= high {
        return None;
    }
    let cut = low.max(f64::MIN) * (1.0 - share) + high.min(f64::MAX) * share;
    if low <= cut && cut < high { Some(cut) } else { between(low, high) }
}

/// Rows of the same value would wait for each other, so neighbours are counted in parts: [`PARTS`] numbers a bin.
fn count_apart(counts: &mut [f64], samples: &[Sample], bin: impl Fn(&Sample) -> usize) {
    let (all, rest) = samples.as_chunks::<PARTS>();
    for samples in all {
        for (part, sample) in samples.iter().enumerate() {
            add(counts, bin(sample) * PARTS + part, sample.weight);
        }
    }
    rest.iter().for_each(|sample| add(counts, bin(sample) * PARTS, sample.weight));
}

#[inline]
fn add(weights: &mut [f64], place: usize, weight: f64) {
    if let Some(sum) = weights.get_mut(place) {
        *sum += weight;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::impurity::Gini;
    use super::*;

    /// What one way to cut gains most, every threshold and both directions tried.
    fn plainly(rows: &Array2<f64>, samples: &[Sample], classes: usize) -> f64 {
        let cells = rows.column(0);
        let mut cuts = cells.to_vec();
        cuts.push(f64::INFINITY);
        let gained = |(cut, missing_left)| {
            let mut sides = [vec![0.0; classes], vec![0.0; classes]];
            for sample in samples {
                let split = Split { column: 0, threshold: cut, missing_left };
                let side = usize::from(!split.is_left(cells[sample.row as usize]));
                sides[side][sample.class as usize] += sample.weight;
            }
            let [left, right] = sides.map(|side| Side::of::<Gini>(&side));
            let is_cut = left.weight > 0.0 && right.weight > 0.0;
            is_cut.then(|| left.purity::<Gini>() + right.purity::<Gini>())
        };
        let all = cuts.iter().flat_map(|&cut| [(cut, false), (cut, true)]);
        all.filter_map(gained).fold(f64::NEG_INFINITY, f64::max)
    }

    #[test]
    fn no_cut_is_better_than_the_one_that_is_found() {
        let mut chance = Chance::seeded(1);
        for case in 0..300 {
            let (count, classes) = (20 + chance.below(380), 2 + chance.below(3));
            // Few values are counted, many sorted, if a node has few of the rows; in every other case some are missing.
            let values = [3, 20, 10_000][case % 3];
            let rows = Array2::from_shape_fn((count, 1), |_| {
                let is_missing = case % 2 == 0 && chance.below(5) == 0;
                if is_missing { f64::NAN } else { chance.below(values) as f64 }
            });
            let mut samples: Vec<Sample> = (0..count as u32)
                .map(|row| Sample {
                    row,
                    class: chance.below(classes) as u32,
                    weight: 1.0 + chance.below(3) as f64,
                })
                .collect();
            samples.sort_by_key(|sample| sample.class);
            let picked: Vec<u32> = (0..count as u32).collect();
            let table = Table::counted(rows.view(), &picked, &samples, 1);
            let keep = chance.below(12);
            samples.retain(|sample| sample.row < 2 || chance.below(12) <= keep);
            let mut weights = vec![0.0; classes];
            samples.iter().for_each(|sample| weights[sample.class as usize] += sample.weight);
            let slots: Vec<usize> = (0..classes).collect();
            let end =
                |class: usize| samples.partition_point(|sample| sample.class as usize <= class);
            let ends: Vec<usize> = (0..classes).map(end).collect();
            let all = Side::of::<Gini>(&weights);
            let node = Node {
                samples: &samples,
                slots: &slots,
                classes: &weights,
                ends: &ends,
                all,
                share: 1.0,
            };
            let mut best = None;
            Finder::new(&table, classes, 0.0).cut::<Gini>(node, 0, &mut best);
            let expected = plainly(&rows, &samples, classes);
            let found = best.map_or(f64::NEG_INFINITY, |best: Found| best.purity);
            let is_equal = found == expected || (found - expected).abs() < 1e-9;
            assert!(is_equal, "case {case}: {found} is not {expected}");
        }
    }

    #[test]
    fn cells_side_by_side_are_seen_as_one_by_one() {
        let mut chance = Chance::seeded(2);
        for count in 0..60 {
            let mut cell = || if chance.below(9) == 0 { f64::NAN } else { chance.unit() - 0.5 };
            let cells: Vec<f64> = (0..count).map(|_| cell()).collect();
            let samples: Vec<Sample> = (0..count as u32)
                .map(|row| Sample { row, class: 0, weight: f64::from(1 + row % 5) })
                .collect();
            let low = cells.iter().copied().fold(f64::INFINITY, f64::min);
            let high = cells.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(ends(&cells), (low, high, cells.iter().any(|cell| cell.is_nan())));
            for missing_left in [false, true] {
                let split = Split { column: 0, threshold: 0.1, missing_left };
                let left = samples.iter().zip(&cells).filter(|(_, cell)| split.is_left(**cell));
                let expected: f64 = left.map(|(sample, _)| sample.weight).sum();
                assert_eq!(weight_left(&cells, &samples, 0.1, missing_left), expected);
            }
        }
    }

    #[test]
    fn cuts_by_chance_are_between_the_least_and_the_greatest() {
        for share in [0.0, 0.3, 0.999_999] {
            for (low, high) in [(1.0, 2.0), (-1.0, f64::INFINITY), (f64::MIN, f64::MAX)] {
                let cut = anywhere(low, high, share).unwrap();
                assert!(low <= cut && cut < high && cut.is_finite(), "{low} {cut} {high}");
            }
        }
        assert_eq!(anywhere(1.0, 1.0, 0.5), None);
        assert_eq!(anywhere(1.0, 3.0, 0.5), Some(2.0));
    }
}
