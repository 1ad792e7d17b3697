//! Rows walking down trees, several at a time and in step.

use ndarray::{ArrayView2, Axis};

use super::flat::{Flat, Node};

/// So many walks go on side by side: while one waits for memory, others step.
pub(super) const LANES: usize = 8;

/// From so many rows on they walk side by side; fewer walk alone, down trees side by side.
const MANY: usize = 32;

/// So many cells are kept at hand while trees are walked one after the other: they stay in the nearer caches.
const CELLS: usize = 64 * 1024;

/// After so many steps it is worth looking whether all have arrived.
const STRIDE: u32 = 4;

/// So many steps are walked to the end without looking.
const SHALLOW: u32 = 8;

/// Trees laid out for walks: who arrives early waits at the leaf, which is its own child. No branch depends on where a
/// row goes, so none is guessed wrong.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    steps: Vec<Step>,
    trees: Vec<Tree>,
    /// The numbers of the trees, shallow ones first.
    by_depth: Vec<u32>,
    /// The number of the outputs that each node holds, if it is a leaf.
    held: Vec<u32>,
    /// What each node holds, if leaves hold one number each; else nothing.
    only: Vec<f64>,
    /// Of what leaves hold, the one number that is not 0, if there is no other.
    sole: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tree {
    root: u32,
    depth: u32,
}

/// A node as a walk sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Of a leaf no number, which nothing is below or equal to.
    pub(super) threshold: f64,
    /// Twice the column asked about, and one more if rows without a value go left.
    pub(super) asked: u32,
    /// How far away the right child is, before which the left one stands: of a leaf, 0.
    pub(super) right: u32,
}

impl Step {
    fn of(node: Node, place: usize) -> Self {
        if node.is_leaf() {
            return Self { threshold: f64::NAN, asked: 0, right: 0 };
        }
        let asked = (node.asked() as u32) << 1 | u32::from(node.is_missing_left());
        let right = node.left.saturating_sub(place as u32).saturating_add(1);
        Self { threshold: node.threshold, asked, right }
    }
}

impl Walk {
    pub(super) fn of(flat: &Flat) -> Self {
        let nodes = flat.all_nodes();
        let trees = trees(flat);
        let mut by_depth: Vec<u32> = (0..trees.len() as u32).collect();
        by_depth.sort_by_key(|&tree| trees.get(tree as usize).map(|tree| tree.depth));
        let only = |node: &Node| flat.leaves().get(node.held()).copied().unwrap_or(0.0);
        Self {
            steps: nodes.iter().enumerate().map(|(place, &node)| Step::of(node, place)).collect(),
            trees,
            by_depth,
            held: nodes.iter().map(|node| node.left).collect(),
            only: nodes.iter().map(only).take_while(|_| flat.outputs() == 1).collect(),
            sole: flat.leaves().chunks(flat.outputs().max(1)).map(sole).collect(),
        }
    }

    /// How deep the deepest tree is.
    pub(super) fn depth(&self) -> u32 {
        self.trees.iter().map(|tree| tree.depth).max().unwrap_or(0)
    }

    /// Where each tree begins.
    pub(super) fn roots(&self) -> impl Iterator<Item = u32> {
        self.trees.iter().map(|tree| tree.root)
    }

    /// What a node asks, if it is no leaf.
    #[inline]
    pub(super) fn question(&self, node: u32) -> Option<Step> {
        self.steps.get(node as usize).copied().filter(|step| step.right > 0)
    }

    /// What a leaf holds, if leaves hold one number each.
    #[inline]
    pub(super) fn told(&self, leaf: u32) -> f64 {
        self.only.get(leaf as usize).copied().unwrap_or(0.0)
    }

    /// Adds to the sums of each row, `width` numbers a row, what each tree's leaf holds.
    pub(super) fn add(
        &self,
        flat: &Flat,
        rows: ArrayView2<'_, f64>,
        width: usize,
        sums: &mut [f64],
    ) {
        let leaves = self.leaves(flat, width);
        if rows.fold(false, |is_some, cell| is_some | cell.is_nan()) {
            self.add_all::<true>(rows, leaves, sums);
        } else {
            self.add_all::<false>(rows, leaves, sums);
        }
    }

    /// What the leaves of its trees hold, for sums of so many numbers a row.
    pub(super) fn leaves<'a>(&'a self, flat: &'a Flat, width: usize) -> Leaves<'a> {
        let (held, only, sole) = (&self.held, &self.only, &self.sole);
        Leaves { held, only, sole, outputs: flat.leaves(), count: flat.outputs(), width }
    }

    fn add_all<const MISSING: bool>(
        &self,
        rows: ArrayView2<'_, f64>,
        leaves: Leaves<'_>,
        sums: &mut [f64],
    ) {
        // A leaf asks about the first cell, so there is one.
        let long = rows.ncols().max(1);
        let width = leaves.width.max(1);
        let block = (CELLS / long).max(MANY);
        let (mut cells, mut ends) = (Vec::new(), Vec::new());
        let parts = rows.axis_chunks_iter(Axis(0), block).zip(sums.chunks_mut(block * width));
        for (rows, sums) in parts {
            row_by_row(rows, long, &mut cells);
            if rows.nrows() < MANY {
                for (cells, sums) in cells.chunks_exact(long).zip(sums.chunks_mut(width)) {
                    self.add_row::<MISSING>(cells, leaves, sums, &mut ends);
                }
                continue;
            }
            let order = self.order::<MISSING>(&mut cells, long, rows.nrows());
            self.add_rows::<MISSING>(&cells, long, &order, leaves, sums);
        }
    }

    /// Puts rows that come to the same leaves together, and tells which row stands where. Mostly they stay together in the
    /// other trees too: they arrive at the same time, and need the same nodes at hand.
    fn order<const MISSING: bool>(
        &self,
        cells: &mut Vec<f64>,
        long: usize,
        rows: usize,
    ) -> Vec<u32> {
        cells.resize(rows.next_multiple_of(LANES) * long, 0.0);
        // Nothing is gained by arriving together where nobody looks.
        if self.trees.iter().all(|tree| tree.depth <= SHALLOW) {
            return (0..rows as u32).collect();
        }
        let mut keys: Vec<(u64, u32)> = (0..rows as u32).map(|row| (0, row)).collect();
        for tree in self.trees.iter().take(2) {
            for (cells, keys) in cells.chunks_exact(long * LANES).zip(keys.chunks_mut(LANES)) {
                let at = self.walk::<MISSING>([tree.root; LANES], tree.depth, cells, long);
                for ((key, _), at) in keys.iter_mut().zip(at) {
                    *key = *key << 32 | u64::from(at);
                }
            }
        }
        keys.sort_unstable();
        let mut ordered = Vec::with_capacity(cells.len());
        for &(_, row) in &keys {
            let start = row as usize * long;
            ordered.extend_from_slice(cells.get(start..start + long).unwrap_or(&[]));
        }
        ordered.resize(cells.len(), 0.0);
        *cells = ordered;
        keys.into_iter().map(|(_, row)| row).collect()
    }

    fn add_rows<const MISSING: bool>(
        &self,
        cells: &[f64],
        long: usize,
        order: &[u32],
        leaves: Leaves<'_>,
        sums: &mut [f64],
    ) {
        if self.depth() > SHALLOW && self.add_groups::<MISSING>(cells, long, order, leaves, sums) {
            return;
        }
        for (place, &tree) in self.trees.iter().enumerate() {
            let start = place % leaves.turns() * leaves.count;
            for (cells, order) in cells.chunks_exact(long * LANES).zip(order.chunks(LANES)) {
                let at = self.walk::<MISSING>([tree.root; LANES], tree.depth, cells, long);
                for (node, &row) in at.into_iter().zip(order) {
                    leaves.add(node, row as usize * leaves.width + start, sums);
                }
            }
        }
    }

    /// Trees of about the same depth side by side; what their leaves hold is added in the trees' order all the same.
    fn add_row<const MISSING: bool>(
        &self,
        cells: &[f64],
        leaves: Leaves<'_>,
        sums: &mut [f64],
        ends: &mut Vec<u32>,
    ) {
        ends.resize(self.trees.len(), 0);
        for beside in self.by_depth.chunks(LANES) {
            let mut at = [0; LANES];
            let mut depth = 0;
            for (at, &tree) in at.iter_mut().zip(beside) {
                let Some(tree) = self.trees.get(tree as usize) else { continue };
                *at = tree.root;
                depth = tree.depth;
            }
            let at = self.walk::<MISSING>(at, depth, cells, 0);
            for (node, &tree) in at.into_iter().zip(beside) {
                if let Some(end) = ends.get_mut(tree as usize) {
                    *end = node;
                }
            }
        }
        for round in ends.chunks(leaves.turns()) {
            for (turn, &node) in round.iter().enumerate() {
                leaves.add(node, turn * leaves.count, sums);
            }
        }
    }

    /// Walks from these nodes to leaves, which are no deeper; it is so far from the cells of one walk to those of the next.
    #[inline]
    fn walk<const MISSING: bool>(
        &self,
        mut at: [u32; LANES],
        depth: u32,
        cells: &[f64],
        apart: usize,
    ) -> [u32; LANES] {
        let mut left = depth;
        while left > SHALLOW {
            for _ in 1..STRIDE {
                self.step::<MISSING>(&mut at, cells, apart);
            }
            let before = at;
            self.step::<MISSING>(&mut at, cells, apart);
            left -= STRIDE;
            if at == before {
                return at;
            }
        }
        for _ in 0..left {
            self.step::<MISSING>(&mut at, cells, apart);
        }
        at
    }

    #[inline(always)]
    fn step<const MISSING: bool>(&self, at: &mut [u32; LANES], cells: &[f64], apart: usize) {
        self.step_by(at, |lane, asked| {
            let cell = *cells.get(lane * apart + (asked as usize >> 1))?;
            Some(if MISSING { seen(cell, asked) } else { cell })
        });
    }

    /// A step of walks beside each other, whose cells are asked for as questions do.
    #[inline(always)]
    pub(super) fn step_by(&self, at: &mut [u32; LANES], cell: impl Fn(usize, u32) -> Option<f64>) {
        for (lane, at) in at.iter_mut().enumerate() {
            let Some(step) = self.steps.get(*at as usize) else { continue };
            let Some(cell) = cell(lane, step.asked) else { continue };
            *at += step.right - u32::from(cell <= step.threshold);
        }
    }
}

/// What leaves hold, and to which sums it is added.
#[derive(Clone, Copy)]
pub(super) struct Leaves<'a> {
    held: &'a [u32],
    only: &'a [f64],
    sole: &'a [u32],
    outputs: &'a [f64],
    pub(super) count: usize,
    pub(super) width: usize,
}

impl Leaves<'_> {
    /// After so many trees, the next one adds to the same sums again.
    pub(super) fn turns(self) -> usize {
        self.width.checked_div(self.count).unwrap_or(1).max(1)
    }

    /// Adds what a leaf holds to sums from several places on, which `places` goes through.
    #[inline]
    pub(super) fn add_together(
        self,
        node: u32,
        sums: &mut [f64],
        places: impl FnOnce(&mut dyn FnMut(usize)),
    ) {
        let held = self.held.get(node as usize).copied().unwrap_or(0) as usize;
        match self.sole.get(held) {
            // Mostly rows of one class come to a leaf. Adding 0 to the others would change nothing.
            Some(&sole) if sole != NOT_ONE => {
                let output = self.outputs.get(held * self.count + sole as usize);
                let output = output.copied().unwrap_or(0.0);
                places(&mut |start| {
                    if let Some(sum) = sums.get_mut(start + sole as usize) {
                        *sum += output;
                    }
                });
            }
            _ => places(&mut |start| self.add(node, start, sums)),
        }
    }

    /// Adds what a leaf holds to the sums from a place on.
    #[inline]
    fn add(self, node: u32, start: usize, sums: &mut [f64]) {
        let node = node as usize;
        if let (Some(only), Some(sum)) = (self.only.get(node), sums.get_mut(start)) {
            *sum += only;
            return;
        }
        let Some(&held) = self.held.get(node) else { return };
        let held = held as usize * self.count;
        let sums = sums.get_mut(start..start + self.count);
        if let (Some(sums), Some(outputs)) = (sums, self.outputs.get(held..held + self.count)) {
            sums.iter_mut().zip(outputs).for_each(|(sum, output)| *sum += output);
        }
    }
}

/// Several, or none.
const NOT_ONE: u32 = u32::MAX;

/// The one number that is not 0, if there is no other.
fn sole(outputs: &[f64]) -> u32 {
    let mut others = (0..).zip(outputs).filter(|(_, output)| **output != 0.0);
    match (others.next(), others.next()) {
        (Some((place, _)), None) => place,
        _ => NOT_ONE,
    }
}

/// Where each tree begins, and how many questions there are at most on a way down.
fn trees(flat: &Flat) -> Vec<Tree> {
    let mut trees: Vec<Tree> = flat.roots().iter().map(|&root| Tree { root, depth: 0 }).collect();
    let nodes = flat.all_nodes();
    let ends = flat.roots().iter().skip(1).map(|&root| root as usize).chain([nodes.len()]);
    let mut depths = vec![0; nodes.len()];
    for (tree, end) in trees.iter_mut().zip(ends) {
        for place in tree.root as usize..end {
            let Some((node, &depth)) = nodes.get(place).zip(depths.get(place)) else { continue };
            tree.depth = tree.depth.max(depth);
            if !node.is_leaf() {
                let children = depths.iter_mut().skip(node.left as usize).take(2);
                children.for_each(|below| *below = depth + 1);
            }
        }
    }
    trees
}

/// Fills `cells` with those of rows side by side, `long` a row.
fn row_by_row(rows: ArrayView2<'_, f64>, long: usize, cells: &mut Vec<f64>) {
    cells.clear();
    if rows.is_standard_layout() && long == rows.ncols() {
        return cells.extend(rows.iter());
    }
    cells.resize(rows.nrows() * long, 0.0);
    for (place, column) in rows.axis_iter(Axis(1)).enumerate() {
        for (to, &cell) in cells.chunks_exact_mut(long).zip(column) {
            if let Some(to) = to.get_mut(place) {
                *to = cell;
            }
        }
    }
}

/// A cell as a question sees it: a missing one that it sends left is below all numbers. No branch depends on the cell.
#[inline(always)]
pub(super) fn seen(cell: f64, asked: u32) -> f64 {
    if cell.is_nan() & (asked & 1 == 1) { f64::NEG_INFINITY } else { cell }
}
