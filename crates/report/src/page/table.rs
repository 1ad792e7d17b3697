//! Tables as HTML: captions, headings, numbers to the right.

use super::html::Html;
use crate::number::Unit;
use crate::shown::{MOST_NAME, MOST_TEXT, shown};
use crate::table::{Cell, Column, Table};

/// Writes a table. Scripts make it sort and filter; without them it is a table.
pub(super) fn table(table: &Table, html: &mut Html) {
    let title = shown(table.title(), MOST_TEXT);
    let label =
        [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", &*title)];
    html.element("div", &label, |html| {
        html.element("table", &[("class", "data")], |html| {
            html.element("caption", &[], |html| caption(table, html));
            html.element("thead", &[], |html| heads(table, html));
            html.element("tbody", &[], |html| rows(table, html));
        });
    });
}

fn caption(table: &Table, html: &mut Html) {
    html.text(&shown(table.title(), MOST_TEXT));
    let (kept, all) = (table.rows().len(), table.total());
    if all > kept {
        let count = |count: usize| Unit::Count.exact(count as f64);
        let text = format!("{} of {} rows", count(kept), count(all));
        html.text(" ");
        html.line("small", &[], &text);
    }
}

fn heads(table: &Table, html: &mut Html) {
    html.element("tr", &[], |html| {
        for column in table.columns() {
            html.element("th", &attributes(column, &[("scope", "col")]), |html| {
                html.text(&shown(column.name(), MOST_NAME));
                let unit = column.unit().map_or("", Unit::heading);
                if !unit.is_empty() && !column.name().to_lowercase().contains(unit) {
                    html.text(" ");
                    html.line("small", &[], unit);
                }
            });
        }
    });
}

fn rows(table: &Table, html: &mut Html) {
    let most: Vec<f64> = (0..table.columns().len()).map(|at| table.largest(at)).collect();
    for row in table.rows() {
        html.element("tr", &[], |html| {
            for (at, (cell, column)) in row.iter().zip(table.columns()).enumerate() {
                one(cell, column, at == 0, most[at], html);
            }
        });
    }
}

fn one(cell: &Cell, column: &Column, is_first: bool, most: f64, html: &mut Html) {
    let number = cell.number().filter(|number| number.is_finite());
    // What scripts sort by.
    let value = number.map(|number| number.to_string()).unwrap_or_default();
    let data = [("data-v", value.as_str())];
    let extra = if number.is_some() { &data[..] } else { &[] };
    let told = column.tell(cell);
    if is_first && column.unit().is_none() {
        html.line("th", &[("scope", "row")], &told);
        return;
    }
    html.element("td", &attributes(column, extra), |html| {
        html.text(&told);
        if let (true, Some(number)) = (column.has_bars() && most > 0.0, number) {
            bar(number.abs() / most, html);
        }
    });
}

/// A line below a number, as long as the number is large.
fn bar(part: f64, html: &mut Html) {
    let svg = [
        ("class", "bar"),
        ("viewBox", "0 0 100 3"),
        ("preserveAspectRatio", "none"),
        ("aria-hidden", "true"),
    ];
    html.element("svg", &svg, |html| {
        let width = format!("{:.1}", part * 100.0);
        html.element("rect", &[("width", &width), ("height", "3")], |_| {});
    });
}

fn attributes<'a>(
    column: &Column,
    others: &[(&'static str, &'a str)],
) -> Vec<(&'static str, &'a str)> {
    let class = column.unit().map(|_| ("class", "n"));
    others.iter().copied().chain(class).collect()
}
