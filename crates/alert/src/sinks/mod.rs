//! Who alerts are told to, a file each: its settings, how it is made of them, and how it takes alerts.

mod csv;
mod json_lines;
mod prometheus;
mod rotation;
mod terminal;

pub use csv::{CsvFile, CsvSettings};
pub use json_lines::{JsonLines, JsonLinesSettings};
pub use prometheus::{Prometheus, PrometheusSettings, Tally};
pub use rotation::Rotation;
pub use terminal::{Colour, Stream, Terminal, TerminalSettings};
