//! Tables in numbers.

mod correlated;
mod numbers;
mod outlying;
#[cfg(test)]
mod tests;

use netsift_data::explore::{
    Distribution, Distributions, EqualRows, Explore, Leakage, LeakageCheck, OutlierCheck,
};
use netsift_data::prepare::{label_entropy, mutual_informations};
use netsift_data::split::{Shares, Split};
use netsift_data::{ColumnFate, DataError, Dataset, Labels, ReadReport};

use crate::ReportError;
use crate::shown::{MOST_TEXT, shown};
pub use numbers::{
    CellNumbers, ClassNumbers, ColumnNumbers, CorrelationNumbers, EqualNumbers, LabelNumbers,
    PairNumbers, TableNumbers,
};
pub(crate) use outlying::furthest;

/// What is left to chance falls the same way every time.
const SEED: u64 = 0;
/// Classes that are told by name.
const MOST_CLASSES: usize = 1_000;
/// Columns whose spread is told: those that tell most.
const MOST_SPREAD: usize = 256;
/// The share of rows that are held against the others.
const HELD_BACK: f64 = 0.25;
/// Fewer rows are not held against each other.
const LEAST_ROWS: usize = 8;

/// How tables are explored: how many of each kind are told.
///
/// ```
/// use netsift_data::TableReader;
/// use netsift_report::TableExplorer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let csv = "packets,proto,label\n1,dns,ok\n2,dns,ok\n900,web,scan\n800,web,scan\n";
/// let (data, read) = TableReader::new().label("label").read(csv.as_bytes())?;
/// let numbers = TableExplorer::new().look(&data, Some(read))?;
/// assert_eq!((numbers.rows, numbers.label.map_or(0, |label| label.count)), (4, 2));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TableExplorer {
    top: usize,
    outlying: usize,
}

impl TableExplorer {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self { top: 20, outlying: 0 }
    }

    /// So many pairs of columns, texts of a column and rows with outliers are told. Default: 20, what a person looks at.
    ///
    /// # Errors
    /// [`ReportError::Setting`] unless it is 1 to 1,000,000.
    pub fn top(self, top: usize) -> Result<Self, ReportError> {
        let is_right = (1..=1_000_000).contains(&top);
        ReportError::rule(is_right, "lines of a list", top, "1 to 1000000")?;
        Ok(Self { top, ..self })
    }

    /// So many rows with outliers are told, if that is more than of other kinds: for a table of them. Default: as of others.
    #[must_use]
    pub fn outlying(self, rows: usize) -> Self {
        Self { outlying: rows, ..self }
    }

    /// Looks at all rows, and tells what reading them has found beside what they are like. Without labels, what needs them is left
    /// out. Besides the rows it holds numbers of columns, and while it finds equal rows and holds rows against each other, a
    /// copy of them.
    ///
    /// # Errors
    /// None that is known of a dataset: [`ReportError::Data`] if it cannot be looked at.
    pub fn look(
        &self,
        data: &Dataset,
        read: Option<ReadReport>,
    ) -> Result<TableNumbers, ReportError> {
        let (columns, leakage) = (self.columns(data)?, leakage(data)?);
        let sum = |of: fn(&ColumnNumbers) -> usize| columns.iter().map(of).sum::<usize>() as u64;
        let constant = columns.iter().filter(|it| it.summary.is_constant());
        let mut outliers = OutlierCheck::new().rows(self.top.max(self.outlying)).look(data)?;
        outliers.strangest.iter_mut().filter_map(|row| row.class.as_mut()).for_each(bound);
        Ok(TableNumbers {
            rows: data.rows() as u64,
            cells: CellNumbers {
                all: data.rows() as u64 * data.width() as u64,
                missing: sum(|it| it.summary.missing),
                infinite: sum(|it| it.summary.infinite),
            },
            label: data.labels().map(|labels| label(labels, read.as_ref())),
            constant: constant.map(|it| it.summary.name.clone()).collect(),
            equal: equal(data),
            equal_features: features(data, &leakage)?.as_ref().map(equal),
            correlations: correlated::correlations(data, &columns, self.top)?,
            outliers,
            leakage,
            columns,
            read,
        })
    }

    fn columns(&self, data: &Dataset) -> Result<Vec<ColumnNumbers>, DataError> {
        // Classes are told with distributions: of very many classes and columns, all would be too much.
        let found = Explore::new().distinct(usize::MAX).look(&data.bare())?;
        let informations = match data.labels() {
            Some(_) => mutual_informations(data)?.into_iter().map(Some).collect(),
            None => vec![None; data.width()],
        };
        let columns = found.columns.into_iter().zip(informations);
        let mut columns: Vec<ColumnNumbers> = columns
            .map(|(summary, information)| ColumnNumbers {
                summary,
                information,
                distribution: None,
            })
            .collect();
        let mut places: Vec<usize> = (0..columns.len()).collect();
        places.sort_by(|&one, &other| by_information(columns.get(one), columns.get(other)));
        places.truncate(MOST_SPREAD);
        let spread = Distributions::new().texts(self.top.min(MOST_CLASSES)).look(data, &places)?;
        for (place, distribution) in places.into_iter().zip(spread) {
            let Some(column) = columns.get_mut(place) else { continue };
            column.distribution = Some(bounded(distribution));
        }
        Ok(columns)
    }
}

impl TableNumbers {
    /// Whether a column seems to identify rows.
    pub(crate) fn says_who_or_when(&self, column: &ColumnNumbers) -> bool {
        self.leakage.identities.iter().any(|it| it.column == column.summary.name)
    }
}

impl Default for TableExplorer {
    fn default() -> Self {
        Self::new()
    }
}

/// Columns that tell most about the label first; without labels, in their order.
pub(crate) fn ranked(columns: &[ColumnNumbers]) -> Vec<&ColumnNumbers> {
    let mut ranked: Vec<&ColumnNumbers> = columns.iter().collect();
    ranked.sort_by(|one, other| by_information(Some(one), Some(other)));
    ranked
}

fn by_information(
    one: Option<&ColumnNumbers>,
    other: Option<&ColumnNumbers>,
) -> std::cmp::Ordering {
    let told = |of: Option<&ColumnNumbers>| of.and_then(|it| it.information).unwrap_or(0.0);
    told(other).total_cmp(&told(one))
}

fn label(labels: &Labels, read: Option<&ReadReport>) -> LabelNumbers {
    let (counts, all) = (labels.counts(), labels.len().max(1) as f64);
    let numbers = |number: u32| {
        let rows = counts.get(number as usize).copied().unwrap_or(0);
        let name = labels.classes().name(number).unwrap_or_default();
        let class = shown(name, MOST_TEXT).into_owned();
        ClassNumbers { class, rows: rows as u64, share: rows as f64 / all }
    };
    let classes = labels.largest(usize::MAX);
    let is_label = |facts: &&netsift_data::ColumnFacts| facts.fate == ColumnFate::Label;
    let facts = read.and_then(|read| read.columns.iter().find(is_label));
    LabelNumbers {
        column: facts.map(|facts| facts.name.clone()),
        entropy: label_entropy(labels),
        count: classes.len() as u64,
        smallest: classes.last().copied().map(numbers),
        classes: classes.into_iter().take(MOST_CLASSES).map(numbers).collect(),
    }
}

/// The columns that do not seem to say who or when; nothing if there are none that do, or no others.
fn features(data: &Dataset, leakage: &Leakage) -> Result<Option<Dataset>, DataError> {
    let identities = leakage.identities.iter().map(|it| it.column.as_str());
    let count = identities.clone().count();
    let is_part = count > 0 && count < data.width();
    is_part.then(|| data.without(identities)).transpose()
}

fn equal(data: &Dataset) -> EqualNumbers {
    let equal = EqualRows::of(data);
    let over_classes = data.labels().map(|labels| equal.over_classes(labels) as u64);
    EqualNumbers { repeated: equal.repeated() as u64, over_classes }
}

/// What of some rows is known by the others. Groups and times are no part of it: chance parts them all.
fn leakage(data: &Dataset) -> Result<Leakage, DataError> {
    let check = LeakageCheck::new();
    let bare = data.bare();
    let Some(labels) = data.labels().filter(|_| data.rows() >= LEAST_ROWS) else {
        return check.look(&bare, &bare.slice(0..0));
    };
    let labelled = bare.with_labels(labels.clone())?;
    let parts = Split::plain(SEED).parts(&labelled, Shares::test(HELD_BACK)?)?;
    let [train, _, test] = parts.datasets(&labelled)?;
    check.look(&train, &test)
}

fn bounded(mut of: Distribution) -> Distribution {
    of.texts.iter_mut().map(|it| &mut it.text).for_each(bound);
    of.classes.iter_mut().map(|it| &mut it.class).for_each(bound);
    of
}

/// A text as people may see it: a cell may be a megabyte long.
fn bound(text: &mut String) {
    *text = shown(text, MOST_TEXT).into_owned();
}
