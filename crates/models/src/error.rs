//! What can be wrong with a fit, a question or a loaded model: which setting, which row, what was there instead.

use netsift_container::ContainerError;
use netsift_data::DataError;
use netsift_metrics::MetricError;
use thiserror::Error;

/// Why a model is not fitted, not asked or not loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A setting of a value that makes no sense.
    #[error("{parameter} is {value}, but must be {rule}")]
    Setting {
        /// Which.
        parameter: &'static str,
        /// Its value.
        value: Box<str>,
        /// What it must be.
        rule: &'static str,
    },
    /// A setting that the learner does not have.
    #[error("{learner} has no setting {name:?}; it has {}", known.join(", "))]
    UnknownSetting {
        /// The learner's name.
        learner: &'static str,
        /// The setting's.
        name: Box<str>,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// A setting of a member that a learner made of others does not have.
    #[error("{learner} has no member {name:?}; it is made of {}", members.join(", "))]
    UnknownMember {
        /// The learner's name.
        learner: &'static str,
        /// The member's.
        name: Box<str>,
        /// Those it has.
        members: Vec<&'static str>,
    },
    /// A learner that there is not.
    #[error("no learner is named {name:?}{}", suggestion(near, known))]
    UnknownLearner {
        /// The name.
        name: Box<str>,
        /// Those that come near it, the nearest first.
        near: Vec<&'static str>,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// Too few rows to learn from.
    #[error("there are {found} rows to learn from, but {needed} are needed")]
    TooFewRows {
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// More than a learner takes.
    #[error("there are {found} {what}, but {learner} takes {most} at most")]
    TooMany {
        /// The learner's name.
        learner: &'static str,
        /// What there are too many of.
        what: &'static str,
        /// How many it takes.
        most: usize,
        /// How many there are.
        found: usize,
    },
    /// Rows that are the same in every column, from which nothing is learned of what is usual or of any class.
    #[error(
        "the rows to learn from ({rows}) are the same in every column, and nothing is learned of them"
    )]
    AllAlike {
        /// How many there are.
        rows: usize,
    },
    /// Rows to train with that all have one label.
    #[error("all rows to learn from are labelled {class:?}, and there is nothing to tell apart")]
    SoleClass {
        /// The label.
        class: Box<str>,
    },
    /// Rows of one class alone, from which nothing can be told apart.
    #[error("all rows are of one class, and {learner} needs two to tell apart")]
    OneClass {
        /// The learner's name.
        learner: &'static str,
    },
    /// A model of classes, asked how strange rows are.
    #[error("{model} tells classes, and not how strange rows are")]
    NoDetector {
        /// The model's name.
        model: &'static str,
    },
    /// More rows for a detector that learns from all rows at once.
    #[error("{detector} learns from all rows at once, and not from more of them later")]
    NotOnline {
        /// The detector's name.
        detector: &'static str,
    },
    /// Labels none of which is known to mean a usual row, or all of which do.
    #[error("none of the labels means {class}; they are {}", labels.join(", "))]
    OneSide {
        /// The class without a row: usual or anomaly.
        class: &'static str,
        /// The first of the labels.
        labels: Vec<String>,
    },
    /// Rows without a time, or all of one, where it matters how many come a day.
    #[error("it is not known how many rows come a day: {why}")]
    NoRate {
        /// Why.
        why: &'static str,
    },
    /// Fewer alerts a day than the rows that were learned can tell: the strangest of them is one already.
    #[error(
        "{alerts} alerts a day are fewer than {rows} rows can tell, of which {rows_a_day:.0} come a day: they can tell {} \
         or more, or 0, which tells what is stranger than all of them",
        no_less(rows_a_day / *rows as f64)
    )]
    TooFewAlerts {
        /// How many were asked for.
        alerts: f64,
        /// How many rows were learned.
        rows: u64,
        /// How many come a day.
        rows_a_day: f64,
    },
    /// Known anomalies for which no threshold is better than to tell every row.
    #[error(
        "the best for the {anomalies} known anomalies would be to tell every row, the {usual} usual ones too: by how strange \
         they are, they cannot be told apart (ROC area {roc_area:.4})"
    )]
    NotToldApart {
        /// How many anomalies are known.
        anomalies: u64,
        /// How many usual rows there are.
        usual: u64,
        /// How likely an anomaly is stranger than a usual row.
        roc_area: f64,
    },
    /// Rows without weight.
    #[error("no row weighs anything")]
    NoWeight,
    /// A cell that is no finite number, for a learner that takes no others.
    #[error(
        "row {row}, column {column} is {value}, and {learner} takes finite numbers alone: \
         it can be imputed or clipped before"
    )]
    NotFinite {
        /// The learner's name.
        learner: &'static str,
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// What is there.
        value: f64,
    },
    /// A score that is no finite number, of a detector that is none of ours.
    #[error("row {row} has the score {value}, which cannot be held against others")]
    Score {
        /// The row, from 0.
        row: usize,
        /// Its score.
        value: f64,
    },
    /// A cell larger than a learner can count with.
    #[error(
        "row {row}, column {column} is {value:?}, and {learner} takes up to {most:?} either way: it can be scaled before"
    )]
    TooLarge {
        /// The learner's name.
        learner: &'static str,
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// What is there.
        value: f64,
        /// The largest it takes, either side of 0.
        most: f64,
    },
    /// Parts that do not fit each other.
    #[error("there are {found} {what}, but there should be {expected}")]
    Shape {
        /// What there are too many or too few of.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A class by a number that none has.
    #[error("there is no class {class}: there are {known}, counted from 0")]
    UnknownClass {
        /// The number.
        class: u32,
        /// How many classes there are.
        known: usize,
    },
    /// A model whose answers cannot be taken apart exactly.
    #[error(
        "{learner} cannot be explained exactly: it is no sum of trees, they are too deep, or its file is of version 1"
    )]
    NotExact {
        /// The learner's name.
        learner: &'static str,
    },
    /// The fit was cancelled.
    #[error("the fit was cancelled")]
    Cancelled,
    /// What the code of others says that a learner stands on.
    #[error("{learner} failed")]
    Foreign {
        /// The learner's name.
        learner: &'static str,
        /// What it says.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A loaded model that fitting cannot have made.
    #[error("the model is unsound: {what}")]
    Unsound {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A bundle that was not made for flows, asked about flows.
    #[error("the model was not trained on flows of a known profile, and takes no captures")]
    NoFlows,
    /// Flows that cannot be read as a bundle needs them.
    #[error("the model was trained on flows of {what} {value:?}, which cannot be had here")]
    UnknownFlows {
        /// What of them: the profile, or a timeout.
        what: Box<str>,
        /// What it is.
        value: Box<str>,
    },
    /// Rows of another flow profile than a bundle was made for: the same names, other meanings.
    #[error("the model was trained on flows of the profile {expected}, and these are of {found}")]
    OtherProfile {
        /// The bundle's.
        expected: Box<str>,
        /// That of the rows.
        found: Box<str>,
    },
    /// Counts of rows that are compared with different trainings.
    #[error("these rows are compared with another training than those")]
    OtherTraining,
    /// Labels none of which is a class of the model.
    #[error("none of the labels is a class of the model; it knows {}", known.join(", "))]
    OtherClasses {
        /// The first of those it knows.
        known: Vec<String>,
    },
    /// Learners none of which could learn from the rows.
    #[error("no learner could learn from these rows; {first} says: {source}")]
    NoneFitted {
        /// The first of them.
        first: &'static str,
        /// What it says.
        source: Box<Self>,
    },
    /// A search in which no learner could learn from the rows.
    #[error("no trial could be fitted to these rows; the first, of {first}, says: {says}")]
    NoTrial {
        /// The first of them.
        first: &'static str,
        /// What it says.
        says: Box<str>,
    },
    /// Two learners that were not judged by the same rows in the same folds.
    #[error("only learners that were judged by the same rows in the same folds can be compared")]
    Unpaired,
    /// A search whose time was up before one trial was done.
    #[error("the time was up before one trial was done")]
    OutOfTime,
    /// What the file says.
    #[error(transparent)]
    File(#[from] ContainerError),
    /// What measuring says.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// What writing JSON says.
    #[error("the export cannot be written: {0}")]
    Export(#[source] std::io::Error),
    /// What the preparation of rows says.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl ModelError {
    /// Refuses a setting unless its rule holds.
    pub(crate) fn rule(
        holds: bool,
        parameter: &'static str,
        value: impl ToString,
        rule: &'static str,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::Setting { parameter, value: value.to_string().into(), rule })
    }
}

/// A number with three digits or a few more, never below what it is.
fn no_less(number: f64) -> f64 {
    if !(number > 0.0 && number.is_finite()) {
        return number;
    }
    let unit = 10_f64.powi(number.log10().floor() as i32 - 2);
    // Units below 1 are had by dividing, which gives the number that people write.
    let rounded = if unit < 1.0 {
        let parts = unit.recip().round();
        (number * parts).ceil() / parts
    } else {
        (number / unit).ceil() * unit
    };
    rounded.max(number)
}

fn suggestion(near: &[&str], known: &[&str]) -> String {
    match near {
        [] => format!("; there are {}", known.join(", ")),
        near => format!(": did you mean {}?", near.join(" or ")),
    }
}
