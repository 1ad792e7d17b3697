//! Every chart of a page as two files in a folder, which get their names when all was read.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use netsift::report::{Chart, Page};

use crate::failure::{Failure, tell};
use crate::files::draft;
use crate::output::{Draft, Target};

/// What is written for a moment to see whether the folder takes files.
const PROBE: &str = ".netsift.partial";

/// A folder of charts.
pub(crate) struct Plots {
    folder: PathBuf,
    /// Whether the folder is of this run.
    is_new: bool,
    drafts: Mutex<Vec<Draft>>,
}

impl Plots {
    /// Makes the folder, and sees whether it can be written to, before anything is read.
    pub(crate) fn begin(folder: &Path) -> Result<Self, Failure> {
        let is_new = !folder.exists();
        let probe = folder.join(PROBE);
        let tried = fs::create_dir_all(folder)
            .and_then(|()| File::create(&probe))
            .and_then(|_| fs::remove_file(&probe));
        let target = Target::File(folder.to_owned());
        tried.map_err(|source| Failure::Write { target, source })?;
        Ok(Self { folder: folder.to_owned(), is_new, drafts: Mutex::default() })
    }

    /// Draws every chart, under a name that says that it is not whole.
    pub(crate) fn draw(&self, page: &Page) -> Result<(), Failure> {
        for (number, chart) in page.charts().into_iter().enumerate() {
            let name = format!("{:02}-{}", number + 1, file_name(chart));
            self.put(&format!("{name}.svg"), chart.svg()?.as_bytes())?;
            self.put(&format!("{name}.png"), &chart.png()?)?;
        }
        Ok(())
    }

    /// They are whole: gives them their names.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        self.drafts().iter().try_for_each(Draft::finish)
    }

    /// Says where they are: what was read has ended early, and none gets its name.
    pub(crate) fn keep_parts(&self) {
        let (count, folder) = (self.drafts().len(), self.folder.display());
        tell(&format!("not whole: {count} charts of what was read until then are in {folder}"));
    }

    /// Leaves nothing behind.
    pub(crate) fn discard(&self) {
        self.drafts().iter().for_each(Draft::discard);
        if self.is_new {
            // Unless somebody else has put something there.
            let _ = fs::remove_dir(&self.folder);
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let draft = draft(&self.folder.join(name));
        let mut out = draft.open()?;
        self.drafts().push(draft.clone());
        let written = out.write_all(bytes).and_then(|()| out.end());
        written.map_err(|source| draft.failure(source))
    }

    fn drafts(&self) -> std::sync::MutexGuard<'_, Vec<Draft>> {
        self.drafts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Letters of a chart's title in the name of its file.
const MOST_NAMED: usize = 80;

/// A chart's title in small letters, and dashes for all else; no longer than names of files may be.
fn file_name(chart: &Chart) -> String {
    let small = chart.title().to_lowercase();
    let words = small.split(|letter: char| !letter.is_ascii_alphanumeric());
    let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    name.chars().take(MOST_NAMED).collect()
}
