//! Alerts for people, or as JSON lines.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use netsift::alert::sinks::{Terminal, TerminalSettings};
use netsift::alert::{Alert, Grouper, Grouping, harmless_json};
use netsift::packet::Timestamp;
use netsift::watch::WatchError;

use crate::failure::{Failure, warn};

/// Prints alerts: for people few of many, as JSON each.
pub(super) struct Printer {
    grouper: Option<Grouper>,
    out: Out,
}

/// Where alerts are printed.
struct Out {
    form: Form,
    printed: Arc<Printed>,
    /// Whether the last was not written, or only its beginning.
    is_torn: bool,
}

#[derive(Clone, Copy)]
enum Form {
    Json,
    Lines { has_colours: bool },
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
        Self { grouper: None, out: Out { form: Form::Json, printed, is_torn: false } }
    }

    /// Lines for people, of alerts that somebody made few.
    pub(super) fn for_people(printed: Arc<Printed>) -> Self {
        let form = Form::Lines { has_colours: TerminalSettings::default().has_colours() };
        Self { grouper: None, out: Out { form, printed, is_torn: false } }
    }

    /// What is the same is printed once, and again with its count while it grows.
    pub(super) fn grouped(mut self) -> Result<Self, Failure> {
        self.grouper = Some(Grouper::new(Grouping::default()).map_err(WatchError::from)?);
        Ok(self)
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
        let text = match self.form {
            Form::Json => harmless_json(alert) + "\n",
            Form::Lines { has_colours } => Terminal::lines(alert, has_colours),
        };
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
