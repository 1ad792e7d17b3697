//! Pages as they are asked for: a file, plots, and what a terminal is told of them.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use netsift::report::{Block, Chart, Input, Look, Made, Page, Section};
use serde::Serialize;

use crate::failure::Failure;
use crate::files::Files;
use crate::output::{Output, STREAM, Target};
use crate::terminal::printable;

/// A terminal that says nothing of its width has so many columns.
const WIDTH: usize = 100;

/// How a page was made, with what was read.
pub(crate) fn made(inputs: &[PathBuf]) -> Result<Made, Failure> {
    let arguments =
        std::env::args_os().map(|argument| printable(&argument.to_string_lossy()).into_owned());
    let is_file = |path: &&PathBuf| path.is_file();
    let inputs = inputs.iter().filter(is_file).map(|path| {
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

/// Writes the page to what that option names, if it was given, and every chart into a folder, if one was.
pub(crate) fn write(
    page: &Page,
    is_static: bool,
    (files, option): (&Files, &str),
    plots: Option<&Path>,
) -> Result<(), Failure> {
    let look = if is_static { Look::Static } else { Look::Interactive };
    if let Some((draft, mut out)) = files.of(option) {
        let html = page.render(look)?;
        out.write_all(html.as_bytes()).map_err(|source| draft.failure(source))?;
    }
    plots.map_or(Ok(()), |folder| drawn(page, folder))
}

/// Prints the numbers as a line of JSON, or a summary; nothing where a file goes to standard output: what was asked for there
/// is not mixed with what is said.
pub(crate) fn say<T: Serialize>(
    files: &Files,
    numbers: Option<&T>,
    summary: impl FnOnce() -> String,
) -> Result<(), Failure> {
    if files.targets().any(|target| target == Target::Stdout) {
        return Ok(());
    }
    let said = match numbers {
        // Numbers and texts alone, which all have a form in JSON.
        Some(numbers) => serde_json::to_string(numbers).unwrap_or_default() + "\n",
        None => summary(),
    };
    Output::open(Target::of(Path::new(STREAM)))?.write(said.as_bytes())
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

/// Every chart as two files, which are called as it is.
fn drawn(page: &Page, folder: &Path) -> Result<(), Failure> {
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

/// A chart's title in small letters, and dashes for all else; no longer than names of files may be.
fn file_name(chart: &Chart) -> String {
    let small = chart.title().to_lowercase();
    let words = small.split(|letter: char| !letter.is_ascii_alphanumeric());
    let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    name.chars().take(MOST_NAMED).collect()
}

/// Letters of a chart's title in the name of its file.
const MOST_NAMED: usize = 80;
