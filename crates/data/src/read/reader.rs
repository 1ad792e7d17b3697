//! What is asked of tables, and the way from files to a dataset.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::thread;

use super::defect::Policies;
use super::gather::gather;
use super::limits::{BLOCK_BYTES, MAX_TABLES};
use super::workers::{Input, read};
use crate::{
    Aliases, CellKind, DataError, Dataset, Defect, Description, Limits, Policy, ReadReport,
    TableFormat, TimeForm,
};

/// More threads than this only wait for the one that reads.
const MAX_THREADS: usize = 64;
/// The least block: one may hold no row, and then it grows.
const MIN_BLOCK_BYTES: usize = 1;

/// Reads tables as a [`Dataset`], and tells in a [`ReadReport`] what was wrong with them.
///
/// The format is told by the content: CSV, ARFF, JSON lines, Zeek's logs, Parquet (feature `parquet`), each of them
/// plain, in gzip (feature `gzip`) or zstd (feature `zstd`). Every defect is counted, and each has a policy.
///
/// # Numbers or texts
/// Columns whose kind is neither [asked for](Self::kind), nor described, nor declared by the format are judged by the
/// first 1,000 rows of their table; while there are columns that hold nothing there, by more rows, up to 1,000 behind
/// the one where the last of them begins, within 4 MiB. If all that a column holds there are numbers, it is a column of numbers, and texts that come later are
/// [of the wrong kind](Defect::WrongKind); else it is a column of texts. Of several tables, one where a column holds
/// texts is enough. A column of which all that was looked at is empty is read as texts, and becomes one of numbers if
/// all its cells turn out to be such. The report tells what each column was [judged by](crate::KindOrigin).
///
/// The keys of JSON lines are those of the same rows. What comes under others is left out, and
/// [counted by key](ReadReport::unknown_keys).
///
/// Broken Parquet files are errors like others, but the decoder may panic inside on its way there; the program's panic
/// hook hears of it.
///
/// ```
/// use netsift_data::{Defect, Policy, TableReader};
///
/// # fn main() -> Result<(), netsift_data::DataError> {
/// let csv = "duration,proto,label\n1.5,tcp,benign\nInfinity,udp,scan\n2,tcp\n";
/// let reader = TableReader::new().label("label").on(Defect::Infinite, Policy::Value(0.0));
/// let (dataset, report) = reader.read(csv.as_bytes())?;
/// assert_eq!((dataset.rows(), dataset.width()), (2, 2));
/// assert_eq!(dataset.column(0).map(|column| column.to_vec()), Some(vec![1.5, 0.0]));
/// assert_eq!((report.count(Defect::Infinite), report.dropped(Defect::TooShort)), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct TableReader {
    settings: Settings,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) format: Option<TableFormat>,
    pub(crate) separator: Option<char>,
    pub(crate) header: Option<bool>,
    pub(crate) label: Option<String>,
    pub(crate) label_like: Vec<String>,
    pub(crate) group: Option<String>,
    pub(crate) time: Option<String>,
    pub(crate) time_beside: Option<(String, Vec<String>)>,
    pub(crate) time_form: Option<TimeForm>,
    pub(crate) keep: Option<Vec<String>>,
    pub(crate) drop: Vec<String>,
    pub(crate) identities: bool,
    pub(crate) kinds: Vec<(String, CellKind)>,
    pub(crate) description: Option<Description>,
    pub(crate) aliases: Aliases,
    pub(crate) missing: Vec<String>,
    pub(crate) empty_label: Option<String>,
    pub(crate) trim: bool,
    pub(crate) as_written: bool,
    pub(crate) policies: Policies,
    pub(crate) limits: Limits,
    pub(crate) threads: Option<usize>,
    pub(crate) block_bytes: usize,
}

impl Default for TableReader {
    fn default() -> Self {
        Self::new()
    }
}

impl TableReader {
    /// Reads every column, and has no label.
    pub fn new() -> Self {
        Self {
            settings: Settings {
                format: None,
                separator: None,
                header: None,
                label: None,
                label_like: Vec::new(),
                group: None,
                time: None,
                time_beside: None,
                time_form: None,
                keep: None,
                drop: Vec::new(),
                identities: false,
                kinds: Vec::new(),
                description: None,
                aliases: Aliases::new(),
                missing: Vec::new(),
                empty_label: None,
                trim: false,
                as_written: false,
                policies: Policies::default(),
                limits: Limits::default(),
                threads: None,
                block_bytes: BLOCK_BYTES,
            },
        }
    }

    /// The format. Default: told by what the table begins with, else by how its name ends, else CSV.
    pub fn format(mut self, format: TableFormat) -> Self {
        self.settings.format = Some(format);
        self
    }

    /// What stands between cells of CSV, an ASCII character. Default: that of comma, semicolon and tab which stands most
    /// often in the first line.
    pub fn separator(mut self, separator: char) -> Self {
        self.settings.separator = Some(separator);
        self
    }

    /// Whether CSV has a line of names. Default: it has one if no cell of the first line is a number, since names are
    /// none.
    pub fn header(mut self, has_header: bool) -> Self {
        self.settings.header = Some(has_header);
        self
    }

    /// The column of labels, by its name in any spelling. Default: that of the description; else none, since no name
    /// is safe to guess.
    pub fn label(mut self, name: impl Into<String>) -> Self {
        self.settings.label = Some(name.into());
        self
    }

    /// Names that columns of labels have, in any spelling: the first of them that the tables have is the column of labels, where
    /// none is asked for or described, and it is neither left out by its name nor for something else. Which one it was, the
    /// report says. Default: none.
    pub fn label_like<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.settings.label_like = names.into_iter().map(Into::into).collect();
        self
    }

    /// The column that says which rows belong together. Default: as for labels.
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.settings.group = Some(name.into());
        self
    }

    /// The column of times. Default: as for labels.
    pub fn time(mut self, name: impl Into<String>) -> Self {
        self.settings.time = Some(name.into());
        self
    }

    /// The column of times of tables that have all these others, too, where no column of times is asked for or described,
    /// and it is not left out by its name: a kind of table is known by its columns. Default: none.
    pub fn time_beside<S: Into<String>>(
        mut self,
        name: impl Into<String>,
        others: impl IntoIterator<Item = S>,
    ) -> Self {
        let others = others.into_iter().map(Into::into).collect();
        self.settings.time_beside = Some((name.into(), others));
        self
    }

    /// How times are written. Default: that of the description, else seconds since the epoch or a date, the most usual
    /// ways, whose order is told by the first rows.
    pub fn time_form(mut self, form: TimeForm) -> Self {
        self.settings.time_form = Some(form);
        self
    }

    /// Of the features, only these are kept. Default: all.
    pub fn keep<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.settings.keep = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// These columns are left out too, besides those that the description leaves out. Default: none.
    pub fn drop<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.settings.drop.extend(names.into_iter().map(Into::into));
        self
    }

    /// Whether columns that the description says to identify somebody are features. Default: no, since a model would
    /// learn who it was instead of what was done.
    pub fn identities(mut self, are_features: bool) -> Self {
        self.settings.identities = are_features;
        self
    }

    /// What this column holds. Default: that of the description or the format, else [told by the first
    /// rows](Self#numbers-or-texts).
    pub fn kind(mut self, name: impl Into<String>, kind: CellKind) -> Self {
        self.settings.kinds.push((name.into(), kind));
        self
    }

    /// What is known of the data set. Default: nothing.
    pub fn description(mut self, description: Description) -> Self {
        self.settings.description = Some(description);
        self
    }

    /// What columns are called in other spellings. Default: only differences in case, spaces and punctuation are
    /// bridged.
    pub fn aliases(mut self, aliases: Aliases) -> Self {
        self.settings.aliases = aliases;
        self
    }

    /// Texts that say, in every column, that nothing is known. Default: those of the description. In columns of numbers
    /// `?`, `-`, `NA`, `N/A`, `null` and `None` always do.
    pub fn missing<S: Into<String>>(mut self, texts: impl IntoIterator<Item = S>) -> Self {
        self.settings.missing = texts.into_iter().map(Into::into).collect();
        self
    }

    /// The class of rows whose label is empty. Default: that of the description, else it is a
    /// [defect](Defect::EmptyLabel).
    pub fn empty_label(mut self, class: impl Into<String>) -> Self {
        self.settings.empty_label = Some(class.into());
        self
    }

    /// Whether blanks around texts are taken away. Default: no, since they may be part of a text. Around numbers they
    /// never matter.
    pub fn trim(mut self, trims: bool) -> Self {
        self.settings.trim = trims;
        self
    }

    /// Whether CSV is read as this crate's writer writes it: `""` is the empty text and not a missing one, and an
    /// apostrophe in quotes before what a spreadsheet would calculate is taken away. Default: no, since others mean
    /// something else by both.
    pub fn as_written(mut self, is_ours: bool) -> Self {
        self.settings.as_written = is_ours;
        self
    }

    /// What is done about a defect. Default: [`Defect::usual`].
    pub fn on(mut self, defect: Defect, policy: Policy) -> Self {
        self.settings.policies.set(defect, policy);
        self
    }

    /// How much is taken. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// How many threads parse. Default: as many as the machine has. The dataset and the report are the same for any
    /// number.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = Some(threads);
        self
    }

    /// How many bytes a thread parses at a time. Default: 256 KiB, whose numbers stay in the second cache. The dataset
    /// and the report are the same for any number.
    pub fn block_bytes(mut self, bytes: usize) -> Self {
        self.settings.block_bytes = bytes;
        self
    }

    /// Reads a table.
    ///
    /// # Errors
    /// If the settings make no sense, the table cannot be read, a column that was asked for is not there, there is more
    /// than the limits allow, or a defect is found whose policy is to refuse.
    pub fn read(&self, table: impl Read + Send) -> Result<(Dataset, ReadReport), DataError> {
        self.read_inputs([Ok(("the table".into(), table, None))])
    }

    /// Reads the table of this path.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_path(&self, path: impl AsRef<Path>) -> Result<(Dataset, ReadReport), DataError> {
        self.read_paths([path])
    }

    /// Reads the tables of these paths as one, as [`read_all`](Self::read_all) does.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_paths<P: AsRef<Path>>(
        &self,
        paths: impl IntoIterator<Item = P>,
    ) -> Result<(Dataset, ReadReport), DataError> {
        self.read_inputs(paths.into_iter().map(|path| {
            let table: Box<str> = path.as_ref().display().to_string().into();
            match File::open(path.as_ref()) {
                Ok(file) => {
                    let len = file.metadata().ok().filter(Metadata::is_file).map(|file| file.len());
                    Ok((table, file, len))
                }
                Err(source) => Err(DataError::Read { table, source }),
            }
        }))
    }

    /// Reads several tables, each with a name for reports, as one: their columns are matched by name, their texts
    /// united. They are open together, 512 of them at most.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_all<N: Into<Box<str>>, R: Read + Send>(
        &self,
        tables: impl IntoIterator<Item = (N, R)>,
    ) -> Result<(Dataset, ReadReport), DataError> {
        self.read_inputs(tables.into_iter().map(|(name, table)| Ok((name.into(), table, None))))
    }

    fn read_inputs<R: Read + Send>(
        &self,
        tables: impl IntoIterator<Item = Result<(Box<str>, R, Option<u64>), DataError>>,
    ) -> Result<(Dataset, ReadReport), DataError> {
        let settings = self.settings.resolved()?;
        let input = |(name, reader, len)| Input { name, reader, len };
        let tables = tables.into_iter().take(MAX_TABLES + 1).map(|table| table.map(input));
        let inputs = tables.collect::<Result<Vec<Input<R>>, DataError>>()?;
        if inputs.len() > MAX_TABLES || inputs.is_empty() {
            let (name, rule) = ("the number of tables", "between 1 and 512");
            let value = if inputs.is_empty() { "0" } else { "more than 512" };
            return Err(DataError::Setting { parameter: name, value: value.into(), rule });
        }
        let threads = settings.thread_count();
        read(inputs, &settings, threads, |assembly, store, plan| {
            gather(assembly, store, plan, threads)
        })
    }
}

impl Settings {
    /// Whether blanks around texts are taken away.
    pub(crate) fn trims(&self) -> bool {
        self.trim || self.description.as_ref().is_some_and(|known| known.trim)
    }

    /// With all that the description says, if it all makes sense.
    fn resolved(&self) -> Result<Self, DataError> {
        let mut settings = self.clone();
        if let Some(known) = &settings.description {
            known.check()?;
            settings.aliases = settings.aliases.and(&known.aliases());
        }
        settings.policies.check()?;
        settings.limits.check()?;
        let threads = settings.threads.unwrap_or(1);
        let separator = settings.separator().unwrap_or(',');
        let is_separator = separator.is_ascii() && !matches!(separator, '"' | '\n' | '\r');
        let rules = [
            (
                "threads",
                threads.to_string(),
                (1..=MAX_THREADS).contains(&threads),
                "between 1 and 64",
            ),
            (
                "block_bytes",
                settings.block_bytes.to_string(),
                settings.block_bytes >= MIN_BLOCK_BYTES,
                "at least 1",
            ),
            ("separator", separator.to_string(), is_separator, "ASCII, no quote and no line end"),
        ];
        match rules.into_iter().find(|(_, _, holds, _)| !holds) {
            Some((name, value, _, rule)) => {
                Err(DataError::Setting { parameter: name, value: value.into(), rule })
            }
            None => Ok(settings),
        }
    }

    pub(crate) fn separator(&self) -> Option<char> {
        self.separator.or_else(|| self.description.as_ref()?.separator)
    }

    pub(crate) fn header(&self) -> Option<bool> {
        self.header.or_else(|| self.description.as_ref()?.header)
    }

    pub(crate) fn times(&self) -> TimeForm {
        let described = self.description.as_ref().map(|known| known.times);
        self.time_form.or(described).unwrap_or_default()
    }

    pub(crate) fn empty_label(&self) -> Option<&str> {
        let described = || self.description.as_ref()?.empty_label.as_deref();
        self.empty_label.as_deref().or_else(described)
    }

    pub(crate) fn markers(&self) -> impl Iterator<Item = &String> {
        let described = self.description.as_ref().map_or(&[][..], |known| &known.missing);
        self.missing.iter().chain(described).filter(|text| !text.is_empty())
    }

    pub(crate) fn thread_count(&self) -> usize {
        let machine = || thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
        self.threads.unwrap_or_else(machine)
    }
}

impl fmt::Display for TableReader {
    /// What is done about each defect.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Defect::all()
            .try_for_each(|defect| writeln!(f, "{defect}: {}", self.settings.policies.of(defect)))
    }
}
