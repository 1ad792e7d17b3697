//! Alerts for people, or as JSON lines.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use netsift::alert::{Alert, Grouper, Grouping, Level, Peer};
use netsift::packet::Timestamp;
use netsift::watch::WatchError;

use crate::failure::{Failure, warn};
use crate::terminal::printable;
use crate::time::shown;

/// Prints alerts: for people few of many, as JSON each.
pub(super) struct Printer {
    grouper: Option<Grouper>,
    out: Out,
}

/// Where alerts are printed.
struct Out {
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
    /// Every alert, as an object a line.
    pub(super) fn as_json(printed: Arc<Printed>) -> Self {
        Self { grouper: None, out: Out { as_json: true, printed, is_torn: false } }
    }

    /// Lines for people: what is the same is printed once, and again with its count while it grows.
    pub(super) fn for_people(grouping: Grouping, printed: Arc<Printed>) -> Result<Self, Failure> {
        let grouper = Grouper::new(grouping).map_err(WatchError::from)?;
        Ok(Self { grouper: Some(grouper), out: Out { as_json: false, printed, is_torn: false } })
    }

    pub(super) fn print(&mut self, alert: &Alert) {
        let Self { grouper, out } = self;
        match grouper {
            Some(grouper) => grouper.accept(alert.clone(), |group| out.print(&group.alert)),
            None => out.print(alert),
        }
    }

    /// It is this late: what has grown is printed though nothing more comes of it.
    pub(super) fn advance(&mut self, now: Timestamp) {
        let Self { grouper, out } = self;
        if let Some(grouper) = grouper {
            grouper.advance(now.as_nanos(), |group| out.print(&group.alert));
        }
    }
}

impl Drop for Printer {
    /// What was counted and not printed yet.
    fn drop(&mut self) {
        let Self { grouper, out } = self;
        if let Some(grouper) = grouper {
            grouper.finish(|group| out.print(&group.alert));
        }
    }
}

impl Out {
    /// A disk that is full may have room again: only who has gone away ends the run.
    fn print(&mut self, alert: &Alert) {
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
    let times = (alert.count > 1).then(|| {
        format!("{} times since {}", alert.count, shown(Timestamp::from_nanos(alert.first)))
    });
    let risks = alert
        .terms
        .iter()
        .skip(1)
        .map(|term| format!("also {} {}: {:.0} %", term.of, term.says, term.risk * 100.0));
    let names = alert.names.iter().map(|name| format!("name {name}"));
    let evidence = alert.evidence.iter().cloned();
    let packets = alert.packets.iter().map(|file| format!("packets in {file}"));
    let reasons = alert.reasons.iter().cloned();
    for line in
        times.into_iter().chain(evidence).chain(names).chain(reasons).chain(risks).chain(packets)
    {
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
