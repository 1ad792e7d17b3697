//! Rows of a block as numbers, row by row, and what was wrong with them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::blocks::Layout;
use super::limits::MAX_PLACES;
use super::number::{Number, decimal};
use super::plan::{Plan, Slot, is_no_label};
use super::sink::{Run, Sink, count_lines};
use super::tally::{ChunkPlace, Refusal, Tally, UnknownKeys};
use super::texts::{Texts, readable};
use super::time::{DateOrder, is_ambiguous};
use crate::{Defect, Policy};

/// How much of a text an error shows.
const SHOWN_BYTES: usize = 64;
/// The time of a row of which it is not known: before all others.
const NO_TIME: i64 = i64::MIN;

/// The rows of a block.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Row by row, as many as the plan's stride. Texts are numbers of `texts`.
    pub(crate) cells: Vec<f64>,
    pub(crate) times: Vec<i64>,
    /// The line of each row, from 0.
    pub(crate) lines: Vec<u32>,
    /// One for each dictionary of the plan.
    pub(crate) texts: Vec<Texts>,
    pub(crate) places: Vec<ChunkPlace>,
    pub(crate) unknown_keys: UnknownKeys,
    pub(crate) line_count: u64,
    /// How many rows there were, dropped ones included.
    pub(crate) found: u64,
    pub(crate) refused: Option<Refusal>,
    /// Whether more cells or rows were kept, by all, than may be.
    pub(crate) exceeded: Option<(&'static str, u64)>,
}

/// How much may still be kept, by all who fill.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    rows: AtomicU64,
}

/// Takes the cells of blocks and makes chunks of them. Each thread has one.
pub(crate) struct Filler<'p> {
    plan: &'p Plan<'p>,
    budget: &'p Budget,
    /// Where the cells of the table under way go, column by column.
    slots: Arc<[Slot]>,
    pub(crate) tally: Tally,
    chunk: Chunk,
    /// Where the row under way begins in the chunk's cells.
    row: usize,
    /// Why the row under way will be dropped.
    fate: Option<Defect>,
    time: Option<i64>,
    /// Whether the row under way is a line of names whose cells are none.
    is_header: bool,
    /// Texts of the chunk that are not as they should be: dictionary, number.
    bad: HashMap<(usize, u32), Defect>,
    listed: Vec<Option<HashSet<&'p [u8]>>>,
    places_told: [usize; Defect::COUNT],
    max_rows: u64,
}

impl<'p> Filler<'p> {
    pub(crate) fn new(plan: &'p Plan<'p>, budget: &'p Budget) -> Self {
        let limits = &plan.settings.limits;
        let set = |texts: &'p Vec<String>| texts.iter().map(String::as_bytes).collect();
        let listed = plan.dictionaries.iter().map(|dictionary| dictionary.listed.as_ref().map(set));
        let by_cells = limits.cells.checked_div(plan.stride as u64).unwrap_or(u64::MAX);
        Self {
            plan,
            budget,
            slots: Arc::new([]),
            tally: Tally::new(plan.columns.len()),
            chunk: Chunk::default(),
            row: 0,
            fate: None,
            time: None,
            is_header: false,
            bad: HashMap::new(),
            listed: listed.collect(),
            places_told: [0; Defect::COUNT],
            max_rows: limits.rows.min(by_cells),
        }
    }

    /// The rows of a block.
    pub(crate) fn fill(&mut self, block: &[u8], layout: &Layout) -> Chunk {
        self.fill_by(&layout.slots, |filler| layout.form.rows(block, filler))
    }

    /// A row that was passed because it is too long.
    pub(crate) fn over_long(&mut self, lines: u64, text: &[u8]) -> Chunk {
        let slots = Arc::clone(&self.slots);
        self.fill_by(&slots, |filler| {
            filler.spoil_row(Defect::OverLong, text, lines);
            filler.pass_lines(lines);
        })
    }

    /// Lines that name other columns than before.
    pub(crate) fn header(&mut self, lines: u64, missing: &[usize], unknown: &[String]) -> Chunk {
        let slots = Arc::clone(&self.slots);
        self.fill_by(&slots, |filler| {
            for column in missing {
                filler.find(Defect::MissingColumn, Some(*column), b"");
            }
            for name in unknown {
                filler.flaw(Defect::UnknownKey, name.as_bytes());
            }
            filler.pass_lines(lines);
        })
    }

    /// A cell that was a real number before.
    #[cfg(feature = "parquet")]
    pub(crate) fn real(&mut self, column: usize, value: f64) {
        match self.slots.get(column) {
            Some(&Slot::Number { target, .. }) if value.is_finite() => self.put(target, value),
            _ => self.cell(column, value.to_string().as_bytes(), false),
        }
    }

    /// A cell that was a whole number before: the nearest double and its text.
    #[cfg(feature = "parquet")]
    pub(crate) fn whole(&mut self, column: usize, value: f64, text: &dyn std::fmt::Display) {
        match self.slots.get(column) {
            Some(&Slot::Number { target, .. }) => self.put(target, value),
            _ => self.cell(column, text.to_string().as_bytes(), false),
        }
    }

    /// A cell that was a time before: its number, and nanoseconds since the epoch, if they can be told.
    #[cfg(feature = "parquet")]
    pub(crate) fn time_of(&mut self, column: usize, value: i64, nanos: Option<i64>) {
        match self.slots.get(column) {
            Some(Slot::Time { .. }) => self.time = nanos,
            _ => self.whole(column, value as f64, &value),
        }
    }

    /// The rows that `fill` gives, of columns that go there.
    pub(crate) fn fill_by(&mut self, slots: &Arc<[Slot]>, fill: impl FnOnce(&mut Self)) -> Chunk {
        self.slots = Arc::clone(slots);
        // The next block is like the one before: room for as much, and a bit.
        self.chunk.cells.reserve(self.row + self.row / 16 + self.plan.stride);
        self.chunk.texts.resize_with(self.plan.dictionaries.len(), Texts::default);
        self.row = 0;
        self.bad.clear();
        self.places_told = [0; Defect::COUNT];
        self.begin_row();
        fill(self);
        self.chunk.cells.truncate(self.row);
        std::mem::take(&mut self.chunk)
    }

    fn begin_row(&mut self) {
        self.chunk.cells.truncate(self.row);
        self.chunk.cells.resize(self.row + self.plan.stride, f64::NAN);
        (self.fate, self.time, self.is_header) = (None, None, false);
    }

    #[inline]
    fn put(&mut self, target: usize, value: f64) {
        if let Some(cell) = self.chunk.cells.get_mut(self.row + target) {
            *cell = value;
        }
    }

    /// Counts a defect, and does what touches the row. The policy is for what touches the cell.
    fn find(&mut self, defect: Defect, column: Option<usize>, text: &[u8]) -> Policy {
        self.find_over(1, defect, column, text)
    }

    /// The same, of a defect that takes so many lines.
    fn find_over(
        &mut self,
        lines: u64,
        defect: Defect,
        column: Option<usize>,
        text: &[u8],
    ) -> Policy {
        self.tally.count(defect, column);
        let place = ChunkPlace { defect, column, line: self.chunk.line_count, lines };
        if self.places_told[defect as usize] < MAX_PLACES {
            self.places_told[defect as usize] += 1;
            self.chunk.places.push(place);
        }
        let policy = self.plan.settings.policies.of(defect);
        match policy {
            Policy::Drop => self.fate = self.fate.or(Some(defect)),
            Policy::Refuse if self.chunk.refused.is_none() => {
                let shown = text.get(..SHOWN_BYTES).unwrap_or(text);
                let text = readable(shown).into();
                self.chunk.refused = Some(Refusal { place, text });
            }
            _ => {}
        }
        policy
    }

    fn slow_number(&mut self, target: usize, column: usize, cell: &[u8]) {
        let text = cell.trim_ascii();
        if !self.plan.markers.is_empty() && self.plan.is_marker(text) {
            return self.flawed_number(Defect::Absent, target, column, cell, f64::NAN);
        }
        match Number::of(text) {
            Number::Finite(value) => self.put(target, value),
            Number::Empty => self.flawed_number(Defect::Empty, target, column, cell, f64::NAN),
            Number::Nan => {
                self.flawed_number(Defect::NotANumber, target, column, cell, f64::NAN);
            }
            Number::Infinite(value) => {
                self.flawed_number(Defect::Infinite, target, column, cell, value);
            }
            Number::Overflow(value) => {
                self.flawed_number(Defect::Overflow, target, column, cell, value);
            }
            Number::Text => {
                let is_marker = self.plan.is_marker_of_numbers(text);
                let defect = if is_marker { Defect::Absent } else { Defect::WrongKind };
                self.flawed_number(defect, target, column, cell, f64::NAN);
            }
        }
    }

    #[cold]
    fn flawed_number(
        &mut self,
        defect: Defect,
        target: usize,
        column: usize,
        cell: &[u8],
        is: f64,
    ) {
        match self.find(defect, Some(column), cell) {
            Policy::Keep => self.put(target, is),
            Policy::Value(value) => self.put(target, value),
            _ => self.put(target, f64::NAN),
        }
    }

    fn text(&mut self, target: usize, column: usize, dictionary: usize, cell: &[u8], quoted: bool) {
        let settings = self.plan.settings;
        let cell = if settings.trims() { cell.trim_ascii() } else { cell };
        let cell = if settings.as_written && quoted { armed(cell) } else { cell };
        if self.plan.is_marker(cell) {
            self.find(Defect::Absent, Some(column), cell);
            return self.put(target, f64::NAN);
        }
        let is_empty = cell.is_empty() && !(settings.as_written && quoted);
        if is_empty && self.find(Defect::Empty, Some(column), cell) != Policy::Keep {
            return self.put(target, f64::NAN);
        }
        _ = self.named(target, column, dictionary, cell);
    }

    /// A label; without one the row's end finds nothing.
    fn label(&mut self, target: usize, column: usize, dictionary: usize, cell: &[u8]) {
        let cell = if self.plan.settings.trims() { cell.trim_ascii() } else { cell };
        if cell.trim_ascii().is_empty() || is_no_label(cell) || self.plan.is_marker(cell) {
            return self.put(target, f64::NAN);
        }
        // One that is wrong is not none: its row goes for what is wrong, and is given no other label.
        let lost = self.named(target, column, dictionary, cell);
        self.fate = self.fate.or(lost);
    }

    /// Puts the number of a text, or tells why there is none.
    fn named(
        &mut self,
        target: usize,
        column: usize,
        dictionary: usize,
        cell: &[u8],
    ) -> Option<Defect> {
        let texts = self.chunk.texts.get_mut(dictionary)?;
        let (number, is_new) = texts.number(cell);
        if is_new {
            let listed = self.listed.get(dictionary).and_then(Option::as_ref);
            let is_unlisted = listed.is_some_and(|listed| !listed.contains(cell));
            let defect = match str::from_utf8(cell) {
                Err(_) => Some(Defect::NotUtf8),
                Ok(_) => is_unlisted.then_some(Defect::Unlisted),
            };
            defect.into_iter().for_each(|defect| {
                self.bad.insert((dictionary, number), defect);
            });
        }
        let bad = if self.bad.is_empty() { None } else { self.bad.get(&(dictionary, number)) };
        let lost =
            bad.copied().filter(|defect| self.find(*defect, Some(column), cell) != Policy::Keep);
        self.put(target, if lost.is_none() { number.into() } else { f64::NAN });
        lost
    }

    /// A time, of whose dates the order is known or the day is taken to come first.
    fn time(&mut self, column: usize, order: Option<DateOrder>, cell: &[u8]) {
        let form = self.plan.settings.times();
        self.time = form.nanos(cell, order.unwrap_or(DateOrder::DayFirst));
        if order.is_none() && self.time.is_some() && is_ambiguous(cell) {
            self.find(Defect::AmbiguousDate, Some(column), cell);
        }
    }

    /// What is asked for where a row has no label: the row may get one.
    fn require_label(&mut self) {
        let Some(target) = self.plan.label else { return };
        let has_label = self.chunk.cells.get(self.row + target).is_some_and(|cell| !cell.is_nan());
        if has_label {
            return;
        }
        let settings = self.plan.settings;
        let column =
            self.plan.columns.iter().position(|column| matches!(column.slot, Slot::Label { .. }));
        if let Some(name) = settings.empty_label() {
            self.name_label(column, name);
        } else if self.find(Defect::EmptyLabel, column, b"") == Policy::Keep {
            self.name_label(column, "");
        }
    }

    fn name_label(&mut self, column: Option<usize>, name: &str) {
        let slot =
            column.and_then(|column| self.plan.columns.get(column)).map(|column| column.slot);
        if let Some(Slot::Label { target, dictionary, .. }) = slot
            && let Some(texts) = self.chunk.texts.get_mut(dictionary)
        {
            let number = texts.number(name.as_bytes()).0;
            self.put(target, number.into());
        }
    }

    /// Rows of no group are a group: the one without a name.
    fn require_group(&mut self) {
        let Some(target) = self.plan.group else { return };
        let dictionary = self.plan.texts().find(|(text, _)| *text == target);
        let texts = dictionary.and_then(|(_, dictionary)| self.chunk.texts.get_mut(dictionary));
        if let (Some(texts), Some(cell)) = (texts, self.chunk.cells.get_mut(self.row + target))
            && cell.is_nan()
        {
            *cell = texts.number(b"").0.into();
        }
    }

    fn require_time(&mut self) {
        if self.plan.has_time && self.time.is_none() {
            let is_time = |slot: &Slot| matches!(slot, Slot::Time { .. });
            let column = self.plan.columns.iter().position(|column| is_time(&column.slot));
            self.find(Defect::BadTime, column, b"");
        }
    }

    /// The row stays, if there is room for it.
    fn keep_row(&mut self) {
        if self.budget.rows.fetch_add(1, Ordering::Relaxed) >= self.max_rows {
            let limits = &self.plan.settings.limits;
            let by_rows = ("rows", limits.rows);
            let is_by_rows = self.max_rows == limits.rows;
            self.chunk.exceeded = Some(if is_by_rows { by_rows } else { ("cells", limits.cells) });
            return;
        }
        self.chunk.lines.push(u32::try_from(self.chunk.line_count).unwrap_or(u32::MAX));
        if self.plan.has_time {
            self.chunk.times.push(self.time.unwrap_or(NO_TIME));
        }
        self.row += self.plan.stride;
    }
}

impl Sink for Filler<'_> {
    #[inline]
    fn run(&mut self, column: usize, rest: &[u8], separator: u8) -> Run {
        let mut run = Run::default();
        if self.plan.has_marker_numbers {
            return run;
        }
        let slots = self.slots.get(column..).unwrap_or_default();
        let row = self.chunk.cells.get_mut(self.row..).unwrap_or_default();
        for slot in slots {
            let Slot::Number { target, .. } = *slot else { break };
            let here = rest.get(run.len..).unwrap_or_default();
            let Some((value, len)) = decimal(here, separator) else { break };
            if let Some(cell) = row.get_mut(target) {
                *cell = value;
            }
            run.cells += 1;
            run.len += len;
            run.is_end = here.get(len) != Some(&separator);
            if run.is_end {
                break;
            }
            run.len += 1;
        }
        run
    }

    fn cell(&mut self, column: usize, cell: &[u8], quoted: bool) {
        if self.is_header {
            return;
        }
        match self.slots.get(column) {
            Some(&Slot::Number { target, column }) => self.slow_number(target, column, cell),
            Some(&Slot::Text { target, column, dictionary }) => {
                self.text(target, column, dictionary, cell, quoted);
            }
            Some(&Slot::Label { target, column, dictionary }) => {
                self.label(target, column, dictionary, cell);
            }
            Some(&Slot::Time { column, order }) => self.time(column, order, cell),
            Some(Slot::Skip) | None => {}
        }
    }

    fn absent(&mut self, column: usize) {
        let is_number = matches!(self.slots.get(column), Some(Slot::Number { .. }));
        match self.slots.get(column) {
            Some(&Slot::Number { target, column } | &Slot::Text { target, column, .. }) => {
                match self.find(Defect::Absent, Some(column), b"") {
                    Policy::Value(value) if is_number => self.put(target, value),
                    _ => self.put(target, f64::NAN),
                }
            }
            // The row's end asks for both.
            Some(Slot::Label { .. } | Slot::Time { .. } | Slot::Skip) | None => {}
        }
    }

    fn flaw(&mut self, defect: Defect, text: &[u8]) {
        // Of the defects of rows, only an open quote takes lines that others may have taken for rows.
        let lines = if defect == Defect::OpenQuote { lines_of(text) } else { 1 };
        let policy = self.find_over(lines, defect, None, text);
        match defect {
            Defect::RepeatedHeader => self.is_header = policy != Policy::Keep,
            Defect::UnknownKey => self.chunk.unknown_keys.count(text, 1),
            _ => {}
        }
    }

    fn cell_flaw(&mut self, defect: Defect, column: usize, text: &[u8]) {
        if let Some(column) = self.slots.get(column).and_then(|slot| slot.column()) {
            self.find(defect, Some(column), text);
        }
    }

    fn end_row(&mut self, cells: usize) {
        self.chunk.found += 1;
        match cells.cmp(&self.slots.len()) {
            std::cmp::Ordering::Less => _ = self.find(Defect::TooShort, None, b""),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => _ = self.find(Defect::TooLong, None, b""),
        }
        if self.fate.is_none() {
            self.require_label();
            self.require_group();
            self.require_time();
        }
        match self.fate {
            Some(defect) => self.tally.dropped[defect as usize] += 1,
            None => self.keep_row(),
        }
        self.begin_row();
    }

    fn spoil_row(&mut self, defect: Defect, text: &[u8], lines: u64) {
        self.chunk.found += 1;
        self.find_over(lines.max(1), defect, None, text);
        self.tally.dropped[defect as usize] += 1;
        self.begin_row();
    }

    fn pass_lines(&mut self, lines: u64) {
        self.chunk.line_count += lines;
    }

    fn is_full(&self) -> bool {
        self.chunk.refused.is_some() || self.chunk.exceeded.is_some()
    }
}

/// How many lines a text takes; an end at its very end belongs to the last of them.
fn lines_of(text: &[u8]) -> u64 {
    count_lines(text) + u64::from(!text.ends_with(b"\n"))
}

/// A text before which our writer put an apostrophe, so that no spreadsheet calculates it.
fn armed(cell: &[u8]) -> &[u8] {
    let formula = cell.strip_prefix(b"'").filter(|text| {
        let wide = ["＝", "＋", "－", "＠"];
        matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n'))
            || wide.iter().any(|start| text.starts_with(start.as_bytes()))
    });
    formula.unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use crate::{CellKind, Dataset, Defect, Limits, Policy, ReadReport, TableReader, TimeForm};

    fn read(csv: &[u8], reader: TableReader) -> (Dataset, ReadReport) {
        reader.read(csv).unwrap()
    }

    fn column(dataset: &Dataset, place: usize) -> Vec<f64> {
        dataset.column(place).unwrap().to_vec()
    }

    /// A column of numbers, one cell of which is not as it should be, under each policy.
    #[test]
    fn flawed_numbers_become_what_their_policy_says() {
        let infinite = f64::INFINITY;
        for (cell, defect, kept) in [
            ("", Defect::Empty, Some(f64::NAN)),
            ("  ", Defect::Empty, Some(f64::NAN)),
            ("NA", Defect::Absent, None),
            ("?", Defect::Absent, None),
            ("NaN", Defect::NotANumber, Some(f64::NAN)),
            ("nan", Defect::NotANumber, Some(f64::NAN)),
            ("Infinity", Defect::Infinite, Some(infinite)),
            ("-inf", Defect::Infinite, Some(-infinite)),
            ("1e400", Defect::Overflow, Some(infinite)),
            ("abc", Defect::WrongKind, None),
            ("\"x,y\"", Defect::WrongKind, None),
        ] {
            let csv = format!("n,m\n1,1\n{cell},2\n3,3\n");
            let reader = TableReader::new().kind("n", CellKind::Number);
            let with = |policy| read(csv.as_bytes(), reader.clone().on(defect, policy));
            let (missing, report) = with(Policy::Missing);
            assert!(column(&missing, 0)[1].is_nan(), "{cell}");
            assert_eq!((report.count(defect), report.defects.len()), (1, 1), "{cell}");
            let place = &report.defects[0].places[0];
            assert_eq!((place.line, place.column.as_deref()), (3, Some("n")));
            assert_eq!(report.columns[0].defects[&defect], 1);
            assert_eq!(column(&with(Policy::Value(-7.0)).0, 0), [1.0, -7.0, 3.0]);
            let (dropped, report) = with(Policy::Drop);
            assert_eq!(column(&dropped, 1), [1.0, 3.0]);
            assert_eq!((report.dropped(defect), report.rows_found), (1, 3));
            let refused = reader.clone().on(defect, Policy::Refuse).read(csv.as_bytes());
            let message = refused.unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("the table, line 3, column \"n\": {defect}")),
                "{message}"
            );
            match kept {
                Some(kept) => assert_eq!(
                    format!("{:?}", column(&with(Policy::Keep).0, 0)[1]),
                    format!("{kept:?}")
                ),
                None => {
                    assert!(reader.clone().on(defect, Policy::Keep).read(csv.as_bytes()).is_err());
                }
            }
        }
    }

    #[test]
    fn texts_keep_what_is_theirs() {
        let csv = b"t,n\n a ,1\n,2\nNA,3\n\xff\xfe,4\na,5\n";
        let (dataset, report) = read(csv, TableReader::new());
        let names = |dataset: &Dataset| -> Vec<String> {
            dataset.schema().fields()[0].texts().unwrap().names().map(str::to_owned).collect()
        };
        assert_eq!(names(&dataset), [" a ", "NA", r"\xFF\xFE", "a"]);
        assert!(column(&dataset, 0)[1].is_nan());
        assert_eq!((report.count(Defect::NotUtf8), report.count(Defect::Empty)), (1, 1));
        let reader = TableReader::new().trim(true).missing(["NA"]).on(Defect::Empty, Policy::Keep);
        let (dataset, report) = read(csv, reader.on(Defect::NotUtf8, Policy::Missing));
        assert_eq!(names(&dataset), ["", "a"]);
        assert_eq!(report.count(Defect::Absent), 1);
        assert_eq!(format!("{:?}", column(&dataset, 0)), "[1.0, 0.0, NaN, NaN, 1.0]");
        let refused = TableReader::new().on(Defect::NotUtf8, Policy::Refuse).read(&csv[..]);
        assert!(refused.is_err());
    }

    #[test]
    fn different_bytes_are_different_texts() {
        let csv = b"t,\xffn\n\xff,1\n\xfe,2\n\xffa\\,3\n\xff,4\n";
        let (dataset, report) = read(csv, TableReader::new().label("t"));
        let classes: Vec<&str> = dataset.labels().unwrap().classes().names().collect();
        assert_eq!(classes, [r"\xFE", r"\xFF", r"\xFFa\\"]);
        assert_eq!(dataset.schema().names().next(), Some(r"\xFFn"));
        assert_eq!(report.count(Defect::NotUtf8), 4);
    }

    #[test]
    fn markers_that_are_numbers_are_no_numbers() {
        let (dataset, report) = read(b"a\n-1\n1\n-1.0\n", TableReader::new().missing(["-1"]));
        assert_eq!(format!("{:?}", column(&dataset, 0)), "[NaN, 1.0, -1.0]");
        assert_eq!(report.count(Defect::Absent), 1);
    }

    #[test]
    fn rows_without_a_label_are_dropped_kept_or_named() {
        let csv = b"n,l\n1,x\n2,\n3, \n4,y\n";
        let reader = TableReader::new().label("L");
        let names = |dataset: &Dataset| -> Vec<String> {
            let labels = dataset.labels().unwrap();
            let name = |number: &u32| labels.classes().name(*number).unwrap().to_owned();
            labels.numbers().iter().map(name).collect()
        };
        let (dropped, report) = read(csv, reader.clone());
        assert_eq!(names(&dropped), ["x", "y"]);
        assert_eq!(report.dropped(Defect::EmptyLabel), 2);
        let (kept, _) = read(csv, reader.clone().on(Defect::EmptyLabel, Policy::Keep));
        assert_eq!(names(&kept), ["x", "", "", "y"]);
        let (named, report) = read(csv, reader.clone().empty_label("Normal"));
        assert_eq!(names(&named), ["x", "Normal", "Normal", "y"]);
        assert_eq!(report.count(Defect::EmptyLabel), 0);
        assert!(reader.on(Defect::EmptyLabel, Policy::Refuse).read(&csv[..]).is_err());
    }

    /// One that is no text is not an empty one: it gets no other label, and its row goes for what is wrong with it.
    #[test]
    fn labels_that_are_wrong_are_not_empty() {
        let csv = b"n,l\n1,x\n2,\xff\n3,\n";
        let reader = TableReader::new().label("l").on(Defect::NotUtf8, Policy::Missing);
        let (dataset, report) = read(csv, reader.empty_label("Normal"));
        assert_eq!(column(&dataset, 0), [1.0, 3.0]);
        assert_eq!((report.dropped(Defect::NotUtf8), report.count(Defect::EmptyLabel)), (1, 0));
    }

    #[test]
    fn classes_of_dropped_rows_are_none() {
        let (dataset, _) = read(b"n,l\n1,x\n2,ghost,3\n", TableReader::new().label("l"));
        assert_eq!(dataset.labels().unwrap().classes().names().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn groups_and_times_are_read_beside_the_matrix() {
        let csv = b"host,when,n\nb,1.5,1\na,bad,2\n,2017-07-05 00:00:00,3\n";
        let reader = TableReader::new().group("host").time("when");
        let (dataset, report) = read(csv, reader.clone());
        assert_eq!((dataset.width(), report.dropped(Defect::BadTime)), (1, 1));
        assert_eq!(dataset.times().unwrap().to_vec(), [1_500_000_000, 1_499_212_800_000_000_000]);
        let groups = dataset.groups().unwrap();
        assert_eq!(groups.classes().names().collect::<Vec<_>>(), ["", "b"]);
        assert_eq!(groups.numbers().to_vec(), [1, 0]);
        let (dataset, _) = read(csv, reader.clone().on(Defect::BadTime, Policy::Missing));
        assert_eq!(dataset.times().unwrap()[1], i64::MIN);
        let (dataset, _) =
            read(b"t,n\n7,1\n", TableReader::new().time("t").time_form(TimeForm::Nanos));
        assert_eq!(dataset.times().unwrap().to_vec(), [7]);
    }

    #[test]
    fn dates_are_in_the_order_that_the_first_rows_tell_or_it_is_said() {
        const DAY: i64 = 86_400 * 1_000_000_000;
        let days = |dates: &[&str], reader: &TableReader| {
            let csv = format!("t\n{}\n", dates.join("\n"));
            let (dataset, report) = read(csv.as_bytes(), reader.clone().time("t"));
            let days: Vec<i64> =
                dataset.times().unwrap().iter().map(|time| time.div_euclid(DAY)).collect();
            (days, report.count(Defect::AmbiguousDate), report.count(Defect::BadTime))
        };
        let plain = TableReader::new();
        // 5 July and 13 July 2017, and 7 May.
        let (july5, july13, may7) = (17_352, 17_360, 17_293);
        assert_eq!(days(&["05/07/2017", "7/7/2017"], &plain), (vec![july5, july5 + 2], 1, 0));
        assert_eq!(days(&["05/07/2017", "13/07/2017"], &plain), (vec![july5, july13], 0, 0));
        assert_eq!(days(&["05/07/2017", "07/13/2017"], &plain), (vec![may7, july13], 0, 0));
        // Dates that contradict each other tell nothing.
        assert_eq!(
            days(&["5/7/2017", "7/13/2017", "13/7/2017"], &plain),
            (vec![july5, july13], 1, 1)
        );
        for (form, day) in [(TimeForm::DayFirst, july5), (TimeForm::MonthFirst, may7)] {
            assert_eq!(days(&["05/07/2017"], &plain.clone().time_form(form)), (vec![day], 0, 0));
        }
        let dropped = plain.clone().on(Defect::AmbiguousDate, Policy::Drop);
        assert_eq!(days(&["05/07/2017 1:00 AM", "2017-07-05"], &dropped), (vec![july5], 1, 0));
        // A table's own dates count, then those of others.
        let tables = [("one", &b"t\n5/7/2017\n"[..]), ("two", &b"t\n5/7/2017\n7/13/2017\n"[..])];
        let (dataset, report) = TableReader::new().time("t").read_all(tables).unwrap();
        let days: Vec<i64> = dataset.times().unwrap().iter().map(|time| time / DAY).collect();
        assert_eq!(days, [may7, may7, july13]);
        assert_eq!(report.count(Defect::AmbiguousDate), 0);
        let tables = [("one", &b"t\n13/7/2017\n"[..]), ("two", &b"t\n5/7/2017\n7/13/2017\n"[..])];
        let (dataset, _) = TableReader::new().time("t").read_all(tables).unwrap();
        let days: Vec<i64> = dataset.times().unwrap().iter().map(|time| time / DAY).collect();
        assert_eq!(days, [july13, may7, july13]);
    }

    #[test]
    fn limits_hold() {
        let limited = |limits, csv: &str| {
            let read = TableReader::new().limits(limits).read(csv.as_bytes());
            read.map(|_| ()).map_err(|error| error.to_string())
        };
        let limits = Limits::default();
        let csv = "a,b\n1,x\n2,y\n3,z\n";
        assert_eq!(limited(limits.rows(3).cells(6).columns(2).texts(3).text_bytes(3), csv), Ok(()));
        for (limits, what) in [
            (limits.rows(2), "2 rows"),
            (limits.cells(5), "5 cells"),
            (limits.columns(1), "1 columns"),
            (limits.texts(2), "2 different texts of a column"),
            (limits.text_bytes(2), "2 bytes of different texts"),
            (limits.bytes(9), "9 bytes"),
        ] {
            let expected = format!("the table: there are more than {what}");
            assert_eq!(limited(limits, csv), Err(expected));
        }
        assert!(limited(limits.columns(0), csv).is_err());
    }

    #[test]
    fn what_our_writer_disarmed_is_read_as_it_was() {
        use crate::{Column, Rows, Table, TableWriter};
        let table = Table::new([Column::text("t"), Column::real("n")]).unwrap();
        let mut writer = TableWriter::new(Vec::new(), &table).unwrap();
        let mut rows = Rows::new(&table);
        let numbers = [0.1, -0.0, 1e300, f64::INFINITY, f64::MIN_POSITIVE, 123_456_789.125];
        let texts = ["=1+1", "", "a,\"b\"\n", " x ", "＝1", "'q"];
        for (text, number) in texts.iter().zip(numbers) {
            rows.text(text);
            rows.real(number);
            rows.end_row().unwrap();
        }
        rows.empty();
        rows.empty();
        rows.end_row().unwrap();
        writer.write(&mut rows).unwrap();
        let csv = writer.finish().unwrap();
        let reader = TableReader::new().as_written(true).on(Defect::Infinite, Policy::Keep);
        let (dataset, report) = read(&csv, reader);
        let classes = dataset.schema().fields()[0].texts().unwrap();
        let read: Vec<&str> =
            column(&dataset, 0)[..6].iter().map(|c| classes.name(*c as u32).unwrap()).collect();
        assert_eq!(read, texts);
        let bits = |numbers: &[f64]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&column(&dataset, 1)[..6]), bits(&numbers));
        assert!(column(&dataset, 0)[6].is_nan() && column(&dataset, 1)[6].is_nan());
        assert_eq!(report.count(Defect::Empty), 2);
    }
}
