//! From when on a detector tells of rows, where it is not as it was trained.

use clap::Args;
use netsift::models::{Bundle, Limit};

use crate::failure::Failure;

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

    /// Tell about so many rows a day, of as many as came a day in training
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
        Ok(bundle.limited(limit)?)
    }
}
