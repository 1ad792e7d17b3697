//! A table of text in pieces that end behind a row, each to be parsed by whoever has time.

use std::io::Read;
use std::sync::Arc;

use super::form::Form;
use super::head::{Head, TextHead, Told};
use super::limits::{SAMPLE_BYTES, SAMPLE_ROWS};
use super::plan::Slot;
use super::sink::count_lines;
use super::source::Source;
use super::zeek;
use crate::{DataError, TableFormat};

/// How the rows of a block are read, and where their cells go.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) form: Form,
    pub(crate) slots: Arc<[Slot]>,
}

/// A table that was opened and of which the start was read.
pub(crate) struct Opened<R> {
    pub(crate) source: Source<R>,
    pub(crate) start: Vec<u8>,
    whole: bool,
}

impl<R: Read> Opened<R> {
    /// Reads so much that the columns can be told.
    pub(crate) fn new(mut source: Source<R>) -> Result<Self, DataError> {
        const STEP: usize = 64 * 1024;
        let mut start = Vec::new();
        let mut lines = 0;
        let mut whole = false;
        while !whole && lines <= SAMPLE_ROWS as u64 && start.len() < SAMPLE_BYTES {
            let before = start.len();
            whole = source.fill(&mut start, STEP)? < STEP;
            lines += count_lines(start.get(before..).unwrap_or_default());
        }
        Ok(Self { source, start, whole })
    }

    /// Whether the rows are not text.
    pub(crate) fn is_parquet(&self, told: Option<TableFormat>, name: &str) -> bool {
        told.unwrap_or_else(|| TableFormat::of(&self.start, name)) == TableFormat::Parquet
    }

    /// The columns; more is read where the first rows do not tell what each holds.
    pub(crate) fn head(&mut self, told: &Told<'_>) -> Result<(TextHead, Head), DataError> {
        let found = TextHead::read(&self.start, self.whole, told)?;
        let more = SAMPLE_BYTES.saturating_sub(self.start.len());
        if self.whole || more == 0 || !found.1.wants_more {
            return Ok(found);
        }
        self.whole = self.source.fill(&mut self.start, more)? < more;
        TextHead::read(&self.start, self.whole, told)
    }

    /// How many rows there are in so many bytes if all are like the first, and a few more.
    pub(crate) fn rows(&self, start: usize, len: u64) -> Option<u64> {
        let sample = self.start.get(start..).filter(|_| self.source.compression().is_none())?;
        let rows = count_lines(sample);
        let bytes = (sample.len() as u64).max(1);
        let expected = u128::from(len) * u128::from(rows) / u128::from(bytes);
        u64::try_from(expected + expected / 64 + 64).ok()
    }

    /// All bytes, where a table is read as a whole.
    #[cfg(feature = "parquet")]
    pub(crate) fn all(mut self) -> Result<Vec<u8>, DataError> {
        const STEP: usize = 1024 * 1024;
        while self.source.fill(&mut self.start, STEP)? == STEP {}
        Ok(self.start)
    }

    /// The rows, of which the first begins at `start`.
    pub(crate) fn blocks(mut self, start: usize, layout: Layout, size: usize) -> Blocks<R> {
        self.start.drain(..start.min(self.start.len()));
        Blocks {
            source: self.source,
            ahead: self.start,
            is_over: self.whole,
            layout: Arc::new(layout),
            size,
        }
    }
}

/// The rows of a table in pieces.
pub(crate) struct Blocks<R> {
    source: Source<R>,
    /// What was read and not yet handed out.
    ahead: Vec<u8>,
    /// Whether the source is at its end.
    is_over: bool,
    layout: Arc<Layout>,
    size: usize,
}

/// A part of a table.
pub(crate) enum Piece {
    /// Whole rows.
    Rows(Arc<Layout>),
    /// A row that is too long, of so many lines, which were passed. Some of its text.
    OverLong(u64, Vec<u8>),
    /// A header among the rows, of so many lines, with columns of its own.
    Header(zeek::Again),
}

impl<R: Read> Blocks<R> {
    /// The next piece; its rows are put into `block`, whose memory is used again.
    pub(crate) fn next(&mut self, block: &mut Vec<u8>) -> Result<Option<Piece>, DataError> {
        block.clear();
        let mut wanted = self.size;
        loop {
            self.fill(wanted)?;
            if self.ahead.is_empty() {
                return Ok(None);
            }
            if let Some(header) = self.header()? {
                return Ok(Some(Piece::Header(header)));
            }
            if let Some(end) = self.cut() {
                self.hand_out(end, block);
                return Ok(Some(Piece::Rows(Arc::clone(&self.layout))));
            }
            // Two more, since a line end may be of two bytes.
            if self.ahead.len() > self.layout.form.lines().row_bytes.saturating_add(2) {
                return self.over_long().map(Some);
            }
            wanted = wanted.saturating_mul(2);
        }
    }

    /// From now on, rows are read in another way.
    pub(crate) fn set_layout(&mut self, layout: Layout) {
        self.layout = Arc::new(layout);
    }

    fn fill(&mut self, wanted: usize) -> Result<(), DataError> {
        let more = wanted.saturating_sub(self.ahead.len());
        if more > 0 && !self.is_over {
            self.is_over = self.source.fill(&mut self.ahead, more)? < more;
        }
        Ok(())
    }

    /// Where whole rows end, in what was read. A large start is handed out bit by bit like the rest.
    fn cut(&self) -> Option<usize> {
        let part = self.ahead.get(..self.size).filter(|part| part.len() < self.ahead.len());
        let early = part.and_then(|part| self.layout.form.cut(part, false));
        let end = early.or_else(|| self.layout.form.cut(&self.ahead, self.is_over))?;
        match self.layout.form {
            Form::Zeek(_) => Some(zeek::before_header(&self.ahead, end)),
            _ => Some(end),
        }
    }

    fn hand_out(&mut self, end: usize, block: &mut Vec<u8>) {
        std::mem::swap(&mut self.ahead, block);
        self.ahead.clear();
        self.ahead.extend_from_slice(block.get(end..).unwrap_or_default());
        block.truncate(end);
    }

    /// Lines of a header, if that is what comes next. They are read as a whole, so they have a limit: that of a row.
    fn header(&mut self) -> Result<Option<zeek::Again>, DataError> {
        let Form::Zeek(dialect) = &self.layout.form else { return Ok(None) };
        if self.ahead.first() != Some(&b'#') {
            return Ok(None);
        }
        let mut again = zeek::Again::of(dialect);
        let mut passed = 0;
        while self.ahead.get(passed) == Some(&b'#') {
            let mut end = self.layout.form.line_behind(&self.ahead, passed, self.is_over);
            if end.is_none() {
                self.ahead.drain(..passed);
                passed = 0;
                end = Some(self.end_of_line()?);
            }
            let end = end.unwrap_or(self.ahead.len());
            again.take(self.ahead.get(passed..end).unwrap_or_default());
            passed = end;
        }
        self.ahead.drain(..passed);
        Ok(Some(again))
    }

    /// Behind the first line, or behind as much of it as counts: the rest is passed.
    fn end_of_line(&mut self) -> Result<usize, DataError> {
        let most = self.layout.form.lines().row_bytes;
        loop {
            if let Some(end) = self.layout.form.line_behind(&self.ahead, 0, self.is_over) {
                return Ok(end);
            }
            if self.is_over {
                return Ok(self.ahead.len());
            }
            if self.ahead.len() > most {
                self.ahead.truncate(most);
            }
            self.fill(self.ahead.len() + self.size)?;
        }
    }

    /// Passes a row without an end: reading goes on at the line behind the limit.
    fn over_long(&mut self) -> Result<Piece, DataError> {
        const SHOWN: usize = 64;
        let shown = self.ahead.get(..SHOWN.min(self.ahead.len())).unwrap_or_default().to_vec();
        let mut lines = 0;
        let mut from = self.layout.form.lines().row_bytes;
        loop {
            if let Some(end) = self.layout.form.line_behind(&self.ahead, from, self.is_over) {
                lines += count_lines(self.ahead.get(..end).unwrap_or_default());
                self.ahead.drain(..end);
                return Ok(Piece::OverLong(lines, shown));
            }
            // The last byte may be half of a line end.
            let passed =
                if self.is_over { self.ahead.len() } else { self.ahead.len().saturating_sub(1) };
            lines += count_lines(self.ahead.get(..passed).unwrap_or_default());
            self.ahead.drain(..passed);
            if self.ahead.is_empty() && self.is_over {
                return Ok(Piece::OverLong(lines, shown));
            }
            from = 0;
            self.fill(self.size.max(2))?;
        }
    }
}
