//! What can be asked of a training without labels.

use clap::{Args, value_parser};
use netsift::models::{Goal, Limit, MOST_LIVE_ROWS, USUAL_CONTAMINATION, UsualLabels};

use crate::tables::asked::Names;
use crate::time;

/// From when on rows are told, what is known of them, and how many of captures are learned.
#[derive(Args)]
#[command(next_help_heading = "Without --label")]
pub(super) struct Detection {
    #[command(flatten)]
    limit: LimitChoice,

    /// The labels of --anomalies that mean a usual row: all others mean an anomaly [default: benign, normal, usual,
    /// legitimate, clean, false, no and 0]
    #[arg(long, value_name = "NAME,...", requires = "anomalies")]
    usual: Vec<Names>,

    /// Learn from rows, too, that --anomalies tells to be none of the usual
    #[arg(long, requires = "anomalies")]
    pub(super) learn_anomalies: bool,

    /// While --anomalies chooses: find as many anomalies as can be, but tell no more than this share of the usual rows to train
    /// with [default: what is best by F1]
    #[arg(long, value_name = "SHARE", requires = "anomalies")]
    false_positive_rate: Option<f64>,

    /// Learn from all columns of flows but those that say who or when [default: from those with names of the reference, as
    /// extract --features reference writes them, which find attacks best]
    #[arg(long, conflicts_with_all = ["label", "keep"])]
    pub(super) all_columns: bool,

    /// Learn from the first so many minutes of captures
    #[arg(long = "for", value_name = "MINUTES", value_parser = parse_minutes, conflicts_with = "label")]
    pub(super) minutes: Option<i64>,

    #[arg(long, value_name = "N", help = most_rows_help(), value_parser = value_parser!(u64).range(1..), conflicts_with = "label")]
    pub(super) most_rows: Option<u64>,
}

/// From when on rows are told: one of these.
#[derive(Args)]
#[group(multiple = false)]
struct LimitChoice {
    #[arg(long, value_name = "SHARE", help = contamination_help(), conflicts_with = "label")]
    contamination: Option<f64>,

    /// Tell about so many rows a day, by the times of flows or of --time; 0 tells what is stranger than all rows to train with
    #[arg(long, value_name = "N", conflicts_with = "label")]
    alerts_per_day: Option<f64>,

    /// Tell what finds known anomalies best, by F1 or --false-positive-rate: the column of labels that tells which rows to train with are some. These
    /// are not learned from, and labels are used for nothing else but to choose among several detectors and to judge
    #[arg(long, value_name = "COLUMN", conflicts_with = "label")]
    anomalies: Option<String>,
}

fn contamination_help() -> String {
    format!(
        "Tell this share of the rows to train with, the strangest [default: {USUAL_CONTAMINATION}]"
    )
}

fn most_rows_help() -> String {
    format!(
        "How many flows of captures are kept to learn from; of more, each is kept with the same probability [default: \
         {MOST_LIVE_ROWS}]"
    )
}

/// Nanoseconds of minutes.
fn parse_minutes(text: &str) -> Result<i64, String> {
    let wrong = || "expected minutes above 0, or a time like 90s or 2h".to_owned();
    let nanos = match text.trim().parse::<f64>() {
        Ok(minutes) => (minutes * 60e9) as i64,
        Err(_) => time::parse_duration(text).map_err(|_| wrong())?,
    };
    if nanos > 0 { Ok(nanos) } else { Err(wrong()) }
}

impl Detection {
    /// Whether anything of it is asked for.
    pub(super) fn is_asked(&self) -> bool {
        let LimitChoice { contamination, alerts_per_day, anomalies } = &self.limit;
        contamination.is_some()
            || alerts_per_day.is_some()
            || anomalies.is_some()
            || self.all_columns
            || self.minutes.is_some()
            || self.most_rows.is_some()
    }

    pub(super) fn limit(&self) -> Limit {
        match self.limit {
            LimitChoice { contamination: Some(share), .. } => Limit::Contamination(share),
            LimitChoice { alerts_per_day: Some(alerts), .. } => Limit::AlertsADay(alerts),
            LimitChoice { anomalies: Some(_), .. } => Limit::Anomalies(self.goal()),
            _ => Limit::default(),
        }
    }

    fn goal(&self) -> Goal {
        self.false_positive_rate.map_or(Goal::BestF1, Goal::FalsePositiveRate)
    }

    /// The column that tells which rows are anomalies.
    pub(super) fn anomalies(&self) -> Option<&String> {
        self.limit.anomalies.as_ref()
    }

    pub(super) fn usual(&self) -> UsualLabels {
        usual(&self.usual)
    }
}

/// The labels that were named, or those that are known to mean usual rows.
pub(crate) fn usual(names: &[Names]) -> UsualLabels {
    if names.is_empty() { UsualLabels::known() } else { UsualLabels::named(Names::of(names)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_numbers_or_times() {
        assert_eq!(parse_minutes("30"), Ok(1_800_000_000_000));
        assert_eq!(parse_minutes("0.5"), Ok(30_000_000_000));
        assert_eq!(parse_minutes("90s"), Ok(90_000_000_000));
        for wrong in ["0", "-1", "soon", "NaN", "1e-30"] {
            assert!(parse_minutes(wrong).is_err(), "{wrong}");
        }
    }
}
