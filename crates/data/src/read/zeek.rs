//! Zeek's logs: lines that begin with `#` say what the others hold, and may come again with other columns.

use super::description::CellKind;
use super::form::Form;
use super::head::{Head, HeadColumn, TextHead, Told};
use super::sink::{LineEnd, Lines, Sink, each_line, split_line};
use crate::{DataError, KindOrigin};

/// How a log is written. Sets and vectors stay texts as they are, so what stands between their items does not matter.
#[derive(Clone, Debug)]
pub(crate) struct Dialect {
    separator: u8,
    empty: Vec<u8>,
    unset: Vec<u8>,
    columns: Vec<HeadColumn>,
    /// Which columns are true or false.
    truths: Vec<bool>,
    pub(crate) lines: Lines,
}

/// A header among the rows.
pub(crate) struct Again {
    pub(crate) dialect: Dialect,
    pub(crate) line_count: u64,
    /// Whether it names columns or their types.
    pub(crate) has_columns: bool,
}

/// The columns of a log, whose start is `start`.
pub(crate) fn head(start: &[u8], told: &Told<'_>) -> Result<(TextHead, Head), DataError> {
    let lines = Lines { row_bytes: told.row_bytes, end: LineEnd::first(start) };
    let mut again = Again::of(&Dialect {
        separator: told.separator.unwrap_or(b'\t'),
        empty: b"(empty)".to_vec(),
        unset: b"-".to_vec(),
        columns: Vec::new(),
        truths: Vec::new(),
        lines,
    });
    let mut rest = start;
    while rest.first() == Some(&b'#') {
        let (line, behind) = split_line(rest);
        told.check_header_line(line)?;
        again.take(line);
        rest = behind;
    }
    let Again { dialect, line_count, .. } = again;
    if dialect.columns.is_empty() {
        let what = "no line `#fields` names the columns";
        return Err(DataError::Header { table: told.table.into(), line: line_count.max(1), what });
    }
    let columns = dialect.columns.clone();
    let text = TextHead { form: Form::Zeek(dialect), start: start.len() - rest.len() };
    Ok((text, Head::new(columns, line_count)))
}

/// Where rows that end at `end` are cut short by a header.
pub(crate) fn before_header(block: &[u8], end: usize) -> usize {
    let rows = block.get(..end).unwrap_or(block);
    let header = memchr::memmem::find(rows, b"\n#");
    header.map_or(end, |place| place + 1)
}

impl Again {
    pub(crate) fn of(dialect: &Dialect) -> Self {
        Self { dialect: dialect.clone(), line_count: 0, has_columns: false }
    }

    /// A line of the header.
    pub(crate) fn take(&mut self, line: &[u8]) {
        self.line_count += 1;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let dialect = &mut self.dialect;
        if let Some(separator) = line.strip_prefix(b"#separator ") {
            dialect.separator = unescaped(separator).first().copied().unwrap_or(b'\t');
            return;
        }
        let mut words = line.split(|byte| *byte == dialect.separator);
        let (name, mut rest) = (words.next().unwrap_or_default(), words);
        match name {
            b"#empty_field" => dialect.empty = rest.next().unwrap_or_default().to_vec(),
            b"#unset_field" => dialect.unset = rest.next().unwrap_or_default().to_vec(),
            b"#fields" => {
                dialect.columns = rest.map(HeadColumn::named).collect();
                dialect.truths = vec![false; dialect.columns.len()];
                self.has_columns = true;
            }
            b"#types" => {
                let columns = dialect.columns.iter_mut().zip(&mut dialect.truths);
                for ((column, truth), kind) in columns.zip(rest) {
                    (column.kind, column.origin) = (Some(kind_of(kind)), KindOrigin::Declared);
                    *truth = kind == b"bool";
                }
                self.has_columns = true;
            }
            _ => {}
        }
    }

    pub(crate) fn columns(&self) -> &[HeadColumn] {
        &self.dialect.columns
    }
}

fn kind_of(name: &[u8]) -> CellKind {
    match name {
        b"bool" | b"count" | b"int" | b"double" | b"time" | b"interval" | b"port" => {
            CellKind::Number
        }
        _ => CellKind::Text,
    }
}

impl Dialect {
    /// Hands out the rows of a block that ends behind a row.
    pub(crate) fn rows<S: Sink>(&self, block: &[u8], sink: &mut S) {
        each_line(block, self.lines, sink, |line, sink| self.row(line, sink));
    }

    fn row<S: Sink>(&self, line: &[u8], sink: &mut S) {
        let mut cells = 0;
        for cell in line.split(|byte| *byte == self.separator) {
            self.cell(cells, cell, sink);
            cells += 1;
        }
        sink.end_row(cells);
    }

    fn cell<S: Sink>(&self, column: usize, cell: &[u8], sink: &mut S) {
        let is_truth = self.truths.get(column) == Some(&true);
        match cell {
            cell if cell == self.unset => sink.absent(column),
            cell if cell == self.empty => sink.cell(column, b"", false),
            b"T" if is_truth => sink.cell(column, b"1", false),
            b"F" if is_truth => sink.cell(column, b"0", false),
            cell if memchr::memchr(b'\\', cell).is_some() => {
                sink.cell(column, &unescaped(cell), false);
            }
            cell => sink.cell(column, cell, false),
        }
    }
}

/// Bytes that are written as `\x` and two hexadecimal digits.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let escaped = match rest {
            [b'\\', b'x', high, low, behind @ ..] => {
                hexadecimal(*high, *low).map(|byte| (byte, behind))
            }
            _ => None,
        };
        let (byte, behind) = escaped.unwrap_or((byte, behind));
        whole.push(byte);
        rest = behind;
    }
    whole
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use crate::{Defect, Policy, TableReader};

    const LOG: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
        #fields\tts\tuid\tlocal\ttags\n#types\ttime\tstring\tbool\tset[string]\n\
        1.5\tC1\tT\ta,b\n2.5\t-\tF\t(empty)\n3.5\tx\\x09y\\x5c\\xzz\t-\ta\n";

    #[test]
    fn cells_are_what_their_types_say() {
        let (dataset, report) = TableReader::new().read(LOG.as_bytes()).unwrap();
        assert_eq!(format!("{:?}", dataset.column(2).unwrap().to_vec()), "[1.0, 0.0, NaN]");
        let texts = |place: usize| dataset.schema().fields()[place].texts().unwrap().clone();
        assert_eq!(texts(1).names().collect::<Vec<_>>(), ["C1", "x\ty\\\\xzz"]);
        assert_eq!(texts(3).names().collect::<Vec<_>>(), ["a", "a,b"]);
        assert_eq!((report.count(Defect::Absent), report.count(Defect::Empty)), (2, 1));
        assert_eq!(report.tables[0].format, "Zeek");
    }

    #[test]
    fn headers_among_the_rows_change_what_columns_are() {
        let log = format!(
            "{LOG}#close\tnow\n#separator \\x09\n#fields\ttags\tnew\tts\n#types\tset[string]\tcount\ttime\nb\t9\t4.5\n"
        );
        for block_bytes in [1, 7, 1 << 16] {
            let reader = TableReader::new().block_bytes(block_bytes);
            let refused = reader.clone().read(log.as_bytes()).unwrap_err().to_string();
            assert_eq!(refused, "the table, line 11, column \"uid\": missing-column");
            let (dataset, report) =
                reader.on(Defect::MissingColumn, Policy::Missing).read(log.as_bytes()).unwrap();
            assert_eq!(dataset.column(0).unwrap().to_vec(), [1.5, 2.5, 3.5, 4.5]);
            assert_eq!(
                (report.count(Defect::MissingColumn), report.count(Defect::UnknownKey)),
                (2, 1)
            );
            assert_eq!(report.tables[0].lines, 15);
        }
    }

    #[test]
    fn other_separators_and_a_log_without_columns() {
        let (dataset, _) =
            TableReader::new().read(&b"#separator \\x7c\n#fields|a|b\n1|x\n"[..]).unwrap();
        assert_eq!((dataset.rows(), dataset.width()), (1, 2));
        let error = TableReader::new().read(&b"#separator \\x09\n1\t2\n"[..]).unwrap_err();
        assert!(error.to_string().contains("#fields"));
    }
}
