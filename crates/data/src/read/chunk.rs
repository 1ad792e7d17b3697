//! Rows of a block as numbers, row by row, and what was wrong with them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::blocks::Layout;
use super::limits::MAX_PLACES;
use super::number::decimal;
use super::plan::{Plan, Slot};
use super::sink::{Run, Sink, count_lines};
use super::tally::{ChunkPlace, Refusal, Tally, UnknownKeys};
use super::texts::{Texts, readable};
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
    /// There are none in most tables.
    pub(crate) unknown_keys: Option<Box<UnknownKeys>>,
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
    pub(super) plan: &'p Plan<'p>,
    budget: &'p Budget,
    /// Where the cells of the table under way go, column by column.
    slots: Arc<[Slot]>,
    pub(crate) tally: Tally,
    pub(super) chunk: Chunk,
    /// Where the row under way begins in the chunk's cells.
    row: usize,
    /// Why the row under way will be dropped.
    pub(super) fate: Option<Defect>,
    pub(super) time: Option<i64>,
    /// Whether the row under way is a line of names whose cells are none.
    is_header: bool,
    /// Texts of the chunk that are not as they should be: dictionary, number.
    pub(super) bad: HashMap<(usize, u32), Defect>,
    pub(super) listed: Vec<Option<HashSet<&'p [u8]>>>,
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
    pub(super) fn put(&mut self, target: usize, value: f64) {
        if let Some(cell) = self.chunk.cells.get_mut(self.row + target) {
            *cell = value;
        }
    }

    /// Counts a defect, and does what touches the row. The policy is for what touches the cell.
    pub(super) fn find(&mut self, defect: Defect, column: Option<usize>, text: &[u8]) -> Policy {
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
            Defect::UnknownKey => self.chunk.unknown_keys.get_or_insert_default().count(text, 1),
            _ => {}
        }
    }

    fn cell_flaw(&mut self, defect: Defect, column: usize, text: &[u8]) {
        if let Some(column) = self.slots.get(column).and_then(Slot::column) {
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

#[cfg(test)]
mod tests {
    use crate::{Dataset, Defect, Limits, Policy, ReadReport, TableReader, TimeForm};

    fn read(csv: &[u8], reader: TableReader) -> (Dataset, ReadReport) {
        reader.read(csv).unwrap()
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

    #[test]
    fn classes_of_dropped_rows_are_none() {
        let (dataset, _) = read(b"n,l\n1,x\n2,ghost,3\n", TableReader::new().label("l"));
        assert_eq!(dataset.labels().unwrap().classes().names().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn tables_of_a_known_kind_have_their_times() {
        let csv = b"ID,host,Time,n\nx,a,1970-01-01 00:00:02,1\ny,b,1970-01-01 00:00:03,2\n";
        let known = || TableReader::new().time_beside("time", ["id", "host"]);
        let times = |reader: TableReader| {
            let (dataset, _) = read(csv, reader);
            let times = dataset.times().map(|times| times.to_vec());
            (times, dataset.width())
        };
        let seconds = Some(vec![2_000_000_000, 3_000_000_000]);
        assert_eq!(times(known()), (seconds.clone(), 3));
        assert_eq!(times(known().keep(["n"])), (seconds, 1));
        // Of another kind; left out; and used for something else.
        assert_eq!(times(TableReader::new().time_beside("time", ["id", "port"])), (None, 4));
        assert_eq!(times(known().drop(["Time"])), (None, 3));
        assert_eq!(times(known().group("Time")), (None, 3));
        assert_eq!(times(known().time("n")).0, Some(vec![1_000_000_000, 2_000_000_000]));
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
}
