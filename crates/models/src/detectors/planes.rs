//! Planes in any direction, all in two flat lists.

use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::check::sound;

/// More numbers of planes: 2 GiB with their columns.
const MOST_TERMS: usize = 1 << 28;
/// No number drawn from a normal distribution is as large.
const MOST_WEIGHT: f32 = 100.0;

/// Directions over rows of one width, each over the same number of its columns. Which side of a plane a row is on is told
/// by how far along its direction the row is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Planes {
    /// How many columns rows have.
    width: usize,
    /// How many of them each plane looks at.
    terms: usize,
    /// Which these are, plane after plane; none, if all are looked at in their order.
    columns: Vec<u32>,
    /// How far a plane goes along each. They are drawn by chance: half the digits are as good, and half as much to read.
    weights: Vec<f32>,
}

impl Planes {
    /// None yet, over so many columns of rows of this width.
    pub(super) fn new(width: usize, terms: usize) -> Self {
        Self { width, terms: terms.min(width), columns: Vec::new(), weights: Vec::new() }
    }

    /// Refuses to hold more planes than memory should be given to.
    pub(super) fn room(self, planes: usize, detector: &'static str) -> Result<Self, ModelError> {
        let found = planes.saturating_mul(self.terms);
        if found <= MOST_TERMS {
            return Ok(self);
        }
        let what = "numbers of planes";
        Err(ModelError::TooMany { learner: detector, what, most: MOST_TERMS, found })
    }

    /// How many columns rows have.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// How many columns each looks at.
    pub(super) fn terms(&self) -> usize {
        self.terms
    }

    /// How many planes there are.
    pub(super) fn len(&self) -> usize {
        self.weights.len().checked_div(self.terms).unwrap_or(0)
    }

    /// One more, over these columns, as many as each looks at and in their order. Its number is told.
    pub(super) fn push(&mut self, columns: &[usize], weights: impl Iterator<Item = f32>) -> usize {
        let number = self.len();
        if self.terms < self.width {
            self.columns.extend(columns.iter().map(|&column| column as u32));
        }
        self.weights.extend(weights.take(self.terms));
        number
    }

    /// Puts planes over as many columns behind these.
    pub(super) fn append(&mut self, other: &Self) {
        self.columns.extend(&other.columns);
        self.weights.extend(&other.weights);
    }

    /// How far along the direction of a plane a row is. Only a plane and its row decide over the sum, to the last bit.
    #[inline]
    pub(super) fn along(&self, plane: usize, row: &[f64]) -> f64 {
        let range = plane * self.terms..(plane + 1) * self.terms;
        let weights = self.weights.get(range.clone()).unwrap_or_default();
        if self.columns.is_empty() {
            return sum_of_products(weights, row);
        }
        let columns = self.columns.get(range).unwrap_or_default();
        let cell = |&column: &u32| row.get(column as usize).copied().unwrap_or(0.0);
        weights.iter().zip(columns).map(|(&weight, column)| f64::from(weight) * cell(column)).sum()
    }

    pub(super) fn check(&self) -> Result<(), ModelError> {
        sound(self.terms <= self.width, "planes look at columns there are")?;
        let are_whole = self.weights.len().checked_rem(self.terms) == Some(0);
        sound(self.weights.is_empty() || are_whole, "all planes look at as many columns")?;
        let named = if self.terms < self.width { self.weights.len() } else { 0 };
        sound(self.columns.len() == named, "planes say which columns they look at")?;
        let is_column = |&column: &u32| (column as usize) < self.width;
        sound(self.columns.iter().all(is_column), "planes look at columns there are")?;
        let is_weight = |weight: &f32| weight.abs() < MOST_WEIGHT;
        sound(self.weights.iter().all(is_weight), "planes have directions")
    }
}

/// Several sums are made beside each other, since each would wait for the one before.
fn sum_of_products(weights: &[f32], row: &[f64]) -> f64 {
    const BESIDE: usize = 8;
    let (many, last) = weights.as_chunks::<BESIDE>();
    let (cells, last_cells) = row.as_chunks::<BESIDE>();
    let mut sums = [0.0; BESIDE];
    for (weights, cells) in many.iter().zip(cells) {
        for ((sum, &weight), cell) in sums.iter_mut().zip(weights).zip(cells) {
            *sum += f64::from(weight) * cell;
        }
    }
    let rest = last.iter().zip(last_cells).map(|(&weight, cell)| f64::from(weight) * cell);
    sums.into_iter().sum::<f64>() + rest.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_as_far_along_as_their_cells_say() {
        let row: Vec<f64> = (0..19).map(|column| f64::from(column * column) - 40.0).collect();
        let weights: Vec<f32> = (0..19).map(|column| 0.5 * column as f32 - 3.0).collect();
        let product = |column: usize| f64::from(weights[column]) * row[column];
        let mut all = Planes::new(19, 30);
        assert_eq!((all.terms(), all.len()), (19, 0));
        all.push(&[], std::iter::repeat_n(1.0, 19));
        let columns: Vec<usize> = (0..19).collect();
        assert_eq!(all.push(&columns, weights.iter().copied()), 1);
        assert_eq!(all.along(0, &row), row.iter().sum::<f64>());
        assert_eq!(all.along(1, &row), (0..19).map(product).sum::<f64>());
        let mut some = Planes::new(19, 2);
        some.push(&[3, 7], [2.0, -1.0].into_iter());
        let mut both = some.clone();
        both.append(&some);
        assert_eq!((both.len(), both.along(1, &row)), (2, 2.0 * row[3] - row[7]));
        [all, both].iter().for_each(|planes| planes.check().unwrap());
    }

    #[test]
    fn planes_of_no_columns_are_none() {
        let mut none = Planes::new(0, 3);
        none.push(&[], std::iter::empty());
        none.check().unwrap();
        assert_eq!((none.len(), none.along(0, &[])), (0, 0.0));
    }

    #[test]
    fn there_is_not_room_for_any_number() {
        let room = |planes| Planes::new(100, 64).room(planes, "x");
        room(MOST_TERMS / 64).unwrap();
        for planes in [MOST_TERMS / 64 + 1, usize::MAX] {
            assert!(matches!(room(planes), Err(ModelError::TooMany { .. })));
        }
    }

    #[test]
    fn forged_planes_are_unsound() {
        let mut planes = Planes::new(3, 2);
        planes.push(&[0, 2], [1.0, 2.0].into_iter());
        let is_refused = |change: fn(&mut Planes)| {
            let mut planes = planes.clone();
            change(&mut planes);
            planes.check().is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|planes| planes.terms = 4));
        assert!(is_refused(|planes| planes.terms = 0));
        assert!(is_refused(|planes| planes.terms = 3));
        assert!(is_refused(|planes| planes.width = 2));
        assert!(is_refused(|planes| planes.columns.truncate(1)));
        assert!(is_refused(|planes| planes.columns[0] = 3));
        assert!(is_refused(|planes| planes.weights[0] = f32::NAN));
        assert!(is_refused(|planes| planes.weights[0] = 1e30));
        assert!(is_refused(|planes| planes.weights.truncate(1)));
    }
}
