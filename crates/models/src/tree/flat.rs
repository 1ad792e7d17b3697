//! Any number of trees in three flat lists, and how rows walk down them.

use std::sync::OnceLock;

use ndarray::ArrayView2;
use serde::{Deserialize, Deserializer, Serialize};

use super::walk::Walk;
use crate::ModelError;
use crate::check::sound;

/// Trees over the same columns. A leaf holds a fixed number of outputs: shares of classes, margins, whatever a model
/// adds up.
///
/// Children stand behind their parents, so a walk always ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flat {
    /// Tree after tree.
    nodes: Vec<Node>,
    /// Where each tree begins.
    roots: Vec<u32>,
    /// What leaves hold, `outputs` numbers each; equal leaves may share them.
    leaves: Vec<f64>,
    outputs: usize,
    /// What the rows of each node weighed as it grew, in any unit a tree: a number for each node, or none at all where that
    /// is not known. Walks never look at them.
    covers: Vec<f32>,
    /// No part of what is stored.
    #[serde(skip)]
    walk: Laid,
}

/// The trees once more, laid out for walks when the first rows come.
#[derive(Clone, Debug, Default)]
struct Laid(OnceLock<Walk>);

/// It follows from the trees, and so says nothing of its own.
impl PartialEq for Laid {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// The column asked about, and [`MISSING_LEFT`]; of a leaf, [`LEAF`] alone.
    pub(super) column: u32,
    /// The left child, behind which the right one stands; of a leaf, the number of the outputs it holds.
    pub(super) left: u32,
    /// Values up to it go left; of a leaf, 0.
    pub(super) threshold: f64,
}

/// Rows without a value go left.
const MISSING_LEFT: u32 = 1 << 31;
/// There is no question.
const LEAF: u32 = 1 << 30;
/// The bits that say which column.
const COLUMN: u32 = LEAF - 1;
/// More nodes or leaves cannot be numbered.
const MOST: usize = u32::MAX as usize;

/// Each cover is rounded by itself, so children add up to their parent but for a few parts of 2^24, and for what the
/// smallest number there is makes of nothing.
const COVER_ROUNDING: f64 = 1e-6;
const LEAST_COVER: f32 = f32::MIN_POSITIVE;
/// Numbers of rows up to this are exact in 32 bits.
const EXACT: f64 = (1_u32 << 24) as f64;
/// Weights from here on have all their digits in 32 bits, and so do parts of them of any size that matters.
const LIGHT: f64 = 1e-9;

/// A question to a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Split {
    /// About which column.
    pub(crate) column: usize,
    /// Values up to it go left: all of them, if it is infinity.
    pub(crate) threshold: f64,
    /// Whether rows without a value (NaN) go left.
    pub(crate) missing_left: bool,
}

impl Split {
    /// Where a cell is sent.
    #[inline]
    pub(crate) fn is_left(&self, cell: f64) -> bool {
        (cell <= self.threshold) | (cell.is_nan() & self.missing_left)
    }
}

/// What stands at a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place<'a> {
    /// A question, and where the left child is; the right one is behind it.
    Split(Split, usize),
    /// The outputs.
    Leaf(&'a [f64]),
}

impl Flat {
    /// No trees yet, with leaves of so many outputs.
    pub(crate) fn new(outputs: usize) -> Self {
        Self {
            nodes: Vec::new(),
            roots: Vec::new(),
            leaves: Vec::new(),
            outputs,
            covers: Vec::new(),
            walk: Laid::default(),
        }
    }

    /// Begins a tree. Its root is told, and must be made a split or a leaf.
    pub(crate) fn plant(&mut self) -> Result<usize, ModelError> {
        self.walk = Laid::default();
        let root = self.nodes.len();
        self.roots.push(number(root, "nodes")?);
        self.nodes.push(Node::leaf(0));
        Ok(root)
    }

    /// Makes a node of the last tree a question. Its left child is told, behind which the right one stands; both must be
    /// made a split or a leaf.
    pub(crate) fn split(&mut self, node: usize, split: Split) -> Result<usize, ModelError> {
        let left = self.nodes.len();
        number(left + 1, "nodes")?;
        let column = u32::try_from(split.column).ok().filter(|&column| column <= COLUMN);
        let column = column.ok_or(too_many("columns", split.column))?;
        let missing = if split.missing_left { MISSING_LEFT } else { 0 };
        if let Some(node) = self.nodes.get_mut(node) {
            *node =
                Node { column: column | missing, left: left as u32, threshold: split.threshold };
        }
        self.nodes.extend([Node::leaf(0); 2]);
        Ok(left)
    }

    /// Makes a node of the last tree a leaf that holds these outputs.
    pub(crate) fn leaf(&mut self, node: usize, outputs: &[f64]) -> Result<(), ModelError> {
        let place = number(self.leaf_count(), "leaves")?;
        self.leaves.extend(outputs.iter().chain(std::iter::repeat(&0.0)).take(self.outputs));
        self.leaf_like(node, place as usize);
        Ok(())
    }

    /// Makes a node of the last tree a leaf that shares the outputs of that number.
    pub(crate) fn leaf_like(&mut self, node: usize, place: usize) {
        if let Some(to) = self.nodes.get_mut(node) {
            *to = Node::leaf(place);
        }
    }

    /// Says what the rows of each node of the last tree weighed. All trees are weighed, or none of them counts as it is.
    pub(crate) fn weigh(&mut self, weights: &[f64]) {
        self.covers.extend(covers(weights));
    }

    /// How many outputs have been stored: the number of the next.
    pub(crate) fn leaf_count(&self) -> usize {
        self.leaves.len().checked_div(self.outputs).unwrap_or(0)
    }

    /// Puts trees of the same columns and outputs behind these.
    pub(crate) fn append(&mut self, other: &Self) -> Result<(), ModelError> {
        self.append_behind(other, 0)
    }

    /// The same with trees whose columns stand behind so many others.
    pub(crate) fn append_behind(&mut self, other: &Self, columns: usize) -> Result<(), ModelError> {
        self.walk = Laid::default();
        let (nodes, leaves) = (self.nodes.len(), self.leaf_count());
        number(nodes + other.nodes.len(), "nodes")?;
        number(leaves + other.leaf_count(), "leaves")?;
        let last = other.nodes.iter().map(|node| node.asked()).max().unwrap_or(0);
        if columns.saturating_add(last) > COLUMN as usize {
            return Err(too_many("columns", columns));
        }
        match (self.covers(), other.covers()) {
            (Some(_), Some(covers)) => self.covers.extend(covers),
            _ => self.covers.clear(),
        }
        let moved = |node: &Node| match node.is_leaf() {
            true => Node { left: node.left + leaves as u32, ..*node },
            false => Node {
                column: node.column + columns as u32,
                left: node.left + nodes as u32,
                ..*node
            },
        };
        self.nodes.extend(other.nodes.iter().map(moved));
        self.roots.extend(other.roots.iter().map(|root| root + nodes as u32));
        self.leaves.extend(&other.leaves);
        Ok(())
    }

    /// Keeps the first so many trees.
    pub(crate) fn truncate(&mut self, trees: usize) {
        self.walk = Laid::default();
        if let Some(&end) = self.roots.get(trees) {
            self.nodes.truncate(end as usize);
            self.covers.truncate(end as usize);
            self.roots.truncate(trees);
            let leaves = self.nodes.iter().filter(|node| node.is_leaf());
            let used = leaves.map(|node| node.held() + 1).max().unwrap_or(0);
            self.leaves.truncate(used * self.outputs);
        }
    }

    /// How many trees there are.
    pub(crate) fn trees(&self) -> usize {
        self.roots.len()
    }

    /// How many nodes they have together.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// How many outputs a leaf holds.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// What the leaves hold, one after the other.
    pub(crate) fn leaves(&self) -> &[f64] {
        &self.leaves
    }

    /// What the rows of each node weighed, if that is known of all.
    pub(crate) fn covers(&self) -> Option<&[f32]> {
        (self.covers.len() == self.nodes.len()).then_some(&self.covers)
    }

    pub(super) fn all_nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Where each tree begins.
    pub(crate) fn roots(&self) -> &[u32] {
        &self.roots
    }

    /// What stands at a node.
    pub(crate) fn at(&self, node: usize) -> Option<Place<'_>> {
        let node = self.nodes.get(node)?;
        if node.is_leaf() {
            return Some(Place::Leaf(self.held(*node)));
        }
        let split = Split {
            column: node.asked(),
            threshold: node.threshold,
            missing_left: node.is_missing_left(),
        };
        Some(Place::Split(split, node.left as usize))
    }

    /// The node of a tree at which a row ends.
    pub(crate) fn leaf_of(&self, tree: usize, row: &[f64]) -> usize {
        self.leaf_by(tree, |column| row.get(column).copied().unwrap_or(f64::NAN))
    }

    /// The same of a row whose cells are made when they are asked about.
    #[inline]
    pub(crate) fn leaf_by(&self, tree: usize, cell: impl Fn(usize) -> f64) -> usize {
        let mut at = self.roots.get(tree).copied().unwrap_or(0) as usize;
        while let Some(Place::Split(split, left)) = self.at(at) {
            at = left + usize::from(!split.is_left(cell(split.column)));
        }
        at
    }

    /// Adds to the sums of each row, `width` numbers a row, what each tree's leaf holds. With fewer outputs than sums,
    /// trees take turns: a tree adds to the sums behind those of the tree before it, the first again after the last.
    ///
    /// Trees add one after the other, so that a row's sums are the same bits whatever rows are beside it.
    pub(crate) fn add(&self, rows: ArrayView2<'_, f64>, width: usize, sums: &mut [f64]) {
        self.walk.0.get_or_init(|| Walk::of(self)).add(self, rows, width, sums);
    }

    /// The same of one sum a row, where trees are shallow and cut nowhere in particular: faster for rows that are alike.
    pub(crate) fn add_together(&self, rows: ArrayView2<'_, f64>, sums: &mut [f64]) {
        self.walk.0.get_or_init(|| Walk::of(self)).add_together(self, rows, sums);
    }

    /// Holds of trees that [`plant`](Self::plant), [`split`](Self::split) and [`leaf`](Self::leaf) can have made for
    /// rows of so many columns.
    pub(crate) fn check(&self, columns: usize) -> Result<(), ModelError> {
        sound(self.outputs > 0, "leaves hold outputs")?;
        sound(self.leaves.len().is_multiple_of(self.outputs), "all leaves hold as many outputs")?;
        sound(self.leaves.iter().all(|held| held.is_finite()), "leaves hold finite numbers")?;
        sound(self.nodes.len() <= MOST, "nodes can be numbered")?;
        sound(
            self.roots.first().is_none_or(|&first| first == 0),
            "trees begin with the first node",
        )?;
        sound(self.roots.is_empty() == self.nodes.is_empty(), "nodes belong to trees")?;
        let ends = self.roots.iter().skip(1).map(|&root| root as usize).chain([self.nodes.len()]);
        let mut has_parent = vec![false; self.nodes.len()];
        for (&root, end) in self.roots.iter().zip(ends) {
            let root = root as usize;
            sound(root < end && end <= self.nodes.len(), "each tree has a root")?;
            for place in root..end {
                self.check_node(place, end, columns, &mut has_parent)?;
            }
            let mut others = has_parent.get(root + 1..end).unwrap_or(&[]).iter();
            sound(others.all(|&has_parent| has_parent), "each node but a root has a parent")?;
        }
        self.check_covers()
    }

    /// Of nodes that have been checked.
    fn check_covers(&self) -> Result<(), ModelError> {
        let Some(covers) = self.covers() else {
            return sound(self.covers.is_empty(), "a cover for each node");
        };
        let are_weights = covers.iter().all(|cover| cover.is_finite() && *cover > 0.0);
        sound(are_weights, "covers are finite and above 0")?;
        let cover = |node: usize| covers.get(node).copied().map_or(0.0, f64::from);
        let adds_up = |(place, node): (usize, &Node)| {
            let (own, left) = (cover(place), node.left as usize);
            let apart = (own - cover(left) - cover(left + 1)).abs();
            node.is_leaf() || apart <= COVER_ROUNDING * own + 2.0 * f64::from(LEAST_COVER)
        };
        sound(self.nodes.iter().enumerate().all(adds_up), "covers of children add up")
    }

    fn check_node(
        &self,
        place: usize,
        end: usize,
        columns: usize,
        has_parent: &mut [bool],
    ) -> Result<(), ModelError> {
        let Some(node) = self.nodes.get(place) else { return Ok(()) };
        let left = node.left as usize;
        if node.is_leaf() {
            let held = node.held();
            sound(node == &Node::leaf(held), "leaves ask nothing")?;
            return sound(held < self.leaf_count(), "leaves hold outputs that are there");
        }
        sound(node.asked() < columns, "nodes ask about columns there are")?;
        sound(!node.threshold.is_nan(), "thresholds are numbers")?;
        sound(left > place && left < end - 1, "children stand behind their parents")?;
        for child in has_parent.iter_mut().skip(left).take(2) {
            sound(!*child, "each node has one parent")?;
            *child = true;
        }
        Ok(())
    }

    fn held(&self, leaf: Node) -> &[f64] {
        let start = leaf.held() * self.outputs;
        self.leaves.get(start..start + self.outputs).unwrap_or(&[])
    }
}

/// Trees as files of version 1 hold them: they do not tell what rows weighed.
pub(crate) fn coverless<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Flat, D::Error> {
    #[derive(Deserialize)]
    struct Coverless {
        nodes: Vec<Node>,
        roots: Vec<u32>,
        leaves: Vec<f64>,
        outputs: usize,
    }
    let Coverless { nodes, roots, leaves, outputs } = Coverless::deserialize(deserializer)?;
    Ok(Flat { nodes, roots, leaves, ..Flat::new(outputs) })
}

impl Node {
    fn leaf(held: usize) -> Self {
        Self { column: LEAF, left: held as u32, threshold: 0.0 }
    }

    pub(super) fn is_leaf(self) -> bool {
        self.column & LEAF != 0
    }

    /// The column asked about.
    pub(super) fn asked(self) -> usize {
        (self.column & COLUMN) as usize
    }

    pub(super) fn is_missing_left(self) -> bool {
        self.column & MISSING_LEFT != 0
    }

    /// The number of the outputs that a leaf holds.
    pub(super) fn held(self) -> usize {
        self.left as usize
    }
}

/// Weights of a tree's nodes, the root first, as they are kept: as they are, but brought near to 1 where they are so large
/// or so small that digits would be lost, since only their proportions matter.
fn covers(weights: &[f64]) -> impl Iterator<Item = f32> {
    let root = weights.first().copied().unwrap_or(1.0);
    let unit = if (LIGHT..=EXACT).contains(&root) { 1.0 } else { root };
    // What weighs nothing beside the root still is above 0.
    weights.iter().map(move |weight| ((weight / unit) as f32).max(LEAST_COVER))
}

fn number(count: usize, what: &'static str) -> Result<u32, ModelError> {
    if count < MOST { Ok(count as u32) } else { Err(too_many(what, count)) }
}

fn too_many(what: &'static str, found: usize) -> ModelError {
    ModelError::TooMany { learner: "a model of trees", what, most: MOST, found }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ShapeBuilder as _, array};
    use netsift_data::Chance;

    use super::*;

    fn ask(column: usize, threshold: f64, missing_left: bool) -> Split {
        Split { column, threshold, missing_left }
    }

    /// Column 1 up to 2 (or missing): 1; else column 0 up to 5: 2, above or missing: 3.
    fn small() -> Flat {
        let mut flat = Flat::new(1);
        let root = flat.plant().unwrap();
        let left = flat.split(root, ask(1, 2.0, true)).unwrap();
        let right = flat.split(left + 1, ask(0, 5.0, false)).unwrap();
        flat.leaf(left, &[1.0]).unwrap();
        flat.leaf(right, &[2.0]).unwrap();
        flat.leaf(right + 1, &[3.0]).unwrap();
        flat.weigh(&[10.0, 6.0, 4.0, 3.0, 1.0]);
        flat
    }

    /// Trees by chance, over 3 columns.
    fn any_trees(seed: u64, trees: usize, outputs: usize) -> Flat {
        let mut chance = Chance::seeded(seed);
        let mut flat = Flat::new(outputs);
        for _ in 0..trees {
            let root = flat.plant().unwrap();
            let (mut open, mut weights) = (vec![root], vec![1e3]);
            while let Some(node) = open.pop() {
                if open.len() > 6 || chance.below(3) == 0 {
                    let held: Vec<f64> = (0..outputs).map(|_| chance.unit()).collect();
                    flat.leaf(node, &held).unwrap();
                    continue;
                }
                let split = ask(chance.below(3), chance.unit(), chance.below(2) == 0);
                let left = flat.split(node, split).unwrap();
                let part = weights[node - root] * chance.unit();
                weights.extend([part, weights[node - root] - part]);
                open.extend([left, left + 1]);
            }
            flat.weigh(&weights);
        }
        flat.check(3).unwrap();
        flat
    }

    fn any_rows(seed: u64, count: usize) -> Array2<f64> {
        let mut chance = Chance::seeded(seed);
        Array2::from_shape_fn((count, 3), |_| match chance.below(10) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            _ => chance.unit(),
        })
    }

    /// One row, one tree, one step after the other, by what is told of nodes.
    fn plainly(flat: &Flat, row: &[f64], width: usize) -> Vec<f64> {
        let mut sums = vec![0.0; width];
        for tree in 0..flat.trees() {
            let mut node = flat.roots[tree] as usize;
            let held = loop {
                match flat.at(node).unwrap() {
                    Place::Leaf(held) => break held,
                    Place::Split(split, left) => {
                        let cell = row[split.column];
                        let is_left = if cell.is_nan() {
                            split.missing_left
                        } else {
                            cell <= split.threshold
                        };
                        node = if is_left { left } else { left + 1 };
                    }
                }
            };
            for (place, held) in held.iter().enumerate() {
                sums[(tree * flat.outputs() + place) % width] += held;
            }
        }
        sums
    }

    #[test]
    fn rows_go_where_the_questions_send_them() {
        let rows = array![
            [9.0, 2.0],
            [9.0, f64::NAN],
            [5.0, 2.1],
            [f64::NEG_INFINITY, f64::INFINITY],
            [5.1, 3.0],
            [f64::NAN, 3.0]
        ];
        let mut sums = [0.0; 6];
        small().add(rows.view(), 1, &mut sums);
        assert_eq!(sums, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!(small().leaf_of(0, &[5.0, 3.0]), 3);
    }

    #[test]
    fn many_rows_at_once_get_the_sums_of_each_alone() {
        for (outputs, width) in [(1, 1), (4, 4), (1, 3)] {
            let flat = any_trees(7, 21, outputs);
            for count in [0, 1, 7, 8, 9, 15, 1000, 70_005 / 3] {
                let rows = any_rows(9, count);
                let mut turned = Array2::zeros((count, 3).f());
                turned.assign(&rows);
                let mut sums = vec![0.0; count * width];
                flat.add(turned.view(), width, &mut sums);
                for (row, sums) in rows.rows().into_iter().zip(sums.chunks(width)) {
                    assert_eq!(plainly(&flat, row.as_slice().unwrap(), width), sums);
                }
            }
        }
    }

    #[test]
    fn trees_can_be_put_together_and_taken_away() {
        let (one, other) = (any_trees(1, 5, 2), any_trees(2, 6, 2));
        let mut both = one.clone();
        both.append(&other).unwrap();
        both.check(3).unwrap();
        let rows = any_rows(3, 100);
        let (mut together, mut added) = (vec![0.0; 200], vec![0.0; 200]);
        both.add(rows.view(), 2, &mut together);
        one.add(rows.view(), 2, &mut added);
        other.add(rows.view(), 2, &mut added);
        assert_eq!(together, added);
        both.truncate(5);
        assert_eq!(both, one);
        both.truncate(9);
        assert_eq!(both, one);
    }

    #[test]
    fn trees_of_which_some_are_not_weighed_have_no_covers() {
        let (weighed, mut other) = (any_trees(1, 2, 1), small());
        assert_eq!(weighed.covers().map(<[f32]>::len), Some(weighed.nodes()));
        other.covers.clear();
        for (one, other) in [(&weighed, &other), (&other, &weighed)] {
            let mut both = one.clone();
            both.append(other).unwrap();
            both.check(3).unwrap();
            assert_eq!(both.covers(), None);
        }
    }

    #[test]
    fn covers_are_counts_or_near_to_one() {
        let kept = |weights: &[f64]| covers(weights).collect::<Vec<f32>>();
        assert_eq!(kept(&[16_777_216.0, 16_777_215.0, 1.0]), [16_777_216.0, 16_777_215.0, 1.0]);
        assert_eq!(kept(&[4e100, 3e100, 1e100]), [1.0, 0.75, 0.25]);
        assert_eq!(kept(&[4e-100, 3e-100, 1e-100]), [1.0, 0.75, 0.25]);
        assert_eq!(kept(&[1.0, 1.0, 1e-300])[2], LEAST_COVER);
        for weights in [[f64::INFINITY; 5], [0.0; 5], [1.0, 1e-39, 1.0, 1.0, 1e-50]] {
            let mut flat = Flat { covers: Vec::new(), ..small() };
            flat.weigh(&weights);
            flat.check(2).unwrap();
        }
    }

    #[test]
    fn leaves_can_share_what_they_hold() {
        let mut flat = Flat::new(2);
        let root = flat.plant().unwrap();
        let left = flat.split(root, ask(0, 0.0, false)).unwrap();
        flat.leaf(left, &[0.5, 0.5]).unwrap();
        flat.leaf_like(left + 1, 0);
        flat.check(1).unwrap();
        assert_eq!((flat.at(2), flat.leaf_count()), (Some(Place::Leaf(&[0.5, 0.5])), 1));
    }

    #[test]
    fn no_columns_and_no_trees_are_no_trouble() {
        let mut flat = Flat::new(1);
        flat.check(0).unwrap();
        let root = flat.plant().unwrap();
        flat.leaf(root, &[4.0]).unwrap();
        flat.check(0).unwrap();
        for count in [1, 9] {
            let mut sums = vec![0.0; count];
            flat.add(Array2::zeros((count, 0)).view(), 1, &mut sums);
            assert_eq!(sums, vec![4.0; count]);
        }
    }

    #[test]
    fn forged_trees_are_unsound() {
        let forged = |forge: fn(&mut Flat)| {
            let mut flat = small();
            flat.check(2).unwrap();
            forge(&mut flat);
            flat.check(2).unwrap_err().to_string()
        };
        type Forge = fn(&mut Flat);
        let cases: [(Forge, &str); 20] = [
            (|flat| flat.outputs = 0, "leaves hold outputs"),
            (|flat| flat.outputs = 2, "all leaves hold as many"),
            (|flat| flat.leaves[1] = f64::NAN, "leaves hold finite numbers"),
            (|flat| flat.roots[0] = 1, "trees begin with the first"),
            (|flat| flat.roots.clear(), "nodes belong to trees"),
            (|flat| flat.roots.push(5), "each tree has a root"),
            (|flat| flat.roots.push(3), "children stand behind"),
            (|flat| flat.roots.push(u32::MAX), "each tree has a root"),
            (|flat| flat.nodes[0].left = 0, "children stand behind"),
            (|flat| flat.nodes[2].left = 4, "children stand behind"),
            (|flat| flat.nodes[0].left = 3, "each node has one parent"),
            (|flat| flat.nodes[2] = Node::leaf(0), "each node but a root has a parent"),
            (|flat| flat.nodes[0].column = 2, "columns there are"),
            (|flat| flat.nodes[1].left = 3, "outputs that are there"),
            (|flat| flat.covers.truncate(4), "a cover for each node"),
            (|flat| flat.covers[1] = 0.0, "covers are finite and above 0"),
            (|flat| flat.covers[1] = -6.0, "covers are finite and above 0"),
            (|flat| flat.covers[3] = f32::NAN, "covers are finite and above 0"),
            (|flat| flat.covers[0] = f32::INFINITY, "covers are finite and above 0"),
            (|flat| flat.covers[3] = 3.1, "covers of children add up"),
        ];
        for (forge, what) in cases {
            let said = forged(forge);
            assert!(said.contains(what), "{said}: {what}");
        }
        assert!(forged(|flat| flat.nodes[0].threshold = f64::NAN).contains("thresholds"));
        for forge in [
            |flat: &mut Flat| flat.nodes[0].column = u32::MAX,
            |flat: &mut Flat| flat.nodes[1].column |= 1,
            |flat: &mut Flat| flat.nodes[1].threshold = -1.0,
            |flat: &mut Flat| flat.nodes[1].threshold = f64::NAN,
        ] {
            assert!(forged(forge).contains("leaves ask nothing"));
        }
        assert!(forged(|flat| flat.nodes[0].column = COLUMN).contains("columns there are"));
    }
}
