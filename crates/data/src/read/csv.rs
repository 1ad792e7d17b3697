//! CSV: cells between separators, in quotes or not, with a line of names or without.

use memchr::{memchr, memchr2, memchr3, memrchr};

use super::form::Form;
use super::head::{Head, HeadColumn, TextHead, Told};
use super::number::Number;
use super::sink::{LineEnd, Lines, Run, Sink, count_lines};
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
pub(crate) fn head(
    start: &[u8],
    whole: bool,
    told: &Told<'_>,
) -> Result<(TextHead, Head), DataError> {
    let blank = start.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    let first = start.get(blank..).unwrap_or_default();
    let separator = told.separator.unwrap_or_else(|| separator(first));
    let lines = Lines { row_bytes: told.row_bytes, end: LineEnd::first(start) };
    let dialect = Dialect { separator, header: Box::default(), lines };
    let mut names = Names::default();
    dialect.first_row(first, &mut names);
    let Names { cells, is_over_long } = names;
    let end = dialect.row_end(first, 0, whole).or(whole.then_some(first.len()));
    let Some(end) = end.filter(|_| !is_over_long) else {
        let (table, what) = (told.table.into(), "bytes in the first line");
        let limit = told.row_bytes.min(first.len()) as u64;
        return Err(DataError::Limit { table, what, limit });
    };
    if cells.is_empty() {
        return Err(DataError::EmptyTable { table: told.table.into() });
    }
    let has_header = told.header.unwrap_or_else(|| !cells.iter().any(|cell| is_number(cell)));
    if !has_header {
        let text = TextHead { form: Form::Csv(dialect), start: 0 };
        return Ok((text, Head::nameless(cells.len())));
    }
    let header: Box<[u8]> = trim_end(first.get(..end).unwrap_or_default()).into();
    let columns = cells.iter().map(|cell| HeadColumn::named(cell));
    let lines = count_ends(start.get(..blank + end).unwrap_or_default());
    let form = Form::Csv(Dialect { header, ..dialect });
    let mut head = Head::new(columns.collect(), lines);
    let bad = cells.iter().filter(|cell| str::from_utf8(cell).is_err());
    head.flaws.extend(bad.map(|_| (Defect::NotUtf8, lines.max(1))));
    Ok((TextHead { form, start: blank + end }, head))
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
        let mut row = Row::new(block, start, self.lines.row_bytes);
        let (mut place, mut column) = (start, 0);
        loop {
            let run =
                sink.run(column, block.get(place..row.bound).unwrap_or_default(), self.separator);
            column += run.cells;
            place += run.len;
            if run.is_end {
                break;
            }
            place = self.cell(&mut row, place, column, sink);
            column += 1;
            if place >= row.bound || block.get(place) != Some(&self.separator) {
                break;
            }
            place += 1;
        }
        if place - start > self.lines.row_bytes {
            return self.over_long(block, start, sink);
        }
        sink.end_row(column);
        sink.pass_lines(row.lines);
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

    /// The cell at `start`, and where it ends.
    fn cell<S: Sink>(&self, row: &mut Row<'_>, start: usize, column: usize, sink: &mut S) -> usize {
        let (block, bound) = (row.block, row.bound);
        if block.get(start) != Some(&QUOTE) {
            let end = self.plain_end(block, start, bound);
            sink.cell(column, block.get(start..end).unwrap_or_default(), false);
            return end;
        }
        let Some(close) = quoted_end(block, start + 1, bound) else {
            return cut_cell(row, start, column, sink);
        };
        let end = self.plain_end(block, close + 1, bound);
        let inner = block.get(start + 1..close).unwrap_or_default();
        row.lines += count_lines(inner);
        let behind = block.get(close + 1..end).unwrap_or_default();
        if !behind.is_empty() {
            sink.cell_flaw(Defect::BehindQuote, column, behind);
        }
        if behind.is_empty() && memchr(QUOTE, inner).is_none() {
            sink.cell(column, inner, true);
        } else {
            let mut whole = undoubled(inner);
            whole.extend_from_slice(behind);
            sink.cell(column, &whole, true);
        }
        end
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
        let lines = count_ends(row);
        sink.spoil_row(Defect::OverLong, row, lines);
        sink.pass_lines(lines);
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

/// A row under way.
struct Row<'a> {
    block: &'a [u8],
    /// No more of the block is looked at than up to here: the limit, or the end.
    bound: usize,
    is_limited: bool,
    /// How many lines end within quotes.
    lines: u64,
}

impl<'a> Row<'a> {
    fn new(block: &'a [u8], start: usize, most: usize) -> Self {
        let limit = start.saturating_add(most).saturating_add(1);
        Self { block, bound: limit.min(block.len()), is_limited: limit <= block.len(), lines: 0 }
    }
}

/// A cell whose quote is not closed before the bound: the row is too long, or the table ends here.
#[cold]
fn cut_cell<S: Sink>(row: &mut Row<'_>, start: usize, column: usize, sink: &mut S) -> usize {
    if !row.is_limited {
        let inner = row.block.get(start + 1..).unwrap_or_default();
        row.lines += count_lines(inner);
        sink.flaw(Defect::OpenQuote, inner);
        sink.cell(column, &undoubled(inner), true);
    }
    row.bound
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
    is_over_long: bool,
}

impl Sink for Names {
    fn run(&mut self, _: usize, _: &[u8], _: u8) -> Run {
        Run::default()
    }

    fn cell(&mut self, _: usize, cell: &[u8], _: bool) {
        self.cells.push(cell.to_vec());
    }

    fn absent(&mut self, _: usize) {}

    fn flaw(&mut self, _: Defect, _: &[u8]) {}

    fn cell_flaw(&mut self, _: Defect, _: usize, _: &[u8]) {}

    fn end_row(&mut self, _: usize) {}

    fn spoil_row(&mut self, _: Defect, _: &[u8], _: u64) {
        self.is_over_long = true;
    }

    fn pass_lines(&mut self, _: u64) {}

    fn is_full(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Dataset, Defect, Limits, Policy, ReadReport, TableReader};

    fn read(csv: &str) -> (Dataset, ReadReport) {
        TableReader::new().read(csv.as_bytes()).unwrap()
    }

    fn column(dataset: &Dataset, place: usize) -> Vec<f64> {
        dataset.column(place).unwrap().to_vec()
    }

    fn texts(dataset: &Dataset, place: usize) -> Vec<String> {
        let classes = dataset.schema().fields()[place].texts().unwrap();
        let name = |cell: &f64| match cell.is_nan() {
            true => "?".to_owned(),
            false => classes.name(*cell as u32).unwrap().to_owned(),
        };
        dataset.column(place).unwrap().iter().map(name).collect()
    }

    #[test]
    fn separators_are_told_by_the_first_line() {
        for csv in ["a,b\n1,2\n", "a;b\n1;2\n", "a\tb\n1\t2\n", "\"a,\",b\n1,2\n"] {
            let (dataset, _) = read(csv);
            assert_eq!((column(&dataset, 0), column(&dataset, 1)), (vec![1.0], vec![2.0]), "{csv}");
        }
        let (dataset, _) = TableReader::new().separator('|').read(&b"a|b,c\n1|2\n"[..]).unwrap();
        assert_eq!(dataset.schema().names().collect::<Vec<_>>(), ["a", "b,c"]);
        assert!(TableReader::new().separator('"').read(&b"a\n"[..]).is_err());
    }

    #[test]
    fn quotes_hold_separators_line_ends_and_quotes() {
        let (dataset, report) = read("t,n\n\"a,\"\"b\"\"\nc\",\"1\"\n\"d\"e,2\nf\"g,3\n\"\",4\n");
        assert_eq!(texts(&dataset, 0), ["a,\"b\"\nc", "de", "f\"g", "?"]);
        assert_eq!(column(&dataset, 1), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!((report.tables[0].lines, report.rows_found), (6, 4));
        let places = |defect| {
            let facts = report.defects.iter().find(|facts| facts.defect == defect).unwrap();
            facts.places.iter().map(|place| (place.line, place.column.clone())).collect::<Vec<_>>()
        };
        let column = Some("t".to_owned());
        assert_eq!(places(Defect::Empty), [(6, column.clone())]);
        assert_eq!(places(Defect::BehindQuote), [(4, column)]);
        assert_eq!((report.defects.len(), report.count(Defect::BehindQuote)), (2, 1));
        let dropped = TableReader::new().on(Defect::BehindQuote, Policy::Drop);
        let (_, report) = dropped.read(&b"t,n\n\"a\"b,1\nc,2\n"[..]).unwrap();
        assert_eq!((report.dropped(Defect::BehindQuote), report.rows), (1, 1));
    }

    #[test]
    fn line_ends_of_every_kind_end_lines_and_mixed_ones_are_counted() {
        for end in ["\n", "\r\n", "\r"] {
            let (dataset, report) = read(&format!("a,b{end}1,x{end}2,y{end}"));
            assert_eq!(
                (column(&dataset, 0), texts(&dataset, 1)),
                (vec![1.0, 2.0], vec!["x".into(), "y".into()])
            );
            let returns = u64::from(end != "\n");
            assert_eq!(report.count(Defect::CarriageReturns), returns, "{end:?}");
            assert_eq!((report.defects.len() as u64, report.tables[0].lines), (returns, 3));
        }
        let mixed = "a,b\n1,2\r\n3,4\r5,6\n7,8";
        let (dataset, report) = read(mixed);
        assert_eq!(column(&dataset, 1), [2.0, 4.0, 6.0, 8.0]);
        assert_eq!(report.count(Defect::MixedLineEnds), 2);
        let refused = TableReader::new().on(Defect::MixedLineEnds, Policy::Refuse);
        assert!(refused.read(mixed.as_bytes()).is_err());
    }

    #[test]
    fn a_line_of_names_is_told_from_a_row() {
        let (dataset, report) = read("1,x\n2,y\n");
        assert_eq!(dataset.schema().names().collect::<Vec<_>>(), ["column 1", "column 2"]);
        assert_eq!((dataset.rows(), report.tables[0].lines), (2, 2));
        let (dataset, _) = TableReader::new().header(true).read(&b"1,2\n3,4\n"[..]).unwrap();
        assert_eq!((dataset.rows(), dataset.schema().names().next()), (1, Some("1")));
        let (dataset, _) = TableReader::new().header(false).read(&b"a,b\nc,d\n"[..]).unwrap();
        assert_eq!(texts(&dataset, 0), ["a", "c"]);
    }

    #[test]
    fn ragged_rows_are_dropped_or_mended_or_refused() {
        let csv = b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n";
        let (dataset, report) = TableReader::new().read(&csv[..]).unwrap();
        assert_eq!(column(&dataset, 0), [1.0]);
        assert_eq!((report.dropped(Defect::TooShort), report.dropped(Defect::TooLong)), (1, 1));
        let mended =
            TableReader::new().on(Defect::TooShort, Policy::Mend).on(Defect::TooLong, Policy::Mend);
        let (dataset, report) = mended.read(&csv[..]).unwrap();
        assert_eq!(column(&dataset, 0), [1.0, 4.0, 6.0]);
        assert!(column(&dataset, 2)[1].is_nan() && column(&dataset, 2)[2] == 8.0);
        assert_eq!((report.count(Defect::TooShort), report.rows_dropped()), (1, 0));
        let refused = TableReader::new().on(Defect::TooLong, Policy::Refuse).read(&csv[..]);
        assert_eq!(refused.unwrap_err().to_string(), "the table, line 4: too-long");
    }

    #[test]
    fn rows_beyond_the_limit_are_passed_up_to_the_next_line() {
        let limits = Limits::default().row_bytes(8);
        let reader = TableReader::new().limits(limits).threads(1);
        for block_bytes in [1, 5, 1 << 20] {
            let reader = reader.clone().block_bytes(block_bytes);
            let csv = b"a,b\n1,2\n123456,789\n12345,78\n\"3\n4\n5\n6\n7\n8,9\n10,11\n";
            let (dataset, report) = reader.read(&csv[..]).unwrap();
            assert_eq!(column(&dataset, 0), [1.0, 12345.0, 8.0, 10.0], "{block_bytes}");
            assert_eq!((report.dropped(Defect::OverLong), report.rows_found), (2, 7));
            assert_eq!(report.tables[0].lines, 11);
            let facts = report.defects.iter().find(|facts| facts.defect == Defect::OverLong);
            let lines: Vec<u64> = facts.unwrap().places.iter().map(|place| place.line).collect();
            assert_eq!(lines, [3, 5]);
            let last = facts.unwrap().places.iter().map(|place| place.last_line);
            assert_eq!(last.collect::<Vec<_>>(), [3, 8]);
        }
    }

    #[test]
    fn the_first_line_has_the_limit_of_rows_too() {
        let reader = |most| TableReader::new().limits(Limits::default().row_bytes(most));
        for csv in [&b"abc,def\n1,2\n"[..], b"\"a\nc\",d\r\n1,2\r\n", b"12,34,5\n1,2,3\n"] {
            assert!(reader(7).read(csv).is_ok());
            let refused = reader(6).read(csv).unwrap_err().to_string();
            assert_eq!(refused, "the table: there are more than 6 bytes in the first line");
        }
        // A line that goes on behind all that is looked at.
        let long = vec![b'a'; 5 << 20];
        let refused = reader(10 << 20).read(&long[..]).unwrap_err().to_string();
        assert_eq!(refused, "the table: there are more than 4194304 bytes in the first line");
        let arff = b"@relation r\n@attribute n numeric\n@data\n1\n";
        let zeek = b"#separator \\x09\n#fields\ta\tb\tcdefghij\n1\t2\t3\n";
        for header in [&arff[..], zeek] {
            assert!(reader(20).read(header).is_ok());
            let refused = reader(15).read(header).unwrap_err().to_string();
            assert_eq!(refused, "the table: there are more than 15 bytes in a line of the header");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told() {
        let csv = b"t,n\na,1\n\"b,2\nc,3\n";
        let (dataset, report) = TableReader::new().read(&csv[..]).unwrap();
        assert_eq!(texts(&dataset, 0), ["a"]);
        assert_eq!((report.dropped(Defect::OpenQuote), report.rows_found), (1, 2));
        let facts = report.defects.iter().find(|facts| facts.defect == Defect::OpenQuote).unwrap();
        assert_eq!((facts.places[0].line, facts.places[0].last_line), (3, 4));
        assert!(report.to_string().contains("open-quote: 1 (drop, 1 rows dropped) at lines 3-4\n"));
        let mended = TableReader::new()
            .on(Defect::OpenQuote, Policy::Mend)
            .on(Defect::TooShort, Policy::Mend);
        assert_eq!(texts(&mended.read(&csv[..]).unwrap().0, 0), ["a", "b,2\nc,3\n"]);
        let refused = TableReader::new().on(Defect::OpenQuote, Policy::Refuse).read(&csv[..]);
        let expected = "the table, line 3: open-quote: \"b,2\\nc,3\\n\"";
        assert_eq!(refused.unwrap_err().to_string(), expected);
    }

    #[test]
    fn headers_among_the_rows_marks_and_blank_lines_are_counted() {
        let csv = "\u{feff}a,b\r\n1,2\r\n\r\na,b\r\n3,4\r\n,5\r\na,b";
        let (dataset, report) = read(csv);
        assert!(dataset.schema().fields()[0].texts().is_none());
        assert_eq!(dataset.schema().names().next(), Some("a"));
        assert_eq!(column(&dataset, 0)[..2], [1.0, 3.0]);
        assert_eq!((report.dropped(Defect::RepeatedHeader), report.rows), (2, 3));
        assert_eq!(report.count(Defect::WrongKind), 0);
        assert_eq!((report.count(Defect::BlankLine), report.count(Defect::ByteOrderMark)), (1, 1));
        for defect in [Defect::RepeatedHeader, Defect::BlankLine, Defect::ByteOrderMark] {
            let refused = TableReader::new().on(defect, Policy::Refuse).read(csv.as_bytes());
            assert!(refused.unwrap_err().to_string().contains(defect.name()));
        }
        let kept = TableReader::new()
            .on(Defect::RepeatedHeader, Policy::Keep)
            .read(csv.as_bytes())
            .unwrap();
        assert_eq!(kept.0.rows(), 5);
        assert_eq!(kept.1.count(Defect::WrongKind), 4);
    }

    #[test]
    fn nothing_at_all_is_refused_and_names_alone_are_a_table() {
        assert!(TableReader::new().read(&b""[..]).is_err());
        assert!(TableReader::new().read(&b"\n\n"[..]).is_err());
        let (dataset, _) = read("a,b\n");
        assert_eq!((dataset.rows(), dataset.width()), (0, 2));
        let utf16 = TableReader::new().read(&b"\xff\xfea\0,\0"[..]);
        assert!(utf16.unwrap_err().to_string().contains("UTF-16"));
    }

    proptest! {
        #[test]
        fn any_block_size_and_number_of_threads_reads_the_same(
            csv in "[a1\",;\n\r]{0,80}",
            size in 1usize..40,
            row_bytes in 1usize..30,
        ) {
            let reader = TableReader::new().limits(Limits::default().row_bytes(row_bytes));
            let whole = reader.clone().threads(1).read(csv.as_bytes());
            let parts = reader.threads(3).block_bytes(size).read(csv.as_bytes());
            // Missing cells are not equal to themselves.
            prop_assert_eq!(format!("{whole:?}"), format!("{parts:?}"));
            if let Ok((dataset, report)) = whole {
                prop_assert_eq!(report.rows_found, dataset.rows() as u64 + report.rows_dropped());
            }
        }

        #[test]
        fn another_reader_finds_the_same_cells(csv in "(([a-c]|\"([a,\n]|\"\"){0,4}\")?,([a-c]|\"([a,\n]|\"\"){0,4}\")\n){1,8}") {
            let reader = TableReader::new().header(false).on(Defect::Empty, Policy::Keep);
            let reader = reader.kind("column 1", crate::CellKind::Text).kind("column 2", crate::CellKind::Text);
            let (dataset, _) = reader.threads(1).separator(',').read(csv.as_bytes()).unwrap();
            let mut other = ::csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
            for (row, record) in other.records().enumerate() {
                let record = record.unwrap();
                for (place, cell) in record.iter().enumerate() {
                    prop_assert_eq!(&texts(&dataset, place)[row], cell);
                }
            }
        }
    }
}
