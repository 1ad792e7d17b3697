//! Alerts for people, or as JSON lines.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use netsift::alert::{Alert, Level, Peer};
use netsift::packet::Timestamp;

use crate::failure::warn;
use crate::terminal::printable;
use crate::time::shown;

/// Prints alerts as they come.
pub(super) struct Printer {
    as_json: bool,
    printed: Arc<Printed>,
    /// Whether the last was not written, or only its beginning.
    is_torn: bool,
}

/// What became of what was to be printed.
#[derive(Default)]
pub(super) struct Printed {
    is_over: AtomicBool,
    lost: AtomicU64,
}

impl Printed {
    /// Whether nobody reads any more.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// How many alerts could not be written for another reason.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Printer {
    pub(super) fn new(as_json: bool, printed: Arc<Printed>) -> Self {
        Self { as_json, printed, is_torn: false }
    }

    /// A disk that is full may have room again: only who has gone away ends the run.
    pub(super) fn print(&mut self, alert: &Alert) {
        let text = if self.as_json { json(alert) } else { lines(alert) };
        let written = self.write(&text);
        self.is_torn = written.is_err();
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.printed.end(),
            Err(error) => {
                if self.printed.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                    warn(&format!("alerts cannot be written: {error}; detection goes on"));
                }
            }
        }
    }

    /// Behind a line that may have been cut off, on one of its own.
    fn write(&self, text: &str) -> io::Result<()> {
        let begin = if self.is_torn { "\n" } else { "" };
        let mut out = io::stdout().lock();
        out.write_all(format!("{begin}{text}").as_bytes())?;
        out.flush()
    }
}

fn json(alert: &Alert) -> String {
    // Every field of an alert has a form in JSON.
    serde_json::to_string(alert).map_or_else(|_| String::new(), |line| line + "\n")
}

/// A line, and below it what it rests on.
fn lines(alert: &Alert) -> String {
    let peer = |peer: Option<Peer>| peer.map_or_else(|| "many".to_owned(), |it| it.to_string());
    let time = shown(Timestamp::from_nanos(alert.nanos));
    let width = Level::ALL.iter().map(|level| level.name().len()).max().unwrap_or(0);
    let mut text = format!(
        "{time}  {:<width$} {:>3.0}  {}  {} -> {}",
        alert.level,
        alert.score,
        alert.what,
        peer(alert.source),
        peer(alert.target),
    );
    for fact in [&alert.protocol, &alert.service].into_iter().flatten() {
        text += &format!(" {fact}");
    }
    text += &format!("  {}: {}\n", alert.action, alert.rule);
    let risks = alert
        .terms
        .iter()
        .skip(1)
        .map(|term| format!("also {} {}: {:.0} %", term.of, term.says, term.risk * 100.0));
    let names = alert.names.iter().map(|name| format!("name {name}"));
    let evidence = alert.evidence.iter().cloned();
    let packets = alert.packets.iter().map(|file| format!("packets in {file}"));
    let reasons = alert.reasons.iter().cloned();
    for line in evidence.chain(names).chain(reasons).chain(risks).chain(packets) {
        text += &format!("    {}\n", printable(&line));
    }
    // What attackers wrote must not move the terminal.
    text.split_inclusive('\n').map(safe).collect()
}

fn safe(line: &str) -> String {
    match line.strip_suffix('\n') {
        Some(line) => printable(line).into_owned() + "\n",
        None => printable(line).into_owned(),
    }
}
