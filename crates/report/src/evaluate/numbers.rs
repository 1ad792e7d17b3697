//! What is told of models: plain numbers, for pages, terminals and JSON alike.

use netsift_metrics::{CalibrationBin, ClassCurves, Curve, Interval, OperatingPoint, Report};
use netsift_models::explain::{Importance, Reason};
use netsift_models::{DriftReport, Seen};
use serde::Serialize;

/// Models in numbers: how right each is about the same rows, why, and which is better.
///
/// Names of classes and columns are those of whoever made the tables; whoever shows them escapes them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// What the models tell.
    pub task: Task,
    /// The classes: those that models know, and behind them those that only rows have.
    pub classes: Vec<String>,
    /// How many of them models know.
    pub known_classes: usize,
    /// What models are compared by.
    pub score: String,
    /// The models, in the order that they were named in.
    pub models: Vec<ModelNumbers>,
    /// Each pair of them, by the rows to test with.
    pub compared: Vec<ModelPair>,
}

/// What models tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// The classes of rows.
    Classes,
    /// Whether rows are anomalies, and how strange they are.
    Anomalies,
}

/// A model in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ModelNumbers {
    /// What it is called.
    pub name: String,
    /// The parts that it was asked about: the rows to test with come first.
    pub parts: Vec<PartNumbers>,
    /// The score by the rows to test with, with how sure it is; nothing where there is no such score.
    pub interval: Option<Interval>,
    /// What it tells wrong.
    pub mistakes: Mistakes,
    /// What more there is to tell of a model in a file.
    pub inside: Option<Inside>,
}

/// How right a model is about the rows of a part.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PartNumbers {
    /// What the part is called.
    pub part: String,
    /// How many rows it has.
    pub rows: u64,
    /// How many of them are of classes that the model does not know: they are told wrong, and are in no curve.
    pub unknown_rows: u64,
    /// How many of them stand among those that the model was trained on, if that is known.
    pub seen: Option<Seen>,
    /// Scores of classes, their means, and the matrix.
    pub report: Report,
    /// The mean of minus the logarithm of the probability of what was; nothing of a detector.
    pub log_loss: Option<f64>,
    /// The mean squared distance of probabilities from what was; nothing of a detector.
    pub brier: Option<f64>,
    /// Curves and areas; nothing of more than 64 classes.
    pub curves: Option<Curves>,
    /// Of the class that is told, how probable it is said to be, and how often it is it; nothing of a detector.
    pub calibration: Vec<CalibrationBin>,
    /// How what is said of rows is distributed.
    pub scores: Distribution,
    /// What comes of thresholds.
    pub thresholds: Vec<ThresholdNumbers>,
    /// What is told of detectors alone.
    pub anomalies: Option<AnomalyNumbers>,
}

/// Curves of each class against the rest, and of all together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Curves {
    /// Each class; of a detector, anomalies.
    pub classes: Vec<NamedCurves>,
    /// All classes counted together; nothing of a detector.
    pub micro: Option<ClassCurves>,
    /// The mean ROC curve.
    pub macro_roc: Curve,
    /// The mean precision-recall curve.
    pub macro_precision_recall: Curve,
    /// The mean area under the ROC curve; nothing where a class has none.
    pub macro_roc_area: Option<f64>,
    /// The mean by rows.
    pub weighted_roc_area: Option<f64>,
    /// The mean of average precisions; nothing where a class has no rows.
    pub macro_average_precision: Option<f64>,
}

/// The curves of a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NamedCurves {
    /// The class.
    pub class: String,
    /// Its curves and areas.
    #[serde(flatten)]
    pub curves: ClassCurves,
}

/// How numbers that are said of rows are distributed, by what the rows are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Distribution {
    /// What the numbers are.
    pub of: String,
    /// The ends of bins: one more than there are counts.
    pub edges: Vec<f64>,
    /// Whether bins grow by ratios.
    pub is_log: bool,
    /// Of each kind of rows, how many fall into each bin.
    pub counts: Vec<Counted>,
}

/// Rows of a kind, bin by bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counted {
    /// What they are.
    pub name: String,
    /// How many fall into each bin.
    pub rows: Vec<u64>,
}

/// What comes of a threshold for a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ThresholdNumbers {
    /// The class that is told from the threshold on.
    pub class: String,
    /// What the threshold is for.
    pub aim: Aim,
    /// What comes of it; nothing where no threshold does that.
    pub point: Option<OperatingPoint>,
}

/// What a threshold is for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Aim {
    /// What the model does as it is.
    AsItIs,
    /// As many rows of the class as can be found, while no larger share of the others is told.
    FalsePositiveRate(f64),
    /// So large a share of the class is found.
    Recall(f64),
    /// So large a share of what is told is right.
    Precision(f64),
}

/// How a detector finds anomalies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AnomalyNumbers {
    /// How many rows are anomalies.
    pub anomalies: u64,
    /// How many of the strangest rows are anomalies, of as many as there are anomalies.
    pub precision_at_n: Option<f64>,
    /// Rows are told whose score is above this.
    pub threshold: f64,
}

/// What a model tells wrong of the rows to test with.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mistakes {
    /// How many rows are told wrong.
    pub count: u64,
    /// Those of which the model is surest.
    pub listed: Vec<Mistake>,
}

/// A row that is told wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mistake {
    /// Which of the rows that were read, from 1.
    pub row: u64,
    /// The class that it is of.
    pub is: String,
    /// The class that is told.
    pub told: String,
    /// How probable that class is said to be; of a detector, how strange the row is.
    pub score: f64,
    /// How probable its own class is said to be; nothing of a detector, and of a class that the model does not know.
    pub own: Option<f64>,
    /// What speaks most for what is told, and against it.
    pub reasons: Vec<Reason>,
    /// Cells that say which row it is: columns and what stands in them.
    pub cells: Vec<(String, String)>,
}

/// What more there is to tell of a model in a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inside {
    /// How much columns count.
    pub importances: Importances,
    /// What columns contribute to what is said of rows.
    pub contributions: Contributed,
    /// How far the rows to test with have drifted from those of its training.
    pub drift: DriftReport,
    /// What more rows would do, if that was asked for.
    pub learning: Option<Learning>,
    /// What its file says of it.
    pub card: Card,
}

/// How much columns count.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Importances {
    /// By the splits of trees, in training; nothing of other models.
    pub by_splits: Vec<Importance>,
    /// By what the score loses without what a column says; nothing where there is no such score.
    pub shuffled: Vec<Importance>,
    /// The score that is lost.
    pub score: String,
    /// Of how many rows.
    pub rows: u64,
}

/// What columns contribute to what is said of some rows, which were drawn by chance.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Contributed {
    /// What contributions add up to.
    pub adds_to: &'static str,
    /// Whether they are found without chance.
    pub is_exact: bool,
    /// How many rows.
    pub rows: u64,
    /// For each class that is told of most.
    pub classes: Vec<ClassContributions>,
    /// Some rows alone.
    pub single: Vec<SingleRow>,
}

/// What columns contribute to a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassContributions {
    /// The class.
    pub class: String,
    /// The columns that contribute most, the greatest first.
    pub columns: Vec<ColumnContributions>,
}

/// What a column contributes to a class, row by row.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnContributions {
    /// The column.
    pub column: String,
    /// How great contributions are on average, whichever way they go.
    pub mean_size: f64,
    /// Of some rows, the contribution and the place of the cell among those of all these rows, from 0 to 1; a half where
    /// cells have no order.
    pub dots: Vec<(f64, f64)>,
}

/// A row, and what columns contribute to what is told of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SingleRow {
    /// Which of the rows that were read, from 1.
    pub row: u64,
    /// Why it was picked.
    pub why: &'static str,
    /// The class that it is of.
    pub is: String,
    /// The class that is told, to which columns contribute.
    pub told: String,
    /// How probable that class is said to be; of a detector, how strange the row is.
    pub score: f64,
    /// What contributes most.
    pub reasons: Vec<Reason>,
}

/// What more rows would do: scores of rows learned and of others, in folds of the rows to train with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Learning {
    /// The score.
    pub score: String,
    /// In how many folds.
    pub folds: usize,
    /// From few rows to all.
    pub points: Vec<LearningNumbers>,
}

/// What comes of so many rows: means over folds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LearningNumbers {
    /// How many rows were learned.
    pub rows: f64,
    /// The score of those.
    pub train: f64,
    /// The score of the others.
    pub held: f64,
    /// The least and the most of the others, over folds.
    pub held_between: (f64, f64),
}

/// What the file of a model says of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Card {
    /// Facts: what, and what of it.
    pub facts: Vec<(String, String)>,
    /// The settings of its learner.
    pub settings: Vec<(String, String)>,
    /// The columns that go in.
    pub columns: Vec<CardColumn>,
    /// What is done to columns: which, the step, and what it does.
    pub steps: Vec<[String; 3]>,
    /// How right it was about rows at its training.
    pub judged: Vec<CardJudged>,
}

/// A column of a model's training.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CardColumn {
    /// Its name.
    pub name: String,
    /// What it is counted in, or that it holds texts.
    pub unit: Option<String>,
    /// How many cells were missing.
    pub missing: u64,
    /// What a hundredth, a half and all but a hundredth of the numbers are below.
    pub usual: [Option<f64>; 3],
}

/// How right a model was about rows at its training.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CardJudged {
    /// Which rows.
    pub part: &'static str,
    /// How many.
    pub rows: u64,
    /// How much was told right.
    pub accuracy: f64,
    /// The mean recall of classes.
    pub balanced_accuracy: f64,
    /// The mean F1 of classes.
    pub macro_f1: f64,
}

/// Two models, held against each other by the same rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ModelPair {
    /// The first model.
    pub first: String,
    /// The second.
    pub second: String,
    /// By how much the first scores more; nothing where there is no such score.
    pub difference: Option<Interval>,
    /// How many rows only the first has right.
    pub only_first: f64,
    /// How many only the second.
    pub only_second: f64,
    /// How likely chance alone makes them differ as much, by McNemar's test.
    pub p_value: f64,
}
