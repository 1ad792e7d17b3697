//! What a person reads of network traffic: captures, tables and models in numbers, charts, tables and one self-contained HTML
//! page.
//!
//! An [`Explorer`] says how captures are explored: frames in, [`CaptureNumbers`] out, which are plain data for a page, a
//! terminal or JSON.
//!
//! ```
//! use netsift_packet::FrameSource;
//! use netsift_report::Explorer;
//! use netsift_synth::{Generator, Scenario};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut exploration = Explorer::new().start()?;
//! let mut traffic = Generator::new(&Scenario::new(1).packets(5_000))?;
//! while let Some(frame) = traffic.next_frame()? {
//!     exploration.push(frame);
//! }
//! let numbers = exploration.finish();
//! assert_eq!(numbers.frames.all.packets, 5_000);
//! for host in &numbers.sources.by_bytes {
//!     println!("{} sent {} bytes", host.address, host.sent.bytes);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`TableExplorer`] does the same for tables: a `Dataset` in, [`TableNumbers`] out, with a page of their own.
//! An [`Evaluator`] asks models about rows whose classes are known: how right they are, where not, and why is an
//! [`Evaluation`], which has a page too.
//!
//! # Pages
//! A [`Page`] has sections of sentences, key figures, [`Table`]s and [`Chart`]s. All of them are plain data, so that a page is
//! made from numbers that are there anyhow. [`Page::render`] makes one HTML file of it: it opens from disk and needs no
//! network, follows light and dark, fits a phone and a sheet of paper, and tells its charts in words and numbers too. A chart
//! alone is an SVG ([`Chart::svg`]), a PNG (feature `png`) or lines of characters ([`Chart::text`]).
//!
//! ```
//! use netsift_report::{Axis, Bars, Chart, Look, Made, Page, Section, Unit};
//!
//! # fn main() -> Result<(), netsift_report::ReportError> {
//! let bars = Bars::of(vec!["dns".into(), "<script>".into()], vec![120.0, 3.0]);
//! let services = Chart::new("Services", "Flows by service.", bars)?.x(Axis::new("flows", Unit::Count));
//!
//! let mut page = Page::new("office.pcap", Made { program: "netsift 0.1.0".into(), ..Made::default() });
//! page.push(Section::new("Overview").figure("Packets", 3_123.0, Unit::Count).with(services));
//! let html = page.render(Look::Static)?;
//! assert!(html.contains("&lt;script&gt;"));
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//!
//! - **Text is text.** Names of hosts and whatever else comes from captures is escaped by what writes it; nobody can forget
//!   to. What would steer a terminal or turn the direction of text stands as its code.
//! - **A page stays small**: [`MOST_STATIC`] bytes with drawings, [`MOST_INTERACTIVE`] with interactive charts, whatever it
//!   is made of. Charts and tables have bounds of their own, and each says what it left out.
//! - **Nothing is loaded**: the page forbids it to itself by a Content-Security-Policy, and allows only its own scripts.
//! - **Colours** are told apart by people who see few of them, and have the contrast that WCAG 2 asks for in both modes.

mod characters;
mod chart;
mod error;
mod evaluate;
mod explore;
mod number;
mod page;
mod pages;
mod shown;
mod table;
mod tables;

pub use chart::{
    Axis, Bars, Boxes, Chart, Heat, Histogram, Kind, Lines, MOST_BINS, MOST_CELLS, MOST_DOTS,
    MOST_NAMES, MOST_POINTS, MOST_ROW_DOTS, MOST_SERIES, Quantiles, Row, Scatter, Series, Span,
    Swarm,
};
pub use error::ReportError;
pub use evaluate::*;
pub use explore::*;
pub use number::{NO_NUMBER, Unit};
pub use page::{
    Block, Figure, Input, Look, MOST_INTERACTIVE, MOST_STATIC, Made, Page, Section, Summed, Sums,
};
pub use shown::{MOST_NAME, MOST_TEXT, shown};
pub use table::{Cell, Column, MOST_COLUMNS, MOST_ROWS, Table};
pub use tables::{
    CellNumbers, ClassNumbers, ColumnNumbers, CorrelationNumbers, EqualNumbers, LabelNumbers,
    PairNumbers, TableExplorer, TableNumbers,
};
