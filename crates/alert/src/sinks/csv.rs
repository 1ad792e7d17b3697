//! Alerts as rows of a table that spreadsheets open.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use csv::WriterBuilder;
use serde::{Deserialize, Serialize};

use super::rotation::{Lines, RotatedFile, Rotation};
use crate::{Alert, AlertId, Peer, Sink, SinkError, printable, time};

/// Where rows go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvSettings {
    /// The file.
    pub path: PathBuf,
    /// When it is put aside. Default: each day, or at 100 MiB.
    #[serde(default)]
    pub rotation: Rotation,
}

/// A table of alerts (RFC 4180), safe in spreadsheets: a cell that begins as formulas do has an apostrophe before it, and
/// what a terminal would obey is escaped, so that a row is a line.
#[derive(Debug)]
pub struct CsvFile {
    file: RotatedFile,
}

/// The first line of such a table. Lists are in one cell, with `; ` between.
pub const CSV_HEAD: &str = "last,first,count,level,score,what,source,source port,target,target port,protocol,service,names,evidence,reasons,action,rule,packets,id\n";
/// What spreadsheets begin formulas with; those of full width are normalised by some.
const FORMULAS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
/// What separates cells somewhere.
const ENDS: [char; 3] = [',', ';', '\t'];

const LINES: Lines = Lines { head: CSV_HEAD, is_torn };

impl CsvFile {
    /// Opens the file.
    ///
    /// # Errors
    /// [`SinkError::Setting`], or [`SinkError::File`] if it cannot be written.
    pub fn new(settings: CsvSettings) -> Result<Self, SinkError> {
        Ok(Self { file: RotatedFile::open(settings.path, settings.rotation, LINES)? })
    }
}

/// Alerts as rows of such a table, without its first line.
#[must_use]
pub fn csv_rows(alerts: &[Alert]) -> Vec<u8> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    for alert in alerts {
        let cells = cells(alert).map(|cell| safe(&cell).into_owned());
        // Writing to memory does not fail, and all rows have the same length.
        let _ = writer.write_record(&cells);
    }
    writer.into_inner().unwrap_or_default()
}

impl Sink for CsvFile {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        self.file.write(&csv_rows(alerts))
    }

    fn file(&self) -> Option<&Path> {
        Some(self.file.path())
    }
}

/// A row begins with a time and ends with a name; a cell that looks like one inside of texts has quotes around it.
fn is_torn(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let is_ours = line.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    let row = reader.records().next().and_then(Result::ok).unwrap_or_default();
    let is_whole = row.len() == CSV_HEAD.split(',').count()
        && row.iter().next_back().is_some_and(|id| id.parse::<AlertId>().is_ok());
    CSV_HEAD.starts_with(&*line) || (is_ours && !is_whole)
}

fn cells(alert: &Alert) -> [String; 19] {
    let address = |peer: Option<Peer>| peer.map(|it| it.address.to_string()).unwrap_or_default();
    let port = |peer: Option<Peer>| peer.and_then(|it| it.port).map(|port| port.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        time::rfc3339(alert.nanos),
        time::rfc3339(alert.first),
        alert.count.to_string(),
        alert.level.to_string(),
        format!("{:.1}", alert.score),
        alert.what.clone(),
        address(alert.source),
        port(alert.source).unwrap_or_default(),
        address(alert.target),
        port(alert.target).unwrap_or_default(),
        text(&alert.protocol),
        text(&alert.service),
        alert.names.join("; "),
        alert.evidence.join("; "),
        alert.reasons.join("; "),
        alert.action.to_string(),
        alert.rule.clone(),
        text(&alert.packets),
        alert.id.to_string(),
    ]
}

fn safe(cell: &str) -> Cow<'_, str> {
    match without_formulas(cell) {
        Cow::Borrowed(cell) => printable(cell),
        Cow::Owned(cell) => Cow::Owned(printable(&cell).into_owned()),
    }
}

/// A text that no spreadsheet takes for a formula, whatever it takes for the end of a cell: a quote stands before what would
/// begin one. Blanks in front do not help: some programs take them away.
#[must_use]
pub fn without_formulas(text: &str) -> Cow<'_, str> {
    let mut quotes = Vec::new();
    let mut is_start = true;
    for (place, char) in text.char_indices() {
        if is_start && FORMULAS.contains(&char) {
            quotes.push(place);
        }
        is_start = ENDS.contains(&char) || (is_start && char.is_whitespace());
    }
    if quotes.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut safe = text.to_owned();
    quotes.into_iter().rev().for_each(|place| safe.insert(place, '\''));
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::example;

    fn written(alerts: &[Alert]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.csv");
        let settings = toml::from_str(&format!("path = {:?}", path.display())).unwrap();
        CsvFile::new(settings).unwrap().accept(alerts).unwrap();
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn every_alert_is_a_row() {
        let text = written(&[example("scan", 1_790_000_000_000_000_000)]);
        let (head, row) = text.split_once('\n').unwrap();
        assert_eq!(head, CSV_HEAD.trim_end());
        let expected = "2026-09-21T14:13:20Z,2026-09-21T14:13:20Z,1,high,71.5,scan,192.0.2.7,,198.51.100.9,22,TCP,ssh,\
            mail.example,180 short connections,\"Flow Duration is 3, usually 900\",block,what is high,,";
        assert!(row.starts_with(expected), "{row}");
    }

    #[test]
    fn every_part_of_a_row_is_torn_and_the_whole_is_not() {
        let mut alert = example("a, \"b\" é", 1_790_000_000_000_000_000);
        alert.packets = Some("0123456789abcdef".into());
        let text = written(&[alert]);
        let row = text.trim_end().rsplit('\n').next().unwrap().as_bytes();
        assert!(!is_torn(row));
        (1..row.len()).for_each(|len| assert!(is_torn(&row[..len]), "{len}"));
        assert!((1..CSV_HEAD.len()).all(|len| is_torn(&CSV_HEAD.as_bytes()[..len])));
        assert!(!is_torn(b"notes of somebody"));
    }

    #[test]
    fn no_cell_is_a_formula_and_no_text_is_a_row() {
        for text in [
            "=cmd|' /C calc'!A0",
            "+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            "＝1",
            "a\nb",
            "\"",
            "a,b",
            "\u{1b}[2J",
        ] {
            let mut alert = example(text, 1);
            alert.names = vec![text.to_owned(), text.to_owned()];
            (alert.rule, alert.service) = (text.to_owned(), Some(text.to_owned()));
            let table = written(&[alert]);
            assert_eq!(table.lines().count(), 2, "{text:?}");
            let mut reader = csv::Reader::from_reader(table.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            assert_eq!(row.len(), CSV_HEAD.split(',').count());
            let cells = row.iter().flat_map(|cell| cell.split(ENDS));
            let are_texts = cells.map(str::trim_start).all(|cell| !cell.starts_with(FORMULAS));
            assert!(are_texts, "{row:?}");
            assert!(!table.chars().any(|char| char != '\n' && crate::text::is_obeyed(char)));
        }
    }
}
