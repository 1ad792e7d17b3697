//! Columns that stand under each other.

use std::fmt::{self, Write};

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

    /// Adds a row. Of very long cells, whose text others have chosen, the beginning is shown.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(shortened).collect());
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
