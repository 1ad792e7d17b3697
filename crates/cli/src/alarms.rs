//! From when on a detector tells of rows, where it is not as it was trained.

use clap::Args;
use netsift::models::{Bundle, Limit};

use crate::failure::{Failure, tell};
use crate::figures;

/// What options are listed under that are of detectors alone.
pub(crate) const HEADING: &str = "Of a detector";

/// One of these.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Alarms {
    /// Tell rows whose score is above this [default: what training chose]
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true, help_heading = HEADING)]
    threshold: Option<f64>,

    /// Tell as much of what is usual as this share of the rows of the training
    #[arg(long, value_name = "SHARE", help_heading = HEADING)]
    contamination: Option<f64>,

    /// Tell about so many rows a day, of as many as came a day in training; 0 tells what is stranger than all rows of the
    /// training
    #[arg(long, value_name = "N", help_heading = HEADING)]
    alerts_per_day: Option<f64>,
}

impl Alarms {
    /// The detector with the threshold that was asked for.
    pub(crate) fn set(&self, bundle: Bundle) -> Result<Bundle, Failure> {
        let limit = match *self {
            Self { threshold: Some(score), .. } => Limit::Score(score),
            Self { contamination: Some(share), .. } => Limit::Contamination(share),
            Self { alerts_per_day: Some(alerts), .. } => Limit::AlertsADay(alerts),
            _ => return Ok(bundle),
        };
        let bundle = bundle.limited(limit)?;
        too_few(&bundle).iter().for_each(|line| tell(line));
        Ok(bundle)
    }
}

/// That a share of the rows of the training is less than one of them.
pub(crate) fn too_few(bundle: &Bundle) -> Option<String> {
    let Limit::Contamination(share) = bundle.alarm_facts()?.limit else { return None };
    let rows = bundle.facts().rows_fitted;
    (share > 0.0 && share * (rows as f64) < 1.0).then(|| {
        let percent = 100.0 * share;
        format!(
            "{percent} % of {} rows is less than one: the strangest of them is above the threshold all the same, and of what \
             is rarer nothing is known",
            figures::grouped(rows)
        )
    })
}
