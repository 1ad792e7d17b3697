//! How much columns count over many rows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ndarray::Axis;
use netsift_data::{Chance, Dataset};
use serde::{Deserialize, Serialize};

use crate::judged::Truth;
use crate::judging::Score;
use crate::{Bundle, Classifier, Model, ModelError, Predictor};

/// How much a column counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Importance {
    /// The column, one of those that go in.
    pub column: String,
    /// By its splits, a share of all; shuffled, by how much the score gets worse without what the column says.
    pub importance: f64,
    /// The standard deviation over repeats, where there are any.
    pub deviation: Option<f64>,
}

impl Importance {
    /// By how much purer the columns' splits have made the rows of the training, or how much they have gained: shares of
    /// one, the greatest first, those that made nothing included. Nothing of models that do not split by columns. It costs
    /// nothing, but favours columns of many values, and is about the rows of the training alone.
    ///
    /// # Errors
    /// None that a bundle has which was loaded or trained.
    pub fn by_splits(bundle: &Bundle) -> Result<Vec<Self>, ModelError> {
        let prepared = bundle.model().and_then(Model::importances);
        let Some(prepared) = prepared else { return Ok(Vec::new()) };
        let mut shares = vec![0.0; bundle.input().len()];
        for (source, importance) in bundle.preparation().sources()?.into_iter().zip(prepared) {
            if let Some(share) = shares.get_mut(source) {
                *share += importance;
            }
        }
        Ok(ordered(bundle.input().names(), shares.into_iter().map(|share| (share, None))))
    }
}

/// The importance of columns by how much worse the score gets if one of them is shuffled among the rows, so that it says
/// nothing any more (permutation importance; Breiman 2001). It is right about any classifier, and about these rows; columns
/// that say the same stand in for each other, so that none of them seems to count.
///
/// ```
/// use ndarray::Array2;
/// use netsift_data::{Dataset, Labels, Schema};
/// use netsift_models::explain::Shuffling;
/// use netsift_models::{Recipe, Trainer};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let rows = Array2::from_shape_fn((40, 2), |(row, column)| (row * [1, 7][column] % 40) as f64);
/// let labels = Labels::of((0..40).map(|row| if row < 20 { "benign" } else { "scan" }));
/// let data = Dataset::new(Schema::numbers(["packets", "noise"])?, rows)?.with_labels(labels)?;
/// let bundle = Trainer::new([Recipe::named("decision-tree")?]).train(&data)?.bundle;
/// let columns = Shuffling::new().of(&bundle, &data)?;
/// assert_eq!(columns[0].column, "packets");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Shuffling {
    score: Score,
    repeats: usize,
    seed: u64,
    threads: usize,
}

/// Repeats of which a deviation means something.
const REPEATS: usize = 5;

impl Default for Shuffling {
    fn default() -> Self {
        Self { score: Score::default(), repeats: REPEATS, seed: 0, threads: 1 }
    }
}

impl Shuffling {
    /// The usual.
    pub fn new() -> Self {
        Self::default()
    }

    /// By which score. Default: the mean F1 of the classes, since small ones count as much.
    pub fn score(self, score: Score) -> Self {
        Self { score, ..self }
    }

    /// How often each column is shuffled. Default: 5, of which a deviation means something.
    pub fn repeats(self, repeats: usize) -> Self {
        Self { repeats: repeats.max(1), ..self }
    }

    /// What decides in which order cells come. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many threads; they change no number, and each has a copy of the rows. Default: 1.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Of the columns that go into a bundle, the greatest first. Of a score that is the better the less, an importance
    /// is what it rises by.
    ///
    /// # Errors
    /// What [`Bundle::judge`] says, and what the score cannot be told of.
    pub fn of(&self, bundle: &Bundle, data: &Dataset) -> Result<Vec<Importance>, ModelError> {
        self.of_predictor(bundle.predictor(), data)
    }

    /// The same of what is no bundle.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_predictor(
        &self,
        predictor: &Predictor,
        data: &Dataset,
    ) -> Result<Vec<Importance>, ModelError> {
        let asked = Asked {
            predictor,
            truth: Truth::of(predictor, data)?,
            data: data.pick(predictor.preparation().input().names())?.bare(),
            sources: predictor.preparation().sources()?,
            score: self.score,
        };
        let usual = asked.merit(&asked.data)?;
        let columns = predictor.preparation().input().len();
        let losses = self.losses(&asked, columns, usual)?;
        let told = losses.chunks(self.repeats).map(|losses| {
            let count = losses.len() as f64;
            let mean = losses.iter().sum::<f64>() / count;
            let squares: f64 = losses.iter().map(|loss| (loss - mean).powi(2)).sum();
            (mean, Some((squares / (count - 1.0).max(1.0)).sqrt()))
        });
        Ok(ordered(predictor.preparation().input().names(), told))
    }

    /// What each column loses each time, column by column: whichever thread asks.
    fn losses(
        &self,
        asked: &Asked<'_>,
        columns: usize,
        usual: f64,
    ) -> Result<Vec<f64>, ModelError> {
        let next = AtomicUsize::new(0);
        let jobs = columns * self.repeats;
        let work = || {
            let mut losses = Vec::new();
            loop {
                let job = next.fetch_add(1, Ordering::Relaxed);
                if job >= jobs {
                    return Ok(losses);
                }
                let mut chance = Chance::seeded(self.seed.wrapping_add((job as u64) << 32));
                losses.push((
                    job,
                    usual - asked.merit_without(job / self.repeats, &mut chance, usual)?,
                ));
            }
        };
        let losses: Result<Vec<_>, ModelError> = thread::scope(|scope| {
            let asked: Vec<_> =
                (0..self.threads.min(jobs.max(1))).map(|_| scope.spawn(work)).collect();
            let told = asked.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            told.collect()
        });
        let mut losses: Vec<(usize, f64)> = losses?.into_iter().flatten().collect();
        losses.sort_unstable_by_key(|&(job, _)| job);
        Ok(losses.into_iter().map(|(_, loss)| loss).collect())
    }
}

/// What is asked again and again.
struct Asked<'a> {
    predictor: &'a Predictor,
    truth: Truth,
    data: Dataset,
    /// The columns that anything is made of.
    sources: Vec<usize>,
    score: Score,
}

impl Asked<'_> {
    /// How good what is said of these rows is: the greater, the better.
    fn merit(&self, data: &Dataset) -> Result<f64, ModelError> {
        let answer = self.predictor.answer(data, 1)?;
        let classes = self.truth.names.len().max(self.predictor.mind().classes().len());
        Ok(self.score.merit(self.score.of(classes, &self.truth.codes, &answer)?))
    }

    /// How good it is where a column says nothing; as usual, if it never has.
    fn merit_without(
        &self,
        column: usize,
        chance: &mut Chance,
        usual: f64,
    ) -> Result<f64, ModelError> {
        if !self.sources.contains(&column) {
            return Ok(usual);
        }
        let mut matrix = self.data.matrix().to_owned();
        let mut cells = matrix.index_axis(Axis(1), column).to_vec();
        chance.shuffle(&mut cells);
        let to = matrix.index_axis_mut(Axis(1), column);
        to.into_iter().zip(cells).for_each(|(to, cell)| *to = cell);
        self.merit(&self.data.with_matrix(self.data.schema().clone(), matrix)?)
    }
}

/// Columns by what they count, the most first; of equal ones the first.
fn ordered<'n>(
    names: impl Iterator<Item = &'n str>,
    told: impl Iterator<Item = (f64, Option<f64>)>,
) -> Vec<Importance> {
    let told = names.zip(told).map(|(column, (importance, deviation))| Importance {
        column: column.to_owned(),
        importance,
        deviation,
    });
    let mut columns: Vec<Importance> = told.collect();
    columns.sort_by(|one, other| other.importance.total_cmp(&one.importance));
    columns
}
