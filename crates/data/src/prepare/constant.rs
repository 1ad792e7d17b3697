//! Columns that say the same of nearly all rows are left out.

use serde::{Deserialize, Serialize};

use super::columns::{Columns, Holds};
use super::removed::{Reason, Removed};
use super::{Fitted as _, Transform};
use crate::measure::{Sorted, cells, each};
use crate::{DataError, Dataset};

/// Leaves out columns of numbers or texts most of whose cells are the same. Missing cells count as one more thing to
/// be: a column that is missing everywhere is constant, one that is 5 or missing is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConstantColumns {
    columns: Columns,
    share: f64,
}

impl Default for ConstantColumns {
    fn default() -> Self {
        Self { columns: Columns::All, share: 1.0 }
    }
}

impl ConstantColumns {
    /// Those whose cells are all the same.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of equal cells from which on a column is left out. Default: 1, all of them; 0.999 leaves out columns
    /// that are nearly constant, but what is rare may be what tells an attack.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self { share, ..self }
    }

    /// Which columns are looked at. Default: all, texts too.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }
}

impl Transform for ConstantColumns {
    type Fitted = Removed;

    fn fit(&self, data: &Dataset) -> Result<Removed, DataError> {
        if !(self.share > 0.0 && self.share <= 1.0) {
            return Err(DataError::setting(
                "the share of equal cells",
                self.share,
                "above 0, at most 1",
            ));
        }
        let places = match &self.columns {
            Columns::Named(names) => data.schema().places(names.iter().map(String::as_str))?,
            columns => {
                let mut places = columns.places(data.schema(), Holds::Numbers)?;
                places.extend(columns.places(data.schema(), Holds::Texts)?);
                places.sort_unstable();
                places
            }
        };
        let removed = each(places.len(), places.len().saturating_mul(data.rows()), |number| {
            let &place = places.get(number)?;
            let share = share(&cells(data.column(place)?));
            let name = data.schema().fields().get(place)?.name.clone();
            (share >= self.share).then_some((name, Reason::Constant { share }))
        });
        let removed = Removed::of(removed.into_iter().flatten());
        removed.check()?;
        Ok(removed)
    }
}

/// The share of the most frequent cell; of no cells, all are the same.
fn share(column: &[f64]) -> f64 {
    let known = Sorted::of(column);
    let most = known.most_frequent().map_or(0, |(_, count)| count).max(column.len() - known.len());
    if column.is_empty() { 1.0 } else { most as f64 / column.len() as f64 }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Schema;

    const NONE: f64 = f64::NAN;

    fn removed(constant: &ConstantColumns) -> Vec<String> {
        let schema = Schema::numbers(["same", "most", "none", "half", "all"]).unwrap();
        let rows = array![
            [1.0, 0.0, NONE, NONE, 1.0],
            [1.0, 0.0, NONE, 5.0, 2.0],
            [1.0, -0.0, NONE, NONE, 3.0],
            [1.0, 7.0, NONE, 5.0, 4.0],
        ];
        let fitted = constant.fit(&Dataset::new(schema, rows).unwrap()).unwrap();
        fitted.columns().iter().map(|removal| removal.name.clone()).collect()
    }

    #[test]
    fn columns_of_one_thing_are_left_out() {
        assert_eq!(removed(&ConstantColumns::new()), ["same", "none"]);
        assert_eq!(removed(&ConstantColumns::new().share(0.75)), ["same", "most", "none"]);
        let except = Columns::except(["same"]);
        assert_eq!(removed(&ConstantColumns::new().columns(except)), ["none"]);
    }
}
