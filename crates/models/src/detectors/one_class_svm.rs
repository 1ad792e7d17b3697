//! The support vector machine of one class (Schölkopf, Platt, Shawe-Taylor, Smola and Williamson, 2001).

use ndarray::{Array1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::linear::bounded;
use crate::settings::setting;
use crate::svm::{
    Bounds, DEGREE, Likeness, Lines, MEGABYTES, MOST_ROWS, STEPS, Shared, Solver, TOLERANCE,
};
use crate::{Checked, Detector, Gamma, Kernel, ModelError, Observer, Parameter, Sample, Settings};

/// How far outside of a border rows are that holds most of those learned: above 0 outside, below inside.
///
/// Columns should be scaled: the widest decide how alike rows are. It takes 50,000 rows at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneClassSvm {
    kernel: Kernel,
    nu: f64,
    gamma: Gamma,
    degree: usize,
    offset: f64,
    tolerance: f64,
    iterations: usize,
    cache_megabytes: usize,
}

impl OneClassSvm {
    /// How alike rows are. Default: by how near they are.
    #[must_use]
    pub fn kernel(self, kernel: Kernel) -> Self {
        Self { kernel, ..self }
    }

    /// The share of the rows that may be outside, and that is at the border at least. Default: 0.1, since what is asked
    /// is held against all rows at the border; with 0.5, as elsewhere, against half of those learned.
    #[must_use]
    pub fn nu(self, nu: f64) -> Self {
        Self { nu, ..self }
    }

    /// By what distances or products are multiplied. Default: by the number of columns and the cells' variance.
    #[must_use]
    pub fn gamma(self, gamma: Gamma) -> Self {
        Self { gamma, ..self }
    }

    /// The power of a polynomial. Default: 3, the usual one.
    #[must_use]
    pub fn degree(self, degree: usize) -> Self {
        Self { degree, ..self }
    }

    /// What a polynomial and a sigmoid add to the product. Default: 0.
    #[must_use]
    pub fn offset(self, offset: f64) -> Self {
        Self { offset, ..self }
    }

    /// By how much rows at the border may miss it. Default: 0.001.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// After how many steps to end anyhow. Default: 1,000,000, far above what scaled columns need.
    #[must_use]
    pub fn iterations(self, iterations: usize) -> Self {
        Self { iterations, ..self }
    }

    /// How many megabytes of likenesses are kept; two lines at least. Default: 200, all of 7,000 rows.
    #[must_use]
    pub fn cache_megabytes(self, cache_megabytes: usize) -> Self {
        Self { cache_megabytes, ..self }
    }
}

impl Default for OneClassSvm {
    fn default() -> Self {
        Self {
            kernel: Kernel::Rbf,
            nu: 0.1,
            gamma: Gamma::Scale,
            degree: DEGREE,
            offset: 0.0,
            tolerance: TOLERANCE,
            iterations: STEPS,
            cache_megabytes: MEGABYTES,
        }
    }
}

impl Settings for OneClassSvm {
    const NAME: &'static str = "one-class-svm";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("kernel", kernel, "How alike rows are: rbf, poly, sigmoid or linear."),
        setting!("nu", nu, "The share of the rows that may be outside."),
        setting!(
            "gamma",
            gamma,
            "By what distances or products are multiplied: scale, auto or a number."
        ),
        setting!("degree", degree, "The power of a polynomial."),
        setting!("coef0", offset, "What a polynomial and a sigmoid add to the product."),
        setting!("tolerance", tolerance, "By how much rows at the border may miss it."),
        setting!("iterations", iterations, "After how many steps to end anyhow."),
        setting!("cache-megabytes", cache_megabytes, "How many megabytes of likenesses are kept."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        let is_share = self.nu > 0.0 && self.nu <= 1.0;
        ModelError::rule(is_share, "nu", self.nu, "above 0, and 1 at most")?;
        let Self { gamma, degree, offset, tolerance, iterations, cache_megabytes, .. } = *self;
        Shared { gamma, degree, offset, tolerance, iterations, cache_megabytes }.check()
    }
}

impl Observer for OneClassSvm {
    type Detector = OneClassSvmModel;

    fn fit(&self, sample: &Sample<'_>) -> Result<OneClassSvmModel, ModelError> {
        Ok(self.fit_scored(sample)?.0)
    }

    fn fit_scored(
        &self,
        sample: &Sample<'_>,
    ) -> Result<(OneClassSvmModel, Array1<f64>), ModelError> {
        self.check()?;
        let (found, most) = (sample.len(), MOST_ROWS);
        if found > most {
            let (learner, what) = (Self::NAME, "rows");
            return Err(ModelError::TooMany { learner, what, most, found });
        }
        let rows = sample.bounded(Self::NAME)?;
        let likeness = Likeness {
            kernel: self.kernel,
            gamma: self.gamma.of(rows.view(), &vec![1.0; found]),
            degree: self.degree as u32,
            offset: self.offset,
        };
        let lines = Lines::new(rows.clone(), likeness, self.cache_megabytes << 20);
        let mut solver = Solver::of_one_class(lines, found, self.nu * found as f64);
        let bounds = Bounds { tolerance: self.tolerance, steps: self.iterations };
        let solution = solver.descend(bounds, || sample.progress(0, 1))?;
        sample.progress(1, 1)?;
        let borders: Vec<usize> = (0..found).filter(|&row| solution.parts[row] != 0.0).collect();
        let model = OneClassSvmModel {
            settings: self.clone(),
            width: sample.width(),
            likeness,
            supports: rows.select(Axis(0), &borders).into_iter().collect(),
            parts: borders.iter().map(|&row| solution.parts[row]).collect(),
            intercept: solution.intercept,
            is_converged: solution.is_least,
        };
        Ok((model, solution.scores.into_iter().map(|score| -score).collect()))
    }
}

/// The rows at the border and outside of it, and what each weighs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneClassSvmModel {
    settings: OneClassSvm,
    width: usize,
    likeness: Likeness,
    /// Their cells, row after row.
    supports: Vec<f64>,
    parts: Vec<f64>,
    intercept: f64,
    is_converged: bool,
}

impl OneClassSvmModel {
    /// How many of the rows learned are at the border or outside.
    #[must_use]
    pub fn support_count(&self) -> usize {
        self.parts.len()
    }

    /// Whether the border was found within the steps that were allowed.
    #[must_use]
    pub fn is_converged(&self) -> bool {
        self.is_converged
    }

    fn supports(&self) -> Result<ArrayView2<'_, f64>, ModelError> {
        let supports = ArrayView2::from_shape((self.parts.len(), self.width), &self.supports);
        supports.map_err(|_| ModelError::Unsound { what: "cells for each row at the border" })
    }
}

impl Detector for OneClassSvmModel {
    fn width(&self) -> usize {
        self.width
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let rows = bounded(rows, self.width, OneClassSvm::NAME)?;
        let mut scores = Vec::with_capacity(rows.nrows());
        self.likeness.each(rows.view(), self.supports()?, |alike| {
            let inside: f64 = alike.iter().zip(&self.parts).map(|(alike, part)| alike * part).sum();
            scores.push(-(inside + self.intercept));
        });
        Ok(scores.into())
    }
}

impl Checked for OneClassSvmModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        self.likeness.check()?;
        sound(self.parts.len() <= MOST_ROWS, "a bounded number of rows at the border")?;
        let cells = self.parts.len().checked_mul(self.width);
        sound(cells == Some(self.supports.len()), "cells for each row at the border")?;
        sound(self.supports.iter().all(|cell| cell.abs() <= 1e150), "cells are finite")?;
        let are_parts = self.parts.iter().all(|part| (0.0..=1.0).contains(part));
        sound(are_parts, "weights are from 0 to 1")?;
        sound(self.intercept.abs() <= 1e200, "the intercept is finite")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn ring() -> Array2<f64> {
        Array2::from_shape_fn((60, 2), |(row, column)| {
            let angle = row as f64 * 0.7;
            let radius = 1.0 + (row % 7) as f64 / 20.0;
            radius * if column == 0 { angle.cos() } else { angle.sin() }
        })
    }

    #[test]
    fn the_border_holds_most_rows() {
        let rows = ring();
        let sample = Sample::new(rows.view()).unwrap();
        for nu in [0.05, 0.2, 0.5] {
            let settings = OneClassSvm::default().nu(nu).tolerance(1e-6);
            let (model, own) = settings.fit_scored(&sample).unwrap();
            model.check().unwrap();
            assert!(model.is_converged());
            let outside = own.iter().filter(|score| **score > 1e-5).count() as f64;
            assert!(outside <= nu * 60.0 && model.support_count() as f64 >= nu * 60.0, "{outside}");
            let told = model.scores(rows.view()).unwrap();
            let is_near = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-5;
            assert!(told.iter().zip(&own).all(is_near), "{told} {own}");
            assert!(model.scores(array![[9.0, 9.0]].view()).unwrap()[0] > 0.0);
        }
    }

    #[test]
    fn odd_rows_have_borders() {
        for rows in [array![[1.0]], array![[3.0], [3.0], [3.0]], Array2::zeros((2, 0))] {
            let (model, own) =
                OneClassSvm::default().fit_scored(&Sample::new(rows.view()).unwrap()).unwrap();
            model.check().unwrap();
            assert!(own.iter().all(|score| score.abs() < 1e-6), "{own}");
        }
        let rows = array![[f64::MAX], [f64::MIN], [0.0]];
        for kernel in [Kernel::Rbf, Kernel::Polynomial, Kernel::Sigmoid, Kernel::Linear] {
            let settings = OneClassSvm::default().kernel(kernel).iterations(100);
            let model = settings.fit(&Sample::new(rows.view()).unwrap()).unwrap();
            model.check().unwrap();
            let told = model.scores(rows.view()).unwrap();
            assert!(told.iter().all(|score| score.is_finite()), "{told}");
        }
    }

    #[test]
    fn too_many_rows_are_refused() {
        let rows = Array2::zeros((MOST_ROWS + 1, 1));
        let refused = OneClassSvm::default().fit(&Sample::new(rows.view()).unwrap());
        assert!(matches!(refused, Err(ModelError::TooMany { what: "rows", .. })));
    }

    #[test]
    fn forged_models_are_unsound() {
        let rows = ring();
        let model = OneClassSvm::default().fit(&Sample::new(rows.view()).unwrap()).unwrap();
        let is_refused = |change: fn(&mut OneClassSvmModel)| {
            let mut model = model.clone();
            change(&mut model);
            model.check().is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|model| model.width = usize::MAX));
        assert!(is_refused(|model| model.parts.truncate(1)));
        assert!(is_refused(|model| model.parts[0] = f64::NAN));
        assert!(is_refused(|model| model.supports[0] = f64::INFINITY));
        assert!(is_refused(|model| model.likeness.degree = 1000));
        assert!(is_refused(|model| model.intercept = f64::NAN));
    }
}
