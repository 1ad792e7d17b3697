//! How the cells of columns are spread, in all rows and in those of each class.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{Quantile, finite};
use crate::measure::{Moments, Sorted, cells, each};
use crate::{Classes, DataError, Dataset, Labels};

/// Bins of a column of numbers, unless said otherwise.
const BINS: usize = 40;
/// Classes that are told, unless said otherwise: the largest.
const CLASSES: usize = 20;
/// Texts that are told, unless said otherwise: the most frequent.
const TEXTS: usize = 10;
/// The shares whose quantiles are told of each class.
const SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// The greatest cell over a small one, from which on bins go by ratio.
const RATIO: f64 = 1_000.0;
/// The share of cells above 0 that are below a small one.
const SMALL: f64 = 0.05;

/// How finely the spread of columns is told.
///
/// ```
/// use ndarray::array;
/// use netsift_data::explore::Distributions;
/// use netsift_data::{Dataset, Labels, Schema};
///
/// # fn main() -> Result<(), netsift_data::DataError> {
/// let data = Dataset::new(Schema::numbers(["packets"])?, array![[1.0], [2.0], [9.0], [10.0]])?;
/// let data = data.with_labels(Labels::of(["dns", "dns", "web", "web"]))?;
/// let found = Distributions::new().look(&data, &[0])?;
/// let medians = found[0].classes.iter().map(|class| class.quantiles[2].below);
/// assert_eq!(medians.collect::<Vec<_>>(), [Some(1.5), Some(9.5)]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distributions {
    bins: usize,
    classes: usize,
    texts: usize,
}

/// How the cells of a column are spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Distribution {
    /// Its name.
    pub column: String,
    /// Whether bins are as wide by their ratio: cells lie over many magnitudes, and none is below 0.
    pub is_by_ratio: bool,
    /// Its finite numbers, in bins without gaps; nothing of texts.
    pub bins: Vec<Bin>,
    /// Cells of 0, which have no bin where bins go by ratio.
    pub zeros: usize,
    /// Its most frequent texts, most first; nothing of numbers.
    pub texts: Vec<TextCount>,
    /// Cells of other texts than these.
    pub other_texts: usize,
    /// The column in the largest classes, the largest first; nothing without labels.
    pub classes: Vec<ClassSpread>,
}

/// How many cells there are from one number up to another. The last bin has its end in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bin {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its cells.
    pub cells: usize,
}

/// How often a text stands in a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextCount {
    /// The text.
    pub text: String,
    /// Its rows.
    pub rows: usize,
    /// Those of each class that is told, in their order.
    pub classes: Vec<usize>,
}

/// A column in the rows of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassSpread {
    /// The class.
    pub class: String,
    /// Cells that are known and finite.
    pub count: usize,
    /// Cells that are missing.
    pub missing: usize,
    /// Their mean; none of texts, as in what follows.
    pub mean: Option<f64>,
    /// Least, lower quartile, median, upper quartile, greatest.
    pub quantiles: Vec<Quantile>,
}

impl Default for Distributions {
    fn default() -> Self {
        Self { bins: BINS, classes: CLASSES, texts: TEXTS }
    }
}

impl Distributions {
    /// Forty bins, twenty classes, ten texts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bins numbers are counted in. Default: 40.
    #[must_use]
    pub fn bins(self, bins: usize) -> Self {
        Self { bins, ..self }
    }

    /// How many classes are told. Default: 20.
    #[must_use]
    pub fn classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// How many texts are told. Default: 10.
    #[must_use]
    pub fn texts(self, texts: usize) -> Self {
        Self { texts, ..self }
    }

    /// Looks at the columns of these places.
    ///
    /// # Errors
    /// [`DataError::Setting`] for no bins, or more than 10,000.
    pub fn look(&self, data: &Dataset, places: &[usize]) -> Result<Vec<Distribution>, DataError> {
        if !(1..=10_000).contains(&self.bins) {
            return Err(DataError::setting("the number of bins", self.bins, "from 1 to 10000"));
        }
        let told = data.labels().map(|labels| Told::of(labels, self.classes));
        let work = places.len().saturating_mul(data.rows());
        let found = each(places.len(), work, |at| {
            let &place = places.get(at)?;
            let field = data.schema().fields().get(place)?;
            let cells = cells(data.column(place)?);
            let mut found = match field.texts() {
                Some(texts) => self.of_texts(&cells, texts, told.as_ref()),
                None => self.of_numbers(&cells, told.as_ref()),
            };
            found.column.clone_from(&field.name);
            Some(found)
        });
        Ok(found.into_iter().flatten().collect())
    }

    fn of_numbers(&self, column: &[f64], told: Option<&Told<'_>>) -> Distribution {
        let known: Vec<f64> = column.iter().copied().filter(|cell| cell.is_finite()).collect();
        let sorted = Sorted::of(&known);
        let is_by_ratio = is_by_ratio(&sorted);
        let mut found = Distribution { is_by_ratio, ..Distribution::none() };
        found.bins = bins(&sorted, is_by_ratio, self.bins);
        for cell in known {
            if is_by_ratio && cell == 0.0 {
                found.zeros += 1;
            } else {
                // Of the last of those that begin at it or before it.
                let at = found.bins.partition_point(|bin| bin.from <= cell).saturating_sub(1);
                found.bins.get_mut(at).iter_mut().for_each(|bin| bin.cells += 1);
            }
        }
        found.classes = told.map(|told| told.numbers(column)).unwrap_or_default();
        found
    }

    fn of_texts(&self, column: &[f64], texts: &Classes, told: Option<&Told<'_>>) -> Distribution {
        let mut counts = vec![0_usize; texts.len()];
        for cell in column.iter().filter(|cell| !cell.is_nan()) {
            counts.get_mut(*cell as usize).into_iter().for_each(|count| *count += 1);
        }
        let mut most: Vec<(usize, u32)> = counts.iter().copied().zip(0..).collect();
        most.retain(|(rows, _)| *rows > 0);
        most.sort_by_key(|&(rows, number)| (Reverse(rows), number));
        most.truncate(self.texts);
        let numbers: Vec<u32> = most.iter().map(|(_, number)| *number).collect();
        let by_class = told.map(|told| told.texts(column, &numbers)).unwrap_or_default();
        let text = |(at, (rows, number)): (usize, (usize, u32))| TextCount {
            text: texts.name(number).unwrap_or_default().to_owned(),
            rows,
            classes: by_class.get(at).cloned().unwrap_or_default(),
        };
        let other_texts = counts.iter().sum::<usize>() - most.iter().map(|it| it.0).sum::<usize>();
        let texts = most.into_iter().enumerate().map(text).collect();
        let classes = told.map(|told| told.known(column)).unwrap_or_default();
        Distribution { texts, other_texts, classes, ..Distribution::none() }
    }
}

impl Distribution {
    fn none() -> Self {
        Self {
            column: String::new(),
            is_by_ratio: false,
            bins: Vec::new(),
            zeros: 0,
            texts: Vec::new(),
            other_texts: 0,
            classes: Vec::new(),
        }
    }
}

/// The classes that are told.
struct Told<'a> {
    labels: &'a Labels,
    /// Their numbers.
    classes: Vec<u32>,
    /// Of each class the place among those that are told.
    places: Vec<Option<usize>>,
}

impl<'a> Told<'a> {
    fn of(labels: &'a Labels, most: usize) -> Self {
        let classes = labels.largest(most);
        let mut places = vec![None; labels.classes().len()];
        for (place, &class) in classes.iter().enumerate() {
            places.get_mut(class as usize).into_iter().for_each(|it| *it = Some(place));
        }
        Self { labels, classes, places }
    }

    /// The place of the class of each row, for those that are told.
    fn places(&self) -> impl Iterator<Item = Option<usize>> {
        let numbers = self.labels.numbers().into_iter();
        numbers.map(|&number| self.places.get(number as usize).copied().flatten())
    }

    fn numbers(&self, column: &[f64]) -> Vec<ClassSpread> {
        let mut of_class = vec![Vec::new(); self.classes.len()];
        let mut missing = vec![0; self.classes.len()];
        for (&cell, place) in column.iter().zip(self.places()) {
            let Some(place) = place else { continue };
            if let (true, Some(cells)) = (cell.is_finite(), of_class.get_mut(place)) {
                cells.push(cell);
            } else if let (true, Some(count)) = (cell.is_nan(), missing.get_mut(place)) {
                *count += 1;
            }
        }
        let spread = |(at, cells): (usize, &Vec<f64>)| {
            let sorted = Sorted::of(cells);
            let below = |share| finite(sorted.quantile(share));
            ClassSpread {
                class: self.name(at),
                count: cells.len(),
                missing: missing.get(at).copied().unwrap_or(0),
                mean: finite(Moments::of(cells).mean),
                quantiles: SHARES.map(|share| Quantile { share, below: below(share) }).to_vec(),
            }
        };
        of_class.iter().enumerate().map(spread).collect()
    }

    /// How many cells of texts are known in each class.
    fn known(&self, column: &[f64]) -> Vec<ClassSpread> {
        let none = |at| ClassSpread {
            class: self.name(at),
            count: 0,
            missing: 0,
            mean: None,
            quantiles: Vec::new(),
        };
        let mut spreads: Vec<ClassSpread> = (0..self.classes.len()).map(none).collect();
        for (cell, place) in column.iter().zip(self.places()) {
            let Some(spread) = place.and_then(|place| spreads.get_mut(place)) else { continue };
            match cell.is_nan() {
                true => spread.missing += 1,
                false => spread.count += 1,
            }
        }
        spreads
    }

    /// Of each of these texts, how many rows of each class have it.
    fn texts(&self, column: &[f64], numbers: &[u32]) -> Vec<Vec<usize>> {
        let mut counts = vec![vec![0; self.classes.len()]; numbers.len()];
        for (&cell, place) in column.iter().zip(self.places()).filter(|(cell, _)| !cell.is_nan()) {
            let text = numbers.iter().position(|&number| f64::from(number) == cell);
            let count = text.and_then(|text| counts.get_mut(text)?.get_mut(place?));
            count.into_iter().for_each(|count| *count += 1);
        }
        counts
    }

    fn name(&self, at: usize) -> String {
        let name = self.classes.get(at).and_then(|&class| self.labels.classes().name(class));
        name.unwrap_or_default().to_owned()
    }
}

/// Whether numbers lie over so many magnitudes that only ratios show them.
fn is_by_ratio(sorted: &Sorted) -> bool {
    let (Some(least), Some(most)) = (sorted.at(0), sorted.at(sorted.len().saturating_sub(1)))
    else {
        return false;
    };
    let small = small(sorted);
    least >= 0.0 && small.is_some_and(|small| most / small >= RATIO)
}

/// A number above 0 that few such numbers are below.
fn small(sorted: &Sorted) -> Option<f64> {
    let zeros = sorted.partition_point(|number| number <= 0.0);
    sorted.at(zeros + ((sorted.len() - zeros) as f64 * SMALL) as usize)
}

/// Empty bins over all numbers that have one. Numbers too near each other for so many have fewer.
fn bins(sorted: &Sorted, is_by_ratio: bool, most: usize) -> Vec<Bin> {
    let first = if is_by_ratio { sorted.partition_point(|number| number <= 0.0) } else { 0 };
    let ends = (sorted.at(first), sorted.at(sorted.len().saturating_sub(1)));
    let (Some(low), Some(high)) = ends else { return Vec::new() };
    if low == high {
        return vec![Bin { from: low, to: high, cells: 0 }];
    }
    let edge = |at: usize| {
        let part = at as f64 / most as f64;
        match at {
            0 => low,
            _ if at == most => high,
            // Halves, since the difference of two large numbers may be none.
            _ if !is_by_ratio => low * (1.0 - part) + high * part,
            _ => (low.ln() * (1.0 - part) + high.ln() * part).exp().clamp(low, high),
        }
    };
    let mut edges: Vec<f64> = (0..=most).map(edge).collect();
    edges.dedup();
    let bin = |edges: &[f64]| Some(Bin { from: *edges.first()?, to: *edges.last()?, cells: 0 });
    edges.windows(2).filter_map(bin).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::{Field, Schema};

    fn of(cells: Vec<f64>) -> Distribution {
        let matrix = Array2::from_shape_vec((cells.len(), 1), cells).unwrap();
        let data = Dataset::new(Schema::numbers(["a"]).unwrap(), matrix).unwrap();
        Distributions::new().look(&data, &[0]).unwrap().remove(0)
    }

    #[test]
    fn numbers_over_many_magnitudes_go_by_ratio_and_zeros_apart() {
        let found = of((0..1000).map(|row| f64::from(row % 10) * 10_f64.powi(row % 7)).collect());
        assert!(found.is_by_ratio && found.zeros == 100 && found.classes.is_empty());
        assert_eq!(found.bins.iter().map(|bin| bin.cells).sum::<usize>(), 900);
        assert_eq!((found.bins[0].from, found.bins[39].to), (1.0, 9e6));
        let ratio = found.bins[1].to / found.bins[1].from;
        assert!((found.bins[30].to / found.bins[30].from / ratio - 1.0).abs() < 1e-9);
    }

    #[test]
    fn numbers_of_one_magnitude_or_below_zero_have_bins_of_one_width() {
        let found = of((0..=80).map(f64::from).collect());
        assert!(!found.is_by_ratio && found.zeros == 0);
        assert_eq!((found.bins[0].cells, found.bins[39].cells), (2, 3), "the end is in it");
        assert!(!of(vec![-1.0, 1.0, 1e9]).is_by_ratio);
        assert_eq!(of(vec![7.0, f64::NAN, 7.0]).bins, [Bin { from: 7.0, to: 7.0, cells: 2 }]);
        assert!(of(vec![f64::NAN, f64::INFINITY]).bins.is_empty());
        assert_eq!(of(vec![-1.7e308, 1.7e308]).bins.len(), 40);
    }

    #[test]
    fn the_largest_classes_are_told_with_texts_and_quantiles() {
        let texts = Classes::new(["tcp", "udp", "icmp"]).unwrap();
        let schema = Schema::new([Field::number("n"), Field::text("p", texts)]).unwrap();
        let rows = array![[1.0, 1.0], [f64::NAN, 1.0], [3.0, 0.0], [8.0, 2.0], [5.0, f64::NAN]];
        let data = Dataset::new(schema, rows).unwrap();
        let data = data.with_labels(Labels::of(["b", "b", "b", "a", "c"])).unwrap();
        let found = Distributions::new().classes(2).texts(2).look(&data, &[0, 1]).unwrap();
        let [numbers, texts] = &found[..] else { panic!("{found:?}") };
        let classes: Vec<_> = numbers.classes.iter().map(|it| (&*it.class, it.count)).collect();
        assert_eq!(classes, [("b", 2), ("a", 1)]);
        let b = &numbers.classes[0];
        assert_eq!((b.missing, b.mean, b.quantiles[2].below), (1, Some(2.0), Some(2.0)));
        let told: Vec<_> = texts.texts.iter().map(|it| (&*it.text, it.rows)).collect();
        assert_eq!((told, texts.other_texts), (vec![("udp", 2), ("tcp", 1)], 1));
        assert_eq!((&texts.texts[0].classes[..], texts.classes[1].count), (&[2, 0][..], 1));
        assert!(Distributions::new().bins(0).look(&data, &[]).is_err());
    }

    proptest! {
        #[test]
        fn every_finite_cell_has_one_place(cells in prop::collection::vec(
            prop_oneof![any::<f64>(), Just(0.0), 0.0..10.0, 1e-3..1e9_f64], 0..60,
        )) {
            let finite = cells.iter().filter(|cell| cell.is_finite()).count();
            let found = of(cells);
            let counted: usize = found.bins.iter().map(|bin| bin.cells).sum();
            prop_assert_eq!(counted + found.zeros, finite);
            prop_assert!(found.bins.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].from < pair[0].to));
        }
    }
}
