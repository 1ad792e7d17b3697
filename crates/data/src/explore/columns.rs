//! What each column is like.

use serde::{Deserialize, Serialize};

use super::finite;
use crate::measure::{Moments, Sorted, cells, each};
use crate::{Dataset, Field, Labels};

/// What a column is like. Of columns of texts, only counts are told; of infinite cells, no mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// Whether it holds texts.
    pub is_text: bool,
    /// Cells that are known, infinite ones among them.
    pub count: usize,
    /// Cells that are missing.
    pub missing: usize,
    /// Cells that are infinite.
    pub infinite: usize,
    /// How many different cells are known.
    pub distinct: Distinct,
    /// The smallest cell.
    pub min: Option<f64>,
    /// The largest cell.
    pub max: Option<f64>,
    /// The mean.
    pub mean: Option<f64>,
    /// The standard deviation of the rows as a sample (their squares over one less than their number).
    pub deviation: Option<f64>,
    /// What shares of the cells are below.
    pub quantiles: Vec<Quantile>,
    /// The column in each class, by the numbers of classes; nothing without labels.
    pub classes: Vec<ClassColumn>,
}

/// A number of different cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Distinct {
    /// So many.
    Exactly(usize),
    /// More than that.
    MoreThan(usize),
}

/// What a share of the cells is below.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quantile {
    /// The share, from 0 to 1.
    pub share: f64,
    /// What they are below: straight between two cells, where it falls between them.
    pub below: Option<f64>,
}

/// A column in the rows of one class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassColumn {
    /// Cells that are known.
    pub count: usize,
    /// Their mean; none of a column of texts.
    pub mean: Option<f64>,
}

impl ColumnSummary {
    /// Whether all cells are the same, or all are missing.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        match self.distinct {
            Distinct::Exactly(0) => true,
            Distinct::Exactly(1) => self.missing == 0,
            _ => false,
        }
    }

    fn of(
        field: &Field,
        column: &[f64],
        labels: Option<&Labels>,
        quantiles: &[f64],
        most: usize,
    ) -> Self {
        let is_text = field.texts().is_some();
        let moments = Moments::of(column);
        let sorted = Sorted::of(column);
        let told = |number: f64| if is_text { None } else { finite(number) };
        let found = sorted.distinct();
        let known = moments.known as f64;
        Self {
            name: field.name.clone(),
            is_text,
            count: moments.known,
            missing: moments.missing,
            infinite: sorted.infinite(),
            distinct: if found > most {
                Distinct::MoreThan(most)
            } else {
                Distinct::Exactly(found)
            },
            min: told(moments.min),
            max: told(moments.max),
            mean: told(moments.mean),
            deviation: told((moments.variance * known / (known - 1.0)).sqrt()),
            quantiles: quantiles
                .iter()
                .map(|&share| Quantile { share, below: told(sorted.quantile(share)) })
                .collect(),
            classes: labels.map(|labels| of_classes(column, labels, is_text)).unwrap_or_default(),
        }
    }
}

/// Each column, in their order.
pub(super) fn summaries(data: &Dataset, quantiles: &[f64], most: usize) -> Vec<ColumnSummary> {
    let summaries = each(data.width(), data.matrix().len(), |place| {
        let field = data.schema().fields().get(place)?;
        Some(ColumnSummary::of(field, &cells(data.column(place)?), data.labels(), quantiles, most))
    });
    summaries.into_iter().flatten().collect()
}

fn of_classes(column: &[f64], labels: &Labels, is_text: bool) -> Vec<ClassColumn> {
    let mut sums = vec![(0_usize, 0.0); labels.classes().len()];
    for (&cell, &number) in column.iter().zip(labels.numbers()) {
        if let (Some((count, sum)), false) = (sums.get_mut(number as usize), cell.is_nan()) {
            *count += 1;
            *sum += cell;
        }
    }
    let told = |(count, sum): (usize, f64)| {
        let mean = if is_text { None } else { finite(sum / count as f64) };
        ClassColumn { count, mean }
    };
    sums.into_iter().map(told).collect()
}
