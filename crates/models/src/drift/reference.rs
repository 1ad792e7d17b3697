//! What training keeps of its rows, so that later ones can be compared with them.

use std::thread;

use ndarray::ArrayView1;
use netsift_data::{DataError, Dataset, Field, Schema};
use serde::{Deserialize, Serialize};

use super::bins::Bins;
use crate::ModelError;
use crate::check::sound;

/// How the columns of a training and the scores of a model were spread. A column of numbers takes some 3 KB at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reference {
    /// In the order of the columns that go in.
    pub(super) columns: Vec<Spread>,
    /// Of rows that were held back: about those it was trained on a model is surer than about any others, and every new
    /// row would seem to have drifted. Nothing, if none were.
    pub(super) score: Option<Spread>,
}

/// How the cells of a column are spread over bins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) bins: Bins,
    /// How many cells each bin holds.
    pub(super) counts: Vec<u64>,
}

impl Reference {
    /// Of the rows of a training, and of what was said of rows that were held back.
    pub(crate) fn of(
        train: &Dataset,
        input: &Schema,
        scores: Option<&[f64]>,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let places = train.schema().places(input.names())?;
        let share = places.len().div_ceil(threads.max(1)).max(1);
        let spreads = |places: &[usize]| -> Result<Vec<Spread>, ModelError> {
            places.iter().map(|&place| Spread::of_column(train, place)).collect()
        };
        let columns: Result<Vec<Vec<Spread>>, ModelError> = thread::scope(|scope| {
            let shares: Vec<_> =
                places.chunks(share).map(|share| scope.spawn(|| spreads(share))).collect();
            let joined = shares.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect()
        });
        let score = scores.map(|scores| Spread::of_numbers(ArrayView1::from(scores)));
        Ok(Self { columns: columns?.into_iter().flatten().collect(), score })
    }

    /// How many rows had each text of a column; last, how many had others or none. Nothing of a column of numbers.
    pub(crate) fn texts(&self, column: usize) -> Vec<(Option<&str>, u64)> {
        let Some(spread) = self.columns.get(column) else { return Vec::new() };
        let Bins::Texts(texts) = &spread.bins else { return Vec::new() };
        let names = texts.names().map(Some).chain(std::iter::repeat(None));
        names.zip(spread.counts.iter().copied()).collect()
    }

    /// Refuses what training cannot have made of these columns.
    pub(crate) fn check_for(&self, input: &Schema) -> Result<(), ModelError> {
        let kinds = self.columns.iter().map(|column| column.bins.is_text());
        let fits = kinds.eq(input.fields().iter().map(|field| field.texts().is_some()));
        sound(fits, "what is compared with are the columns that go in")?;
        let is_text = self.score.as_ref().is_some_and(|score| score.bins.is_text());
        sound(!is_text, "scores are numbers")?;
        self.columns.iter().chain(&self.score).try_for_each(Spread::check)
    }
}

impl Spread {
    fn of_column(data: &Dataset, place: usize) -> Result<Self, ModelError> {
        let field = data.schema().fields().get(place);
        let column = field.zip(data.column(place));
        let (field, cells) = column.ok_or(DataError::UnnamedColumn { column: place })?;
        match field.texts() {
            None => Ok(Self::of_numbers(cells)),
            Some(_) => Self::of_texts(field, cells),
        }
    }

    fn of_numbers(cells: ArrayView1<'_, f64>) -> Self {
        let mut sorted: Vec<f64> = cells.iter().copied().filter(|cell| cell.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self::counted(Bins::of_numbers(&sorted), |bins, counts| {
            cells.iter().for_each(|&cell| add(counts, bins.of_number(cell), 1));
        })
    }

    fn of_texts(field: &Field, cells: ArrayView1<'_, f64>) -> Result<Self, ModelError> {
        let none = netsift_data::Classes::default();
        let texts = field.texts().unwrap_or(&none);
        let mut of_text = vec![0_u64; texts.len()];
        let known = cells.iter().filter(|cell| !cell.is_nan());
        known.for_each(|&cell| add(&mut of_text, cell as usize, 1));
        let told: u64 = of_text.iter().sum();
        let bins = Bins::of_texts(texts, &of_text)?;
        Ok(Self::counted(bins, |bins, counts| {
            add(counts, bins.missing(), cells.len() as u64 - told);
            let texts = texts.names().zip(of_text);
            texts.for_each(|(text, rows)| add(counts, bins.of_text(text), rows));
        }))
    }

    fn counted(bins: Bins, count: impl FnOnce(&Bins, &mut [u64])) -> Self {
        let mut counts = vec![0; bins.len()];
        count(&bins, &mut counts);
        Self { bins, counts }
    }

    fn check(&self) -> Result<(), ModelError> {
        self.bins.check()?;
        sound(self.counts.len() == self.bins.len(), "a count for each bin")
    }
}

/// Counts more rows of a bin, as far as numbers go.
pub(super) fn add(counts: &mut [u64], bin: usize, rows: u64) {
    if let Some(count) = counts.get_mut(bin) {
        *count = count.saturating_add(rows);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Classes;

    use super::*;

    fn data() -> Dataset {
        let texts = Classes::new(["tcp", "udp"]).unwrap();
        let schema = Schema::new([Field::number("a"), Field::text("p", texts)]).unwrap();
        let (none, infinite) = (f64::NAN, f64::INFINITY);
        Dataset::new(schema, array![[1.0, 1.0], [none, none], [1.0, 1.0], [-infinite, 0.0]])
            .unwrap()
    }

    #[test]
    fn every_row_is_counted_once_in_each_column() {
        let data = data();
        for threads in [0, 1, 2, 9] {
            let scores = [0.5, 0.5, f64::NAN];
            let made = Reference::of(&data, data.schema(), Some(&scores), threads).unwrap();
            made.check_for(data.schema()).unwrap();
            // Minus infinity, below 1, 1, above, infinity, missing; udp, tcp, others, missing.
            assert_eq!(made.columns[0].counts, [1, 0, 2, 0, 0, 1]);
            assert_eq!(made.columns[1].counts, [2, 1, 0, 1]);
            assert_eq!(made.score.unwrap().counts, [0, 0, 2, 0, 0, 1]);
        }
        assert!(Reference::of(&data.pick(["a"]).unwrap(), data.schema(), None, 1).is_err());
    }

    #[test]
    fn forged_references_are_unsound() {
        let data = data();
        let made = || Reference::of(&data, data.schema(), Some(&[0.5]), 1).unwrap();
        let is_refused = |forge: fn(&mut Reference)| {
            let mut forged = made();
            forge(&mut forged);
            forged.check_for(data.schema()).is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|made| made.columns.truncate(1)));
        assert!(is_refused(|made| made.columns.reverse()));
        assert!(is_refused(|made| made.columns[0].counts.push(1)));
        assert!(is_refused(|made| made.columns[0].bins = Bins::Numbers(vec![2.0, 1.0])));
        assert!(is_refused(|made| made.score = Some(made.columns[1].clone())));
        // Counts may be of any size: sums are of doubles.
        assert!(!is_refused(|made| made.columns[0].counts.fill(u64::MAX)));
    }
}
