//! What was found, as it was asked for: a summary or JSON, a page, plots, a table.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use netsift::report::{Anomalies, Block, CaptureNumbers, Input, Look, Made, Page, Section, Sums};
use serde::Serialize;

use super::Explore;
use super::captures::{ANOMALIES, OUTPUT};
use super::plots::Plots;
use crate::failure::{Failure, tell};
use crate::files::Files;
use crate::output::{Output, STREAM, Target};
use crate::terminal::printable;

/// A terminal that says nothing of its width has so many columns.
const WIDTH: usize = 100;
/// These sections have their charts in the summary.
const SUMMARY: [&str; 2] = ["Over time", "Protocols"];

/// What is told, and of what.
pub(super) struct Told<'a> {
    pub(super) asked: &'a Explore,
    pub(super) numbers: &'a CaptureNumbers,
    pub(super) strange: Option<&'a Anomalies>,
    pub(super) source: String,
    pub(super) inputs: &'a [PathBuf],
    pub(super) sums: &'a Sums,
}

/// All numbers.
#[derive(Serialize)]
struct Numbers<'a> {
    #[serde(flatten)]
    captures: &'a CaptureNumbers,
    anomalies: Option<&'a Anomalies>,
}

impl Told<'_> {
    pub(super) fn write(&self, files: &Files, plots: Option<&Plots>) -> Result<(), Failure> {
        let made = if self.asked.output.is_some() { self.made()? } else { Made::default() };
        let page = self.numbers.page(self.strange, self.source.clone(), made)?;
        if let Some((draft, mut out)) = files.of(OUTPUT) {
            let html = page.render(self.look())?;
            out.write_all(html.as_bytes()).map_err(|source| draft.failure(source))?;
        }
        if let (Some((draft, out)), Some(strange)) = (files.of(ANOMALIES), self.strange) {
            if strange.found > strange.strangest.len() as u64 {
                let told = strange.strangest.len();
                tell(&format!(
                    "of {} that are strange, the strangest {told} are written",
                    strange.found
                ));
            }
            strange.to_csv(out).map_err(|error| draft.table_failure(error))?;
        }
        if let Some(plots) = plots {
            plots.draw(&page)?;
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
        let inputs = self.inputs.iter().map(|path| {
            let name = path.display().to_string();
            if let Some(input) = self.sums.of(&name) {
                return Ok(input);
            }
            // It is broken, or there is no packet in it.
            Ok(Input::of(name, File::open(path).map_err(Failure::unread(path))?)?)
        });
        Ok(Made {
            program: concat!("netsift ", env!("CARGO_PKG_VERSION")).to_owned(),
            command: arguments.collect::<Vec<_>>().join(" "),
            at: Some(jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()),
            inputs: inputs.collect::<Result<_, Failure>>()?,
        })
    }

    fn json(&self) -> Vec<u8> {
        let numbers = Numbers { captures: self.numbers, anomalies: self.strange };
        // Numbers and texts alone, which all have a form in JSON.
        let mut text = serde_json::to_vec(&numbers).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// What fits a terminal: the figures that say most, and charts in characters.
    fn summary(&self, page: &Page) -> String {
        let mut text = format!("{}\n", self.source);
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
        let sections = page.sections().iter().filter(|it| SUMMARY.contains(&it.title()));
        for block in sections.flat_map(Section::blocks) {
            if let Block::Chart(chart) = block {
                text.push_str(&format!("\n{}", chart.text(WIDTH)));
            }
        }
        text.push_str(&self.strangest());
        text
    }

    /// The first of what is strange, each in a line.
    fn strangest(&self) -> String {
        let Some(strange) = self.strange.filter(|strange| strange.found > 0) else {
            return String::new();
        };
        let mut text = format!("\n{} of {} are strange, the first:\n", strange.found, strange.rows);
        for anomaly in strange.strangest.iter().take(5) {
            let end = |end: Option<std::net::SocketAddr>| {
                end.map_or_else(|| "?".to_owned(), |end| end.to_string())
            };
            let why: Vec<String> =
                anomaly.reasons.iter().take(2).map(ToString::to_string).collect();
            let (from, to) = (end(anomaly.who.source), end(anomaly.who.destination));
            let why = why.join("; ");
            text.push_str(&format!("  {:.3} {from} -> {to}: {}\n", anomaly.score, printable(&why)));
        }
        text
    }
}
