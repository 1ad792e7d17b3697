//! `netsift tune`: the settings that tell classes best, found by trying them.

mod search;
mod told;

use std::time::Duration;

use clap::{Args, ValueEnum};
use netsift::models::judging::{Score, Strategy};

use crate::failure::Failure;
use crate::time;
use crate::train::{Train, list_models};
use search::Tuning;

/// Find the settings that tell classes best, and train a model with them
///
/// Everything is tried on the rows to train with alone, in folds of them (--cv, 5 by default) inside of which everything is
/// learned. The rows to test with are looked at when all is decided: they tell what the choice is worth. All other options
/// are those of train.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Tune {
    #[command(flatten)]
    train: Train,

    #[command(flatten)]
    choice: Choice,
}

/// What is tried.
#[derive(Args)]
#[command(next_help_heading = "Search")]
struct Choice {
    /// What a setting may be: "trees=50..500", "c=0.01..100.0 log", "depth=none|8|16"; may be given several times
    /// [default: what is usually worth trying with each learner]
    #[arg(long, value_name = "KEY=RANGE")]
    space: Vec<String>,

    /// Which settings are tried
    #[arg(long, value_name = "HOW", default_value = "random")]
    search: How,

    /// How many settings of each learner are tried, beside the usual ones; on a grid, values of each range
    /// [default: 20; on a grid 3]
    #[arg(long, value_name = "N")]
    trials: Option<usize>,

    /// How long trying may take: 10m, 1h30m, or seconds [default: as long as it takes]
    #[arg(long, value_name = "TIME", value_parser = parse_budget)]
    budget: Option<Duration>,

    /// What settings are compared by: macro-f1, weighted-f1, accuracy, balanced-accuracy, matthews, roc-area, log-loss
    /// or brier
    #[arg(long, value_name = "NAME", default_value = "macro-f1", value_parser = parse_score)]
    score: Score,
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

impl Choice {
    fn strategy(&self) -> Strategy {
        match self.search {
            How::Grid => Strategy::Grid { values: self.trials.unwrap_or(USUAL_VALUES) },
            How::Random => Strategy::Random { trials: self.trials.unwrap_or(USUAL_TRIALS) },
            How::Halving => Strategy::Halving {
                trials: self.trials.unwrap_or(USUAL_TRIALS),
                factor: HALVING_FACTOR,
            },
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  netsift tune flows.csv --label Label -o best.nsm                            20 settings of the usual learner
  netsift tune flows.csv --label Label --model all --budget 10m -o best.nsm   the best that ten minutes find
  netsift tune flows.csv --label Label --model knn --space 'neighbours=1..31 log' --search grid -o knn.nsm
  netsift tune day-*.csv --label Label --group Host --search halving --score log-loss -o best.nsm";

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

fn parse_score(text: &str) -> Result<Score, String> {
    Score::named(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_times() {
        assert_eq!(parse_budget("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(parse_budget("0"), Ok(Duration::ZERO));
        assert!(parse_budget("-1").is_err() && parse_budget("soon").is_err());
    }
}
