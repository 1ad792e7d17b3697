//! smartcore's principal components: fewer columns, which tell most of what many tell.

use ::smartcore::decomposition::pca::{PCA, PCAParameters};
use ndarray::{Array2, ArrayView2, aview2};
use serde::{Deserialize, Serialize};

use super::given::{asked, countable, fitted, refuse_endless};
use crate::check::sound;
use crate::settings::setting;
use crate::{Checked, ModelError, Parameter, Settings};

/// The largest cell, either side of 0: sums of squares of squares are finite.
const MAX_CELL: f64 = 1e60;
/// The largest coefficient, either side of 0: with the largest cells, sums over any number of columns are finite.
const MAX_COEFFICIENT: f64 = 1e150;

/// Sums of columns, each of which tells as much as one can of what those before it do not. It is no classifier: one that sees
/// them in place of the columns is [`Components`](super::Components).
///
/// ```
/// use ndarray::array;
/// use netsift_models::{ModelError, smartcore::Pca};
///
/// # fn main() -> Result<(), ModelError> {
/// let rows = array![[1.0, 2.0], [2.0, 4.1], [3.0, 5.9], [4.0, 8.0]];
/// let line = Pca::new(1).fit(rows.view())?.transform(rows.view())?;
/// assert_eq!(line.dim(), (4, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pca {
    pub(super) components: usize,
    pub(super) scaled: bool,
}

impl Pca {
    /// So many columns.
    #[must_use]
    pub fn new(components: usize) -> Self {
        Self { components, ..Self::default() }
    }

    /// Whether columns count alike, however widely they spread; then none may be constant. Default: no.
    #[must_use]
    pub fn scaled(self, scaled: bool) -> Self {
        Self { scaled, ..self }
    }

    /// Finds the components.
    ///
    /// # Errors
    /// [`ModelError::Setting`], also for more components than columns, [`ModelError::NotFinite`],
    /// [`ModelError::TooLarge`], [`ModelError::TooFewRows`] for less than two, and [`ModelError::Foreign`] where smartcore
    /// finds none, as of scaled columns one of which is constant.
    pub fn fit(&self, rows: ArrayView2<'_, f64>) -> Result<PcaModel, ModelError> {
        self.check()?;
        countable(rows, Self::NAME, MAX_CELL)?;
        let width = rows.ncols();
        let is_less = self.components <= width;
        ModelError::rule(is_less, "components", self.components, "no more than columns")?;
        if rows.nrows() < 2 {
            return Err(ModelError::TooFewRows { needed: 2, found: rows.nrows() });
        }
        let given = rows.as_standard_layout().into_owned();
        let parameters =
            PCAParameters { n_components: self.components, use_correlation_matrix: self.scaled };
        // What it makes of zeros is what it adds to every row.
        let (components, offsets) = fitted(Self::NAME, || {
            let pca = PCA::fit(&given, parameters)?;
            Ok((pca.components().clone(), pca.transform(&Array2::zeros((1, width)))?))
        })?;
        let model = PcaModel {
            settings: self.clone(),
            width,
            components: components.iter().copied().collect(),
            offsets: offsets.iter().copied().collect(),
        };
        refuse_endless(Self::NAME, model.check().is_ok())?;
        Ok(model)
    }
}

impl Default for Pca {
    fn default() -> Self {
        Self { components: 2, scaled: false }
    }
}

impl Settings for Pca {
    const NAME: &'static str = "smartcore/pca";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("components", components, "How many columns there are to be."),
        setting!("scaled", scaled, "Whether columns count alike, however widely they spread."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        ModelError::rule(self.components >= 1, "components", self.components, "1 at least")
    }
}

/// The components that smartcore has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PcaModel {
    settings: Pca,
    width: usize,
    /// Of each column, its part in each component.
    components: Vec<f64>,
    /// What is added to each component.
    offsets: Vec<f64>,
}

impl PcaModel {
    /// How many columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Of each column (a row each) its part in each component.
    #[must_use]
    pub fn components(&self) -> ArrayView2<'_, f64> {
        let shape = (self.width, self.settings.components);
        ArrayView2::from_shape(shape, &self.components).unwrap_or(aview2::<f64, 0>(&[]))
    }

    /// The components of rows.
    ///
    /// # Errors
    /// [`ModelError::Shape`], [`ModelError::NotFinite`] and [`ModelError::TooLarge`].
    pub fn transform(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let rows = asked(rows, self.width, Pca::NAME)?;
        let mut made = rows.dot(&self.components());
        for mut row in made.rows_mut() {
            row.iter_mut().zip(&self.offsets).for_each(|(cell, offset)| *cell += offset);
        }
        Ok(made)
    }
}

impl Checked for PcaModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        let components = self.settings.components;
        let cells = components.checked_mul(self.width);
        sound(cells == Some(self.components.len()), "a number for each column of a component")?;
        sound(self.offsets.len() == components, "an offset for each component")?;
        let mut numbers = self.components.iter().chain(&self.offsets);
        let is_number = |number: &f64| (-MAX_COEFFICIENT..=MAX_COEFFICIENT).contains(number);
        sound(numbers.all(is_number), "finite components")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::smartcore::given::tests::clouds;

    #[test]
    fn answers_are_smartcores() {
        let (rows, _) = clouds(60, 4, 3);
        for scaled in [false, true] {
            let model = Pca::new(3).scaled(scaled).fit(rows.view()).unwrap();
            let parameters = PCAParameters { n_components: 3, use_correlation_matrix: scaled };
            let pca = PCA::fit(&rows, parameters).unwrap();
            let (made, expected) =
                (model.transform(rows.view()).unwrap(), pca.transform(&rows).unwrap());
            let off = (&made - &expected).mapv(f64::abs).fold(0.0, |one, &other| other.max(one));
            assert!(off < 1e-12, "{off}");
            model.check().unwrap();
        }
    }

    #[test]
    fn components_are_alike_to_nothing_before_and_in_the_middle() {
        let (rows, _) = clouds(60, 3, 3);
        let made = Pca::new(3).fit(rows.view()).unwrap().transform(rows.view()).unwrap();
        let products = made.t().dot(&made);
        let sums = made.sum_axis(ndarray::Axis(0));
        assert!(sums.iter().all(|sum| sum.abs() < 1e-9), "{sums}");
        assert!(products[[0, 1]].abs() < 1e-9 && products[[1, 2]].abs() < 1e-9, "{products}");
        assert!(products[[0, 0]] > products[[1, 1]] && products[[1, 1]] > products[[2, 2]]);
    }

    #[test]
    fn what_has_no_components_is_refused() {
        let constant = array![[1.0, 2.0], [1.0, 3.0], [1.0, 5.0]];
        assert!(Pca::new(1).fit(constant.view()).is_ok());
        let refused = Pca::new(1).scaled(true).fit(constant.view());
        assert!(matches!(refused, Err(ModelError::Foreign { .. })), "{refused:?}");
        assert!(Pca::new(3).fit(constant.view()).is_err());
        assert!(Pca::new(0).fit(constant.view()).is_err());
        assert!(Pca::new(1).fit(array![[1.0]].view()).is_err());
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = Pca::new(1).fit(array![[1.0, 0.0], [2.0, 5.0]].view()).unwrap();
        assert!(PcaModel { width: 3, ..model.clone() }.check().is_err());
        assert!(PcaModel { offsets: vec![], ..model.clone() }.check().is_err());
        assert!(PcaModel { components: vec![1.0, f64::NAN], ..model }.check().is_err());
    }
}
