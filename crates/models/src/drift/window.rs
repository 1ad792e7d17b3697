//! How far the last rows have drifted, those of the last hour or the last million.

use std::collections::VecDeque;
use std::mem;

use netsift_data::Dataset;

use super::{Drift, DriftReport};
use crate::ModelError;

/// A window moves by a part of so many: more would be more exact, and take more memory.
const PARTS: usize = 16;

/// How far the last rows have drifted: those of some time, or so many.
///
/// The window moves by sixteenths. It keeps the counts of each, so its memory depends on the columns, and not on how many
/// rows there are.
///
/// ```
/// # use ndarray::array;
/// # use netsift_data::{Dataset, Labels, Schema};
/// # use netsift_models::{Drift, DriftWindow, Recipe, Trainer};
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// # let data = Dataset::new(Schema::numbers(["packets"])?, array![[1.0], [2.0]])?;
/// # let data = data.with_labels(Labels::of(["benign", "scan"]))?;
/// # let bundle = Trainer::new([Recipe::named("dummy")?]).test_share(0.0).train(&data)?.bundle;
/// let hour = 3_600_000_000_000;
/// let mut window = DriftWindow::of_time(&Drift::against(&bundle), hour)?;
/// for time in [0, hour / 2, 9 * hour] {
///     window.advance(time);
///     window.observe(&data, &bundle.score(&data)?.scores())?;
/// }
/// assert_eq!(window.report().rows, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct DriftWindow {
    span: Span,
    /// Full parts, the oldest first, each with the number of its part of time.
    full: VecDeque<(i64, Drift)>,
    /// The part that rows are counted in.
    last: Drift,
    /// The number of its part of time, once that is known.
    now: Option<i64>,
}

/// How much a part holds.
#[derive(Clone, Copy, Debug)]
enum Span {
    Rows(u64),
    Nanos(i64),
}

impl DriftWindow {
    /// Of the last `rows` rows, and up to a sixteenth more. What `drift` has counted does not count here.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for less than 16 rows.
    pub fn of_rows(drift: &Drift, rows: u64) -> Result<Self, ModelError> {
        ModelError::rule(rows >= PARTS as u64, "the window", rows, "16 rows at least")?;
        Ok(Self::of(drift, Span::Rows(rows.div_ceil(PARTS as u64))))
    }

    /// Of the last `nanos` nanoseconds, to a sixteenth. [`advance`](Self::advance) says what time it is.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for less than 16 nanoseconds.
    pub fn of_time(drift: &Drift, nanos: i64) -> Result<Self, ModelError> {
        ModelError::rule(nanos >= PARTS as i64, "the window", nanos, "16 ns at least")?;
        Ok(Self::of(drift, Span::Nanos(nanos / PARTS as i64)))
    }

    fn of(drift: &Drift, span: Span) -> Self {
        Self { span, full: VecDeque::new(), last: drift.emptied(), now: None }
    }

    /// Says what time it is, of whatever clock the rows go by. Rows that are given next are of this time, and those that
    /// have become too old are forgotten. A time before the last changes nothing; one that lies a whole window back means
    /// that the clock was wrong, and rows grow old by the new time. A window of rows has no clock.
    pub fn advance(&mut self, now: i64) {
        let Span::Nanos(nanos) = self.span else { return };
        let now = now.div_euclid(nanos);
        match self.now {
            Some(last) if now > last => {
                self.fill(last);
                let oldest = now.saturating_sub(PARTS as i64);
                self.full.retain(|(part, _)| *part > oldest);
            }
            Some(last) if now >= last.saturating_sub(PARTS as i64) => return,
            // All in one part, so that a clock that goes back again and again leaves no more parts than one that does not.
            _ => {
                self.last = self.drift();
                self.full.clear();
            }
        }
        self.now = Some(now);
    }

    /// Counts rows with what the model says of them, as [`Drift::observe`] does.
    ///
    /// # Errors
    /// As [`Drift::observe`].
    pub fn observe(&mut self, data: &Dataset, scores: &[f64]) -> Result<(), ModelError> {
        let Span::Rows(most) = self.span else { return self.last.observe(data, scores) };
        // Before any is counted.
        self.last.places(data, scores)?;
        let mut start = 0;
        while start < data.rows() {
            if self.last.rows() >= most {
                self.fill(0);
                self.full.drain(..self.full.len().saturating_sub(PARTS));
            }
            let room = usize::try_from(most - self.last.rows()).unwrap_or(usize::MAX);
            let end = start.saturating_add(room).min(data.rows());
            let scores = scores.get(start..end).unwrap_or_default();
            self.last.observe(&data.slice(start..end), scores)?;
            start = end;
        }
        Ok(())
    }

    /// How many rows are in the window.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.full.iter().fold(self.last.rows(), |rows, (_, part)| rows.saturating_add(part.rows()))
    }

    /// What the window has counted.
    pub fn drift(&self) -> Drift {
        let mut all = self.last.clone();
        self.full.iter().for_each(|(_, part)| all.add(part));
        all
    }

    /// How far its rows have drifted.
    #[must_use]
    pub fn report(&self) -> DriftReport {
        self.drift().report()
    }

    /// Begins a part; the last one is full.
    fn fill(&mut self, number: i64) {
        let empty = self.last.emptied();
        self.full.push_back((number, mem::replace(&mut self.last, empty)));
    }
}
