//! A k-d tree: points halved again and again across the side on which they spread widest, each half in its box.

use ndarray::{ArrayView2, Axis};

use super::keep::Keep;
use super::metric::Term;

/// Points of a leaf at most: few enough that boxes are tight, enough that a scan costs more than the way to it. Measured
/// from 16 to 64: less is slower of many columns, more is no faster.
const LEAF: usize = 32;
/// Columns that are summed before it is asked whether a box, or every point of a leaf, is too far already.
const STRIDE: usize = 16;

/// Splits go by place, so that the tree is as deep as the logarithm of how many points there are, whatever they are.
pub(super) struct Tree {
    width: usize,
    /// Parents before their children.
    nodes: Vec<Node>,
    /// Of each node the smallest number in each column, and then the largest.
    boxes: Vec<f64>,
    /// Leaf by leaf, and in each leaf column by column: the points of a leaf are measured side by side.
    cells: Vec<f64>,
    /// The row at each place.
    rows: Vec<u32>,
    /// The place of each row.
    places: Vec<u32>,
}

struct Node {
    start: u32,
    end: u32,
    /// The first of two children, which stand side by side; none for a leaf.
    child: Option<u32>,
    /// The smallest number of a row in it: equally far points are looked for from the smallest on, and found at once
    /// however many there are.
    first_row: u32,
}

/// What a search needs and the next one takes over.
pub(super) struct Scratch {
    /// Nodes to be looked at, each with how far it is at least.
    stack: Vec<(f64, u32)>,
    sums: [f64; LEAF],
    /// How many points were looked at.
    pub(super) looked: u64,
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self { stack: Vec::new(), sums: [0.0; LEAF], looked: 0 }
    }
}

impl Tree {
    /// Of points without a NaN, fewer than 2^32 of them.
    pub(super) fn of(points: ArrayView2<'_, f64>) -> Self {
        let (count, width) = points.dim();
        let rows: Vec<u32> = (0..count as u32).collect();
        let cells = Vec::with_capacity(points.len());
        let mut tree = Self {
            width,
            nodes: Vec::new(),
            boxes: Vec::new(),
            cells,
            places: vec![0; count],
            rows,
        };
        tree.nodes.push(Node { start: 0, end: count as u32, child: None, first_row: 0 });
        let (mut next, mut keys) = (0, Vec::new());
        while next < tree.nodes.len() {
            tree.enclose(next, points);
            tree.split(next, points, &mut keys);
            next += 1;
        }
        tree.lay_out(points);
        tree
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The cells of a row, if there is one.
    pub(super) fn point(&self, row: usize) -> Option<impl Iterator<Item = f64>> {
        let &place = self.places.get(row)?;
        let mut node = self.nodes.first()?;
        while let Some(child) = node.child {
            let second = self.nodes.get(child as usize + 1)?;
            node = if place < second.start { self.nodes.get(child as usize)? } else { second };
        }
        let cells = self.leaf(node).iter().skip((place - node.start) as usize);
        Some(cells.step_by(node.len()).copied())
    }

    /// Shows every point that may be kept.
    pub(super) fn search<T: Term>(
        &self,
        query: &[f64],
        keep: &mut impl Keep,
        scratch: &mut Scratch,
    ) {
        scratch.stack.clear();
        scratch.stack.push((0.0, 0));
        while let Some((bound, number)) = scratch.stack.pop() {
            let Some(node) = self.nodes.get(number as usize) else { return };
            if !keep.wants(bound, node.first_row) {
                continue;
            }
            let Some(child) = node.child else {
                self.scan::<T>(node, query, keep, scratch);
                continue;
            };
            let near = self.bound::<T>(child, query, keep.limit());
            let far = self.bound::<T>(child + 1, query, keep.limit());
            // The nearer is looked at first, and so goes last.
            if self.comes_first(near, far) {
                scratch.stack.extend([far, near]);
            } else {
                scratch.stack.extend([near, far]);
            }
        }
    }

    /// The same for many queries, leaf by leaf: where each looks at nearly all of them, they are fetched once for all.
    pub(super) fn sweep<T: Term>(
        &self,
        queries: ArrayView2<'_, f64>,
        keeps: &mut [impl Keep],
        scratch: &mut Scratch,
    ) {
        for (node, number) in self.nodes.iter().zip(0..).filter(|(node, _)| node.child.is_none()) {
            for (query, keep) in queries.rows().into_iter().zip(&mut *keeps) {
                let query = query.to_slice().unwrap_or_default();
                let (bound, _) = self.bound::<T>(number, query, keep.limit());
                if keep.wants(bound, node.first_row) {
                    self.scan::<T>(node, query, keep, scratch);
                }
            }
        }
    }

    fn comes_first(&self, one: (f64, u32), other: (f64, u32)) -> bool {
        let first_row = |number: u32| self.nodes.get(number as usize).map(|node| node.first_row);
        one.0 < other.0 || (one.0 == other.0 && first_row(one.1) < first_row(other.1))
    }

    /// How far a box is at least, and its number. It is summed as a point is, in the same order: every term is no larger
    /// than that of a point inside, and so is every rounded sum.
    fn bound<T: Term>(&self, number: u32, query: &[f64], limit: f64) -> (f64, u32) {
        let (lows, highs) = self.corners(number as usize);
        let sides = query.chunks(STRIDE).zip(lows.chunks(STRIDE)).zip(highs.chunks(STRIDE));
        let mut sum = 0.0;
        for ((query, lows), highs) in sides {
            for ((at, low), high) in query.iter().zip(lows).zip(highs) {
                sum += T::of((low - at).max(at - high).max(0.0));
            }
            if sum > limit {
                break;
            }
        }
        (sum, number)
    }

    fn scan<T: Term>(
        &self,
        node: &Node,
        query: &[f64],
        keep: &mut impl Keep,
        scratch: &mut Scratch,
    ) {
        let count = node.len();
        let (Some(sums), Some(rows)) = (scratch.sums.get_mut(..count), self.rows.get(node.range()))
        else {
            return;
        };
        scratch.looked += count as u64;
        sums.fill(0.0);
        let columns = self.leaf(node).chunks(count.max(1) * STRIDE);
        for (query, columns) in query.chunks(STRIDE).zip(columns) {
            add::<T>(sums, query, columns);
            if sums.iter().all(|&sum| sum > keep.limit()) {
                return;
            }
        }
        for (&sum, &row) in sums.iter().zip(rows) {
            if sum <= keep.limit() {
                keep.see(sum, row);
            }
        }
    }

    /// The cells of a leaf.
    fn leaf(&self, node: &Node) -> &[f64] {
        let range = node.range();
        self.cells.get(range.start * self.width..range.end * self.width).unwrap_or_default()
    }

    fn corners(&self, number: usize) -> (&[f64], &[f64]) {
        let start = number * 2 * self.width;
        let corners = self.boxes.get(start..start + 2 * self.width).unwrap_or_default();
        corners.split_at(corners.len() / 2)
    }

    /// The box of a node, and its smallest row.
    fn enclose(&mut self, number: usize, points: ArrayView2<'_, f64>) {
        let Some(node) = self.nodes.get_mut(number) else { return };
        let rows = self.rows.get(node.range()).unwrap_or_default();
        node.first_row = rows.iter().copied().min().unwrap_or(0);
        let mut lows = vec![f64::INFINITY; self.width];
        let mut highs = vec![f64::NEG_INFINITY; self.width];
        for &row in rows {
            let sides = points.row(row as usize);
            for ((&cell, low), high) in sides.iter().zip(&mut lows).zip(&mut highs) {
                *low = low.min(cell);
                *high = high.max(cell);
            }
        }
        self.boxes.extend(lows);
        self.boxes.extend(highs);
    }

    /// Halves a node that is no leaf; of equal cells, the smaller rows go into the first half.
    fn split(&mut self, number: usize, points: ArrayView2<'_, f64>, keys: &mut Vec<(f64, u32)>) {
        let (lows, highs) = self.corners(number);
        let spreads = lows.iter().zip(highs).map(|(low, high)| high - low).zip(0..);
        let widest = spreads.reduce(|best, side| if side.0 > best.0 { side } else { best });
        let column = widest.map(|(_, column)| points.index_axis(Axis(1), column));
        let child = self.nodes.len() as u32;
        let Some(node) = self.nodes.get_mut(number).filter(|node| node.len() > LEAF) else {
            return;
        };
        let (start, middle, end) = (node.start, node.start + (node.end - node.start) / 2, node.end);
        let Some(rows) = self.rows.get_mut(node.range()) else { return };
        let cell = |row: u32| column.and_then(|column| column.get(row as usize).copied());
        keys.clear();
        keys.extend(rows.iter().map(|&row| (cell(row).unwrap_or(0.0), row)));
        keys.select_nth_unstable_by((middle - start) as usize, |one, other| {
            one.0.total_cmp(&other.0).then(one.1.cmp(&other.1))
        });
        rows.iter_mut().zip(keys.iter()).for_each(|(row, key)| *row = key.1);
        node.child = Some(child);
        for (start, end) in [(start, middle), (middle, end)] {
            self.nodes.push(Node { start, end, child: None, first_row: 0 });
        }
    }

    /// Writes the cells of the leaves, one behind the other.
    fn lay_out(&mut self, points: ArrayView2<'_, f64>) {
        let mut leaves: Vec<&Node> =
            self.nodes.iter().filter(|node| node.child.is_none()).collect();
        leaves.sort_unstable_by_key(|node| node.start);
        for leaf in leaves {
            let Some(rows) = self.rows.get_mut(leaf.range()) else { continue };
            rows.sort_unstable();
            for column in points.columns() {
                self.cells.extend(rows.iter().filter_map(|&row| column.get(row as usize)));
            }
        }
        for (place, &row) in (0..).zip(&self.rows) {
            if let Some(entry) = self.places.get_mut(row as usize) {
                *entry = place;
            }
        }
    }
}

/// Adds the terms of a few columns, two at a time: half as many sums are written and read again.
fn add<T: Term>(sums: &mut [f64], query: &[f64], columns: &[f64]) {
    let count = sums.len().max(1);
    let (pairs, rest) = query.as_chunks::<2>();
    let mut columns = columns.chunks_exact(count);
    for [one, other] in pairs {
        let (Some(ones), Some(others)) = (columns.next(), columns.next()) else { return };
        for ((sum, cell), second) in sums.iter_mut().zip(ones).zip(others) {
            *sum = *sum + T::of(one - cell) + T::of(other - second);
        }
    }
    for (at, column) in rest.iter().zip(columns) {
        sums.iter_mut().zip(column).for_each(|(sum, cell)| *sum += T::of(at - cell));
    }
}

impl Node {
    fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
