//! The page, from its opening to Ctrl-C.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use netsift::capture::{QueueDepth, SourceStats};
use netsift::dashboard::{Board, Dashboard, Keeping, Mode, Refused, Settings, Vitals};
use netsift::detect::{About, Control, Counts, Verdict};
use netsift::history::HistoryState;
use netsift::serve::{WatchHouse, strange_from};
use netsift::watch::{Checked, Notice, Watch};
use serde_json::json;

use crate::detect::Onlooker;
use crate::failure::{Failure, tell, tell_facts, warn, warn_facts};
use crate::interrupt::Interrupt;
use crate::terminal::printable;
use crate::time::now;

/// After so long the page is told how it goes: no second passes without.
const NEWS: Duration = Duration::from_millis(900);
/// How often it is looked whether the run is to end.
const LOOKS: Duration = Duration::from_millis(50);

/// A page, open or not yet.
pub(super) struct Page {
    mode: Mode,
    settings: Settings,
    /// What it shows of the settings.
    shown: Checked,
    history: PathBuf,
    open: Mutex<Option<Open>>,
    /// Where it is told how things go: flows tell theirs without a lock.
    board: OnceLock<Board>,
}

struct Open {
    dashboard: Dashboard,
    watch: Option<Watch>,
    path: Option<Control>,
    last: Vitals,
    told: Option<Instant>,
}

impl Page {
    pub(super) fn new(mode: Mode, config: &Checked, shown: Checked, history: PathBuf) -> Self {
        let settings = config.dashboard.clone().unwrap_or_default();
        Self { mode, settings, shown, history, open: Mutex::default(), board: OnceLock::new() }
    }

    /// Serves from now on: what runs, or what was recorded alone.
    pub(super) fn open(&self, running: Option<(&Watch, &Control)>) -> Result<(), Failure> {
        let house = WatchHouse::new(self.mode, self.shown.clone()).refusals(refused);
        let (watch, path) = running.map(|(watch, path)| (watch.clone(), path.clone())).unzip();
        let house = match running {
            Some((watch, path)) => house.running(watch.clone(), path.clone()),
            None => house,
        };
        let dashboard = Dashboard::start(&self.settings, self.history.clone(), Arc::new(house))?;
        self.tell(&dashboard);
        self.board.get_or_init(|| dashboard.board());
        let open = Open { dashboard, watch, path, last: Vitals::default(), told: None };
        *self.lock() = Some(open);
        Ok(())
    }

    /// Ends it: nobody looks any more.
    pub(super) fn shut(&self) {
        if let Some(open) = self.lock().take() {
            open.dashboard.stop();
        }
    }

    /// Where it is, and how to get in.
    fn tell(&self, dashboard: &Dashboard) {
        let is_open = self.settings.certificate.is_none();
        let scheme = if is_open { "http" } else { "https" };
        let url = format!("{scheme}://{}/", dashboard.address());
        tell_facts(&format!("the page is at {url}"), &json!({ "url": url }));
        if let Some(token) = dashboard.new_token() {
            tell(&format!("its token, which is shown this once: {token}"));
        }
        // What does not leave the machine nobody sees; TLS is then a proxy's business.
        let is_here = self.settings.listen.ip().to_canonical().is_loopback();
        if is_open && !is_here {
            warn(
                "the page is served without TLS: who sees its packets sees the token and what it shows; see --certificate",
            );
        }
    }

    fn with_open(&self, work: impl FnOnce(&mut Open)) {
        if let Some(open) = self.lock().as_mut() {
            work(open);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Onlooker for Page {
    fn begins(&self, watch: &Watch, path: &Control) -> Result<(), Failure> {
        self.open(Some((watch, path)))
    }

    fn notice(&self, notice: &Notice<'_>) {
        if !notice.is_good() {
            self.board.get().into_iter().for_each(|board| board.trouble(&notice.to_string()));
        }
    }

    fn verdict(&self, verdict: &Verdict) {
        let is_ended = matches!(&verdict.about, About::Flow(flow) if !flow.goes_on());
        if let Some(found) = verdict.anomaly.as_ref().filter(|_| is_ended) {
            self.board.get().into_iter().for_each(|board| board.strangeness(found.quantile));
        }
    }

    fn goes(&self, counts: &Counts, stats: &SourceStats, queue: QueueDepth) {
        let vitals = vitals(counts, stats, queue);
        self.with_open(|open| open.goes(vitals));
    }

    fn stays(&self, interrupt: &Interrupt) {
        if !interrupt.is_asked() && self.mode != Mode::History {
            tell("all is judged; the page stays until Ctrl-C");
        }
        // What there is in all is told at once.
        self.with_open(|open| open.told = None);
        while !interrupt.is_asked() {
            self.with_open(|open| {
                open.goes(Vitals { batches_waiting: 0, flows_waiting: 0, ..open.last.clone() });
            });
            thread::sleep(LOOKS);
        }
        self.shut();
    }
}

impl Open {
    /// At least once a second, the page is told.
    fn goes(&mut self, vitals: Vitals) {
        let history = self.last.history.take();
        self.last = Vitals { history, ..vitals };
        if self.path.is_none() || self.told.is_some_and(|told| told.elapsed() < NEWS) {
            return;
        }
        self.told = Some(Instant::now());
        // Of a watch that has ended, what was known last stays.
        if let Some(state) = self.watch.as_ref().and_then(Watch::history) {
            self.last.history = Some(keeping(state));
        }
        let (board, at) = (self.dashboard.board(), now().as_nanos());
        board.vitals(Vitals { at, resident: resident(), ..self.last.clone() });
        let strange = self.path.as_ref().and_then(|path| strange_from(&path.setup()));
        strange.into_iter().for_each(|quantile| board.strange_from(quantile));
    }
}

fn vitals(counts: &Counts, stats: &SourceStats, queue: QueueDepth) -> Vitals {
    Vitals {
        packets: stats.frames,
        bytes: stats.captured_bytes,
        flows: counts.flows,
        alerts: counts.alerts,
        kernel_drops: stats.kernel_drops,
        interface_drops: stats.interface_drops,
        queue_drops: stats.queue_drops,
        batches_waiting: queue.waiting as u64,
        batches_room: queue.room as u64,
        flows_waiting: counts.waiting,
        ..Vitals::default()
    }
}

fn keeping(state: HistoryState) -> Keeping {
    let [lost, waiting] = [state.lost, state.waiting].map(|it| it.total());
    Keeping { lost, waiting, trouble: state.trouble }
}

/// Somebody was refused; what he sent must not move the terminal.
fn refused(refused: &Refused) {
    let Refused { client, who, status, code, asked, repeated } = refused;
    let by = who.as_deref().map(|who| format!(" as {}", printable(who))).unwrap_or_default();
    let more = if *repeated > 0 { format!(", and {repeated} times before") } else { String::new() };
    let said = format!("page: refused {client}{by}: {status} {code}: {}{more}", printable(asked));
    let facts = json!({
        "client": client.to_string(), "who": who, "status": status, "code": code, "asked": asked,
        "repeated": repeated,
    });
    warn_facts(&said, &facts);
}

/// The memory of the program, where the system tells.
fn resident() -> Option<u64> {
    let facts = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = facts.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1_024)
}
