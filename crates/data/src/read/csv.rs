//! CSV: cells between separators, in quotes or not, with a line of names or without.

use memchr::{memchr, memchr2, memchr3, memrchr};

use super::form::Form;
use super::head::{Head, HeadColumn, TextHead, Told};
use super::number::Number;
use super::sink::{LineEnd, Lines, Sink, count_lines};
use crate::{DataError, Defect};

const QUOTE: u8 = b'"';
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// How a table of CSV is written.
#[derive(Clone, Debug)]
pub(crate) struct Dialect {
    pub(crate) separator: u8,
    /// The line of names, without its end; nothing if there is none.
    pub(crate) header: Box<[u8]>,
    pub(crate) lines: Lines,
}

/// The columns of a table, whose start is `start`.
pub(crate) fn head(start: &[u8], told: &Told<'_>) -> Result<(TextHead, Head), DataError> {
    let blank = start.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    let first = start.get(blank..).unwrap_or_default();
    let separator = told.separator.unwrap_or_else(|| separator(first));
    let lines = Lines { row_bytes: told.row_bytes, end: LineEnd::first(start) };
    let dialect = Dialect { separator, header: Box::default(), lines };
    let mut names = Names::default();
    dialect.first_row(first, &mut names);
    let Names { cells, .. } = names;
    if cells.is_empty() {
        return Err(DataError::EmptyTable { table: told.table.into() });
    }
    let has_header = told.header.unwrap_or_else(|| !cells.iter().any(|cell| is_number(cell)));
    if !has_header {
        let text = TextHead { form: Form::Csv(dialect), start: 0 };
        return Ok((text, Head::nameless(cells.len())));
    }
    let end = dialect.row_end(first, 0, true).unwrap_or(first.len());
    let header: Box<[u8]> = trim_end(first.get(..end).unwrap_or_default()).into();
    let columns = cells.iter().map(|cell| HeadColumn::named(&String::from_utf8_lossy(cell)));
    let lines = count_ends(start.get(..blank + end).unwrap_or_default());
    let form = Form::Csv(Dialect { header, ..dialect });
    Ok((TextHead { form, start: blank + end }, Head::new(columns.collect(), lines)))
}

/// The one that stands most often in the first line, outside of quotes.
fn separator(first: &[u8]) -> u8 {
    let line = memchr2(b'\n', b'\r', first).and_then(|end| first.get(..end)).unwrap_or(first);
    let mut quoted = false;
    let mut counts = [0usize; SEPARATORS.len()];
    for byte in line {
        quoted ^= *byte == QUOTE;
        for (separator, count) in SEPARATORS.iter().zip(&mut counts) {
            *count += usize::from(!quoted && byte == separator);
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let place = counts.iter().position(|count| *count == most).unwrap_or(0);
    SEPARATORS.get(place).copied().unwrap_or(b',')
}

fn is_number(cell: &[u8]) -> bool {
    matches!(Number::of(cell), Number::Finite(_) | Number::Overflow(_))
}

/// LF and CRLF and CR alone.
fn count_ends(bytes: &[u8]) -> u64 {
    let lone = bytes.windows(2).filter(|pair| pair[0] == b'\r' && pair[1] != b'\n').count();
    count_lines(bytes) + lone as u64 + u64::from(bytes.last() == Some(&b'\r'))
}

fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

impl Dialect {
    /// Hands out the rows of a block that ends behind a row.
    pub(crate) fn rows<S: Sink>(&self, block: &[u8], sink: &mut S) {
        let mut place = 0;
        while place < block.len() && !sink.is_full() {
            place = self.row(block, place, sink);
        }
    }

    /// The first row alone.
    fn first_row<S: Sink>(&self, block: &[u8], sink: &mut S) {
        if !block.is_empty() {
            self.row(block, 0, sink);
        }
    }

    /// The row that begins at `start`, and where the next begins.
    #[inline]
    fn row<S: Sink>(&self, block: &[u8], start: usize, sink: &mut S) -> usize {
        let here = block.get(start..).unwrap_or_default();
        if let Some((end, len)) = LineEnd::of(here) {
            sink.flaw(Defect::BlankLine, b"");
            self.end_line(end, sink);
            return start + len;
        }
        if self.repeats_header(here) {
            sink.flaw(Defect::RepeatedHeader, &self.header);
        }
        let bound = start.saturating_add(self.lines.row_bytes).saturating_add(1).min(block.len());
        let (mut place, mut column, mut lines) = (start, 0, 0);
        loop {
            let rest = block.get(place..).unwrap_or_default();
            place = match sink.short(column, rest, self.separator) {
                Some(len) => place + len,
                None => self.cell(block, place, bound, column, &mut lines, sink),
            };
            column += 1;
            if place >= bound || block.get(place) != Some(&self.separator) {
                break;
            }
            place += 1;
        }
        if place - start > self.lines.row_bytes {
            return self.over_long(block, start, sink);
        }
        sink.end_row(column);
        sink.pass_lines(lines);
        match block.get(place..).and_then(LineEnd::of) {
            Some((end, len)) => {
                self.end_line(end, sink);
                place + len
            }
            None => place,
        }
    }

    fn end_line<S: Sink>(&self, end: LineEnd, sink: &mut S) {
        if end != self.lines.end {
            sink.flaw(Defect::MixedLineEnds, b"");
        }
        sink.pass_lines(1);
    }

    #[inline]
    fn repeats_header(&self, here: &[u8]) -> bool {
        !self.header.is_empty()
            && here.starts_with(&self.header)
            && matches!(here.get(self.header.len()), None | Some(b'\n' | b'\r'))
    }

    /// The cell at `start`, of which no more than up to `bound` is looked at, and where it ends.
    fn cell<S: Sink>(
        &self,
        block: &[u8],
        start: usize,
        bound: usize,
        column: usize,
        lines: &mut u64,
        sink: &mut S,
    ) -> usize {
        if block.get(start) != Some(&QUOTE) {
            let end = self.plain_end(block, start, bound);
            sink.cell(column, block.get(start..end).unwrap_or_default(), false);
            return end;
        }
        let Some(close) = quoted_end(block, start + 1, bound) else {
            return self.cut_cell(block, start, bound, column, lines, sink);
        };
        let end = self.plain_end(block, close + 1, bound);
        let inner = block.get(start + 1..close).unwrap_or_default();
        *lines += count_lines(inner);
        let behind = block.get(close + 1..end).unwrap_or_default();
        if behind.is_empty() && memchr(QUOTE, inner).is_none() {
            sink.cell(column, inner, true);
        } else {
            let mut whole = undoubled(inner);
            whole.extend_from_slice(behind);
            sink.cell(column, &whole, true);
        }
        end
    }

    /// A cell whose quote is not closed before the bound: the row is too long, or the table ends here.
    #[cold]
    fn cut_cell<S: Sink>(
        &self,
        block: &[u8],
        start: usize,
        bound: usize,
        column: usize,
        lines: &mut u64,
        sink: &mut S,
    ) -> usize {
        if bound == block.len() {
            let inner = block.get(start + 1..).unwrap_or_default();
            *lines += count_lines(inner);
            sink.flaw(Defect::OpenQuote, inner);
            sink.cell(column, &undoubled(inner), true);
        }
        bound
    }

    /// Where the cell ends that is not, or no longer, in quotes.
    #[inline]
    fn plain_end(&self, block: &[u8], start: usize, bound: usize) -> usize {
        let rest = block.get(start..bound).unwrap_or_default();
        memchr3(self.separator, b'\n', b'\r', rest).map_or(bound, |len| start + len)
    }

    /// Passes a row that is too long: reading goes on at the line behind the limit.
    #[cold]
    fn over_long<S: Sink>(&self, block: &[u8], start: usize, sink: &mut S) -> usize {
        let end = line_behind(block, start + self.lines.row_bytes).unwrap_or(block.len());
        let row = block.get(start..end).unwrap_or_default();
        sink.spoil_row(Defect::OverLong, row);
        sink.pass_lines(count_ends(row));
        end
    }

    /// Where the last whole row of a block ends, if there is one. The block begins with a row, and if it is `last`,
    /// nothing comes behind it.
    pub(crate) fn cut(&self, block: &[u8], last: bool) -> Option<usize> {
        if last {
            return Some(block.len());
        }
        if memchr(QUOTE, block).is_none() {
            return last_line(block);
        }
        let mut cut = 0;
        while let Some(end) = self.row_end(block, cut, false) {
            cut = end;
        }
        (cut > 0).then_some(cut)
    }

    /// Where the row at `start` ends, its line end included, if that is certain.
    fn row_end(&self, block: &[u8], start: usize, last: bool) -> Option<usize> {
        let bound = start.checked_add(self.lines.row_bytes)?.checked_add(1)?.min(block.len());
        let mut place = start;
        loop {
            if block.get(place) == Some(&QUOTE) {
                match quoted_end(block, place + 1, bound) {
                    Some(close) if close + 1 < block.len() || last => place = close + 1,
                    _ => return self.row_end_at(block, start, bound, last),
                }
            }
            place = self.plain_end(block, place, bound);
            if place >= bound || block.get(place) != Some(&self.separator) {
                return self.row_end_at(block, start, place, last);
            }
            place += 1;
        }
    }

    /// Where the row ends whose cells end at `place`, or go on there beyond the limit.
    fn row_end_at(&self, block: &[u8], start: usize, place: usize, last: bool) -> Option<usize> {
        let rest = block.get(place..)?;
        if place - start > self.lines.row_bytes {
            return line_behind(block, start + self.lines.row_bytes)
                .filter(|end| *end < block.len() || block.ends_with(b"\n") || last)
                .or(last.then_some(block.len()));
        }
        match rest {
            [] | [b'\r'] if !last => None,
            [] => (place > start).then_some(place),
            rest => LineEnd::of(rest).map(|(_, len)| place + len),
        }
    }
}

/// The quote that closes a cell; doubled ones do not.
fn quoted_end(block: &[u8], start: usize, bound: usize) -> Option<usize> {
    let mut place = start;
    loop {
        let quote = place + memchr(QUOTE, block.get(place..bound)?)?;
        if block.get(quote + 1) != Some(&QUOTE) {
            return Some(quote);
        }
        place = quote + 2;
    }
}

fn undoubled(inner: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(quote) = memchr(QUOTE, rest) {
        whole.extend_from_slice(rest.get(..=quote).unwrap_or_default());
        let behind = rest.get(quote + 1..).unwrap_or_default();
        rest = behind.strip_prefix(b"\"").unwrap_or(behind);
    }
    whole.extend_from_slice(rest);
    whole
}

/// Behind the first line end from `place` on.
pub(crate) fn line_behind(block: &[u8], place: usize) -> Option<usize> {
    let end = place + memchr2(b'\n', b'\r', block.get(place..)?)?;
    LineEnd::of(block.get(end..)?).map(|(_, len)| end + len)
}

/// Behind the last line end. A CR at the very end may be half of one.
fn last_line(block: &[u8]) -> Option<usize> {
    if let Some(end) = memrchr(b'\n', block) {
        return Some(end + 1);
    }
    let whole = block.split_last().map_or(block, |(_, whole)| whole);
    memrchr(b'\r', whole).map(|end| end + 1)
}

/// The cells of the first row.
#[derive(Default)]
struct Names {
    cells: Vec<Vec<u8>>,
}

impl Sink for Names {
    fn short(&mut self, _: usize, _: &[u8], _: u8) -> Option<usize> {
        None
    }

    fn cell(&mut self, _: usize, cell: &[u8], _: bool) {
        self.cells.push(cell.to_vec());
    }

    fn absent(&mut self, _: usize) {}

    fn flaw(&mut self, _: Defect, _: &[u8]) {}

    fn end_row(&mut self, _: usize) {}

    fn spoil_row(&mut self, _: Defect, _: &[u8]) {}

    fn pass_lines(&mut self, _: u64) {}

    fn is_full(&self) -> bool {
        false
    }
}
