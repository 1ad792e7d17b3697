//! Tables for a trained model, which knows its columns.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use netsift::capture::{self, CaptureError, CaptureReader};
use netsift::data::{Aliases, CellKind, Dataset, Defect, ReadReport, TableReader};
use netsift::detect::flow_rows;
use netsift::flow::Profile;
use netsift::models::{Bundle, MAX_BUNDLE};
use netsift::table;

use super::asked;
use super::{Cleaning, Columns};
use crate::failure::Failure;
use crate::output::STREAM;

/// How tables are read whose columns a model knows.
#[derive(Args)]
#[command(next_help_heading = "Tables")]
pub(crate) struct Known {
    /// What stands between the cells of CSV [default: told by the table]
    #[arg(long, value_name = "CHARACTER")]
    separator: Option<char>,

    /// Take blanks around texts away
    #[arg(long)]
    trim: bool,

    /// A data set whose columns are known, as for train
    #[arg(long, value_name = "NAME|FILE")]
    like: Option<String>,

    /// What is done about a defect: "infinite=drop", "empty=0"; may be given several times
    #[arg(long, value_name = "DEFECT=POLICY", value_parser = asked::parse_policy)]
    on: Vec<(netsift::data::Defect, netsift::data::Policy)>,
}

impl Known {
    /// What reads the columns that the model takes, as what it takes them for, and others as they are.
    pub(crate) fn reader(
        &self,
        bundle: &Bundle,
        threads: Option<usize>,
    ) -> Result<TableReader, Failure> {
        self.reader_of([bundle], threads)
    }

    /// The same for several models: what one of them takes for a number, all do.
    pub(crate) fn reader_of<'a>(
        &self,
        bundles: impl IntoIterator<Item = &'a Bundle>,
        threads: Option<usize>,
    ) -> Result<TableReader, Failure> {
        let Self { separator, trim, like, on } = self;
        let columns = Columns {
            separator: *separator,
            trim: *trim,
            like: like.clone(),
            ..Columns::default()
        };
        let cleaning = Cleaning { on: on.clone(), ..Cleaning::default() };
        let reader = columns.reader(&cleaning, threads)?.identities(true);
        // By any spelling they are found under the names that the model knows.
        let fields: Vec<_> =
            bundles.into_iter().flat_map(|bundle| bundle.input().fields()).collect();
        let spelt = fields.iter().fold(Aliases::new(), |aliases, field| {
            aliases.spell(&field.name, std::iter::empty::<&str>())
        });
        let reader = reader.aliases(spelt.and(&table::aliases()));
        Ok(fields.iter().fold(reader, |reader, field| {
            let is_text = field.texts().is_some();
            reader.kind(&field.name, if is_text { CellKind::Text } else { CellKind::Number })
        }))
    }
}

/// A model in a file, which a stranger may have made.
#[derive(Args)]
pub(crate) struct ModelFile {
    /// A model that train wrote
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    /// The largest model file that is read, in MiB: up to 40 times as much memory may be taken
    #[arg(long, value_name = "MIB", default_value_t = LARGEST, value_parser = value_parser!(u64).range(1..=MAX_BUNDLE >> 20))]
    max_model: u64,
}

/// MiB that hold forests of a hundred thousand flows and a million rows of eight columns, and take 2.5 GiB of memory at
/// the very most.
pub(crate) const LARGEST: u64 = 64;

/// What whoever wants to read a model file of so many bytes has to know, if it is larger than is read unasked.
pub(crate) fn too_large(bytes: u64) -> Option<String> {
    let needed = bytes.div_ceil(1 << 20);
    (needed > LARGEST).then(|| {
        format!("the model is larger than is read unasked: say --max-model {needed} to predict, evaluate and others")
    })
}

impl ModelFile {
    pub(crate) fn loaded(&self) -> Result<Bundle, Failure> {
        self.beside(&self.model)
    }

    /// Another model, which may be as large.
    pub(crate) fn beside(&self, path: &Path) -> Result<Bundle, Failure> {
        load(path, self.max_model)
    }
}

/// Whether a file is one that a program of this kind wrote, by its first bytes. What is no file is a table that comes.
pub(crate) fn is_model(path: &Path) -> Result<bool, Failure> {
    if path.as_os_str() == STREAM || !path.is_file() {
        return Ok(false);
    }
    let mut start = Vec::new();
    let file = File::open(path).map_err(Failure::unread(path))?;
    file.take(START).read_to_end(&mut start).map_err(Failure::unread(path))?;
    Ok(Bundle::is_told_by(&start))
}

/// Bytes that tell a model.
const START: u64 = 16;

/// A model of so many MiB at most.
pub(crate) fn load(path: &Path, max_mib: u64) -> Result<Bundle, Failure> {
    let file = File::open(path).map_err(Failure::unread(path))?;
    let bundle = Bundle::load_within(BufReader::new(file), max_mib << 20);
    bundle.map_err(|source| Failure::ModelFile { path: path.to_owned(), source })
}

/// Refuses a table that cannot be of the columns which the model was trained on.
pub(crate) fn expect_its_columns(
    bundle: &Bundle,
    data: &Dataset,
    read: &ReadReport,
) -> Result<(), Failure> {
    expect_profile(bundle, read)?;
    let is_unreadable = |name: &&str| {
        let facts = read.columns.iter().find(|column| column.name == *name);
        let place = data.schema().place(name).ok().and_then(|place| data.column(place));
        facts.is_some_and(|facts| facts.defects.contains_key(&Defect::WrongKind))
            && place
                .is_some_and(|cells| !cells.is_empty() && cells.iter().all(|cell| cell.is_nan()))
    };
    let names: Vec<String> =
        bundle.input().names().filter(is_unreadable).map(str::to_owned).collect();
    if names.is_empty() { Ok(()) } else { Err(Failure::UnreadableColumns { names }) }
}

/// Refuses a table of another profile of flows than the model was trained on: columns of the same name may mean another
/// thing there.
fn expect_profile(bundle: &Bundle, read: &ReadReport) -> Result<(), Failure> {
    let Ok(flows) = bundle.flows() else { return Ok(()) };
    let names = read.columns.iter().map(|column| column.name.as_str());
    let expected = Profile::ALL.into_iter().find(|profile| profile.name() == flows.profile);
    match expected.and_then(|expected| flow_rows::other_profile(expected, names)) {
        Some(found) => Ok(bundle.expect_profile(found.name())?),
        None => Ok(()),
    }
}

/// As many as the machine has, unless told.
pub(crate) fn threads(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into))
}

/// Whether a file is a capture, by its first bytes, also inside gzip or zstd; or by its name, if it has none to look at.
pub(crate) fn is_capture(path: &Path) -> bool {
    if path.as_os_str() == STREAM {
        return comes_from_stdin();
    }
    if path.is_dir() {
        return true;
    }
    // What is no file, as a pipe, would lose the bytes that are looked at.
    let opened = path.is_file().then(|| capture::open(path));
    match opened {
        Some(Ok(_)) => true,
        Some(Err(CaptureError::NotACapture { .. })) => false,
        Some(Err(_)) | None => has_name_of_capture(path),
    }
}

/// Looks at what waits on standard input, and leaves it there.
fn comes_from_stdin() -> bool {
    let mut stdin = io::stdin().lock();
    !stdin.is_terminal() && stdin.fill_buf().is_ok_and(|start| CaptureReader::new(start).is_ok())
}

fn has_name_of_capture(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let inner = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending));
    CAPTURES.iter().any(|ending| inner.unwrap_or(&name).ends_with(ending))
}

const CAPTURES: [&str; 3] = [".pcap", ".pcapng", ".cap"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_models_are_told_of_with_what_reads_them() {
        assert_eq!(too_large(LARGEST << 20), None);
        assert!(too_large((LARGEST << 20) + 1).unwrap().contains("--max-model 65 "));
    }
}
