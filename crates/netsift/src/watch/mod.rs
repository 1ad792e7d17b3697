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

mod allowed;
#[cfg(feature = "arbitrary")]
mod arbitrary;
mod config;
mod error;
mod example;
mod faults;
mod kept;
mod lookout;
mod notice;
mod place;
mod reach;
mod sinks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use netsift_alert::{
    Alert, Dispatcher, Group, GroupCounts, Grouper, Silence, Silences, SinkState, States,
};
use netsift_detect::lists::AllowList;
use netsift_detect::{Control, Verdict};
use netsift_history::{
    Allowance, Hand, Held, History, HistorySettings, HistoryState, SilenceRecord,
};
use netsift_packet::Timestamp;

use crate::clock::now;

pub use config::{
    Checked, Config, Knowledge, List, Log, LogForm, MAX_CONFIG, Packets, Queues, Source,
};
pub use error::WatchError;
pub use faults::{Fault, Looked};
use lookout::Lookout;
pub use notice::{LeftOut, Notice};
pub use sinks::{SinkConfig, SinkKind};

/// Tells and keeps what is said of traffic. A clone is the same watch.
///
/// Nothing waits here, unless it was started [patient](Self::start_patient): alerts are handed to sinks and to the history,
/// which have threads of their own.
#[derive(Clone)]
pub struct Watch {
    states: States,
    patience: Duration,
    open: Arc<Mutex<Option<Open>>>,
    /// What it goes by since it was started, and since when.
    changed: Arc<Mutex<Option<(i64, Config)>>>,
}

/// Who is told of sinks and of the history.
type Notices = Arc<dyn Fn(&Notice<'_>) + Send + Sync>;

struct Open {
    /// As it was started: what cannot change while it runs is as it says.
    started: Config,
    /// Those of the configuration, and those that the history has.
    silences: Silences,
    configured: Vec<Silence>,
    kept: Wishes,
    /// What the history allows, and the path that goes by it.
    allowed: AllowList,
    path: Option<Control>,
    /// Who looks into the history for that.
    lookout: Option<Lookout>,
    grouper: Grouper,
    dispatcher: Dispatcher,
    history: Option<History>,
    hand: Option<Hand>,
    /// Who hears what is told as soon as it is.
    heard: Option<Heard>,
}

type Heard = Box<dyn FnMut(&Alert) + Send>;

/// What people ask for while it runs, as it stands in the history.
#[derive(Default)]
struct Wishes {
    /// Those that hold, and those that ended so lately that what was seen before may be untold.
    silences: Vec<SilenceRecord>,
    /// Of these, the numbers of those that hold.
    holding: Vec<i64>,
    /// Those that find no room beside the others.
    crowded_out: Vec<LeftOut>,
    allowances: Vec<Allowance>,
    /// Those that cannot be.
    refused: Vec<LeftOut>,
}

/// How many hold now, of those that are others than before; and which do not, though somebody asked for them.
#[derive(Default)]
struct TakenUp {
    silences: Option<usize>,
    allowances: Option<usize>,
    left_out: Vec<LeftOut>,
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
        Self::open(config, Arc::new(notices), false)
    }

    /// The same for captures that can wait: whoever tells a verdict waits for room in the memory of sinks of this machine and of
    /// the history, as long as they take what they are given. For those that fail, or are out of reach, nobody waits.
    ///
    /// # Errors
    /// Files that cannot be opened.
    pub fn start_patient(
        config: &Checked,
        notices: impl Fn(&Notice<'_>) + Send + Sync + 'static,
    ) -> Result<Self, WatchError> {
        Self::open(config, Arc::new(notices), true)
    }

    fn open(config: &Checked, notices: Notices, is_patient: bool) -> Result<Self, WatchError> {
        let of_sinks = Arc::clone(&notices);
        let mut builder = Dispatcher::builder()
            .routes(config.routes.clone())
            .patient(is_patient)
            .notices(move |notice| of_sinks(&Notice::Sink(notice)));
        for (name, sink) in &config.sinks {
            builder = sink.add(builder, name, config.queue(name))?;
        }
        let of_history = Arc::clone(&notices);
        let kept = |settings: HistorySettings| {
            History::open_telling(settings, move |trouble| {
                of_history(&trouble.map_or(Notice::HistoryWorks, Notice::HistoryFails));
            })
        };
        let history = config.history.clone().map(kept).transpose()?;
        let open = Open {
            started: Config::clone(config),
            silences: Silences::new(config.silences.clone())?,
            configured: config.silences.clone(),
            kept: Wishes::default(),
            allowed: AllowList::default(),
            path: None,
            lookout: None,
            grouper: Grouper::new(config.grouping)?,
            hand: history.as_ref().map(|history| history.hand().patient(is_patient)),
            history,
            dispatcher: builder.start()?,
            heard: None,
        };
        let states = open.dispatcher.states();
        let (patience, open) = (config.patience()?, Arc::new(Mutex::new(Some(open))));
        let watch = Self { states, patience, open, changed: Arc::default() };
        if let Some(history) = &config.history {
            let lookout = Lookout::start(&history.path, Arc::downgrade(&watch.open), notices)?;
            if let Some(open) = watch.lock().as_mut() {
                open.lookout = Some(lookout);
            }
        }
        Ok(watch)
    }

    /// From here on goes by the silences, routes, levels, classes and limits of another configuration: by all of them, or if
    /// one cannot be, by those before. What waits for sinks goes on waiting. Answers what else is other than it was at the
    /// start, and stays as it was: `knowledge`, `sinks.mail`.
    ///
    /// # Errors
    /// What cannot be; nothing is changed then.
    pub fn change(&self, config: &Checked) -> Result<Vec<String>, WatchError> {
        let mut open = self.lock();
        let Some(open) = open.as_mut() else { return Ok(Vec::new()) };
        let (silences, crowded_out) = all_silences(&config.silences, &open.kept.silences)?;
        let is_open = |name: &String| open.started.sinks.contains_key(name);
        let named = config.sinks.iter().filter(|(name, _)| is_open(name));
        let deliveries: Vec<_> =
            named.map(|(name, sink)| (name.as_str(), sink.delivery.clone())).collect();
        open.dispatcher.change(&config.routes, &deliveries)?;
        open.silences.replace(silences);
        open.kept.crowded_out = crowded_out;
        open.configured.clone_from(&config.silences);
        *lock(&self.changed) = Some((now(), Config::clone(config)));
        Ok(open.started.differs(config))
    }

    /// Brings a configuration of its start up to what it goes by now; answers when that changed last, in nanoseconds since
    /// 1970, and nothing if it never did.
    pub fn bring_up(&self, config: &mut Config) -> Option<i64> {
        let changed = lock(&self.changed);
        let (since, other) = changed.as_ref()?;
        config.follow(other);
        Some(*since)
    }

    /// Has a path allow what people allow in the history, beside its policy: what is there now, and from here on, within
    /// seconds, what they allow or take back.
    pub fn guide(&self, path: Control) {
        if let Some(open) = self.lock().as_mut() {
            path.allow(open.allowed.clone());
            open.path = Some(path);
        }
    }

    /// Tells somebody of this program, too, what sinks are told whatever their routes are, as soon as it is: a terminal that is
    /// none of the sinks.
    pub fn hear(&self, heard: impl FnMut(&Alert) + Send + 'static) {
        if let Some(open) = self.lock().as_mut() {
            open.heard = Some(Box::new(heard));
        }
    }

    /// Takes a verdict, and the alert if it is one.
    pub fn tell(&self, verdict: &Verdict, alert: Option<Alert>) {
        let mut open = self.lock();
        let Some(open) = open.as_mut() else { return };
        if let Some(hand) = &open.hand {
            kept::keep(verdict, alert.is_some(), hand);
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
        let mut open = self.lock().take();
        // It may be waiting for the lock that was just given back: it ends before the history does.
        drop(open.as_mut().and_then(|open| open.lookout.take()));
        open.map_or_else(Ended::default, |open| open.finish(self.patience))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        lock(&self.open)
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // What panicked was a thread that told something; the next thing can be told all the same.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was seen before then is told by now: what silences it holds until then.
fn told_before(open: &Mutex<Option<Open>>, now: i64) -> i64 {
    lock(open).as_ref().map_or(now, |open| open.grouper.told_before(now))
}

/// From here on goes by these silences of the history, beside those of the configuration, and by these allowances. One that
/// cannot be takes no other with it.
fn take_up(
    open: &Mutex<Option<Open>>,
    silences: Held<SilenceRecord>,
    allowances: Held<Allowance>,
    now: i64,
) -> Result<TakenUp, WatchError> {
    let mut open = lock(open);
    let Some(open) = open.as_mut() else { return Ok(TakenUp::default()) };
    let mut news = TakenUp::default();
    if open.kept.allowances != allowances.rows {
        (open.allowed, open.kept.refused) = allowed::list(&allowances.rows)?;
        open.path.iter().for_each(|path| path.allow(open.allowed.clone()));
        news.allowances = Some(open.allowed.entries().len());
        open.kept.allowances = allowances.rows;
    }
    if open.kept.silences != silences.rows {
        let (all, crowded_out) = all_silences(&open.configured, &silences.rows)?;
        open.silences.replace(all);
        (open.kept.silences, open.kept.crowded_out) = (silences.rows, crowded_out);
    }
    let kept = &open.kept;
    let holds =
        |record: &&SilenceRecord| record.silence.until > now && !kept.is_crowded_out(record);
    let holding: Vec<i64> = kept.silences.iter().filter(holds).map(|it| it.id).collect();
    news.left_out = LeftOut::unread("silence", &silences.unreadable)
        .chain(LeftOut::unread("allowance", &allowances.unreadable))
        .chain(kept.crowded_out.iter().chain(&kept.refused).cloned())
        .collect();
    if kept.holding != holding {
        news.silences = Some(holding.len());
        open.kept.holding = holding;
    }
    Ok(news)
}

/// What is not told, whoever says so, and which of those that are kept find no room.
fn all_silences(
    configured: &[Silence],
    kept: &[SilenceRecord],
) -> Result<(Silences, Vec<LeftOut>), WatchError> {
    let mut all = Silences::new(configured.to_vec())?;
    let refused = |record: &SilenceRecord| {
        let error = all.add(record.silence.clone()).err()?;
        Some(LeftOut::new("silence", record.id, &error))
    };
    let crowded_out = kept.iter().filter_map(refused).collect();
    Ok((all, crowded_out))
}

impl Wishes {
    fn is_crowded_out(&self, record: &SilenceRecord) -> bool {
        self.crowded_out.iter().any(|it| it.id == record.id)
    }
}

impl Open {
    fn parts(&mut self) -> (&mut Grouper, Told<'_>) {
        let Self { silences, grouper, dispatcher, hand, heard, .. } = self;
        (grouper, Told { silences, dispatcher, hand: hand.as_ref(), heard: heard.as_mut() })
    }

    fn take(&mut self, alert: Alert) {
        let (grouper, mut told) = self.parts();
        grouper.accept(alert, |group| told.take(group));
    }

    fn advance(&mut self, now: Timestamp) {
        let (grouper, mut told) = self.parts();
        grouper.advance(now.as_nanos(), |group| told.take(group));
        // What was seen before its end may be told behind it.
        told.silences.expire(grouper.told_before(now.as_nanos()));
    }

    fn finish(mut self, patience: Duration) -> Ended {
        let (grouper, mut told) = self.parts();
        grouper.finish(|group| told.take(group));
        let Self { silences, grouper, dispatcher, history, .. } = self;
        Ended {
            groups: grouper.counts(),
            silenced: silences.silenced(),
            sinks: dispatcher.finish(patience),
            history: history.map(History::finish),
        }
    }
}

/// Where alerts go once they are few.
struct Told<'a> {
    silences: &'a mut Silences,
    dispatcher: &'a Dispatcher,
    hand: Option<&'a Hand>,
    heard: Option<&'a mut Heard>,
}

impl Told<'_> {
    fn take(&mut self, group: Group) {
        // What is silenced is kept: who lifts a silence wants to know what it hid.
        if let Some(hand) = self.hand {
            hand.alert(group.alert.clone());
        }
        if self.silences.silence(&group) {
            return;
        }
        if let Some(heard) = &mut self.heard {
            heard(&group.alert);
        }
        self.dispatcher.tell(group);
    }
}
