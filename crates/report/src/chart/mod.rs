//! Charts as plain data, drawn in four ways from the same numbers: interactive, as SVG, as PNG and in characters.

mod axis;
mod kind;
mod palette;
mod trim;

mod draw;
#[cfg(feature = "plotly")]
mod interactive;
#[cfg(feature = "png")]
mod png;
mod scene;
mod svg;

use serde::Serialize;

use crate::error::ReportError;
use crate::shown::{MOST_TEXT, shown};
use crate::table::Table;

pub use axis::Axis;
#[cfg(feature = "plotly")]
pub(crate) use interactive::library;
use kind::Form;
pub use kind::{
    Bars, Boxes, Heat, Histogram, Kind, Lines, Quantiles, Row, Scatter, Series, Span, Swarm,
};
pub(crate) use palette::{colours, style};
pub use trim::{
    MOST_BINS, MOST_CELLS, MOST_DOTS, MOST_NAMES, MOST_POINTS, MOST_ROW_DOTS, MOST_SERIES,
};

/// A chart: what it shows, and the numbers of it.
///
/// What is too much for an eye (and for a page) is made less when the chart is made, and [`Chart::notes`] say so: lines keep
/// their peaks, names beyond the first are left out, numbers that are none are left out.
///
/// ```
/// use netsift_report::{Axis, Bars, Chart, Unit};
///
/// # fn main() -> Result<(), netsift_report::ReportError> {
/// let bars = Bars::of(vec!["dns".into(), "https".into()], vec![1.0, 2.0]);
/// let chart = Chart::new("Services", "Flows by service.", bars)?.x(Axis::new("flows", Unit::Count));
/// let text = chart.text(30);
/// assert_eq!(text.lines().nth(1), Some("dns   ███████████            1"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chart {
    title: String,
    shows: String,
    x: Axis,
    y: Axis,
    kind: Kind,
    notes: Vec<String>,
}

impl Chart {
    /// A chart of what is given, with axes that say nothing. `shows` is a sentence for who does not see it.
    ///
    /// # Errors
    ///
    /// When parts that belong together have different lengths.
    pub fn new(
        title: impl Into<String>,
        shows: impl Into<String>,
        kind: impl Into<Kind>,
    ) -> Result<Self, ReportError> {
        let title = shown(&title.into(), MOST_TEXT).into_owned();
        let shows = shown(&shows.into(), MOST_TEXT).into_owned();
        let mut trim = trim::Trim::new(&title);
        let kind = kind.into().bounded(&mut trim)?;
        let notes = trim.notes();
        Ok(Self { title, shows, x: Axis::default(), y: Axis::default(), kind, notes })
    }

    /// The horizontal axis.
    #[must_use]
    pub fn x(mut self, axis: Axis) -> Self {
        self.x = axis;
        self
    }

    /// The vertical axis.
    #[must_use]
    pub fn y(mut self, axis: Axis) -> Self {
        self.y = axis;
        self
    }

    /// What it is of.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it shows, in a sentence.
    #[must_use]
    pub fn shows(&self) -> &str {
        &self.shows
    }

    /// What was left out or made less, in sentences.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is drawn.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Its numbers as a table, for who does not see it; of long lines, what is least and most.
    ///
    /// # Errors
    ///
    /// None that is known: a chart fits its table.
    pub fn numbers(&self) -> Result<Table, ReportError> {
        self.kind.numbers(self)
    }

    /// The chart in characters, for a terminal so many columns wide. It begins with a line that is its title.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let body = self.kind.text(self, width.max(LEAST_WIDTH));
        let notes = self.notes.iter().map(|note| format!("({note})\n"));
        format!("{}\n{body}{}", self.title, notes.collect::<String>())
    }

    /// Whether it takes the whole width of a page.
    pub(crate) fn is_wide(&self) -> bool {
        self.kind.is_wide(self)
    }
}

/// Narrower than this a chart in characters has no room for names and numbers.
const LEAST_WIDTH: usize = 24;
