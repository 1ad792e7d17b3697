//! Columns that stand under each other.

use std::fmt::{self, Write};

use serde_json::Value;

use crate::terminal::printable;

/// A heading and rows; the first column is words, the others are figures where nothing else is said.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    words: &'static [usize],
}

impl Table {
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(ToString::to_string).collect()], words: &[] }
    }

    /// The same with words in these columns, too.
    pub(crate) fn words(self, words: &'static [usize]) -> Self {
        Self { words, ..self }
    }

    /// Adds a row. Others may have chosen the text of a cell: of a very long one the beginning is shown, and none moves the
    /// terminal.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let shown = |cell: String| shortened(printable(&cell).into_owned());
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    /// What it says to programs, each with what it is about: a row is an object, whose columns have the names of the headings;
    /// a table of names and values is one.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&str, Value)> {
        let (headings, rows) =
            self.rows.split_first().map_or((&[][..], &[][..]), |(first, rest)| (first, rest));
        let about = headings.first().map_or("", String::as_str);
        let is_of_names = matches!(headings, [_, second] if second.is_empty());
        let of_names = is_of_names.then(|| {
            let pairs =
                rows.iter().filter_map(|row| Some((key(row.first()?), figure(row.get(1)?))));
            pairs.collect()
        });
        let of_rows = rows.iter().filter(move |_| !is_of_names).map(|row| {
            let cells = headings.iter().zip(row).enumerate();
            let cells = cells.map(|(column, (heading, cell))| {
                let is_words = column == 0 || self.words.contains(&column);
                (key(heading), if is_words { cell.as_str().into() } else { figure(cell) })
            });
            cells.collect()
        });
        of_names.into_iter().chain(of_rows).map(move |facts| (about, Value::Object(facts)))
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }
}

impl fmt::Display for Table {
    /// The heading flush left, the rows under it indented.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                match (column, number) {
                    (0, 0) => write!(line, "{cell:<0$}", width + 2)?,
                    (0, _) => write!(line, "  {cell:<width$}")?,
                    _ if self.words.contains(&column) => write!(line, "  {cell:<width$}")?,
                    _ => write!(line, "  {cell:>width$}")?,
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A heading as the name of a field.
fn key(heading: &str) -> String {
    let words = heading.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    if words.is_empty() { "result".into() } else { words.join("_") }
}

/// The number that a cell shows; of one that shows none, its text.
fn figure(cell: &str) -> Value {
    let digits = cell.replace(',', "");
    let whole = digits.parse::<u64>().map(Value::from);
    whole.or_else(|_| digits.parse::<f64>().map(Value::from)).unwrap_or_else(|_| cell.into())
}

/// The longest cell that is shown whole, in characters.
const LONGEST: usize = 120;

fn shortened(cell: String) -> String {
    match cell.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &cell[..end]),
        None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_any_length_can_be_shown() {
        let mut table = Table::new(&["Column", "holds"]).words(&[1]);
        table.row(["é".repeat(70_000), "numbers".into()]);
        let shown = table.to_string();
        assert!(shown.contains(&format!("{}...  numbers", "é".repeat(LONGEST))), "{shown}");
    }

    #[test]
    fn no_cell_moves_the_terminal() {
        let mut table = Table::new(&["Silence", "by"]).words(&[1]);
        table.row(["7".into(), "ann\u{1b}[2J\nb".into()]);
        assert!(table.to_string().ends_with("7        ann\\u{1b}[2J\\u{a}b\n"), "{table}");
    }

    #[test]
    fn programs_read_numbers_by_their_names() {
        let mut table = Table::new(&["Sink", "delivered", "last error"]).words(&[2]);
        table.row(["17".into(), "1,234".into(), "5".into()]);
        let facts: Vec<_> = table.facts().map(|(said, facts)| (said, facts.to_string())).collect();
        assert_eq!(facts, [("Sink", r#"{"delivered":1234,"last_error":"5","sink":"17"}"#.into())]);
        let mut table = Table::new(&["In all", ""]);
        table.row(["dropped here, too many at once".into(), "12".into()]);
        table.row(["score".into(), "0.5".into()]);
        table.row(["packets a second".into(), "1.5 M".into()]);
        let facts: Vec<_> = table.facts().map(|(_, facts)| facts.to_string()).collect();
        let expected =
            r#"{"dropped_here_too_many_at_once":12,"packets_a_second":"1.5 M","score":0.5}"#;
        assert_eq!(facts, [expected]);
    }

    #[test]
    fn words_stand_left_and_figures_right() {
        let mut table = Table::new(&["Network", "packets"]);
        table.row(["IPv4".into(), "1,000".into()]);
        table.row(["a long name".into(), "7".into()]);
        let expected = "\
Network        packets
  IPv4           1,000
  a long name        7
";
        assert_eq!(table.to_string(), expected);
    }
}
