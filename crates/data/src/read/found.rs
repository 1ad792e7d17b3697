//! The columns of all tables: what they are called, and what each is for.

use std::collections::{HashMap, HashSet};

use super::description::{CellKind, Role};
use super::head::{Head, HeadColumn};
use super::names::{nearest, normal};
use super::reader::Settings;
use super::time::DateEvidence;
use crate::{DataError, Defect, KindOrigin, Policy};

/// What a column is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Nothing,
    Feature,
    Label,
    Group,
    Time,
}

/// A column of all tables, before it is known what it is for.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Option<CellKind>,
    pub(crate) origin: KindOrigin,
    /// Whether there may be cells of which nothing is known yet.
    is_open: bool,
    pub(crate) listed: Option<Vec<String>>,
    pub(crate) dates: DateEvidence,
    /// The column whose name it repeats.
    pub(crate) repeats: Option<usize>,
    pub(crate) used: Use,
}

/// The columns of all tables.
pub(crate) struct Found<'s> {
    settings: &'s Settings,
    pub(crate) columns: Vec<Column>,
    places: HashMap<String, usize>,
    /// What is wrong with the tables as such: the table, the column, the line.
    pub(crate) flaws: Vec<(Defect, usize, Option<usize>, u64)>,
}

impl<'s> Found<'s> {
    pub(crate) fn new(settings: &'s Settings) -> Self {
        Self { settings, columns: Vec::new(), places: HashMap::new(), flaws: Vec::new() }
    }

    pub(crate) fn add(&mut self, table: usize, name: &str, head: &Head) -> Result<(), DataError> {
        self.check_width(name, head)?;
        for (defect, line) in &head.flaws {
            self.refuse(name, *defect, *line, "")?;
            self.flaws.push((*defect, table, None, *line));
        }
        let given = given_names(&head.columns, head.has_names, self.settings);
        for (column, given) in head.columns.iter().zip(given) {
            self.add_column(table, name, head, column, given)?;
        }
        Ok(())
    }

    fn check_width(&self, table: &str, head: &Head) -> Result<(), DataError> {
        let (found, limit) = (head.columns.len(), self.settings.limits.columns);
        if found > limit {
            let limit = limit as u64;
            return Err(DataError::Limit { table: table.into(), what: "columns", limit });
        }
        match &self.settings.description {
            Some(known) if !head.has_names && !known.has_width(found) => {
                Err(DataError::Described {
                    table: table.into(),
                    description: known.name.as_str().into(),
                    expected: known.columns.len(),
                    found,
                })
            }
            _ => Ok(()),
        }
    }

    fn add_column(
        &mut self,
        table: usize,
        table_name: &str,
        head: &Head,
        column: &HeadColumn,
        given: Given,
    ) -> Result<(), DataError> {
        let line = head.lines.max(1);
        let place = self.places.get(&given.name).copied().unwrap_or(self.columns.len());
        if given.unnamed {
            self.refuse(table_name, Defect::Unnamed, line, "")?;
            self.flaws.push((Defect::Unnamed, table, Some(place), line));
        }
        if given.repeats.is_some() {
            self.refuse(table_name, Defect::RepeatedName, line, &column.name)?;
            self.flaws.push((Defect::RepeatedName, table, Some(place), line));
        }
        match self.columns.get_mut(place) {
            Some(known) => known.join(column),
            None => {
                let dropped = given.unnamed && self.policy(Defect::Unnamed) == Policy::Drop
                    || given.repeats.is_some()
                        && self.policy(Defect::RepeatedName) == Policy::First;
                let repeats =
                    given.repeats.filter(|_| self.policy(Defect::RepeatedName) == Policy::Mend);
                self.places.insert(given.name.clone(), place);
                self.columns.push(Column {
                    name: given.name,
                    kind: column.kind,
                    origin: column.origin,
                    is_open: column.is_open,
                    dates: column.dates,
                    listed: column.listed.clone(),
                    repeats: repeats.and_then(|first| self.places.get(&first).copied()),
                    used: if dropped { Use::Nothing } else { Use::Feature },
                });
            }
        }
        Ok(())
    }

    fn policy(&self, defect: Defect) -> Policy {
        self.settings.policies.of(defect)
    }

    fn refuse(&self, table: &str, defect: Defect, line: u64, text: &str) -> Result<(), DataError> {
        if !self.settings.policies.refuses(defect) {
            return Ok(());
        }
        let (table, text) = (table.into(), text.into());
        Err(DataError::Refused { table, line, column: None, defect, text })
    }

    /// Says what each column is for.
    pub(crate) fn choose(&mut self) -> Result<(), DataError> {
        self.describe();
        if let Some(kept) = &self.settings.keep {
            let kept: HashSet<usize> = self.find_all(kept)?.into_iter().collect();
            for (place, column) in self.columns.iter_mut().enumerate() {
                column.used = if kept.contains(&place) { Use::Feature } else { Use::Nothing };
            }
        }
        for place in self.find_all(&self.settings.drop)? {
            self.assign(place, Use::Nothing);
        }
        self.choose_kinds()?;
        self.columns.iter_mut().for_each(Column::close);
        self.choose_one(Use::Label, self.settings.label.as_deref(), Role::Label)?;
        self.choose_one(Use::Group, self.settings.group.as_deref(), Role::Group)?;
        self.choose_one(Use::Time, self.settings.time.as_deref(), Role::Time)?;
        self.know_time();
        self.know_label();
        Ok(())
    }

    fn describe(&mut self) {
        let Some(known) = &self.settings.description else { return };
        for column in &mut self.columns {
            let Some(described) = known.column(&column.name) else { continue };
            if let Some(kind) = described.kind {
                (column.kind, column.origin) = (Some(kind), KindOrigin::Described);
            }
            let is_left_out = match described.role {
                Role::Identity => !self.settings.identities,
                Role::Feature => false,
                Role::Label | Role::Group | Role::Time | Role::Verdict => true,
            };
            if is_left_out {
                column.used = Use::Nothing;
            }
        }
    }

    fn choose_kinds(&mut self) -> Result<(), DataError> {
        for (name, kind) in &self.settings.kinds {
            let place = self.find(name)?;
            if let Some(column) = self.columns.get_mut(place) {
                (column.kind, column.origin) = (Some(*kind), KindOrigin::Asked);
            }
        }
        Ok(())
    }

    /// The column that was asked for, or that is described as such and is there.
    fn choose_one(&mut self, used: Use, asked: Option<&str>, role: Role) -> Result<(), DataError> {
        let known = self.settings.description.as_ref();
        let described = || known?.of_role(role).find_map(|name| self.places.get(name).copied());
        let place = match asked {
            Some(name) => Some(self.find(name)?),
            None => described(),
        };
        if let Some(place) = place {
            self.assign(place, used);
        }
        Ok(())
    }

    /// The column of times of a table that is of a known kind.
    fn know_time(&mut self) {
        let Some((name, others)) = &self.settings.time_beside else { return };
        let Ok(place) = self.find(name) else { return };
        let is_left_out = self.is_dropped(place);
        let has_others = others.iter().all(|other| self.find(other).is_ok());
        let is_open = self.columns.iter().all(|column| column.used != Use::Time)
            && self.columns.get(place).is_some_and(Column::is_free);
        if has_others && is_open && !is_left_out {
            self.assign(place, Use::Time);
        }
    }

    /// The column of labels of tables of which nobody says which it is.
    fn know_label(&mut self) {
        if self.columns.iter().any(|column| column.used == Use::Label) {
            return;
        }
        let is_open = |place: &usize| {
            self.columns.get(*place).is_some_and(Column::is_free) && !self.is_dropped(*place)
        };
        let names = self.settings.label_like.iter();
        let place = names.filter_map(|name| self.find(name).ok()).find(is_open);
        if let Some(place) = place {
            self.assign(place, Use::Label);
        }
    }

    fn is_dropped(&self, place: usize) -> bool {
        self.settings.drop.iter().any(|dropped| self.find(dropped).ok() == Some(place))
    }

    fn assign(&mut self, place: usize, used: Use) {
        if let Some(column) = self.columns.get_mut(place) {
            column.used = used;
        }
    }

    fn find_all(&self, names: &[String]) -> Result<Vec<usize>, DataError> {
        names.iter().map(|name| self.find(name)).collect()
    }

    /// The column of that name, else of that spelling.
    fn find(&self, name: &str) -> Result<usize, DataError> {
        if let Some(place) = self.places.get(name) {
            return Ok(*place);
        }
        let wanted = normal(self.settings.aliases.name(name).unwrap_or(name));
        let found = self.columns.iter().position(|column| normal(&column.name) == wanted);
        found
            .ok_or_else(|| DataError::UnknownColumn { name: name.into(), near: self.near(&wanted) })
    }

    fn near(&self, wanted: &str) -> Option<Box<str>> {
        nearest(wanted, self.columns.iter().map(|column| column.name.as_str())).map(Into::into)
    }
}

impl Column {
    /// With what another table has under its name: texts, if either has.
    fn join(&mut self, other: &HeadColumn) {
        self.dates.join(other.dates);
        self.is_open |= other.is_open;
        if self.kind.is_none() {
            self.origin = other.origin;
        }
        self.kind = match (self.kind, other.kind) {
            (Some(one), Some(other)) if one != other => Some(CellKind::Text),
            (one, other) => one.or(other),
        };
        if self.listed != other.listed {
            self.listed = None;
        }
    }

    /// Whether nothing else is read off it than cells.
    fn is_free(&self) -> bool {
        matches!(self.used, Use::Feature | Use::Nothing)
    }

    /// What nothing is known of holds texts, of which none can be wrong, unless it holds nothing at all.
    fn close(&mut self) {
        let unknown = if self.is_open { CellKind::Text } else { CellKind::Number };
        self.kind = self.kind.or(Some(unknown));
    }
}

/// A name as the dataset has it.
pub(crate) struct Given {
    pub(crate) name: String,
    /// The name that it repeats.
    repeats: Option<String>,
    unnamed: bool,
}

/// Names trimmed, made uniform, completed and set apart.
pub(crate) fn given_names(
    columns: &[HeadColumn],
    has_names: bool,
    settings: &Settings,
) -> Vec<Given> {
    let described = settings.description.as_ref().map_or(&[][..], |known| &known.columns);
    let mut taken: HashMap<String, usize> = HashMap::with_capacity(columns.len());
    let mut all = Vec::with_capacity(columns.len());
    for (place, column) in columns.iter().enumerate() {
        let raw = column.name.trim();
        let name = match described.get(place) {
            Some(known) if !has_names => known.name.clone(),
            _ if raw.is_empty() => format!("column {}", place + 1),
            _ => settings.aliases.name(raw).map_or_else(|| raw.to_owned(), str::to_owned),
        };
        let repeats = taken.contains_key(&name).then(|| name.clone());
        let name = apart(name, &mut taken);
        all.push(Given { name, repeats, unnamed: raw.is_empty() && has_names });
    }
    all
}

/// The name, or one made of it that is not taken: `name.1`, as others call it too.
fn apart(name: String, taken: &mut HashMap<String, usize>) -> String {
    let mut own = name.clone();
    while taken.contains_key(&own) {
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        own = format!("{name}.{count}");
    }
    taken.insert(own.clone(), 0);
    own
}
