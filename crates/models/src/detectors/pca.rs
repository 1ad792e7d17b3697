//! What principal components leave of rows.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::eigen::directions;
use crate::check::sound;
use crate::explain::Terms;
use crate::linear::{BLOCK_ROWS, bounded};
use crate::settings::{Said, setting};
use crate::{Checked, Detector, ModelError, Observer, Parameter, Sample, Settings};

/// More columns take minutes: time grows with their cube.
const MOST_COLUMNS: usize = 4096;

/// How far rows are, squared, from where they would be if they varied only along the directions in which the rows learned
/// vary most: what goes together elsewhere, and does not in a strange row.
///
/// Columns should be scaled: the widest tell where the directions are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pca {
    kept: Kept,
}

/// How many directions are kept: of those left out, strangeness is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kept {
    /// As few as more than this share of the variance needs.
    Share(f64),
    /// This many.
    Components(usize),
}

impl Pca {
    /// How many directions are kept. One at least is left out, whatever is said. Default: those of more than 0.95 of the
    /// variance.
    #[must_use]
    pub fn kept(self, kept: Kept) -> Self {
        Self { kept }
    }
}

impl Default for Pca {
    fn default() -> Self {
        Self { kept: Kept::Share(0.95) }
    }
}

impl Settings for Pca {
    const NAME: &'static str = "pca";
    const PARAMETERS: &'static [Parameter<Self>] = &[setting!(
        "kept",
        kept,
        "The share of the variance that is kept (0.95), or how many directions (12)."
    )];

    fn check(&self) -> Result<(), ModelError> {
        let is_kept = match self.kept {
            Kept::Share(share) => share > 0.0 && share < 1.0,
            Kept::Components(count) => count >= 1,
        };
        ModelError::rule(is_kept, "kept", self.kept.text(), Kept::RULE)
    }
}

impl Said for Kept {
    const RULE: &'static str = "a share between 0 and 1, or a whole number from 1 on";

    fn said(text: &str) -> Option<Self> {
        let count = usize::said(text).map(Self::Components);
        count.or_else(|| f64::said(text).map(Self::Share))
    }

    fn text(&self) -> String {
        match self {
            Self::Share(share) => share.text(),
            Self::Components(count) => count.text(),
        }
    }
}

impl Kept {
    /// How many directions, of these variances.
    fn count(self, variances: &[f64]) -> usize {
        let all: f64 = variances.iter().map(|variance| variance.max(0.0)).sum();
        let count = match self {
            Self::Components(count) => count,
            Self::Share(share) => {
                let mut sum = 0.0;
                let is_less = |variance: &&f64| {
                    sum += variance.max(0.0) / all;
                    sum <= share
                };
                variances.iter().take_while(is_less).count() + 1
            }
        };
        count.min(variances.len().saturating_sub(1))
    }
}

impl Observer for Pca {
    type Detector = PcaModel;

    fn fit(&self, sample: &Sample<'_>) -> Result<PcaModel, ModelError> {
        self.check()?;
        let (width, most) = (sample.width(), MOST_COLUMNS);
        if width > most {
            let (learner, what, found) = (Self::NAME, "columns", width);
            return Err(ModelError::TooMany { learner, what, most, found });
        }
        let rows = sample.bounded(Self::NAME)?;
        let mean = mean(rows.view());
        let covariance = covariance(rows.view(), mean.view(), sample)?;
        let (variances, directions) = directions(covariance);
        let kept = self.kept.count(&variances);
        let left: Vec<usize> = (kept..width).collect();
        Ok(PcaModel {
            settings: self.clone(),
            mean: mean.to_vec(),
            left: directions.select(Axis(0), &left).into_iter().collect(),
            variances,
        })
    }
}

fn mean(rows: ArrayView2<'_, f64>) -> Array1<f64> {
    let mut mean = Array1::zeros(rows.ncols());
    let share = (rows.nrows() as f64).recip();
    rows.outer_iter().for_each(|row| mean.scaled_add(share, &row));
    mean
}

/// Blocks are added in their order, so that the sums are the same wherever they are made.
fn covariance(
    rows: ArrayView2<'_, f64>,
    mean: ArrayView1<'_, f64>,
    sample: &Sample<'_>,
) -> Result<Array2<f64>, ModelError> {
    let mut sum = Array2::zeros((rows.ncols(), rows.ncols()));
    // Before products are made: those of the largest cells are hardly numbers.
    let share = (rows.nrows() as f64).sqrt().recip();
    for (place, block) in rows.axis_chunks_iter(Axis(0), BLOCK_ROWS).enumerate() {
        sample.progress(place * BLOCK_ROWS, rows.nrows())?;
        let apart = (&block - &mean) * share;
        sum += &apart.t().dot(&apart);
    }
    sample.progress(rows.nrows(), rows.nrows())?;
    Ok(sum)
}

/// The directions that were left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PcaModel {
    settings: Pca,
    mean: Vec<f64>,
    /// How much rows vary along each direction, descending.
    variances: Vec<f64>,
    /// The last directions, one behind the other.
    left: Vec<f64>,
}

impl PcaModel {
    /// How many directions are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.width() - self.left.len() / self.width().max(1)
    }

    /// How much the rows learned vary along each direction, descending; those that are kept stand first.
    #[must_use]
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }
}

impl PcaModel {
    /// The directions left out, a row each.
    fn left(&self) -> Result<ArrayView2<'_, f64>, ModelError> {
        let shape = (self.width() - self.kept(), self.width());
        let left = ArrayView2::from_shape(shape, &self.left);
        left.map_err(|_| ModelError::Unsound { what: "directions of the width" })
    }
}

impl Detector for PcaModel {
    fn width(&self) -> usize {
        self.mean.len()
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let rows = bounded(rows, self.width(), Pca::NAME)?;
        let left = self.left()?;
        let mean = ArrayView1::from(&self.mean);
        let mut scores = Vec::with_capacity(rows.nrows());
        for block in rows.axis_chunks_iter(Axis(0), BLOCK_ROWS) {
            // What is left, not what is kept taken from the whole: that would cost the digits of small differences.
            let parts = (&block - &mean).dot(&left.t());
            let squared = |parts: ArrayView1<'_, f64>| parts.dot(&parts).min(f64::MAX);
            scores.extend(parts.outer_iter().map(squared));
        }
        Ok(scores.into())
    }
}

/// How far a row is from where it would be is told column by column, squared: they add up to the score.
impl Terms for PcaModel {
    fn terms(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let rows = bounded(rows, self.width(), Pca::NAME)?;
        let left = self.left()?;
        let apart = (&rows - &ArrayView1::from(&self.mean)).dot(&left.t()).dot(&left);
        Ok(apart.mapv_into(|apart| (apart * apart).min(f64::MAX)))
    }

    fn means(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.width()];
        let directions = self.left.chunks_exact(self.width().max(1));
        for (direction, variance) in directions.zip(self.variances.iter().skip(self.kept())) {
            for (mean, part) in means.iter_mut().zip(direction) {
                *mean += variance.max(0.0) * part * part;
            }
        }
        means
    }
}

impl Checked for PcaModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        let width = self.mean.len();
        sound(width <= MOST_COLUMNS, "a bounded number of columns")?;
        sound(self.variances.len() == width, "a variance for each direction")?;
        let are_whole =
            self.left.len().is_multiple_of(width.max(1)) && self.left.len() <= width * width;
        sound(are_whole && (width > 0 || self.left.is_empty()), "directions of the width")?;
        let is_near = |most: f64| move |cell: &f64| cell.abs() <= most;
        sound(self.mean.iter().all(is_near(1e151)), "means are finite")?;
        sound(self.variances.iter().all(|one| one.is_finite()), "variances are finite")?;
        sound(self.left.iter().all(is_near(1.1)), "directions are of length 1")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn fitted(rows: &Array2<f64>, kept: Kept) -> PcaModel {
        let model = Pca::default().kept(kept).fit(&Sample::new(rows.view()).unwrap()).unwrap();
        model.check().unwrap();
        model
    }

    #[test]
    fn rows_beside_the_line_are_strange() {
        // Along the diagonal, from which the last row is the root of 2 away.
        let rows = array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]];
        let model = fitted(&rows, Kept::Components(1));
        let told = model.scores(array![[1.0, 1.0], [90.0, 90.0], [0.0, 2.0]].view()).unwrap();
        let expected = [0.0, 0.0, 2.0];
        assert!(
            told.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-12),
            "{told}"
        );
        assert!((model.variances()[0] - 2.5).abs() < 1e-12 && model.kept() == 1);
    }

    #[test]
    fn terms_add_up_and_their_means_are_those_of_the_rows_learned() {
        let rows = Array2::from_shape_fn((50, 5), |(row, column)| {
            ((row * (2 * column + 3)) % 17) as f64 + row as f64 / 5.0
        });
        let model = fitted(&rows, Kept::Components(2));
        let terms = model.terms(rows.view()).unwrap();
        let apart = terms.sum_axis(Axis(1)) - model.scores(rows.view()).unwrap();
        assert!(apart.iter().all(|apart| apart.abs() < 1e-9), "{apart}");
        let apart = terms.mean_axis(Axis(0)).unwrap() - Array1::from(model.means());
        assert!(apart.iter().all(|apart| apart.abs() < 1e-9), "{apart}");
        // A column that nothing else goes with is the one that a row is off in.
        let line = array![[0.0, 0.0, 0.0], [1.0, 1.0, 0.1], [2.0, 2.0, 0.0], [3.0, 3.0, 0.1]];
        let told = fitted(&line, Kept::Components(1)).terms(array![[1.0, 1.0, 9.0]].view());
        let told = told.unwrap();
        assert!(told[[0, 2]] > 20.0 * (told[[0, 0]] + told[[0, 1]]), "{told}");
    }

    #[test]
    fn as_many_directions_are_kept_as_the_share_needs() {
        let variances = [6.0, 3.0, 1.0, 0.0];
        let kept = [0.5, 0.6, 0.7, 0.95, 0.999].map(|share| Kept::Share(share).count(&variances));
        assert_eq!(kept, [1, 2, 2, 3, 3]);
        assert_eq!(
            [1, 3, 4, 99].map(|count| Kept::Components(count).count(&variances)),
            [1, 3, 3, 3]
        );
        assert_eq!([Kept::Share(0.5).count(&[0.0; 3]), Kept::Share(0.5).count(&[])], [1, 0]);
    }

    #[test]
    fn one_column_is_as_far_from_its_mean() {
        let model = fitted(&array![[1.0], [3.0]], Kept::Share(0.95));
        assert_eq!(model.scores(array![[5.0]].view()).unwrap(), array![9.0]);
        let none = Array2::zeros((2, 0));
        assert_eq!(fitted(&none, Kept::Share(0.5)).scores(none.view()).unwrap(), array![0.0, 0.0]);
        let one = fitted(&array![[1.0, 2.0]], Kept::Share(0.5));
        assert_eq!(one.scores(array![[1.0, 2.0]].view()).unwrap(), array![0.0]);
    }

    #[test]
    fn the_largest_numbers_have_finite_scores() {
        let rows = array![[f64::MAX, 0.0, 1.0], [f64::MIN, 1.0, 2.0], [f64::MAX, 5.0, f64::MAX]];
        let told = fitted(&rows, Kept::Components(1)).scores(rows.view()).unwrap();
        assert!(told.iter().all(|score| score.is_finite() && *score >= 0.0), "{told}");
    }

    #[test]
    fn settings_are_what_texts_say() {
        let mut settings = Pca::default();
        settings.set("kept", "12").unwrap();
        assert_eq!(settings, Pca::default().kept(Kept::Components(12)));
        settings.set("kept", "0.5").unwrap();
        assert_eq!(settings.told(), [("kept", "0.5".to_owned())]);
        assert!(
            ["0", "1.0", "-1", "nan", "x"].iter().all(|text| settings.set("kept", text).is_err())
        );
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(&array![[1.0, 2.0], [3.0, 5.0]], Kept::Components(1));
        let is_refused = |change: fn(&mut PcaModel)| {
            let mut model = model.clone();
            change(&mut model);
            model.check().is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|model| model.left = vec![0.0; 3]));
        assert!(is_refused(|model| model.left = vec![0.0; 6]));
        assert!(is_refused(|model| model.left = vec![f64::NAN; 2]));
        assert!(is_refused(|model| model.mean = vec![f64::INFINITY; 2]));
        assert!(is_refused(|model| model.mean = vec![]));
        assert!(is_refused(|model| model.variances = vec![]));
    }
}
