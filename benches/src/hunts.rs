//! Real tables to find anomalies in: detectors learn from usual rows, and are judged by others of them among attacks.

use std::error::Error;
use std::path::Path;

use netsift_data::{Chance, DataError, Dataset, Labels};

use crate::tasks::{Round, TASKS};

/// A table of usual rows and of others.
pub struct Hunt {
    /// The name of its task.
    pub task: &'static str,
    usual: &'static str,
    /// Whether each class that is not usual is looked for by itself.
    by_class: bool,
}

/// All of them.
pub const HUNTS: &[Hunt] = &[
    Hunt { task: "cicids 16 classes", usual: "BENIGN", by_class: true },
    Hunt { task: "nsl_kdd", usual: "normal", by_class: false },
];

/// Usual rows to learn from (the first of each pair), and rows to be judged by.
pub struct Field {
    /// As they are and scaled.
    pub round: Round,
    /// How many of those to be judged by are usual: they come first.
    pub usual: usize,
    /// What is to be found among them: its name, and which rows it is.
    pub kinds: Vec<(String, Vec<usize>)>,
}

impl Hunt {
    /// All rows of its table.
    ///
    /// # Errors
    /// What reading says.
    pub fn rows(&self, data: &Path) -> Result<Dataset, Box<dyn Error>> {
        let task = TASKS.iter().find(|task| task.name == self.task).ok_or("no such task")?;
        Ok(task.rows(data)?)
    }

    /// Three quarters of the usual rows to learn from; the last quarter and all others to be judged by.
    ///
    /// # Errors
    /// What preparing says.
    pub fn field(&self, rows: &Dataset, seed: u64) -> Result<Field, DataError> {
        let names: Vec<&str> = rows.labels().map_or_else(Vec::new, names);
        let (mut usual, others): (Vec<usize>, Vec<usize>) =
            (0..rows.rows()).partition(|&row| names.get(row) == Some(&self.usual));
        Chance::seeded(seed).shuffle(&mut usual);
        let (training, held) = usual.split_at(usual.len() * 3 / 4);
        let judged = [held, &others].concat();
        let mut kinds: Vec<(String, Vec<usize>)> = Vec::new();
        for (place, row) in (held.len()..).zip(&others) {
            let name = if self.by_class { names.get(*row).copied() } else { None };
            let name = name.unwrap_or("all attacks");
            match kinds.iter_mut().find(|(kind, _)| kind == name) {
                Some((_, places)) => places.push(place),
                None => kinds.push((name.to_owned(), vec![place])),
            }
        }
        let round = Round::of(rows.select(training)?, rows.select(&judged)?)?;
        Ok(Field { round, usual: held.len(), kinds })
    }
}

/// The class of each row by its name.
fn names(labels: &Labels) -> Vec<&str> {
    labels.numbers().iter().map(|&class| labels.classes().name(class).unwrap_or("")).collect()
}
