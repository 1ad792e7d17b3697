//! JSON lines: an object a line. Objects within objects become columns named by the way to them: `id.orig_h`.

use std::collections::HashMap;

use super::description::CellKind;
use super::form::Form;
use super::head::{Head, HeadColumn, Reach, TextHead, Told};
use super::limits::{MAX_DEPTH, MAX_KEY_BYTES};
use super::number::Number;
use super::sink::{LineEnd, Lines, Sink, each_line, split_line};
use super::texts::readable;
use crate::{DataError, Defect, KindOrigin};

/// The keys that the first rows have.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    places: HashMap<Box<str>, usize>,
    pub(crate) lines: Lines,
}

/// What a key has in a row.
enum Value<'a> {
    Null,
    /// `true` and `false` are 1 and 0.
    Truth(bool),
    Number(&'a [u8]),
    Text(Vec<u8>),
    /// A list is a text as it is written.
    List(&'a [u8]),
}

/// The columns of a table, whose start is `start`: the keys of its first rows.
pub(crate) fn head(
    start: &[u8],
    whole: bool,
    told: &Told<'_>,
) -> Result<(TextHead, Head), DataError> {
    let lines = Lines { row_bytes: told.row_bytes, end: LineEnd::first(start) };
    let mut places = HashMap::new();
    let mut columns: Vec<HeadColumn> = Vec::new();
    let (mut rest, mut reach) = (start, Reach::new(0));
    refuse_list(start, told.table)?;
    while !rest.is_empty() && !reach.is_over(columns.len()) {
        let (line, behind) = split_line(rest);
        // The last line may be cut.
        if behind.is_empty() && !whole && line.len() == rest.len() {
            break;
        }
        rest = behind;
        if !line.trim_ascii().is_empty() {
            reach.pass_row();
        }
        if line.len() > told.row_bytes {
            continue;
        }
        for (key, value) in members(line).unwrap_or_default() {
            let place = *places.entry(key.clone().into()).or_insert(columns.len());
            if place == columns.len() {
                columns.push(HeadColumn::named(key.as_bytes()));
                reach.unknown += 1;
            }
            if columns.len() > told.max_columns {
                let limit = told.max_columns as u64;
                return Err(DataError::Limit { table: told.table.into(), what: "columns", limit });
            }
            if columns.get_mut(place).is_some_and(|column| column.meet(&value)) {
                reach.find_first();
            }
        }
    }
    if columns.is_empty() {
        return Err(no_columns(start, told.table));
    }
    let form = Form::JsonLines(Keys { places, lines });
    Ok((TextHead { form, start: 0 }, Head::new(columns, 0)))
}

/// A list of all rows would have to be read as a whole.
fn refuse_list(start: &[u8], table: &str) -> Result<(), DataError> {
    if !start.trim_ascii_start().starts_with(b"[") {
        return Ok(());
    }
    let (what, command) = ("one list of JSON", "jq -c '.[]'");
    Err(DataError::NotJsonLines { table: table.into(), what, command })
}

/// What is wrong with a table whose first rows have no keys.
fn no_columns(start: &[u8], table: &str) -> DataError {
    let table = table.into();
    let first = split_line(start.trim_ascii_start()).0;
    if first.starts_with(b"{") && members(first).is_none() {
        let (what, command) = ("JSON over several lines", "jq -c .");
        return DataError::NotJsonLines { table, what, command };
    }
    DataError::EmptyTable { table }
}

impl HeadColumn {
    /// Learns from a value what the column holds, and tells whether nothing was known before.
    fn meet(&mut self, value: &Value<'_>) -> bool {
        let is_text = match value {
            Value::Null => return false,
            Value::Truth(_) | Value::Number(_) => false,
            // Words for what JSON has no number for.
            Value::Text(text) if text.is_empty() => return false,
            Value::Text(text) => Number::of(text) == Number::Text,
            Value::List(_) => true,
        };
        let is_first = self.kind.is_none();
        if is_text || is_first {
            self.kind = Some(if is_text { CellKind::Text } else { CellKind::Number });
        }
        self.origin = KindOrigin::Sampled;
        is_first
    }
}

impl Keys {
    /// Hands out the rows of a block that ends behind a row.
    pub(crate) fn rows<S: Sink>(&self, block: &[u8], sink: &mut S) {
        // Which row has told each column last.
        let mut told = vec![0usize; self.places.len()];
        let mut row = 0;
        each_line(block, self.lines, sink, |line, sink| {
            row += 1;
            self.row(line, row, &mut told, sink);
        });
    }

    fn row<S: Sink>(&self, line: &[u8], row: usize, told: &mut [usize], sink: &mut S) {
        let Some(members) = members(line) else {
            return sink.spoil_row(Defect::Malformed, line, 1);
        };
        for (key, value) in members {
            match self.places.get(key.as_str()) {
                Some(&column) => {
                    if told.get(column) == Some(&row) {
                        sink.cell_flaw(Defect::RepeatedKey, column, key.as_bytes());
                    }
                    told.iter_mut().skip(column).take(1).for_each(|told| *told = row);
                    value.give(column, sink);
                }
                None => sink.flaw(Defect::UnknownKey, key.as_bytes()),
            }
        }
        let untold = told.iter().enumerate().filter(|(_, told)| **told != row);
        untold.for_each(|(column, _)| sink.absent(column));
        sink.end_row(told.len());
    }
}

impl Value<'_> {
    fn give<S: Sink>(&self, column: usize, sink: &mut S) {
        match self {
            Self::Null => sink.absent(column),
            Self::Truth(truth) => sink.cell(column, if *truth { b"1" } else { b"0" }, false),
            Self::Number(text) | Self::List(text) => sink.cell(column, text, false),
            Self::Text(text) => sink.cell(column, text, true),
        }
    }
}

/// The keys of an object with their values, objects within taken apart; nothing if it is none.
fn members(line: &[u8]) -> Option<Vec<(String, Value<'_>)>> {
    let mut members = Vec::new();
    let mut text = Text { rest: line };
    text.object(String::new(), 0, &mut members)?;
    text.rest.trim_ascii().is_empty().then_some(members)
}

/// What is left of a line.
struct Text<'a> {
    rest: &'a [u8],
}

impl<'a> Text<'a> {
    fn object(
        &mut self,
        way: String,
        depth: usize,
        members: &mut Vec<(String, Value<'a>)>,
    ) -> Option<()> {
        self.expect(b'{')?;
        if self.take(b'}') || depth >= MAX_DEPTH {
            return (depth < MAX_DEPTH).then_some(());
        }
        loop {
            let key = readable(&self.string()?).into_owned();
            let key = if way.is_empty() { key } else { format!("{way}.{key}") };
            if key.len() > MAX_KEY_BYTES {
                return None;
            }
            self.expect(b':')?;
            self.blanks();
            if self.rest.first() == Some(&b'{') {
                self.object(key, depth + 1, members)?;
            } else {
                members.push((key, self.value(depth)?));
            }
            if !self.take(b',') {
                return self.expect(b'}');
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        match self.rest.first()? {
            b'"' => self.string().map(Value::Text),
            b'[' => {
                let start = self.rest;
                self.skip_list(depth)?;
                start.get(..start.len() - self.rest.len()).map(Value::List)
            }
            _ => self.word(),
        }
    }

    /// A number, or `true`, `false`, `null`; `NaN` and `Infinity` too, which some write.
    fn word(&mut self) -> Option<Value<'a>> {
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r');
        let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        match word {
            b"null" => Some(Value::Null),
            b"true" => Some(Value::Truth(true)),
            b"false" => Some(Value::Truth(false)),
            word if matches!(Number::of(word), Number::Text | Number::Empty) => None,
            word => Some(Value::Number(word)),
        }
    }

    /// Passes a list and what is in it.
    fn skip_list(&mut self, depth: usize) -> Option<()> {
        self.expect(b'[')?;
        if self.take(b']') || depth >= MAX_DEPTH {
            return (depth < MAX_DEPTH).then_some(());
        }
        loop {
            self.blanks();
            match self.rest.first()? {
                b'{' => self.object(String::new(), depth + 1, &mut Vec::new())?,
                b'[' => self.skip_list(depth + 1)?,
                _ => self.value(depth).map(drop)?,
            }
            if !self.take(b',') {
                return self.expect(b']');
            }
        }
    }

    fn string(&mut self) -> Option<Vec<u8>> {
        self.expect(b'"')?;
        let mut whole = Vec::new();
        loop {
            let end = memchr::memchr2(b'"', b'\\', self.rest)?;
            whole.extend_from_slice(self.rest.get(..end)?);
            let is_end = self.rest.get(end) == Some(&b'"');
            self.rest = self.rest.get(end + 1..)?;
            if is_end {
                return Some(whole);
            }
            self.escaped(&mut whole)?;
        }
    }

    /// What comes behind a backslash.
    fn escaped(&mut self, whole: &mut Vec<u8>) -> Option<()> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        let plain = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode(whole),
            _ => return None,
        };
        whole.push(plain);
        Some(())
    }

    /// Four hexadecimal digits, or twice four for a character of two halves. One half alone is written as the three
    /// bytes that UTF-8 would have for it, so that it is found to be none.
    fn unicode(&mut self, whole: &mut Vec<u8>) -> Option<()> {
        let first = self.four_digits()?;
        let is_high = (0xd800..0xdc00).contains(&first);
        if let Some(behind) = self.rest.strip_prefix(b"\\u").filter(|_| is_high) {
            let before = std::mem::replace(&mut self.rest, behind);
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let both = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                whole.extend_from_slice(char::from_u32(both)?.encode_utf8(&mut [0; 4]).as_bytes());
                return Some(());
            }
            self.rest = before;
        }
        match char::from_u32(first) {
            Some(c) => whole.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => whole.extend(
                [first >> 12 | 0xe0, first >> 6 & 0x3f | 0x80, first & 0x3f | 0x80]
                    .map(|byte| byte as u8),
            ),
        }
        Some(())
    }

    fn four_digits(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        let is_number = digits.iter().all(u8::is_ascii_hexdigit);
        u32::from_str_radix(str::from_utf8(digits).ok().filter(|_| is_number)?, 16).ok()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// Passes that byte, if it comes next but for blanks.
    fn take(&mut self, byte: u8) -> bool {
        self.blanks();
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read::limits::SAMPLE_ROWS;
    use crate::{Dataset, Policy, ReadReport, TableReader};

    fn read(json: &str) -> (Dataset, ReadReport) {
        TableReader::new().read(json.as_bytes()).unwrap()
    }

    fn row(dataset: &Dataset, row: usize) -> String {
        format!("{:?}", dataset.matrix().row(row).to_vec())
    }

    #[test]
    fn objects_within_objects_are_columns_and_what_is_missing_is_counted() {
        let (dataset, report) = read(concat!(
            "{\"a\": 1, \"id\": {\"orig_h\": \"x\", \"p\": {\"q\": true}}, \"l\": [1, {\"z\": \"]\"}]}\n",
            "\n",
            " { \"a\":null,\"id\":{\"orig_h\":\"y\"} , \"b\":-1.5e3 } \r\n",
            "{\"a\":1e400,\"a\":NaN,\"b\":\"7\"}\n",
        ));
        let names: Vec<&str> = dataset.schema().names().collect();
        assert_eq!(names, ["a", "id.orig_h", "id.p.q", "l", "b"]);
        assert_eq!(row(&dataset, 0), "[1.0, 0.0, 1.0, 0.0, NaN]");
        assert_eq!(row(&dataset, 1), "[NaN, 1.0, NaN, NaN, -1500.0]");
        assert_eq!(row(&dataset, 2), "[NaN, NaN, NaN, NaN, 7.0]");
        let lists = dataset.schema().fields()[3].texts().unwrap();
        assert_eq!(lists.name(0), Some("[1, {\"z\": \"]\"}]"));
        assert_eq!((report.count(Defect::Absent), report.count(Defect::BlankLine)), (7, 1));
        assert_eq!((report.count(Defect::Overflow), report.count(Defect::NotANumber)), (1, 1));
        assert_eq!(report.count(Defect::MixedLineEnds), 1);
    }

    #[test]
    fn broken_rows_are_dropped_and_late_keys_counted() {
        let mut json = "{\"a\":1}\n".repeat(SAMPLE_ROWS);
        json.push_str(
            "{\"a\":2\n[1]\n{\"a\":2} x\n{\"a\":tru}\n{\"a\":2,}\n{\"late\":1,\"a\":3}\n{\"a\":4",
        );
        let (dataset, report) = read(&json);
        assert_eq!((dataset.rows(), dataset.width()), (SAMPLE_ROWS + 1, 1));
        assert_eq!((report.dropped(Defect::Malformed), report.count(Defect::UnknownKey)), (6, 1));
        let refused =
            TableReader::new().on(Defect::UnknownKey, Policy::Refuse).read(json.as_bytes());
        assert!(refused.unwrap_err().to_string().ends_with("unknown-key: \"late\""));
    }

    #[test]
    fn late_keys_are_counted_each_whatever_the_blocks() {
        let mut json = "{\"a\":1}\n".repeat(SAMPLE_ROWS);
        (0..60).for_each(|row| {
            json.push_str(&format!("{{\"k{}\":1,\"a\":2,\"o\":{{\"p\":3}}}}\n", row % 4));
        });
        for block_bytes in [1, 100, 1 << 20] {
            let (_, report) =
                TableReader::new().block_bytes(block_bytes).read(json.as_bytes()).unwrap();
            let keys: Vec<(&str, u64)> =
                report.unknown_keys.iter().map(|key| (key.name.as_str(), key.count)).collect();
            assert_eq!(keys, [("k0", 15), ("o.p", 60), ("k1", 15), ("k2", 15), ("k3", 15)]);
            let facts = report.defects.iter().find(|facts| facts.defect == Defect::UnknownKey);
            let facts = facts.unwrap();
            assert_eq!((facts.count, facts.policy, facts.rows_dropped), (120, Policy::DropCell, 0));
        }
    }

    #[test]
    fn more_different_keys_than_anybody_wants_take_no_memory() {
        let mut json = "{\"a\":1}\n".repeat(SAMPLE_ROWS);
        (0..5_000).for_each(|key| json.push_str(&format!("{{\"a\":1,\"k{key}\":1}}\n")));
        json.push_str("{\"a\":1,\"k7\":1}\n");
        for block_bytes in [100, 1 << 20] {
            let (_, report) =
                TableReader::new().block_bytes(block_bytes).read(json.as_bytes()).unwrap();
            assert_eq!(
                (report.count(Defect::UnknownKey), report.unknown_keys.len()),
                (5_001, 1_000)
            );
            assert_eq!((&*report.unknown_keys[7].name, report.unknown_keys[7].count), ("k7", 2));
        }
    }

    #[test]
    fn a_key_twice_in_a_row_is_counted_and_the_last_stands() {
        let json =
            "{\"a\":1,\"b\":{\"c\":2},\"a\":3}\n{\"b\":{\"c\":1,\"c\":5},\"b.c\":null,\"a\":4}\n";
        let (dataset, report) = read(json);
        assert_eq!(
            (row(&dataset, 0), row(&dataset, 1)),
            ("[3.0, 2.0]".into(), "[4.0, NaN]".into())
        );
        assert_eq!((report.count(Defect::RepeatedKey), report.rows_dropped()), (3, 0));
        assert_eq!(report.columns[1].defects[&Defect::RepeatedKey], 2);
        let dropped =
            TableReader::new().on(Defect::RepeatedKey, Policy::Drop).read(json.as_bytes());
        assert_eq!(dropped.unwrap().1.dropped(Defect::RepeatedKey), 2);
    }

    #[test]
    fn json_that_is_no_lines_says_what_makes_lines_of_it() {
        let refused =
            |reader: TableReader, json: &str| reader.read(json.as_bytes()).unwrap_err().to_string();
        for list in ["[{\"a\":1},{\"a\":2}]", "\n [\n  {\n\"a\": 1}]"] {
            assert_eq!(
                refused(TableReader::new(), list),
                "the table: this is one list of JSON, but JSON lines are read: an object a line; \
                 `jq -c '.[]'` makes them of it"
            );
        }
        let told = TableReader::new().format(crate::TableFormat::JsonLines);
        assert!(refused(told.clone(), "[1,2]").contains("jq -c '.[]'"));
        let pretty = refused(TableReader::new(), "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
        assert!(pretty.contains("over several lines") && pretty.contains("`jq -c .`"), "{pretty}");
        assert!(refused(told, "{}\n{}\n").contains("no columns"));
        // A table may begin with a bracket.
        let (dataset, _) = read("[a],[b]\n1,2\n");
        assert_eq!(dataset.width(), 2);
    }

    #[test]
    fn halves_of_characters_are_no_text_and_stay_apart() {
        let json = r#"{"t":"\ud800"}
{"t":"\udc01x"}
{"t":"\ud83d\ude00"}
{"t":"\ud800\u0041"}
"#;
        let (dataset, report) = read(json);
        let texts: Vec<_> = dataset.schema().fields()[0].texts().unwrap().names().collect();
        assert_eq!(texts, [r"\xED\xA0\x80", r"\xED\xA0\x80A", r"\xED\xB0\x81x", "\u{1f600}"]);
        assert_eq!(report.count(Defect::NotUtf8), 3);
    }

    #[test]
    fn depth_and_length_of_keys_have_a_bound() {
        let deep = format!("{}1{}", "{\"a\":".repeat(MAX_DEPTH + 1), "}".repeat(MAX_DEPTH + 1));
        assert!(members(deep.as_bytes()).is_none());
        let lists = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(members(lists.as_bytes()).is_none());
        let long = format!("{{\"{}\":1}}", "k".repeat(MAX_KEY_BYTES + 1));
        assert!(members(long.as_bytes()).is_none());
    }

    #[test]
    fn many_rows_of_nothing_take_no_more_cells_than_allowed() {
        let keys: Vec<String> = (0..1_000).map(|key| format!("\"k{key}\":1")).collect();
        let json = format!("{{{}}}\n{}", keys.join(","), "{}\n".repeat(5_000));
        let limits = crate::Limits::default().cells(100_000);
        let refused = TableReader::new().limits(limits).read(json.as_bytes()).unwrap_err();
        assert!(matches!(refused, DataError::Limit { what: "cells", .. }), "{refused}");
    }

    proptest! {
        #[test]
        fn texts_are_what_another_reader_makes_of_them(text in ".{0,12}", escaped in "(\\\\u[0-9a-f]{4}|\\\\[bfnrt/\"\\\\]){0,3}") {
            let written = serde_json::to_string(&text).unwrap();
            let whole = format!("{{\"k\":{}{escaped}\"}}", &written[..written.len() - 1]);
            // The other refuses halves of characters.
            let Ok(other) = serde_json::from_str::<serde_json::Value>(&whole) else { return Ok(()) };
            let ours = members(whole.as_bytes()).unwrap();
            let [(_, Value::Text(ours))] = &ours[..] else { panic!("no text") };
            prop_assert_eq!(str::from_utf8(ours).unwrap(), other["k"].as_str().unwrap());
        }

        #[test]
        fn what_another_reader_takes_is_taken(json in "\\{(\"[ab]\" ?: ?(1|-2.5|null|true|\"x\"|\\[\\]|\\[1, \\{\\}\\]|\\{\\}|\\{\"c\":0\\})[,}]?){0,3}\\}") {
            let theirs = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&json).is_ok();
            prop_assert_eq!(members(json.as_bytes()).is_some(), theirs, "{}", json);
        }
    }
}
