//! A model held against another.

use std::path::PathBuf;

use clap::Args;
use netsift::data::Dataset;
use netsift::models::Bundle;
use netsift::models::judging::Score;

use crate::compared::{OnRows, parse_score};
use crate::failure::Failure;
use crate::tables::known::ModelFile;

/// The other model, and what decides.
#[derive(Args)]
#[command(next_help_heading = "Comparison")]
pub(super) struct Against {
    /// Hold the model against another that tells the same classes: by how much it scores more on these rows, and whether
    /// that is more than chance
    #[arg(long = "against", value_name = "MODEL")]
    other: Option<PathBuf>,

    /// What they are compared by: macro-f1, weighted-f1, accuracy, balanced-accuracy, matthews, roc-area, log-loss or brier
    #[arg(long, value_name = "NAME", default_value = "macro-f1", value_parser = parse_score, requires = "other")]
    score: Score,
}

/// Rows are drawn again by the same chance each time: the same models and rows have the same interval.
const SEED: u64 = 0;

impl Against {
    /// The other model, if one is named.
    pub(super) fn loaded(
        &self,
        first: &Bundle,
        file: &ModelFile,
    ) -> Result<Option<Bundle>, Failure> {
        let Some(path) = &self.other else { return Ok(None) };
        if first.alarm().is_some() {
            let model = first.mind().name();
            return Err(Failure::NotOfDetector { option: "--against", model });
        }
        let other = file.beside(path)?;
        if other.classes() != first.classes() {
            return Err(Failure::OtherClasses { path: path.clone() });
        }
        Ok(Some(other))
    }

    pub(super) fn compared(
        &self,
        models: [&Bundle; 2],
        data: &Dataset,
        threads: usize,
    ) -> Result<OnRows, Failure> {
        Ok(OnRows::of(models, data, self.score, SEED, threads)?)
    }

    /// In a line, behind what else is told.
    pub(super) fn line(&self, told: &OnRows) -> String {
        let other = self.other.as_deref().unwrap_or("".as_ref()).display().to_string();
        format!("\n{}", told.line(&format!("Against {}", crate::terminal::printable(&other))))
    }
}
