//! Rows as JSON objects, one a line.

use super::buffer::Buffer;
use super::number::{put_integer, put_shortest};
use crate::Table;

/// Rows of JSON.
#[derive(Debug)]
pub(crate) struct Json {
    pub(crate) buffer: Buffer,
    /// What stands before the value of each column: a brace or a comma, the name, a colon.
    keys: Box<[Box<[u8]>]>,
}

impl Json {
    pub(crate) fn new(table: &Table) -> Self {
        let keys = table.columns().iter().enumerate().map(|(place, column)| {
            let mut key = Buffer::default();
            key.push(if place == 0 { b'{' } else { b',' });
            put_text(&column.name, &mut key);
            key.push(b':');
            key.written().into()
        });
        Self { buffer: Buffer::default(), keys: keys.collect() }
    }

    pub(crate) fn text(&mut self, column: usize, text: &str) {
        self.key(column);
        put_text(text, &mut self.buffer);
    }

    #[inline]
    pub(crate) fn integer(&mut self, column: usize, value: i64) {
        self.key(column);
        self.buffer.put(|room| put_integer(value, room));
    }

    #[inline]
    pub(crate) fn reals(&mut self, column: usize, values: &[f64]) {
        for (column, value) in (column..).zip(values) {
            if value.is_finite() {
                self.key(column);
                self.buffer.put(|room| put_shortest(*value, room));
            } else {
                self.empty(column);
            }
        }
    }

    pub(crate) fn empty(&mut self, column: usize) {
        self.key(column);
        self.buffer.extend(b"null");
    }

    #[inline]
    pub(crate) fn end_row(&mut self) {
        self.buffer.extend(b"}\n");
        self.buffer.end_row();
    }

    #[inline]
    fn key(&mut self, column: usize) {
        if let Some(key) = self.keys.get(column) {
            self.buffer.extend(key);
        }
    }
}

/// A text in quotes; what JSON forbids inside, and what no terminal should be sent, escaped.
fn put_text(text: &str, buffer: &mut Buffer) {
    buffer.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(is_escaped) {
        let (plain, behind) = rest.split_at(place);
        buffer.extend(plain);
        let Some((byte, behind)) = behind.split_first() else { break };
        put_escaped(*byte, buffer);
        rest = behind;
    }
    buffer.extend(rest);
    buffer.push(b'"');
}

fn is_escaped(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20 | 0x7f)
}

fn put_escaped(byte: u8, buffer: &mut Buffer) {
    let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit & 15)];
    match byte {
        b'"' | b'\\' => buffer.extend(&[b'\\', byte]),
        _ => buffer.extend(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte)]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::Column;

    fn read(json: &Json) -> Vec<Value> {
        let text = str::from_utf8(json.buffer.written()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn what_is_written_reads_back() {
        let columns = [Column::text("\"\\\n"), Column::integer("=b"), Column::real("é\u{7f}")];
        let mut json = Json::new(&Table::new(columns).unwrap());
        let hostile = "\"\\\u{1b}[2J\u{7f}\n\u{0}é\u{2028}=1";
        json.text(0, hostile);
        json.integer(1, i64::MIN);
        json.reals(2, &[0.1]);
        json.end_row();
        (0..3).for_each(|column| json.empty(column));
        json.end_row();
        assert!(
            !json.buffer.written().iter().any(|byte| byte.is_ascii_control() && *byte != b'\n')
        );
        let expected = [
            json!({"\"\\\n": hostile, "=b": i64::MIN, "é\u{7f}": 0.1}),
            json!({"\"\\\n": null, "=b": null, "é\u{7f}": null}),
        ];
        assert_eq!(read(&json), expected);
    }

    #[test]
    fn numbers_without_a_word_in_json_are_null() {
        let columns = ["a", "b", "c", "d"].map(Column::real);
        let mut json = Json::new(&Table::new(columns).unwrap());
        json.reals(0, &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]);
        json.end_row();
        assert_eq!(json.buffer.written(), b"{\"a\":null,\"b\":null,\"c\":null,\"d\":-0.0}\n");
    }

    proptest! {
        #[test]
        fn any_cells_read_back(text: String, integer: i64, bits: u64) {
            let real = f64::from_bits(bits);
            prop_assume!(real.is_finite());
            let columns = [Column::text("t"), Column::integer("i"), Column::real("r")];
            let mut json = Json::new(&Table::new(columns).unwrap());
            json.text(0, &text);
            json.integer(1, integer);
            json.reals(2, &[real]);
            json.end_row();
            let Value::Object(object) = &read(&json)[0] else { panic!("no object") };
            prop_assert_eq!(object["t"].as_str(), Some(text.as_str()));
            prop_assert_eq!(object["i"].as_i64(), Some(integer));
            // By default serde_json's reader may be off by a bit; that of the standard library is not.
            let cell = str::from_utf8(json.buffer.written()).unwrap().rsplit(':').next().unwrap();
            let cell = cell.trim_end_matches("}\n");
            prop_assert_eq!(cell.parse::<f64>().unwrap().to_bits(), bits);
        }
    }
}
