//! Why a model says what it says: what each column contributes to an answer, and how much each counts altogether.
//!
//! An [`Explainer`] tells of each row what the columns that go into a [`Bundle`] contribute to one class:
//! exactly for trees, forests, their votes, boosting, and detectors whose scores add up over columns; and by asking about rows
//! in between for everything else ([`Explainer::method`] tells which). Contributions add up: with the [base](Contributions::base), what is said where nothing is known of a row, they are what is said of the row.
//! [`Reason`]s are the greatest of them in words, and [`Importance`]s say what counts over many rows.
//!
//! ```
//! use netsift_models::data::{Dataset, Labels, Schema};
//! use netsift_models::explain::Explainer;
//! use netsift_models::ndarray::Array2;
//! use netsift_models::{Recipe, Trainer};
//!
//! # fn main() -> Result<(), netsift_models::ModelError> {
//! let schema = Schema::numbers(["packets", "mean length"])?;
//! let rows = Array2::from_shape_fn((40, 2), |(row, column)| (row % 2 * 100 + row * column) as f64);
//! let labels = Labels::of((0..40).map(|row| ["benign", "scan"][row % 2]));
//! let data = Dataset::new(schema, rows)?.with_labels(labels)?;
//! let bundle = Trainer::new([Recipe::named("random-forest")?]).train(&data)?.bundle;
//!
//! let explainer = Explainer::of(&bundle)?;
//! let answer = bundle.score(&data)?;
//! let told = explainer.explain(&data, &answer.classes.to_vec())?;
//! let sum = told.base[7] + told.values.row(7).sum();
//! assert!((sum - answer.scores()[7]).abs() < 1e-9);
//! for reason in &explainer.reasons(&data.slice(7..8), &answer.classes.to_vec()[7..8], 2)?[0] {
//!     println!("{reason}"); // packets 100 (usual 0 to 100) +0.3
//! }
//! # Ok(())
//! # }
//! ```

mod background;
mod exact;
mod importance;
mod layout;
mod quadrature;
mod sampled;
mod terms;
mod trees;
mod walk;
mod words;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use netsift_data::Dataset;

use crate::{About, Bundle, Classifier, ColumnFacts, ModelError, Predictor, Watch};
use exact::Exact;
pub use importance::{Importance, Shuffling};
pub(crate) use layout::{Part, TreeSum};
use sampled::Sampler;
pub(crate) use terms::Terms;
pub use words::{Cell, Reason};

/// What columns contribute to what is said of rows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Contributions {
    /// What they add up to.
    pub measure: Measure,
    /// How they were found.
    pub method: Method,
    /// For each row, what is said where nothing is known of it.
    pub base: Array1<f64>,
    /// What each column changes: a row each, a column for each column. With the base they add up to what is said.
    pub values: Array2<f64>,
}

/// What contributions add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measure {
    /// The probability of the class.
    Probability,
    /// Its margin: of two classes the log odds, of more what probabilities are made of by the softmax function.
    Margin,
    /// The logarithm to base 2 of an isolation forest's score, which is what the lengths of its paths add up to: how strange
    /// a row is; of the usual class, how little.
    Strangeness,
    /// The score of another detector, as it is: how strange a row is; of the usual class, how little.
    Score,
}

/// How contributions were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Without chance. Of trees: by all orders in which columns can become known, as the trees know rows of which some columns
    /// are not. Of scores that add up over columns: what a column's part has more than on average over the rows learned; of a
    /// distance, what goes along the column.
    Exact,
    /// By a few orders drawn by chance, beside rows of what is usual. Where those come from a bundle, each column is usual by
    /// itself: what goes together in the rows learned is not known there.
    Sampled,
}

/// Orders, with their opposites, of which contributions are sampled: four times as many halve the error. So many take some
/// five thousand questions about a flow.
const PAIRS: usize = 32;

/// Tells what columns contribute to what a bundle says.
///
/// Columns are those that go in: what is contributed by columns that were made of one (of a text, say) is its own. Every
/// step of a preparation makes a column of one alone, so nothing has to be shared out.
pub struct Explainer<'a> {
    predictor: &'a Predictor,
    exact: Exact<'a>,
    usual: Usual<'a>,
    facts: Cow<'a, [ColumnFacts]>,
    /// Of each prepared column, which one it is made of.
    sources: Vec<usize>,
    pairs: usize,
    seed: u64,
    threads: usize,
    watch: &'a dyn Watch,
}

/// Where rows of what is usual come from.
enum Usual<'a> {
    Bundle(&'a Bundle),
    Rows(&'a Dataset),
}

impl<'a> Explainer<'a> {
    /// Of a bundle. Where contributions are sampled, it is beside rows that have the usual values of its columns.
    ///
    /// # Errors
    /// None that a bundle has which was loaded or trained.
    pub fn of(bundle: &'a Bundle) -> Result<Self, ModelError> {
        let facts = Cow::Borrowed(bundle.facts().columns.as_slice());
        Self::new(bundle.predictor(), Usual::Bundle(bundle), facts)
    }

    /// Of what is no bundle. These rows tell what is usual; where contributions are sampled, it is beside the first of
    /// them.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`](netsift_data::DataError::MissingColumns).
    pub fn beside(predictor: &'a Predictor, rows: &'a Dataset) -> Result<Self, ModelError> {
        let own = rows.pick(predictor.preparation().input().names())?;
        let facts = Cow::Owned(ColumnFacts::all(&own, &About::new())?);
        Self::new(predictor, Usual::Rows(rows), facts)
    }

    fn new(
        predictor: &'a Predictor,
        usual: Usual<'a>,
        facts: Cow<'a, [ColumnFacts]>,
    ) -> Result<Self, ModelError> {
        let sources = predictor.preparation().sources()?;
        let exact = Exact::of(predictor.mind());
        let (pairs, seed, threads, watch) = (PAIRS, 0, 1, &());
        Ok(Self { predictor, exact, usual, facts, sources, pairs, seed, threads, watch })
    }

    /// Of how many orders, and as many opposite ones, contributions are sampled; each takes two questions a column.
    /// Default: 32; four times as many halve the error. What is exact knows no chance.
    #[must_use]
    pub fn pairs(self, pairs: usize) -> Self {
        Self { pairs: pairs.max(1), ..self }
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many threads; they change no number. Default: 1.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Who is told how many rows are explained, and may end it. Default: nobody.
    #[must_use]
    pub fn watched(self, watch: &'a dyn Watch) -> Self {
        Self { watch, ..self }
    }

    /// How contributions are found: exactly, if it is known how this model's answers are made.
    #[must_use]
    pub fn method(&self) -> Method {
        if self.exact.is_known() { Method::Exact } else { Method::Sampled }
    }

    /// What each column that goes in contributes to a class of each row: columns in the order of
    /// [`Bundle::input`](crate::Bundle::input). No row's answer depends on the rows beside it.
    ///
    /// # Errors
    /// What [`Predictor::answer`] says, [`ModelError::Shape`] for another number of classes than rows, or a class that
    /// there is not, and [`ModelError::Cancelled`].
    pub fn explain(&self, data: &Dataset, classes: &[u32]) -> Result<Contributions, ModelError> {
        check_classes(data.rows(), classes, self.predictor.mind().classes().len())?;
        match self.exactly(data, classes) {
            Err(ModelError::NotExact { .. }) => self.sampled(data, classes),
            told => told,
        }
    }

    /// The greatest contributions to a class of each row, so many at most, in words: the greatest first, whichever way they
    /// go, and none that are nothing.
    ///
    /// # Errors
    /// As [`explain`](Self::explain).
    pub fn reasons(
        &self,
        data: &Dataset,
        classes: &[u32],
        most: usize,
    ) -> Result<Vec<Vec<Reason>>, ModelError> {
        let told = self.explain(data, classes)?;
        let names = self.predictor.preparation().input().names();
        let places = data.schema().places(names)?;
        let reasons = told.values.rows().into_iter().enumerate().map(|(row, values)| {
            let cell = |column: usize| {
                let place = places.get(column).copied()?;
                let facts = self.facts.get(column)?;
                Some((facts, Cell::of(data, row, place)))
            };
            words::greatest(values, most, cell)
        });
        Ok(reasons.collect())
    }

    fn exactly(&self, data: &Dataset, classes: &[u32]) -> Result<Contributions, ModelError> {
        let width = self.predictor.preparation().input().len();
        let steps = Steps { watch: self.watch, done: AtomicUsize::new(0), of: data.rows() };
        self.in_parts(data.rows(), |rows| {
            let count = rows.len();
            let part = data.slice(rows.clone()).bare();
            let prepared = self.predictor.preparation().apply(part)?;
            let classes = classes.get(rows).unwrap_or(&[]);
            let told = self.exact.contributions(prepared.matrix(), classes)?;
            let mut values = Array2::zeros((told.values.nrows(), width));
            for (column, &source) in told.values.axis_iter(Axis(1)).zip(&self.sources) {
                let mut to = values.index_axis_mut(Axis(1), source);
                to += &column;
            }
            steps.step(count)?;
            Ok(Contributions { values, ..told })
        })
    }

    fn sampled(&self, data: &Dataset, classes: &[u32]) -> Result<Contributions, ModelError> {
        let data = data.pick(self.predictor.preparation().input().names())?.bare();
        let background = match self.usual {
            Usual::Bundle(bundle) => background::usual(bundle, self.pairs, self.seed)?,
            Usual::Rows(rows) => rows.slice(0..self.pairs.min(rows.rows())),
        };
        let mut matter = self.sources.clone();
        matter.sort_unstable();
        matter.dedup();
        let sampler = Sampler::new(self.predictor, &background, &data, &matter, self.seed)?;
        let steps = Steps { watch: self.watch, done: AtomicUsize::new(0), of: data.rows() };
        self.in_parts(data.rows(), |rows| {
            let mut values = Array2::zeros((rows.len(), data.width()));
            let mut base = Array1::zeros(rows.len());
            let part = data.slice(rows.clone());
            let cells = part.matrix();
            let told = cells.rows().into_iter().zip(classes.get(rows).unwrap_or(&[]));
            for (((row, &class), mut values), base) in told.zip(values.rows_mut()).zip(&mut base) {
                let own;
                (*base, own) = sampler.contributions(&row.to_vec(), class)?;
                values.iter_mut().zip(own).for_each(|(to, own)| *to = own);
                steps.step(1)?;
            }
            let (measure, method) = (Measure::Probability, Method::Sampled);
            Ok(Contributions { measure, method, base, values })
        })
    }

    /// What is told of parts of so many rows, each by a thread, put together.
    fn in_parts(
        &self,
        rows: usize,
        tell: impl Fn(Range<usize>) -> Result<Contributions, ModelError> + Sync,
    ) -> Result<Contributions, ModelError> {
        let threads = self.threads.clamp(1, rows.max(1));
        if threads == 1 {
            return tell(0..rows);
        }
        let share = rows.div_ceil(threads).max(1);
        let parts =
            (0..threads).map(|thread| (thread * share).min(rows)..((thread + 1) * share).min(rows));
        let tell = &tell;
        let mut told: Vec<Contributions> = thread::scope(|scope| {
            let asked: Vec<_> = parts.map(|rows| scope.spawn(move || tell(rows))).collect();
            let told = asked.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            told.collect::<Result<_, _>>()
        })?;
        let first = told.remove(0);
        let all = || std::iter::once(&first).chain(&told);
        let bases: Vec<_> = all().map(|part| part.base.view()).collect();
        let values: Vec<_> = all().map(|part| part.values.view()).collect();
        let found = values.iter().map(ArrayView2::nrows).sum();
        let wrong = |_| ModelError::Shape { what: "rows", expected: rows, found };
        let base = ndarray::concatenate(Axis(0), &bases).map_err(wrong)?;
        let values = ndarray::concatenate(Axis(0), &values).map_err(wrong)?;
        Ok(Contributions { base, values, ..first })
    }
}

/// Rows that are explained, counted over all threads.
struct Steps<'a> {
    watch: &'a dyn Watch,
    done: AtomicUsize,
    of: usize,
}

impl Steps<'_> {
    /// So many more, unless that is to be the end.
    fn step(&self, rows: usize) -> Result<(), ModelError> {
        let done = self.done.fetch_add(rows, Ordering::Relaxed) + rows;
        self.watch.progress(done, self.of);
        if self.watch.is_cancelled() { Err(ModelError::Cancelled) } else { Ok(()) }
    }
}

/// Refuses another number of classes than rows, and classes that there are not.
fn check_classes(rows: usize, asked: &[u32], known: usize) -> Result<(), ModelError> {
    if asked.len() != rows {
        return Err(ModelError::Shape { what: "classes", expected: rows, found: asked.len() });
    }
    match asked.iter().find(|class| **class as usize >= known) {
        None => Ok(()),
        Some(&class) => Err(ModelError::UnknownClass { class, known }),
    }
}

#[cfg(test)]
mod tests {
    use netsift_data::{Labels, Schema};

    use super::*;
    use crate::{Recipe, Trainer};

    /// Flows of two classes that the first two columns tell together.
    fn flows() -> Dataset {
        let cells = Array2::from_shape_fn((120, 3), |(row, column)| {
            ((row * [7, 11, 5][column]) % 31) as f64
        });
        let class = |row: usize| ["benign", "scan"][usize::from(row * 7 % 31 + row * 11 % 31 > 28)];
        let data = Dataset::new(Schema::numbers(["a", "b", "c"]).unwrap(), cells).unwrap();
        data.with_labels(Labels::of((0..120).map(class).collect::<Vec<_>>())).unwrap()
    }

    fn bundle(name: &str) -> Bundle {
        Trainer::new([Recipe::named(name).unwrap()]).train(&flows()).unwrap().bundle
    }

    #[test]
    fn what_is_sampled_comes_near_to_what_is_exact() {
        let (bundle, asked, classes) = (bundle("random-forest"), flows().slice(0..30), [1; 30]);
        let explainer = || Explainer::of(&bundle).unwrap();
        let exact = explainer().exactly(&asked, &classes).unwrap();
        let apart = |pairs| {
            let told = explainer().pairs(pairs).sampled(&asked, &classes).unwrap();
            assert_eq!(told.method, Method::Sampled);
            let apart = (&told.values - &exact.values).mapv(|apart| apart * apart);
            (apart.sum() / apart.len() as f64).sqrt()
        };
        let (few, many) = (apart(4), apart(400));
        assert!(many < 0.05 && many < few, "{few} {many}");
    }

    /// Counts rows, and ends at one of them.
    struct Ending(usize, AtomicUsize);

    impl Watch for Ending {
        fn progress(&self, done: usize, of: usize) {
            assert!(done <= of && of == 30, "{done} of {of}");
            self.1.fetch_max(done, Ordering::Relaxed);
        }

        fn is_cancelled(&self) -> bool {
            self.1.load(Ordering::Relaxed) >= self.0
        }
    }

    #[test]
    fn who_watches_is_told_and_may_end_it() {
        let asked = flows().slice(0..30);
        for name in ["naive-bayes", "random-forest"] {
            let bundle = bundle(name);
            let told = |last, threads| {
                let ending = Ending(last, AtomicUsize::new(0));
                let explainer = Explainer::of(&bundle).unwrap().threads(threads).pairs(2);
                let told = explainer.watched(&ending).explain(&asked, &[0; 30]);
                (told, ending.1.into_inner())
            };
            for threads in [1, 3] {
                let (whole, done) = told(31, threads);
                assert!(whole.is_ok() && done == 30, "{name}");
                let (ended, done) = told(5, threads);
                assert!(matches!(ended, Err(ModelError::Cancelled)), "{name}");
                assert!(name == "random-forest" || done < 30, "{done}");
            }
        }
    }
}
