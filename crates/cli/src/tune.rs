//! `netsift tune`: the settings that tell classes best, found by trying them.

mod curve;
mod json;
mod search;
mod told;
mod worth;

use std::time::Duration;

use clap::{Args, ValueEnum, value_parser};
use netsift::models::judging::{Score, Strategy};

use crate::compared::parse_score;
use crate::failure::Failure;
use crate::time;
use crate::train::{Train, list_models};
use curve::Curve;
use search::Tuning;

/// Find the learner and the settings that tell classes best, and train a model with them
///
/// Without --model the whole zoo is tried, each learner as it usually is; else settings of the learners that are named.
/// Everything is tried on the rows to train with alone, in folds of them (--cv) inside of which everything is learned. The
/// rows to test with are looked at when all is decided: they tell what the choice is worth. Ctrl-C ends a search, and the
/// best that it has found until then is trained and written. All other options are those of train.
#[derive(Args)]
#[command(
    after_help = EXAMPLES,
    mut_arg("tables", |tables| tables.help(TABLES)),
    mut_arg("model", |model| model.help(MODEL)),
    mut_arg("cv", |folds| folds.help(FOLDS)),
    mut_arg("profile", |profile| profile.help(PROFILE))
)]
pub(crate) struct Tune {
    #[command(flatten)]
    train: Train,

    #[command(flatten)]
    choice: Choice,
}

/// What options of train mean here, where there are always labels and folds.
const TABLES: &str =
    "Tables with labels, patterns of their names (\"day-*.csv\"), or - for standard input";
const MODEL: &str = "What is tuned: a name, several between commas, or \"all\" but those of smartcore, which have to be \
                     named [default: all, each as it usually is]";
const FOLDS: &str = "In how many folds of the rows to train with settings are tried [default: 5]";
const PROFILE: &str = "The profile that the flows of the tables were read with [default: told by their columns, if all are \
                       there]";

/// What is tried.
#[derive(Args)]
#[command(next_help_heading = "Search")]
struct Choice {
    /// What a setting may be: "trees=50..500", "c=0.01..100.0 log", "depth=none|8|16"; may be given several times
    /// [default: what is usually worth trying with each learner]
    #[arg(long, value_name = "KEY=RANGE")]
    space: Vec<String>,

    /// Which settings are tried
    /// [default: random]
    #[arg(long, value_name = "HOW")]
    search: Option<How>,

    /// How many settings of each learner are tried, beside the usual ones; on a grid, values of each range [default: 20; on
    /// a grid 3; without --model 0, unless --space or --search is given]
    #[arg(long, value_name = "N")]
    trials: Option<usize>,

    /// How long trying may take: 10m, 1h30m, or seconds [default: as long as it takes]
    #[arg(long, value_name = "TIME", value_parser = parse_budget)]
    budget: Option<Duration>,

    /// What settings are compared by: macro-f1, weighted-f1, accuracy, balanced-accuracy, matthews, roc-area, log-loss
    /// or brier
    #[arg(long, value_name = "NAME", default_value = "macro-f1", value_parser = parse_score)]
    score: Score,

    /// Also tell what such a search is worth: it is done anew in each of K folds of the rows to train with, and judged by
    /// the others, which it has not chosen by; all together may take --budget once more
    #[arg(long, value_name = "K", value_parser = value_parser!(u32).range(2..=MOST_NESTED))]
    nested: Option<u32>,

    /// Also tell how the score of the best changes: learning (with how many rows are learned from), label-noise (with
    /// wrong labels among them) or cell-noise (with noise on the cells that are asked about), at the usual levels or at
    /// others: learning=0.1,0.5,1; may be given several times
    #[arg(long, value_name = "WHAT[=LEVELS]", value_parser = curve::parse)]
    curve: Vec<Curve>,

    /// Print JSON in place of tables: score, ended, best, trials, left_out; with rows held back, against_usual; with
    /// --nested, nested; with --curve, curves
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    /// All of a grid
    Grid,
    /// Some by chance; of many learners those that stay behind are left out
    Random,
    /// Many with few rows, the best third of them with three times as many, and so on
    Halving,
}

/// Enough that one of them is among the best twentieth with a likelihood of two thirds.
const USUAL_TRIALS: usize = 20;
/// The ends and the middle of a range.
const USUAL_VALUES: usize = 3;
/// By how much rows grow from round to round: what is good with a third of them is mostly good with all.
const HALVING_FACTOR: usize = 3;

/// More folds of whole searches are not waited for by anybody.
const MOST_NESTED: i64 = 100;

impl Choice {
    /// Of a zoo that nobody has chosen from, learners are held against each other before settings are.
    fn strategy(&self, is_zoo: bool) -> Strategy {
        let is_bare = is_zoo && self.space.is_empty() && self.search.is_none();
        let trials = self.trials.unwrap_or(if is_bare { 0 } else { USUAL_TRIALS });
        match self.search {
            Some(How::Grid) => Strategy::Grid { values: self.trials.unwrap_or(USUAL_VALUES) },
            None | Some(How::Random) => Strategy::Random { trials },
            Some(How::Halving) => Strategy::Halving { trials, factor: HALVING_FACTOR },
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  netsift tune flows.csv --label Label --budget 10m -o best.nsm               the best learner of the zoo, as it usually is
  netsift tune flows.csv --label Label --model random-forest -o best.nsm      20 settings of one
  netsift tune flows.csv --label Label --model all --budget 1h -o best.nsm    settings of all, as far as an hour goes
  netsift tune flows.csv --label Label --model knn --space 'neighbours=1..31 log' --search grid -o knn.nsm
  netsift tune day-*.csv --label Label --group Host --search halving --score log-loss -o best.nsm
  netsift tune flows.csv --label Label --budget 10m --nested 5 -o best.nsm    and what such a search is worth
  netsift tune flows.csv --label Label --model knn --trials 0 --curve learning -o knn.nsm   what more rows would do";

impl Tune {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.train.model.list_models {
            return list_models();
        }
        Tuning::of(self)?.through()
    }
}

fn parse_budget(text: &str) -> Result<Duration, String> {
    let nanos = time::parse_duration(text).map_err(|error| error.to_string())?;
    let nanos = u64::try_from(nanos).map_err(|_| "a time is not below 0".to_owned())?;
    Ok(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_options_of_train_is_true_here() {
        let command = Tune::augment_args(clap::Command::new("tune"));
        let help = |id: &str| {
            let option = command.get_arguments().find(|option| option.get_id() == id).unwrap();
            option.get_help().unwrap().to_string()
        };
        for option in command.get_arguments() {
            let said = help(option.get_id().as_str());
            let is_of_train = ["without --label", "for train", "detector", "captures are"];
            assert!(!is_of_train.iter().any(|words| said.contains(words)), "{option}: {said}");
        }
        assert!(help("cv").contains("[default: 5]") && help("model").contains("[default: all"));
    }

    #[test]
    fn budgets_are_times() {
        assert_eq!(parse_budget("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(parse_budget("0"), Ok(Duration::ZERO));
        assert!(parse_budget("-1").is_err() && parse_budget("soon").is_err());
    }
}
