//! Pages as they are asked for: a file, plots, and what a terminal is told of them.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::iter;
use std::path::{Path, PathBuf};

use clap::Args;
use netsift::alert::harmless_json;
use netsift::report::{Block, Input, Look, Made, Page, Section, Sums};
use serde::Serialize;

use crate::failure::Failure;
use crate::files::{Files, draft, interrupted};
use crate::interrupt::Interrupt;
use crate::output::{Draft, Output, STREAM, Target, Whole};
use crate::plots::Plots;
use crate::terminal::printable;

/// A terminal that says nothing of its width has so many columns.
const WIDTH: usize = 100;

const OUTPUT: &str = "--output";

/// In what forms a run tells what it found.
#[derive(Args)]
pub(crate) struct Told {
    /// Write a page, one HTML file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Draw the page's charts as they are, without a script to zoom and ask them: a small file
    #[arg(long = "static", requires = "output")]
    is_static: bool,

    /// Print all numbers as one JSON object in place of the summary
    #[arg(long)]
    json: bool,

    /// Write every chart into this folder, as SVG and as PNG
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
}

/// The files of a run whose work ends in a page: the page, tables, a folder of charts.
pub(crate) struct Outputs {
    files: Files,
    plots: Option<Plots>,
    look: Look,
    is_json: bool,
}

impl Outputs {
    /// Opens what is asked for, and the tables beside it, each by its option. What is asked for on standard output is one thing.
    pub(crate) fn open(
        told: &Told,
        tables: &[(&'static str, &Option<PathBuf>)],
        inputs: &[PathBuf],
    ) -> Result<Self, Failure> {
        let page = (OUTPUT, &told.output);
        let named = iter::once(&page).chain(tables);
        let wanted = named.filter_map(|(option, path)| Some((*option, draft(path.as_deref()?))));
        let wanted: Vec<_> = wanted.collect();
        let printed = wanted.iter().find(|(_, it)| told.json && *it.target() == Target::Stdout);
        if let Some((other, _)) = printed {
            return Err(Failure::SameFile { one: "--json", other, target: Target::Stdout });
        }
        let plots = told.plots.as_deref().map(Plots::begin).transpose()?;
        let files = Files::open(wanted, inputs);
        let files = files.inspect_err(|_| plots.iter().for_each(Plots::discard))?;
        let look = if told.is_static { Look::Static } else { Look::Interactive };
        Ok(Self { files, plots, look, is_json: told.json })
    }

    /// Does the work, and gives every file its name. Work may answer what has broken what it reads: what was read before is told
    /// all the same, and is not taken for the whole.
    pub(crate) fn through(
        self,
        work: impl FnOnce(&Self, &Interrupt) -> Result<Option<Failure>, Failure>,
    ) -> Result<(), Failure> {
        let interrupt = Interrupt::watch(self.files.last_words());
        let interrupt = interrupt.inspect_err(|_| self.discard())?;
        let done = work(&self, &interrupt);
        interrupt.see();
        let done = if interrupt.is_asked() { Err(interrupted()) } else { done };
        match done.inspect_err(|_| self.discard())? {
            Some(broken) => {
                self.plots.iter().for_each(Plots::keep_parts);
                self.files.keep_parts().and(Err(broken))
            }
            None => {
                self.plots.iter().try_for_each(Plots::finish)?;
                self.files.finish()
            }
        }
    }

    /// What an option named, if it was given.
    pub(crate) fn of(&self, option: &str) -> Option<(&Draft, Whole)> {
        self.files.of(option)
    }

    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        self.files.targets()
    }

    /// Whether there is to be a page: only it says how it was made.
    pub(crate) fn has_page(&self) -> bool {
        self.of(OUTPUT).is_some()
    }

    /// How the page is made, with what was read; nothing if there is to be none. What was summed up meanwhile is not read again.
    pub(crate) fn made(&self, inputs: &[PathBuf], sums: &Sums) -> Result<Made, Failure> {
        if self.has_page() { made(inputs, sums) } else { Ok(Made::default()) }
    }

    /// Writes the page, and every chart into the folder, as far as they were asked for.
    pub(crate) fn draw(&self, page: &Page) -> Result<(), Failure> {
        if let Some((draft, mut out)) = self.of(OUTPUT) {
            let html = page.render(self.look)?;
            out.write_all(html.as_bytes()).map_err(|source| draft.failure(source))?;
        }
        self.plots.iter().try_for_each(|plots| plots.draw(page))
    }

    /// Prints the numbers as a line of JSON, or a summary; nothing where a file goes to standard output: what was asked for
    /// there is not mixed with what is said.
    pub(crate) fn say(
        &self,
        numbers: &impl Serialize,
        summary: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.targets().any(|target| target == Target::Stdout) {
            return Ok(());
        }
        let said = match self.is_json {
            true => harmless_json(numbers) + "\n",
            false => summary(),
        };
        Output::open(Target::of(Path::new(STREAM)))?.write(said.as_bytes())
    }

    fn discard(&self) {
        self.files.discard();
        self.plots.iter().for_each(Plots::discard);
    }
}

fn made(inputs: &[PathBuf], sums: &Sums) -> Result<Made, Failure> {
    let input = |path: &PathBuf| {
        let name = path.display().to_string();
        match sums.of(&name) {
            Some(input) => Ok(Some(input)),
            // What comes by a pipe is not there any more.
            None if !path.is_file() => Ok(None),
            None => Ok(Some(Input::of(name, File::open(path).map_err(Failure::unread(path))?)?)),
        }
    };
    let inputs = inputs.iter().map(input).filter_map(Result::transpose);
    Ok(Made {
        program: concat!("netsift ", env!("CARGO_PKG_VERSION")).to_owned(),
        command: std::env::args_os().map(quoted).collect::<Vec<_>>().join(" "),
        at: Some(jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()),
        inputs: inputs.collect::<Result<_, Failure>>()?,
    })
}

/// An argument as a shell takes it.
fn quoted(argument: OsString) -> String {
    let text = printable(&argument.to_string_lossy()).into_owned();
    let is_plain = |it: char| it.is_alphanumeric() || "-_./,:=@%+".contains(it);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What stands first on a page, for a terminal.
pub(crate) fn overview(page: &Page) -> String {
    let mut text = String::new();
    for block in page.sections().first().map_or(&[][..], |section| section.blocks()) {
        match block {
            Block::Figures(figures) => figures.iter().for_each(|figure| {
                let value = figure.exact.as_ref().unwrap_or(&figure.value);
                text.push_str(&format!("  {:<18} {value}\n", printable(&figure.name)));
            }),
            Block::Sentence(said) | Block::Warning(said) => {
                text.push_str(&format!("  {}\n", printable(said)));
            }
            _ => {}
        }
    }
    text
}

/// The charts of these sections in characters, so many at most.
pub(crate) fn charts(page: &Page, sections: &[&str], most: usize) -> String {
    let sections = page.sections().iter().filter(|it| sections.contains(&it.title()));
    let charts = sections.flat_map(Section::blocks).filter_map(|block| match block {
        Block::Chart(chart) => Some(format!("\n{}", chart.text(WIDTH))),
        _ => None,
    });
    charts.take(most).collect()
}
