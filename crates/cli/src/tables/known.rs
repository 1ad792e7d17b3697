//! Tables for a trained model, which knows its columns.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;
use netsift::data::{Aliases, CellKind, ReadReport, TableReader};
use netsift::flow::Profile;
use netsift::flow_rows;
use netsift::models::Bundle;
use netsift::table;

use super::asked;
use super::{Cleaning, Columns};
use crate::failure::Failure;

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
        let fields = bundle.input().fields();
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

/// The model in a file.
pub(crate) fn loaded(path: &PathBuf) -> Result<Bundle, Failure> {
    let file = File::open(path).map_err(Failure::unread(path))?;
    let bundle = Bundle::load(BufReader::new(file));
    bundle.map_err(|source| Failure::ModelFile { path: path.clone(), source })
}

/// Refuses a table of another profile of flows than the model was trained on: columns of the same name may mean another
/// thing there.
pub(crate) fn expect_profile(bundle: &Bundle, read: &ReadReport) -> Result<(), Failure> {
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

/// Whether a file is a capture, by its first bytes, or by its name if it is compressed.
pub(crate) fn is_capture(path: &Path) -> bool {
    use std::io::Read;
    if path.is_dir() {
        return true;
    }
    let name = path.to_string_lossy().to_ascii_lowercase();
    let inner = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending));
    if let Some(inner) = inner {
        return CAPTURES.iter().any(|ending| inner.ends_with(ending));
    }
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && MAGICS.contains(&u32::from_be_bytes(start))
}

const CAPTURES: [&str; 3] = [".pcap", ".pcapng", ".cap"];
/// pcap in micro- and nanoseconds and both byte orders, and pcapng.
const MAGICS: [u32; 5] = [0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_3c4d, 0x4d3c_b2a1, 0x0a0d_0d0a];
