//! Many rows walking down trees, several at a time and in step.

use super::flat::{Flat, MISSING_LEFT, Node};

/// Trees laid out for walks that all take as many steps: who arrives early waits at the leaf, which is its own child.
/// No branch depends on where a row goes, so none is guessed wrong.
pub(super) struct Walk<'a> {
    flat: &'a Flat,
    steps: Vec<Node>,
    /// Root and depth of each.
    trees: Vec<(u32, usize)>,
    /// What each node holds, if leaves hold one number each; else nothing.
    held: Vec<f64>,
}

/// So many rows go down a tree side by side: while one waits for memory, others step.
pub(super) const LANES: usize = 8;

/// After so many steps it is worth looking whether all have arrived.
const STRIDE: usize = 8;

/// Rows with their cells side by side, as many as a multiple of [`LANES`]; there may be more than sums.
pub(super) struct Block<'a> {
    pub(super) cells: &'a [f64],
    pub(super) width: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn of(flat: &'a Flat) -> Self {
        let nodes = flat.all_nodes();
        let mut steps = Vec::with_capacity(nodes.len());
        let mut depths = vec![0; nodes.len()];
        for (place, node) in nodes.iter().enumerate() {
            if node.is_leaf() {
                // Nothing is below or equal to no number: all go to the right of what is before it, which is here.
                let left = (place as u32).wrapping_sub(1);
                steps.push(Node { column: 0, left, threshold: f64::NAN });
                continue;
            }
            let below = depths.get(place).map_or(0, |depth| depth + 1);
            let children = depths.iter_mut().skip(node.left as usize).take(2);
            children.for_each(|depth| *depth = below);
            steps.push(*node);
        }
        let roots = flat.roots();
        let ends = roots.iter().skip(1).map(|&root| root as usize).chain([nodes.len()]);
        let depth =
            |root, end| depths.get(root..end).and_then(|depths| depths.iter().max().copied());
        let trees = roots.iter().zip(ends);
        let trees = trees.map(|(&root, end)| (root, depth(root as usize, end).unwrap_or(0)));
        let held = if flat.outputs() == 1 { nodes } else { &[] };
        let held = held.iter().map(|node| flat.held_at(*node).first().copied().unwrap_or(0.0));
        Self { flat, steps, trees: trees.collect(), held: held.collect() }
    }

    /// Adds to the sums of these rows what each tree's leaf holds.
    pub(super) fn add(&self, rows: Block<'_>, width: usize, sums: &mut [f64]) {
        if rows.cells.iter().any(|cell| cell.is_nan()) {
            self.add_trees::<true>(rows, width, sums);
        } else {
            self.add_trees::<false>(rows, width, sums);
        }
    }

    fn add_trees<const MISSING: bool>(&self, rows: Block<'_>, width: usize, sums: &mut [f64]) {
        for (tree, &(root, depth)) in self.trees.iter().enumerate() {
            let turn = self.flat.turn(tree, width);
            let cells = rows.cells.chunks_exact(rows.width * LANES);
            for (cells, sums) in cells.zip(sums.chunks_mut(width.max(1) * LANES)) {
                let at = self.walk::<MISSING>(root, depth, cells, rows.width);
                self.add_leaves(at, turn, width, sums);
            }
        }
    }

    fn add_leaves(&self, at: [u32; LANES], turn: usize, width: usize, sums: &mut [f64]) {
        for (node, sums) in at.into_iter().zip(sums.chunks_exact_mut(width.max(1))) {
            match (self.held.get(node as usize), sums.get_mut(turn)) {
                (Some(held), Some(sum)) => *sum += held,
                _ => self.flat.add_leaf(node, sums, turn),
            }
        }
    }

    fn walk<const MISSING: bool>(
        &self,
        root: u32,
        depth: usize,
        cells: &[f64],
        width: usize,
    ) -> [u32; LANES] {
        let mut at = [root; LANES];
        let mut left = depth;
        while left > 0 {
            let steps = left.min(STRIDE);
            for _ in 1..steps {
                self.step::<MISSING>(&mut at, cells, width);
            }
            let before = at;
            self.step::<MISSING>(&mut at, cells, width);
            left -= steps;
            if left > 0 && at == before {
                break;
            }
        }
        at
    }

    #[inline(always)]
    fn step<const MISSING: bool>(&self, at: &mut [u32; LANES], cells: &[f64], width: usize) {
        for (lane, at) in at.iter_mut().enumerate() {
            let Some(node) = self.steps.get(*at as usize) else { continue };
            let Some(&cell) = cells.get(lane * width + node.asked()) else { continue };
            let mut is_left = cell <= node.threshold;
            if MISSING {
                is_left |= cell.is_nan() & (node.column & MISSING_LEFT != 0);
            }
            *at = node.left.wrapping_add(u32::from(!is_left));
        }
    }
}
