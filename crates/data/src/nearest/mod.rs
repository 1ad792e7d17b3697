//! The points nearest to others, and those within a radius: exact, and the same for any number of workers.
//!
//! [`Nearest`] holds points and finds them by distance. Of few columns, or of columns that go together, it makes a k-d
//! tree; where that leaves out too little and distances are Euclidean, it looks at all points, by products of matrices.
//! Which of both it is changes nothing about what is found.
//!
//! ```
//! use ndarray::array;
//! use netsift_data::nearest::{Metric, Nearest};
//!
//! # fn main() -> Result<(), netsift_data::DataError> {
//! let points = array![[0.0, 0.0], [3.0, 4.0], [0.0, 1.0], [9.0, 9.0]];
//! let nearest = Nearest::of(points.view(), Metric::Euclidean)?;
//! let found = nearest.neighbours(&[0.0, 0.0], 3)?;
//! assert_eq!(found.iter().map(|found| found.row).collect::<Vec<_>>(), [0, 2, 1]);
//! assert_eq!(found[2].distance, 5.0);
//! assert_eq!(nearest.within(&[0.0, 0.0], 1.0)?.len(), 2);
//! # Ok(())
//! # }
//! ```

mod blocks;
mod found;
mod keep;
mod metric;
mod narrow;
mod tree;

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array2, ArrayView2, Axis, Slice};

use self::blocks::Blocks;
use self::keep::{Closest, Inside, Keep};
use self::metric::{Absolute, Square, Term};
use self::tree::{Scratch, Tree};
use crate::DataError;
use crate::measure::each_on;

pub use self::found::{Neighbour, Neighbours};
pub use self::metric::Metric;

/// Points that a batch may find: 4 GiB of them.
pub const MAX_FOUND: usize = 1 << 28;

/// Queries that a worker takes at a time: products of matrices are a fifth faster than by 64.
const CHUNK: usize = 1 << 8;
/// Points that a tree is tried with, before it is kept.
const TRIED: usize = 32;
/// Neighbours that are looked for then: as many as are usual.
const TRIED_COUNT: usize = 10;
/// Of so many points, every eighth is tried first: a tree that looks at nearly all of them is not worth its making.
const MANY: usize = 1 << 13;
const HOPELESS: f64 = 0.9;
/// The largest part of the points that a tree may look at: beyond it, products of matrices are faster. Measured: from a
/// tenth of 76 columns to a twentieth of 11, with AVX-512; processors that have less are slower at products. Flows with 80
/// features look at a tenth.
const MOST_LOOKED_AT: f64 = 0.125;
/// Where a tree looks at more, and there are no products, queries go through it together: half of it is as soon fetched.
const MOST_SEARCHED: f64 = 0.5;

/// Points, found by their distance. Equally far points come in the order of their rows.
pub struct Nearest {
    metric: Metric,
    width: usize,
    search: Search,
    /// The part of the points that a search looks at, or that could be compared in the time that it takes.
    looked_at: f64,
}

enum Search {
    Tree(Tree),
    Blocks(Blocks),
}

impl Nearest {
    /// Of the rows of a matrix.
    ///
    /// # Errors
    /// [`DataError::NoDistance`] for a cell that is missing or infinite, [`DataError::TooMany`] for 2^32 rows.
    pub fn of(points: ArrayView2<'_, f64>, metric: Metric) -> Result<Self, DataError> {
        let most = u32::MAX as usize - 1;
        if points.nrows() > most {
            return Err(DataError::TooMany { what: "points", found: points.nrows(), most });
        }
        refuse_endless(points)?;
        let is_euclidean = metric == Metric::Euclidean;
        let few = points.slice_axis(Axis(0), Slice::new(0, None, 8));
        if is_euclidean && points.nrows() >= MANY && Self::by_tree(few, metric).looked_at > HOPELESS
        {
            return Ok(Self::by_blocks(points));
        }
        let nearest = Self::by_tree(points, metric);
        let is_slow = is_euclidean && nearest.looked_at > MOST_LOOKED_AT;
        Ok(if is_slow { Self::by_blocks(points) } else { nearest })
    }

    /// How many points there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.search {
            Search::Tree(tree) => tree.len(),
            Search::Blocks(blocks) => blocks.len(),
        }
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many columns points have.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// How distances are told.
    #[must_use]
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// The `count` points nearest to the query, the nearest first; all, if there are no more.
    ///
    /// # Errors
    /// [`DataError::Shape`] for another number of columns, [`DataError::NoDistance`] for a cell that is missing or infinite.
    pub fn neighbours(&self, query: &[f64], count: usize) -> Result<Vec<Neighbour>, DataError> {
        self.alone(query, Closest::new(count, None))
    }

    /// The points no farther from the query than the radius, the nearest first.
    ///
    /// # Errors
    /// As [`neighbours`](Self::neighbours); [`DataError::Setting`] for a radius that is negative or not a number.
    pub fn within(&self, query: &[f64], radius: f64) -> Result<Vec<Neighbour>, DataError> {
        self.alone(query, Inside::new(self.limit(radius)?, None))
    }

    /// The `count` points nearest to each row of `queries`.
    ///
    /// # Errors
    /// As [`neighbours`](Self::neighbours); [`DataError::TooMany`] if more than [`MAX_FOUND`] are to be found.
    pub fn neighbours_of_all(
        &self,
        queries: ArrayView2<'_, f64>,
        count: usize,
        workers: NonZero<usize>,
    ) -> Result<Neighbours, DataError> {
        let keep = |_| Closest::new(count, None);
        self.batch(self.checked(queries)?, keep, workers)
    }

    /// The points no farther from each row of `queries` than the radius.
    ///
    /// # Errors
    /// As [`within`](Self::within) and [`neighbours_of_all`](Self::neighbours_of_all).
    pub fn within_of_all(
        &self,
        queries: ArrayView2<'_, f64>,
        radius: f64,
        workers: NonZero<usize>,
    ) -> Result<Neighbours, DataError> {
        let limit = self.limit(radius)?;
        self.batch(self.checked(queries)?, |_| Inside::new(limit, None), workers)
    }

    /// The `count` other points nearest to each of these points, by their rows.
    ///
    /// # Errors
    /// [`DataError::RowOutside`] if there is no such point, [`DataError::TooMany`] if more than [`MAX_FOUND`] are to be
    /// found.
    pub fn neighbours_of_rows(
        &self,
        rows: &[usize],
        count: usize,
        workers: NonZero<usize>,
    ) -> Result<Neighbours, DataError> {
        let keep = |place: usize| Closest::new(count, rows.get(place).map(|&row| row as u32));
        self.batch(self.own(rows)?, keep, workers)
    }

    /// The other points no farther than the radius from each of these points, by their rows.
    ///
    /// # Errors
    /// As [`within`](Self::within) and [`neighbours_of_rows`](Self::neighbours_of_rows).
    pub fn within_of_rows(
        &self,
        rows: &[usize],
        radius: f64,
        workers: NonZero<usize>,
    ) -> Result<Neighbours, DataError> {
        let limit = self.limit(radius)?;
        let keep = |place: usize| Inside::new(limit, rows.get(place).map(|&row| row as u32));
        self.batch(self.own(rows)?, keep, workers)
    }

    /// About how many cells so many queries compare, by what was tried when the points were taken.
    pub(crate) fn comparisons(&self, queries: usize) -> u64 {
        let all = queries as f64 * self.len() as f64 * self.width.max(1) as f64;
        (all * self.looked_at) as u64
    }
}

/// What is looked for: points from elsewhere, or some of those that are here.
enum Queries<'a> {
    Given(ArrayView2<'a, f64>),
    Own(&'a [usize]),
}

impl Queries<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Given(queries) => queries.nrows(),
            Self::Own(rows) => rows.len(),
        }
    }
}

impl Nearest {
    fn by(search: Search, width: usize, metric: Metric) -> Self {
        Self { metric, width, search, looked_at: MOST_LOOKED_AT }
    }

    fn by_tree(points: ArrayView2<'_, f64>, metric: Metric) -> Self {
        let nearest = Self::by(Search::Tree(Tree::of(points)), points.ncols(), metric);
        Self { looked_at: nearest.tried(), ..nearest }
    }

    fn by_blocks(points: ArrayView2<'_, f64>) -> Self {
        let blocks = Blocks::of(points.as_standard_layout().into_owned());
        Self::by(Search::Blocks(blocks), points.ncols(), Metric::Euclidean)
    }

    fn alone(&self, query: &[f64], keep: impl Keep) -> Result<Vec<Neighbour>, DataError> {
        let (expected, found) = (self.width, query.len());
        let shape = DataError::Shape { what: "columns of the query", expected, found };
        let queries = ArrayView2::from_shape((1, query.len()), query).map_err(|_| shape)?;
        self.checked(queries)?;
        let mut keeps = [keep];
        self.search(queries, &mut keeps, &mut Scratch::new());
        Ok(keeps.into_iter().flat_map(|keep| self.told(keep)).collect())
    }

    fn checked<'a>(&self, queries: ArrayView2<'a, f64>) -> Result<Queries<'a>, DataError> {
        let (expected, found) = (self.width, queries.ncols());
        if found != expected {
            return Err(DataError::Shape { what: "columns of the query", expected, found });
        }
        refuse_endless(queries)?;
        Ok(Queries::Given(queries))
    }

    fn own<'a>(&self, rows: &'a [usize]) -> Result<Queries<'a>, DataError> {
        match rows.iter().find(|&&row| row >= self.len()) {
            Some(&row) => Err(DataError::RowOutside { row, rows: self.len() }),
            None => Ok(Queries::Own(rows)),
        }
    }

    fn limit(&self, radius: f64) -> Result<f64, DataError> {
        if radius >= 0.0 {
            Ok(self.metric.largest_sum(radius))
        } else {
            Err(DataError::setting("the radius", radius, "not below 0"))
        }
    }

    /// Workers take chunks of queries as they are free, which are put in their order again.
    fn batch<K: Keep>(
        &self,
        queries: Queries<'_>,
        keep: impl Fn(usize) -> K + Sync,
        workers: NonZero<usize>,
    ) -> Result<Neighbours, DataError> {
        let total = AtomicUsize::new(0);
        let chunk = |number: usize| {
            let range = number * CHUNK..((number + 1) * CHUNK).min(queries.len());
            if total.load(Ordering::Relaxed) > MAX_FOUND {
                return Vec::new();
            }
            let mut keeps: Vec<K> = range.clone().map(&keep).collect();
            self.search(self.cells(&queries, range).view(), &mut keeps, &mut Scratch::new());
            let found: Vec<_> = keeps.into_iter().map(|keep| self.told(keep).collect()).collect();
            total.fetch_add(found.iter().map(Vec::len).sum(), Ordering::Relaxed);
            found
        };
        let chunks: Vec<Vec<Vec<Neighbour>>> =
            each_on(workers, queries.len().div_ceil(CHUNK), chunk);
        if total.load(Ordering::Relaxed) > MAX_FOUND {
            let (what, most) = ("neighbours", MAX_FOUND);
            return Err(DataError::TooMany { what, found: MAX_FOUND + 1, most });
        }
        Ok(chunks.into_iter().flatten().collect())
    }

    fn search<K: Keep>(
        &self,
        queries: ArrayView2<'_, f64>,
        keeps: &mut [K],
        scratch: &mut Scratch,
    ) {
        let tree = match &self.search {
            Search::Tree(tree) => tree,
            Search::Blocks(blocks) => return blocks.search(queries, keeps),
        };
        match self.metric {
            Metric::Euclidean => self.search_tree::<Square>(tree, queries, keeps, scratch),
            Metric::Manhattan => self.search_tree::<Absolute>(tree, queries, keeps, scratch),
        }
    }

    fn search_tree<T: Term>(
        &self,
        tree: &Tree,
        queries: ArrayView2<'_, f64>,
        keeps: &mut [impl Keep],
        scratch: &mut Scratch,
    ) {
        if self.looked_at > MOST_SEARCHED {
            return tree.sweep::<T>(queries, keeps, scratch);
        }
        for (query, keep) in queries.rows().into_iter().zip(keeps) {
            tree.search::<T>(query.to_slice().unwrap_or_default(), keep, scratch);
        }
    }

    /// Some queries, row by row.
    fn cells(&self, queries: &Queries<'_>, range: Range<usize>) -> Array2<f64> {
        let rows = match queries {
            Queries::Given(queries) => {
                let queries = queries.slice_axis(Axis(0), Slice::from(range));
                return queries.as_standard_layout().into_owned();
            }
            Queries::Own(rows) => rows.get(range).unwrap_or_default(),
        };
        let mut cells = Vec::with_capacity(rows.len() * self.width);
        for &row in rows {
            match &self.search {
                Search::Tree(tree) => cells.extend(tree.point(row).into_iter().flatten()),
                Search::Blocks(blocks) => cells.extend(blocks.point(row).into_iter().flatten()),
            }
        }
        Array2::from_shape_vec((rows.len(), self.width), cells).unwrap_or_default()
    }

    fn told(&self, keep: impl Keep) -> impl Iterator<Item = Neighbour> {
        let neighbour = |sum, row| Neighbour { row, distance: self.metric.distance(sum) };
        keep.kept().into_iter().map(move |point| neighbour(point.sum, point.row as usize))
    }

    /// The part of the points that searches from some of them look at.
    fn tried(&self) -> f64 {
        let step = self.len().div_ceil(TRIED).max(1);
        let rows: Vec<usize> = (0..self.len()).step_by(step).collect();
        let cells = self.cells(&Queries::Own(&rows), 0..rows.len());
        let keep = |&row: &usize| Closest::new(TRIED_COUNT, Some(row as u32));
        let mut keeps: Vec<_> = rows.iter().map(keep).collect();
        let mut scratch = Scratch::new();
        self.search(cells.view(), &mut keeps, &mut scratch);
        scratch.looked as f64 / (self.len() * rows.len()).max(1) as f64
    }
}

fn refuse_endless(points: ArrayView2<'_, f64>) -> Result<(), DataError> {
    match points.indexed_iter().find(|(_, cell)| !cell.is_finite()) {
        Some(((row, column), _)) => Err(DataError::NoDistance { row, column }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    /// Every pair measured, and sorted.
    fn by_sorting(
        points: &Array2<f64>,
        query: &[f64],
        metric: Metric,
        except: Option<usize>,
    ) -> Vec<Neighbour> {
        let sum = |row: usize| {
            let differences = query.iter().zip(points.row(row)).map(|(one, other)| one - other);
            differences.fold(0.0, |sum, difference| match metric {
                Metric::Euclidean => sum + difference * difference,
                Metric::Manhattan => sum + difference.abs(),
            })
        };
        let others = (0..points.nrows()).filter(|&row| Some(row) != except);
        let mut found: Vec<(f64, usize)> = others.map(|row| (sum(row), row)).collect();
        found.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let told = |(sum, row)| Neighbour { row, distance: metric.distance(sum) };
        found.into_iter().map(told).collect()
    }

    /// The same points searched in every way there is.
    fn ways(points: &Array2<f64>) -> Vec<Nearest> {
        let tree = || Search::Tree(Tree::of(points.view()));
        let width = points.ncols();
        let swept = |nearest| Nearest { looked_at: 1.0, ..nearest };
        vec![
            Nearest::by(tree(), width, Metric::Euclidean),
            Nearest::by(tree(), width, Metric::Manhattan),
            swept(Nearest::by(tree(), width, Metric::Manhattan)),
            Nearest::by(Search::Blocks(Blocks::of(points.clone())), width, Metric::Euclidean),
        ]
    }

    fn is_as_by_sorting(points: &Array2<f64>, count: usize, radius: f64) {
        let rows: Vec<usize> = (0..points.nrows()).step_by(3).collect();
        let queries = points.select(Axis(0), &rows);
        let workers = NonZero::new(2).unwrap();
        for nearest in ways(points) {
            let metric = nearest.metric();
            let given = nearest.neighbours_of_all(queries.view(), count, workers).unwrap();
            let others = nearest.neighbours_of_rows(&rows, count, workers).unwrap();
            let inside = nearest.within_of_all(queries.view(), radius, workers).unwrap();
            let around = nearest.within_of_rows(&rows, radius, workers).unwrap();
            for (place, &row) in rows.iter().enumerate() {
                let query = points.row(row).to_vec();
                let all = by_sorting(points, &query, metric, None);
                let rest = by_sorting(points, &query, metric, Some(row));
                let near =
                    |found: &[Neighbour]| found.partition_point(|found| found.distance <= radius);
                assert_eq!(given.of(place), &all[..count.min(all.len())], "{metric:?}");
                assert_eq!(others.of(place), &rest[..count.min(rest.len())], "{metric:?}");
                assert_eq!(inside.of(place), &all[..near(&all)], "{metric:?}");
                assert_eq!(around.of(place), &rest[..near(&rest)], "{metric:?}");
                assert_eq!(nearest.neighbours(&query, count).unwrap(), given.of(place));
                assert_eq!(nearest.within(&query, radius).unwrap(), inside.of(place));
            }
        }
    }

    /// Numbers that look like chance, and are the same everywhere.
    fn scattered(rows: usize, columns: usize) -> Array2<f64> {
        let mut chance = crate::chance::Chance::seeded(3);
        Array2::from_shape_simple_fn((rows, columns), || chance.unit())
    }

    #[test]
    fn many_points_of_many_columns_are_found() {
        is_as_by_sorting(&scattered(700, 3), 12, 0.2);
        is_as_by_sorting(&scattered(600, 37), 5, 2.1);
        is_as_by_sorting(&scattered(100, 2), 1000, 10.0);
    }

    #[test]
    fn repeated_points_come_by_their_rows_and_at_once() {
        let same = Array2::from_elem((5000, 4), 7.5);
        for nearest in ways(&same) {
            let found = nearest.neighbours_of_rows(&[1, 4000], 3, NonZero::<usize>::MIN).unwrap();
            let rows =
                |found: &[Neighbour]| found.iter().map(|found| found.row).collect::<Vec<_>>();
            assert_eq!((rows(found.of(0)), rows(found.of(1))), (vec![0, 2, 3], vec![0, 1, 2]));
        }
        let tree = Nearest::of(same.view(), Metric::Euclidean).unwrap();
        assert!(tree.tried() < 0.05, "a search among equal points looked at {}", tree.tried());
    }

    #[test]
    fn numbers_at_the_ends_are_found() {
        let far =
            array![[1e200, 0.0], [-1e200, 0.0], [1.35e154, 0.0], [1.33e154, 0.0], [1e-170, 5e-324]];
        is_as_by_sorting(&far, 3, 1e153);
        let offset = scattered(300, 5).mapv(|cell| 1e9 + cell);
        is_as_by_sorting(&offset, 4, 0.4);
    }

    #[test]
    fn numbers_that_narrow_ones_cannot_tell_apart_are_found() {
        let unit = scattered(200, 9);
        for (offset, spread) in
            [(0.0, 1e-30), (0.0, 1e-320), (1e9, 1e-7), (0.0, 1e17), (1e300, 1e290)]
        {
            is_as_by_sorting(&unit.mapv(|cell| offset + cell * spread), 4, spread / 2.0);
        }
        // One far away moves the middle, and takes the digits of all others.
        let mut lonely = unit.clone();
        for far in [1e6, 1e12, 1e18, 1e30, f64::MAX] {
            lonely.row_mut(7).fill(far);
            is_as_by_sorting(&lonely, 4, 0.5);
        }
    }

    #[test]
    fn trees_are_for_few_columns_and_blocks_for_many() {
        let is_tree = |points: Array2<f64>, metric| {
            matches!(Nearest::of(points.view(), metric).unwrap().search, Search::Tree(_))
        };
        assert!(is_tree(scattered(4000, 3), Metric::Euclidean));
        assert!(!is_tree(scattered(4000, 30), Metric::Euclidean));
        assert!(is_tree(scattered(4000, 30), Metric::Manhattan));
        // Thirty columns that are one, told thirty times.
        let line = scattered(4000, 1);
        assert!(is_tree(
            Array2::from_shape_fn((4000, 30), |(row, _)| line[[row, 0]]),
            Metric::Euclidean
        ));
    }

    #[test]
    fn what_has_no_distance_is_refused() {
        let points = array![[1.0, f64::NAN]];
        let refused = Nearest::of(points.view(), Metric::Euclidean);
        assert!(matches!(refused, Err(DataError::NoDistance { row: 0, column: 1 })));
        let nearest = Nearest::of(array![[1.0, 2.0]].view(), Metric::Manhattan).unwrap();
        let infinite = nearest.neighbours(&[f64::INFINITY, 0.0], 1);
        assert!(matches!(infinite, Err(DataError::NoDistance { row: 0, column: 0 })));
        assert!(matches!(nearest.neighbours(&[1.0], 1), Err(DataError::Shape { .. })));
        for radius in [-1.0, f64::NAN] {
            let refused = nearest.within(&[1.0, 2.0], radius);
            assert!(matches!(refused, Err(DataError::Setting { .. })));
        }
        let outside = nearest.neighbours_of_rows(&[0, 1], 1, NonZero::<usize>::MIN);
        assert!(matches!(outside, Err(DataError::RowOutside { row: 1, rows: 1 })));
    }

    #[test]
    fn nothing_has_no_neighbours() {
        let none = Nearest::of(Array2::zeros((0, 2)).view(), Metric::Euclidean).unwrap();
        assert!(none.is_empty() && none.neighbours(&[0.0, 0.0], 3).unwrap().is_empty());
        let bare = Nearest::of(Array2::zeros((3, 0)).view(), Metric::Euclidean).unwrap();
        assert_eq!(bare.neighbours(&[], 2).unwrap().len(), 2);
        assert!(bare.neighbours(&[], 0).unwrap().is_empty());
    }

    #[test]
    fn the_number_of_workers_changes_nothing() {
        let points = scattered(1000, 4);
        for nearest in ways(&points) {
            let by = |workers| {
                let workers = NonZero::new(workers).unwrap();
                nearest.neighbours_of_all(points.view(), 6, workers).unwrap()
            };
            assert!(by(1) == by(3) && by(1) == by(100));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        /// On a grid: many points are repeated, many are equally far, and some columns are constant.
        #[test]
        fn what_is_found_is_what_sorting_finds(
            cells in prop::collection::vec(prop::array::uniform3(-3_i8..4), 1..150),
            columns in 1_usize..25,
            count in 0_usize..200,
            radius in 0_u8..12,
        ) {
            let points = Array2::from_shape_fn((cells.len(), columns), |(row, column)| {
                let cell = f64::from(cells[row][column % 3]);
                if column % 5 == 4 { 7.0 } else { cell * 0.1 }
            });
            is_as_by_sorting(&points, count, f64::from(radius) * 0.1);
        }
    }
}
