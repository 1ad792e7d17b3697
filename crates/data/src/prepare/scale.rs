//! Columns of different sizes become columns of one size.

use serde::{Deserialize, Serialize};

use super::columns::{
    Columns, Named, change_numbers, check_columns, finite, learn_numbers, same_columns,
};
use super::effect::Short;
use super::{Effect, Fitted, StepKind, Transform};
use crate::measure::{Moments, Sorted};
use crate::{DataError, Dataset, Schema};

/// A spread smaller than this is rounding, and no spread.
const SMALLEST_SPREAD: f64 = 10.0 * f64::EPSILON;

/// Brings columns to one size. A column that does not vary is only moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    columns: Columns,
    scaling: Scaling,
}

/// How columns are scaled. Missing cells are left out of what is learned, and stay missing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Scaling {
    /// To mean 0 and standard deviation 1 (of the rows themselves: the squares over their number).
    Standard,
    /// The smallest cell to `low`, the largest to `high`. Cells of other rows may lie outside.
    MinMax {
        /// What the smallest becomes.
        low: f64,
        /// What the largest becomes.
        high: f64,
    },
    /// To median 0, and 1 between two quantiles: a few wild cells move neither.
    Robust {
        /// The lower quantile, as 0.25.
        low: f64,
        /// The upper quantile, as 0.75.
        high: f64,
    },
}

/// What each column is scaled by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaled {
    columns: Vec<ScaledColumn>,
}

/// A cell `x` becomes `(x - center) / spread + offset`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ScaledColumn {
    name: String,
    center: f64,
    spread: f64,
    offset: f64,
}

impl Scale {
    /// Scaled this way.
    #[must_use]
    pub fn new(scaling: Scaling) -> Self {
        Self { columns: Columns::All, scaling }
    }

    /// To mean 0 and standard deviation 1.
    #[must_use]
    pub fn standard() -> Self {
        Self::new(Scaling::Standard)
    }

    /// From 0 to 1.
    #[must_use]
    pub fn min_max() -> Self {
        Self::new(Scaling::MinMax { low: 0.0, high: 1.0 })
    }

    /// To median 0, and 1 between the quartiles.
    #[must_use]
    pub fn robust() -> Self {
        Self::new(Scaling::Robust { low: 0.25, high: 0.75 })
    }

    /// Which columns. Default: all of numbers.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    fn check(&self) -> Result<(), DataError> {
        match self.scaling {
            Scaling::MinMax { low, high } if !((high - low).is_finite() && low < high) => {
                Err(DataError::setting(
                    "the range of scaling",
                    format!("{low} to {high}"),
                    "finite, the lower end first",
                ))
            }
            Scaling::Robust { low, high } if !(0.0 <= low && low < high && high <= 1.0) => {
                Err(DataError::setting(
                    "the quantile range of scaling",
                    format!("{low} and {high}"),
                    "from 0 to 1, the lower one first",
                ))
            }
            _ => Ok(()),
        }
    }

    fn scaled(&self, name: &str, column: &[f64]) -> Result<ScaledColumn, DataError> {
        let (center, spread, offset) = match self.scaling {
            Scaling::Standard => standard(&Moments::of(column)),
            Scaling::MinMax { low, high } => min_max(&Moments::of(column), low, high),
            Scaling::Robust { low, high } => robust(&Sorted::of(column), low, high),
        };
        if center.is_nan() && column.iter().all(|cell| cell.is_nan()) {
            return Err(DataError::NothingKnown { name: name.into() });
        }
        Ok(ScaledColumn {
            name: name.to_owned(),
            center: finite(name, "center", center)?,
            spread: finite(name, "spread", spread)?,
            offset,
        })
    }
}

impl Transform for Scale {
    type Fitted = Scaled;

    fn fit(&self, data: &Dataset) -> Result<Scaled, DataError> {
        self.check()?;
        let columns = learn_numbers(data, &self.columns, |name, cells| self.scaled(name, cells))?;
        Ok(Scaled { columns })
    }
}

impl Fitted for Scaled {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        same_columns(input, &self.columns)
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        change_numbers(
            data,
            &self.columns,
            |&ScaledColumn { center, spread, offset, .. }, cells| {
                cells.iter_mut().for_each(|cell| *cell = (*cell - center) / spread + offset);
            },
        )
    }

    fn check(&self) -> Result<(), DataError> {
        check_columns(&self.columns, |column| {
            let numbers = [column.center, column.spread, column.offset];
            numbers.iter().all(|number| number.is_finite()) && column.spread > 0.0
        })
    }

    fn effects(&self) -> Vec<Effect> {
        let told = |ScaledColumn { name, center, spread, .. }: &ScaledColumn| {
            Effect::on(
                name,
                StepKind::Scale,
                format!("less {}, over {}", Short(*center), Short(*spread)),
            )
        };
        self.columns.iter().map(told).collect()
    }
}

impl Named for ScaledColumn {
    fn name(&self) -> &str {
        &self.name
    }
}

/// Center, spread and offset. A variance that rounding of the mean explains is none.
fn standard(moments: &Moments) -> (f64, f64, f64) {
    let &Moments { mean, variance, known, .. } = moments;
    let count = known as f64;
    let rounding = count * f64::EPSILON * variance + (count * mean * f64::EPSILON).powi(2);
    let spread = if variance <= rounding { 1.0 } else { moments.deviation() };
    (mean, if spread < SMALLEST_SPREAD { 1.0 } else { spread }, 0.0)
}

fn min_max(moments: &Moments, low: f64, high: f64) -> (f64, f64, f64) {
    let &Moments { min, max, known, .. } = moments;
    let range = max - min;
    let range = if range < SMALLEST_SPREAD { 1.0 } else { range };
    (if known == 0 { f64::NAN } else { min }, range / (high - low), low)
}

fn robust(sorted: &Sorted, low: f64, high: f64) -> (f64, f64, f64) {
    let spread = sorted.quantile(high) - sorted.quantile(low);
    (sorted.quantile(0.5), if spread < SMALLEST_SPREAD { 1.0 } else { spread }, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f64 = f64::NAN;

    fn column(cells: &[f64]) -> Dataset {
        let matrix = ndarray::Array2::from_shape_vec((cells.len(), 1), cells.to_vec()).unwrap();
        Dataset::new(Schema::numbers(["a"]).unwrap(), matrix).unwrap()
    }

    fn scaled(scale: &Scale, cells: &[f64]) -> Vec<f64> {
        let data = column(cells);
        scale.fit(&data).unwrap().apply(data).unwrap().column(0).unwrap().to_vec()
    }

    #[test]
    fn each_way_has_its_center_and_size() {
        assert_eq!(scaled(&Scale::standard(), &[1.0, 3.0]), [-1.0, 1.0]);
        let ends = Scale::new(Scaling::MinMax { low: -1.0, high: 3.0 });
        assert_eq!(scaled(&ends, &[2.0, 4.0, 3.0]), [-1.0, 3.0, 1.0]);
        let robust = scaled(&Scale::robust(), &[1.0, 2.0, 3.0, 4.0, 1e6]);
        assert_eq!(robust[..4], [-1.0, -0.5, 0.0, 0.5]);
    }

    #[test]
    fn what_does_not_vary_is_only_moved_and_what_is_missing_stays() {
        for scale in [Scale::standard(), Scale::min_max(), Scale::robust()] {
            let made = scaled(&scale, &[0.1, NONE, 0.1, 0.1]);
            assert!(made[1].is_nan() && [0, 2, 3].iter().all(|&row: &usize| made[row] == 0.0));
        }
    }

    #[test]
    fn what_cannot_be_scaled_is_refused() {
        for scale in [Scale::standard(), Scale::min_max(), Scale::robust()] {
            let empty = scale.fit(&column(&[NONE, NONE]));
            assert!(matches!(empty, Err(DataError::NothingKnown { .. })), "{scale:?}");
            let infinite = scale.fit(&column(&[f64::INFINITY, f64::INFINITY, 1.0, f64::INFINITY]));
            assert!(matches!(infinite, Err(DataError::NotFinite { .. })), "{scale:?}");
        }
        let backwards = Scale::new(Scaling::MinMax { low: 1.0, high: 0.0 }).fit(&column(&[1.0]));
        assert!(matches!(backwards, Err(DataError::Setting { .. })));
    }

    #[test]
    fn a_spread_that_fitting_cannot_make_is_not_sound() {
        let fitted = Scale::standard().fit(&column(&[1.0, 2.0])).unwrap();
        assert!(fitted.check().is_ok());
        for spread in [0.0, -1.0, f64::INFINITY, NONE] {
            let mut broken = fitted.clone();
            broken.columns[0].spread = spread;
            assert!(matches!(broken.check(), Err(DataError::Unsound { .. })));
        }
    }
}
