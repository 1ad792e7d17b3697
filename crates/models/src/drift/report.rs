//! How far rows have drifted from those of a training.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::compare::Compared;
use super::part::Part;

/// From here on a population stability index is usually called a moderate change, and from there on a great one.
const MODERATE: f64 = 0.1;
const GREAT: f64 = 0.25;
/// How often chance may find a drift in rows that have not drifted, all columns taken together: a window looked at every
/// hour is wrong by chance once in six weeks, if at all, since a drift has to be of some size, too.
pub(super) const FALSE_ALARMS: f64 = 1e-3;
/// Of fewer rows nothing is said: the flows of one scan or one page come together, and are no sample of anything.
const LEAST_ROWS: u64 = 100;

/// How far rows have drifted from those of a training.
///
/// The [`number`](Self::number) is the greatest population stability index of any column or of the score, as far as
/// chance does not explain it. A mean over columns, or the share of those that drift, would fall with every column that
/// tells nothing and rise with every one that tells a fact twice; and the score alone does not move when a model is sure of
/// what it has never seen. The greatest index does neither, has the unit of its parts, and the usual levels apply to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DriftReport {
    /// How many rows were looked at.
    pub rows: u64,
    /// How far they have drifted: 0 if chance alone explains what is seen.
    pub number: f64,
    /// The same in a word.
    pub level: Level,
    /// Whether the model's file is of the first version, which holds a few quantiles instead of how columns were spread:
    /// of columns with those quantiles the nearest is compared with, so there may be more drift than is told.
    pub is_rough: bool,
    /// The score: how probable the class is that is told, or how strange a row is. Nothing if no rows were held back in
    /// training, whose scores would be usual.
    pub score: Option<ColumnDrift>,
    /// Every column, the worst first.
    pub columns: Vec<ColumnDrift>,
}

/// How far a column has drifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnDrift {
    /// Its name.
    pub name: String,
    /// How far, in a word.
    pub level: Level,
    /// The population stability index: the sum of (now - usual) ln(now / usual) over the shares of numbers that repeat, of
    /// each tenth of the others, of texts, of what is missing and what is infinite. Shares below 0.0001 count as that.
    pub stability: f64,
    /// How probable it is that chance alone brings shares so different, by a likelihood-ratio test in which two rows count
    /// as one: flows come in bursts.
    pub chance: f64,
    /// Whether that is probable enough to explain them, all columns being looked at together.
    pub is_chance: bool,
    /// The Kolmogorov-Smirnov distance of known cells; none of texts, and of columns that have no known cells.
    pub distance: Option<Distance>,
    /// Where most of the drift is.
    pub shift: Option<Shift>,
}

/// A Kolmogorov-Smirnov distance: the greatest difference between the shares of two samples that lie up to any number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Distance {
    /// It is this at least: that at the cuts. Training's own numbers are cut at their hundredths.
    pub at_least: f64,
    /// It is this at most.
    pub at_most: f64,
    /// What chance passes no more often than once in a thousand comparisons, of all columns taken together; here, too, two
    /// rows count as one.
    pub by_chance: f64,
}

/// The part of a column in which most of a drift is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shift {
    /// Which cells.
    pub part: Part,
    /// Their share in training.
    pub usual: f64,
    /// Their share now.
    pub now: f64,
}

/// How far something has drifted, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// There are too few rows to tell: less than 100.
    Unknown,
    /// Not, or no further than chance alone explains, or by a trifle.
    Stable,
    /// By a stability index of 0.1 at least.
    Moderate,
    /// By one of 0.25 at least.
    Great,
}

impl DriftReport {
    pub(super) fn of(
        rows: u64,
        is_rough: bool,
        mut columns: Vec<ColumnDrift>,
        score: Option<ColumnDrift>,
    ) -> Self {
        columns.sort_by(ColumnDrift::worst_first);
        let all = columns.iter().chain(&score);
        let number = all.map(ColumnDrift::counted).fold(0.0, f64::max);
        Self { rows, number, level: Level::of(rows, number), is_rough, score, columns }
    }

    /// Whether they have drifted, moderately at least.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        self.level >= Level::Moderate
    }

    /// The columns that have drifted, and the score if it has, the worst first.
    #[must_use]
    pub fn behind(&self) -> Vec<&ColumnDrift> {
        let all = self.score.iter().chain(&self.columns);
        let mut behind: Vec<_> = all.filter(|column| column.level >= Level::Moderate).collect();
        behind.sort_by(|one, other| one.worst_first(other));
        behind
    }
}

impl ColumnDrift {
    pub(super) fn of(name: &str, rows: u64, chance: f64, compared: Compared) -> Self {
        let Compared { stability, chance: by_chance, distance, shift } = compared;
        let is_chance = by_chance >= chance;
        let level = Level::of(rows, if is_chance { 0.0 } else { stability });
        let name = name.to_owned();
        Self { name, level, stability, chance: by_chance, is_chance, distance, shift }
    }

    /// What it counts for: nothing that chance explains, and nothing of few rows.
    fn counted(&self) -> f64 {
        if self.is_chance || self.level == Level::Unknown { 0.0 } else { self.stability }
    }

    fn worst_first(&self, other: &Self) -> Ordering {
        let rank = |column: &Self| (column.counted(), column.stability);
        let ((one, its), (two, others)) = (rank(self), rank(other));
        two.total_cmp(&one).then(others.total_cmp(&its))
    }
}

impl Level {
    fn of(rows: u64, stability: f64) -> Self {
        match stability {
            _ if rows < LEAST_ROWS => Self::Unknown,
            GREAT.. => Self::Great,
            MODERATE.. => Self::Moderate,
            _ => Self::Stable,
        }
    }

    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Stable => "stable",
            Self::Moderate => "moderate",
            Self::Great => "great",
        }
    }
}
