//! What was found, as it was asked for: a summary or JSON, a page, plots, a table.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use netsift::data::DataError;
use netsift::report::{Block, Chart, Input, Look, Made, Page, Section};
use serde::Serialize;

use super::Explore;
use crate::failure::{Failure, tell};
use crate::files::Files;
use crate::output::{Output, STREAM, Target, Whole};
use crate::terminal::printable;

pub(super) const OUTPUT: &str = "--output";
pub(super) const ANOMALIES: &str = "--anomalies-csv";
/// So many of the strangest are in a table, and so many in a summary.
pub(super) const MOST_ROWS: usize = 100_000;
pub(super) const SHOWN: usize = 5;
/// A terminal that says nothing of its width has so many columns.
const WIDTH: usize = 100;

/// What was found in captures or in tables.
pub(super) trait Found {
    /// The sections that have their charts in the summary.
    const SUMMARY: &'static [&'static str];

    /// What was read.
    fn source(&self) -> &str;

    fn page(&self, made: Made) -> Result<Page, Failure>;

    /// What is told as JSON.
    fn numbers(&self) -> impl Serialize;

    /// Writes the table of what is strange.
    fn write_strange(&self, out: Whole) -> Result<(), DataError>;

    /// The first of what is strange, each in a line.
    fn strangest(&self) -> String;
}

/// What is told, and of what.
pub(super) struct Told<'a, F> {
    pub(super) asked: &'a Explore,
    pub(super) found: &'a F,
    pub(super) inputs: &'a [PathBuf],
}

impl<F: Found> Told<'_, F> {
    pub(super) fn write(&self, files: &Files) -> Result<(), Failure> {
        let made = if self.asked.output.is_some() { self.made()? } else { Made::default() };
        let page = self.found.page(made)?;
        if let Some((draft, mut out)) = files.of(OUTPUT) {
            let html = page.render(self.look())?;
            out.write_all(html.as_bytes()).map_err(|source| draft.failure(source))?;
        }
        if let Some((draft, out)) = files.of(ANOMALIES) {
            self.found.write_strange(out).map_err(|error| draft.table_failure(error))?;
        }
        if let Some(folder) = &self.asked.plots {
            plots(&page, folder)?;
        }
        // What was asked for there is not mixed with what is said.
        if files.targets().any(|target| target == Target::Stdout) {
            return Ok(());
        }
        let said = if self.asked.json { self.json() } else { self.summary(&page).into_bytes() };
        Output::open(Target::of(Path::new(STREAM)))?.write(&said)
    }

    const fn look(&self) -> Look {
        if self.asked.is_static { Look::Static } else { Look::Interactive }
    }

    /// How the page was made, with what was read.
    fn made(&self) -> Result<Made, Failure> {
        let arguments =
            std::env::args_os().map(|argument| printable(&argument.to_string_lossy()).into_owned());
        let is_file = |path: &&PathBuf| path.is_file();
        let inputs = self.inputs.iter().filter(is_file).map(|path| {
            let file = File::open(path).map_err(Failure::unread(path))?;
            Ok(Input::of(path.display().to_string(), file)?)
        });
        Ok(Made {
            program: concat!("netsift ", env!("CARGO_PKG_VERSION")).to_owned(),
            command: arguments.collect::<Vec<_>>().join(" "),
            at: Some(jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()),
            inputs: inputs.collect::<Result<_, Failure>>()?,
        })
    }

    fn json(&self) -> Vec<u8> {
        // Numbers and texts alone, which all have a form in JSON.
        let mut text = serde_json::to_vec(&self.found.numbers()).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// What fits a terminal: the figures that say most, and charts in characters.
    fn summary(&self, page: &Page) -> String {
        let mut text = format!("{}\n", self.found.source());
        for block in page.sections().first().map_or(&[][..], |section| section.blocks()) {
            match block {
                Block::Figures(figures) => figures.iter().for_each(|figure| {
                    let value = figure.exact.as_ref().unwrap_or(&figure.value);
                    text.push_str(&format!("  {:<18} {value}\n", figure.name));
                }),
                Block::Sentence(said) | Block::Warning(said) => {
                    text.push_str(&format!("  {said}\n"));
                }
                _ => {}
            }
        }
        let sections = page.sections().iter().filter(|it| F::SUMMARY.contains(&it.title()));
        for block in sections.flat_map(Section::blocks) {
            if let Block::Chart(chart) = block {
                text.push_str(&format!("\n{}", chart.text(WIDTH)));
            }
        }
        text.push_str(&self.found.strangest());
        text
    }
}

/// Says that there is more than is written.
pub(super) fn tell_most(found: u64, written: usize) {
    if found > written as u64 {
        tell(&format!("of {found} that are strange, the strangest {written} are written"));
    }
}

/// Every chart as two files, which are called as it is.
fn plots(page: &Page, folder: &Path) -> Result<(), Failure> {
    let unwritable = |path: &Path| {
        let target = Target::File(path.to_owned());
        move |source| Failure::Write { target, source }
    };
    fs::create_dir_all(folder).map_err(unwritable(folder))?;
    for (number, chart) in page.charts().into_iter().enumerate() {
        let name = format!("{:02}-{}", number + 1, file_name(chart));
        let (svg, png) = (folder.join(format!("{name}.svg")), folder.join(format!("{name}.png")));
        fs::write(&svg, chart.svg()?).map_err(unwritable(&svg))?;
        fs::write(&png, chart.png()?).map_err(unwritable(&png))?;
    }
    Ok(())
}

/// A chart's title in small letters, and dashes for all else.
fn file_name(chart: &Chart) -> String {
    let small = chart.title().to_lowercase();
    let words = small.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}
