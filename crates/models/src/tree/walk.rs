//! Rows walking down trees, several at a time and in step.

use ndarray::{ArrayView2, Axis};

use super::bins::short;
use super::flat::{Flat, Node};

/// Trees laid out for walks: who arrives early waits at the leaf, which is its own child. No branch depends on where a
/// row goes, so none is guessed wrong.
#[derive(Clone, Debug)]
pub(super) enum Walk {
    Short(Steps<Short>),
    Long(Steps<Long>),
}

impl Walk {
    /// In short steps, unless a threshold or a tree is too long for them.
    pub(super) fn of(flat: &Flat) -> Self {
        let short = Steps::of(flat).map(Self::Short);
        short.unwrap_or_else(|| Self::Long(Steps::of(flat).unwrap_or_default()))
    }

    /// Adds to the sums of each row, `width` numbers a row, what each tree's leaf holds.
    pub(super) fn add(
        &self,
        flat: &Flat,
        rows: ArrayView2<'_, f64>,
        width: usize,
        sums: &mut [f64],
    ) {
        let is_missing_some = rows.fold(false, |is_some, cell| is_some | cell.is_nan());
        match (self, is_missing_some) {
            (Self::Short(steps), false) => steps.add::<false>(flat, rows, width, sums),
            (Self::Short(steps), true) => steps.add::<true>(flat, rows, width, sums),
            (Self::Long(steps), false) => steps.add::<false>(flat, rows, width, sums),
            (Self::Long(steps), true) => steps.add::<true>(flat, rows, width, sums),
        }
    }
}

/// So many walks go on side by side: while one waits for memory, others step.
pub(super) const LANES: usize = 8;

/// From so many rows on they walk side by side; fewer walk alone, down trees side by side.
const MANY: usize = 32;

/// So many cells are kept at hand while trees are walked one after the other: they stay in the nearer caches.
const CELLS: usize = 64 * 1024;

/// After so many steps it is worth looking whether all have arrived.
const STRIDE: u32 = 4;

/// Trees no deeper are walked down to the end, so that nothing is gained where neighbours arrive together.
const SHALLOW: u32 = 8;

#[derive(Clone, Debug)]
pub(super) struct Steps<S> {
    steps: Vec<S>,
    trees: Vec<Tree>,
    /// The numbers of the trees, shallow ones first.
    by_depth: Vec<u32>,
    /// The number of the outputs that each node holds, if it is a leaf.
    held: Vec<u32>,
}

impl<S> Default for Steps<S> {
    fn default() -> Self {
        Self { steps: Vec::new(), trees: Vec::new(), by_depth: Vec::new(), held: Vec::new() }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Tree {
    root: u32,
    depth: u32,
}

/// A node as a walk sees it. Cells without a value are kept twice, as they are and as what is below everything: a
/// question that sends them left asks about the second.
pub(super) trait Step: Copy {
    type Cell: Copy + Default;

    /// Nothing, if it cannot be told exactly.
    fn of(node: Node, place: usize) -> Option<Self>;

    /// A cell that goes where this one goes.
    fn cell(cell: f64) -> Self::Cell;

    /// Twice the column asked about, and one more if it is asked where no value is below everything.
    fn asked(self) -> usize;

    /// The node after this one: itself, if it is a leaf.
    fn next(self, at: u32, cell: Self::Cell) -> u32;
}

/// Half as long as a [`Long`] one, so that twice as many are at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    /// Of a leaf no number, which nothing is below or equal to.
    threshold: f32,
    /// What is asked in the lower [`ASKED`] bits; how far away the right child is in the others: of a leaf, 0.
    go: u32,
}

/// Leaves room for trees of a million nodes.
const ASKED: u32 = 12;

impl Step for Short {
    type Cell = f32;

    fn of(node: Node, place: usize) -> Option<Self> {
        let Long { threshold, asked, right } = Long::of(node, place)?;
        let near = threshold as f32;
        let is_exact = f64::from(near) == threshold || threshold.is_nan();
        let fits = asked >> ASKED == 0 && right >> (u32::BITS - ASKED) == 0;
        (is_exact && fits).then_some(Self { threshold: near, go: asked | right << ASKED })
    }

    fn cell(cell: f64) -> f32 {
        short(cell)
    }

    #[inline(always)]
    fn asked(self) -> usize {
        (self.go & ((1 << ASKED) - 1)) as usize
    }

    #[inline(always)]
    fn next(self, at: u32, cell: f32) -> u32 {
        at + (self.go >> ASKED) - u32::from(cell <= self.threshold)
    }
}

/// Holds any question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Long {
    threshold: f64,
    asked: u32,
    right: u32,
}

impl Step for Long {
    type Cell = f64;

    fn of(node: Node, place: usize) -> Option<Self> {
        if node.is_leaf() {
            return Some(Self { threshold: f64::NAN, asked: 0, right: 0 });
        }
        let asked = (node.asked() as u32) << 1 | u32::from(node.is_missing_left());
        let right = (node.left + 1).checked_sub(place as u32)?;
        Some(Self { threshold: node.threshold, asked, right })
    }

    fn cell(cell: f64) -> f64 {
        cell
    }

    #[inline(always)]
    fn asked(self) -> usize {
        self.asked as usize
    }

    #[inline(always)]
    fn next(self, at: u32, cell: f64) -> u32 {
        at + self.right - u32::from(cell <= self.threshold)
    }
}

impl<S: Step> Steps<S> {
    fn of(flat: &Flat) -> Option<Self> {
        let nodes = flat.all_nodes();
        let steps = nodes.iter().enumerate().map(|(place, &node)| S::of(node, place));
        let steps = steps.collect::<Option<_>>()?;
        let trees = trees(flat);
        let mut by_depth: Vec<u32> = (0..trees.len() as u32).collect();
        by_depth.sort_by_key(|&tree| trees.get(tree as usize).map(|tree| tree.depth));
        Some(Self { steps, trees, by_depth, held: nodes.iter().map(|node| node.left).collect() })
    }

    fn add<const MISSING: bool>(
        &self,
        flat: &Flat,
        rows: ArrayView2<'_, f64>,
        width: usize,
        sums: &mut [f64],
    ) {
        // A leaf asks about the first cell, so there is one.
        let long = (rows.ncols() << u32::from(MISSING)).max(1);
        let leaves =
            Leaves { held: &self.held, outputs: flat.leaves(), count: flat.outputs(), width };
        let block = (CELLS / long).max(MANY);
        let (mut cells, mut ordered, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for (rows, sums) in
            rows.axis_chunks_iter(Axis(0), block).zip(sums.chunks_mut(block * width.max(1)))
        {
            row_by_row::<S, MISSING>(rows, long, &mut cells);
            if rows.nrows() < MANY {
                for (cells, sums) in cells.chunks_exact(long).zip(sums.chunks_mut(width.max(1))) {
                    self.add_row::<MISSING>(cells, leaves, sums, &mut ends);
                }
                continue;
            }
            let order = self.order::<MISSING>(&cells, long, rows.nrows());
            ordered.clear();
            for &row in &order {
                ordered.extend_from_slice(
                    cells
                        .get(row as usize * long..)
                        .and_then(|cells| cells.get(..long))
                        .unwrap_or(&[]),
                );
            }
            ordered.resize(order.len().next_multiple_of(LANES) * long, S::Cell::default());
            self.add_rows::<MISSING>(&ordered, long, &order, leaves, sums);
        }
    }

    /// Rows that come to the same leaves stand together: they mostly stay together in the other trees too, arrive at the
    /// same time, and need the same nodes at hand.
    fn order<const MISSING: bool>(&self, cells: &[S::Cell], long: usize, rows: usize) -> Vec<u32> {
        let mut keys: Vec<(u64, u32)> = (0..rows as u32).map(|row| (0, row)).collect();
        if self.trees.iter().all(|tree| tree.depth <= SHALLOW) {
            return (0..rows as u32).collect();
        }
        let mut padded;
        let cells = if rows.is_multiple_of(LANES) {
            cells
        } else {
            padded = cells.to_vec();
            padded.resize(rows.next_multiple_of(LANES) * long, S::Cell::default());
            &padded
        };
        for &tree in self.trees.iter().take(2) {
            for (cells, keys) in cells.chunks_exact(long * LANES).zip(keys.chunks_mut(LANES)) {
                let at = self.walk::<MISSING>([tree.root; LANES], tree.depth, cells, long);
                keys.iter_mut()
                    .zip(at)
                    .for_each(|((key, _), at)| *key = *key << 32 | u64::from(at));
            }
        }
        keys.sort_unstable();
        keys.into_iter().map(|(_, row)| row).collect()
    }

    fn add_rows<const MISSING: bool>(
        &self,
        cells: &[S::Cell],
        long: usize,
        order: &[u32],
        leaves: Leaves<'_>,
        sums: &mut [f64],
    ) {
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
        cells: &[S::Cell],
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
            round
                .iter()
                .enumerate()
                .for_each(|(turn, &node)| leaves.add(node, turn * leaves.count, sums));
        }
    }

    /// Walks from these nodes to leaves, which are no deeper; it is so far from the cells of one walk to those of the next.
    #[inline]
    fn walk<const MISSING: bool>(
        &self,
        mut at: [u32; LANES],
        depth: u32,
        cells: &[S::Cell],
        apart: usize,
    ) -> [u32; LANES] {
        let mut left = depth;
        while left > STRIDE {
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
    fn step<const MISSING: bool>(&self, at: &mut [u32; LANES], cells: &[S::Cell], apart: usize) {
        for (lane, at) in at.iter_mut().enumerate() {
            let Some(step) = self.steps.get(*at as usize) else { continue };
            let asked = step.asked() >> u32::from(!MISSING);
            let Some(&cell) = cells.get(lane * apart + asked) else { continue };
            *at = step.next(*at, cell);
        }
    }
}

/// What leaves hold, and to which sums it is added.
#[derive(Clone, Copy)]
struct Leaves<'a> {
    held: &'a [u32],
    outputs: &'a [f64],
    count: usize,
    width: usize,
}

impl Leaves<'_> {
    /// After so many trees, the next one adds to the same sums again.
    fn turns(self) -> usize {
        self.width.checked_div(self.count).unwrap_or(1).max(1)
    }

    /// Adds what a leaf holds to the sums from a place on.
    #[inline]
    fn add(self, node: u32, start: usize, sums: &mut [f64]) {
        let Some(&held) = self.held.get(node as usize) else { return };
        if self.count == 1 {
            if let (Some(sum), Some(output)) =
                (sums.get_mut(start), self.outputs.get(held as usize))
            {
                *sum += output;
            }
            return;
        }
        let held = held as usize * self.count;
        let sums = sums.get_mut(start..start + self.count);
        if let (Some(sums), Some(outputs)) = (sums, self.outputs.get(held..held + self.count)) {
            sums.iter_mut().zip(outputs).for_each(|(sum, output)| *sum += output);
        }
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
fn row_by_row<S: Step, const MISSING: bool>(
    rows: ArrayView2<'_, f64>,
    long: usize,
    cells: &mut Vec<S::Cell>,
) {
    cells.clear();
    cells.resize(rows.nrows() * long, S::Cell::default());
    let below = |cell: f64| if cell.is_nan() { f64::NEG_INFINITY } else { cell };
    let put = |to: &mut [S::Cell], cell: f64| {
        if let [to, if_left @ ..] = to {
            *to = S::cell(cell);
            if let (true, [if_left, ..]) = (MISSING, if_left) {
                *if_left = S::cell(below(cell));
            }
        }
    };
    let each = 1 << u32::from(MISSING);
    if rows.is_standard_layout() {
        for (row, to) in rows.axis_iter(Axis(0)).zip(cells.chunks_exact_mut(long)) {
            to.chunks_exact_mut(each).zip(row).for_each(|(to, &cell)| put(to, cell));
        }
        return;
    }
    for (place, column) in rows.axis_iter(Axis(1)).enumerate() {
        for (to, &cell) in cells.chunks_exact_mut(long).zip(column) {
            put(to.get_mut(place * each..).unwrap_or(&mut []), cell);
        }
    }
}
