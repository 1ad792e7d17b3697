//! A history that is being written.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use netsift_alert::{Alert, Sink, SinkError};

use crate::queue::{Numbers, Queue};
use crate::trouble::Trouble;
use crate::writer::{Report, Writer};
use crate::{Flow, HistoryError, HistorySettings, HostScore, bounded, file};

/// A history that is being written, by a thread of its own. Who hands something over never waits for it.
///
/// When it goes, what was handed over is written first.
pub struct History {
    hand: Hand,
    report: Arc<Report>,
    writer: Option<JoinHandle<()>>,
}

/// Takes what is to be kept, and waits for nothing unless it is [patient](Self::patient): what finds no room is lost, and
/// counted in [`HistoryState::lost`]. Clones hand over to the same history.
#[derive(Clone)]
pub struct Hand {
    queue: Arc<Queue>,
    is_patient: bool,
}

/// How the writing goes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HistoryState {
    /// What is in the file.
    pub written: Numbers,
    /// What is not and never will be: it found no room, or could not be written.
    pub lost: Numbers,
    /// What waits.
    pub waiting: Numbers,
    /// What is wrong now, if something is.
    pub trouble: Option<String>,
    /// Where damaged files were put.
    pub aside: Vec<PathBuf>,
    /// How large the file is, in bytes.
    pub bytes: u64,
}

impl History {
    /// Opens a file, or makes it, and starts to write.
    ///
    /// # Errors
    /// [`HistoryError`] for a setting outside its rule, for a file that is something else, or of a newer version, or
    /// cannot be written. A damaged one is none: it is moved aside, and [`HistoryState::aside`] says where to.
    pub fn open(settings: HistorySettings) -> Result<Self, HistoryError> {
        Self::open_telling(settings, |_| ())
    }

    /// The same, and tells from its thread when something goes wrong that went well before, and with `None` when it goes
    /// well again. What goes wrong and well by turns is told once a minute.
    ///
    /// # Errors
    /// What [`open`](Self::open) says.
    pub fn open_telling(
        settings: HistorySettings,
        told: impl Fn(Option<&HistoryError>) + Send + 'static,
    ) -> Result<Self, HistoryError> {
        settings.check()?;
        let opened = file::open_or_begin(&settings.path)?;
        let (queue, report) = (Arc::new(Queue::new(settings.room)), Arc::new(Report::default()));
        report.told().aside.extend(opened.aside);
        let hand = Hand { queue: Arc::clone(&queue), is_patient: false };
        let trouble = Trouble::new(told);
        let writer = Writer::new(settings, queue, Arc::clone(&report), trouble, opened.connection);
        let thread = Builder::new().name("history".into()).spawn(move || writer.run());
        let writer = thread.map_err(|source| HistoryError::Thread { source })?;
        Ok(Self { hand, report, writer: Some(writer) })
    }

    /// Who takes what is to be kept.
    #[must_use]
    pub fn hand(&self) -> Hand {
        self.hand.clone()
    }

    /// How it goes.
    #[must_use]
    pub fn state(&self) -> HistoryState {
        let mut told = self.report.told().clone();
        told.given_up.add(self.hand.queue.refused());
        HistoryState {
            written: told.written,
            lost: told.given_up,
            waiting: self.hand.queue.waiting(),
            trouble: told.trouble,
            aside: told.aside,
            bytes: told.bytes,
        }
    }

    /// Waits until everything that was handed over so far is written or lost, but no longer than this; answers whether
    /// it is. What is written then outlives the program, however that ends.
    #[must_use]
    pub fn flush(&self, longest: Duration) -> bool {
        self.hand.queue.drained(longest)
    }

    /// Writes what waits and ends; answers how it went.
    #[must_use]
    pub fn finish(mut self) -> HistoryState {
        self.end();
        self.state()
    }

    fn end(&mut self) {
        self.hand.queue.close();
        if let Some(writer) = self.writer.take() {
            // A thread that panicked has nothing more to say.
            let _ = writer.join();
        }
    }
}

impl Hand {
    /// The same, which waits for room if it is patient, as long as the file is written: for who can wait, as captures can.
    /// While the file cannot be written it waits for nothing.
    #[must_use]
    pub fn patient(self, is_patient: bool) -> Self {
        Self { is_patient, ..self }
    }

    /// Hands over an alert, or the same one again with what is new of it.
    pub fn alert(&self, alert: Alert) {
        let _ = self.finds_room(alert);
    }

    /// Hands over a flow; with what is said of it, if something is.
    pub fn flow(&self, mut flow: Flow) {
        bounded::flow(&mut flow);
        if flow.said.is_some() {
            self.queue.verdict(flow, self.is_patient)
        } else {
            self.queue.flow(flow, self.is_patient)
        };
    }

    /// Hands over the score of a host.
    pub fn host(&self, mut host: HostScore) {
        bounded::host(&mut host);
        self.queue.host(host, self.is_patient);
    }

    fn finds_room(&self, mut alert: Alert) -> bool {
        bounded::alert(&mut alert);
        self.queue.alert(alert, self.is_patient)
    }
}

impl Sink for Hand {
    /// Takes them all or says that some found no room; those are counted as lost, and may be handed over again.
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        let refused = alerts.iter().filter(|alert| !self.finds_room((*alert).clone())).count();
        match refused {
            0 => Ok(()),
            more => {
                let (target, answer) = ("history".into(), format!("no room for {more} alerts"));
                Err(SinkError::Busy { target, answer, wait: None })
            }
        }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.end();
    }
}
