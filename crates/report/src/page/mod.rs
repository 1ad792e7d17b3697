//! A page: what a person reads, in one HTML file that needs nothing else.

mod html;
mod made;
mod render;
mod table;
mod text;

use std::io::Write;

use crate::chart::Chart;
use crate::error::ReportError;
use crate::number::Unit;
use crate::table::Table;

pub use made::{Input, Made, Summed, Sums};
pub use render::{MOST_INTERACTIVE, MOST_STATIC};

/// A page of sections. Whatever its texts hold, they are text on the page.
///
/// ```
/// use netsift_report::{Look, Made, Page, Section, Unit};
///
/// # fn main() -> Result<(), netsift_report::ReportError> {
/// let made = Made { program: "netsift 0.1.0".into(), ..Made::default() };
/// let mut page = Page::new("office.pcap", made);
/// page.push(Section::new("Overview").sentence("One host talks <most>.").figure("Packets", 3_123.0, Unit::Count));
/// let html = page.render(Look::Static)?;
/// assert!(html.contains("One host talks &lt;most&gt;."));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    title: String,
    made: Made,
    sections: Vec<Section>,
}

/// A part of a page, with a heading that the table of contents names.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    title: String,
    blocks: Vec<Block>,
}

/// What stands in a section, one below the other.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Block {
    /// Something said.
    Sentence(String),
    /// Something that should not be overlooked.
    Warning(String),
    /// Numbers that say most.
    Figures(Vec<Figure>),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Box<Chart>),
    /// What is shown when it is asked for: a title, and what is below it.
    Details(String, Vec<Block>),
}

/// A number that says much, and what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// How it reads.
    pub value: String,
    /// The same to the last digit, if that says more.
    pub exact: Option<String>,
}

/// How charts are drawn on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Look {
    /// As drawings: a small file.
    Static,
    /// As drawings that a script replaces by charts that can be asked, zoomed and sorted out.
    #[cfg(feature = "plotly")]
    Interactive,
}

impl Look {
    /// The scripts of pages that look so, by their sums as a Content-Security-Policy names them (`sha256-…`): for servers of
    /// such pages.
    ///
    /// # Errors
    /// [`ReportError`] as of [`Page::render`], where there is no library of charts.
    pub fn scripts(self) -> Result<Vec<String>, ReportError> {
        render::sums(self)
    }
}

impl Page {
    /// A page without sections.
    #[must_use]
    pub fn new(title: impl Into<String>, made: Made) -> Self {
        Self { title: title.into(), made, sections: Vec::new() }
    }

    /// One more section, below the others.
    pub fn push(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// The same without sections that nothing stands in.
    #[must_use]
    pub(crate) fn without_empty(mut self) -> Self {
        self.sections.retain(|section| !section.blocks.is_empty());
        self
    }

    /// Its sections.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Every chart, in the order of the page: for files of them.
    #[must_use]
    pub fn charts(&self) -> Vec<&Chart> {
        self.sections.iter().flat_map(|section| charts(&section.blocks)).collect()
    }

    /// The page as HTML: no more than [`MOST_STATIC`] or [`MOST_INTERACTIVE`] bytes. What finds no room is left out, and said.
    ///
    /// # Errors
    ///
    /// When a chart cannot be drawn.
    pub fn render(&self, look: Look) -> Result<String, ReportError> {
        render::render(self, look)
    }

    /// The page in characters, for a terminal so many columns wide: without what is shown only when it is asked for, and with
    /// the first rows of tables.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        text::text(self, width)
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// When a chart cannot be drawn, or what it is written to refuses.
    pub fn write(&self, look: Look, mut to: impl Write) -> Result<(), ReportError> {
        Ok(to.write_all(self.render(look)?.as_bytes())?)
    }
}

impl Section {
    /// A section without anything in it.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// What it is about.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What is in it.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// With something below what there is.
    #[must_use]
    pub fn with(mut self, block: impl Into<Block>) -> Self {
        self.blocks.push(block.into());
        self
    }

    /// With a sentence.
    #[must_use]
    pub fn sentence(self, sentence: impl Into<String>) -> Self {
        self.with(Block::Sentence(sentence.into()))
    }

    /// With a sentence that should not be overlooked.
    #[must_use]
    pub fn warning(self, sentence: impl Into<String>) -> Self {
        self.with(Block::Warning(sentence.into()))
    }

    /// With a number that says much, beside those before it.
    #[must_use]
    pub fn figure(mut self, name: impl Into<String>, value: f64, unit: Unit) -> Self {
        let figure = Figure::new(name, value, unit);
        match self.blocks.last_mut() {
            Some(Block::Figures(figures)) => figures.push(figure),
            _ => self.blocks.push(Block::Figures(vec![figure])),
        }
        self
    }
}

impl Figure {
    /// A number in its unit.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: Unit) -> Self {
        let (value, exact) = (unit.short(value), unit.exact(value));
        // Small counts are exact as they are.
        let says_more = exact != value && !value.starts_with(&format!("{exact} "));
        Self { name: name.into(), value, exact: says_more.then_some(exact) }
    }
}

impl From<Table> for Block {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<Chart> for Block {
    fn from(chart: Chart) -> Self {
        Self::Chart(Box::new(chart))
    }
}

impl From<Vec<Figure>> for Block {
    fn from(figures: Vec<Figure>) -> Self {
        Self::Figures(figures)
    }
}

fn charts(blocks: &[Block]) -> Vec<&Chart> {
    let all = blocks.iter().flat_map(|block| match block {
        Block::Chart(chart) => vec![&**chart],
        Block::Details(_, blocks) => charts(blocks),
        _ => Vec::new(),
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_beside_each_other_and_say_more_where_they_are_rounded() {
        let section = Section::new("s")
            .figure("Packets", 3_123.0, Unit::Count)
            .figure("Hosts", 12.0, Unit::Count)
            .figure("Bytes", 12.0, Unit::Bytes)
            .sentence("x");
        let [Block::Figures(figures), Block::Sentence(_)] = section.blocks() else { panic!() };
        let exact: Vec<_> = figures.iter().map(|figure| figure.exact.as_deref()).collect();
        assert_eq!(exact, [Some("3,123"), None, None]);
    }

    #[test]
    fn charts_inside_details_are_charts_of_the_page() {
        let bars = crate::chart::Bars::of(vec!["a".into()], vec![1.0]);
        let chart = Chart::new("inside", "", bars).unwrap();
        let details = Block::Details("more".into(), vec![chart.clone().into()]);
        let mut page = Page::new("p", Made::default());
        page.push(Section::new("s").with(details).with(chart));
        assert_eq!(page.charts().len(), 2);
    }
}
