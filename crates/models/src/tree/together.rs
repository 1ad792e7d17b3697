//! Rows going down trees together.
//!
//! Rows that are alike come to the same sides of most questions. So they are put in order by where the first trees lead
//! them, and taken in groups: the least and the greatest cell of a group answer a question for all of it, and where they do
//! not, its cells of one column are compared side by side. Rows of traffic mostly are alike; where they are not, which the
//! first trees show, each goes its own way.

use std::iter;

use ndarray::{ArrayView2, Axis};

use super::flat::Flat;
use super::walk::{LANES, Leaves, Walk, seen};

/// As many rows as a mask has bits.
const GROUP: usize = 64;
/// So many rows are put in order at once: the more, the more alike those of a group are; their cells stay in the second
/// cache.
const BLOCK: usize = 1 << BLOCK_BITS;
const BLOCK_BITS: u32 = 10;
/// So many trees tell which rows are alike, by their first questions.
const KEYS: usize = 4;
const FIRST: u32 = 5;
/// So few rows of a group go on alone.
const FEW: u32 = 8;
/// So many trees show whether rows are alike enough.
const TRIED: usize = 3;
/// Comparing the cells of a group takes as long as some rows alone: two of three.
const COMPARED: usize = 2;
const ALONE: usize = 3;
/// Trees whose leaves hold one number and that are no deeper are not tried: even rows that are not alike share most of the
/// way.
const MOST_DEPTH: u32 = 12;
/// A node of such a tree has a number of so many bits.
const NODE_BITS: u32 = MOST_DEPTH + 1;
const _: () = assert!(NODE_BITS * KEYS as u32 + BLOCK_BITS <= u64::BITS);

impl Walk {
    /// Adds to the sum of each row what each tree's leaf holds, which is one number. It is the same number, to the last
    /// bit, as [`add`](Walk::add) adds.
    pub(super) fn add_together(&self, flat: &Flat, rows: ArrayView2<'_, f64>, sums: &mut [f64]) {
        if flat.outputs() != 1 || rows.nrows() < GROUP || self.depth() > MOST_DEPTH {
            return self.add(flat, rows, 1, sums);
        }
        let (mut whole, mut with_gaps) = (Vec::new(), Vec::new());
        for (rows, sums) in rows.axis_chunks_iter(Axis(0), BLOCK).zip(sums.chunks_mut(BLOCK)) {
            // Block by block: the cells that were looked at are at hand when they are asked about.
            if rows.fold(false, |is_some, cell| is_some | cell.is_nan()) {
                self.add_block::<true>(rows, &mut with_gaps, sums);
            } else {
                self.add_block::<false>(rows, &mut whole, sums);
            }
        }
    }

    /// What `groups` holds is written over: it is memory that the block before has left.
    fn add_block<const MISSING: bool>(
        &self,
        rows: ArrayView2<'_, f64>,
        groups: &mut Vec<Group<MISSING>>,
        sums: &mut [f64],
    ) {
        let order = self.alike::<MISSING>(rows);
        groups.resize_with(order.len().div_ceil(GROUP), || Group::of_width(rows.ncols()));
        fill(groups, rows, &order);
        for (numbers, group) in order.chunks(GROUP).zip(groups) {
            for (&number, told) in numbers.iter().zip(self.sums_of(group, numbers.len())) {
                if let Some(sum) = sums.get_mut(number as usize) {
                    *sum += told;
                }
            }
        }
    }

    /// The numbers of rows, such as are alike side by side.
    fn alike<const MISSING: bool>(&self, rows: ArrayView2<'_, f64>) -> Vec<u32> {
        let mut keys = vec![0; rows.nrows()];
        for (keys, first) in keys.chunks_mut(LANES).zip((0..).step_by(LANES)) {
            let cell = |lane: usize, asked: u32| {
                let cell = rows.get((first + lane, asked as usize >> 1))?;
                Some(if MISSING { seen(*cell, asked) } else { *cell })
            };
            for root in self.roots().take(KEYS) {
                let mut at = [root; LANES];
                (0..FIRST).for_each(|_| self.step_by(&mut at, cell));
                for (key, at) in keys.iter_mut().zip(at) {
                    *key = *key << NODE_BITS | u64::from(at - root);
                }
            }
        }
        for (key, number) in keys.iter_mut().zip(0..) {
            *key = *key << BLOCK_BITS | number;
        }
        keys.sort_unstable();
        keys.into_iter().map(|key| key as u32 % BLOCK as u32).collect()
    }

    /// The sums of the first so many rows of a group.
    fn sums_of<const MISSING: bool>(&self, group: &Group<MISSING>, count: usize) -> [f64; GROUP] {
        let mut sums = [0.0; GROUP];
        let mut ways = Ways::default();
        for root in self.roots() {
            ways.open.push((root, first(count)));
            self.go(group, &mut ways, |rows, leaf| {
                let told = self.told(leaf);
                if rows == u64::MAX {
                    sums.iter_mut().for_each(|sum| *sum += told);
                } else {
                    each(rows, |row| sums[row % GROUP] += told);
                }
            });
        }
        sums
    }

    /// Adds what the leaves of trees hold to the sums of rows, whose cells stand one row behind the other and whose numbers
    /// are these; tells whether that was done. It is not if it takes longer than another way.
    pub(super) fn add_groups<const MISSING: bool>(
        &self,
        cells: &[f64],
        long: usize,
        order: &[u32],
        leaves: Leaves<'_>,
        sums: &mut [f64],
    ) -> bool {
        let mut parts = cells.chunks(long * GROUP).map(|cells| Group::of_rows(cells, long));
        let Some(tried) = parts.next() else { return true };
        if !self.pays(&tried, order.len().min(GROUP)) {
            return false;
        }
        let mut ways = Ways::default();
        let groups: Vec<Group<MISSING>> = iter::once(tried).chain(parts).collect();
        for (place, root) in self.roots().enumerate() {
            let start = place % leaves.turns() * leaves.count;
            for (numbers, group) in order.chunks(GROUP).zip(&groups) {
                ways.open.push((root, first(numbers.len())));
                self.go(group, &mut ways, |rows, leaf| {
                    leaves.add_together(leaf, sums, |add| {
                        each(rows, |row| {
                            if let Some(&number) = numbers.get(row) {
                                add(number as usize * leaves.width + start);
                            }
                        });
                    });
                });
            }
        }
        true
    }

    /// Whether going together takes less than going alone: a group of so many rows stands for all.
    fn pays<const MISSING: bool>(&self, group: &Group<MISSING>, rows: usize) -> bool {
        let mut ways = Ways::default();
        for root in self.roots().take(TRIED) {
            ways.open.push((root, first(rows)));
            self.go(group, &mut ways, |_, _| {});
        }
        ways.pay(TRIED * rows)
    }

    /// Goes all open ways, and tells which rows come to which leaf.
    #[inline]
    fn go<const MISSING: bool>(
        &self,
        group: &Group<MISSING>,
        ways: &mut Ways,
        mut tell: impl FnMut(u64, u32),
    ) {
        while let Some((node, rows)) = ways.open.pop() {
            self.go_on(group, node, rows, &mut tell, ways);
        }
    }

    /// Goes with rows as long as they stay together; others are left open.
    #[inline]
    fn go_on<const MISSING: bool>(
        &self,
        group: &Group<MISSING>,
        mut node: u32,
        mut rows: u64,
        tell: &mut impl FnMut(u64, u32),
        ways: &mut Ways,
    ) {
        while let Some(step) = self.question(node) {
            let (right, left) = (node + step.right, node + step.right - 1);
            let column = step.asked as usize >> u32::from(!MISSING);
            let Some(&(low, high)) = group.ends.get(column) else { return };
            node = if high <= step.threshold {
                left
            } else if low > step.threshold {
                right
            } else if rows.count_ones() <= FEW {
                ways.alone += rows.count_ones() as usize;
                return each(rows, |row| {
                    tell(1 << row, self.leaf(node, |asked| group.cell(asked, row)));
                });
            } else {
                ways.compared += 1;
                let lefts = rows & group.up_to(column, step.threshold);
                match (lefts, rows & !lefts) {
                    (0, _) => right,
                    (_, 0) => left,
                    (lefts, rights) => {
                        ways.open.push((right, rights));
                        rows = lefts;
                        left
                    }
                }
            };
        }
        tell(rows, node);
    }

    /// The leaf that a row comes to from a node; its cells are asked for as questions do.
    #[inline]
    fn leaf(&self, mut node: u32, cell: impl Fn(u32) -> f64) -> u32 {
        while let Some(step) = self.question(node) {
            node += step.right - u32::from(cell(step.asked) <= step.threshold);
        }
        node
    }
}

/// Ways of rows that have parted, and what was done for them.
#[derive(Default)]
struct Ways {
    /// Nodes, and which rows have come to them.
    open: Vec<(u32, u64)>,
    /// How often cells of a group were compared.
    compared: usize,
    /// How many rows went alone.
    alone: usize,
}

impl Ways {
    /// Whether that took less than so many rows alone take.
    fn pay(&self, rows: usize) -> bool {
        COMPARED * self.compared + ALONE * self.alone < ALONE * rows
    }
}

/// The first so many rows of a group, one at least.
fn first(rows: usize) -> u64 {
    u64::MAX >> (GROUP - rows.clamp(1, GROUP))
}

/// Rows column by column, and between what cells those of a column are.
struct Group<const MISSING: bool> {
    /// With missing cells every column stands twice, as questions ask.
    columns: Vec<[f64; GROUP]>,
    /// The least and the greatest cell. With a missing one there is no greatest: no number is as great.
    ends: Vec<(f64, f64)>,
}

impl<const MISSING: bool> Group<MISSING> {
    fn of_width(width: usize) -> Self {
        let columns = width << u32::from(MISSING);
        Self { columns: vec![[0.0; GROUP]; columns], ends: vec![(0.0, 0.0); columns] }
    }

    /// Of rows that stand one behind the other.
    fn of_rows(cells: &[f64], long: usize) -> Self {
        let mut group = Self::of_width(long);
        for (place, row) in cells.chunks_exact(long).take(GROUP).enumerate() {
            row.iter().enumerate().for_each(|(column, &cell)| group.put(column, place, cell));
        }
        group.find_ends();
        group
    }

    fn find_ends(&mut self) {
        for (ends, column) in self.ends.iter_mut().zip(&self.columns) {
            *ends = ends_of::<MISSING>(column);
        }
    }

    #[inline(always)]
    fn put(&mut self, column: usize, place: usize, cell: f64) {
        let start = column << u32::from(MISSING);
        if let Some(column) = self.columns.get_mut(start) {
            column[place % GROUP] = cell;
        }
        if MISSING && let Some(column) = self.columns.get_mut(start + 1) {
            column[place % GROUP] = seen(cell, 1);
        }
    }

    /// Which rows have a cell up to a threshold.
    #[inline]
    fn up_to(&self, column: usize, threshold: f64) -> u64 {
        let Some(cells) = self.columns.get(column) else { return 0 };
        let (parts, _) = cells.as_chunks::<8>();
        let mut rows = 0;
        for (place, part) in parts.iter().enumerate() {
            let mut bits = 0;
            for (bit, &cell) in part.iter().enumerate() {
                bits |= u64::from(cell <= threshold) << bit;
            }
            rows |= bits << (8 * place);
        }
        rows
    }

    #[inline]
    fn cell(&self, asked: u32, row: usize) -> f64 {
        let column = self.columns.get(asked as usize >> u32::from(!MISSING));
        column.map_or(f64::NAN, |column| column[row % GROUP])
    }
}

/// Fills groups with rows in this order. Places of the last without a row keep any cells, which are seen, too.
fn fill<const MISSING: bool>(
    groups: &mut [Group<MISSING>],
    rows: ArrayView2<'_, f64>,
    order: &[u32],
) {
    if rows.is_standard_layout() {
        for (numbers, group) in order.chunks(GROUP).zip(&mut *groups) {
            for (place, &number) in numbers.iter().enumerate() {
                let row = rows.row(number as usize);
                row.iter().enumerate().for_each(|(column, &cell)| group.put(column, place, cell));
            }
        }
    } else {
        // A column of all groups at once, while its cells are at hand.
        for (column, cells) in rows.columns().into_iter().enumerate() {
            for (numbers, group) in order.chunks(GROUP).zip(&mut *groups) {
                for (place, &number) in numbers.iter().enumerate() {
                    group.put(column, place, cells[number as usize]);
                }
            }
        }
    }
    groups.iter_mut().for_each(Group::find_ends);
}

fn ends_of<const MISSING: bool>(column: &[f64; GROUP]) -> (f64, f64) {
    const BESIDE: usize = 4;
    let (mut low, mut high) = ([f64::INFINITY; BESIDE], [f64::NEG_INFINITY; BESIDE]);
    let mut is_missing = [false; BESIDE];
    let (parts, _) = column.as_chunks::<BESIDE>();
    for part in parts {
        for (beside, &cell) in part.iter().enumerate() {
            low[beside] = if cell < low[beside] { cell } else { low[beside] };
            high[beside] = if cell > high[beside] { cell } else { high[beside] };
            is_missing[beside] |= MISSING && cell.is_nan();
        }
    }
    let high = high.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let high = if is_missing.contains(&true) { f64::NAN } else { high };
    (low.into_iter().fold(f64::INFINITY, f64::min), high)
}

/// Does something with each row of a mask.
#[inline]
fn each(mut rows: u64, mut work: impl FnMut(usize)) {
    while rows != 0 {
        work(rows.trailing_zeros() as usize);
        rows &= rows - 1;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ShapeBuilder as _, array};
    use netsift_data::Chance;

    use super::super::flat::Split;
    use super::*;

    /// Trees by chance over 3 columns, some of whose questions are whether there is a cell. Of leaves of several numbers
    /// every other one holds a single one that is not 0.
    fn any_trees(seed: u64, depth: u32, outputs: usize) -> Flat {
        let mut chance = Chance::seeded(seed);
        let mut flat = Flat::new(outputs);
        for _ in 0..20 {
            let mut open = vec![(flat.plant().unwrap(), 0)];
            while let Some((node, at)) = open.pop() {
                if at == depth || at > 0 && chance.below(5) == 0 {
                    let sole = (chance.below(2) == 0).then(|| chance.below(outputs));
                    let told = (0..outputs).map(|output| match sole {
                        Some(sole) if sole != output => 0.0,
                        _ => chance.unit(),
                    });
                    flat.leaf(node, &told.collect::<Vec<_>>()).unwrap();
                    continue;
                }
                let column = chance.below(3);
                let any = [chance.unit(), f64::INFINITY, f64::NEG_INFINITY, 0.5];
                let threshold = any[chance.below(8).saturating_sub(4)];
                let split = Split { column, threshold, missing_left: chance.below(2) == 0 };
                let left = flat.split(node, split).unwrap();
                open.extend([(left, at + 1), (left + 1, at + 1)]);
            }
        }
        flat.check(3).unwrap();
        flat
    }

    /// Of a few kinds, each with some spread.
    fn any_rows(seed: u64, count: usize, spread: f64, odd: usize) -> Array2<f64> {
        let mut chance = Chance::seeded(seed);
        let kinds: Vec<f64> = (0..15).map(|_| chance.unit()).collect();
        let mut kind = 0;
        Array2::from_shape_fn((count, 3), |(_, column)| {
            if column == 0 {
                kind = chance.below(5);
            }
            match chance.below(20) {
                place if place < odd => {
                    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5][chance.below(4)]
                }
                _ => kinds[kind * 3 + column] + spread * (chance.unit() - 0.5),
            }
        })
    }

    #[test]
    fn rows_together_get_the_sums_of_each_alone() {
        for (case, depth) in [1, 3, 8, 12, 14].into_iter().enumerate() {
            let flat = any_trees(case as u64, depth, 1);
            let walk = Walk::of(&flat);
            for count in [0, 1, 63, 64, 65, 700, BLOCK + 100] {
                for (spread, odd) in [(0.0, 0), (0.1, 0), (1.0, 0), (0.1, 1), (1.0, 4)] {
                    let rows = any_rows(count as u64, count, spread, odd);
                    let mut turned = Array2::zeros((count, 3).f());
                    turned.assign(&rows);
                    let [mut alone, mut together, mut other] = [(); 3].map(|()| vec![0.0; count]);
                    walk.add(&flat, rows.view(), 1, &mut alone);
                    walk.add_together(&flat, rows.view(), &mut together);
                    walk.add_together(&flat, turned.view(), &mut other);
                    let bits =
                        |sums: &[f64]| sums.iter().map(|sum| sum.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(&alone), bits(&together), "{depth} {count} {spread} {odd}");
                    assert_eq!(bits(&alone), bits(&other), "{depth} {count} {spread} {odd}");
                }
            }
        }
    }

    #[test]
    fn groups_of_rows_get_what_each_gets_alone() {
        for (outputs, width) in [(1, 1), (1, 3), (3, 3)] {
            let flat = any_trees(7, 14, outputs);
            let walk = Walk::of(&flat);
            for (count, spread, odd) in
                [(65, 0.0, 0), (700, 0.1, 0), (700, 1.0, 0), (90, 0.1, 2), (700, 1.0, 4)]
            {
                let rows = any_rows(5, count, spread, odd);
                let [mut alone, mut together] = [(); 2].map(|()| vec![0.0; count * width]);
                for (row, sums) in rows.axis_chunks_iter(Axis(0), 1).zip(alone.chunks_mut(width)) {
                    walk.add(&flat, row, width, sums);
                }
                walk.add(&flat, rows.view(), width, &mut together);
                assert_eq!(alone, together, "{outputs} of {width}, {count} {spread} {odd}");
            }
        }
    }

    #[test]
    fn rows_that_are_not_alike_are_not_taken_in_groups() {
        let mut chance = Chance::seeded(1);
        let mut flat = Flat::new(3);
        for _ in 0..5 {
            let mut open = vec![(flat.plant().unwrap(), 0)];
            while let Some((node, depth)) = open.pop() {
                if depth == 12 {
                    flat.leaf(node, &[1.0, 2.0, 3.0]).unwrap();
                    continue;
                }
                let threshold = 0.2 + 0.6 * chance.unit();
                let split = Split { column: depth % 3, threshold, missing_left: false };
                let left = flat.split(node, split).unwrap();
                open.extend([(left, depth + 1), (left + 1, depth + 1)]);
            }
        }
        let walk = Walk::of(&flat);
        let tried = |spread: f64| {
            let rows = any_rows(5, 640, spread, 0);
            let cells: Vec<f64> = rows.iter().copied().collect();
            let order: Vec<u32> = (0..640).collect();
            let mut sums = vec![0.0; 640 * 3];
            walk.add_groups::<false>(&cells, 3, &order, walk.leaves(&flat, 3), &mut sums)
        };
        assert_eq!((tried(0.0), tried(1.0)), (true, false));
    }

    #[test]
    fn leaves_of_several_numbers_and_rows_without_cells_are_no_trouble() {
        let mut flat = Flat::new(2);
        let root = flat.plant().unwrap();
        flat.leaf(root, &[0.5, 2.0]).unwrap();
        let mut sums = vec![0.0; 100];
        Walk::of(&flat).add_together(&flat, Array2::zeros((100, 0)).view(), &mut sums);
        let mut flat = Flat::new(1);
        let root = flat.plant().unwrap();
        flat.leaf(root, &[0.5]).unwrap();
        let mut sums = vec![0.0; 100];
        Walk::of(&flat).add_together(&flat, Array2::zeros((100, 0)).view(), &mut sums);
        assert_eq!(sums, [0.5; 100]);
    }

    #[test]
    fn groups_tell_what_their_cells_are() {
        let rows = array![[9.0], [3.0], [f64::NAN], [-1.0]];
        let mut group = Group::<true>::of_width(1);
        fill(std::slice::from_mut(&mut group), rows.view(), &[1, 2, 3]);
        let ends = &group.ends;
        assert!(ends[0].0 == -1.0 && ends[0].1.is_nan() && ends[1] == (f64::NEG_INFINITY, 3.0));
        assert_eq!((group.up_to(0, -0.5) & 7, group.up_to(1, -0.5) & 7), (0b100, 0b110));
        assert!(group.cell(0, 1).is_nan() && group.cell(1, 1) == f64::NEG_INFINITY);
    }
}
