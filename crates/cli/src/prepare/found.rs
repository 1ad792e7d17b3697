//! What was found in tables, and what became of it, for people.

use std::collections::BTreeMap;

use netsift::data::explore::{
    ColumnSummary, Distinct, Exploration, Explore, Leakage, LeakageCheck,
};
use netsift::data::prepare::{Effect, MappedLabels, StepKind};
use netsift::data::split::ShareMissed;
use netsift::data::{ColumnFate, DataError, Dataset};
use serde::Serialize;

use super::done::{Done, PartFacts, SplitFacts};
use super::outputs::ALL;
use crate::failure::no_rows;
use crate::figures::grouped;
use crate::table::Table;
use crate::tables::told;
use crate::terminal::printable;

/// Columns, and what would make judging a model on these parts a delusion.
#[derive(Serialize)]
pub(super) struct Found {
    exploration: Exploration,
    leakage: Option<Leakage>,
}

pub(super) fn tables(done: &Done) -> Vec<Table> {
    let columns = done.found.as_ref().map(|found| found.columns(done));
    let split = done.split.as_ref().map(split);
    let all =
        [Some(told::read(&done.read)), told::defects(&done.read), columns, split, Some(rows(done))];
    all.into_iter().flatten().collect()
}

impl Found {
    /// Of all rows.
    pub(super) fn of(data: &Dataset) -> Result<Self, DataError> {
        let exploration = Explore::new().correlations(false).look(data)?;
        Ok(Self { exploration, leakage: None })
    }

    /// The same, and what leaks from rows to train with into those to test with.
    pub(super) fn between(self, train: &Dataset, test: &Dataset) -> Result<Self, DataError> {
        Ok(Self { leakage: Some(LeakageCheck::new().look(train, test)?), ..self })
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

impl Done {
    /// What is likely to be wrong with what was asked for, a line each.
    pub(super) fn warnings(&self) -> Vec<String> {
        let idle = self.labels.iter().flat_map(MappedLabels::idle);
        let idle = idle.map(|pattern| format!("--map-label {pattern}=... matches no label"));
        let unwritten = self.lost.iter();
        let unwritten =
            unwritten.map(|what| format!("{what} are not written: rows that were made have none"));
        let is_empty = self.parts.iter().all(|part| part.rows == 0);
        let empty = is_empty.then(|| no_rows(&told::lost(&self.read)));
        let sole = self.rows.sole_class();
        let sole = sole.map(|class| format!("all rows are of one class: {class}"));
        let notes = self.read.notes().into_iter();
        let missed = self.split.iter().flat_map(|split| split.missed.iter().map(missed));
        let balanced = self.balanced.iter().map(ToString::to_string);
        let asked = idle.chain(missed).chain(balanced).chain(unwritten);
        notes.chain(asked).chain(empty).chain(sole).chain(self.leaks()).collect()
    }

    fn leaks(&self) -> Vec<String> {
        let leakage = self.found.iter().filter_map(|found| found.leakage.as_ref());
        leakage.flat_map(told::leaks).collect()
    }
}

fn missed(missed: &ShareMissed) -> String {
    let [got, asked] = [missed.got, missed.asked].map(percent);
    format!(
        "the {} part has {got} of the rows instead of {asked}: groups and times stay whole",
        missed.part
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
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

/// What each part got of the rows that were read, beside what was asked for.
fn split(split: &SplitFacts) -> Table {
    let heading = format!("Split by {}", split.by);
    let mut table = Table::new(&[&heading, "rows", "share", "asked for"]);
    for part in &split.parts {
        let (share, asked) = (percent(part.share), percent(part.asked));
        table.row([part.name.to_owned(), grouped(part.rows as u64), share, asked]);
    }
    table
}

/// The rows of each class as they were read, and in each part that comes out.
fn rows(done: &Done) -> Table {
    let all = || [&done.rows].into_iter().chain(&done.parts);
    let heading = |part: &PartFacts| if part.name == ALL { "out" } else { part.name };
    let headings: Vec<&str> = ["Rows"].into_iter().chain(all().map(heading)).collect();
    let mut table = Table::new(&headings);
    for class in done.rows.classes.iter().flat_map(BTreeMap::keys) {
        let counts = all().map(|part| part.classes.as_ref()?.get(class).copied());
        let counts = counts.map(|count| grouped(count.unwrap_or(0) as u64));
        table.row([printable(class).into_owned()].into_iter().chain(counts));
    }
    let rows = all().map(|part| grouped(part.rows as u64));
    table.row(["in all".to_owned()].into_iter().chain(rows));
    table
}
