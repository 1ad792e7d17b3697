//! Whether traffic is still what a model was trained on.

mod bins;
mod compare;
mod part;
mod reference;
mod report;
mod usual;
mod window;

use std::sync::Arc;

use netsift_data::{DataError, Dataset, Field};

use crate::{Bundle, ModelError};
use compare::Compared;
use reference::add;
use usual::Usual;

pub use part::Part;
pub(crate) use part::short;
pub(crate) use reference::Reference;
pub use report::{ColumnDrift, Distance, DriftReport, Level, Shift};
pub use window::DriftWindow;

/// Counts rows, and tells how far they have drifted from those that a model was trained on.
///
/// A few KB for each column are all it keeps, however many rows it is [given](Self::observe). Counts of one part of the
/// rows and of another [add up](Self::merge) to those of both. Of the last hour or the last million rows, a
/// [`DriftWindow`] tells.
///
/// Few rows raise no alarm, since chance has to be out of the question: of all columns taken together it finds a drift where
/// there is none once in a thousand reports. Many rows raise none over trifles, since a drift has to be of some size, too.
///
/// ```
/// use ndarray::Array2;
/// use netsift_data::{Dataset, Labels, Schema};
/// use netsift_models::drift::Level;
/// use netsift_models::{Drift, Recipe, Trainer};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let schema = Schema::numbers(["packets"])?;
/// let flows = |most: usize| {
///     let rows = Array2::from_shape_fn((1_000, 1), |(row, _)| (row * 7 % most) as f64);
///     Dataset::new(schema.clone(), rows)
/// };
/// let labels: Vec<&str> = (0..1_000).map(|row| ["benign", "scan"][row % 2]).collect();
/// let data = flows(50)?.with_labels(Labels::of(labels))?;
/// let bundle = Trainer::new([Recipe::named("dummy")?]).train(&data)?.bundle;
///
/// let mut drift = Drift::against(&bundle);
/// drift.observe(&data, &bundle.score(&data)?.scores())?;
/// assert_eq!(drift.report().level, Level::Stable);
///
/// let mut drift = drift.emptied();
/// let other = flows(80)?;
/// drift.observe(&other, &bundle.score(&other)?.scores())?;
/// let report = drift.report();
/// assert_eq!(report.behind()[0].name, "packets");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Drift {
    against: Arc<Against>,
    /// How many cells each bin of each column holds, and behind them those of the score.
    counts: Vec<Vec<u64>>,
    rows: u64,
}

/// What rows are compared with.
#[derive(Debug, PartialEq)]
struct Against {
    /// Columns with their kinds.
    fields: Vec<Field>,
    /// What was usual in each.
    columns: Vec<Usual>,
    /// What scores were usual.
    score: Option<Usual>,
    is_rough: bool,
}

impl Drift {
    /// From what this model was trained on. A file of the first version holds a few quantiles only, against which less
    /// drift is seen: [`DriftReport::is_rough`].
    pub fn against(bundle: &Bundle) -> Self {
        let against = match bundle.reference() {
            Some(reference) => Against::counted(bundle, reference),
            None => Against::told(bundle),
        };
        Self::of(Arc::new(against))
    }

    fn of(against: Arc<Against>) -> Self {
        let counts = against.all().map(|usual| vec![0; usual.bins.len()]).collect();
        Self { against, counts, rows: 0 }
    }

    /// The same without any rows.
    pub fn emptied(&self) -> Self {
        Self::of(Arc::clone(&self.against))
    }

    /// Counts rows as the model takes them, before its preparation, with what it says of them: how probable the class is
    /// that is told of each ([`Answer::scores`](crate::Answer::scores)), or how strange each is. Columns are found by their
    /// names, in any order; others are left out. What is wrong with rows is said before any is counted.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`] or [`DataError::WrongKind`], naming the columns; [`ModelError::Shape`] unless there is
    /// a score for each row.
    pub fn observe(&mut self, data: &Dataset, scores: &[f64]) -> Result<(), ModelError> {
        let places = self.places(data, scores)?;
        let mut counts = self.counts.iter_mut();
        for ((usual, &place), counts) in
            self.against.columns.iter().zip(&places).zip(counts.by_ref())
        {
            let field = data.schema().fields().get(place);
            let (Some(field), Some(cells)) = (field, data.column(place)) else { continue };
            match field.texts() {
                None => cells.iter().for_each(|&cell| add(counts, usual.bins.of_number(cell), 1)),
                Some(texts) => cells.iter().for_each(|&cell| {
                    let text = (!cell.is_nan()).then(|| texts.name(cell as u32)).flatten();
                    add(counts, text.map_or(usual.bins.missing(), |it| usual.bins.of_text(it)), 1);
                }),
            }
        }
        if let (Some(usual), Some(counts)) = (&self.against.score, counts.next()) {
            scores.iter().for_each(|&score| add(counts, usual.bins.of_number(score), 1));
        }
        self.rows = self.rows.saturating_add(data.rows() as u64);
        Ok(())
    }

    /// Counts what another has counted, on another thread or another machine.
    ///
    /// # Errors
    /// [`ModelError::OtherTraining`] if that compares with another training.
    pub fn merge(&mut self, other: &Self) -> Result<(), ModelError> {
        let is_same = Arc::ptr_eq(&self.against, &other.against) || self.against == other.against;
        if !is_same {
            return Err(ModelError::OtherTraining);
        }
        self.add(other);
        Ok(())
    }

    /// How many rows were counted.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How far they have drifted.
    #[must_use]
    pub fn report(&self) -> DriftReport {
        let against = &*self.against;
        // Chance may be wrong about any of them, so each may be wrong the less (Bonferroni).
        let chance = report::FALSE_ALARMS / self.counts.len().max(1) as f64;
        let drift = |(usual, counts): (&Usual, &Vec<u64>)| {
            let now: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
            let compared = Compared::of(&usual.bins, &usual.counts(&now), &now, chance);
            ColumnDrift::of(&usual.name, self.rows, chance, compared)
        };
        let mut all: Vec<ColumnDrift> = against.all().zip(&self.counts).map(drift).collect();
        let score = against.score.as_ref().and_then(|_| all.pop());
        DriftReport::of(self.rows, against.is_rough, all, score)
    }

    /// Where the columns stand in rows that can be counted.
    fn places(&self, data: &Dataset, scores: &[f64]) -> Result<Vec<usize>, ModelError> {
        let (expected, found) = (data.rows(), scores.len());
        if expected != found {
            return Err(ModelError::Shape { what: "scores", expected, found });
        }
        Ok(self.against.places(data)?)
    }

    /// Counts what another has counted that compares with the same.
    fn add(&mut self, other: &Self) {
        for (counts, others) in self.counts.iter_mut().zip(&other.counts) {
            others.iter().enumerate().for_each(|(bin, &rows)| add(counts, bin, rows));
        }
        self.rows = self.rows.saturating_add(other.rows);
    }
}

/// What the score is called among columns.
const SCORE: &str = "score";

impl Against {
    /// As training has counted it.
    fn counted(bundle: &Bundle, reference: &Reference) -> Self {
        let fields = bundle.input().fields();
        let columns = fields.iter().zip(&reference.columns);
        Self {
            fields: fields.to_vec(),
            columns: columns.map(|(field, spread)| Usual::counted(&field.name, spread)).collect(),
            score: reference.score.as_ref().map(|spread| Usual::counted(SCORE, spread)),
            is_rough: false,
        }
    }

    /// As the facts of a file of the first version tell it.
    fn told(bundle: &Bundle) -> Self {
        let facts = bundle.facts();
        let rows = facts.split.train_rows;
        let scores = facts.test.as_ref();
        Self {
            fields: bundle.input().fields().to_vec(),
            columns: facts.columns.iter().map(|column| Usual::told(column, rows)).collect(),
            score: scores.map(|test| Usual::of_quantiles(SCORE, &test.scores, test.rows, 0)),
            is_rough: true,
        }
    }

    /// Everything that is compared: columns, and behind them the score.
    fn all(&self) -> impl Iterator<Item = &Usual> {
        self.columns.iter().chain(&self.score)
    }

    /// Where the columns stand in these rows.
    fn places(&self, data: &Dataset) -> Result<Vec<usize>, DataError> {
        let places = data.schema().places(self.fields.iter().map(|field| field.name.as_str()))?;
        for (expected, &place) in self.fields.iter().zip(&places) {
            let found = data.schema().fields().get(place);
            if found.is_some_and(|found| found.texts().is_some() != expected.texts().is_some()) {
                let (name, is_text) = (expected.name.as_str().into(), expected.texts().is_some());
                let (expected, found) =
                    if is_text { ("texts", "numbers") } else { ("numbers", "texts") };
                return Err(DataError::WrongKind { name, expected, found });
            }
        }
        Ok(places)
    }
}
