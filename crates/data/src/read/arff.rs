//! Weka's format: a header that declares the columns, and rows that name every cell, or only those that are not 0.

use super::description::CellKind;
use super::form::Form;
use super::head::{Head, HeadColumn, TextHead, Told};
use super::number::Number;
use super::sink::{LineEnd, Lines, Sink, each_line, split_line};
use super::texts::readable;
use crate::{DataError, Defect};

/// How a table is written.
#[derive(Clone, Debug)]
pub(crate) struct Dialect {
    /// What a column holds where a sparse row does not name it: 0, or the first of its texts.
    unnamed: Vec<Option<Vec<u8>>>,
    pub(crate) lines: Lines,
}

/// Whether a table begins like this: remarks, then the name of a relation.
pub(crate) fn is_start(start: &[u8]) -> bool {
    let mut rest = start;
    while !rest.is_empty() {
        let (line, behind) = split_line(rest);
        match line.trim_ascii() {
            [] | [b'%', ..] => rest = behind,
            line => return keyword(line, b"@relation").is_some(),
        }
    }
    false
}

/// The columns of a table, whose start is `start`. Cells of nothing behind a declaration, which spreadsheets leave, do
/// not matter.
pub(crate) fn head(start: &[u8], told: &Told<'_>) -> Result<(TextHead, Head), DataError> {
    let mut columns = Vec::new();
    let (mut rest, mut line_count) = (start, 0);
    while !rest.is_empty() {
        let (line, behind) = split_line(rest);
        line_count += 1;
        rest = behind;
        told.check_header_line(line)?;
        let refused = |what| DataError::Header { table: told.table.into(), line: line_count, what };
        let line = line.trim_ascii();
        if keyword(line, b"@data").is_some() {
            let lines = Lines { row_bytes: told.row_bytes, end: LineEnd::first(start) };
            let unnamed = columns.iter().map(HeadColumn::unnamed_cell).collect();
            let form = Form::Arff(Dialect { unnamed, lines });
            return match columns.is_empty() {
                true => Err(DataError::EmptyTable { table: told.table.into() }),
                false => Ok((
                    TextHead { form, start: start.len() - rest.len() },
                    Head::new(columns, line_count),
                )),
            };
        }
        if let Some(declared) = keyword(line, b"@attribute") {
            if columns.len() == told.max_columns {
                let limit = told.max_columns as u64;
                return Err(DataError::Limit { table: told.table.into(), what: "columns", limit });
            }
            columns.push(attribute(declared).map_err(refused)?);
        } else if !is_remark(line) && keyword(line, b"@relation").is_none() {
            return Err(refused("it is no declaration"));
        }
    }
    let what = "no line `@data` ends it, or not early enough";
    Err(DataError::Header { table: told.table.into(), line: line_count, what })
}

fn is_remark(line: &[u8]) -> bool {
    line.first() == Some(&b'%') || line.iter().all(|byte| matches!(byte, b',' | b' ' | b'\t'))
}

/// What comes behind a keyword, in any case.
fn keyword<'a>(line: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(word.len())?;
    let ends = rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b',');
    (start.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

fn attribute(declared: &[u8]) -> Result<HeadColumn, &'static str> {
    let declared = declared.trim_ascii_start();
    let end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'{';
    let (name, rest) = token(declared, end).ok_or("a quote is not closed")?;
    let rest = rest.trim_ascii_start();
    let of_kind = |kind| HeadColumn::of_kind(&name.text, kind);
    if let Some(listed) = rest.strip_prefix(b"{") {
        let listed = Some(texts(listed)?);
        return Ok(HeadColumn { listed, ..of_kind(CellKind::Text) });
    }
    let kind = rest.split(|byte| byte.is_ascii_whitespace() || *byte == b',').next();
    match kind.unwrap_or_default().to_ascii_lowercase().as_slice() {
        b"numeric" | b"real" | b"integer" => Ok(of_kind(CellKind::Number)),
        b"string" | b"date" => Ok(of_kind(CellKind::Text)),
        b"relational" => Err("tables within tables are not read"),
        _ => Err("the type is none that is known"),
    }
}

/// The texts up to the closing brace.
fn texts(listed: &[u8]) -> Result<Vec<String>, &'static str> {
    let mut texts = Vec::new();
    let mut rest = listed;
    loop {
        rest = rest.trim_ascii_start();
        let (text, behind) =
            token(rest, |byte| matches!(byte, b',' | b'}')).ok_or("a quote is not closed")?;
        if text.quoted || !text.text.is_empty() {
            texts.push(readable(&text.text).into_owned());
        }
        match behind.trim_ascii_start() {
            [b',', behind @ ..] => rest = behind,
            [b'}', ..] => return Ok(texts),
            _ => return Err("the list of texts is not closed"),
        }
    }
}

impl HeadColumn {
    /// Texts that are not listed have no first one.
    fn unnamed_cell(&self) -> Option<Vec<u8>> {
        match (self.kind, &self.listed) {
            (Some(CellKind::Number), _) => Some(b"0".to_vec()),
            (_, Some(listed)) => listed.first().map(|text| text.as_bytes().to_vec()),
            _ => None,
        }
    }
}

impl Dialect {
    /// Hands out the rows of a block that ends behind a row.
    pub(crate) fn rows<S: Sink>(&self, block: &[u8], sink: &mut S) {
        each_line(block, self.lines, sink, |line, sink| match line.trim_ascii() {
            [b'%', ..] => {}
            [b'{', rest @ ..] => self.sparse_row(rest, sink),
            row => self.dense_row(row, sink),
        });
    }

    fn dense_row<S: Sink>(&self, row: &[u8], sink: &mut S) {
        let mut rest = row;
        let mut cells = 0;
        loop {
            let run = sink.run(cells, rest, b',');
            cells += run.cells;
            rest = rest.get(run.len..).unwrap_or_default();
            if cells == self.unnamed.len() && is_weight(rest) {
                sink.flaw(Defect::RowWeight, rest);
                return sink.end_row(cells);
            }
            match token(rest.trim_ascii_start(), |byte| *byte == b',') {
                Some((cell, behind)) => {
                    cell.give(cells, sink);
                    rest = behind;
                }
                None => return sink.spoil_row(Defect::Malformed, row, 1),
            }
            cells += 1;
            match rest.split_first() {
                Some((b',', behind)) => rest = behind,
                Some(_) => return sink.spoil_row(Defect::Malformed, row, 1),
                None => return sink.end_row(cells),
            }
        }
    }

    fn sparse_row<S: Sink>(&self, row: &[u8], sink: &mut S) {
        let Some((named, behind)) = named_cells(row, self.unnamed.len()) else {
            return sink.spoil_row(Defect::Malformed, row, 1);
        };
        if let Some(weight) = behind.strip_prefix(b",").filter(|weight| is_weight(weight)) {
            sink.flaw(Defect::RowWeight, weight);
        }
        let mut is_named = vec![false; self.unnamed.len()];
        for (column, cell) in &named {
            cell.give(*column, sink);
            is_named.iter_mut().skip(*column).take(1).for_each(|named| *named = true);
        }
        let unnamed =
            is_named.iter().zip(&self.unnamed).enumerate().filter(|(_, (named, _))| !**named);
        for (column, (_, cell)) in unnamed {
            match cell {
                Some(cell) => sink.cell(column, cell, true),
                None => sink.absent(column),
            }
        }
        sink.end_row(self.unnamed.len());
    }
}

/// A cell, and the place of its column.
type Named = (usize, Token);

/// The cells up to the closing brace, and what comes behind it.
fn named_cells(row: &[u8], width: usize) -> Option<(Vec<Named>, &[u8])> {
    let mut cells = Vec::new();
    let mut rest = row.trim_ascii_start();
    while rest.first() != Some(&b'}') {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (place, behind) = rest.split_at_checked(digits)?;
        let place: usize = str::from_utf8(place).ok()?.parse().ok()?;
        let behind = behind.strip_prefix(b" ").or_else(|| behind.strip_prefix(b"\t"))?;
        let (cell, behind) = token(behind.trim_ascii_start(), |byte| matches!(byte, b',' | b'}'))?;
        cells.push((place, cell));
        rest = behind.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    }
    let behind = rest.get(1..)?.trim_ascii_start();
    cells.iter().all(|(place, _)| *place < width).then_some((cells, behind))
}

/// A number in braces: how much the row counts, of which a dataset knows nothing.
fn is_weight(text: &[u8]) -> bool {
    let inner = text.trim_ascii().strip_prefix(b"{").and_then(|text| text.strip_suffix(b"}"));
    inner.is_some_and(|inner| matches!(Number::of(inner), Number::Finite(_)))
}

/// A word, or words in quotes.
struct Token {
    text: Vec<u8>,
    quoted: bool,
}

impl Token {
    fn give<S: Sink>(&self, column: usize, sink: &mut S) {
        match &*self.text {
            b"?" if !self.quoted => sink.absent(column),
            text => sink.cell(column, text, self.quoted),
        }
    }
}

/// The word that `text` begins with, and what comes behind it; nothing if a quote is not closed.
fn token(text: &[u8], ends: impl Fn(&u8) -> bool) -> Option<(Token, &[u8])> {
    match text.split_first() {
        Some((quote @ (b'\'' | b'"'), rest)) => {
            let (text, behind) = quoted(*quote, rest)?;
            let blanks = behind.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let behind = behind
                .get(blanks..)
                .filter(|rest| rest.first().is_none_or(&ends))
                .unwrap_or(behind);
            Some((Token { text, quoted: true }, behind))
        }
        _ => {
            let end = text.iter().position(ends).unwrap_or(text.len());
            let (word, behind) = text.split_at_checked(end)?;
            Some((Token { text: word.trim_ascii().to_vec(), quoted: false }, behind))
        }
    }
}

/// What stands up to the closing quote; a backslash takes the next byte as it is.
fn quoted(quote: u8, text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut inner = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((place, &byte)) = bytes.next() {
        match byte {
            b'\\' => inner.push(*bytes.next()?.1),
            byte if byte == quote => return Some((inner, text.get(place + 1..)?)),
            byte => inner.push(byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::{Dataset, Defect, Policy, ReadReport, TableReader};

    fn read(arff: &str) -> (Dataset, ReadReport) {
        TableReader::new().read(arff.as_bytes()).unwrap()
    }

    fn cells(dataset: &Dataset, row: usize) -> Vec<String> {
        let columns = dataset.columns();
        let cell =
            |(field, column): (&crate::Field, ndarray::ArrayView1<'_, f64>)| match field.texts() {
                Some(texts) => texts
                    .name(column[row] as u32)
                    .filter(|_| !column[row].is_nan())
                    .unwrap_or("?")
                    .to_owned(),
                None => column[row].to_string(),
            };
        columns.map(cell).collect()
    }

    const HEADER: &str = "% remark\n@RELATION 'r s',,\n,,,\n\n@attribute 'a b' NUMERIC,,\n@ATTRIBUTE \"c\"\treal\n\
        @attribute d {x, 'y z',\"q\\\"r\"} % late\n@attribute e string\n@attribute f date \"yyyy-MM-dd\"\n\
        @attribute g integer\n@DATA,,,\n";

    #[test]
    fn columns_of_every_type_are_read() {
        let rows = "1, 2.5 ,x,'it''s', \"2020-01-01\",3\n% remark\n?,1e3,'y z',?,?,-1\n0,0,\"q\\\"r\",'a\\'b, c',d,0\n";
        let rows = rows.replace("it''s", "it\\'s");
        let (dataset, report) = read(&format!("{HEADER}{rows}"));
        assert_eq!(dataset.schema().names().collect::<Vec<_>>(), ["a b", "c", "d", "e", "f", "g"]);
        assert_eq!(cells(&dataset, 0), ["1", "2.5", "x", "it's", "2020-01-01", "3"]);
        assert_eq!(cells(&dataset, 1), ["NaN", "1000", "y z", "?", "?", "-1"]);
        assert_eq!(cells(&dataset, 2), ["0", "0", "q\"r", "a'b, c", "d", "0"]);
        assert_eq!((report.count(Defect::Absent), report.rows_dropped()), (3, 0));
        assert_eq!(report.tables[0].lines, 16 - 1);
    }

    #[test]
    fn listed_texts_keep_their_order_and_others_are_defects() {
        let arff =
            "@relation r\n@attribute n numeric\n@attribute c {b,a,unused}\n@data\n1,a\n2,B\n3,b\n";
        let (dataset, report) = read(arff);
        let classes = dataset.schema().fields()[1].texts().unwrap();
        assert_eq!(classes.names().collect::<Vec<_>>(), ["b", "a", "unused"]);
        assert_eq!((cells(&dataset, 1)[1].as_str(), report.count(Defect::Unlisted)), ("?", 1));
        let reader = TableReader::new().label("c");
        let (dataset, report) = reader.clone().read(arff.as_bytes()).unwrap();
        assert_eq!(dataset.labels().unwrap().counts(), [1, 1, 0]);
        assert_eq!((report.dropped(Defect::Unlisted), report.count(Defect::EmptyLabel)), (1, 0));
        let kept = reader.on(Defect::Unlisted, Policy::Keep).read(arff.as_bytes()).unwrap().0;
        let classes = kept.labels().unwrap().classes().names().collect::<Vec<_>>();
        assert_eq!(classes, ["b", "a", "unused", "B"]);
    }

    #[test]
    fn weights_of_rows_are_passed_and_counted() {
        let arff = "@relation r\n@attribute n numeric\n@attribute c {a,b}\n@data\n1,a\n2,b,{5}\n3,a, { 0.5 } \n\
            {0 4,1 b}, {7}\n{0 5}\n6,b,{x}\n7,{2}\n8,b,{2},{3}\n";
        let (dataset, report) = read(arff);
        assert_eq!(dataset.column(0).unwrap().to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 7.0]);
        assert_eq!((report.count(Defect::RowWeight), report.dropped(Defect::TooLong)), (3, 2));
        let dropped = TableReader::new().on(Defect::RowWeight, Policy::Drop).read(arff.as_bytes());
        assert_eq!(dropped.unwrap().1.dropped(Defect::RowWeight), 3);
    }

    #[test]
    fn sparse_rows_name_what_is_not_nothing() {
        let (dataset, report) = read(&format!(
            "{HEADER}{{}}\n{{1 7.5, 2 'y z',3 word}}\n{{9 1}}\n{{1 }}\n{{x}}\n{{ 0 ? }}\n"
        ));
        assert_eq!(cells(&dataset, 0), ["0", "0", "x", "?", "?", "0"]);
        assert_eq!(cells(&dataset, 1), ["0", "7.5", "y z", "word", "?", "0"]);
        assert_eq!(cells(&dataset, 3)[0], "NaN");
        assert_eq!((dataset.rows(), report.dropped(Defect::Malformed)), (4, 2));
    }

    #[test]
    fn broken_rows_and_headers_say_where() {
        let (_, report) = read("@relation r\n@attribute n numeric\n@data\n'1\n'2'3\n4\n");
        assert_eq!((report.dropped(Defect::Malformed), report.rows), (2, 1));
        for (arff, expected) in [
            (
                "@relation r\n@attribute n\n@data\n",
                "line 2 of the header: the type is none that is known",
            ),
            (
                "@relation r\n@attribute n {a,b\n@data\n",
                "line 2 of the header: the list of texts is not closed",
            ),
            (
                "@relation r\n@attribute 'n real\n@data\n",
                "line 2 of the header: a quote is not closed",
            ),
            (
                "@relation r\n@attribute n relational\n@data\n",
                "line 2 of the header: tables within tables are not read",
            ),
            ("@relation r\nwords\n@data\n", "line 2 of the header: it is no declaration"),
            (
                "@relation r\n@attribute n real\n",
                "line 2 of the header: no line `@data` ends it, or not early enough",
            ),
            ("@relation r\n@data\n1\n", "there are no columns"),
        ] {
            let error = TableReader::new().read(arff.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, format!("the table: {expected}"));
        }
        let refused = TableReader::new().on(Defect::Malformed, Policy::Refuse);
        let error =
            refused.read(&b"@relation r\n@attribute n real\n@data\n1\n'2\n"[..]).unwrap_err();
        assert_eq!(error.to_string(), "the table, line 5: malformed: \"'2\"");
    }
}
