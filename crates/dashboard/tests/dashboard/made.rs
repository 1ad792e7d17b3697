//! A server over a history in which attackers have written wherever they can.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use netsift_alert::{Action, Alert, AlertId, Level, Peer, Term};
use netsift_dashboard::{
    Curve, Dashboard, Drift, House, InUse, Knowledge, ListFacts, Metric, Mode, ModelFacts, Refused,
    Settings, SinkState,
};
use netsift_history::{Flow, History, HistorySettings, HostScore, Said, Volume};
use serde_json::json;

use crate::raw::{Ask, LONGEST, get};

/// What attackers write where they can.
pub(crate) const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "\u{1b}[31mred\u{202e}txt\r\nSet-Cookie: a=b",
    "'; DROP TABLE alert; --",
    "</textarea>\u{0}\u{2028}&lt;b&gt;",
];
/// The time of the first alert.
pub(crate) const BEGAN: i64 = 1_790_000_000_000_000_000;

/// A server that runs.
pub(crate) struct Running {
    pub(crate) dashboard: Option<Dashboard>,
    pub(crate) history: History,
    pub(crate) house: Arc<Noted>,
    pub(crate) settings: Settings,
    folder: tempfile::TempDir,
}

/// A house that notes what it is told.
pub(crate) struct Noted {
    pub(crate) refused: Mutex<Vec<Refused>>,
    pub(crate) packets: PathBuf,
    /// Whether captures are explored at once.
    pub(crate) explores: AtomicBool,
    /// How often a sink was tested.
    pub(crate) tested: AtomicUsize,
    /// Whether its settings keep everybody waiting.
    pub(crate) is_slow: AtomicBool,
}

impl House for Noted {
    fn mode(&self) -> Mode {
        Mode::Live
    }

    fn sinks(&self) -> Option<Vec<SinkState>> {
        let mut sink = SinkState::default();
        sink.name = "mail".into();
        sink.last_error = Some(HOSTILE[0].into());
        sink.last_failure = Some(BEGAN);
        Some(vec![sink])
    }

    fn test_sink(&self, _: &str) -> Result<(), String> {
        self.tested.fetch_add(1, Ordering::Relaxed);
        Err(HOSTILE[1].into())
    }

    fn knowledge(&self) -> Knowledge {
        let metric = || vec![Metric { name: HOSTILE[0].into(), value: f64::NAN }];
        let curve = Curve { name: "ROC".into(), points: vec![[0.0, 1.0]], ..Curve::default() };
        let drift = Drift { rows: 7, level: "none".into(), columns: metric() };
        let model = ModelFacts {
            name: HOSTILE[0].into(),
            metrics: metric(),
            curves: vec![curve],
            drift: Some(drift),
            ..ModelFacts::default()
        };
        let list = ListFacts { reasons: vec![HOSTILE[1].into()], ..ListFacts::default() };
        Knowledge { models: vec![model], lists: vec![list], policy: Some("[levels]".into()) }
    }

    fn settings(&self) -> InUse {
        while self.is_slow.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let settings = json!({ "sinks": [{ "password": { "env": "PASSWORD" } }] });
        InUse { settings, since: Some(BEGAN) }
    }

    fn packets_folder(&self) -> Option<PathBuf> {
        Some(self.packets.clone())
    }

    fn explore(&self, capture: &Path, name: &str, by: Instant) -> Result<String, String> {
        while !self.explores.load(Ordering::Relaxed) {
            if Instant::now() > by {
                return Err("too slow".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        match std::fs::read(capture).map_err(|error| error.to_string())?.as_slice() {
            b"panic" => panic!("on purpose"),
            b"broken" => Err(HOSTILE[0].into()),
            bytes => Ok(format!("<!doctype html><p>{name}: {} bytes", bytes.len())),
        }
    }

    fn refused(&self, refused: &Refused) {
        self.refused.lock().unwrap().push(refused.clone());
    }
}

impl Running {
    /// On loopback, where nobody logs in.
    pub(crate) fn start() -> Self {
        Self::with(|settings| settings)
    }

    /// With settings of its own.
    pub(crate) fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let packets = folder.path().join("packets");
        std::fs::create_dir(&packets).unwrap();
        std::fs::write(packets.join("a.pcap"), "packets").unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        let history = History::open(HistorySettings::new(folder.path().join("h.db"))).unwrap();
        filled(&history);
        let settings = change(Settings::default().listen(([127, 0, 0, 1], 0).into()));
        let house = Arc::new(Noted {
            refused: Mutex::default(),
            packets,
            explores: true.into(),
            tested: 0.into(),
            is_slow: false.into(),
        });
        let mut running = Self { dashboard: None, history, house, settings, folder };
        running.restart();
        running
    }

    /// Where everybody has to log in.
    pub(crate) fn guarded() -> (Self, String) {
        let running = Self::with(|settings| settings.login(true));
        let token = running.dashboard.as_ref().unwrap().new_token().unwrap().to_owned();
        (running, token)
    }

    pub(crate) fn restart(&mut self) {
        drop(self.dashboard.take());
        self.dashboard = Some(self.beside());
    }

    /// One more server of the same history.
    pub(crate) fn beside(&self) -> Dashboard {
        let (path, house) = (self.folder.path().join("h.db"), Arc::clone(&self.house));
        Dashboard::start(&self.settings, path, house).unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.dashboard.as_ref().unwrap().address()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What pages send along where nobody logs in.
    pub(crate) fn csrf(&self) -> String {
        let session = get("/api/v1/session").send(self.address()).json();
        session["csrf"].as_str().unwrap().to_owned()
    }

    /// As a page of this server asks.
    pub(crate) fn as_page(&self, ask: Ask) -> Ask {
        ask.header("X-Netsift-Csrf", &self.csrf()).header("Sec-Fetch-Site", "same-origin")
    }

    /// The codes of what was refused since this was asked last.
    pub(crate) fn refused(&self) -> Vec<(u16, &'static str)> {
        let refused = std::mem::take(&mut *self.house.refused.lock().unwrap());
        refused.iter().map(|it| (it.status, it.code)).collect()
    }

    /// Waits for something to be refused.
    pub(crate) fn awaits(&self, code: &str) {
        let is_there = || self.house.refused.lock().unwrap().iter().any(|it| it.code == code);
        awaits(is_there, code);
    }
}

/// Waits for something.
pub(crate) fn awaits(is_so: impl Fn() -> bool, what: &str) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LONGEST, "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An alert of this number, with texts of attackers.
pub(crate) fn alert(number: i64) -> Alert {
    let hostile = HOSTILE[number.unsigned_abs() as usize % HOSTILE.len()];
    let nanos = BEGAN + number * 1_000_000_000;
    let source = Some(Peer { address: host(number), port: Some(40_000) });
    let target = Some(Peer { address: [198, 51, 100, 9].into(), port: Some(22) });
    Alert {
        id: AlertId::of(nanos, hostile, [source, target]),
        nanos,
        first: nanos,
        count: 3,
        level: Level::High,
        score: 71.5,
        host: Some(40.0),
        what: hostile.into(),
        source,
        target,
        protocol: Some("TCP".into()),
        service: Some(hostile.into()),
        names: vec![hostile.into()],
        terms: vec![Term { of: "model".into(), says: hostile.into(), risk: 0.7 }],
        reasons: vec![hostile.into()],
        evidence: vec![hostile.into()],
        packets: match number {
            0 => Some("a.pcap".into()),
            1 => Some("../secret".into()),
            _ => None,
        },
        action: Action::Watch,
        rule: hostile.into(),
    }
}

fn host(number: i64) -> IpAddr {
    [192, 0, 2, (number % 200) as u8].into()
}

fn filled(history: &History) {
    let hand = history.hand();
    for number in 0..12 {
        let alert = alert(number);
        let (source, target) = (alert.source.unwrap(), alert.target.unwrap());
        hand.host(HostScore { address: source.address, nanos: alert.nanos, score: 40.0 });
        let said = Said {
            class: Some(alert.what.clone()),
            probability: Some(0.9),
            quantile: Some(0.99),
            score: 71.5,
            level: Some(Level::High),
        };
        hand.flow(Flow {
            first: alert.nanos - 1_000_000,
            last: alert.nanos,
            source,
            target,
            protocol: "TCP".into(),
            service: Some("ssh".into()),
            names: alert.names.clone(),
            sent: Volume { packets: 20, bytes: 2_100 },
            received: Volume { packets: 21, bytes: 4_000 },
            said: Some(said),
        });
        hand.alert(alert);
    }
    assert!(history.flush(Duration::from_secs(20)));
}
