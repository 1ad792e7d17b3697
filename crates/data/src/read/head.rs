//! The start of a table: its format, its columns, what the first rows say of them.

use super::arff;
use super::csv;
use super::description::CellKind;
use super::form::Form;
use super::json;
use super::limits::SAMPLE_ROWS;
use super::number::Number;
use super::plan::is_usual_marker;
use super::sink::{LineEnd, Run, Sink};
use super::zeek;
use crate::{DataError, Defect, TableFormat};

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

impl Head {
    /// Columns that have names, behind so many lines.
    pub(crate) fn new(columns: Vec<HeadColumn>, lines: u64) -> Self {
        Self { columns, has_names: true, lines, flaws: Vec::new() }
    }

    /// So many columns without names.
    pub(crate) fn nameless(columns: usize) -> Self {
        Self { columns: vec![HeadColumn::default(); columns], ..Self::default() }
    }

    /// Looks at the first rows to tell what the columns hold of which that is not known yet.
    fn sample(&mut self, form: &Form, rows: &[u8], whole: bool) {
        if self.columns.iter().all(|column| column.kind.is_some()) {
            return;
        }
        let rows = form.cut(rows, whole).and_then(|end| rows.get(..end)).unwrap_or_default();
        let mut sample =
            Sample { kinds: vec![None; self.columns.len()], rows: 0, is_header: false };
        form.rows(rows, &mut sample);
        for (column, kind) in self.columns.iter_mut().zip(sample.kinds) {
            column.kind = column.kind.or(kind);
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
        refuse_encoding(start, told.table)?;
        let (mark, text) = start.strip_prefix(b"\xef\xbb\xbf").map_or((0, start), |text| (3, text));
        let (mut own, mut head) =
            match told.format.unwrap_or_else(|| TableFormat::of(text, told.table)) {
                TableFormat::Csv => csv::head(text, told),
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
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn of_kind(name: &str, kind: CellKind) -> Self {
        Self { name: name.to_owned(), kind: Some(kind), listed: None }
    }
}

/// Text of two or four bytes a character has a mark at its start, or is not told from other bytes.
fn refuse_encoding(start: &[u8], table: &str) -> Result<(), DataError> {
    let encoding = match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        [0, 0, 0xfe, 0xff, ..] => "UTF-32",
        _ => return Ok(()),
    };
    Err(DataError::Encoding { table: table.into(), encoding })
}

/// What the first rows say of each column.
struct Sample {
    kinds: Vec<Option<CellKind>>,
    rows: usize,
    /// Whether the row under way is the header once more.
    is_header: bool,
}

impl Sink for Sample {
    fn run(&mut self, _: usize, _: &[u8], _: u8) -> Run {
        Run::default()
    }

    fn cell(&mut self, column: usize, cell: &[u8], _: bool) {
        let Some(kind) = self.kinds.get_mut(column).filter(|_| !self.is_header) else { return };
        match Number::of(cell) {
            Number::Empty => {}
            Number::Text if is_usual_marker(cell.trim_ascii()) => {}
            Number::Text => *kind = Some(CellKind::Text),
            _ => *kind = kind.or(Some(CellKind::Number)),
        }
    }

    fn absent(&mut self, _: usize) {}

    fn flaw(&mut self, defect: Defect, _: &[u8]) {
        self.is_header |= defect == Defect::RepeatedHeader;
    }

    fn end_row(&mut self, _: usize) {
        self.rows += 1;
        self.is_header = false;
    }

    fn spoil_row(&mut self, _: Defect, _: &[u8]) {
        self.rows += 1;
        self.is_header = false;
    }

    fn pass_lines(&mut self, _: u64) {}

    fn is_full(&self) -> bool {
        self.rows >= SAMPLE_ROWS
    }
}
