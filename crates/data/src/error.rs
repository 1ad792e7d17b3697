//! What can be wrong with a table: which column, which row, what was there instead. Fields count from 0, as programs
//! do, and messages from 1, as people do.

use std::io;

use thiserror::Error;

use crate::{ColumnKind, Defect, Format, Policy};

/// Why a table, a row or an output is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A table without a column.
    #[error("a table needs at least one column")]
    NoColumns,
    /// A column without a name.
    #[error("column {} has no name", .column + 1)]
    UnnamedColumn {
        /// Its place, from 0.
        column: usize,
    },
    /// Two columns of one name.
    #[error("columns {} and {} are both named {name:?}", .first + 1, .second + 1)]
    DuplicateColumn {
        /// The name.
        name: Box<str>,
        /// The place of the first, from 0.
        first: usize,
        /// The place of the second.
        second: usize,
    },
    /// No column has that name.
    #[error("there is no column {name:?}{}", hint(near.as_deref()))]
    UnknownColumn {
        /// The name.
        name: Box<str>,
        /// The column that may have been meant.
        near: Option<Box<str>>,
    },
    /// A class named twice.
    #[error("the class {name:?} is named twice")]
    RepeatedClass {
        /// The name.
        name: Box<str>,
    },
    /// A row of a class that there is not.
    #[error("row {} is of class number {number}, but there are {classes} classes", .row + 1)]
    UnknownClass {
        /// The row, from 0.
        row: usize,
        /// The number of the class, from 0.
        number: u32,
        /// How many classes there are.
        classes: usize,
    },
    /// Parts that are not of one size.
    #[error("there are {found} {what}, but there should be {expected}")]
    Shape {
        /// What there are too many or too few of.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A row behind the last one.
    #[error("there is no row {}: there are {rows}", .row.saturating_add(1))]
    RowOutside {
        /// The row, from 0.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// Columns that are needed and are not there.
    #[error("columns are missing: {}", each_quoted(names))]
    MissingColumns {
        /// Their names.
        names: Vec<Box<str>>,
    },
    /// A column of numbers where one of texts is needed, or the other way round.
    #[error("column {name:?} holds {found}, but {expected} are needed")]
    WrongKind {
        /// The name of the column.
        name: Box<str>,
        /// What is needed.
        expected: &'static str,
        /// What it holds.
        found: &'static str,
    },
    /// A setting of a value that makes no sense.
    #[error("{parameter} is {value}, but must be {rule}")]
    Setting {
        /// Which.
        parameter: &'static str,
        /// Its value.
        value: Box<str>,
        /// What it must be.
        rule: &'static str,
    },
    /// Something about the rows that is needed and not known.
    #[error("the rows have no {what}")]
    Unlabelled {
        /// What they do not have.
        what: &'static str,
    },
    /// A column without a known cell, of which nothing can be learned.
    #[error("no cell of column {name:?} is known")]
    NothingKnown {
        /// The name of the column.
        name: Box<str>,
    },
    /// A number that is infinite, or too large to be told.
    #[error(
        "the {what} of column {name:?} is not finite: infinite cells can be made missing, or clipped, before"
    )]
    NotFinite {
        /// The name of the column.
        name: Box<str>,
        /// What of it.
        what: &'static str,
    },
    /// A missing cell where every one has to be known.
    #[error("row {} of column {name:?} is missing or infinite: cells can be imputed before", .row + 1)]
    MissingCell {
        /// The row, from 0.
        row: usize,
        /// The name of the column.
        name: Box<str>,
    },
    /// A cell of a point that has no distance to any other.
    #[error("row {row}, column {column}: a missing or infinite cell has no distance")]
    NoDistance {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
    },
    /// A text that was not there when the column was learned.
    #[error("column {column:?} holds {text:?}, which is not among the texts it was learned with")]
    UnknownText {
        /// The name of the column.
        column: Box<str>,
        /// The text.
        text: Box<str>,
    },
    /// A label that no class has, or no rule maps.
    #[error("the label {name:?} is of no known class")]
    UnknownLabel {
        /// The label.
        name: Box<str>,
    },
    /// More than there may be.
    #[error("{found} {what} are too many: at most {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// Fewer rows than something needs.
    #[error("{what} {name:?} has too few rows: {found}, but {needed} are needed")]
    TooFewRows {
        /// What has them: a class, say.
        what: &'static str,
        /// Which one.
        name: Box<str>,
        /// How many it has.
        found: usize,
        /// How many it needs.
        needed: usize,
    },
    /// Fewer parts than something needs.
    #[error("too few {what}: {found}, but {needed} are needed")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A search among neighbours that would not end in reasonable time.
    #[error(
        "{needed} comparisons of cells are too many: at most {most}; fewer rows or columns need fewer"
    )]
    TooMuchWork {
        /// Comparisons that would be needed.
        needed: u64,
        /// How many there may be.
        most: u64,
    },
    /// A preparation, as it was loaded, that no fitting can have made.
    #[error("the preparation is not sound: {what}")]
    Unsound {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A name that stands twice, in a form that finds columns by their names.
    #[error("columns {} and {} are both named {name:?}, which {format} cannot hold", .first + 1, .second + 1)]
    RepeatedName {
        /// The name.
        name: Box<str>,
        /// The place of the first, from 0.
        first: usize,
        /// The place of the second.
        second: usize,
        /// The form.
        format: Format,
    },
    /// A row with too few or too many cells. It was taken back; the rows before it stay.
    #[error("row {} has {found} cells, but the table has {expected} columns", .row + 1)]
    CellCount {
        /// Which of the rows held, from 0.
        row: usize,
        /// How many columns there are.
        expected: usize,
        /// How many cells the row was given.
        found: usize,
    },
    /// A cell of another kind than its column. Its row was taken back; the rows before it stay.
    #[error("row {}: column {} ({name:?}) holds {expected}, but was given {found}", .row + 1, .column + 1)]
    CellKind {
        /// Which of the rows held, from 0.
        row: usize,
        /// The place of the column, from 0.
        column: usize,
        /// The name of the column.
        name: Box<str>,
        /// What the column holds.
        expected: ColumnKind,
        /// What it was given.
        found: ColumnKind,
    },
    /// Rows handed to the writer in the middle of one. Nothing was written.
    #[error("a row was begun and not ended: {found} of {expected} cells")]
    UnfinishedRow {
        /// How many columns there are.
        expected: usize,
        /// How many cells the row was given.
        found: usize,
    },
    /// Rows handed to the writer of another table. Nothing was written.
    #[error("the rows belong to another table than the writer")]
    OtherTable,
    /// Writing failed. What was written may end inside a row.
    #[error("the table cannot be written, after {rows} rows")]
    Write {
        /// How many rows were written before.
        rows: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The encoder of a format failed.
    #[error("the table cannot be encoded, after {rows} rows")]
    Encode {
        /// How many rows were taken before.
        rows: u64,
        /// What the encoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Rows handed to a writer that failed before: behind half a row nothing can be read.
    #[error("nothing is written behind the failure after {rows} rows")]
    FailedBefore {
        /// How many rows were written before the failure.
        rows: u64,
    },
    /// A name that no defect has.
    #[error("no defect is named {name:?}")]
    UnknownDefect {
        /// The name.
        name: Box<str>,
    },
    /// A text that is neither the name of a policy nor a number.
    #[error(
        "{text:?} is no policy: keep, missing, a number, mend, first, last, rename, majority, drop, drop-cell or refuse"
    )]
    UnknownPolicy {
        /// The text.
        text: Box<str>,
    },
    /// Something that cannot be done about a defect.
    #[error("the policy for {defect} cannot be {policy}: {}", allowed(defect.allowed()))]
    PolicyNotAllowed {
        /// The defect.
        defect: Defect,
        /// What was asked for.
        policy: Policy,
    },
    /// A table that cannot be opened or read.
    #[error("{table}: cannot be read")]
    Read {
        /// The name of the table.
        table: Box<str>,
        /// What the system said.
        source: io::Error,
    },
    /// A table whose compression is broken.
    #[error("{table}: the {compression} stream is broken")]
    Decompress {
        /// The name of the table.
        table: Box<str>,
        /// What it is compressed with.
        compression: &'static str,
        /// What the decoder said.
        source: io::Error,
    },
    /// A table that takes a Cargo feature to be read.
    #[error("{table}: reading {what} takes the feature `{what}`")]
    FeatureOff {
        /// The name of the table.
        table: Box<str>,
        /// The format or compression, and the feature.
        what: &'static str,
    },
    /// A compressed table that grows beyond all measure.
    #[error(
        "{table}: {compressed} compressed bytes became {expanded}, more than {limit} times as many"
    )]
    Bomb {
        /// The name of the table.
        table: Box<str>,
        /// How many bytes were read.
        compressed: u64,
        /// How many they became.
        expanded: u64,
        /// How many times as many are allowed.
        limit: u64,
    },
    /// A table whose text is in an encoding other than UTF-8 or one that contains ASCII.
    #[error("{table}: the text is {encoding}; turn it into UTF-8")]
    Encoding {
        /// The name of the table.
        table: Box<str>,
        /// The encoding.
        encoding: &'static str,
    },
    /// A file of another kind, told by what it begins with.
    #[error("{table}: this is {what}, not a table")]
    NotATable {
        /// The name of the file.
        table: Box<str>,
        /// What it looks like.
        what: &'static str,
    },
    /// JSON that is not an object a line.
    #[error(
        "{table}: this is {what}, but JSON lines are read: an object a line; `{command}` makes them of it"
    )]
    NotJsonLines {
        /// The name of the table.
        table: Box<str>,
        /// What it looks like.
        what: &'static str,
        /// What makes lines of it.
        command: &'static str,
    },
    /// A table without columns.
    #[error("{table}: there are no columns")]
    EmptyTable {
        /// The name of the table.
        table: Box<str>,
    },
    /// More than was allowed.
    #[error("{table}: there are more than {limit} {what}")]
    Limit {
        /// The name of the table.
        table: Box<str>,
        /// What there is too much of.
        what: &'static str,
        /// How much was allowed.
        limit: u64,
    },
    /// A header that does not follow its format.
    #[error("{table}: line {line} of the header: {what}")]
    Header {
        /// The name of the table.
        table: Box<str>,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A table with other columns than its description.
    #[error("{table}: there are {found} columns, but {description} describes {expected}")]
    Described {
        /// The name of the table.
        table: Box<str>,
        /// The name of the description.
        description: Box<str>,
        /// How many columns are described.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A description that contradicts itself, or is no JSON.
    #[error("the description is refused: {what}")]
    Description {
        /// What is wrong with it.
        what: Box<str>,
    },
    /// A defect whose policy is to refuse the table.
    #[error("{table}, line {line}{}: {defect}{}", column_named(column.as_deref()), quoted(text))]
    Refused {
        /// The name of the table.
        table: Box<str>,
        /// The line, from 1; a row of a format without lines.
        line: u64,
        /// The name of the column, if the defect has one.
        column: Option<Box<str>>,
        /// The defect.
        defect: Defect,
        /// What stands there, cut if it is long.
        text: Box<str>,
    },
    /// A Parquet file that cannot be read.
    #[cfg(feature = "parquet")]
    #[error("{table}: the Parquet file is broken")]
    Parquet {
        /// The name of the table.
        table: Box<str>,
        /// What the decoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A column of a kind that no number can stand for.
    #[error("{table}: column {name:?} holds {kind}, which is neither number nor text")]
    Unreadable {
        /// The name of the table.
        table: Box<str>,
        /// The name of the column.
        name: Box<str>,
        /// What it holds.
        kind: Box<str>,
    },
}

impl DataError {
    /// A setting that breaks its rule.
    pub(crate) fn setting(
        parameter: &'static str,
        value: impl ToString,
        rule: &'static str,
    ) -> Self {
        Self::Setting { parameter, value: value.to_string().into(), rule }
    }
}

/// Names that are told one by one: more say nothing that these do not.
const NAMES_TOLD: usize = 8;

fn each_quoted(names: &[Box<str>]) -> String {
    let told = names.iter().take(NAMES_TOLD).map(|name| format!("{name:?}"));
    let told = told.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

fn allowed(policies: &[Policy]) -> String {
    let names = policies.iter().map(|policy| match policy {
        Policy::Value(_) => "a number".to_owned(),
        named => named.to_string(),
    });
    names.collect::<Vec<_>>().join(", ")
}

fn column_named(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(", column {name:?}"))
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text:?}") }
}
