//! smartcore's k-means: rows without labels, around so many centres.

use ::smartcore::cluster::kmeans::{KMeans as Foreign, KMeansParameters};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, aview2};
use serde::{Deserialize, Serialize};

use super::given::{countable, fitted};
use super::tree::told;
use crate::check::sound;
use crate::classifier::wide;
use crate::settings::setting;
use crate::{Checked, ModelError, Parameter, Settings};

/// The largest cell, either side of 0. smartcore halves boxes until they are narrower than 1e-10, and never ends where
/// numbers that follow each other are farther apart, as those beyond 2^20 are.
const MAX_CELL: f64 = (1 << 20) as f64;

/// Rows go to the nearest of so many centres, which move to the middle of their rows. Columns should be scaled. It is no
/// classifier: its clusters have no names.
///
/// ```
/// use ndarray::array;
/// use netsift_models::{ModelError, smartcore::KMeans};
///
/// # fn main() -> Result<(), ModelError> {
/// let model = KMeans::new(2).fit(array![[0.0], [0.2], [9.0], [9.2]].view())?;
/// let clusters = model.clusters(array![[1.0], [8.0], [0.0]].view())?;
/// assert!(clusters[0] == clusters[2] && clusters[0] != clusters[1]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KMeans {
    clusters: usize,
    turns: usize,
    seed: u64,
}

impl KMeans {
    /// Around so many centres.
    #[must_use]
    pub fn new(clusters: usize) -> Self {
        Self { clusters, ..Self::default() }
    }

    /// How often centres move at most. Default: 100.
    #[must_use]
    pub fn turns(self, turns: usize) -> Self {
        Self { turns, ..self }
    }

    /// What decides which rows are the first centres. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Finds the centres.
    ///
    /// # Errors
    /// [`ModelError::Setting`], also for more clusters than there are different rows, [`ModelError::NotFinite`],
    /// [`ModelError::TooLarge`] for a cell beyond 2^20, and [`ModelError::TooFewRows`].
    pub fn fit(&self, rows: ArrayView2<'_, f64>) -> Result<KMeansModel, ModelError> {
        #[derive(Deserialize)]
        struct Parts {
            centroids: Vec<Vec<Option<f64>>>,
        }

        self.check()?;
        countable(rows, Self::NAME, MAX_CELL)?;
        let (needed, found) = (self.clusters, rows.nrows());
        if found < needed {
            return Err(ModelError::TooFewRows { needed, found });
        }
        let given = rows.as_standard_layout().into_owned();
        let parameters =
            KMeansParameters { k: self.clusters, max_iter: self.turns, seed: Some(self.seed) };
        let fit = || Foreign::<f64, u32, Array2<f64>, Vec<u32>>::fit(&given, parameters);
        let parts: Parts = told(Self::NAME, &fitted(Self::NAME, fit)?)?;
        let centres: Option<Vec<f64>> = parts.centroids.into_iter().flatten().collect();
        // The middle of no rows is no number.
        let (parameter, rule) = ("clusters", "no more than there are different rows");
        let value = self.clusters.to_string().into();
        let centres = centres.ok_or(ModelError::Setting { parameter, value, rule })?;
        Ok(KMeansModel { settings: self.clone(), width: rows.ncols(), centres })
    }
}

impl Default for KMeans {
    fn default() -> Self {
        Self { clusters: 2, turns: 100, seed: 0 }
    }
}

impl Settings for KMeans {
    const NAME: &'static str = "smartcore/k-means";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("clusters", clusters, "How many centres."),
        setting!("turns", turns, "How often centres move at most."),
        setting!("seed", seed, "What decides which rows are the first centres."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        ModelError::rule(self.clusters >= 2, "clusters", self.clusters, "2 at least")?;
        ModelError::rule(self.turns >= 1, "turns", self.turns, "1 at least")
    }
}

/// The centres that smartcore has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KMeansModel {
    settings: KMeans,
    width: usize,
    /// Centre by centre.
    centres: Vec<f64>,
}

impl KMeansModel {
    /// The centres: a row each.
    #[must_use]
    pub fn centres(&self) -> ArrayView2<'_, f64> {
        let shape = (self.settings.clusters, self.width);
        ArrayView2::from_shape(shape, &self.centres).unwrap_or(aview2::<f64, 0>(&[]))
    }

    /// The number of the nearest centre to each row, of equally near ones the first.
    ///
    /// # Errors
    /// [`ModelError::Shape`], [`ModelError::NotFinite`] and [`ModelError::TooLarge`].
    pub fn clusters(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<u32>, ModelError> {
        wide(rows, self.width)?;
        countable(rows, KMeans::NAME, MAX_CELL)?;
        Ok(rows.rows().into_iter().map(|row| self.nearest(row)).collect())
    }

    fn nearest(&self, row: ArrayView1<'_, f64>) -> u32 {
        let square = |(one, other): (&f64, &f64)| (one - other) * (one - other);
        let (mut best, mut least) = (0, f64::INFINITY);
        for (number, centre) in (0..).zip(self.centres.chunks_exact(self.width.max(1))) {
            let distance = row.iter().zip(centre).map(square).sum();
            if distance < least {
                (best, least) = (number, distance);
            }
        }
        best
    }
}

impl Checked for KMeansModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        sound(self.width >= 1, "a column at least")?;
        let cells = self.settings.clusters.checked_mul(self.width);
        sound(cells == Some(self.centres.len()), "a number for each column of a centre")?;
        // The middle of rows is among them, but for the last digit.
        let is_cell = |cell: &f64| (-2.0 * MAX_CELL..=2.0 * MAX_CELL).contains(cell);
        sound(self.centres.iter().all(is_cell), "centres to count with")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::smartcore::given::tests::clouds;

    #[test]
    fn answers_are_smartcores() {
        let (rows, _) = clouds(300, 3, 4);
        let learner = KMeans::new(4).seed(3);
        let model = learner.fit(rows.view()).unwrap();
        let parameters = KMeansParameters { k: 4, max_iter: 100, seed: Some(3) };
        let means = Foreign::<f64, u32, Array2<f64>, Vec<u32>>::fit(&rows, parameters).unwrap();
        assert_eq!(model.clusters(rows.view()).unwrap().to_vec(), means.predict(&rows).unwrap());
        model.check().unwrap();
    }

    #[test]
    fn what_smartcore_never_ends_with_is_refused() {
        // Two numbers that follow each other, with nothing between to halve at.
        let far = 1.6e9_f64;
        let rows = array![[far], [far.next_up()], [0.0]];
        assert!(matches!(KMeans::new(2).fit(rows.view()), Err(ModelError::TooLarge { .. })));
        let near = MAX_CELL.next_down();
        let rows = array![[near], [near.next_down()], [0.0]];
        assert!(KMeans::new(2).fit(rows.view()).is_ok());
    }

    #[test]
    fn clusters_without_rows_are_refused() {
        let refused = KMeans::new(3).fit(array![[1.0], [1.0], [2.0]].view());
        assert!(matches!(refused, Err(ModelError::Setting { parameter: "clusters", .. })));
        assert!(KMeans::new(3).fit(array![[1.0], [2.0]].view()).is_err());
        assert!(KMeans::new(1).fit(array![[1.0], [2.0]].view()).is_err());
        assert!(KMeans::new(2).fit(Array2::zeros((3, 0)).view()).is_err());
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = KMeans::new(2).fit(array![[1.0], [2.0]].view()).unwrap();
        assert!(KMeansModel { width: 2, ..model.clone() }.check().is_err());
        assert!(KMeansModel { width: 0, ..model.clone() }.check().is_err());
        assert!(KMeansModel { centres: vec![1.0, f64::NAN], ..model }.check().is_err());
    }
}
