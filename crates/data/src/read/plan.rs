//! What becomes of the columns of all tables.

use std::collections::{HashMap, HashSet};

use super::description::{CellKind, Role};
use super::head::{Head, HeadColumn};
use super::names::{nearest, normal};
use super::reader::Settings;
use crate::{DataError, Defect, Policy};

/// What is read of tables, and where to.
#[derive(Debug)]
pub(crate) struct Plan<'s> {
    pub(crate) settings: &'s Settings,
    /// The columns of all tables.
    pub(crate) columns: Vec<Planned>,
    /// How many cells are kept of each row: those of the matrix, then the label, then the group.
    pub(crate) stride: usize,
    /// How many columns the matrix has.
    pub(crate) width: usize,
    pub(crate) dictionaries: Vec<Dictionary>,
    pub(crate) label: Option<usize>,
    pub(crate) group: Option<usize>,
    pub(crate) has_time: bool,
    /// Texts that mean missing in columns of either kind.
    pub(crate) markers: HashSet<Vec<u8>>,
    /// Whether a marker could pass for a number.
    pub(crate) has_marker_numbers: bool,
    /// What is wrong with the tables as such: the table, the column, the line.
    pub(crate) flaws: Vec<(Defect, usize, Option<usize>, u64)>,
}

/// A column.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) slot: Slot,
    /// The target of the column whose name it repeats.
    pub(crate) repeats: Option<usize>,
}

/// Texts that have numbers of their own.
#[derive(Debug)]
pub(crate) struct Dictionary {
    /// All texts that there may be, in their order.
    pub(crate) listed: Option<Vec<String>>,
}

/// Where the cells of a column go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Skip,
    Number { target: usize, column: usize },
    Text { target: usize, column: usize, dictionary: usize },
    Label { target: usize, column: usize, dictionary: usize },
    Time { column: usize },
}

/// What a column is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Nothing,
    Feature,
    Label,
    Group,
    Time,
}

/// A column of all tables, before it is known what it is for.
struct Column {
    name: String,
    kind: Option<CellKind>,
    listed: Option<Vec<String>>,
    /// The column whose name it repeats.
    repeats: Option<usize>,
    used: Use,
}

/// Texts that say in a column of numbers that nothing is known.
const USUAL_MARKERS: [&str; 12] =
    ["?", "-", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "None", "none", "nil"];

/// Texts that say in place of a label that nothing is known.
const NO_LABELS: [&str; 9] = ["?", "-", "NaN", "nan", "NA", "N/A", "<NA>", "null", "NULL"];

impl<'s> Plan<'s> {
    /// Of tables with these heads.
    pub(crate) fn of(
        heads: &[(Box<str>, Head)],
        settings: &'s Settings,
    ) -> Result<Self, DataError> {
        let mut found = Found::new(settings);
        for (table, (name, head)) in heads.iter().enumerate() {
            found.add(table, name, head)?;
        }
        found.choose()?;
        let mut plan = Self {
            settings,
            columns: Vec::new(),
            stride: 0,
            width: 0,
            dictionaries: Vec::new(),
            label: None,
            group: None,
            has_time: false,
            markers: settings.markers().map(|text| text.as_bytes().to_vec()).collect(),
            has_marker_numbers: settings.markers().any(|text| text.trim().parse::<f64>().is_ok()),
            flaws: found.flaws,
        };
        plan.lay_out(found.columns);
        Ok(plan)
    }

    /// Where the cells of a table go, column by column.
    pub(crate) fn slots(
        &mut self,
        table: usize,
        name: &str,
        columns: &[HeadColumn],
        has_names: bool,
    ) -> Result<Vec<Slot>, DataError> {
        let (slots, missing) = self.slots_of(columns, has_names);
        for column in missing {
            if self.settings.policies.refuses(Defect::MissingColumn) {
                let named = self.columns.get(column).map(|column| column.name.as_str().into());
                return Err(DataError::Refused {
                    table: name.into(),
                    line: 1,
                    column: named,
                    defect: Defect::MissingColumn,
                    text: Box::default(),
                });
            }
            self.flaws.push((Defect::MissingColumn, table, Some(column), 1));
        }
        Ok(slots)
    }

    /// The slots of these columns, and the used columns that are not among them.
    pub(crate) fn slots_of(
        &self,
        columns: &[HeadColumn],
        has_names: bool,
    ) -> (Vec<Slot>, Vec<usize>) {
        let names = given_names(columns, has_names, self.settings);
        let places: HashMap<&str, usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| (column.name.as_str(), place))
            .collect();
        let found: Vec<Option<usize>> =
            names.iter().map(|given| places.get(given.name.as_str()).copied()).collect();
        let slots = found.iter().map(|place| {
            place.and_then(|place| self.columns.get(place)).map_or(Slot::Skip, |column| column.slot)
        });
        let here: HashSet<usize> = found.iter().flatten().copied().collect();
        let missing = self.columns.iter().enumerate().filter(|(place, column)| {
            column.slot != Slot::Skip && column.repeats.is_none() && !here.contains(place)
        });
        (slots.collect(), missing.map(|(place, _)| place).collect())
    }

    /// The names of columns that none of the tables began with.
    pub(crate) fn unknown(&self, columns: &[HeadColumn]) -> Vec<String> {
        let known: HashSet<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let given = given_names(columns, true, self.settings).into_iter().map(|given| given.name);
        given.filter(|name| !known.contains(name.as_str())).collect()
    }

    /// Features first, then label and group.
    fn lay_out(&mut self, columns: Vec<Column>) {
        let count = |used| columns.iter().filter(|column| column.used == used).count();
        self.width = count(Use::Feature);
        self.label = (count(Use::Label) > 0).then_some(self.width);
        self.group = (count(Use::Group) > 0).then_some(self.width + count(Use::Label));
        self.stride = self.width + count(Use::Label) + count(Use::Group);
        self.has_time = count(Use::Time) > 0;
        let mut next = 0;
        for (place, column) in columns.into_iter().enumerate() {
            let slot = self.slot(place, &column, &mut next);
            let repeats = column.repeats.and_then(|first| self.target(first));
            self.columns.push(Planned { name: column.name, slot, repeats });
        }
    }

    fn slot(&mut self, place: usize, column: &Column, next: &mut usize) -> Slot {
        match column.used {
            Use::Nothing => Slot::Skip,
            Use::Time => Slot::Time { column: place },
            Use::Label => {
                let (target, dictionary) = (self.width, self.dictionary(column));
                Slot::Label { target, column: place, dictionary }
            }
            Use::Group => {
                let target = self.group.unwrap_or(self.width);
                Slot::Text { target, column: place, dictionary: self.dictionary(column) }
            }
            Use::Feature => {
                let target = *next;
                *next += 1;
                if column.kind == Some(CellKind::Text) {
                    let dictionary = self.dictionary(column);
                    return Slot::Text { target, column: place, dictionary };
                }
                Slot::Number { target, column: place }
            }
        }
    }

    /// Its own, or that of the column whose name it repeats, so that both can be compared.
    fn dictionary(&mut self, column: &Column) -> usize {
        let first = column.repeats.and_then(|first| self.columns.get(first));
        if let Some(Planned { slot: Slot::Text { dictionary, .. }, .. }) = first {
            return *dictionary;
        }
        self.dictionaries.push(Dictionary { listed: column.listed.clone() });
        self.dictionaries.len() - 1
    }

    fn target(&self, column: usize) -> Option<usize> {
        match self.columns.get(column)?.slot {
            Slot::Number { target, .. } | Slot::Text { target, .. } => Some(target),
            _ => None,
        }
    }

    /// The columns of texts: where they are kept, and their dictionaries.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (usize, usize)> {
        self.columns.iter().filter_map(|column| match column.slot {
            Slot::Text { target, dictionary, .. } | Slot::Label { target, dictionary, .. } => {
                Some((target, dictionary))
            }
            _ => None,
        })
    }

    /// Whether a text says that nothing is known.
    pub(crate) fn is_marker(&self, text: &[u8]) -> bool {
        self.markers.contains(text)
    }

    /// The same in a column of numbers, where more is plain.
    pub(crate) fn is_marker_of_numbers(&self, text: &[u8]) -> bool {
        self.is_marker(text) || is_usual_marker(text)
    }
}

/// Whether a text is a usual way to say that there is no label.
pub(crate) fn is_no_label(text: &[u8]) -> bool {
    NO_LABELS.iter().any(|marker| marker.as_bytes() == text)
}

/// Whether a text is a usual way to say in a column of numbers that nothing is known.
pub(crate) fn is_usual_marker(text: &[u8]) -> bool {
    USUAL_MARKERS.iter().any(|marker| marker.as_bytes() == text)
}

/// A name as the dataset has it.
struct Given {
    name: String,
    /// The name that it repeats.
    repeats: Option<String>,
    unnamed: bool,
}

/// Names trimmed, made uniform, completed and set apart.
fn given_names(columns: &[HeadColumn], has_names: bool, settings: &Settings) -> Vec<Given> {
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

/// The columns of all tables.
struct Found<'s> {
    settings: &'s Settings,
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    flaws: Vec<(Defect, usize, Option<usize>, u64)>,
}

impl<'s> Found<'s> {
    fn new(settings: &'s Settings) -> Self {
        Self { settings, columns: Vec::new(), places: HashMap::new(), flaws: Vec::new() }
    }

    fn add(&mut self, table: usize, name: &str, head: &Head) -> Result<(), DataError> {
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
    fn choose(&mut self) -> Result<(), DataError> {
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
        self.choose_one(Use::Label, self.settings.label.as_deref(), Role::Label)?;
        self.choose_one(Use::Group, self.settings.group.as_deref(), Role::Group)?;
        self.choose_one(Use::Time, self.settings.time.as_deref(), Role::Time)
    }

    fn describe(&mut self) {
        let Some(known) = &self.settings.description else { return };
        for column in &mut self.columns {
            let Some(described) = known.column(&column.name) else { continue };
            column.kind = described.kind.or(column.kind);
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
                column.kind = Some(*kind);
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
        self.kind = match (self.kind, other.kind) {
            (Some(one), Some(other)) if one != other => Some(CellKind::Text),
            (one, other) => one.or(other),
        };
        if self.listed != other.listed {
            self.listed = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Aliases, CellKind, ColumnFate, DataError, Dataset, Defect, Description, Policy, TableReader,
    };

    fn names(dataset: &Dataset) -> Vec<&str> {
        dataset.schema().names().collect()
    }

    #[test]
    fn a_repeated_column_goes_if_it_is_equal_and_is_renamed_if_not() {
        let equal = b"Fwd Header Length,b,Fwd Header Length\n1,2,1\nNaN,3,NaN\n";
        let (dataset, report) = TableReader::new().read(&equal[..]).unwrap();
        assert_eq!(names(&dataset), ["Fwd Header Length", "b"]);
        assert_eq!(report.count(Defect::RepeatedName), 1);
        assert_eq!(report.columns[2].fate, ColumnFate::Repeated);
        let other = b"a,b,a,a\n1,2,1,x\n2,3,3,y\n";
        let (dataset, _) = TableReader::new().read(&other[..]).unwrap();
        assert_eq!(names(&dataset), ["a", "b", "a.1", "a.2"]);
        let with = |policy| TableReader::new().on(Defect::RepeatedName, policy);
        assert_eq!(names(&with(Policy::First).read(&other[..]).unwrap().0), ["a", "b"]);
        let (renamed, _) = with(Policy::Rename).read(&equal[..]).unwrap();
        assert_eq!(renamed.width(), 3);
        let refused = with(Policy::Refuse).read(&equal[..]).unwrap_err();
        assert_eq!(refused.to_string(), "the table, line 1: repeated-name: \"Fwd Header Length\"");
    }

    #[test]
    fn texts_of_repeated_columns_are_compared_as_texts() {
        let (dataset, _) = TableReader::new().read(&b"t,t\nx,x\ny,y\n"[..]).unwrap();
        assert_eq!(names(&dataset), ["t"]);
        let (dataset, _) = TableReader::new().read(&b"t,t\nx,y\ny,x\n"[..]).unwrap();
        assert_eq!(names(&dataset), ["t", "t.1"]);
    }

    #[test]
    fn columns_without_a_name_get_one_or_go() {
        let csv = b",a,\n0,1,2\n";
        let (dataset, report) = TableReader::new().header(true).read(&csv[..]).unwrap();
        assert_eq!(names(&dataset), ["column 1", "a", "column 3"]);
        assert_eq!(report.count(Defect::Unnamed), 2);
        let with = |policy| TableReader::new().header(true).on(Defect::Unnamed, policy);
        assert_eq!(names(&with(Policy::Drop).read(&csv[..]).unwrap().0), ["a"]);
        assert!(with(Policy::Refuse).read(&csv[..]).is_err());
    }

    #[test]
    fn columns_are_found_by_any_spelling_and_unknown_ones_are_errors() {
        let csv = b"Tot Fwd Pkts, Flow Duration,Label\n1,2,x\n";
        let aliases = Aliases::new().spell("Total Fwd Packets", ["tot_fwd_pkts"]);
        let reader = TableReader::new().aliases(aliases).label("LABEL");
        let (dataset, _) = reader.clone().read(&csv[..]).unwrap();
        assert_eq!(names(&dataset), ["Total Fwd Packets", "Flow Duration"]);
        let (dataset, _) = reader.clone().keep(["tot fwd pkts"]).read(&csv[..]).unwrap();
        assert_eq!(names(&dataset), ["Total Fwd Packets"]);
        let (dataset, report) = reader.clone().drop(["flow_duration"]).read(&csv[..]).unwrap();
        assert_eq!(names(&dataset), ["Total Fwd Packets"]);
        assert_eq!(report.columns[1].fate, ColumnFate::Dropped);
        match reader.drop(["flow dur"]).read(&csv[..]).unwrap_err() {
            DataError::UnknownColumn { near, .. } => {
                assert_eq!(near.as_deref(), Some("Flow Duration"));
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_description_names_and_chooses_columns() {
        let json = r#"{"name": "d", "header": false, "missing": ["none"], "columns": [
            {"name": "host", "role": "identity"}, {"name": "n", "kind": "number"},
            {"name": "class", "role": "label"}, {"name": "score", "role": "verdict"}]}"#;
        let description: Description = serde_json::from_str(json).unwrap();
        let reader = TableReader::new().description(description);
        let (dataset, report) = reader.clone().read(&b"h1,1,x,7\nh2,none,y,8\n"[..]).unwrap();
        assert_eq!(names(&dataset), ["n"]);
        assert_eq!(dataset.labels().unwrap().counts(), [1, 1]);
        assert_eq!(report.count(Defect::Absent), 1);
        let (dataset, _) = reader.clone().identities(true).read(&b"h1,1,x\n"[..]).unwrap();
        assert_eq!(names(&dataset), ["host", "n"]);
        let wide = reader.clone().read(&b"h1,1,x,7,9\n"[..]).unwrap_err();
        assert!(matches!(wide, DataError::Described { expected: 4, found: 5, .. }), "{wide}");
        // Another column may be asked for as the label.
        let (dataset, _) = reader.label("score").read(&b"h1,1,x,7\n"[..]).unwrap();
        assert_eq!(dataset.labels().unwrap().classes().name(0), Some("7"));
    }

    #[test]
    fn tables_are_one_by_the_names_of_their_columns() {
        let tables = || [("one", &b"a,t\n1,x\n"[..]), ("two", &b"t,A\nw,2\nx,3\n"[..])];
        let aliases = Aliases::new().spell("a", ["A"]);
        let (dataset, report) = TableReader::new().aliases(aliases).read_all(tables()).unwrap();
        assert_eq!(dataset.column(0).unwrap().to_vec(), [1.0, 2.0, 3.0]);
        assert_eq!(dataset.column(1).unwrap().to_vec(), [1.0, 0.0, 1.0]);
        assert_eq!(report.tables.iter().map(|table| table.rows).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_column_that_a_table_lacks_is_refused_or_missing() {
        let tables = || [("one", &b"a,b\n1,2\n"[..]), ("two", &b"a,c\n3,4\n"[..])];
        let refused = TableReader::new().read_all(tables()).unwrap_err();
        assert_eq!(refused.to_string(), "one, line 1, column \"c\": missing-column");
        let reader = TableReader::new().on(Defect::MissingColumn, Policy::Missing);
        let (dataset, report) = reader.read_all(tables()).unwrap();
        assert_eq!(names(&dataset), ["a", "b", "c"]);
        assert_eq!(format!("{:?}", dataset.matrix().row(1).to_vec()), "[3.0, NaN, 4.0]");
        assert_eq!(report.count(Defect::MissingColumn), 2);
        // One that is left out is not missed.
        assert!(TableReader::new().drop(["b", "c"]).read_all(tables()).is_ok());
        // What are numbers in one table and texts in the other are texts.
        let mixed = [("one", &b"a\n1\n"[..]), ("two", &b"a\nx\n"[..])];
        let (dataset, _) = TableReader::new().read_all(mixed).unwrap();
        assert!(dataset.schema().fields()[0].texts().is_some());
        assert!(TableReader::new().read_all::<&str, &[u8]>([]).is_err());
    }

    #[test]
    fn kinds_are_told_by_the_first_rows_or_given() {
        let mut csv = "a,b\n".to_owned();
        (0..1_000).for_each(|row| csv.push_str(&format!("{row},x\n")));
        csv.push_str("late,1\n");
        let (dataset, report) = TableReader::new().read(csv.as_bytes()).unwrap();
        assert!(dataset.schema().fields()[0].texts().is_none());
        assert_eq!((report.count(Defect::WrongKind), report.defects.len()), (1, 1));
        let (dataset, _) =
            TableReader::new().kind("a", CellKind::Text).read(csv.as_bytes()).unwrap();
        assert_eq!(dataset.schema().fields()[0].texts().unwrap().len(), 1_001);
    }

    #[test]
    fn many_columns_of_one_name_are_told_apart_in_time() {
        let csv = vec!["a"; 60_000].join(",") + "\n";
        let (dataset, report) = TableReader::new().read(csv.as_bytes()).unwrap();
        assert_eq!((dataset.width(), report.count(Defect::RepeatedName)), (1, 59_999));
    }
}
