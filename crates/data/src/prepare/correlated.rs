//! Columns that say what another one says already are left out.

use serde::{Deserialize, Serialize};

use super::Transform;
use super::columns::{Columns, Holds};
use super::removed::{Reason, Removed};
use crate::measure::{Correlations, MAX_CORRELATED};
use crate::{DataError, Dataset};

/// Leaves out a column that goes with a column before it: of several, the first in the order of columns stays. A
/// column is compared with those that stay only, so that none is left out for another that is left out itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrelatedColumns {
    columns: Columns,
    threshold: f64,
}

impl CorrelatedColumns {
    /// Those whose coefficient (Pearson's, over the rows that both know) is this far from 0 or farther, as 0.95.
    #[must_use]
    pub fn new(threshold: f64) -> Self {
        Self { columns: Columns::All, threshold }
    }

    /// Which columns are looked at. Default: all of numbers.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }
}

impl Transform for CorrelatedColumns {
    type Fitted = Removed;

    fn fit(&self, data: &Dataset) -> Result<Removed, DataError> {
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return Err(DataError::setting(
                "the coefficient of correlated columns",
                self.threshold,
                "above 0, at most 1",
            ));
        }
        let mut places = self.columns.places(data.schema(), Holds::Numbers)?;
        places.sort_unstable();
        if places.len() > MAX_CORRELATED {
            return Err(DataError::TooMany {
                what: "columns to correlate",
                found: places.len(),
                most: MAX_CORRELATED,
            });
        }
        let chosen = if places.len() == data.width() { data.clone() } else { data.at(&places)? };
        let names: Vec<&str> = chosen.schema().names().collect();
        let correlations = Correlations::of(chosen.matrix());
        let mut kept: Vec<usize> = Vec::new();
        let mut removed = Vec::new();
        for (place, name) in names.iter().enumerate() {
            // Rounding may leave the coefficient of a column and its copy a little below 1.
            let reaches =
                |coefficient: f64| coefficient.abs() >= self.threshold - f64::EPSILON * 16.0;
            let with = kept.iter().find_map(|&before| {
                let coefficient = *correlations.0.get((before, place))?;
                reaches(coefficient).then_some((*names.get(before)?, coefficient))
            });
            match with {
                Some((with, coefficient)) => {
                    let reason = Reason::Correlated { with: with.to_owned(), coefficient };
                    removed.push(((*name).to_owned(), reason));
                }
                None => kept.push(place),
            }
        }
        Ok(Removed::of(removed))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Schema;

    #[test]
    fn the_first_of_columns_that_go_together_stays() {
        let schema = Schema::numbers(["a", "twice a", "other", "minus a", "same"]).unwrap();
        let rows = array![
            [1.0, 2.0, 1.0, -1.0, 4.0],
            [2.0, 4.0, 0.0, -2.0, 4.0],
            [3.0, 6.0, 1.0, -3.0, 4.0],
            [4.0, 8.0, 0.0, -4.0, 4.0],
        ];
        let data = Dataset::new(schema, rows).unwrap();
        let fitted = CorrelatedColumns::new(1.0).fit(&data).unwrap();
        let told: Vec<_> =
            fitted.columns().iter().map(|removal| (&*removal.name, &removal.reason)).collect();
        let with = |name, expected: f64| {
            move |&(found, reason): &(&str, &Reason)| {
                let Reason::Correlated { with, coefficient } = reason else { return false };
                found == name && with == "a" && (coefficient - expected).abs() < 1e-12
            }
        };
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(with("twice a", 1.0)(&told[0]) && with("minus a", -1.0)(&told[1]), "{told:?}");
        let chosen = CorrelatedColumns::new(0.4).columns(Columns::named(["other", "minus a"]));
        assert_eq!(chosen.fit(&data).unwrap().columns()[0].name, "minus a");
        assert!(CorrelatedColumns::new(0.0).fit(&data).is_err());
    }
}
