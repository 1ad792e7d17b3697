//! Growing one tree: nodes are split until they are pure, or until the rules say that it is enough.

use netsift_data::Chance;

use super::flat::{Flat, Place, Split};
use super::impurity::{Entropy, Gini, Impurity, Side};
use super::prune::prune;
use super::split::{Finder, Found, Node};
use super::table::{NO_LEVEL, Sample, Table};
use super::{Criterion, Growth};
use crate::ModelError;

/// What a tree is grown by.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'p> {
    pub(crate) growth: &'p Growth,
    /// How many columns are looked at in each node.
    pub(crate) columns: usize,
    /// Whether cuts are drawn by chance, instead of the best being looked for.
    pub(crate) is_random: bool,
    pub(crate) classes: usize,
    /// Is told how many rows have come to a leaf, and may end the growth.
    pub(crate) settled: &'p (dyn Fn(usize) -> Result<(), ModelError> + Sync),
}

/// A tree with what is known of it: leaves hold shares of classes.
#[derive(Debug, PartialEq)]
pub(crate) struct Grown {
    pub(crate) flat: Flat,
    /// What the rows of each node weigh.
    pub(crate) weights: Vec<f64>,
    /// How mixed each node is.
    pub(crate) impurities: Vec<f64>,
}

/// Grows a tree from these samples, each of a weight above 0.
pub(crate) fn grow(
    table: &Table,
    samples: Vec<Sample>,
    plan: Plan<'_>,
    chance: &mut Chance,
) -> Result<Grown, ModelError> {
    let grown = match plan.growth.criterion {
        Criterion::Gini => Grower::new(table, samples, plan, chance).grow::<Gini>()?,
        Criterion::Entropy => Grower::new(table, samples, plan, chance).grow::<Entropy>()?,
    };
    let pruning = plan.growth.pruning;
    let mut grown = if pruning > 0.0 { prune(&grown, pruning)? } else { grown };
    grown.flat.weigh(&grown.weights);
    Ok(grown)
}

struct Grower<'g, 't> {
    table: &'t Table,
    finder: Finder<'t>,
    plan: Plan<'g>,
    chance: &'g mut Chance,
    /// Each node's rows stand together.
    samples: Vec<Sample>,
    moved: Vec<Sample>,
    /// Of each node, which columns have one value alone in it, a bit each: so they have in all nodes below it.
    constant: Vec<u64>,
    /// Columns in any order: the first are drawn by chance in each node.
    columns: Vec<usize>,
    /// What each class weighs in a node.
    classes: Vec<f64>,
    /// The number of each class among those in a node, and what these weigh.
    slots: Vec<usize>,
    present: Vec<f64>,
    /// Where the rows of each class in a node end, among its own.
    ends: Vec<usize>,
    weight: f64,
    /// Leaves of one class alone, which share what they hold.
    pure: Vec<Option<usize>>,
    grown: Grown,
    leaves: usize,
    settled: usize,
}

/// A node that can be split.
struct Open {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
    split: Split,
    level: u16,
    gain: f64,
}

impl<'g, 't> Grower<'g, 't> {
    fn new(table: &'t Table, samples: Vec<Sample>, plan: Plan<'g>, chance: &'g mut Chance) -> Self {
        let flat = Flat::new(plan.classes);
        Self {
            table,
            finder: Finder::new(table, plan.classes, plan.growth.min_leaf),
            chance,
            moved: vec![Sample::default(); samples.len()],
            columns: (0..table.width()).collect(),
            constant: Vec::new(),
            classes: vec![0.0; plan.classes],
            slots: vec![0; plan.classes],
            present: Vec::with_capacity(plan.classes),
            ends: Vec::with_capacity(plan.classes),
            weight: samples.iter().map(|sample| sample.weight).sum(),
            pure: vec![None; plan.classes],
            grown: Grown { flat, weights: Vec::new(), impurities: Vec::new() },
            leaves: 0,
            settled: 0,
            samples,
            plan,
        }
    }

    fn grow<I: Impurity>(mut self) -> Result<Grown, ModelError> {
        let mut open = Vec::new();
        let root = self.grown.flat.plant()?;
        let end = self.samples.len();
        self.constant.resize(self.words(), 0);
        open.extend(self.open::<I>(root, 0, end, 0)?);
        while let Some(next) = self.next(&mut open) {
            let middle = self.part(&next);
            let left = self.grown.flat.split(next.node, next.split)?;
            for _ in 0..2 {
                let start = next.node * self.words();
                self.constant.extend_from_within(start..start + self.words());
            }
            // The left one is looked at first, and the right one split first: each order is as good as the other.
            open.extend(self.open::<I>(left, next.start, middle, next.depth + 1)?);
            open.extend(self.open::<I>(left + 1, middle, next.end, next.depth + 1)?);
        }
        for rest in open {
            self.weigh(rest.start, rest.end);
            self.settle(rest.node, rest.end - rest.start)?;
        }
        Ok(self.grown)
    }

    /// The node to split next: if leaves are numbered, the one which gains most.
    fn next(&mut self, open: &mut Vec<Open>) -> Option<Open> {
        let Some(most) = self.plan.growth.leaves else { return open.pop() };
        if self.leaves + open.len() >= most {
            return None;
        }
        let best =
            open.iter().enumerate().max_by(|(_, one), (_, other)| one.gain.total_cmp(&other.gain));
        let place = best.map(|(place, _)| place)?;
        Some(open.remove(place))
    }

    /// Looks at a new node, which is a leaf until it is split.
    fn open<I: Impurity>(
        &mut self,
        node: usize,
        start: usize,
        end: usize,
        depth: usize,
    ) -> Result<Option<Open>, ModelError> {
        self.weigh(start, end);
        let all = Side::of::<I>(&self.classes);
        let share = all.weight / self.weight;
        self.grown.weights.push(all.weight);
        let impurity = I::impurity(all.purity::<I>(), all.weight);
        self.grown.impurities.push(impurity);
        let found = if self.is_settled(all.weight, depth) {
            None
        } else {
            let at = At { node, start, end, all, share };
            self.find::<I>(at).filter(|found| self.is_enough::<I>(found, all))
        };
        let Some(Found { split, level, purity, .. }) = found else {
            return self.settle(node, end - start).map(|()| None);
        };
        let gain = purity - all.purity::<I>();
        Ok(Some(Open { node, start, end, depth, split, level, gain }))
    }

    /// How many words of bits a node has.
    fn words(&self) -> usize {
        self.table.width().div_ceil(64)
    }

    /// Fills `classes` and `ends`. Rows of a class stand together, so each class is summed apart.
    fn weigh(&mut self, start: usize, end: usize) {
        self.classes.fill(0.0);
        self.ends.clear();
        let mut seen = 0;
        let samples = self.samples.get(start..end).unwrap_or(&[]);
        for alike in samples.chunk_by(|one, other| one.class == other.class) {
            seen += alike.len();
            let weight = alike.iter().map(|sample| sample.weight).sum::<f64>();
            // Rows too light to be told from nothing are counted with the next class, where they weigh as little.
            if weight > 0.0 {
                self.ends.push(seen);
            }
            let class =
                alike.first().and_then(|sample| self.classes.get_mut(sample.class as usize));
            if let Some(sum) = class {
                *sum += weight;
            }
        }
    }

    fn is_settled(&self, weight: f64, depth: usize) -> bool {
        let growth = self.plan.growth;
        let classes = self.classes.iter().filter(|&&weight| weight > 0.0).take(2).count();
        classes < 2
            || growth.depth.is_some_and(|most| depth >= most)
            || weight < growth.min_split
            || weight < 2.0 * growth.min_leaf
    }

    fn is_enough<I: Impurity>(&self, found: &Found, all: Side) -> bool {
        let gain = (found.purity - all.purity::<I>()) * I::UNIT / self.weight;
        // As in scikit-learn: what rounding takes away from a gain does not count.
        gain + f64::EPSILON >= self.plan.growth.min_gain
    }

    /// The best split of a node. Columns of one value in the node are drawn too, but at least one other is looked at, if
    /// there is one.
    fn find<I: Impurity>(&mut self, at: At) -> Option<Found> {
        let samples = self.samples.get(at.start..at.end).unwrap_or(&[]);
        self.present.clear();
        for (slot, &weight) in self.slots.iter_mut().zip(&self.classes) {
            *slot = self.present.len();
            if weight > 0.0 {
                self.present.push(weight);
            }
        }
        let (slots, classes) = (self.slots.as_slice(), self.present.as_slice());
        let ends = self.ends.as_slice();
        let node = Node { samples, slots, classes, ends, all: at.all, share: at.share };
        let mut best = None;
        let mut has_choice = false;
        let first = at.node * self.words();
        let constant = self.constant.get_mut(first..).unwrap_or(&mut []);
        for drawn in 0..self.columns.len() {
            if drawn >= self.plan.columns && has_choice {
                break;
            }
            let other = drawn + self.chance.below(self.columns.len() - drawn);
            self.columns.swap(drawn, other);
            let Some(&column) = self.columns.get(drawn) else { break };
            let Some(constant) = constant.get_mut(column / 64) else { break };
            if *constant >> (column % 64) & 1 == 1 {
                continue;
            }
            let is_constant = !if self.plan.is_random {
                self.finder.cut_anywhere::<I>(node, column, self.chance, &mut best)
            } else {
                self.finder.cut::<I>(node, column, &mut best)
            };
            *constant |= u64::from(is_constant) << (column % 64);
            has_choice |= !is_constant;
        }
        best
    }

    /// Puts a node's rows that go left before the others, keeping their order; tells where the others begin.
    fn part(&mut self, open: &Open) -> usize {
        let samples = self.samples.get(open.start..open.end).unwrap_or(&[]);
        let column = open.split.column;
        if self.plan.is_random {
            let cells = self.table.cells(column, samples);
            return self
                .part_by(open, |sample| open.split.is_left(cells.of(sample).unwrap_or(f64::NAN)));
        }
        let levels = self.table.levels(column, samples);
        let missing_left = open.split.missing_left;
        self.part_by(open, |sample| {
            let level = levels.of(sample).unwrap_or(NO_LEVEL);
            (level <= open.level) | ((level == NO_LEVEL) & missing_left)
        })
    }

    fn part_by(&mut self, open: &Open, is_left: impl Fn(&Sample) -> bool) -> usize {
        let Some(samples) = self.samples.get_mut(open.start..open.end) else { return open.start };
        let (mut left, mut right) = (0, 0);
        for place in 0..samples.len() {
            let Some(&sample) = samples.get(place) else { break };
            // Written to both sides and counted on one: which one cannot be foreseen, so there is no branch. The left
            // side never is ahead of what is read.
            if let (Some(to_left), Some(to_right)) =
                (samples.get_mut(left), self.moved.get_mut(right))
            {
                (*to_left, *to_right) = (sample, sample);
            }
            let is_left = is_left(&sample);
            left += usize::from(is_left);
            right += usize::from(!is_left);
        }
        let right = samples.iter_mut().skip(left);
        right.zip(&self.moved).for_each(|(to, &sample)| *to = sample);
        open.start + left
    }

    /// Makes a node a leaf for good.
    fn settle(&mut self, node: usize, rows: usize) -> Result<(), ModelError> {
        self.leaf(node)?;
        self.leaves += 1;
        self.settled += rows;
        (self.plan.settled)(self.settled)
    }

    fn leaf(&mut self, node: usize) -> Result<(), ModelError> {
        let mut classes = self.classes.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
        let only = match (classes.next(), classes.next()) {
            (Some((class, _)), None) => Some(class),
            _ => None,
        };
        let flat = &mut self.grown.flat;
        let shared = only.and_then(|class| self.pure.get_mut(class));
        if let Some(&mut Some(place)) = shared {
            flat.leaf_like(node, place);
            return Ok(());
        }
        if let Some(shared) = shared {
            *shared = Some(flat.leaf_count());
        }
        let all: f64 = self.classes.iter().sum();
        let shares: Vec<f64> = self.classes.iter().map(|weight| weight / all).collect();
        flat.leaf(node, &shares)
    }
}

impl Grown {
    /// What the rows of a node weigh, as a share of the root's.
    pub(crate) fn share(&self, node: usize) -> f64 {
        let weight = |node: usize| self.weights.get(node).copied().unwrap_or(0.0);
        weight(node) / weight(0)
    }

    /// By how much each column's splits have made the rows purer, 1 together; all 0 without a split.
    pub(crate) fn importances(&self, width: usize) -> Vec<f64> {
        let mut gains = vec![0.0; width];
        let mixed =
            |node: usize| self.share(node) * self.impurities.get(node).copied().unwrap_or(0.0);
        for node in 0..self.flat.nodes() {
            let Some(Place::Split(split, left)) = self.flat.at(node) else { continue };
            if let Some(gain) = gains.get_mut(split.column) {
                *gain += (mixed(node) - mixed(left) - mixed(left + 1)).max(0.0);
            }
        }
        to_one(&mut gains);
        gains
    }
}

/// Makes numbers 1 together, unless all are 0.
pub(crate) fn to_one(numbers: &mut [f64]) {
    let sum: f64 = numbers.iter().sum();
    if sum > 0.0 {
        numbers.iter_mut().for_each(|number| *number /= sum);
    }
}

/// A node's rows and what they weigh.
#[derive(Clone, Copy)]
struct At {
    node: usize,
    start: usize,
    end: usize,
    all: Side,
    share: f64,
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Column 0 says the class of three rows of four, column 1 is the same everywhere.
    fn grown(growth: &Growth) -> Grown {
        let rows = array![[1.0, 7.0], [2.0, 7.0], [3.0, 7.0], [3.0, 7.0]];
        let classes = [0, 0, 1, 0];
        let mut samples: Vec<Sample> =
            (0..).zip(classes).map(|(row, class)| Sample { row, class, weight: 1.0 }).collect();
        samples.sort_by_key(|sample| sample.class);
        let table = Table::counted(rows.view(), &[0, 1, 2, 3], &samples, 1);
        let plan = Plan { growth, columns: 1, is_random: false, classes: 2, settled: &|_| Ok(()) };
        grow(&table, samples, plan, &mut Chance::seeded(0)).unwrap()
    }

    #[test]
    fn nodes_are_split_while_that_helps() {
        let grown = grown(&Growth::default());
        grown.flat.check(2).unwrap();
        let split = Split { column: 0, threshold: 2.5, missing_left: false };
        assert_eq!(grown.flat.at(0), Some(Place::Split(split, 1)));
        assert_eq!(grown.flat.at(1), Some(Place::Leaf(&[1.0, 0.0])));
        assert_eq!(grown.flat.at(2), Some(Place::Leaf(&[0.5, 0.5])));
        assert_eq!((grown.flat.nodes(), grown.weights.as_slice()), (3, &[4.0, 2.0, 2.0][..]));
        assert_eq!([0, 1, 2].map(|node| grown.share(node)), [1.0, 0.5, 0.5]);
        assert_eq!(grown.impurities, [0.375, 0.0, 0.5]);
        assert_eq!(grown.importances(2), [1.0, 0.0]);
    }

    #[test]
    fn of_cuts_as_good_the_one_through_the_widest_gap_is_taken() {
        // All but the last column part the classes; the one in the middle by 8 of 10, the others by 1 of 3 and 10 of 30.
        let rows = array![
            [1.0, 0.0, 10.0, 1.0],
            [2.0, 1.0, 20.0, 1.0],
            [3.0, 9.0, 30.0, 1.0],
            [4.0, 10.0, 40.0, 1.0]
        ];
        let samples: Vec<Sample> =
            (0..4).map(|row| Sample { row, class: row / 2, weight: 1.0 }).collect();
        let table = Table::counted(rows.view(), &[0, 1, 2, 3], &samples, 1);
        for seed in 0..9 {
            let growth = Growth::default();
            let plan = Plan {
                growth: &growth,
                columns: 4,
                is_random: false,
                classes: 2,
                settled: &|_| Ok(()),
            };
            let grown = grow(&table, samples.clone(), plan, &mut Chance::seeded(seed)).unwrap();
            let split = Split { column: 1, threshold: 5.0, missing_left: false };
            assert_eq!(grown.flat.at(0), Some(Place::Split(split, 1)));
        }
    }

    #[test]
    fn a_split_has_to_gain_enough() {
        let nodes = |min_gain| grown(&Growth::default().min_gain(min_gain)).flat.nodes();
        // 0.375 before, half of 0.5 after it.
        assert_eq!([0.124, 0.126].map(nodes), [3, 1]);
        assert_eq!(grown(&Growth::default().min_gain(1.0)).importances(2), [0.0, 0.0]);
    }
}
