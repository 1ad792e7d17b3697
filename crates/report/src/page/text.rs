//! Pages in characters: what a terminal says of them.

use super::{Block, Figure, Page};
use crate::characters::{fit, right, widest};
use crate::number::Unit;
use crate::shown::{MOST_TEXT, shown};
use crate::table::Table;

/// Rows of a table that a terminal is told.
const MOST_ROWS: usize = 8;
/// Most columns of a terminal that a column of texts gets.
const MOST_WIDE: usize = 32;

/// The page for a terminal so many columns wide: all but what is shown only when it is asked for.
pub(super) fn text(page: &Page, width: usize) -> String {
    let section = |(title, blocks): (&str, &[Block])| {
        let told = blocks.iter().map(|block| told(block, width)).filter(|told| !told.is_empty());
        format!("\n== {}\n\n{}", shown(title, MOST_TEXT), told.collect::<Vec<_>>().join("\n"))
    };
    let sections = page.sections.iter().map(|s| section((&s.title, &s.blocks)));
    format!("{}\n{}", shown(&page.title, MOST_TEXT), sections.collect::<String>())
}

fn told(block: &Block, width: usize) -> String {
    match block {
        Block::Sentence(text) => wrapped(&shown(text, MOST_TEXT * 4), width),
        Block::Warning(text) => wrapped(&format!("! {}", shown(text, MOST_TEXT * 4)), width),
        Block::Figures(figures) => self::figures(figures),
        Block::Table(table) => rows(table, width),
        Block::Chart(chart) => chart.text(width),
        Block::Details(_, _) => String::new(),
    }
}

fn figures(figures: &[Figure]) -> String {
    let names = widest(figures.iter().map(|figure| figure.name.as_str()), MOST_WIDE);
    let line = |figure: &Figure| {
        let name = fit(&shown(&figure.name, MOST_TEXT), names);
        let exact = figure.exact.as_ref().map(|exact| format!(" ({exact})")).unwrap_or_default();
        format!("{name}  {}{exact}\n", figure.value)
    };
    figures.iter().map(line).collect()
}

/// The first rows, and as many columns as find room.
fn rows(table: &Table, width: usize) -> String {
    let shown_rows = table.rows().len().min(MOST_ROWS);
    let heads = table.columns().iter().enumerate();
    let columns = heads.map(|(at, column)| {
        let head = shown(column.name(), MOST_TEXT).into_owned();
        let cells: Vec<_> = (0..shown_rows).map(|row| table.cell(row, at)).chain([head]).collect();
        let wide = widest(cells.iter().map(String::as_str), MOST_WIDE);
        (cells, wide, column.unit().is_some())
    });
    let mut lines = vec![String::new(); shown_rows + 1];
    let mut free = width;
    for (cells, wide, is_number) in columns {
        if wide + 2 > free {
            break;
        }
        free -= wide + 2;
        let cells = cells.last().into_iter().chain(&cells[..shown_rows]);
        for (line, cell) in lines.iter_mut().zip(cells) {
            let cell = fit(cell, wide);
            *line += &if is_number { right(cell.trim_end(), wide) } else { cell };
            *line += "  ";
        }
    }
    let body: String = lines.iter().map(|line| format!("{}\n", line.trim_end())).collect();
    let missing = table.total() - shown_rows;
    let more = match missing {
        0 => String::new(),
        missing => format!("(and {} more)\n", Unit::Count.exact(missing as f64)),
    };
    format!("{}\n{body}{more}", shown(table.title(), MOST_TEXT))
}

/// A text in lines that are no longer, where it has blanks.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut line = 0;
    for word in text.split(' ') {
        let long = word.chars().count();
        if line > 0 && line + 1 + long > width {
            lines.push('\n');
            line = 0;
        } else if line > 0 {
            lines.push(' ');
            line += 1;
        }
        lines.push_str(word);
        line += long;
    }
    lines + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Made, Section};
    use crate::table::Column;

    #[test]
    fn a_page_in_characters_says_what_it_says() {
        let columns = vec![Column::text("Host"), Column::number("Bytes", Unit::Bytes)];
        let mut table = Table::new("Busiest", columns);
        for at in 0..10_u64 {
            table.push(vec![format!("192.0.2.{at}\u{1b}").into(), (at * 1_000).into()]).unwrap();
        }
        let mut page = Page::new("a.pcap", Made::default());
        let overview = Section::new("Overview").figure("Packets", 3_123.0, Unit::Count);
        page.push(overview.sentence("One host talks more than all the others.").with(table));
        let text = page.text(30);
        let start = "a.pcap\n\n== Overview\n\nPackets  3.12 k (3,123)\n\n\
            One host talks more than all\nthe others.\n\nBusiest\nHost             Bytes\n\
            192.0.2.0\\u{1b}      0\n192.0.2.1\\u{1b}  1,000\n";
        assert!(text.starts_with(start), "{text}");
        assert!(text.ends_with("(and 2 more)\n"));
        let table = Table::new("t", vec![Column::text("Host")]).of_total(65_537);
        assert!(rows(&table, 24).ends_with("(and 65,537 more)\n"));
    }

    #[test]
    fn columns_without_room_are_left_out() {
        let columns = (0..9).map(|at| Column::text(format!("column {at}"))).collect();
        let lines = rows(&Table::new("t", columns), 24);
        assert_eq!(lines, "t\ncolumn 0  column 1\n");
    }
}
