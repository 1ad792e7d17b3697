//! The start of a table: its format, its columns, what the first rows say of them.

use super::arff;
use super::csv;
use super::description::CellKind;
use super::foreign;
use super::form::Form;
use super::json;
use super::limits::{SAMPLE_CELLS, SAMPLE_ROWS};
use super::number::Number;
use super::plan::is_usual_marker;
use super::sink::{LineEnd, Run, Sink};
use super::texts::readable;
use super::time::DateEvidence;
use super::zeek;
use crate::{DataError, Defect, KindOrigin, TableFormat};

/// What the start of a table tells of its columns.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) columns: Vec<HeadColumn>,
    /// Whether the columns have names of their own.
    pub(crate) has_names: bool,
    /// How many lines stand before the rows.
    pub(crate) lines: u64,
    /// Defects, and their lines.
    pub(crate) flaws: Vec<(Defect, u64)>,
    /// Whether more rows would tell more of what the columns hold.
    pub(crate) wants_more: bool,
}

/// What it tells of how a table of text is read.
#[derive(Debug)]
pub(crate) struct TextHead {
    pub(crate) form: Form,
    /// How many bytes stand before the rows.
    pub(crate) start: usize,
}

/// A column as its table has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadColumn {
    /// Empty if there is none.
    pub(crate) name: String,
    /// What it holds, where that is known.
    pub(crate) kind: Option<CellKind>,
    /// What says so.
    pub(crate) origin: KindOrigin,
    /// Whether nothing is known of what it holds, though there are rows that were not looked at.
    pub(crate) is_open: bool,
    /// What its dates say of their order.
    pub(crate) dates: DateEvidence,
    /// All texts that there may be, where they are listed.
    pub(crate) listed: Option<Vec<String>>,
}

/// What is known before a table is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'s> {
    pub(crate) table: &'s str,
    pub(crate) format: Option<TableFormat>,
    pub(crate) separator: Option<u8>,
    pub(crate) header: Option<bool>,
    pub(crate) row_bytes: usize,
    pub(crate) max_columns: usize,
}

impl Told<'_> {
    /// Lines before the rows may be as long as rows, and no longer.
    pub(crate) fn check_header_line(&self, line: &[u8]) -> Result<(), DataError> {
        if line.len() <= self.row_bytes {
            return Ok(());
        }
        let (what, limit) = ("bytes in a line of the header", self.row_bytes as u64);
        Err(DataError::Limit { table: self.table.into(), what, limit })
    }
}

impl Head {
    /// Columns that have names, behind so many lines.
    pub(crate) fn new(columns: Vec<HeadColumn>, lines: u64) -> Self {
        Self { columns, has_names: true, lines, ..Self::default() }
    }

    /// So many columns without names.
    pub(crate) fn nameless(columns: usize) -> Self {
        Self { columns: vec![HeadColumn::default(); columns], ..Self::default() }
    }

    /// Looks at the first rows to tell what the columns hold of which that is not known yet, and how dates are written.
    fn sample(&mut self, form: &Form, rows: &[u8], whole: bool) {
        let part = form.cut(rows, whole).and_then(|end| rows.get(..end)).unwrap_or_default();
        let mut sample = Sample::of(&self.columns);
        form.rows(part, &mut sample);
        // The last row may be one of those that were looked at, and its like still to come.
        let is_over = whole && !sample.is_full();
        self.wants_more = !whole && !sample.is_full() && sample.reach.is_late();
        for (column, found) in self.columns.iter_mut().zip(sample.columns) {
            if column.kind.is_none() && found.kind.is_some() {
                (column.kind, column.origin) = (found.kind, KindOrigin::Sampled);
            }
            column.is_open = column.kind.is_none() && !is_over;
            column.dates = found.dates;
        }
    }
}

impl TextHead {
    /// Of a table that begins like this; if it is `whole`, there is no more.
    pub(crate) fn read(
        start: &[u8],
        whole: bool,
        told: &Told<'_>,
    ) -> Result<(Self, Head), DataError> {
        foreign::refuse(start, told.table)?;
        let (mark, text) = start.strip_prefix(b"\xef\xbb\xbf").map_or((0, start), |text| (3, text));
        let (mut own, mut head) =
            match told.format.unwrap_or_else(|| TableFormat::of(text, told.table)) {
                TableFormat::Csv => csv::head(text, whole, told),
                TableFormat::Arff => arff::head(text, told),
                TableFormat::JsonLines => json::head(text, whole, told),
                TableFormat::Zeek => zeek::head(text, told),
                // It is no text: who opens tables takes it before.
                TableFormat::Parquet => Err(DataError::EmptyTable { table: told.table.into() }),
            }?;
        head.sample(&own.form, text.get(own.start..).unwrap_or_default(), whole);
        own.start += mark;
        if mark > 0 {
            head.flaws.push((Defect::ByteOrderMark, 1));
        }
        if LineEnd::first(text) != LineEnd::Lf {
            head.flaws.push((Defect::CarriageReturns, 1));
        }
        Ok((own, head))
    }
}

impl HeadColumn {
    pub(crate) fn named(name: &[u8]) -> Self {
        Self { name: readable(name).into_owned(), ..Self::default() }
    }

    /// Of which the format says what it holds.
    pub(crate) fn of_kind(name: &[u8], kind: CellKind) -> Self {
        Self { kind: Some(kind), origin: KindOrigin::Declared, ..Self::named(name) }
    }
}

/// How far rows are looked at.
pub(crate) struct Reach {
    rows: usize,
    /// No further than this, once something is known of each column.
    until: usize,
    /// Of how many columns nothing is known yet.
    pub(crate) unknown: usize,
}

impl Reach {
    /// With so many columns of which nothing is known yet.
    pub(crate) const fn new(unknown: usize) -> Self {
        Self { rows: 0, until: SAMPLE_ROWS, unknown }
    }

    pub(crate) const fn pass_row(&mut self) {
        self.rows += 1;
    }

    /// A column holds something for the first time. One cell alone tells little: as many rows more are looked at as
    /// if it had been the first row.
    pub(crate) const fn find_first(&mut self) {
        self.unknown = self.unknown.saturating_sub(1);
        if self.rows >= SAMPLE_ROWS {
            self.until = self.rows + SAMPLE_ROWS;
        }
    }

    /// Whether it is for columns that begin late that more rows are looked at.
    const fn is_late(&self) -> bool {
        self.unknown > 0 || self.rows >= SAMPLE_ROWS
    }

    /// Whether that is enough, of so many columns.
    pub(crate) const fn is_over(&self, columns: usize) -> bool {
        let is_much = self.rows.saturating_mul(columns) >= SAMPLE_CELLS;
        self.rows >= SAMPLE_ROWS && (is_much || (self.unknown == 0 && self.rows >= self.until))
    }
}

/// What the first rows say of each column.
struct Sample {
    columns: Vec<Sampled>,
    reach: Reach,
    /// Whether the row under way is the header once more.
    is_header: bool,
}

/// What they say of one column.
#[derive(Clone, Copy)]
struct Sampled {
    kind: Option<CellKind>,
    dates: DateEvidence,
}

impl Sample {
    /// Of columns of some of which the kind is known.
    fn of(columns: &[HeadColumn]) -> Self {
        let sampled = |column: &HeadColumn| Sampled { kind: column.kind, dates: column.dates };
        Self {
            columns: columns.iter().map(sampled).collect(),
            reach: Reach::new(columns.iter().filter(|column| column.kind.is_none()).count()),
            is_header: false,
        }
    }
}

impl Sink for Sample {
    fn run(&mut self, _: usize, _: &[u8], _: u8) -> Run {
        Run::default()
    }

    fn cell(&mut self, column: usize, cell: &[u8], _: bool) {
        let Some(column) = self.columns.get_mut(column).filter(|_| !self.is_header) else { return };
        let kind = match Number::of(cell) {
            Number::Empty => return,
            Number::Text if is_usual_marker(cell.trim_ascii()) => return,
            Number::Text => Some(CellKind::Text),
            _ => column.kind.or(Some(CellKind::Number)),
        };
        if column.kind.is_none() {
            self.reach.find_first();
        }
        column.kind = kind;
        column.dates.look(cell);
    }

    fn absent(&mut self, _: usize) {}

    fn flaw(&mut self, defect: Defect, _: &[u8]) {
        self.is_header |= defect == Defect::RepeatedHeader;
    }

    fn cell_flaw(&mut self, _: Defect, _: usize, _: &[u8]) {}

    fn end_row(&mut self, _: usize) {
        self.reach.pass_row();
        self.is_header = false;
    }

    fn spoil_row(&mut self, _: Defect, _: &[u8], _: u64) {
        self.reach.pass_row();
        self.is_header = false;
    }

    fn pass_lines(&mut self, _: u64) {}

    fn is_full(&self) -> bool {
        self.reach.is_over(self.columns.len())
    }
}
