//! Rows in boxes: halved again and again until all rows of a box are near each other, or few.

use ndarray::{ArrayView2, Axis};

/// Rows of a leaf that are not all near each other. Measured on flows of 81 columns: 4 and 16 are slower by a tenth.
const LOOSE: usize = 8;
/// Columns that are summed before it is asked whether it is too far already.
const STRIDE: usize = 8;

/// Boxes of rows. Splits go by place, so that the depth is the logarithm of the rows, whatever they are.
pub(super) struct Tree {
    width: usize,
    /// Parents before their children.
    nodes: Vec<Node>,
    /// Of each node the smallest number in each column, and then the largest.
    boxes: Vec<f64>,
    /// Row by row, leaf by leaf.
    cells: Vec<f64>,
    /// The row at each place.
    rows: Vec<u32>,
}

/// A box: places from its start up to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// The first of two children, which stand side by side; 0 for a leaf.
    child: u32,
    /// Whether all of a leaf's rows are near each other.
    pub(super) is_tight: bool,
    number: u32,
}

impl Tree {
    /// Of finite rows, fewer than 2^32 of them; those are near each other whose squared distance is up to the limit.
    pub(super) fn of(rows: ArrayView2<'_, f64>, limit: f64) -> Self {
        let (count, width) = rows.dim();
        let order: Vec<u32> = (0..count as u32).collect();
        let (nodes, boxes, cells) = (Vec::new(), Vec::new(), Vec::with_capacity(rows.len()));
        let mut tree = Self { width, nodes, boxes, cells, rows: order };
        tree.add(0, count as u32);
        let (mut next, mut keys) = (0, Vec::new());
        while next < tree.nodes.len() {
            tree.enclose(next, rows);
            tree.split(next, rows, limit, &mut keys);
            next += 1;
        }
        for &row in &tree.rows {
            tree.cells.extend(rows.row(row as usize));
        }
        tree
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = Node> {
        self.nodes.iter().copied().filter(|node| node.child == 0)
    }

    /// The row at a place.
    pub(super) fn row(&self, place: u32) -> u32 {
        self.rows.get(place as usize).copied().unwrap_or(0)
    }

    pub(super) fn is_within(&self, one: u32, other: u32, limit: f64) -> bool {
        let sides = self.point(one).chunks(STRIDE).zip(self.point(other).chunks(STRIDE));
        let mut sum = 0.0;
        for (one, other) in sides {
            for (one, other) in one.iter().zip(other) {
                sum += (one - other) * (one - other);
            }
            if sum > limit {
                return false;
            }
        }
        true
    }

    /// Shows leaves that may hold rows within the limit of this place, the nearest soon, until `see` says that it has
    /// enough.
    pub(super) fn around_place(&self, place: u32, limit: f64, see: impl FnMut(Node) -> bool) {
        let point = self.point(place);
        self.around(point, point, 0, limit, see);
    }

    /// Shows leaves that may hold rows within the limit of this place, and stand behind the leaf that it is in.
    pub(super) fn behind_place(
        &self,
        place: u32,
        leaf: Node,
        limit: f64,
        mut see: impl FnMut(Node),
    ) {
        let point = self.point(place);
        self.around(point, point, leaf.end, limit, |other| {
            see(other);
            true
        });
    }

    /// Whether a leaf may hold rows within the limit of this place.
    pub(super) fn is_near(&self, place: u32, leaf: Node, limit: f64) -> bool {
        let point = self.point(place);
        self.off(leaf.number, point, point, limit) <= limit
    }

    /// Shows leaves that may hold rows within the limit of one of a leaf's, and stand behind it.
    pub(super) fn behind(&self, leaf: Node, limit: f64, mut see: impl FnMut(Node)) {
        let (lows, highs) = self.corners(leaf.number);
        self.around(lows, highs, leaf.end, limit, |other| {
            see(other);
            true
        });
    }

    fn around(
        &self,
        lows: &[f64],
        highs: &[f64],
        start: u32,
        limit: f64,
        mut see: impl FnMut(Node) -> bool,
    ) {
        let mut stack = vec![0];
        while let Some(node) = stack.pop().and_then(|number: u32| self.nodes.get(number as usize)) {
            if node.child == 0 {
                if !see(*node) {
                    return;
                }
                continue;
            }
            let off = |child: u32| {
                let is_behind = self.nodes.get(child as usize).is_some_and(|node| node.end > start);
                if is_behind { self.off(child, lows, highs, limit) } else { f64::INFINITY }
            };
            let (one, other) = (off(node.child), off(node.child + 1));
            let mut children = [(one, node.child), (other, node.child + 1)];
            if one <= other {
                children.reverse();
            }
            stack.extend(children.iter().filter(|child| child.0 <= limit).map(|child| child.1));
        }
    }

    /// How far two boxes are from each other at least, squared. It is summed as two rows are, in the same order: every
    /// term is no larger than that of rows inside, and so is every rounded sum.
    fn off(&self, number: u32, lows: &[f64], highs: &[f64], limit: f64) -> f64 {
        let (own_lows, own_highs) = self.corners(number);
        let ours = own_lows.chunks(STRIDE).zip(own_highs.chunks(STRIDE));
        let theirs = lows.chunks(STRIDE).zip(highs.chunks(STRIDE));
        let mut sum = 0.0;
        for ((own_lows, own_highs), (lows, highs)) in ours.zip(theirs) {
            let ours = own_lows.iter().zip(own_highs);
            for ((own_low, own_high), (low, high)) in ours.zip(lows.iter().zip(highs)) {
                let gap = (own_low - high).max(low - own_high).max(0.0);
                sum += gap * gap;
            }
            if sum > limit {
                break;
            }
        }
        sum
    }

    fn point(&self, place: u32) -> &[f64] {
        let start = place as usize * self.width;
        self.cells.get(start..start + self.width).unwrap_or_default()
    }

    fn corners(&self, number: u32) -> (&[f64], &[f64]) {
        let start = number as usize * 2 * self.width;
        let corners = self.boxes.get(start..start + 2 * self.width).unwrap_or_default();
        corners.split_at(corners.len() / 2)
    }

    fn add(&mut self, start: u32, end: u32) {
        let number = self.nodes.len() as u32;
        self.nodes.push(Node { start, end, child: 0, is_tight: false, number });
    }

    /// The box of a node.
    fn enclose(&mut self, number: usize, cells: ArrayView2<'_, f64>) {
        let range = self.nodes.get(number).map_or(0..0, Node::range);
        let rows = self.rows.get(range).unwrap_or_default();
        let start = self.boxes.len();
        self.boxes.resize(start + self.width, f64::INFINITY);
        self.boxes.resize(start + 2 * self.width, f64::NEG_INFINITY);
        let Some((lows, highs)) = self
            .boxes
            .get_mut(start..)
            .and_then(|corners| corners.split_at_mut_checked(self.width))
        else {
            return;
        };
        for &row in rows {
            let sides = lows.iter_mut().zip(highs.iter_mut());
            for ((low, high), &cell) in sides.zip(cells.row(row as usize)) {
                *low = low.min(cell);
                *high = high.max(cell);
            }
        }
    }

    /// Halves a node unless its rows are few, or near each other: as the corners of its box are, all are.
    fn split(
        &mut self,
        number: usize,
        cells: ArrayView2<'_, f64>,
        limit: f64,
        keys: &mut Vec<(f64, u32)>,
    ) {
        let (lows, highs) = self.corners(number as u32);
        let spreads = lows.iter().zip(highs).map(|(low, high)| high - low);
        let is_tight = spreads.clone().map(|spread| spread * spread).sum::<f64>() <= limit;
        let widest =
            spreads.zip(0..).reduce(|best, side| if side.0 > best.0 { side } else { best });
        let child = self.nodes.len() as u32;
        let Some(node) = self.nodes.get_mut(number) else { return };
        node.is_tight = is_tight;
        let column = widest.map(|(_, column)| cells.index_axis(Axis(1), column));
        let (Some(column), Some(rows), false) =
            (column, self.rows.get_mut(node.range()), is_tight || node.range().len() <= LOOSE)
        else {
            return;
        };
        let (start, middle, end) = (node.start, node.start + (node.end - node.start) / 2, node.end);
        keys.clear();
        keys.extend(
            rows.iter().map(|&row| (column.get(row as usize).copied().unwrap_or(0.0), row)),
        );
        keys.select_nth_unstable_by((middle - start) as usize, |one, other| {
            one.0.total_cmp(&other.0).then(one.1.cmp(&other.1))
        });
        rows.iter_mut().zip(keys.iter()).for_each(|(row, key)| *row = key.1);
        node.child = child;
        self.add(start, middle);
        self.add(middle, end);
    }
}

impl Node {
    pub(super) fn places(self) -> std::ops::Range<u32> {
        self.start..self.end
    }

    fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
