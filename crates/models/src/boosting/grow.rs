//! A tree grown on gradients: which node is split next, and which way its rows go.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::GrowthOrder;
use super::histogram::Strip;
use super::search::{Family, Rest, Sought, search};
use super::split::{Best, Rule};
use super::sums::Sum;
use crate::tree::bins::{Bins, MISSING};

/// How far trees may grow, and in which order.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) order: GrowthOrder,
    pub(super) depth: usize,
    pub(super) leaves: usize,
}

/// What trees are grown of: the columns in codes, and what is looked at of them.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) bins: &'a Bins,
    pub(super) strips: &'a [Strip],
    pub(super) threads: usize,
}

/// What is used again for the next tree.
#[derive(Default)]
pub(super) struct Room {
    /// The rows of the tree, node by node.
    pub(super) rows: Vec<u32>,
    spare: Vec<u32>,
    /// What rows of a node sum up to, in the order of its rows.
    gathered: Vec<Sum>,
    histograms: Vec<Vec<Sum>>,
    histograms_out: usize,
}

/// A tree, of which leaves hold no value yet.
#[derive(Debug, PartialEq)]
pub(super) struct Grown {
    pub(super) nodes: Vec<Node>,
}

/// A node of a tree that has been grown.
#[derive(Debug, PartialEq)]
pub(super) struct Node {
    pub(super) split: Option<Split>,
    /// Where its rows lie.
    pub(super) rows: Range<usize>,
}

/// A question about a row's code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    pub(super) column: usize,
    /// The last bin that goes left.
    pub(super) bin: u8,
    pub(super) missing_left: bool,
    /// The child on the left; the other is behind it.
    pub(super) left: usize,
    pub(super) gain: f64,
}

impl Split {
    /// For each code, whether it goes left.
    fn sides(&self) -> [bool; MISSING as usize + 1] {
        let mut sides = [false; MISSING as usize + 1];
        sides.iter_mut().take(usize::from(self.bin) + 1).for_each(|side| *side = true);
        sides[usize::from(MISSING)] = self.missing_left;
        sides
    }
}

impl Grown {
    /// How many rows its splits have parted: about what it took to grow.
    pub(super) fn effort(&self) -> usize {
        let parted = self.nodes.iter().filter(|node| node.split.is_some());
        parted.map(|node| node.rows.len()).sum()
    }

    /// The leaf at which a row ends that the tree has not been grown on.
    pub(super) fn leaf_of(&self, bins: &Bins, row: usize) -> usize {
        let mut at = 0;
        while let Some(split) = self.nodes.get(at).and_then(|node| node.split) {
            let code = bins.codes(split.column).get(row).copied().unwrap_or(MISSING);
            let is_left = if code == MISSING { split.missing_left } else { code <= split.bin };
            at = split.left + usize::from(!is_left);
        }
        at
    }
}

/// A node that may be split, and how.
struct Open {
    node: usize,
    depth: usize,
    sum: Sum,
    best: Best,
    gain: f64,
    histogram: Option<Vec<Sum>>,
}

/// The node whose split gains most comes first, of equals the older.
impl Ord for Open {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.gain.total_cmp(&other.gain).then(Reverse(self.node).cmp(&Reverse(other.node)))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open {}

/// Histograms of more bytes than this are not kept, but counted again.
const HISTOGRAMS_KEPT: usize = 256 << 20;

/// Grows a tree on these rows, or on all. Of each row the sum is told.
pub(super) fn grow(
    ground: Ground<'_>,
    limits: Limits,
    rule: &Rule,
    sums: &[Sum],
    sample: Option<&[u32]>,
    room: &mut Room,
) -> Grown {
    room.rows.clear();
    match sample {
        Some(sample) => room.rows.extend(sample),
        None => room.rows.extend(0..sums.len() as u32),
    }
    room.spare.resize(room.rows.len(), 0);
    room.gathered.resize(room.rows.len(), 0);
    let root = Node { split: None, rows: 0..room.rows.len() };
    let mut grower = Grower {
        ground,
        limits,
        rule,
        sums,
        room,
        histogram_size: ground.strips.iter().map(Strip::size).sum(),
        grown: Grown { nodes: vec![root] },
        open: BinaryHeap::new(),
        leaves: 1,
    };
    grower.open_root(sample.is_none());
    while grower.leaves < limits.leaves && !grower.open.is_empty() {
        grower.step();
    }
    let open = std::mem::take(&mut grower.open);
    open.into_iter().for_each(|open| grower.room.put_back(open.histogram));
    grower.grown
}

struct Grower<'a> {
    ground: Ground<'a>,
    limits: Limits,
    rule: &'a Rule,
    sums: &'a [Sum],
    room: &'a mut Room,
    histogram_size: usize,
    grown: Grown,
    open: BinaryHeap<Open>,
    leaves: usize,
}

/// A parent that has been split, and its children.
struct Parent {
    depth: usize,
    children: [Child; 2],
    histogram: Option<Vec<Sum>>,
}

#[derive(Clone)]
struct Child {
    node: usize,
    rows: Range<usize>,
    sum: Sum,
    is_open: bool,
}

impl Grower<'_> {
    fn open_root(&mut self, is_whole: bool) {
        let sum = match is_whole {
            true => self.sums.iter().fold(0_i64, |all, &sum| all.wrapping_add(sum)),
            false => self.room.gather(self.sums, 0..self.room.rows.len()),
        };
        if !self.may_split(0, sum) {
            return;
        }
        let histogram = self.keeps(0).then(|| self.room.take_out(self.histogram_size)).flatten();
        let room = &*self.room;
        let family = Family {
            rows: (!is_whole).then_some(&room.rows[..]),
            sums: if is_whole { self.sums } else { &room.gathered },
            counted: Sought::new(sum, true),
            histogram,
            rest: None,
        };
        let mut families = [family];
        search(self.ground.strips, &mut families, self.rule, self.ground.threads);
        let [family] = families;
        self.judge(0, 0, family.counted, family.histogram);
    }

    /// Splits the next node, or the nodes of the next level.
    fn step(&mut self) {
        let count = match self.limits.order {
            GrowthOrder::LeafWise => 1,
            GrowthOrder::DepthWise => self.open.len().min(self.limits.leaves - self.leaves),
        };
        let mut parents = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(open) = self.open.pop() else { break };
            parents.push(self.split(open));
        }
        if self.leaves < self.limits.leaves {
            self.search_children(parents);
        } else {
            parents.into_iter().for_each(|parent| self.room.put_back(parent.histogram));
        }
    }

    /// Makes two of one node.
    fn split(&mut self, open: Open) -> Parent {
        let left = self.grown.nodes.len();
        let split = Split {
            column: open.best.column,
            bin: open.best.bin,
            missing_left: open.best.missing_left,
            left,
            gain: open.gain,
        };
        let rows = self.grown.nodes.get(open.node).map_or(0..0, |node| node.rows.clone());
        let middle = self.room.part(&rows, self.ground.bins.codes(split.column), &split.sides());
        if let Some(node) = self.grown.nodes.get_mut(open.node) {
            node.split = Some(split);
        }
        let depth = open.depth + 1;
        let parts = [
            (rows.start..middle, open.best.left),
            (middle..rows.end, open.sum.wrapping_sub(open.best.left)),
        ];
        let children = parts.map(|(rows, sum)| {
            let node = self.grown.nodes.len();
            self.grown.nodes.push(Node { split: None, rows: rows.clone() });
            Child { node, is_open: self.may_split(depth, sum), rows, sum }
        });
        self.leaves += 1;
        Parent { depth: open.depth, children, histogram: open.histogram }
    }

    fn search_children(&mut self, parents: Vec<Parent>) {
        let mut plans = Vec::with_capacity(parents.len());
        for parent in parents {
            self.plan(parent, &mut plans);
        }
        let room = &*self.room;
        let mut families: Vec<_> = plans.iter_mut().map(|plan| plan.family(room)).collect();
        search(self.ground.strips, &mut families, self.rule, self.ground.threads);
        let found: Vec<_> = families
            .into_iter()
            .map(|family| (family.counted, family.histogram, family.rest))
            .collect();
        for (plan, (counted, histogram, rest)) in plans.into_iter().zip(found) {
            self.judge(plan.counted.node, plan.depth, counted, histogram);
            if let (Some(child), Some(rest)) = (plan.rest, rest) {
                self.judge(child.node, plan.depth, rest.sought, Some(rest.histogram));
            }
        }
    }

    /// How the children's counts are found: by counting the smaller child and taking it off the parent, if that has
    /// been kept.
    fn plan(&mut self, parent: Parent, plans: &mut Vec<Plan>) {
        let depth = parent.depth + 1;
        let [small, large] = {
            let [left, right] = parent.children;
            if left.rows.len() <= right.rows.len() { [left, right] } else { [right, left] }
        };
        let (counted, rest) = match (&parent.histogram, large.is_open) {
            (Some(_), true) => (vec![small], Some(large)),
            _ => (vec![small, large].into_iter().filter(|child| child.is_open).collect(), None),
        };
        let (mut rest, mut histogram) = (rest, parent.histogram);
        if rest.is_none() {
            self.room.put_back(histogram.take());
        }
        for counted in counted {
            self.room.gather(self.sums, counted.rows.clone());
            let keeps = counted.is_open && self.keeps(depth);
            let kept = keeps.then(|| self.room.take_out(self.histogram_size)).flatten();
            plans.push(Plan { depth, counted, kept, rest: rest.take(), parent: histogram.take() });
        }
    }

    /// Puts a node among those to be split, if its best split is worth it.
    fn judge(&mut self, node: usize, depth: usize, sought: Sought, histogram: Option<Vec<Sum>>) {
        let gain = if sought.is_open { self.rule.gain(&sought.best, sought.sum) } else { None };
        match gain {
            Some(gain) => {
                self.open.push(Open {
                    node,
                    depth,
                    sum: sought.sum,
                    best: sought.best,
                    gain,
                    histogram,
                });
            }
            None => self.room.put_back(histogram),
        }
    }

    fn may_split(&self, depth: usize, sum: Sum) -> bool {
        depth < self.limits.depth && self.rule.allows(sum)
    }

    /// Whether the counts of a node at this depth are needed for its children.
    fn keeps(&self, depth: usize) -> bool {
        depth + 1 < self.limits.depth
    }
}

/// How the counts of one node, or of two siblings, are found.
struct Plan {
    depth: usize,
    counted: Child,
    kept: Option<Vec<Sum>>,
    rest: Option<Child>,
    parent: Option<Vec<Sum>>,
}

impl Plan {
    fn family<'r>(&mut self, room: &'r Room) -> Family<'r> {
        let rest = self.rest.as_ref().zip(self.parent.take());
        Family {
            rows: Some(room.rows.get(self.counted.rows.clone()).unwrap_or(&[])),
            sums: room.gathered.get(self.counted.rows.clone()).unwrap_or(&[]),
            counted: Sought::new(self.counted.sum, self.counted.is_open),
            histogram: self.kept.take(),
            rest: rest
                .map(|(child, histogram)| Rest { sought: Sought::new(child.sum, true), histogram }),
        }
    }
}

impl Room {
    /// Brings the sums of a node's rows together, and tells that of all.
    fn gather(&mut self, sums: &[Sum], rows: Range<usize>) -> Sum {
        let numbers = self.rows.get(rows.clone()).unwrap_or(&[]);
        let gathered = self.gathered.get_mut(rows).unwrap_or(&mut []);
        let mut all: Sum = 0;
        for (to, &row) in gathered.iter_mut().zip(numbers) {
            *to = sums.get(row as usize).copied().unwrap_or(0);
            all = all.wrapping_add(*to);
        }
        all
    }

    /// Brings the rows that go left before those that do not, each in their order, and tells where those begin.
    fn part(&mut self, rows: &Range<usize>, codes: &[u8], is_left: &[bool; 256]) -> usize {
        let Some(numbers) = self.rows.get_mut(rows.clone()) else { return rows.start };
        let Some(spare) = self.spare.get_mut(rows.clone()) else { return rows.start };
        let (mut left, mut right) = (0, 0);
        for place in 0..numbers.len() {
            let row = numbers[place];
            let code = codes.get(row as usize).copied().unwrap_or(MISSING);
            // Both are written, and one of them over again: cheaper than a branch that chance decides.
            numbers[left] = row;
            spare[right] = row;
            let is_left = usize::from(is_left[usize::from(code)]);
            left += is_left;
            right += 1 - is_left;
        }
        let others = numbers.iter_mut().skip(left).zip(spare);
        others.for_each(|(to, row)| *to = *row);
        rows.start + left
    }

    /// A histogram to be filled, unless too many are kept already.
    fn take_out(&mut self, size: usize) -> Option<Vec<Sum>> {
        let most = HISTOGRAMS_KEPT / (size * size_of::<Sum>()).max(1);
        if self.histograms_out >= most {
            return None;
        }
        self.histograms_out += 1;
        let mut histogram = self.histograms.pop().unwrap_or_default();
        histogram.resize(size, 0);
        Some(histogram)
    }

    fn put_back(&mut self, histogram: Option<Vec<Sum>>) {
        if let Some(histogram) = histogram {
            self.histograms_out -= 1;
            self.histograms.push(histogram);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use netsift_data::Chance;

    use super::super::histogram::SIDE;
    use super::super::sums::Steps;
    use super::*;

    const ROWS: usize = 600;

    struct Case {
        bins: Bins,
        strips: Vec<Strip>,
        sums: Vec<Sum>,
        rule: Rule,
    }

    fn any_case(seed: u64) -> Case {
        let mut chance = Chance::seeded(seed);
        let cells = Array2::from_shape_fn((ROWS, 19), |(_, column)| match chance.below(12) {
            0 if column % 2 == 0 => f64::NAN,
            _ => chance.below(3 + column * 5) as f64,
        });
        let pairs: Vec<[f64; 2]> = (0..ROWS)
            .map(|row| {
                let part = cells[(row, 3)] - cells[(row, 7)] / 3.0 + cells[(row, 16)] / 50.0;
                [if part.is_nan() { -1.0 } else { part.sin() }, 0.1 + chance.unit()]
            })
            .collect();
        let bins = Bins::fit(cells.view(), None, 64, 1);
        let columns: Vec<usize> = (0..19).collect();
        let strips = columns.chunks(SIDE).map(|columns| Strip::new(&bins, columns)).collect();
        let steps = Steps::of(&pairs, pairs.len());
        let sums = pairs.iter().map(|&pair| steps.sum(pair)).collect();
        Case { bins, strips, sums, rule: Rule::new(steps, 0.0, 1.0, 2.0, 0.0) }
    }

    fn limits(order: GrowthOrder, depth: usize, leaves: usize) -> Limits {
        Limits { order, depth, leaves }
    }

    impl Case {
        fn grow(&self, limits: Limits, sample: Option<&[u32]>, threads: usize) -> (Grown, Room) {
            let mut room = Room::default();
            let ground = Ground { bins: &self.bins, strips: &self.strips, threads };
            let grown = grow(ground, limits, &self.rule, &self.sums, sample, &mut room);
            assert_eq!(room.histograms_out, 0);
            (grown, room)
        }

        /// Each node's best split, found by counting all of its rows.
        fn holds(&self, grown: &Grown, room: &Room) {
            for node in grown.nodes.iter().filter(|node| node.split.is_some()) {
                let rows = &room.rows[node.rows.clone()];
                let sums: Vec<Sum> = rows.iter().map(|&row| self.sums[row as usize]).collect();
                let sum = sums.iter().sum();
                let counted = Sought::new(sum, true);
                let mut families = [Family {
                    rows: Some(rows),
                    sums: &sums,
                    counted,
                    histogram: None,
                    rest: None,
                }];
                search(&self.strips, &mut families, &self.rule, 1);
                let [Family { counted: Sought { best, .. }, .. }] = families;
                let split = node.split.unwrap();
                assert_eq!(
                    (split.column, split.bin, split.missing_left),
                    (best.column, best.bin, best.missing_left)
                );
                assert_eq!(Some(split.gain), self.rule.gain(&best, sum));
            }
        }
    }

    fn leaves(grown: &Grown) -> usize {
        grown.nodes.iter().filter(|node| node.split.is_none()).count()
    }

    #[test]
    fn every_split_is_the_best_of_its_rows() {
        for order in [GrowthOrder::DepthWise, GrowthOrder::LeafWise] {
            for seed in 0..5 {
                let case = any_case(seed);
                let (grown, room) = case.grow(limits(order, 7, usize::MAX), None, 1);
                assert!(leaves(&grown) > 30, "{}", leaves(&grown));
                case.holds(&grown, &room);
            }
        }
    }

    #[test]
    fn rows_end_at_the_leaf_whose_rows_they_are_among() {
        let case = any_case(9);
        let sample: Vec<u32> = (0..ROWS as u32).filter(|row| row % 3 != 0).collect();
        let (grown, room) = case.grow(limits(GrowthOrder::DepthWise, 5, 99), Some(&sample), 1);
        case.holds(&grown, &room);
        let mut seen = 0;
        for (number, node) in grown.nodes.iter().enumerate() {
            if node.split.is_none() {
                let rows = &room.rows[node.rows.clone()];
                assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
                assert!(rows.iter().all(|&row| grown.leaf_of(&case.bins, row as usize) == number));
                seen += rows.len();
            }
        }
        assert_eq!(seen, sample.len());
    }

    #[test]
    fn limits_are_kept_and_the_best_splits_come_first() {
        let case = any_case(2);
        let gains = |grown: &Grown| {
            grown.nodes.iter().filter_map(|node| node.split.map(|split| split.gain)).sum::<f64>()
        };
        for order in [GrowthOrder::DepthWise, GrowthOrder::LeafWise] {
            let three = leaves(&case.grow(limits(order, 3, usize::MAX), None, 1).0);
            assert!((6..=8).contains(&three), "{three}");
            assert_eq!(leaves(&case.grow(limits(order, 9, 11), None, 1).0), 11);
            let one = case.grow(limits(order, 1, 9), None, 1).0;
            assert_eq!((leaves(&one), one.effort()), (2, ROWS));
        }
        let whole = |order| case.grow(limits(order, 5, usize::MAX), None, 1).0;
        let (by_depth, by_leaf) = (whole(GrowthOrder::DepthWise), whole(GrowthOrder::LeafWise));
        assert!((gains(&by_depth) - gains(&by_leaf)).abs() < 1e-9 * gains(&by_leaf));
        let some = |order| gains(&case.grow(limits(order, 9, 12), None, 1).0);
        assert!(some(GrowthOrder::LeafWise) > some(GrowthOrder::DepthWise));
    }

    #[test]
    fn threads_change_nothing() {
        let case = any_case(6);
        let grow = |threads| case.grow(limits(GrowthOrder::DepthWise, 6, 999), None, threads).0;
        assert!((2..5).all(|threads| grow(threads) == grow(1)));
    }
}
