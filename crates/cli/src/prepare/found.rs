//! What was found in tables, and what became of it, for people.

use std::collections::BTreeMap;

use netsift::data::explore::{
    ColumnSummary, Distinct, Exploration, Explore, Leakage, LeakageCheck,
};
use netsift::data::prepare::{Effect, MappedLabels, StepKind};
use netsift::data::{ColumnFate, DataError, Labels, ReadReport};
use serde::Serialize;

use super::work::{Done, Part};
use crate::figures::grouped;
use crate::table::Table;
use crate::terminal::printable;

/// Columns, and what would make judging a model on these parts a delusion.
#[derive(Serialize)]
pub(super) struct Found {
    exploration: Exploration,
    leakage: Option<Leakage>,
}

/// How large a part has become.
#[derive(Serialize)]
pub(super) struct PartFacts {
    name: &'static str,
    rows: usize,
    columns: usize,
    classes: BTreeMap<String, usize>,
}

impl PartFacts {
    pub(super) fn of(part: &Part) -> Self {
        let classes = part.data.labels().map(classes).unwrap_or_default();
        let name = if part.name.is_empty() { "all" } else { part.name };
        let (rows, columns) = (part.data.rows(), part.data.width());
        Self { name, rows, columns, classes: classes.into_iter().collect() }
    }
}

impl Found {
    pub(super) fn of(done: &Done) -> Result<Self, DataError> {
        let exploration = Explore::new().correlations(false).look(&done.data)?;
        let leakage = match &done.split {
            Some(split) => {
                let (train, test) =
                    (done.data.select(&split.train)?, done.data.select(&split.test)?);
                Some(LeakageCheck::new().look(&train, &test)?)
            }
            None => None,
        };
        Ok(Self { exploration, leakage })
    }

    pub(super) fn tables(&self, done: &Done) -> Vec<Table> {
        let all = [Some(tables(&done.read)), defects(&done.read), Some(self.columns(done))];
        all.into_iter().flatten().chain([rows(done)]).collect()
    }

    /// What is likely to be wrong with what was asked for, a line each.
    pub(super) fn warnings(&self, done: &Done) -> Vec<String> {
        let idle = done.labels.iter().flat_map(MappedLabels::idle);
        let idle = idle.map(|pattern| format!("--map-label {pattern}=... matches no label"));
        let leakage = self.leakage.iter().filter(|leakage| !leakage.is_clean());
        let leakage = leakage
            .flat_map(|leakage| leakage.to_string().lines().map(str::to_owned).collect::<Vec<_>>());
        let rows = done.parts.iter().all(|part| part.data.rows() == 0);
        let rows = rows.then(|| "no row is left".to_owned());
        idle.chain(done.dropped()).chain(rows).chain(leakage).collect()
    }

    /// A line for each column that was found, and for each that was made.
    fn columns(&self, done: &Done) -> Table {
        let mut effects: BTreeMap<Option<String>, Vec<Effect>> = BTreeMap::new();
        for effect in done.preparation.effects() {
            effects.entry(effect.column.clone()).or_default().push(effect);
        }
        let headings = ["Column", "holds", "missing", "distinct", "what is done"];
        let mut table = Table::new(&headings).words(&[1, 4]);
        let by_name: BTreeMap<&str, _> =
            self.exploration.columns.iter().map(|column| (column.name.as_str(), column)).collect();
        for facts in &done.read.columns {
            let column = by_name.get(facts.name.as_str()).copied();
            let missing = column.map(|column| grouped(column.missing as u64));
            let distinct = column.map(|column| match column.distinct {
                Distinct::Exactly(count) => grouped(count as u64),
                Distinct::MoreThan(count) => format!("> {}", grouped(count as u64)),
                _ => String::new(),
            });
            let key = (facts.fate != ColumnFate::Label).then(|| facts.name.clone());
            let done = effects.get(&key).map(|done| joined(done, column)).unwrap_or_default();
            table.row([
                printable(&facts.name).into_owned(),
                holds(facts.fate).to_owned(),
                missing.unwrap_or_default(),
                distinct.unwrap_or_default(),
                printable(&done).into_owned(),
            ]);
        }
        table
    }
}

/// What is done to a column, without what there is nothing to do about.
fn joined(effects: &[Effect], column: Option<&ColumnSummary>) -> String {
    let (missing, infinite) = column.map_or((1, 1), |column| (column.missing, column.infinite));
    let told = effects.iter().filter(|effect| match effect.step {
        StepKind::Finite => infinite > 0,
        StepKind::Impute => missing + infinite > 0,
        _ => true,
    });
    told.map(|effect| effect.what.as_str()).collect::<Vec<_>>().join("; ")
}

fn holds(fate: ColumnFate) -> &'static str {
    match fate {
        ColumnFate::Numbers => "numbers",
        ColumnFate::Texts => "texts",
        ColumnFate::Label => "label",
        ColumnFate::Group => "group",
        ColumnFate::Time => "time",
        ColumnFate::Dropped => "left out",
        ColumnFate::Repeated => "repeated",
        _ => "",
    }
}

/// What was read.
fn tables(read: &ReadReport) -> Table {
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
fn defects(read: &ReadReport) -> Option<Table> {
    let headings = ["Defect", "times", "rows left out", "what is done", "first"];
    let mut table = Table::new(&headings).words(&[3, 4]);
    for facts in &read.defects {
        let first = facts.places.first().map(|place| {
            let column = place.column.as_deref().map(|name| format!(", {name}"));
            let table = read.tables.get(place.table).filter(|_| read.tables.len() > 1);
            let table = table.map(|table| format!(" of {}", table.name));
            let (table, column) = (table.unwrap_or_default(), column.unwrap_or_default());
            format!("line {}{table}{column}", grouped(place.line))
        });
        table.row([
            facts.defect.name().to_owned(),
            grouped(facts.count),
            grouped(facts.rows_dropped),
            facts.policy.to_string(),
            printable(&first.unwrap_or_default()).into_owned(),
        ]);
    }
    (!read.defects.is_empty()).then_some(table)
}

/// The rows of each class as they were read, and in each part that comes out.
fn rows(done: &Done) -> Table {
    let names = done.parts.iter().map(|part| if part.name.is_empty() { "out" } else { part.name });
    let headings: Vec<&str> = ["Rows", "read"].into_iter().chain(names).collect();
    let mut table = Table::new(&headings);
    let all = [&done.data].into_iter().chain(done.parts.iter().map(|part| &part.data));
    let counted: Vec<_> = all.map(|data| (data.rows(), data.labels().map(classes))).collect();
    if let Some((_, Some(read))) = counted.first() {
        for (class, _) in read {
            let counts = counted.iter().map(|(_, classes)| {
                let count = classes.as_ref().and_then(|classes| {
                    classes.iter().find(|(name, _)| name == class).map(|(_, count)| *count)
                });
                grouped(count.unwrap_or(0) as u64)
            });
            table.row([printable(class).into_owned()].into_iter().chain(counts));
        }
    }
    let rows = counted.iter().map(|(rows, _)| grouped(*rows as u64));
    table.row(["in all".to_owned()].into_iter().chain(rows));
    table
}

/// How many rows each class has, by its name.
fn classes(labels: &Labels) -> Vec<(String, usize)> {
    labels.classes().names().map(str::to_owned).zip(labels.counts()).collect()
}
