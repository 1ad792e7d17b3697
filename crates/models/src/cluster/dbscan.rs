//! DBSCAN: rows that have many others nearby, and what is near those.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::sets::Sets;
use super::tree::{Node, Tree};
use crate::settings::setting;
use crate::training::finite;
use crate::{ModelError, Parameter, Settings};

/// More rows have no numbers in the tree.
const MAX_ROWS: usize = u32::MAX as usize - 1;
/// Squares of radii outside are not the numbers that they should be.
const RADII: std::ops::RangeInclusive<f64> = 1e-150..=1e150;
/// Leaves that a thread takes at a time.
const CHUNK: usize = 64;

/// Rows with enough others within a radius (themselves counted) are dense; dense rows within a radius of each other are one
/// cluster; rows within the radius of a dense one belong to its cluster, and all others are noise. Exact, and the same as
/// scikit-learn's: clusters are numbered by their first dense row, and a row at the border of several belongs to the first.
///
/// Distances are Euclidean, so columns should be scaled. Memory is that of the rows and the boxes they are put in, however
/// many of them are near each other.
///
/// ```
/// use ndarray::array;
/// use netsift_models::{Dbscan, ModelError};
///
/// # fn main() -> Result<(), ModelError> {
/// let rows = array![[0.0], [9.0], [0.1], [0.2], [9.1], [5.0], [9.2]];
/// let clusters = Dbscan::new(0.15, 3).fit(rows.view(), 1)?;
/// assert_eq!(clusters.of_rows(), [Some(0), Some(1), Some(0), Some(0), Some(1), None, Some(1)]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dbscan {
    eps: f64,
    min_points: usize,
}

impl Dbscan {
    /// By this radius, and so many rows within it. Default: 0.5 and 5, as elsewhere, but there is no good radius for all
    /// rows.
    #[must_use]
    pub fn new(eps: f64, min_points: usize) -> Self {
        Self { eps, min_points }
    }

    /// Groups rows on so many threads; the groups are the same with any number.
    ///
    /// # Errors
    /// [`ModelError::Setting`], [`ModelError::NotFinite`], or [`ModelError::TooMany`] for 2^32 rows.
    pub fn fit(&self, rows: ArrayView2<'_, f64>, threads: usize) -> Result<Clusters, ModelError> {
        self.check()?;
        finite(rows, Self::NAME)?;
        let (learner, most, found) = (Self::NAME, MAX_ROWS, rows.nrows());
        if found > most {
            return Err(ModelError::TooMany { learner, what: "rows", most, found });
        }
        let rows = rows.as_standard_layout();
        let limit = self.eps * self.eps;
        let search = Search {
            limit,
            min_points: self.min_points,
            threads: threads.max(1),
            tree: Tree::of(rows.view(), limit),
            dense: (0..found).map(|_| AtomicBool::new(false)).collect(),
            sets: Sets::alone(found),
        };
        Ok(search.clusters())
    }
}

impl Default for Dbscan {
    fn default() -> Self {
        Self::new(0.5, 5)
    }
}

impl Settings for Dbscan {
    const NAME: &'static str = "dbscan";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("eps", eps, "How far rows that are near each other may be."),
        setting!(
            "min-points",
            min_points,
            "How many rows, itself counted, a dense row has nearby."
        ),
    ];

    fn check(&self) -> Result<(), ModelError> {
        ModelError::rule(RADII.contains(&self.eps), "eps", self.eps, "from 1e-150 to 1e150")?;
        ModelError::rule(self.min_points >= 1, "min-points", self.min_points, "1 at least")
    }
}

/// Groups of rows, numbered from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clusters {
    of_rows: Vec<Option<u32>>,
    dense: Vec<bool>,
    count: usize,
}

impl Clusters {
    /// The cluster of each row; nothing for noise.
    #[must_use]
    pub fn of_rows(&self) -> &[Option<u32>] {
        &self.of_rows
    }

    /// Which rows are dense.
    #[must_use]
    pub fn dense(&self) -> &[bool] {
        &self.dense
    }

    /// How many clusters there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many rows each cluster has.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.count];
        for &cluster in self.of_rows.iter().flatten() {
            if let Some(size) = sizes.get_mut(cluster as usize) {
                *size += 1;
            }
        }
        sizes
    }

    /// How many rows are in none.
    #[must_use]
    pub fn noise(&self) -> usize {
        self.of_rows.iter().filter(|cluster| cluster.is_none()).count()
    }
}

/// Rows in boxes; what is known of each by its place.
struct Search {
    limit: f64,
    min_points: usize,
    threads: usize,
    tree: Tree,
    dense: Vec<AtomicBool>,
    /// Of rows, so that a set is known by its first.
    sets: Sets,
}

impl Search {
    fn clusters(&self) -> Clusters {
        let leaves: Vec<Node> = self.tree.leaves().filter(|leaf| leaf.start < leaf.end).collect();
        self.each(&leaves, |leaf| self.mark(leaf));
        let dense: Vec<Node> = leaves
            .iter()
            .copied()
            .filter(|&leaf| self.dense_places(leaf).next().is_some())
            .collect();
        self.each(&dense, |leaf| self.link(leaf));
        let firsts: Vec<AtomicU32> = self.dense.iter().map(|_| AtomicU32::new(NONE)).collect();
        self.each(&leaves, |leaf| self.tell(leaf, &firsts));
        self.numbered(&firsts)
    }

    /// Marks the dense rows of a leaf, and joins those that are near each other as it is.
    fn mark(&self, leaf: Node) {
        let together = if leaf.is_tight { leaf.places().len() } else { 0 };
        for place in leaf.places() {
            if together >= self.min_points || self.is_dense_beside(place, leaf, together) {
                self.set_dense(place);
                if let Some(before) = self.dense_places(leaf).next().filter(|_| leaf.is_tight) {
                    self.sets.join(self.tree.row(before), self.tree.row(place));
                }
            }
        }
    }

    /// Whether a row is dense, of whose own leaf so many are known to be near.
    fn is_dense_beside(&self, place: u32, own: Node, mut found: usize) -> bool {
        self.tree.around_place(place, self.limit, |leaf| {
            if leaf.start == own.start && own.is_tight {
                return true;
            }
            for other in leaf.places() {
                found += usize::from(self.tree.is_within(place, other, self.limit));
                if found >= self.min_points {
                    return false;
                }
            }
            true
        });
        found >= self.min_points
    }

    /// Joins the dense rows of a leaf with those near them, in it and in the leaves behind it.
    fn link(&self, leaf: Node) {
        for place in self.dense_places(leaf).filter(|_| !leaf.is_tight) {
            self.link_place(place, leaf);
            self.tree.behind_place(place, leaf, self.limit, |other| self.link_place(place, other));
        }
        if leaf.is_tight {
            self.tree.behind(leaf, self.limit, |other| self.link_tight(leaf, other));
        }
    }

    /// Joins a tight leaf, which is one set, with another leaf.
    fn link_tight(&self, leaf: Node, other: Node) {
        for place in self.dense_places(leaf) {
            if other.is_tight && self.are_joined(place, other) {
                return;
            }
            if self.tree.is_near(place, other, self.limit) {
                self.link_place(place, other);
            }
        }
    }

    fn are_joined(&self, place: u32, leaf: Node) -> bool {
        let set = self.sets.first(self.tree.row(place));
        self.dense_places(leaf)
            .next()
            .is_none_or(|near| self.sets.first(self.tree.row(near)) == set)
    }

    /// Joins a dense row with those of a leaf that are near it.
    fn link_place(&self, place: u32, leaf: Node) {
        let row = self.tree.row(place);
        for near in self.dense_places(leaf) {
            let other = self.tree.row(near);
            let is_joined = self.sets.first(row) == self.sets.first(other);
            if is_joined && leaf.is_tight {
                return;
            }
            if !is_joined && self.tree.is_within(place, near, self.limit) {
                self.sets.join(row, other);
            }
        }
    }

    /// Tells of each row of a leaf the first row of its cluster.
    fn tell(&self, leaf: Node, firsts: &[AtomicU32]) {
        for place in leaf.places() {
            let row = self.tree.row(place);
            let first =
                if self.is_dense(place) { self.sets.first(row) } else { self.border(place) };
            if let Some(entry) = firsts.get(row as usize) {
                entry.store(first, Ordering::Relaxed);
            }
        }
    }

    /// The first of the clusters that a row is at the border of.
    fn border(&self, place: u32) -> u32 {
        let mut best = NONE;
        self.tree.around_place(place, self.limit, |leaf| {
            for near in self.dense_places(leaf) {
                let first = self.sets.first(self.tree.row(near));
                if first < best && self.tree.is_within(place, near, self.limit) {
                    best = first;
                }
                if leaf.is_tight && first >= best {
                    break;
                }
            }
            true
        });
        best
    }

    /// Clusters by the order of their first rows.
    fn numbered(&self, firsts: &[AtomicU32]) -> Clusters {
        let firsts = firsts.iter().map(|first| first.load(Ordering::Relaxed));
        let (mut numbers, mut count) = (vec![None; firsts.len()], 0);
        for (row, first) in (0..).zip(firsts.clone()) {
            if let Some(number) = numbers.get_mut(row as usize).filter(|_| row == first) {
                *number = Some(count);
                count += 1;
            }
        }
        let number = |first: u32| numbers.get(first as usize).copied().flatten();
        let of_rows = firsts.map(number).collect();
        let mut dense = vec![false; self.dense.len()];
        for place in 0..self.dense.len() as u32 {
            if let Some(dense) = dense.get_mut(self.tree.row(place) as usize) {
                *dense = self.is_dense(place);
            }
        }
        Clusters { of_rows, dense, count: count as usize }
    }

    fn dense_places(&self, leaf: Node) -> impl Iterator<Item = u32> {
        leaf.places().filter(|&place| self.is_dense(place))
    }

    fn is_dense(&self, place: u32) -> bool {
        self.dense.get(place as usize).is_some_and(|dense| dense.load(Ordering::Relaxed))
    }

    fn set_dense(&self, place: u32) {
        if let Some(dense) = self.dense.get(place as usize) {
            dense.store(true, Ordering::Relaxed);
        }
    }

    /// Does a work for each leaf, on all threads.
    fn each(&self, leaves: &[Node], work: impl Fn(Node) + Sync) {
        let next = AtomicUsize::new(0);
        let run = || {
            let chunks = std::iter::repeat_with(|| next.fetch_add(CHUNK, Ordering::Relaxed));
            for chunk in
                chunks.map_while(|start| leaves.get(start..)).take_while(|rest| !rest.is_empty())
            {
                chunk.iter().take(CHUNK).for_each(|&leaf| work(leaf));
            }
        };
        std::thread::scope(|scope| {
            (1..self.threads)
                .for_each(|_| drop(std::thread::Builder::new().spawn_scoped(scope, run)));
            run();
        });
    }
}

/// No row's number.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    /// Row by row, as the definition has it.
    fn by_definition(rows: &Array2<f64>, eps: f64, min_points: usize) -> Vec<Option<u32>> {
        let is_near = |one: usize, other: usize| {
            let squares =
                rows.row(one).into_iter().zip(rows.row(other)).map(|(a, b)| (a - b) * (a - b));
            squares.fold(0.0, |sum, square| sum + square) <= eps * eps
        };
        let near = |row: usize| (0..rows.nrows()).filter(move |&other| is_near(row, other));
        let dense: Vec<bool> =
            (0..rows.nrows()).map(|row| near(row).count() >= min_points).collect();
        let (mut of_rows, mut count) = (vec![None; rows.nrows()], 0);
        for row in 0..rows.nrows() {
            if of_rows[row].is_some() || !dense[row] {
                continue;
            }
            let mut waiting = vec![row];
            while let Some(row) = waiting.pop() {
                if of_rows[row].is_none() {
                    of_rows[row] = Some(count);
                    waiting.extend(near(row).filter(|_| dense[row]));
                }
            }
            count += 1;
        }
        of_rows
    }

    #[test]
    fn few_or_equal_rows_are_grouped() {
        let fit = |rows: Array2<f64>| Dbscan::new(0.5, 2).fit(rows.view(), 2).unwrap();
        assert_eq!(fit(Array2::zeros((0, 3))).count(), 0);
        assert_eq!(fit(array![[1.0]]).of_rows(), [None]);
        let same = fit(Array2::from_elem((5000, 3), 0.1));
        assert_eq!((same.count(), same.noise(), same.sizes()), (1, 0, vec![5000]));
        assert_eq!(fit(Array2::zeros((3, 0))).sizes(), [3]);
        let far = fit(array![[1e308], [-1e308], [1e308]]);
        assert_eq!(far.of_rows(), [Some(0), None, Some(0)]);
        assert_eq!(far.dense(), [true, false, true]);
    }

    #[test]
    fn a_row_between_clusters_belongs_to_the_first() {
        let rows = array![[2.0], [4.0], [4.1], [4.2], [-0.2], [-0.1], [0.0]];
        let clusters = Dbscan::new(2.0, 4).fit(rows.view(), 1).unwrap();
        assert_eq!(clusters.of_rows()[0], Some(0));
        assert_eq!(clusters.of_rows(), by_definition(&rows, 2.0, 4));
    }

    #[test]
    fn what_has_no_distance_is_refused() {
        let refused = Dbscan::new(0.5, 2).fit(array![[1.0], [f64::NAN]].view(), 1);
        assert!(matches!(refused, Err(ModelError::NotFinite { row: 1, .. })));
        for (eps, min_points) in [(0.0, 2), (f64::NAN, 2), (-1.0, 2), (f64::INFINITY, 2), (1.0, 0)]
        {
            let refused = Dbscan::new(eps, min_points).fit(array![[1.0]].view(), 1);
            assert!(matches!(refused, Err(ModelError::Setting { .. })), "{eps} {min_points}");
        }
    }

    proptest! {
        /// On a grid: rows are repeated, many are exactly a radius apart, and some are at several borders.
        #[test]
        fn clusters_are_those_of_the_definition(
            cells in prop::collection::vec(prop::array::uniform2(0_i8..24), 1..200),
            columns in 1_usize..20,
            radius in 1_u8..8,
            min_points in 1_usize..9,
            threads in 1_usize..4,
        ) {
            let rows = Array2::from_shape_fn((cells.len(), columns), |(row, column)| {
                if column < 2 { f64::from(cells[row][column]) * 0.1 } else { 0.7 }
            });
            let eps = f64::from(radius) * 0.1;
            let clusters = Dbscan::new(eps, min_points).fit(rows.view(), threads).unwrap();
            prop_assert_eq!(clusters.of_rows(), by_definition(&rows, eps, min_points));
        }
    }
}
