//! Models in numbers.

mod card;
mod columns;
mod compared;
mod distribution;
mod learning;
mod mistakes;
mod numbers;
mod part;
mod thresholds;

use std::io::Write;

use netsift_data::{DataError, Dataset};
use netsift_models::judging::Score;
use netsift_models::ndarray::{Array1, Axis};
use netsift_models::{Answer, Bundle, Drift, ModelError, Truth, UsualLabels};

use crate::ReportError;
use columns::Why;
use compared::Comparison;
pub use numbers::{
    Aim, AnomalyNumbers, Card, CardColumn, CardJudged, ClassContributions, ColumnContributions,
    Contributed, Counted, Curves, Distribution, Evaluation, Importances, Inside, Learning,
    LearningNumbers, Mistake, Mistakes, ModelNumbers, ModelPair, NamedCurves, PartNumbers,
    SingleRow, Task, ThresholdNumbers,
};
pub(crate) use part::MOST_CURVES;
pub use part::{Said, Strange};

/// More models than this no chart tells apart.
pub const MOST_MODELS: usize = 8;
/// What the parts of rows are called.
const TEST: &str = "test";
const TRAIN: &str = "training";

/// How models are evaluated: by which score they are compared, and what is asked beside.
///
/// ```
/// use netsift_models::data::{Dataset, Labels, Schema};
/// use netsift_models::ndarray::Array2;
/// use netsift_models::{Recipe, Trainer};
/// use netsift_report::{Evaluator, Made};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rows = Array2::from_shape_fn((200, 2), |(row, column)| (row % 2 * 100 + row * column) as f64);
/// let labels = Labels::of((0..200).map(|row| ["benign", "scan"][row % 2]));
/// let data = Dataset::new(Schema::numbers(["packets", "length"])?, rows)?.with_labels(labels)?;
/// let trained = |name| Ok::<_, netsift_models::ModelError>(Trainer::new([Recipe::named(name)?]).train(&data)?.bundle);
/// let models = [("tree".to_owned(), trained("decision-tree")?), ("dummy".to_owned(), trained("dummy")?)];
///
/// let evaluator = Evaluator::new();
/// let numbers = evaluator.ask(&models, &data, None)?.numbers()?;
/// assert_eq!(numbers.models[0].parts[0].report.accuracy, 1.0);
/// assert!(numbers.compared[0].p_value < 0.01);
/// assert!(numbers.page("two models", Made::default())?.charts().len() > 5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Evaluator {
    score: Score,
    usual: UsualLabels,
    kept: Vec<String>,
    has_learning: bool,
    seed: u64,
    threads: usize,
}

/// What a model, whoever made it, says of rows in parts: those to test with first.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What the model is called.
    pub name: String,
    /// The parts by their names.
    pub parts: Vec<(String, Said)>,
}

/// Models that were asked about rows.
#[derive(Debug)]
pub struct Asked<'a> {
    evaluator: &'a Evaluator,
    bundles: &'a [(String, Bundle)],
    /// The rows with the labels that the models tell.
    test: Dataset,
    train: Option<Dataset>,
    classes: Vec<String>,
    answered: Vec<Answered>,
}

impl Evaluator {
    /// By macro F1, without learning curves, on one thread.
    pub fn new() -> Self {
        let usual = UsualLabels::known();
        let (score, kept) = (Score::default(), Vec::new());
        Self { score, usual, kept, has_learning: false, seed: 0, threads: 1 }
    }

    /// What models are compared by. Default: the mean F1 of classes, since small ones count as much.
    pub fn score(self, score: Score) -> Self {
        Self { score, ..self }
    }

    /// Which labels mean that a row is usual, for detectors. Default: what usual rows are called in most data sets.
    pub fn usual(self, usual: UsualLabels) -> Self {
        Self { usual, ..self }
    }

    /// Columns whose cells are told of rows that are told wrong, so that people find them. Default: none.
    pub fn keep(self, columns: Vec<String>) -> Self {
        Self { kept: columns, ..self }
    }

    /// Whether learners are fitted again, on parts of the rows to train with: 18 times each. Default: no.
    pub fn learning_curve(self, is_asked: bool) -> Self {
        Self { has_learning: is_asked, ..self }
    }

    /// What decides where chance does: which rows are explained and shuffled. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many threads; they change no number. Default: 1.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Asks models in files about rows to test with and, if they are there, the rows that they were trained on.
    ///
    /// # Errors
    /// [`ReportError::Setting`] for no model or more than [`MOST_MODELS`], [`ReportError::OtherClasses`] for models that do not
    /// tell the same classes, and [`ReportError::OfModel`], which names the model, for what one of them says: columns that are
    /// missing, labels of which none is a class of it.
    pub fn ask<'a>(
        &'a self,
        models: &'a [(String, Bundle)],
        test: &Dataset,
        train: Option<&Dataset>,
    ) -> Result<Asked<'a>, ReportError> {
        check_count(models.len())?;
        expect_same_classes(models)?;
        let test = self.relabelled(models, test)?;
        let train = train.map(|train| self.relabelled(models, train)).transpose()?;
        let parts: Vec<(&str, &Dataset)> =
            std::iter::once((TEST, &test)).chain(train.iter().map(|data| (TRAIN, data))).collect();
        let classes = classes_of(models, &parts)?;
        let answered = models.iter().map(|(name, bundle)| {
            let said = |&(part, data): &(&str, &Dataset)| {
                Ok((part.to_owned(), self.said(bundle, data, &classes)?))
            };
            let parts: Result<_, ModelError> = parts.iter().map(said).collect();
            let parts = parts.map_err(ReportError::of_model(name))?;
            Ok(Answered { name: name.clone(), parts })
        });
        let answered = answered.collect::<Result<Vec<_>, ReportError>>()?;
        let asked = Asked { evaluator: self, bundles: models, test, train, classes, answered };
        asked.expect_one_truth()?;
        Ok(asked)
    }

    /// The numbers of what any models say of the same rows, which are of these classes.
    ///
    /// # Errors
    /// As [`PartNumbers::of`], and [`ReportError::Setting`] for no model, too many, or one without a part.
    pub fn of_answers(
        &self,
        classes: &[String],
        models: &[Answered],
    ) -> Result<Evaluation, ReportError> {
        check_count(models.len())?;
        let tests = models.iter().filter_map(Answered::test).collect::<Vec<_>>();
        let rule = "the same as that of models";
        ReportError::rule(
            tests.len() == models.len(),
            "the number of test parts",
            tests.len(),
            rule,
        )?;
        let first = tests.first().map(|(_, said)| *said);
        let rows = first.map_or(0, |said| said.truth.len());
        let comparison = Comparison::new(self.score, classes.len(), (models.len(), rows))?;
        let of = |model| ModelNumbers::of(classes, model, &comparison);
        let is_strange = first.is_some_and(|said| said.strange.is_some());
        Ok(Evaluation {
            task: if is_strange { Task::Anomalies } else { Task::Classes },
            classes: classes.to_vec(),
            known_classes: first.map_or(0, Said::known_classes),
            score: self.score.name(),
            models: models.iter().map(of).collect::<Result<_, _>>()?,
            compared: comparison.pairs(&tests)?,
        })
    }

    /// Of detectors, classes are usual and anomaly, whatever labels say.
    fn relabelled(
        &self,
        models: &[(String, Bundle)],
        data: &Dataset,
    ) -> Result<Dataset, ReportError> {
        let is_detector = models.first().is_some_and(|(_, bundle)| bundle.alarm().is_some());
        match data.labels().filter(|_| is_detector) {
            Some(labels) => Ok(data.clone().with_labels(self.usual.told(labels)?)?),
            None => Ok(data.clone()),
        }
    }

    /// What a model says, with classes numbered as in this list, which begins with those it knows in any order.
    fn said(
        &self,
        bundle: &Bundle,
        data: &Dataset,
        classes: &[String],
    ) -> Result<Said, ModelError> {
        let Truth { names, codes, .. } = bundle.truth(data)?;
        let (answer, strange) = self.answer(bundle, data)?;
        let place = |name: &String| {
            let place = classes.iter().position(|class| class == name);
            place.ok_or_else(|| ModelError::OtherClasses { known: classes.to_vec() })
        };
        let places: Vec<usize> = names.iter().map(place).collect::<Result<_, _>>()?;
        let code = |code: &u32| places.get(*code as usize).map_or(0, |place| *place as u32);
        let known = bundle.classes().len();
        let mut order: Vec<usize> = (0..known).collect();
        order.sort_by_key(|&class| places[class]);
        Ok(Said {
            truth: codes.iter().map(code).collect(),
            answer: Answer {
                classes: answer.classes.iter().map(code).collect::<Array1<u32>>(),
                probabilities: answer.probabilities.select(Axis(1), &order),
            },
            strange,
        })
    }

    /// What a model says; of a detector, with how strange rows are.
    fn answer(
        &self,
        bundle: &Bundle,
        data: &Dataset,
    ) -> Result<(Answer, Option<Strange>), ModelError> {
        let Some(alarm) = bundle.alarm() else {
            return Ok((bundle.score_on(data, self.threads)?, None));
        };
        let found = bundle.findings(data, self.threads)?;
        let scores = found.iter().map(|finding| finding.score).collect();
        let strange = Strange { scores, threshold: alarm.threshold() };
        Ok((alarm.answer_of(&found), Some(strange)))
    }
}

impl ModelNumbers {
    fn of(
        classes: &[String],
        model: &Answered,
        comparison: &Comparison,
    ) -> Result<Self, ReportError> {
        let parts = model.parts.iter();
        let parts = parts.map(|(part, said)| PartNumbers::of(part, classes, said));
        let test = model.test().map(|(_, said)| said);
        Ok(Self {
            name: model.name.clone(),
            parts: parts.collect::<Result<_, _>>()?,
            interval: test.and_then(|said| comparison.interval(said)),
            mistakes: test.map(|said| Mistakes::of(classes, said)).unwrap_or_default(),
            inside: None,
        })
    }
}

impl Answered {
    /// What it says of the rows to test with.
    fn test(&self) -> Option<(&str, &Said)> {
        Some((self.name.as_str(), &self.parts.first()?.1))
    }
}

impl Default for Evaluator {
    fn default() -> Self {
        Self::new()
    }
}

impl Asked<'_> {
    /// All that is told of the models.
    ///
    /// # Errors
    /// As [`Evaluator::of_answers`]; and what a model says that is asked why, or learned again.
    pub fn numbers(&self) -> Result<Evaluation, ReportError> {
        let mut numbers = self.evaluator.of_answers(&self.classes, &self.answered)?;
        let models = numbers.models.iter_mut().zip(self.bundles).zip(&self.answered);
        for ((model, (name, bundle)), answered) in models {
            self.look_inside(model, bundle, answered).map_err(|error| match error {
                ReportError::Model(error) => ReportError::of_model(name)(error),
                other => other,
            })?;
        }
        Ok(numbers)
    }

    /// Writes every row to test with that a model tells wrong as a line of a CSV table: which model and row, what it is and
    /// was told to be, and the cells of the columns that were [kept](Evaluator::keep) and those that the models take.
    ///
    /// # Errors
    /// What writing says.
    pub fn mistakes_to_csv<W: Write + Send>(&self, out: W) -> Result<W, DataError> {
        let mut columns = self.evaluator.kept.clone();
        let taken = self.bundles.iter().flat_map(|(_, bundle)| bundle.input().names());
        taken.for_each(|name| {
            if !columns.iter().any(|column| column == name) {
                columns.push(name.to_owned());
            }
        });
        let models: Vec<(&str, &Said)> = self.tests().collect();
        mistakes::to_csv(&self.classes, &models, &self.test, &columns, out)
    }

    fn tests(&self) -> impl Iterator<Item = (&str, &Said)> {
        self.answered.iter().filter_map(Answered::test)
    }

    /// Refuses models that take one label for different classes.
    fn expect_one_truth(&self) -> Result<(), ReportError> {
        let Some((first, one)) = self.tests().next() else { return Ok(()) };
        match self.tests().find(|(_, other)| other.truth != one.truth) {
            None => Ok(()),
            Some((other, _)) => {
                let (first, other) = (first.to_owned(), other.to_owned());
                Err(ReportError::OtherClasses { first, other })
            }
        }
    }

    fn look_inside(
        &self,
        model: &mut ModelNumbers,
        bundle: &Bundle,
        answered: &Answered,
    ) -> Result<(), ReportError> {
        let Evaluator { score, seed, threads, has_learning, ref kept, .. } = *self.evaluator;
        let Some((_, said)) = answered.parts.first() else { return Ok(()) };
        let test = (&self.test, said);
        let why = Why::new(bundle, seed, threads)?;
        model.mistakes.explained(&why.explainer, test, (why.mistakes(), kept))?;
        let data = [Some(&self.test), self.train.as_ref()].into_iter().flatten();
        for (part, data) in model.parts.iter_mut().zip(data) {
            part.seen = Some(bundle.seen(data)?);
        }
        let mut drift = Drift::against(bundle);
        drift.observe(&self.test, &said.answer.scores())?;
        let train = self.train.as_ref().filter(|_| has_learning);
        let learning = train.map(|train| Learning::of(bundle, train, score, (seed, threads)));
        model.inside = Some(Inside {
            importances: why.importances(test, score)?,
            contributions: why.contributions(&self.classes, test)?,
            drift: drift.report(),
            learning: learning.transpose()?,
            card: Card::of(bundle),
        });
        Ok(())
    }
}

fn check_count(models: usize) -> Result<(), ReportError> {
    let is_right = (1..=MOST_MODELS).contains(&models);
    ReportError::rule(is_right, "the number of models", models, "from 1 to 8")
}

/// Refuses models that do not tell the same classes, in whatever order.
fn expect_same_classes(models: &[(String, Bundle)]) -> Result<(), ReportError> {
    let told = |bundle: &Bundle| {
        let mut names: Vec<String> = bundle.classes().names().map(str::to_owned).collect();
        names.sort();
        (names, bundle.alarm().is_some())
    };
    let Some((first, one)) = models.first() else { return Ok(()) };
    match models.iter().find(|(_, other)| told(other) != told(one)) {
        None => Ok(()),
        Some((other, _)) => {
            Err(ReportError::OtherClasses { first: first.clone(), other: other.clone() })
        }
    }
}

/// The classes that models know, and behind them those that only rows have: all parts count by one list.
fn classes_of(
    models: &[(String, Bundle)],
    parts: &[(&str, &Dataset)],
) -> Result<Vec<String>, ReportError> {
    let mut classes: Vec<String> = Vec::new();
    let Some((name, bundle)) = models.first() else { return Ok(classes) };
    for (_, data) in parts {
        let truth = bundle.truth(data).map_err(ReportError::of_model(name))?;
        for class in truth.names {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
    }
    Ok(classes)
}
