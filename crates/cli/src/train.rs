//! `netsift train`: a model of rows whose classes are known.

mod detecting;
mod detection;
mod flows;
mod list;
mod outputs;
mod recipes;
mod rows;
mod told;
mod work;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netsift::models::judging::CalibrationKind;

use crate::failure::Failure;
use crate::tables::asked::SplitBy;
use crate::tables::{Balancing, Cleaning, Columns, Steps};
use detecting::Detecting;
use detection::Detection;
pub(crate) use detection::usual;
use flows::FlowChoice;
pub(crate) use list::print as list_models;
pub(crate) use told::took;
pub(crate) use work::{Shared, Work};

/// What learning needs, with labels or without.
#[derive(Args)]
pub(crate) struct Train {
    /// Tables, patterns of their names ("day-*.csv"), or - for standard input; for train without --label captures and
    /// folders of them, too
    #[arg(required_unless_present = "list_models", value_name = "TABLE")]
    tables: Vec<PathBuf>,

    /// Where the model goes
    #[arg(short, long, value_name = "MODEL", required_unless_present = "list_models")]
    output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) model: ModelChoice,

    #[command(flatten)]
    columns: Columns,

    #[command(flatten)]
    steps: Steps,

    #[command(flatten)]
    pub(crate) rows: Rows,

    #[command(flatten)]
    flows: FlowChoice,

    /// Also write a model card in Markdown
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,

    /// Also write everything that is in the model as JSON
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,

    /// Also write the tree as text, a line for each question; of --model decision-tree
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// Also write the tree as a graph for Graphviz; of --model decision-tree
    #[arg(long, value_name = "FILE")]
    graphviz: Option<PathBuf>,

    /// Seed of all that is left to chance
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(crate) seed: u64,

    /// How many threads read and learn [default: as many as the machine has]
    #[arg(short, long, value_name = "N")]
    threads: Option<usize>,

    /// Say nothing but what goes wrong
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// What learns.
#[derive(Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelChoice {
    /// What learns: a name, several between commas, or "all" but those of smartcore, which have to be named; without
    /// --label detectors [default: the usual one of --list-models]
    #[arg(long, value_name = "NAME,...|all", value_delimiter = ',')]
    model: Vec<String>,

    /// A setting of what learns: "neighbours=7", or "knn.neighbours=7" for one of several and for members of voting and
    /// stacking; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = recipes::parse_setting)]
    set: Vec<(String, String)>,

    /// Print what can learn and how it can be set, and end
    #[arg(long)]
    pub(crate) list_models: bool,
}

/// What is done about rows.
#[derive(Args)]
#[command(next_help_heading = "Rows")]
pub(crate) struct Rows {
    #[command(flatten)]
    cleaning: Cleaning,

    /// The share of rows that is held back to test with; with 0 all rows are learned from
    #[arg(long, value_name = "SHARE", default_value_t = 0.25, conflicts_with = "test")]
    test_size: f64,

    /// A table to test with (or a pattern of names), in place of a share of the rows
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,

    /// How rows are shared out [default: by group, time or class, the first of them that there is]
    #[arg(long, value_name = "HOW")]
    by: Option<SplitBy>,

    /// Rows that are equal in all columns stay in one part and in one fold, so that none is judged by that was learned; by
    /// time they do not
    #[arg(long)]
    equal_together: bool,

    /// Compare in so many folds of the rows to train with [default: 5 with several learners, else none]; without --label,
    /// on so many halves of them that are drawn by chance [default: 4, and none with 0]
    #[arg(long, value_name = "K")]
    pub(crate) cv: Option<usize>,

    #[command(flatten)]
    balancing: Balancing,

    /// Rows of small classes weigh more, so that all classes weigh the same
    #[arg(long, conflicts_with = "balance")]
    weigh_classes: bool,
}

/// Train a model on rows whose classes are known; or, without --label, a detector of anomalies on any rows
///
/// Rows are cleaned, shared out and prepared, and everything is learned from those to train with alone. Of several
/// learners the best in cross-validation is kept, never the best on the rows to test with. Detectors see the logarithms of
/// numbers, unless --scale, --clip, --log or --transform brings them to a size. Of several detectors the one
/// is kept that finds known anomalies best in resamples of the rows to train with, or whose answers depend least on
/// which of them it learned.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Training {
    #[command(flatten)]
    train: Train,

    /// Make probabilities mean what they say, by curves that are learned in folds of the rows to train with
    #[arg(long, value_name = "CURVES", help_heading = "Model")]
    calibrate: Option<Curves>,

    #[command(flatten)]
    detection: Detection,
}

/// The form of the curves that probabilities are read off.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Curves {
    /// Any that never falls: for a thousand rows and more
    Isotonic,
    /// Platt's, of two parameters: for few rows
    Sigmoid,
}

impl From<Curves> for CalibrationKind {
    fn from(curves: Curves) -> Self {
        match curves {
            Curves::Isotonic => Self::Isotonic,
            Curves::Sigmoid => Self::Sigmoid,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  netsift train flows.csv --label Label -o flows.nsm                    the usual learner
  netsift train day-*.csv --label Label --model all --cv 5 -o best.nsm  the best of all
  netsift train flows.csv --label Label --model knn --set neighbours=7 --impute median --scale robust -o knn.nsm
  netsift train flows.csv --label Label --model stacking --set members=knn,random-forest,naive-bayes \\
      --set random-forest.trees=50 --set last=gradient-boosting -o stacked.nsm
  netsift train flows.csv --label Label --model decision-tree --set depth=4 --rules tree.txt -o tree.nsm
  netsift train mon.csv --label Label --test tue.csv -o mon.nsm         judged by another day
  netsift train flows.csv -o usual.nsm                                  a detector of what is not usual
  netsift train monday.pcap --model all --alerts-per-day 20 -o usual.nsm    the most stable of all, for 20 alerts a day
  netsift train flows.csv --anomalies Label --model all -o usual.nsm    the one that finds known anomalies best
  netsift train night.pcap --for 30 -o usual.nsm                        what its first 30 minutes are like
  netsift train --list-models                                           what can learn";

impl Training {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Self { train, calibrate, detection } = self;
        if train.model.list_models {
            return list_models();
        }
        let is_labelled = train.columns.label.is_some()
            || train.columns.like.is_some() && !detection.is_asked() && !train.names_a_detector();
        if !is_labelled {
            if calibrate.is_some() {
                return Err(Failure::NeedsLabels { option: "--calibrate" });
            }
            return Detecting::of(train, detection)?.through();
        }
        let work = Work::of(train)?.calibrated(calibrate.map(Into::into));
        work.through(&|_, _| Ok(work.recipes.clone())).map(drop)
    }
}
