//! What each column contributes to a sum of trees: exactly, by walking each tree once a row.
//!
//! Where only some columns of a row are known, a tree says what it says on average: a question about another column is
//! answered both ways, each counted by the share of the rows that went it. What a column contributes is what knowing it
//! changes, on average over all orders in which columns become known (Shapley's value, of path-dependent trees: Lundberg et
//! al. 2018). As Owen has shown, that is the integral over `t` from 0 to 1 of what it changes where each other column is
//! known with the probability `t`.
//!
//! The way to one leaf is a product over its columns: of a column that is known, 1 or 0, as the row's answers lead that way
//! or not (it is *met*); of one that is not known, the share of rows. So what is integrated is a product of
//! `t met + (1 - t) share`, a polynomial, over which [`Quadrature`] is exact with half as many points as there are columns.
//! Products at all points are kept as a tree is walked down, and what leaves add is summed up on the way back: a node
//! costs as many multiplications as there are points, and nothing is subtracted that could cancel out.

use super::layout::{Content, MOST_COLUMNS, Step, Tree, TreeSum};
use super::quadrature::Quadrature;
use crate::tree::flat::Split;

/// What a walk knows of a node whose answers it is behind.
#[derive(Clone, Copy)]
struct Level<const N: usize> {
    /// Where the row goes from here.
    goes_left: bool,
    /// Whether all its answers about the column that led here lead here.
    is_met: bool,
    /// What the ways' columns multiply to, at each point.
    products: [f64; N],
    /// 1 by what the column that led here multiplies with, if it is met.
    inverses: [f64; N],
    /// What a product of all columns is taken times, to be integrated without that one.
    weights: [f64; N],
    /// What leaves below add, times the products of their ways.
    sums: [f64; N],
    /// Which step led here.
    step: usize,
}

impl TreeSum {
    /// Adds to `told`, `width` numbers a row, what each column contributes to the sum of each row, whose `width` cells are
    /// one behind the other.
    pub(crate) fn add(&self, cells: &[f64], width: usize, told: &mut [f64]) {
        let mut trees = self.trees.as_slice();
        let mut those_up_to = |columns: usize| {
            let (these, others) = trees.split_at(trees.partition_point(|it| it.columns <= columns));
            trees = others;
            these
        };
        // As many points as half the columns: exact, and no dearer than it has to be.
        self.walk_all::<2>(those_up_to(4), cells, width, told);
        self.walk_all::<4>(those_up_to(8), cells, width, told);
        self.walk_all::<6>(those_up_to(12), cells, width, told);
        self.walk_all::<8>(those_up_to(16), cells, width, told);
        self.walk_all::<12>(those_up_to(24), cells, width, told);
        self.walk_all::<16>(those_up_to(32), cells, width, told);
        self.walk_all::<32>(those_up_to(64), cells, width, told);
        self.walk_all::<{ MOST_COLUMNS / 2 }>(those_up_to(MOST_COLUMNS), cells, width, told);
    }

    /// Trees one behind the other, so that each stays near the processor for all rows.
    fn walk_all<const N: usize>(
        &self,
        trees: &[Tree],
        cells: &[f64],
        width: usize,
        told: &mut [f64],
    ) {
        let Some(deepest) = trees.iter().map(|tree| tree.depth).max() else { return };
        let mut walk = Walk::<N>::new(deepest);
        for tree in trees {
            let Some(steps) = self.steps.get(tree.start..tree.end) else { continue };
            let rows = cells.chunks_exact(width.max(1)).zip(told.chunks_exact_mut(width.max(1)));
            rows.for_each(|(row, told)| walk.walk(tree, steps, row, told));
        }
    }
}

struct Walk<const N: usize> {
    quadrature: Quadrature<N>,
    /// What a column that is not met weighs, whatever its share.
    unmet: [f64; N],
    levels: Vec<Level<N>>,
}

impl<const N: usize> Walk<N> {
    fn new(deepest: usize) -> Self {
        let quadrature = Quadrature::<N>::new();
        let weights = quadrature.weights.iter().zip(quadrature.rests);
        let mut unmet = [0.0; N];
        unmet.iter_mut().zip(weights).for_each(|(unmet, (weight, rest))| *unmet = -weight / rest);
        let level = Level {
            goes_left: false,
            is_met: false,
            products: [1.0; N],
            inverses: [0.0; N],
            weights: [0.0; N],
            sums: [0.0; N],
            step: 0,
        };
        Self { quadrature, unmet, levels: vec![level; deepest + 1] }
    }

    /// One row and one tree.
    fn walk(&mut self, tree: &Tree, steps: &[Step], row: &[f64], told: &mut [f64]) {
        if let Some(root) = self.levels.first_mut() {
            root.goes_left = goes_left(&tree.split, row);
        }
        let mut open = 0;
        for (number, step) in steps.iter().enumerate() {
            while open >= step.depth as usize {
                self.close(open, steps, told);
                open -= 1;
            }
            match &step.content {
                Content::Leaf(value) => self.leaf(step, *value, told),
                Content::Split(split) => {
                    let level = Level {
                        step: number,
                        goes_left: goes_left(split, row),
                        ..self.enter(step)
                    };
                    open += 1;
                    if let Some(to) = self.levels.get_mut(open) {
                        *to = level;
                    }
                }
            }
        }
        while open > 0 {
            self.close(open, steps, told);
            open -= 1;
        }
    }

    /// What is known behind an answer, whatever stands there.
    #[inline(always)]
    fn enter(&self, step: &Step) -> Level<N> {
        let mut level = Level {
            goes_left: false,
            is_met: false,
            products: [0.0; N],
            inverses: [0.0; N],
            weights: self.unmet,
            sums: [0.0; N],
            step: 0,
        };
        let Some(above) = self.levels.get(step.depth as usize - 1) else { return level };
        let Some(earlier) = self.levels.get(step.earlier as usize) else { return level };
        let (is_first, leads_here) = (step.earlier == 0, above.goes_left == step.is_left);
        level.products = above.products;
        if !is_first && !earlier.is_met {
            level.products.iter_mut().for_each(|product| *product *= step.part);
            return level;
        }
        if !is_first {
            let inverses = level.products.iter_mut().zip(&earlier.inverses);
            inverses.for_each(|(product, inverse)| *product *= inverse);
        }
        if leads_here {
            level.is_met = true;
            let rest = 1.0 - step.share;
            let Quadrature { points, weights, .. } = &self.quadrature;
            for place in 0..N {
                let factor = step.share + points[place] * rest;
                let inverse = 1.0 / factor;
                level.products[place] *= factor;
                level.inverses[place] = inverse;
                level.weights[place] = weights[place] * rest * inverse;
            }
        } else {
            let rests = level.products.iter_mut().zip(&self.quadrature.rests);
            rests.for_each(|(product, rest)| *product *= rest * step.share);
        }
        level
    }

    #[inline(always)]
    fn leaf(&mut self, step: &Step, value: f64, told: &mut [f64]) {
        let mut level = self.enter(step);
        level.products.iter_mut().for_each(|product| *product *= value);
        self.tell(step, level.is_met, &level.weights, &level.products, told);
        self.sum(step, &level.products);
    }

    /// All leaves below a level have been seen.
    fn close(&mut self, open: usize, steps: &[Step], told: &mut [f64]) {
        let Some(level) = self.levels.get(open) else { return };
        let (is_met, weights, sums) = (level.is_met, level.weights, level.sums);
        let Some(step) = steps.get(level.step) else { return };
        self.tell(step, is_met, &weights, &sums, told);
        self.sum(step, &sums);
    }

    /// Tells what the column contributes to leaves that this answer leads to: what an earlier answer about the same column
    /// will tell for them is taken off.
    #[inline(always)]
    fn tell(
        &self,
        step: &Step,
        is_met: bool,
        weights: &[f64; N],
        sums: &[f64; N],
        told: &mut [f64],
    ) {
        let earlier = (step.earlier != 0).then(|| self.levels.get(step.earlier as usize)).flatten();
        let contribution = match earlier {
            None => dot(weights, sums),
            // It was not met before: nothing has changed.
            Some(earlier) if !earlier.is_met && !is_met => return,
            Some(earlier) => {
                let mut changed = *weights;
                let pairs = changed.iter_mut().zip(&earlier.weights);
                pairs.for_each(|(weight, earlier)| *weight -= earlier);
                dot(&changed, sums)
            }
        };
        if let Some(told) = told.get_mut(step.column as usize) {
            *told += contribution;
        }
    }

    /// Tells the node above what leaves below have added.
    #[inline(always)]
    fn sum(&mut self, step: &Step, sums: &[f64; N]) {
        if let Some(above) = self.levels.get_mut(step.depth as usize - 1) {
            above.sums.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        }
    }
}

/// In four sums side by side: one addition need not wait for the one before.
#[inline(always)]
fn dot<const N: usize>(one: &[f64; N], other: &[f64; N]) -> f64 {
    let mut sums = [0.0; 4];
    for place in 0..N {
        sums[place % 4] += one[place] * other[place];
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

/// A cell that is not there goes the learned way.
#[inline(always)]
fn goes_left(split: &Split, row: &[f64]) -> bool {
    split.is_left(row.get(split.column).copied().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use netsift_data::Chance;
    use proptest::prelude::*;

    use super::super::layout::Part;
    use super::*;
    use crate::tree::flat::{Flat, Place};

    const COLUMNS: usize = 6;

    /// Trees by chance, whose ways ask about columns more than once; covers are whole, or nearly nothing.
    fn any_trees(seed: u64, trees: usize, deepest: usize) -> Flat {
        let mut chance = Chance::seeded(seed);
        let mut flat = Flat::new(2);
        for _ in 0..trees {
            let root = flat.plant().unwrap();
            let (mut open, mut weights) = (vec![(root, 0)], vec![1e4]);
            while let Some((node, depth)) = open.pop() {
                if depth == deepest || chance.below(4) == 0 {
                    let held = [1.0, chance.unit(), 0.0][chance.below(3)];
                    flat.leaf(node, &[held, 1.0 - held]).unwrap();
                    continue;
                }
                let (column, missing_left) = (chance.below(COLUMNS), chance.below(2) == 0);
                let split = Split { column, threshold: chance.unit(), missing_left };
                let left = flat.split(node, split).unwrap();
                let part = [0.5, chance.unit(), 1e-12][chance.below(3)] * weights[node - root];
                weights.extend([part, weights[node - root] - part]);
                open.extend([(left, depth + 1), (left + 1, depth + 1)]);
            }
            flat.weigh(&weights);
        }
        flat.check(COLUMNS).unwrap();
        flat
    }

    fn any_row(seed: u64) -> Vec<f64> {
        let mut chance = Chance::seeded(seed);
        let cell = |_| if chance.below(5) == 0 { f64::NAN } else { chance.unit() };
        (0..COLUMNS).map(cell).collect()
    }

    /// What a tree says of a row of which only these columns are known, by its definition.
    fn known(flat: &Flat, node: usize, row: &[f64], columns: u32, output: usize) -> f64 {
        let cover = |node: usize| f64::from(flat.covers().unwrap()[node]);
        match flat.at(node).unwrap() {
            Place::Leaf(held) => held[output],
            Place::Split(split, left) => {
                let says = |node| known(flat, node, row, columns, output);
                if columns >> split.column & 1 == 1 {
                    return says(left + usize::from(!split.is_left(row[split.column])));
                }
                let all = cover(left) + cover(left + 1);
                (cover(left) * says(left) + cover(left + 1) * says(left + 1)) / all
            }
        }
    }

    fn all_known(flat: &Flat, row: &[f64], columns: u32, output: usize) -> f64 {
        flat.roots().iter().map(|&root| known(flat, root as usize, row, columns, output)).sum()
    }

    /// Shapley's value of each column, over all sets of the others.
    fn by_sets(flat: &Flat, row: &[f64], output: usize) -> Vec<f64> {
        let factorial = |number: u32| (1..=number).map(f64::from).product::<f64>();
        let says: Vec<f64> =
            (0..1 << COLUMNS).map(|columns| all_known(flat, row, columns, output)).collect();
        let value = |column: usize| {
            let sets = (0..1_u32 << COLUMNS).filter(|set| set >> column & 1 == 0);
            let change = |set: u32| {
                let (before, after) = (set.count_ones(), COLUMNS as u32 - set.count_ones() - 1);
                let share = factorial(before) * factorial(after) / factorial(COLUMNS as u32);
                share * (says[(set | 1 << column) as usize] - says[set as usize])
            };
            sets.map(change).sum()
        };
        (0..COLUMNS).map(value).collect()
    }

    fn told(sum: &TreeSum, row: &[f64]) -> Vec<f64> {
        let mut told = vec![0.0; row.len()];
        sum.add(row, row.len(), &mut told);
        told
    }

    proptest! {
        #[test]
        fn contributions_are_shapleys_values(seed: u64, trees in 1..4_usize, output in 0..2_usize) {
            let flat = any_trees(seed, trees, 7);
            let sum = TreeSum::of(&flat, Part { output, ..Part::ALL }, 0.25).unwrap();
            let row = any_row(seed ^ 1);
            prop_assert!((sum.base() - 0.25 - all_known(&flat, &row, 0, output)).abs() < 1e-12);
            for (told, expected) in told(&sum, &row).iter().zip(by_sets(&flat, &row, output)) {
                prop_assert!((told - expected).abs() < 1e-12, "{told} {expected}");
            }
        }

        #[test]
        fn contributions_add_up(seed: u64, trees in 0..20_usize, times in -2.0..2.0) {
            let flat = any_trees(seed, trees, 12);
            let sum = TreeSum::of(&flat, Part { times, ..Part::ALL }, 1.0).unwrap();
            let row = any_row(seed ^ 1);
            let all = 1.0 + times * all_known(&flat, &row, u32::MAX, 0);
            let told: f64 = sum.base() + told(&sum, &row).iter().sum::<f64>();
            prop_assert!((told - all).abs() < 1e-10, "{told} {all}");
        }

        #[test]
        fn rows_know_nothing_of_each_other(seed: u64) {
            let flat = any_trees(seed, 5, 10);
            let sum = TreeSum::of(&flat, Part { first: 1, every: 2, ..Part::ALL }, 0.0).unwrap();
            let rows: Vec<Vec<f64>> = (0..9).map(any_row).collect();
            let mut all = vec![0.0; 9 * COLUMNS];
            sum.add(&rows.concat(), COLUMNS, &mut all);
            let alone: Vec<f64> = rows.iter().flat_map(|row| told(&sum, row)).collect();
            prop_assert_eq!(all, alone);
        }
    }

    /// A way that asks about so many columns, each so often.
    fn chain(columns: usize, times: usize) -> Flat {
        let mut flat = Flat::new(1);
        let mut node = flat.plant().unwrap();
        let mut weights = vec![1.0];
        for question in 0..columns * times {
            let threshold = 1.0 - question as f64 / (columns * times) as f64;
            let split = Split { column: question % columns, threshold, missing_left: true };
            let left = flat.split(node, split).unwrap();
            flat.leaf(left + 1, &[question as f64 % 7.0]).unwrap();
            let all = weights[node];
            weights.extend([all * 0.99, all * 0.01]);
            node = left;
        }
        flat.leaf(node, &[100.0]).unwrap();
        flat.weigh(&weights);
        flat
    }

    #[test]
    fn long_ways_are_explained_up_to_a_bound() {
        for (columns, times) in
            [(1, 1000), (3, 5), (5, 3), (11, 2), (20, 40), (30, 3), (60, 1), (256, 4)]
        {
            let flat = chain(columns, times);
            flat.check(columns).unwrap();
            let sum = TreeSum::of(&flat, Part::ALL, 0.0).unwrap();
            for cell in [0.0, 0.3, 0.97, f64::NAN] {
                let row = vec![cell; columns];
                let Some(Place::Leaf(held)) = flat.at(flat.leaf_of(0, &row)) else { panic!() };
                let all = sum.base() + told(&sum, &row).iter().sum::<f64>();
                assert!((all - held[0]).abs() < 1e-9, "{columns} {times} {cell}: {all} {held:?}");
            }
        }
        for (columns, times) in [(257, 1), (1, 1025), (100, 11)] {
            assert!(TreeSum::of(&chain(columns, times), Part::ALL, 0.0).is_none());
        }
    }

    #[test]
    fn trees_that_ask_nothing_contribute_nothing() {
        let mut flat = Flat::new(1);
        for held in [2.0, 3.0] {
            let root = flat.plant().unwrap();
            flat.leaf(root, &[held]).unwrap();
            flat.weigh(&[7.0]);
        }
        let sum = TreeSum::of(&flat, Part::ALL, 1.0).unwrap();
        assert_eq!((sum.base(), told(&sum, &[9.0])), (6.0, vec![0.0]));
        sum.add(&[], 0, &mut []);
        let none = TreeSum::of(&Flat::new(1), Part::ALL, 1.0).unwrap();
        assert_eq!((none.base(), told(&none, &[9.0, 1.0])), (1.0, vec![0.0; 2]));
    }

    #[test]
    fn what_rows_weighed_has_to_be_known() {
        let mut flat = Flat::new(1);
        let root = flat.plant().unwrap();
        flat.leaf(root, &[1.0]).unwrap();
        assert!(TreeSum::of(&flat, Part::ALL, 0.0).is_none());
    }
}
