//! Pages as HTML: what stands where, and how much of it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::html::Html;
use super::table::table;
use super::{Block, Figure, Look, Made, Page, Section};
use crate::chart::{Chart, colours, style};
use crate::error::ReportError;
use crate::number::Unit;
use crate::shown::shown;
use crate::table::{Column, Table};

/// Most bytes of a page with drawings.
pub const MOST_STATIC: usize = 1_000_000;
/// Most bytes of a page with interactive charts; 4.7 million are the library that draws them.
pub const MOST_INTERACTIVE: usize = 10_000_000;
/// Most sections that the table of contents names.
const MOST_LISTED: usize = 60;
/// Longest heading, in characters.
const MOST_TITLE: usize = 100;
/// Longest command line that is shown, in characters.
const MOST_COMMAND: usize = 1_000;
/// Room for the ends of what is open, and for a sentence about what is left out.
const RESERVE: usize = 2_000;
/// Less room than this holds no block.
const LEAST: usize = 200;
/// Details inside details go so deep.
const DEEPEST: usize = 4;
/// What a page looks like.
const STYLE: &str = include_str!("page.css");
/// What makes tables sort and filter, and charts appear.
const SCRIPT: &str = include_str!("page.js");

pub(super) fn render(page: &Page, look: Look) -> Result<String, ReportError> {
    let library = library(look)?;
    let most = if library.is_empty() { MOST_STATIC } else { MOST_INTERACTIVE };
    let (mut html, mut end) = (Html::default(), Html::default());
    html.own("<!DOCTYPE html>\n<html lang=\"en\">\n");
    html.element("head", &[], |html| head(page, library, html));
    html.own("<body>\n");
    html.line("a", &[("class", "skip"), ("href", "#main")], "To the contents");
    html.element("header", &[], |html| header(page, html));
    end.element("footer", &[], |html| made(&page.made, html));
    scripts(library, &mut end);
    end.own("</body>\n</html>\n");
    let mut all = Html::default();
    contents(page.sections.iter().enumerate(), &mut all);
    let taken = html.len() + all.len() + end.len() + RESERVE;
    let mut body = Body::new(look, most.saturating_sub(taken));
    for (nth, section) in page.sections.iter().enumerate() {
        body.section(section, nth)?;
    }
    // Only of what there was room for.
    let there = page.sections.iter().enumerate().filter(|(nth, _)| body.there.contains(nth));
    contents(there, &mut html);
    html.element("main", &[("id", "main")], |html| body.end(html));
    html.append(&end);
    Ok(html.into_text())
}

/// The library of interactive charts, where they are wanted.
fn library(look: Look) -> Result<&'static str, ReportError> {
    match look {
        Look::Static => Ok(""),
        #[cfg(feature = "plotly")]
        Look::Interactive => crate::chart::library(),
    }
}

fn head(page: &Page, library: &str, html: &mut Html) {
    html.open("meta", &[("charset", "utf-8")]);
    let policy = policy(library);
    html.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
    let view = "width=device-width, initial-scale=1";
    html.open("meta", &[("name", "viewport"), ("content", view)]);
    html.open("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    html.line("title", &[], &shown(&page.title, MOST_TITLE));
    html.element("style", &[], |html| {
        html.own(&style());
        html.own(STYLE);
    });
}

/// Nothing is loaded from anywhere, and no script runs but those of this page. Interactive charts style themselves, and make
/// pictures of themselves to be saved.
fn policy(library: &str) -> String {
    let sum = |script: &str| format!("'{}'", sum(script));
    let shut = "default-src 'none'; base-uri 'none'; form-action 'none'";
    let own = format!("{shut}; style-src 'unsafe-inline'; script-src {}", sum(SCRIPT));
    match library.is_empty() {
        true => own,
        false => format!("{own} {}; img-src data: blob:", sum(library)),
    }
}

fn sum(script: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(script)))
}

/// The sums of all scripts of a look.
pub(super) fn sums(look: Look) -> Result<Vec<String>, ReportError> {
    let scripts = [library(look)?, SCRIPT].into_iter().filter(|script| !script.is_empty());
    Ok(scripts.map(sum).collect())
}

fn header(page: &Page, html: &mut Html) {
    html.element("div", &[], |html| {
        html.line("h1", &[], &shown(&page.title, MOST_TITLE));
        html.line("p", &[], &shown(&page.made.program, MOST_TITLE));
    });
    let button = [("type", "button"), ("id", "mode"), ("hidden", "")];
    html.line("button", &button, "Dark");
}

fn contents<'a>(sections: impl Iterator<Item = (usize, &'a Section)>, html: &mut Html) {
    html.element("nav", &[("aria-label", "Contents")], |html| {
        html.element("ol", &[], |html| {
            for (nth, section) in sections.take(MOST_LISTED) {
                let to = format!("#{}", id(nth));
                let title = shown(&section.title, MOST_TITLE);
                html.element("li", &[], |html| html.line("a", &[("href", &to)], &title));
            }
        });
    });
}

/// What a section is called in links.
fn id(nth: usize) -> String {
    format!("section-{}", nth + 1)
}

/// How the page was made, at its end.
fn made(made: &Made, html: &mut Html) {
    html.line("h2", &[], "How this page was made");
    html.element("dl", &[], |html| {
        let at = made.at.as_deref().unwrap_or_default();
        for (name, value) in
            [("Program", made.program.as_str()), ("Command", &made.command), ("At", at)]
        {
            if !value.is_empty() {
                html.line("dt", &[], name);
                let value = shown(value, MOST_COMMAND);
                html.element("dd", &[], |html| html.line("code", &[], &value));
            }
        }
    });
    if !made.inputs.is_empty() {
        table(&inputs(made), html);
    }
}

fn inputs(made: &Made) -> Table {
    const MOST: usize = 30;
    let columns =
        vec![Column::text("Input"), Column::number("Bytes", Unit::Bytes), Column::text("BLAKE3")];
    let mut table = Table::new("Inputs", columns);
    for input in made.inputs.iter().take(MOST) {
        // A row of three for three columns is not refused.
        let _ = table.push(vec![
            input.name.as_str().into(),
            input.bytes.into(),
            input.blake3.as_str().into(),
        ]);
    }
    table.of_total(made.inputs.len())
}

fn scripts(library: &str, html: &mut Html) {
    if !library.is_empty() {
        html.data("colours", &colours());
    }
    for script in [library, SCRIPT] {
        if !script.is_empty() {
            html.element("script", &[], |html| html.own(script));
        }
    }
}

/// What is between head and end, as long as there is room.
struct Body {
    html: Html,
    look: Look,
    most: usize,
    /// The sections that found room.
    there: Vec<usize>,
    charts: usize,
    left_out: usize,
}

impl Body {
    fn new(look: Look, most: usize) -> Self {
        Self { html: Html::default(), look, most, there: Vec::new(), charts: 0, left_out: 0 }
    }

    fn section(&mut self, section: &Section, nth: usize) -> Result<(), ReportError> {
        let (id, heading) = (id(nth), format!("{}-title", id(nth)));
        let mut start = Html::default();
        start.open("section", &[("id", &id), ("aria-labelledby", &heading)]);
        start.line("h2", &[("id", &heading)], &shown(&section.title, MOST_TITLE));
        start.open("div", &[("class", "blocks")]);
        if self.put(&start) {
            self.there.push(nth);
            self.blocks(&section.blocks, 0)?;
            self.html.close("div");
            self.html.close("section");
        }
        Ok(())
    }

    fn blocks(&mut self, blocks: &[Block], depth: usize) -> Result<(), ReportError> {
        for block in blocks {
            match block {
                Block::Details(title, inside) if depth < DEEPEST => {
                    self.details(title, inside, depth)?;
                }
                Block::Details(_, _) => self.left_out += 1,
                // What cannot fit is not drawn first.
                _ if self.html.len() + LEAST > self.most => self.left_out += 1,
                block => {
                    let mut html = Html::default();
                    self.block(block, &mut html)?;
                    self.put(&html);
                }
            }
        }
        Ok(())
    }

    fn details(&mut self, title: &str, inside: &[Block], depth: usize) -> Result<(), ReportError> {
        let mut start = Html::default();
        start.open("details", &[]);
        start.line("summary", &[], &shown(title, MOST_TITLE));
        start.open("div", &[("class", "blocks")]);
        if self.put(&start) {
            self.blocks(inside, depth + 1)?;
            self.html.close("div");
            self.html.close("details");
        }
        Ok(())
    }

    /// Adds a piece, if there is room for it.
    fn put(&mut self, piece: &Html) -> bool {
        // Whatever is opened is closed again.
        const END: usize = 40;
        let has_room = self.html.len() + piece.len() + END <= self.most;
        match has_room {
            true => self.html.append(piece),
            false => self.left_out += 1,
        }
        has_room
    }

    /// All of it, and above it how much is missing.
    fn end(&self, html: &mut Html) {
        if self.left_out > 0 {
            let parts = Unit::Count.exact(self.left_out as f64);
            let text = format!(
                "This page is full. Parts that were left out: {parts}. Their numbers are in the JSON output."
            );
            html.line("p", &[("class", "warning")], &text);
        }
        html.append(&self.html);
    }

    fn block(&mut self, block: &Block, html: &mut Html) -> Result<(), ReportError> {
        match block {
            Block::Sentence(text) => html.line("p", &[], text),
            Block::Warning(text) => html.line("p", &[("class", "warning")], text),
            Block::Figures(figures) => html.element("dl", &[("class", "figures")], |html| {
                figures.iter().for_each(|figure| one_figure(figure, html));
            }),
            Block::Table(rows) => table(rows, html),
            Block::Chart(chart) => self.chart(chart, html)?,
            // Details are written around what is in them, piece by piece.
            Block::Details(_, _) => {}
        }
        Ok(())
    }

    /// A chart with what it shows in words, its drawing, and its numbers for who does not see it.
    fn chart(&mut self, chart: &Chart, html: &mut Html) -> Result<(), ReportError> {
        self.charts += 1;
        let id = format!("chart-{}", self.charts);
        let drawing = chart.inline_svg()?;
        let numbers = chart.numbers()?;
        let class = if chart.is_wide() { "wide" } else { "half" };
        html.open("figure", &[("class", class), ("id", &id)]);
        html.element("figcaption", &[], |html| {
            html.line("h3", &[], chart.title());
            html.line("p", &[], chart.shows());
            chart.notes().iter().for_each(|note| html.line("p", &[("class", "note")], note));
        });
        // What is wider than a phone is moved by keys too.
        let moved = [("class", "drawing"), ("tabindex", "0"), ("role", "region")];
        let moved = moved.into_iter().chain([("aria-label", chart.title())]).collect::<Vec<_>>();
        let seen = [("role", "img"), ("aria-label", chart.shows())];
        html.element("div", &moved, |html| {
            html.element("div", &seen, |html| html.own(&drawing));
        });
        if let Some(data) = self.data(chart) {
            html.data(&format!("{id}-data"), &data);
        }
        html.element("details", &[], |html| {
            html.line("summary", &[], "Numbers");
            table(&numbers, html);
        });
        html.close("figure");
        Ok(())
    }

    /// What a script draws the chart from.
    fn data(&self, _chart: &Chart) -> Option<String> {
        match self.look {
            Look::Static => None,
            #[cfg(feature = "plotly")]
            Look::Interactive => Some(_chart.plotted()),
        }
    }
}

fn one_figure(figure: &Figure, html: &mut Html) {
    html.element("div", &[], |html| {
        html.line("dt", &[], &figure.name);
        html.element("dd", &[], |html| {
            html.text(&figure.value);
            if let Some(exact) = &figure.exact {
                html.text(" ");
                html.line("small", &[], exact);
            }
        });
    });
}
