//! From verdicts to people: what [`detect`](crate::detect) says, told by [`alert`](crate::alert) and kept by
//! [`history`](crate::history), as a [`Config`] has it.
//!
//! ```
//! use std::time::Duration;
//!
//! use netsift::detect::PathBuilder;
//! use netsift::packet::FrameSource;
//! use netsift::synth::{Generator, Scenario};
//! use netsift::watch::{Config, Watch};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("netsift-watch-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let (log, kept) = (folder.join("alerts.jsonl"), folder.join("history.db"));
//! # let text = format!("[sinks.log.json_lines]\npath = {log:?}\n[history]\npath = {kept:?}\n");
//! let config = Config::from_toml(&text)?.check()?;
//! let watch = Watch::start(&config, |notice| eprintln!("{notice}"))?;
//! let told = watch.clone();
//! let path = PathBuilder::new().start(move |verdict, alert| told.tell(verdict, alert.cloned()))?;
//! let mut traffic = Generator::new(&Scenario::new(1).packets(50_000))?;
//! let mut path = path;
//! while let Some(frame) = traffic.next_frame()? {
//!     path.push(frame);
//! }
//! path.finish();
//! let ended = watch.finish();
//! assert_eq!(ended.sinks[0].delivered, ended.groups.told);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```

mod config;
mod error;
mod example;
mod kept;
mod notice;
mod sinks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use netsift_alert::{Alert, Dispatcher, Group, GroupCounts, Grouper, Silences, SinkState, States};
use netsift_detect::Verdict;
use netsift_history::{History, HistorySettings, HistoryState};
use netsift_packet::Timestamp;

pub use config::{
    Checked, Config, Knowledge, List, Log, LogForm, MAX_CONFIG, Packets, Queues, Source,
};
pub use error::WatchError;
pub use notice::Notice;
pub use sinks::{SinkConfig, SinkKind};

/// Tells and keeps what is said of traffic. A clone is the same watch.
///
/// Nothing waits here: alerts are handed to sinks and to the history, which have threads of their own.
#[derive(Clone)]
pub struct Watch {
    states: States,
    patience: Duration,
    open: Arc<Mutex<Option<Open>>>,
}

/// Who is told of sinks and of the history.
type Notices = Arc<dyn Fn(&Notice<'_>) + Send + Sync>;

struct Open {
    silences: Silences,
    grouper: Grouper,
    dispatcher: Dispatcher,
    history: Option<History>,
}

/// What is left of a watch.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Ended {
    /// What became of alerts in their groups.
    pub groups: GroupCounts,
    /// How many of those that were told were silenced.
    pub silenced: u64,
    /// How the sinks were doing.
    pub sinks: Vec<SinkState>,
    /// How the history was doing, if there was one.
    pub history: Option<HistoryState>,
}

impl Watch {
    /// Opens sinks, queues and history. What was left in queues is delivered first.
    ///
    /// # Errors
    /// Files that cannot be opened.
    pub fn start(
        config: &Checked,
        notices: impl Fn(&Notice<'_>) + Send + Sync + 'static,
    ) -> Result<Self, WatchError> {
        let notices: Notices = Arc::new(notices);
        let of_sinks = Arc::clone(&notices);
        let mut builder = Dispatcher::builder()
            .routes(config.routes.clone())
            .notices(move |notice| of_sinks(&Notice::Sink(notice)));
        for (name, sink) in &config.sinks {
            builder = sink.add(builder, name, config.queue(name))?;
        }
        let kept = |settings: HistorySettings| {
            History::open_telling(settings, move |trouble| {
                notices(&trouble.map_or(Notice::HistoryWorks, Notice::HistoryFails));
            })
        };
        let open = Open {
            silences: Silences::new(config.silences.clone())?,
            grouper: Grouper::new(config.grouping)?,
            history: config.history.clone().map(kept).transpose()?,
            dispatcher: builder.start()?,
        };
        let states = open.dispatcher.states();
        let open = Arc::new(Mutex::new(Some(open)));
        Ok(Self { states, patience: config.patience()?, open })
    }

    /// Takes a verdict, and the alert if it is one.
    pub fn tell(&self, verdict: &Verdict, alert: Option<Alert>) {
        let mut open = self.lock();
        let Some(open) = open.as_mut() else { return };
        if let Some(history) = &open.history {
            kept::keep(verdict, alert.is_some(), &history.hand());
        }
        if let Some(alert) = alert {
            open.take(alert);
        }
    }

    /// It is this late, though nothing says so: silences end, and alerts that wait for others do so no longer.
    pub fn advance(&self, now: Timestamp) {
        if let Some(open) = self.lock().as_mut() {
            open.advance(now);
        }
    }

    /// How the sinks are doing.
    #[must_use]
    pub fn sinks(&self) -> Vec<SinkState> {
        self.states.all()
    }

    /// How the history is doing, if there is one.
    #[must_use]
    pub fn history(&self) -> Option<HistoryState> {
        self.lock().as_ref().and_then(|open| Some(open.history.as_ref()?.state()))
    }

    /// Tells what is open, and gives sinks their time to take it. Clones tell nothing more.
    #[must_use]
    pub fn finish(self) -> Ended {
        let open = self.lock().take();
        open.map_or_else(Ended::default, |open| open.finish(self.patience))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        // What panicked was a thread that told something; the next thing can be told all the same.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn take(&mut self, alert: Alert) {
        let Self { silences, grouper, dispatcher, history } = self;
        grouper.accept(alert, |group| hand_over(group, silences, dispatcher, history.as_ref()));
    }

    fn advance(&mut self, now: Timestamp) {
        let Self { silences, grouper, dispatcher, history } = self;
        grouper.advance(now.as_nanos(), |group| {
            hand_over(group, silences, dispatcher, history.as_ref());
        });
        // What was seen before its end may be told behind it.
        silences.expire(grouper.told_before(now.as_nanos()));
    }

    fn finish(self, patience: Duration) -> Ended {
        let Self { mut silences, mut grouper, dispatcher, history } = self;
        grouper.finish(|group| {
            hand_over(group, &mut silences, &dispatcher, history.as_ref());
        });
        Ended {
            groups: grouper.counts(),
            silenced: silences.silenced(),
            sinks: dispatcher.finish(patience),
            history: history.map(History::finish),
        }
    }
}

fn hand_over(
    group: Group,
    silences: &mut Silences,
    dispatcher: &Dispatcher,
    history: Option<&History>,
) {
    // What is silenced is kept: who lifts a silence wants to know what it hid.
    if let Some(history) = history {
        history.hand().alert(group.alert.clone());
    }
    if !silences.silence(&group) {
        dispatcher.tell(group);
    }
}
