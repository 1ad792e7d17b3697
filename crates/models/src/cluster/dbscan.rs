//! DBSCAN: rows that have many others nearby, and what is near those.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::points::Points;
use super::sets::Sets;
use super::tree::{Node, Tree};
use crate::composite::Portion;
use crate::settings::setting;
use crate::training::finite;
use crate::{ModelError, Parameter, Settings, Watch};

/// More rows have no numbers in the tree.
const MAX_ROWS: usize = u32::MAX as usize - 1;
/// Squares of radii outside are not the numbers that they should be.
const RADII: std::ops::RangeInclusive<f64> = 1e-150..=1e150;
/// Leaves that a thread takes at a time.
const CHUNK: usize = 64;
/// Times that all leaves are gone through: marked, joined, told.
const PASSES: usize = 3;

/// Rows with enough others within a radius (themselves counted) are dense; dense rows within a radius of each other are one
/// cluster; rows within the radius of a dense one belong to its cluster, and all others are noise. Exact, and the same as
/// scikit-learn's: clusters are numbered by their first dense row, and a row at the border of several belongs to the first.
///
/// With weights, rows are dense whose neighbours weigh as much together as there should be of them, as with scikit-learn's
/// `sample_weight`. Sums are rounded: fractions that are to be just enough may be found to be too little.
///
/// Distances are Euclidean, so columns should be scaled, and cells must be finite. Memory is that of the rows and the boxes
/// they are put in, however many of them are near each other.
///
/// ```
/// use ndarray::array;
/// use netsift_models::{Dbscan, ModelError, Points};
///
/// # fn main() -> Result<(), ModelError> {
/// let rows = array![[0.0], [9.0], [0.1], [0.2], [9.1], [5.0], [9.2]];
/// let clusters = Dbscan::new(0.15, 3).fit(&Points::new(rows.view()))?;
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

    /// Groups rows.
    ///
    /// # Errors
    /// [`ModelError::Setting`], [`ModelError::NotFinite`], [`ModelError::TooMany`] for 2^32 rows, or
    /// [`ModelError::Cancelled`].
    pub fn fit(&self, points: &Points<'_>) -> Result<Clusters, ModelError> {
        self.check()?;
        let rows = points.rows;
        finite(rows, Self::NAME)?;
        let (learner, most, found) = (Self::NAME, MAX_ROWS, rows.nrows());
        if found > most {
            return Err(ModelError::TooMany { learner, what: "rows", most, found });
        }
        let rows = rows.as_standard_layout();
        let limit = self.eps * self.eps;
        let tree = Tree::of(rows.view(), limit);
        let weight = |place, weights: &[f64]| weights.get(tree.row(place) as usize).copied();
        let weights = points.weights.as_deref().map(|weights| {
            (0..found as u32).map(|place| weight(place, weights).unwrap_or(0.0)).collect()
        });
        let search = Search {
            limit,
            least: self.min_points as f64,
            threads: points.threads,
            watch: points.watch,
            tree,
            weights,
            dense: (0..found).map(|_| AtomicBool::new(false)).collect(),
            sets: Sets::alone(found),
        };
        search.clusters()
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
struct Search<'a> {
    limit: f64,
    /// What the neighbours of a dense row weigh.
    least: f64,
    threads: usize,
    watch: &'a dyn Watch,
    tree: Tree,
    /// Of rows by their places; nothing if all weigh 1.
    weights: Option<Vec<f64>>,
    dense: Vec<AtomicBool>,
    /// Of rows, so that a set is known by its first.
    sets: Sets,
}

impl Search<'_> {
    fn clusters(&self) -> Result<Clusters, ModelError> {
        let leaves: Vec<Node> = self.tree.leaves().filter(|leaf| leaf.start < leaf.end).collect();
        self.each(0, &leaves, |leaf| self.mark(leaf))?;
        let dense: Vec<Node> = leaves
            .iter()
            .copied()
            .filter(|&leaf| self.dense_places(leaf).next().is_some())
            .collect();
        self.each(1, &dense, |leaf| self.link(leaf))?;
        let firsts: Vec<AtomicU32> = self.dense.iter().map(|_| AtomicU32::new(NONE)).collect();
        self.each(2, &leaves, |leaf| self.tell(leaf, &firsts))?;
        Ok(self.numbered(&firsts))
    }

    /// Marks the dense rows of a leaf, and joins those that are near each other as it is.
    fn mark(&self, leaf: Node) {
        let weights = leaf.places().map(|place| self.weight(place));
        let together = if leaf.is_tight { weights.sum() } else { 0.0 };
        for place in leaf.places() {
            if together >= self.least || self.is_dense_beside(place, leaf, together) {
                self.set_dense(place);
                if let Some(before) = self.dense_places(leaf).next().filter(|_| leaf.is_tight) {
                    self.sets.join(self.tree.row(before), self.tree.row(place));
                }
            }
        }
    }

    /// Whether a row is dense, those of whose own leaf that are known to be near weigh so much.
    fn is_dense_beside(&self, place: u32, own: Node, mut found: f64) -> bool {
        self.tree.around_place(place, self.limit, |leaf| {
            if leaf.start == own.start && own.is_tight {
                return true;
            }
            for other in leaf.places() {
                if self.tree.is_within(place, other, self.limit) {
                    found += self.weight(other);
                }
                if found >= self.least {
                    return false;
                }
            }
            true
        });
        found >= self.least
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

    fn weight(&self, place: u32) -> f64 {
        let weights = self.weights.as_ref();
        weights.map_or(1.0, |weights| weights.get(place as usize).copied().unwrap_or(0.0))
    }

    /// Does a work for each leaf, on all threads. The one that asked for it tells how far all are.
    fn each(
        &self,
        pass: usize,
        leaves: &[Node],
        work: impl Fn(Node) + Sync,
    ) -> Result<(), ModelError> {
        let (next, is_ended) = (AtomicUsize::new(0), AtomicBool::new(false));
        let portion = Portion { watch: self.watch, number: pass, of: PASSES };
        let run = |tell: &dyn Fn(usize)| {
            let chunks = std::iter::repeat_with(|| next.fetch_add(CHUNK, Ordering::Relaxed));
            for start in chunks.take_while(|&start| start < leaves.len()) {
                tell(start);
                for &leaf in leaves.iter().skip(start).take(CHUNK) {
                    if is_ended.load(Ordering::Relaxed) || self.watch.is_cancelled() {
                        return is_ended.store(true, Ordering::Relaxed);
                    }
                    work(leaf);
                }
            }
        };
        std::thread::scope(|scope| {
            (1..self.threads).for_each(|_| {
                drop(std::thread::Builder::new().spawn_scoped(scope, || run(&|_| ())));
            });
            run(&|done| portion.progress(done, leaves.len()));
        });
        if is_ended.into_inner() {
            return Err(ModelError::Cancelled);
        }
        portion.progress(1, 1);
        Ok(())
    }
}

/// No row's number.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::composite::tests::Heard;

    fn grouped(rows: &Array2<f64>, eps: f64, min_points: usize) -> Result<Clusters, ModelError> {
        Dbscan::new(eps, min_points).fit(&Points::new(rows.view()))
    }

    /// Row by row, as the definition has it.
    fn by_definition(
        rows: &Array2<f64>,
        weights: &[f64],
        eps: f64,
        min_points: usize,
    ) -> Vec<Option<u32>> {
        let is_near = |one: usize, other: usize| {
            let squares =
                rows.row(one).into_iter().zip(rows.row(other)).map(|(a, b)| (a - b) * (a - b));
            squares.fold(0.0, |sum, square| sum + square) <= eps * eps
        };
        let near = |row: usize| (0..rows.nrows()).filter(move |&other| is_near(row, other));
        let weight = |row: usize| near(row).map(|other| weights[other]).sum::<f64>();
        let dense: Vec<bool> =
            (0..rows.nrows()).map(|row| weight(row) >= min_points as f64).collect();
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
        let fit = |rows: Array2<f64>| grouped(&rows, 0.5, 2).unwrap();
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
        let clusters = grouped(&rows, 2.0, 4).unwrap();
        assert_eq!(clusters.of_rows()[0], Some(0));
        assert_eq!(clusters.of_rows(), by_definition(&rows, &[1.0; 7], 2.0, 4));
    }

    #[test]
    fn what_has_no_distance_is_refused() {
        let refused = grouped(&array![[1.0], [f64::NAN]], 0.5, 2);
        assert!(matches!(refused, Err(ModelError::NotFinite { row: 1, .. })));
        for (eps, min_points) in [(0.0, 2), (f64::NAN, 2), (-1.0, 2), (f64::INFINITY, 2), (1.0, 0)]
        {
            let refused = grouped(&array![[1.0]], eps, min_points);
            assert!(matches!(refused, Err(ModelError::Setting { .. })), "{eps} {min_points}");
        }
    }

    #[test]
    fn what_neighbours_weigh_makes_rows_dense() {
        let rows = array![[0.0], [0.1], [5.0], [9.0], [9.1]];
        let fit = |weights: &[f64]| {
            let points = Points::new(rows.view()).weights(weights).unwrap();
            Dbscan::new(0.5, 3).fit(&points).unwrap()
        };
        assert_eq!(fit(&[1.0; 5]).count(), 0);
        let clusters = fit(&[2.0, 1.0, 3.0, 2.9, 0.0]);
        assert_eq!(clusters.of_rows(), [Some(0), Some(0), Some(1), None, None]);
        // What weighs nothing is dense beside what does.
        assert_eq!(fit(&[0.0, 3.0, 0.0, 0.0, 0.0]).dense(), [true, true, false, false, false]);
        assert_eq!(fit(&[0.0; 5]).noise(), 5);
        let points = || Points::new(rows.view());
        assert!(matches!(points().weights(vec![1.0; 4]), Err(ModelError::Shape { .. })));
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            let refused = points().weights(vec![1.0, 1.0, 1.0, 1.0, wrong]);
            assert!(matches!(refused, Err(ModelError::Setting { .. })), "{wrong}");
        }
    }

    #[test]
    fn progress_rises_to_its_end_and_grouping_can_be_cancelled() {
        let rows = Array2::from_shape_fn((3000, 1), |(row, _)| row as f64);
        let heard = |most, threads| {
            let heard = Heard { steps: Mutex::new(Vec::new()), most };
            let points = Points::new(rows.view()).threads(threads).watched(&heard);
            let done = Dbscan::new(1.5, 2).fit(&points);
            (done, heard.steps.into_inner().unwrap())
        };
        for threads in [1, 3] {
            let (done, steps) = heard(usize::MAX, threads);
            assert_eq!(done.unwrap().sizes(), [3000]);
            assert!(steps.is_sorted() && steps.contains(&(1000, 3000)), "{steps:?}");
            assert_eq!(steps.last(), Some(&(3000, 3000)));
            // With others at work it may find nothing left to begin.
            assert!(threads > 1 || steps.iter().any(|step| (1..1000).contains(&step.0)));
            let (done, steps) = heard(1, threads);
            assert!(matches!(done, Err(ModelError::Cancelled)));
            // The one that asked tells where it begins before it looks whether it shall.
            assert!((2..4).contains(&steps.len()), "{steps:?}");
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
            heavy in prop::option::of(1_usize..5),
            threads in 1_usize..4,
        ) {
            let rows = Array2::from_shape_fn((cells.len(), columns), |(row, column)| {
                if column < 2 { f64::from(cells[row][column]) * 0.1 } else { 0.7 }
            });
            let eps = f64::from(radius) * 0.1;
            let weight = |row: usize| heavy.map_or(1.0, |heavy| (row % heavy) as f64 * 0.5);
            let weights: Vec<f64> = (0..cells.len()).map(weight).collect();
            let points = Points::new(rows.view()).threads(threads);
            let points = match heavy {
                Some(_) => points.weights(&weights[..]).unwrap(),
                None => points,
            };
            let clusters = Dbscan::new(eps, min_points).fit(&points).unwrap();
            prop_assert_eq!(clusters.of_rows(), by_definition(&rows, &weights, eps, min_points));
        }
    }
}
