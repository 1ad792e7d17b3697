//! What is usual, learned from rows as they come: for so long, and in so much memory.

use std::collections::HashMap;
use std::sync::Arc;

use ndarray::{Array2, ShapeBuilder};
use netsift_data::{Chance, Classes, DataError, Dataset, Field, Schema};

use super::{DetectorTrainer, TrainedDetector};
use crate::ModelError;

/// Rows that are kept where nothing else is said: of flows with all their columns some 250 MB, and more than detectors get
/// better by.
pub const MOST_LIVE_ROWS: usize = 1 << 18;

/// Rows as they come, from which detectors learn what is usual once they are over.
///
/// Rows come with their times, in about their order. No more than [so many](Self::most_rows) are kept: of more, each that
/// came is among those kept with the same probability (a reservoir). They are kept since preparing them, and all detectors
/// but half-space trees, need to see them at once; what is kept stays in the order in which it came, so that those learn
/// the latest window last.
///
/// ```
/// use netsift_models::data::{Dataset, Schema};
/// use netsift_models::ndarray::Array2;
/// use netsift_models::{DetectorRecipe, DetectorTrainer, LiveBaseline, LiveState, ModelError};
///
/// # fn main() -> Result<(), ModelError> {
/// let minute = 60_000_000_000;
/// let mut baseline = LiveBaseline::new().span(5 * minute);
/// for now in 0.. {
///     // What came in this minute.
///     let rows = Array2::from_shape_fn((100, 1), |(row, _)| (row % 17) as f64);
///     let rows = Dataset::new(Schema::numbers(["packets"])?, rows)?.with_times(vec![now * minute; 100])?;
///     if baseline.feed(&rows)? == LiveState::Over {
///         break;
///     }
/// }
/// assert_eq!(baseline.rows(), 500);
/// let trained = baseline.train(&DetectorTrainer::new([DetectorRecipe::named("hbos")?]))?;
/// assert!(trained.bundle.alarm().is_some());
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct LiveBaseline {
    span: Option<i64>,
    ends_after: Option<u64>,
    most_rows: usize,
    chance: Chance,
    begun: Option<i64>,
    state: LiveState,
    came: u64,
    /// None before the first rows tell which columns there are.
    kept: Option<Kept>,
}

/// Whether more rows are learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiveState {
    /// Rows are taken.
    Learning,
    /// Its time is over, or it has as many rows as it waits for: no more are taken.
    Over,
}

/// The rows that are kept, each in a slot.
struct Kept {
    columns: Vec<Column>,
    /// One row behind the other.
    cells: Vec<f64>,
    times: Option<Vec<i64>>,
    /// Which of all rows that came it is.
    arrivals: Vec<u64>,
}

struct Column {
    name: String,
    texts: Option<TextNumbers>,
}

/// Texts by numbers of our own, since every part of the rows numbers them anew.
#[derive(Default)]
struct TextNumbers {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Default for LiveBaseline {
    fn default() -> Self {
        Self::new()
    }
}

impl LiveBaseline {
    /// Of rows without end.
    pub fn new() -> Self {
        Self {
            span: None,
            ends_after: None,
            most_rows: MOST_LIVE_ROWS,
            chance: Chance::seeded(0),
            begun: None,
            state: LiveState::Learning,
            came: 0,
            kept: None,
        }
    }

    /// How long it learns, in nanoseconds from [its begin](Self::begins): the first row that is not of that time ends it.
    /// Default: until it is told to end.
    pub fn span(self, nanos: i64) -> Self {
        Self { span: Some(nanos.max(0)), ..self }
    }

    /// After how many rows it ends, at the latest. Default: after any.
    pub fn ends_after(self, rows: u64) -> Self {
        Self { ends_after: Some(rows), ..self }
    }

    /// How many rows are kept, 1 at least. Default: [`MOST_LIVE_ROWS`].
    pub fn most_rows(self, rows: usize) -> Self {
        Self { most_rows: rows.max(1), ..self }
    }

    /// What decides which rows are kept, of more than can be. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Self { chance: Chance::seeded(seed), ..self }
    }

    /// When it begins, in nanoseconds. Default: with the time of the first row that comes.
    pub fn begins(self, time: i64) -> Self {
        Self { begun: Some(time), ..self }
    }

    /// Takes rows in the order in which they came. Columns are those of the first rows, found by their names.
    ///
    /// # Errors
    /// [`DataError::Unlabelled`] for rows without times where a span is asked for, or where those before had times, and
    /// [`DataError::MissingColumns`] or [`DataError::WrongKind`] for rows of other columns: then none of them is taken.
    pub fn feed(&mut self, rows: &Dataset) -> Result<LiveState, ModelError> {
        let has_times = self.kept.as_ref().map_or(self.span.is_some(), |kept| kept.times.is_some());
        if has_times && rows.times().is_none() {
            return Err(DataError::Unlabelled { what: "times" }.into());
        }
        let kept = self.kept.get_or_insert_with(|| Kept::like(rows));
        let part = Part::of(rows, &kept.columns)?;
        for row in 0..rows.rows() {
            let time = rows.times().and_then(|times| times.get(row).copied());
            if self.is_late(time) || self.ends_after.is_some_and(|most| self.came >= most) {
                self.state = LiveState::Over;
            }
            if self.state == LiveState::Over {
                break;
            }
            let slot = self.slot();
            self.came += 1;
            if let (Some(slot), Some(kept)) = (slot, &mut self.kept) {
                kept.put(slot, self.came, time, &part, row);
            }
        }
        let most_texts = self.most_rows.saturating_mul(2);
        self.kept.iter_mut().for_each(|kept| kept.forget_texts(most_texts));
        Ok(self.state)
    }

    /// How many rows it has learned from, kept or not.
    #[must_use]
    pub fn came(&self) -> u64 {
        self.came
    }

    /// How many rows it keeps.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.arrivals.len())
    }

    /// Whether more rows are taken.
    #[must_use]
    pub fn state(&self) -> LiveState {
        self.state
    }

    /// The rows that are kept, in the order in which they came.
    ///
    /// # Errors
    /// [`ModelError::TooFewRows`] if none came.
    pub fn dataset(self) -> Result<Dataset, ModelError> {
        match self.kept {
            Some(kept) if !kept.arrivals.is_empty() => Ok(kept.dataset()?),
            _ => Err(ModelError::TooFewRows { needed: 1, found: 0 }),
        }
    }

    /// Learns from what is kept, in the way of any training without labels.
    ///
    /// # Errors
    /// As [`dataset`](Self::dataset) and [`DetectorTrainer::train`].
    pub fn train(self, trainer: &DetectorTrainer<'_>) -> Result<TrainedDetector, ModelError> {
        trainer.train(&self.dataset()?)
    }

    fn is_late(&mut self, time: Option<i64>) -> bool {
        let (Some(span), Some(time)) = (self.span, time) else { return false };
        let begun = *self.begun.get_or_insert(time);
        time >= begun.saturating_add(span)
    }

    /// Where the next row goes, if it is kept (Vitter's algorithm R).
    fn slot(&mut self) -> Option<usize> {
        let rows = self.rows();
        if rows < self.most_rows {
            return Some(rows);
        }
        let came = usize::try_from(self.came).unwrap_or(usize::MAX);
        let slot = self.chance.below(came.saturating_add(1));
        (slot < self.most_rows).then_some(slot)
    }
}

impl Kept {
    fn like(rows: &Dataset) -> Self {
        let column = |field: &Field| Column {
            name: field.name.clone(),
            texts: field.texts().map(|_| TextNumbers::default()),
        };
        Self {
            columns: rows.schema().fields().iter().map(column).collect(),
            cells: Vec::new(),
            times: rows.times().map(|_| Vec::new()),
            arrivals: Vec::new(),
        }
    }

    fn put(&mut self, slot: usize, arrival: u64, time: Option<i64>, part: &Part<'_>, row: usize) {
        let width = self.columns.len();
        if slot == self.arrivals.len() {
            self.arrivals.push(arrival);
            self.cells.resize((slot + 1) * width, f64::NAN);
            self.times.iter_mut().for_each(|times| times.push(0));
        }
        if let Some(kept) = self.arrivals.get_mut(slot) {
            *kept = arrival;
        }
        if let Some((kept, time)) =
            self.times.as_mut().and_then(|times| times.get_mut(slot)).zip(time)
        {
            *kept = time;
        }
        let cells = self.cells.iter_mut().skip(slot * width);
        for ((cell, column), &place) in cells.zip(&mut self.columns).zip(&part.places) {
            *cell = part.cell(row, place, column);
        }
    }

    /// Forgets texts that no row holds any more, once there are so many: who sends ever new ones shall not fill the memory.
    fn forget_texts(&mut self, most: usize) {
        let width = self.columns.len();
        for (place, column) in self.columns.iter_mut().enumerate() {
            let Some(texts) = column.texts.as_mut().filter(|texts| texts.texts.len() > most) else {
                continue;
            };
            let before = std::mem::take(texts);
            for cell in self.cells.iter_mut().skip(place).step_by(width) {
                if let Some(text) = before.texts.get(*cell as usize).filter(|_| !cell.is_nan()) {
                    *cell = f64::from(texts.number(text));
                }
            }
        }
    }

    fn dataset(self) -> Result<Dataset, DataError> {
        let (rows, width) = (self.arrivals.len(), self.columns.len());
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_unstable_by_key(|&slot| self.arrivals.get(slot));
        let cell = |(row, column): (usize, usize)| {
            let slot = order.get(row).copied().unwrap_or(0);
            self.cells.get(slot * width + column).copied().unwrap_or(f64::NAN)
        };
        let matrix = Array2::from_shape_fn((rows, width).f(), cell);
        let field = |column: Column| match column.texts {
            None => Ok(Field::number(column.name)),
            Some(texts) => Ok(Field::text(column.name, Classes::new(texts.texts)?)),
        };
        let fields: Vec<Field> =
            self.columns.into_iter().map(field).collect::<Result<_, DataError>>()?;
        let data = Dataset::new(Schema::new(fields)?, matrix)?;
        let Some(times) = self.times else { return Ok(data) };
        let times = order.iter().filter_map(|&slot| times.get(slot).copied());
        data.with_times(times.collect::<Vec<i64>>())
    }
}

/// Some of the rows, and where their columns stand.
struct Part<'a> {
    rows: &'a Dataset,
    places: Vec<usize>,
}

impl<'a> Part<'a> {
    fn of(rows: &'a Dataset, columns: &[Column]) -> Result<Self, DataError> {
        let schema = rows.schema();
        let find = |column: &Column| schema.place(&column.name);
        let missing = columns.iter().filter(|column| find(column).is_err());
        let names: Vec<Box<str>> = missing.map(|column| column.name.as_str().into()).collect();
        if !names.is_empty() {
            return Err(DataError::MissingColumns { names });
        }
        let places: Vec<usize> = columns.iter().map(find).collect::<Result<_, _>>()?;
        for (column, &place) in columns.iter().zip(&places) {
            let is_text = schema.fields().get(place).and_then(Field::texts).is_some();
            if is_text != column.texts.is_some() {
                let kinds = ["numbers", "texts"];
                let [expected, found] = if is_text { kinds } else { [kinds[1], kinds[0]] };
                let name = column.name.as_str().into();
                return Err(DataError::WrongKind { name, expected, found });
            }
        }
        Ok(Self { rows, places })
    }

    /// A cell as it is kept: a number, or our number of its text.
    fn cell(&self, row: usize, place: usize, column: &mut Column) -> f64 {
        let cell = self.rows.matrix().get((row, place)).copied().unwrap_or(f64::NAN);
        let Some(known) = column.texts.as_mut().filter(|_| !cell.is_nan()) else { return cell };
        let texts = self.rows.schema().fields().get(place).and_then(Field::texts);
        let text = texts.and_then(|texts| texts.name(cell as u32));
        text.map_or(f64::NAN, |text| f64::from(known.number(text)))
    }
}

impl TextNumbers {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let (number, text) = (self.texts.len() as u32, Arc::from(text));
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows of a number, which is their time, too, and a text.
    fn rows(times: std::ops::Range<i64>) -> Dataset {
        let names: Vec<String> = times.clone().map(|time| format!("t{}", time % 7)).collect();
        let (texts, numbers) = Classes::sorted(names.iter().map(String::as_str));
        let matrix = Array2::from_shape_fn((numbers.len(), 2), |(row, column)| match column {
            0 => (times.start + row as i64) as f64,
            _ => f64::from(numbers[row]),
        });
        let fields = [Field::number("time"), Field::text("text", texts)];
        let data = Dataset::new(Schema::new(fields).unwrap(), matrix).unwrap();
        data.with_times(times.collect::<Vec<_>>()).unwrap()
    }

    /// Every row is kept whole: its text and its time are those of its number.
    fn are_whole(data: &Dataset) -> bool {
        let texts = data.schema().fields()[1].texts().unwrap();
        data.matrix().outer_iter().zip(data.times().unwrap()).all(|(row, &time)| {
            row[0] == time as f64 && texts.name(row[1] as u32) == Some(&*format!("t{}", time % 7))
        })
    }

    #[test]
    fn it_ends_with_the_first_row_behind_its_span() {
        let mut live = LiveBaseline::new().span(100);
        assert_eq!(live.feed(&rows(50..120)).unwrap(), LiveState::Learning);
        assert_eq!(live.feed(&rows(120..200)).unwrap(), LiveState::Over);
        assert_eq!(live.feed(&rows(60..70)).unwrap(), LiveState::Over);
        assert_eq!((live.came(), live.rows()), (100, 100));
        let data = live.dataset().unwrap();
        assert!(are_whole(&data));
        assert_eq!(data.times().unwrap().to_vec(), (50..150).collect::<Vec<_>>());
        let mut live = LiveBaseline::new().span(100).begins(0);
        assert_eq!(live.feed(&rows(50..120)).unwrap(), LiveState::Over);
        assert_eq!(live.rows(), 50);
        let mut live = LiveBaseline::new().ends_after(30);
        assert_eq!(live.feed(&rows(0..30)).unwrap(), LiveState::Learning);
        assert_eq!(live.feed(&rows(30..31)).unwrap(), LiveState::Over);
        assert_eq!(live.rows(), 30);
    }

    #[test]
    fn every_row_is_kept_as_often_as_any_other() {
        let mut kept = [0; 4];
        for seed in 0..200 {
            let mut live = LiveBaseline::new().most_rows(50).seed(seed);
            (0..10).for_each(|part| {
                live.feed(&rows(part * 40..(part + 1) * 40)).unwrap();
            });
            assert_eq!((live.rows(), live.came()), (50, 400));
            let data = live.dataset().unwrap();
            assert!(are_whole(&data) && data.times().unwrap().iter().is_sorted());
            data.times().unwrap().iter().for_each(|time| kept[(time / 100) as usize] += 1);
        }
        // 2,500 each, give or take five deviations of 43.
        assert!(kept.iter().all(|count| (2_280..2_720).contains(count)), "{kept:?}");
    }

    #[test]
    fn texts_that_are_gone_are_forgotten() {
        let mut live = LiveBaseline::new().most_rows(4);
        for part in 0..50 {
            let texts = Classes::new((0..10).map(|text| format!("{part}-{text}"))).unwrap();
            let schema = Schema::new([Field::text("text", texts)]).unwrap();
            let matrix = Array2::from_shape_fn((10, 1), |(row, _)| row as f64);
            live.feed(&Dataset::new(schema, matrix).unwrap()).unwrap();
            let known = live.kept.as_ref().unwrap().columns[0].texts.as_ref().unwrap();
            assert!(known.texts.len() <= 8 && known.numbers.len() == known.texts.len());
        }
        let data = live.dataset().unwrap();
        let texts = data.schema().fields()[0].texts().unwrap();
        assert!(data.matrix().iter().all(|cell| texts.name(*cell as u32).is_some()));
    }

    #[test]
    fn rows_of_other_columns_or_without_times_are_refused() {
        let mut live = LiveBaseline::new().span(100);
        assert!(live.feed(&rows(0..5).bare()).is_err());
        live.feed(&rows(0..5)).unwrap();
        assert!(live.feed(&rows(5..9).pick(["time"]).unwrap()).is_err());
        let numbers = Schema::numbers(["time", "text"]).unwrap();
        let wrong = rows(5..9).with_matrix(numbers, Array2::zeros((4, 2))).unwrap();
        assert!(matches!(live.feed(&wrong), Err(ModelError::Data(DataError::WrongKind { .. }))));
        assert_eq!(
            live.feed(&rows(5..9).pick(["text", "time"]).unwrap()).unwrap(),
            LiveState::Learning
        );
        assert!(are_whole(&live.dataset().unwrap()));
        assert!(matches!(LiveBaseline::new().dataset(), Err(ModelError::TooFewRows { .. })));
    }

    proptest! {
        /// How rows are cut into parts changes nothing.
        #[test]
        fn parts_change_nothing(cuts in prop::collection::vec(0_i64..300, 0..6), most in 1_usize..80) {
            let fed = |cuts: &[i64]| {
                let mut live = LiveBaseline::new().span(250).most_rows(most).seed(3);
                let mut cuts = [&[0], cuts, &[300]].concat();
                cuts.sort_unstable();
                cuts.windows(2).for_each(|cut| { live.feed(&rows(cut[0]..cut[1])).unwrap(); });
                (live.came(), live.dataset().unwrap())
            };
            let ((came, parts), (all, whole)) = (fed(&cuts), fed(&[]));
            prop_assert_eq!((came, all), (250, 250));
            prop_assert_eq!(parts.times(), whole.times());
            prop_assert!(are_whole(&parts) && parts.rows() == most.min(250));
        }
    }
}
