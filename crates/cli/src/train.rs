//! `netsift train`: a model of rows whose classes are known.

mod list;
mod told;
mod work;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netsift::flow::Profile;

use crate::failure::Failure;
use crate::tables::asked::SplitBy;
use crate::tables::{Balancing, Cleaning, Columns, Steps};
use crate::time;
pub(crate) use list::print as list_models;
pub(crate) use told::took;
pub(crate) use work::{Shared, Work};

/// Train a model on rows whose classes are known
///
/// Rows are cleaned, shared out and prepared, and everything is learned from those to train with alone. Of several
/// learners the best in cross-validation is kept, never the best on the rows to test with.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Train {
    /// Tables, patterns of their names ("day-*.csv"), or - for standard input
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
    /// What learns: a name, several between commas, or "all" but those of smartcore, which have to be named [default: the
    /// usual one of --list-models]
    #[arg(long, value_name = "NAME,...|all", value_delimiter = ',')]
    model: Vec<String>,

    /// A setting of what learns: "neighbours=7", or "knn.neighbours=7" for one of several and for members of voting and
    /// stacking; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = work::parse_setting)]
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

    /// Compare in so many folds of the rows to train with [default: 5 with several learners, else none]
    #[arg(long, value_name = "K")]
    pub(crate) cv: Option<usize>,

    #[command(flatten)]
    balancing: Balancing,

    /// Rows of small classes weigh more, so that all classes weigh the same
    #[arg(long, conflicts_with = "balance")]
    weigh_classes: bool,
}

/// How flows were read, for models that are to be asked about captures.
#[derive(Args)]
#[command(next_help_heading = "Flows")]
struct FlowChoice {
    /// The profile that the flows of the tables were read with [default: told by their columns, if all are there]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<FlowProfile>,

    /// How long a flow could be silent, with the profile native [default: 120s]
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration)]
    idle_timeout: Option<i64>,

    /// How long a flow could last, with the profile native [default: 30m]
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration)]
    active_timeout: Option<i64>,
}

/// A profile, or none.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FlowProfile {
    /// As netsift extract reads flows
    Native,
    /// As CICFlowMeter
    Cic,
    /// As CICFlowMeter's corrected fork
    CicFixed,
    /// Rows are no flows, whatever their columns are called
    None,
}

impl FlowProfile {
    const fn profile(self) -> Option<Profile> {
        match self {
            Self::Native => Some(Profile::Native),
            Self::Cic => Some(Profile::Cic),
            Self::CicFixed => Some(Profile::CicFixed),
            Self::None => None,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  netsift train flows.csv --label Label -o flows.nsm                    the usual learner
  netsift train day-*.csv --label Label --model all --cv 5 -o best.nsm  the best of all
  netsift train flows.csv --label Label --model knn --set neighbours=7 --scale robust -o knn.nsm
  netsift train flows.csv --label Label --model stacking --set members=knn,random-forest,naive-bayes \\
      --set random-forest.trees=50 --set last=gradient-boosting -o stacked.nsm
  netsift train flows.csv --label Label --model decision-tree --set depth=4 --rules tree.txt -o tree.nsm
  netsift train mon.csv --label Label --test tue.csv -o mon.nsm         judged by another day
  netsift train --list-models                                           what can learn";

impl Train {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.model.list_models {
            return list_models();
        }
        let work = Work::of(self)?;
        work.through(&|_, _| Ok(work.recipes.clone())).map(drop)
    }
}
