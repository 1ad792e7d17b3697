//! Which columns count, over all rows and in single ones.

use std::collections::BTreeMap;

use netsift_data::{Chance, Dataset};
use netsift_models::explain::{Explainer, Importance, Measure, Method, Shuffling};
use netsift_models::judging::Score;
use netsift_models::ndarray::{ArrayView1, ArrayView2};
use netsift_models::{Bundle, ModelError};

use super::numbers::{
    ClassContributions, ColumnContributions, Contributed, Importances, SingleRow,
};
use super::part::Said;
use crate::{MOST_ROW_DOTS, ReportError};

/// So many questions about rows are asked for importances: some seconds of a forest's time.
const MOST_ASKED: usize = 300_000;
/// And this is how many rows that makes at least and at most.
const SHUFFLED_ROWS: (usize, usize) = (200, 5_000);
/// Each column is shuffled so often.
const REPEATS: usize = 3;
/// Of more columns none is shuffled: it would take hours.
const MOST_SHUFFLED: usize = 300;
/// Rows that are explained exactly.
const EXPLAINED: usize = 400;
/// Rows that are explained by asking, at least and at most, and of how many orders of columns.
const SAMPLED: (usize, usize) = (5, 50);
const PAIRS: usize = 8;
/// Of more classes than two, contributions to those that have most rows.
const MOST_CLASSES: usize = 3;
/// Columns that are told of each class.
const MOST_COLUMNS: usize = 10;
/// Contributions to a single row.
const MOST_REASONS: usize = 8;
/// A rare class has so many rows in a sample, if it has them.
const LEAST_OF_CLASS: usize = 10;
/// Mistakes that are explained where it is exact, and where it is not.
const MISTAKES: (usize, usize) = (100, 5);

/// A model that is asked why.
pub(super) struct Why<'a> {
    pub(super) explainer: Explainer<'a>,
    bundle: &'a Bundle,
    seed: u64,
    threads: usize,
}

impl<'a> Why<'a> {
    pub(super) fn new(bundle: &'a Bundle, seed: u64, threads: usize) -> Result<Self, ReportError> {
        let explainer = Explainer::of(bundle)?.pairs(PAIRS).seed(seed).threads(threads);
        Ok(Self { explainer, bundle, seed, threads })
    }

    fn is_exact(&self) -> bool {
        self.explainer.method() == Method::Exact
    }

    /// How many mistakes it is asked about.
    pub(super) fn mistakes(&self) -> usize {
        if self.is_exact() { MISTAKES.0 } else { MISTAKES.1 }
    }

    /// How much columns count by this score, or by the area under the ROC curve of a detector, among some of the rows.
    pub(super) fn importances(
        &self,
        (data, said): (&Dataset, &Said),
        score: Score,
    ) -> Result<Importances, ReportError> {
        let score = if said.strange.is_some() { Score::RocArea } else { score };
        let columns = self.bundle.input().len().max(1);
        let rows = MOST_ASKED / (columns * REPEATS);
        let rows = drawn(&said.truth, rows.clamp(SHUFFLED_ROWS.0, SHUFFLED_ROWS.1), self.seed);
        let rows = if columns > MOST_SHUFFLED { Vec::new() } else { rows };
        let shuffling = Shuffling::new().score(score).repeats(REPEATS).seed(self.seed);
        let shuffled = match shuffling.threads(self.threads).of(self.bundle, &data.select(&rows)?) {
            // Of rows of one class some scores have no number.
            Err(ModelError::Metric(_) | ModelError::OneClass { .. }) => Vec::new(),
            _ if rows.is_empty() => Vec::new(),
            shuffled => shuffled?,
        };
        Ok(Importances {
            by_splits: Importance::by_splits(self.bundle)?,
            shuffled,
            score: score.name(),
            rows: rows.len() as u64,
        })
    }

    /// What columns contribute to classes of some of the rows, and to what is told of single ones.
    pub(super) fn contributions(
        &self,
        classes: &[String],
        (data, said): (&Dataset, &Said),
    ) -> Result<Contributed, ReportError> {
        let columns = self.bundle.input().len().max(1);
        let asked = MOST_ASKED / (4 * PAIRS * columns);
        let most = if self.is_exact() { EXPLAINED } else { asked.clamp(SAMPLED.0, SAMPLED.1) };
        let rows = drawn(&said.truth, most, self.seed);
        let some = data.select(&rows)?;
        let mut measure = Measure::Probability;
        let mut told = Vec::new();
        for class in told_of(said) {
            let found = self.explainer.explain(&some, &vec![class; rows.len()])?;
            measure = found.measure;
            let class = classes.get(class as usize).cloned().unwrap_or_default();
            let columns = self.columns(&some, found.values.view())?;
            told.push(ClassContributions { class, columns });
        }
        Ok(Contributed {
            adds_to: words(measure),
            is_exact: self.is_exact(),
            rows: rows.len() as u64,
            classes: told,
            single: self.single(classes, (data, said))?,
        })
    }

    /// The columns that contribute most to these rows.
    fn columns(
        &self,
        rows: &Dataset,
        values: ArrayView2<'_, f64>,
    ) -> Result<Vec<ColumnContributions>, ReportError> {
        let names = self.bundle.input().names();
        let places = rows.schema().places(self.bundle.input().names())?;
        let size = |column: ArrayView1<'_, f64>| {
            column.iter().map(|value| value.abs()).sum::<f64>() / column.len().max(1) as f64
        };
        let mut told: Vec<_> = names
            .zip(places)
            .zip(values.columns())
            .map(|(of, column)| (of, column, size(column)))
            .collect();
        told.sort_by(|(.., one), (.., other)| other.total_cmp(one));
        let told = told.into_iter().take(MOST_COLUMNS).filter(|(.., size)| *size > 0.0);
        let column =
            |((name, place), column, mean_size): ((&str, usize), ArrayView1<'_, f64>, f64)| {
                let heights = heights(rows, place);
                let dots = column.iter().copied().zip(heights).take(MOST_ROW_DOTS).collect();
                ColumnContributions { column: name.to_owned(), mean_size, dots }
            };
        Ok(told.map(column).collect())
    }

    /// A row that is told right, one that is told wrong, and the one of which the model is least sure.
    fn single(
        &self,
        classes: &[String],
        (data, said): (&Dataset, &Said),
    ) -> Result<Vec<SingleRow>, ReportError> {
        let picked = picked(said);
        let rows: Vec<usize> = picked.iter().map(|(_, row)| *row).collect();
        let told: Vec<u32> = rows.iter().map(|&row| said.answer.classes[row]).collect();
        let reasons = self.explainer.reasons(&data.select(&rows)?, &told, MOST_REASONS)?;
        let name = |class: u32| classes.get(class as usize).cloned().unwrap_or_default();
        let scores = said.scores();
        let single = picked.into_iter().zip(reasons).map(|((why, row), reasons)| SingleRow {
            row: row as u64 + 1,
            why,
            is: name(said.truth[row]),
            told: name(said.answer.classes[row]),
            score: scores[row],
            reasons,
        });
        Ok(single.collect())
    }
}

/// About so many rows, and never twice as many: classes keep their shares, but rare ones have some rows at least.
fn drawn(truth: &[u32], most: usize, seed: u64) -> Vec<usize> {
    if truth.len() <= most {
        return (0..truth.len()).collect();
    }
    let mut of_class: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    truth.iter().enumerate().for_each(|(row, &class)| of_class.entry(class).or_default().push(row));
    let least = LEAST_OF_CLASS.min(most / of_class.len()).max(1);
    let mut chance = Chance::seeded(seed);
    let mut drawn = Vec::with_capacity(most);
    for mut rows in of_class.into_values() {
        chance.shuffle(&mut rows);
        let share = (rows.len() as u128 * most as u128 / truth.len() as u128) as usize;
        rows.truncate(share.max(least));
        drawn.append(&mut rows);
    }
    // Whoever takes the first of them takes some of each class.
    chance.shuffle(&mut drawn);
    drawn.truncate(2 * most);
    drawn
}

/// Of two classes the second, since what speaks for one speaks against the other; of more, those of most rows.
fn told_of(said: &Said) -> Vec<u32> {
    let known = said.known_classes() as u32;
    if known == 2 {
        return vec![1];
    }
    let mut counts = vec![0_usize; known as usize];
    for &class in &said.truth {
        if let Some(count) = counts.get_mut(class as usize) {
            *count += 1;
        }
    }
    let mut classes: Vec<u32> = (0..known).filter(|&class| counts[class as usize] > 0).collect();
    classes.sort_by_key(|&class| std::cmp::Reverse(counts[class as usize]));
    classes.truncate(MOST_CLASSES);
    classes
}

/// Rows that show what the model goes by, each once.
fn picked(said: &Said) -> Vec<(&'static str, usize)> {
    let surety = said.answer.scores();
    let rows = || 0..said.truth.len();
    let by_surety = |one: &usize, other: &usize| surety[*one].total_cmp(&surety[*other]);
    // What is told of few rows says more than what is told of nearly all.
    let mut told: BTreeMap<u32, usize> = BTreeMap::new();
    said.answer.classes.iter().for_each(|&class| *told.entry(class).or_default() += 1);
    let usual = told.into_iter().max_by_key(|(_, rows)| *rows).map(|(class, _)| class);
    let is_rare = |row: &usize| said.answer.classes.get(*row) != usual.as_ref();
    let right = |row: &usize| said.is_right(*row);
    let surest = rows().filter(right).filter(is_rare).max_by(by_surety);
    let candidates = [
        ("told right, and surest", surest.or_else(|| rows().filter(right).max_by(by_surety))),
        ("told wrong, and surest", rows().filter(|row| !right(row)).max_by(by_surety)),
        ("least sure", rows().min_by(by_surety)),
    ];
    let mut picked: Vec<(&'static str, usize)> = Vec::new();
    for (why, row) in candidates {
        if let Some(row) = row.filter(|row| picked.iter().all(|(_, other)| other != row)) {
            picked.push((why, row));
        }
    }
    picked
}

/// How high each cell of a column stands among all of them, from 0 to 1; a half where cells have no order.
fn heights(rows: &Dataset, place: usize) -> Vec<f64> {
    let is_text = rows.schema().fields().get(place).is_some_and(|field| field.texts().is_some());
    let Some(cells) = rows.column(place).filter(|_| !is_text) else {
        return vec![0.5; rows.rows()];
    };
    let mut sorted: Vec<f64> = cells.iter().copied().filter(|cell| !cell.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let height = |&cell: &f64| {
        let below = sorted.partition_point(|other| *other < cell);
        let up_to = sorted.partition_point(|other| *other <= cell);
        // Equal cells share the middle of their places, and the ends are 0 and 1.
        let (places, last) = ((below + up_to).saturating_sub(1), sorted.len().saturating_sub(1));
        if cell.is_nan() || last == 0 { 0.5 } else { places as f64 / 2.0 / last as f64 }
    };
    cells.iter().map(height).collect()
}

const fn words(measure: Measure) -> &'static str {
    match measure {
        Measure::Probability => "the probability of the class",
        Measure::Margin => "the margin of the class, in log odds",
        Measure::Strangeness => "the logarithm to base 2 of how strange the row is",
        Measure::Score => "how strange the row is",
        _ => "what is said of the class",
    }
}

#[cfg(test)]
mod tests {
    use netsift_data::Schema;
    use netsift_models::ndarray::array;

    use super::*;

    #[test]
    fn a_sample_has_rows_of_every_class() {
        let truth: Vec<u32> = (0..10_000).map(|row| u32::from(row % 1_000 == 7)).collect();
        let rows = drawn(&truth, 400, 1);
        let rare = rows.iter().filter(|&&row| truth[row] == 1).count();
        assert!((400..=410).contains(&rows.len()) && rare == 10, "{} {rare}", rows.len());
        assert_eq!(rows, drawn(&truth, 400, 1));
        assert_ne!(rows, drawn(&truth, 400, 2));
        assert_eq!(drawn(&truth, 20_000, 1).len(), 10_000);
        let many: Vec<u32> = (0..4_000).collect();
        assert_eq!(drawn(&many, 100, 1).len(), 200);
    }

    #[test]
    fn heights_go_from_nothing_to_one() {
        let cells = array![[5.0], [1.0], [f64::NAN], [5.0], [9.0]];
        let rows = Dataset::new(Schema::numbers(["a"]).unwrap(), cells).unwrap();
        assert_eq!(heights(&rows, 0), [0.5, 0.0, 0.5, 0.5, 1.0]);
    }
}
