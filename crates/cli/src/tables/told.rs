//! What was found in tables, for people.

use std::cmp::Reverse;

use netsift::data::explore::Leakage;
use netsift::data::{DefectFacts, ReadReport};

use crate::figures::grouped;
use crate::table::Table;
use crate::terminal::printable;

/// What rows were left out for; nothing if there were none to leave out.
pub(crate) fn lost(read: &ReadReport) -> String {
    let mut defects: Vec<&DefectFacts> = read.defects.iter().collect();
    defects.retain(|facts| facts.rows_dropped > 0);
    defects.sort_by_key(|facts| Reverse(facts.rows_dropped));
    let told = defects.iter().map(|facts| {
        let (rows, first) = (grouped(facts.rows_dropped), first_place(facts, read));
        format!("{rows} left out for {}, the first at {first}", facts.defect.name())
    });
    told.collect::<Vec<_>>().join("; ")
}

/// What was read.
pub(crate) fn read(read: &ReadReport) -> Table {
    let mut table = Table::new(&["Table", "form", "rows"]).words(&[1]);
    for facts in &read.tables {
        let form = [Some(facts.format), facts.compression].into_iter().flatten();
        let form: Vec<&str> = form.collect();
        table.row([printable(&facts.name).into_owned(), form.join(" in "), grouped(facts.rows)]);
    }
    table.row(["kept".into(), String::new(), grouped(read.rows)]);
    table
}

/// What was wrong; nothing if nothing was.
pub(crate) fn defects(read: &ReadReport) -> Option<Table> {
    let headings = ["Defect", "times", "rows left out", "what is done", "first"];
    let mut table = Table::new(&headings).words(&[3, 4]);
    for facts in &read.defects {
        let first = first_place(facts, read);
        table.row([
            facts.defect.name().to_owned(),
            grouped(facts.count),
            grouped(facts.rows_dropped),
            facts.policy.to_string(),
            printable(&first).into_owned(),
        ]);
    }
    (!read.defects.is_empty()).then_some(table)
}

/// `line 7 of a.csv, Rate`; the table is told where there are several.
fn first_place(facts: &DefectFacts, read: &ReadReport) -> String {
    let Some(place) = facts.places.first() else { return String::new() };
    let column = place.column.as_deref().map(|name| format!(", {name}"));
    let table = read.tables.get(place.table).filter(|_| read.tables.len() > 1);
    let table = table.map(|table| format!(" of {}", table.name));
    let (table, column) = (table.unwrap_or_default(), column.unwrap_or_default());
    format!("line {}{table}{column}", grouped(place.line))
}

/// Signs of leakage. The first line says how many rows were compared, which is told already.
pub(crate) fn leaks(leakage: &Leakage) -> Vec<String> {
    if leakage.is_clean() {
        return Vec::new();
    }
    leakage.to_string().lines().skip(1).map(str::to_owned).collect()
}
