//! Alerts for people, or as JSON lines.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netsift::alert::{Alert, Level, Peer};
use netsift::packet::Timestamp;

use crate::failure::tell;
use crate::terminal::printable;
use crate::time::shown;

/// Prints alerts as they come.
pub(super) struct Printer {
    as_json: bool,
    /// Set when nobody reads any more.
    is_over: Arc<AtomicBool>,
}

impl Printer {
    pub(super) fn new(as_json: bool, is_over: Arc<AtomicBool>) -> Self {
        Self { as_json, is_over }
    }

    pub(super) fn print(&mut self, alert: &Alert) {
        let text = if self.as_json { json(alert) } else { lines(alert) };
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
            && !self.is_over.swap(true, Ordering::Relaxed)
            && error.kind() != ErrorKind::BrokenPipe
        {
            tell(&format!("alerts cannot be written: {error}"));
        }
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
