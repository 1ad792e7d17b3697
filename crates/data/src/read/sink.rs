//! Where the readers of all formats put what they find, and the lines that most of them walk along.

use memchr::{memchr, memchr_iter, memchr2};

use crate::Defect;

/// Takes cells row by row.
pub(crate) trait Sink {
    /// The cells of a row from this one on, up to the first that cannot be told at once: how many, and how long they
    /// are with what stands between them. What comes next is no line end: it comes as [`cell`](Self::cell).
    fn run(&mut self, column: usize, rest: &[u8], separator: u8) -> Run;
    /// A cell, without its quotes.
    fn cell(&mut self, column: usize, cell: &[u8], quoted: bool);
    /// A cell of which the format says that nothing is known.
    fn absent(&mut self, column: usize);
    /// What is wrong with the row under way, or between rows, and the text to show for it.
    fn flaw(&mut self, defect: Defect, text: &[u8]);
    /// What is wrong with a cell, besides what it holds, and the text to show for it.
    fn cell_flaw(&mut self, defect: Defect, column: usize, text: &[u8]);
    /// The row under way is over, and had so many cells.
    fn end_row(&mut self, cells: usize);
    /// The row under way is none: it counts as found and no more. It takes so many lines.
    fn spoil_row(&mut self, defect: Defect, text: &[u8], lines: u64);
    /// So many lines were passed.
    fn pass_lines(&mut self, lines: u64);
    /// Whether the rest is not wanted any more.
    fn is_full(&self) -> bool;
}

/// Cells that were taken at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    pub(crate) cells: usize,
    pub(crate) len: usize,
    /// Whether the row ends behind the last of them, where a line end stands.
    pub(crate) is_end: bool,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LineEnd {
    #[default]
    Lf,
    CrLf,
    Cr,
}

impl LineEnd {
    /// The line end at the start, and how long it is.
    #[inline]
    pub(crate) fn of(rest: &[u8]) -> Option<(Self, usize)> {
        match rest {
            [b'\n', ..] => Some((Self::Lf, 1)),
            [b'\r', b'\n', ..] => Some((Self::CrLf, 2)),
            [b'\r', ..] => Some((Self::Cr, 1)),
            _ => None,
        }
    }

    /// That of the first line.
    pub(crate) fn first(bytes: &[u8]) -> Self {
        let found = memchr2(b'\n', b'\r', bytes).and_then(|end| Self::of(bytes.get(end..)?));
        found.map_or(Self::default(), |(end, _)| end)
    }
}

/// Hands the lines of a block to `row`, without their ends. Only LF and CRLF end a line.
pub(crate) fn each_line<S: Sink>(
    block: &[u8],
    lines: Lines,
    sink: &mut S,
    mut row: impl FnMut(&[u8], &mut S),
) {
    let mut rest = block;
    while !rest.is_empty() && !sink.is_full() {
        let (line, behind) = split_line(rest);
        let (text, end) =
            line.strip_suffix(b"\r").map_or((line, LineEnd::Lf), |text| (text, LineEnd::CrLf));
        if text.len() > lines.row_bytes {
            sink.spoil_row(Defect::OverLong, text, 1);
        } else if text.trim_ascii().is_empty() {
            sink.flaw(Defect::BlankLine, b"");
        } else {
            row(text, sink);
        }
        if end != lines.end && line.len() < rest.len() {
            sink.flaw(Defect::MixedLineEnds, b"");
        }
        sink.pass_lines(1);
        rest = behind;
    }
}

/// What is to be known of lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    pub(crate) row_bytes: usize,
    pub(crate) end: LineEnd,
}

/// Up to the first LF, and what comes behind it.
pub(crate) fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b'\n', bytes).and_then(|end| bytes.split_at_checked(end)) {
        Some((line, rest)) => (line, rest.get(1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

/// How many lines end in `bytes`.
pub(crate) fn count_lines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}
