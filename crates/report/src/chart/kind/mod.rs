//! What a chart shows: a file for each kind, with its data, its bounds, its numbers and its form in characters.

mod bars;
mod boxes;
mod heat;
mod histogram;
mod lines;
mod scatter;
mod swarm;

use serde::Serialize;

use crate::chart::Chart;
use crate::chart::trim::Trim;
use crate::error::ReportError;
use crate::table::Table;

pub use bars::{Bars, Span};
pub use boxes::{Boxes, Quantiles};
pub use heat::Heat;
pub use histogram::Histogram;
pub use lines::{Lines, Series};
pub use scatter::Scatter;
pub use swarm::{Row, Swarm};

/// What is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// How something goes over time, or over another number.
    Lines(Lines),
    /// How much there is of what has names.
    Bars(Bars),
    /// How numbers are distributed.
    Histogram(Histogram),
    /// How much there is of each pair of names.
    Heat(Heat),
    /// Two numbers of many things.
    Scatter(Scatter),
    /// Many numbers of what has names, each with how large something else is.
    Swarm(Swarm),
    /// Quantiles of what has names.
    Boxes(Boxes),
}

/// What every kind can do.
pub(crate) trait Form {
    /// As much of it as is shown.
    fn bounded(self, trim: &mut Trim<'_>) -> Result<Self, ReportError>
    where
        Self: Sized;
    /// Its numbers as a table.
    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError>;
    /// Its lines on a terminal, each with an end.
    fn text(&self, chart: &Chart, width: usize) -> String;
}

impl Form for Kind {
    fn bounded(self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        Ok(match self {
            Self::Lines(lines) => Self::Lines(lines.bounded(trim)?),
            Self::Bars(bars) => Self::Bars(bars.bounded(trim)?),
            Self::Histogram(histogram) => Self::Histogram(histogram.bounded(trim)?),
            Self::Heat(heat) => Self::Heat(heat.bounded(trim)?),
            Self::Scatter(scatter) => Self::Scatter(scatter.bounded(trim)?),
            Self::Swarm(swarm) => Self::Swarm(swarm.bounded(trim)?),
            Self::Boxes(boxes) => Self::Boxes(boxes.bounded(trim)?),
        })
    }

    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError> {
        match self {
            Self::Lines(lines) => lines.numbers(chart),
            Self::Bars(bars) => bars.numbers(chart),
            Self::Histogram(histogram) => histogram.numbers(chart),
            Self::Heat(heat) => heat.numbers(chart),
            Self::Scatter(scatter) => scatter.numbers(chart),
            Self::Swarm(swarm) => swarm.numbers(chart),
            Self::Boxes(boxes) => boxes.numbers(chart),
        }
    }

    fn text(&self, chart: &Chart, width: usize) -> String {
        match self {
            Self::Lines(lines) => lines.text(chart, width),
            Self::Bars(bars) => bars.text(chart, width),
            Self::Histogram(histogram) => histogram.text(chart, width),
            Self::Heat(heat) => heat.text(chart, width),
            Self::Scatter(scatter) => scatter.text(chart, width),
            Self::Swarm(swarm) => swarm.text(chart, width),
            Self::Boxes(boxes) => boxes.text(chart, width),
        }
    }
}

/// A kind of chart is what is shown in it.
macro_rules! kinds {
    ($($kind:ident),*) => {
        $(impl From<$kind> for Kind {
            fn from(kind: $kind) -> Self {
                Self::$kind(kind)
            }
        })*
    };
}
kinds!(Lines, Bars, Histogram, Heat, Scatter, Swarm, Boxes);
