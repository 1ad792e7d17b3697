//! Cells as CSV (RFC 4180), which no spreadsheet takes for formulas unless that is asked for.

use super::buffer::Buffer;
use super::number::{Room, put_integer, put_java, put_shortest};
use crate::{Reals, Table, Texts};

/// What makes a spreadsheet calculate, and its full-width forms.
const FORMULAS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];
const WIDE_FORMULAS: [char; 4] = ['＝', '＋', '－', '＠'];
/// At the start of a file it would be taken for a mark of the encoding and vanish.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Rows of CSV.
#[derive(Debug)]
pub(crate) struct Csv {
    pub(crate) buffer: Buffer,
    reals: Reals,
    texts: Texts,
    /// A row of one empty cell would be an empty line, which readers pass over.
    single: bool,
}

impl Csv {
    pub(crate) fn new(table: &Table, reals: Reals, texts: Texts) -> Self {
        let single = table.columns().len() == 1;
        Self { buffer: Buffer::default(), reals, texts, single }
    }

    /// The first line of a table.
    pub(crate) fn header(table: &Table) -> Vec<u8> {
        let (_, reals, texts) = table.form();
        let mut csv = Self::new(table, reals, texts);
        table.columns().iter().for_each(|column| csv.text(&column.name));
        csv.end_row();
        csv.buffer.written().to_vec()
    }

    pub(crate) fn text(&mut self, text: &str) {
        let formula = self.texts == Texts::Safe && is_formula(text);
        let quoted = formula
            || text.is_empty()
            || text.starts_with(BYTE_ORDER_MARK)
            || has_special(text.as_bytes());
        if quoted {
            self.quoted(text, formula);
        } else {
            self.buffer.extend_ended(text.as_bytes(), b',');
        }
    }

    #[cold]
    fn quoted(&mut self, text: &str, formula: bool) {
        self.buffer.extend(if formula { b"\"'" } else { b"\"" });
        // A quote ends a piece, and the next piece starts with it once more.
        for (place, piece) in text.split('"').enumerate() {
            self.buffer.extend(if place > 0 { b"\"\"" } else { b"" });
            self.buffer.extend(piece.as_bytes());
        }
        self.buffer.extend(b"\",");
    }

    #[inline]
    pub(crate) fn integer(&mut self, value: i64) {
        self.buffer.put(|room| ended(put_integer(value, room), room));
    }

    #[inline]
    pub(crate) fn reals(&mut self, values: &[f64]) {
        match self.reals {
            Reals::Shortest => {
                self.buffer.put_each(values, b"0,0,0,0,", |value, room| {
                    ended(put_shortest(value, room), room)
                });
            }
            Reals::Java => {
                self.buffer.put_each(values, b"0.0,0.0,0.0,0.0,", |value, room| {
                    ended(put_java(value, room), room)
                });
            }
        }
    }

    #[inline]
    pub(crate) fn empty(&mut self) {
        self.buffer.extend(if self.single { b"\"\"," } else { b"," });
    }

    /// Ends the row after its last cell.
    #[inline]
    pub(crate) fn end_row(&mut self) {
        self.buffer.set_last(b'\n');
        self.buffer.end_row();
    }
}

fn is_formula(text: &str) -> bool {
    match text.as_bytes().first() {
        // A number is one whether a spreadsheet calculates it or not, and a dash alone stands for nothing.
        Some(b'+' | b'-') if text == "-" || is_plain_number(&text[1..]) => false,
        Some(first) if first.is_ascii() => FORMULAS.contains(&char::from(*first)),
        _ => text.starts_with(WIDE_FORMULAS),
    }
}

/// Digits, with one point among them at most.
fn is_plain_number(text: &str) -> bool {
    let points = text.bytes().filter(|byte| *byte == b'.').count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits > 0 && points <= 1 && digits + points == text.len()
}

/// Whether a cell ends at one of these bytes if there are no quotes around it. Blocks of a fixed size, the last of
/// which may overlap the one in front of it, are compared all at once.
fn has_special(bytes: &[u8]) -> bool {
    const LONG: usize = 16;
    const SHORT: usize = 8;
    if let Some(last) = bytes.last_chunk::<LONG>() {
        return bytes.as_chunks::<LONG>().0.iter().any(is_special) || is_special(last);
    }
    match (bytes.first_chunk::<SHORT>(), bytes.last_chunk::<SHORT>()) {
        (Some(first), Some(last)) => is_special(first) | is_special(last),
        _ => bytes.iter().any(|byte| is_special(&[*byte])),
    }
}

#[inline]
fn is_special<const N: usize>(block: &[u8; N]) -> bool {
    let special = |byte| (byte == b'"') | (byte == b',') | (byte == b'\n') | (byte == b'\r');
    block.iter().fold(false, |any, byte| any | special(*byte))
}

/// A comma behind a cell of this length.
#[inline]
fn ended(len: usize, room: &mut Room) -> usize {
    room[len] = b',';
    len + 1
}

#[cfg(test)]
mod tests {
    use ::csv::{ReaderBuilder, StringRecord};
    use proptest::prelude::*;

    use super::*;
    use crate::{Column, Rows};

    fn written(table: &Table, rows: &[&[&str]]) -> String {
        let mut csv = Csv::new(table, Reals::Shortest, Texts::Safe);
        for row in rows {
            row.iter().for_each(|text| csv.text(text));
            csv.end_row();
        }
        String::from_utf8(csv.buffer.written().to_vec()).unwrap()
    }

    /// What the csv crate makes of it.
    fn read(bytes: &[u8]) -> Vec<StringRecord> {
        let reader = ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.into_records().map(Result::unwrap).collect()
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_formulas_are_disarmed() {
        let table = Table::new(["a", "b"].map(Column::text)).unwrap();
        let cases = [
            ("plain text", "plain text"),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("\"", "\"\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("a\rb", "\"a\rb\""),
            ("", "\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "+1"),
            ("-1", "-1"),
            ("+4.5", "+4.5"),
            ("-", "-"),
            ("+", "\"'+\""),
            ("-1-1", "\"'-1-1\""),
            ("-1.2.3", "\"'-1.2.3\""),
            ("-x", "\"'-x\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("\n=1", "\"'\n=1\""),
            ("＝1", "\"'＝1\""),
            ("=\"a\",1", "\"'=\"\"a\"\",1\""),
            ("a=1", "a=1"),
            ("\u{feff}a", "\"\u{feff}a\""),
            ("nul\0l", "nul\0l"),
        ];
        for (text, expected) in cases {
            assert_eq!(written(&table, &[&[text, "x"]]), format!("{expected},x\n"));
        }
    }

    #[test]
    fn zeros_that_stand_together_are_cells_like_others() {
        let zeros = |count| vec![0.0; count];
        let rows = [
            zeros(9),
            [vec![1.5], zeros(8)].concat(),
            [zeros(4), vec![-0.0], zeros(4)].concat(),
            [zeros(3), vec![7.0, 0.25], zeros(4)].concat(),
        ];
        for (reals, zero) in [(Reals::Shortest, "0"), (Reals::Java, "0.0")] {
            let names: Vec<String> = (0..9).map(|place| place.to_string()).collect();
            let table = Table::new(names.iter().map(Column::real)).unwrap();
            for row in &rows {
                let (mut at_once, mut single) =
                    (Csv::new(&table, reals, Texts::Safe), Csv::new(&table, reals, Texts::Safe));
                at_once.reals(row);
                row.iter().for_each(|value| single.reals(&[*value]));
                assert_eq!(at_once.buffer.written(), single.buffer.written());
            }
            let mut csv = Csv::new(&table, reals, Texts::Safe);
            csv.reals(&zeros(6));
            assert_eq!(csv.buffer.written(), format!("{zero},").repeat(6).as_bytes());
        }
    }

    #[test]
    fn exact_texts_are_read_back_as_they_were() {
        let table = Table::new(["=a", "b"].map(Column::text)).unwrap().texts(Texts::Exact);
        assert_eq!(Csv::header(&table), b"=a,b\n");
        let mut csv = Csv::new(&table, Reals::Shortest, Texts::Exact);
        let texts = ["=1+1", "-1", "\t=\"a\",1", "", "\u{feff}a", "+\n"];
        for pair in texts.chunks(2) {
            pair.iter().for_each(|text| csv.text(text));
            csv.end_row();
        }
        let rows = read(csv.buffer.written());
        let read: Vec<&str> = rows.iter().flatten().collect();
        assert_eq!(read, texts);
    }

    #[test]
    fn names_are_as_safe_as_cells() {
        let names = ["\u{feff}=a", "=cmd|' /C calc'!A0", "Flow Bytes/s", "a,\"b\"\n"];
        let table = Table::new(names.map(Column::real)).unwrap();
        let header = Csv::header(&table);
        let expected = ["\u{feff}=a", "'=cmd|' /C calc'!A0", "Flow Bytes/s", "a,\"b\"\n"];
        assert_eq!(read(&header), [StringRecord::from(expected.to_vec())]);
    }

    #[test]
    fn a_row_of_one_empty_cell_is_a_row() {
        let table = Table::new([Column::real("a")]).unwrap();
        let mut rows = Rows::new(&table);
        for _ in 0..3 {
            rows.empty();
            rows.end_row().unwrap();
        }
        let crate::write::rows::Encoded::Csv(csv) = &rows.encoded else { panic!("not CSV") };
        assert_eq!(read(csv.buffer.written()).len(), 3);
    }

    #[test]
    fn very_long_texts_are_whole() {
        let table = Table::new(["a", "b"].map(Column::text)).unwrap();
        let long = "\"x,".repeat(400_000);
        let read = read(written(&table, &[&[&long, &long]]).as_bytes());
        assert_eq!(read, [StringRecord::from(vec![long.as_str(); 2])]);
    }

    proptest! {
        #[test]
        fn what_ends_a_cell_is_found_wherever_it_is(
            text in prop::collection::vec("[a-z,\"\r\n]|[a-z]{1,20}", 0..4).prop_map(|parts| parts.concat()),
        ) {
            prop_assert_eq!(has_special(text.as_bytes()), text.contains(['"', ',', '\n', '\r']));
        }

        #[test]
        fn any_texts_read_back(texts in prop::collection::vec("(?s)[-=+@,\"'\r\n\t\u{feff}＝a.7]{0,6}", 3..30)) {
            let table = Table::new(["a", "b", "c"].map(Column::text)).unwrap();
            let rows: Vec<Vec<&str>> =
                texts.chunks_exact(3).map(|row| row.iter().map(String::as_str).collect()).collect();
            let slices: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            let expected: Vec<StringRecord> = rows.iter().map(|row| {
                row.iter().map(|text| match text.starts_with(FORMULAS) || text.starts_with(WIDE_FORMULAS) {
                    true if *text == "-" => "-".to_owned(),
                    // Of these letters, the standard library makes no other numbers.
                    true if text.parse::<f64>().is_ok() => (*text).to_owned(),
                    true => format!("'{text}"),
                    false => (*text).to_owned(),
                }).collect()
            }).collect();
            prop_assert_eq!(read(written(&table, &slices).as_bytes()), expected);
        }
    }
}
