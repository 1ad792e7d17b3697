//! What becomes of the columns of all tables.

use std::collections::{HashMap, HashSet};

use super::description::CellKind;
use super::found::{Column, Found, Use, given_names};
use super::head::{Head, HeadColumn};
use super::reader::Settings;
use super::time::DateOrder;
use crate::{DataError, Defect, KindOrigin};

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
    /// What says whether it holds numbers or texts.
    pub(crate) origin: KindOrigin,
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
    Number {
        target: usize,
        column: usize,
    },
    Text {
        target: usize,
        column: usize,
        dictionary: usize,
    },
    Label {
        target: usize,
        column: usize,
        dictionary: usize,
    },
    /// Dates in that order, if it is known.
    Time {
        column: usize,
        order: Option<DateOrder>,
    },
}

impl Slot {
    /// The number of the column among those of all tables, if its cells go anywhere.
    pub(crate) const fn column(&self) -> Option<usize> {
        match *self {
            Self::Skip => None,
            Self::Number { column, .. }
            | Self::Text { column, .. }
            | Self::Label { column, .. }
            | Self::Time { column, .. } => Some(column),
        }
    }
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
        let slots = found.iter().zip(columns).map(|(place, own)| {
            let known = place.and_then(|place| self.columns.get(place));
            known.map_or(Slot::Skip, |column| self.slot_of(column.slot, own))
        });
        let here: HashSet<usize> = found.iter().flatten().copied().collect();
        let missing = self.columns.iter().enumerate().filter(|(place, column)| {
            column.slot != Slot::Skip && column.repeats.is_none() && !here.contains(place)
        });
        (slots.collect(), missing.map(|(place, _)| place).collect())
    }

    /// What a table's own dates say of their order counts more than those of other tables.
    fn slot_of(&self, slot: Slot, own: &HeadColumn) -> Slot {
        match slot {
            Slot::Time { column, order } => {
                let stated = self.settings.times().order();
                Slot::Time { column, order: stated.or(own.dates.order()).or(order) }
            }
            slot => slot,
        }
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
            let Column { name, origin, .. } = column;
            self.columns.push(Planned { name, slot, origin, repeats });
        }
    }

    fn slot(&mut self, place: usize, column: &Column, next: &mut usize) -> Slot {
        match column.used {
            Use::Nothing => Slot::Skip,
            Use::Time => Slot::Time { column: place, order: column.dates.order() },
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

#[cfg(test)]
mod tests {
    use crate::{
        Aliases, CellKind, ColumnFate, DataError, Dataset, Defect, Description, KindOrigin, Policy,
        TableReader,
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
    fn a_column_of_labels_is_known_by_its_name_where_nobody_says_which_it_is() {
        let reader = TableReader::new().label_like(["label", "class"]);
        let label = |reader: &TableReader, csv: &str| {
            let (_, report) = reader.read(csv.as_bytes()).unwrap();
            let labels = report.columns.into_iter().filter(|it| it.fate == ColumnFate::Label);
            labels.map(|column| column.name).collect::<Vec<_>>()
        };
        assert_eq!(label(&reader, "a, CLASS\n1,x\n"), ["CLASS"]);
        assert_eq!(label(&reader, "class,Label,a\nx,y,1\n"), ["Label"]);
        assert!(label(&reader, "classes,a\nx,1\n").is_empty());
        assert_eq!(label(&reader.clone().label("a"), "class,a\nx,1\n"), ["a"]);
        assert!(label(&reader.clone().drop(["class"]), "class,a\nx,1\n").is_empty());
        assert!(label(&reader.clone().group("class"), "class,a\nx,1\n").is_empty());
        assert_eq!(label(&reader.clone().keep(["a"]), "class,a\nx,1\n"), ["class"]);
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
        assert_eq!(report.columns[0].origin, Some(KindOrigin::Sampled));
        assert!(
            report.to_string().contains("\"a\": its first rows hold numbers, so 1 texts are none")
        );
    }

    /// A table whose second column is empty for so many rows, and holds these cells then.
    fn late(rows: usize, cells: &[&str]) -> String {
        let mut csv = "a,b,c\n".to_owned();
        let long = "x".repeat(80);
        (0..rows).for_each(|row| csv.push_str(&format!("{row},,{long}\n")));
        cells.iter().for_each(|cell| csv.push_str(&format!("1,{cell},x\n")));
        csv
    }

    fn second(dataset: &Dataset) -> Vec<String> {
        let texts = dataset.schema().fields()[1].texts();
        let cells = dataset.column(1).unwrap().to_vec();
        let cells = cells.into_iter().filter(|cell| !cell.is_nan());
        cells
            .map(|cell| match texts {
                Some(texts) => texts.name(cell as u32).unwrap().to_owned(),
                None => format!("number {cell}"),
            })
            .collect()
    }

    #[test]
    fn columns_that_begin_empty_are_told_by_what_comes_first() {
        for (cells, expected) in [
            (&["x", "1"][..], &["x", "1"][..]),
            (&["1", "2.5"], &["number 1", "number 2.5"]),
            (&["1", "x"], &["1", "x"]),
        ] {
            let (dataset, report) = TableReader::new().read(late(2_000, cells).as_bytes()).unwrap();
            assert_eq!(second(&dataset), expected);
            assert_eq!((report.count(Defect::WrongKind), report.count(Defect::Empty)), (0, 2_000));
            assert_eq!(report.columns[1].origin, Some(KindOrigin::Sampled));
        }
    }

    /// Behind all that is looked at.
    #[test]
    fn columns_of_which_nothing_is_known_lose_nothing() {
        const ROWS: usize = 50_000;
        for (cells, expected, fate) in [
            (&["x", "1", "NaN"][..], &["x", "1", "NaN"][..], ColumnFate::Texts),
            (&["1", "2.5", "1"], &["number 1", "number 2.5", "number 1"], ColumnFate::Numbers),
            (&[], &[], ColumnFate::Numbers),
        ] {
            let (dataset, report) = TableReader::new().read(late(ROWS, cells).as_bytes()).unwrap();
            assert_eq!(second(&dataset), expected);
            assert_eq!(
                (report.count(Defect::WrongKind), report.count(Defect::Empty)),
                (0, ROWS as u64)
            );
            let facts = &report.columns[1];
            assert_eq!((facts.fate, facts.origin), (fate, Some(KindOrigin::Assumed)));
            let is_told = report.to_string().contains("\"b\": its first rows hold nothing");
            assert_eq!(is_told, fate == ColumnFate::Texts);
        }
        let reader = TableReader::new().on(Defect::Empty, Policy::Value(7.0));
        let (dataset, _) = reader.read(late(ROWS, &["1"]).as_bytes()).unwrap();
        assert_eq!(dataset.column(1).unwrap().sum(), 7.0 * ROWS as f64 + 1.0);
    }

    #[test]
    fn looking_for_what_wide_columns_hold_comes_to_an_end() {
        let csv = format!("{}x\n{}", ",".repeat(60_000), "1\n".repeat(1 << 19));
        let reader = TableReader::new().header(true).keep(["x"]);
        let started = std::time::Instant::now();
        reader.read(csv.as_bytes()).unwrap();
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }

    #[test]
    fn each_column_says_what_its_kind_was_told_by() {
        let json = r#"{"columns": [{"name": "b", "kind": "text"}]}"#;
        let description: Description = serde_json::from_str(json).unwrap();
        let reader = TableReader::new().description(description).kind("a", CellKind::Text);
        let (_, report) = reader.label("l").read(&b"a,b,c,d,l\n1,2,3,,x\n"[..]).unwrap();
        let origins: Vec<Option<KindOrigin>> =
            report.columns.iter().map(|column| column.origin).collect();
        use KindOrigin::{Asked, Assumed, Declared, Described, Sampled};
        assert_eq!(origins, [Some(Asked), Some(Described), Some(Sampled), Some(Assumed), None]);
        let arff = b"@relation r\n@attribute n numeric\n@data\n1\n";
        let (_, report) = TableReader::new().read(&arff[..]).unwrap();
        assert_eq!(report.columns[0].origin, Some(Declared));
    }

    #[test]
    fn many_columns_of_one_name_are_told_apart_in_time() {
        let csv = vec!["a"; 60_000].join(",") + "\n";
        let (dataset, report) = TableReader::new().read(csv.as_bytes()).unwrap();
        assert_eq!((dataset.width(), report.count(Defect::RepeatedName)), (1, 59_999));
    }
}
