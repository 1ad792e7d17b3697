//! Frames as lines: JSON objects, or rows of CSV.

use super::facts::{FACTS, Fact, Seen, Value};
use crate::csv::Csv;
use crate::failure::Failure;
use crate::json::Json;
use crate::output::Output;

/// How much is collected before it is written: enough that system calls cost nothing.
const FLUSH_LEN: usize = 64 * 1024;

/// Writes a line a frame.
pub(super) struct Rows {
    lines: Lines,
    output: Output,
    /// How much is collected before it is written.
    flush_len: usize,
}

enum Lines {
    Json(Json),
    Csv(Csv),
}

impl Rows {
    /// `watched` by somebody who waits for every line: nothing is collected.
    pub(super) fn json(output: Output, watched: bool) -> Self {
        Self { lines: Lines::Json(Json::default()), output, flush_len: flush_len(watched) }
    }

    pub(super) fn csv(output: Output, watched: bool) -> Self {
        let mut csv = Csv::default();
        FACTS.iter().flat_map(|fact| fact.columns).for_each(|column| csv.text(column));
        csv.end_row();
        Self { lines: Lines::Csv(csv), output, flush_len: flush_len(watched) }
    }

    #[inline]
    pub(super) fn push(&mut self, seen: &Seen<'_>) -> Result<(), Failure> {
        let collected = match &mut self.lines {
            Lines::Json(json) => push_json(json, seen),
            Lines::Csv(csv) => push_csv(csv, seen),
        };
        if collected >= self.flush_len { self.flush() } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.flush()
    }

    #[cold]
    fn flush(&mut self) -> Result<(), Failure> {
        let bytes = match &mut self.lines {
            Lines::Json(json) => json.bytes_mut(),
            Lines::Csv(csv) => csv.bytes_mut(),
        };
        self.output.write(bytes)?;
        bytes.clear();
        Ok(())
    }
}

const fn flush_len(watched: bool) -> usize {
    if watched { 0 } else { FLUSH_LEN }
}

/// An object of the facts that there are; answers how much is collected.
fn push_json(json: &mut Json, seen: &Seen<'_>) -> usize {
    json.object(|json| {
        for Fact { name, of, .. } in FACTS {
            match of(seen) {
                Value::Absent => {}
                Value::Number(number) => json.key(name).number(number),
                Value::Address(address) => json.key(name).address(address),
                Value::VlanIds(ids) => json.key(name).array(|json| {
                    ids.as_slice().iter().for_each(|id| json.number(*id));
                }),
                Value::Fragment(fragment) => json.key(name).object(|json| {
                    json.key("id").number(fragment.id);
                    json.key("offset").number(fragment.offset);
                    json.key("more").boolean(fragment.more);
                }),
                Value::Error(error) => json.key(name).text(&error.to_string()),
            }
        }
    });
    json.end_line();
    json.bytes_mut().len()
}

/// A row in which every fact has its cells; answers how much is collected.
fn push_csv(csv: &mut Csv, seen: &Seen<'_>) -> usize {
    for Fact { columns, of, .. } in FACTS {
        match of(seen) {
            Value::Absent => columns.iter().for_each(|_| csv.empty()),
            Value::Number(number) => csv.number(number),
            Value::Address(address) => csv.address(address),
            Value::VlanIds(ids) => csv.numbers(ids.as_slice()),
            Value::Fragment(fragment) => {
                csv.number(fragment.id);
                csv.number(fragment.offset);
                csv.text(if fragment.more { "true" } else { "false" });
            }
            Value::Error(error) => csv.text(&error.to_string()),
        }
    }
    csv.end_row();
    csv.bytes_mut().len()
}
