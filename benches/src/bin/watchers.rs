//! What many who watch cost: `watchers [--seconds N] [--streams N] [--pages N] [--flows N] [--alerts N]` writes so many verdicts and
//! alerts a second into a history, as detection does, while so many streams are read and one is not. Behind some of the streams
//! are pages, which ask for the list of alerts anew when there are more. It fails if anything is lost, if somebody hears nothing
//! for much longer than the second after which there is news, if a page gets no list, or if memory grows.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use netsift_alert::{Action, Alert, AlertId, Level, Peer};
use netsift_dashboard::{Board, Dashboard, House, Settings, Vitals};
use netsift_history::{Flow, Hand, History, HistorySettings, Said, Volume};

const SECONDS: u64 = 60;
const STREAMS: usize = 200;
/// So many of them are of pages that show the list of alerts.
const PAGES: usize = 20;
const FLOWS: u64 = 10_000;
const ALERTS: u64 = 100;
/// Detection hands over what it has so often.
const TICK: Duration = Duration::from_millis(20);
/// How things go is told so often, as the program does.
const NEWS: Duration = Duration::from_millis(900);
/// Nobody who watches waits longer.
const LONGEST: Duration = Duration::from_millis(1_200);
/// A page asks no sooner for the list anew.
const RENEWED: Duration = Duration::from_millis(1_500);
/// From the middle to the end memory may grow by so much: caches of SQLite fill by and by.
const GROWTH: f64 = 1.2;

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::new()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("history.db");
    let history = History::open(HistorySettings::new(&path))?;
    let settings = Settings::default().listen(([127, 0, 0, 1], 0).into());
    let dashboard = Dashboard::start(&settings, path, Arc::new(Nobody))?;
    // It asks for events, and never reads one.
    let mut deaf = TcpStream::connect(dashboard.address())?;
    deaf.write_all(request(dashboard.address()).as_bytes())?;
    let watchers = Arc::new(Watchers::default());
    let watching: Vec<_> = (0..asked.streams)
        .map(|number| watchers.begin(dashboard.address(), number < asked.pages))
        .collect::<Result<_, _>>()?;
    let ran = run(&asked, &history.hand(), &dashboard.board());
    watchers.ends.store(true, Ordering::Relaxed);
    dashboard.stop();
    watching.into_iter().for_each(|it| drop(it.join()));
    let lost = history.finish().lost.total();
    let gap = Duration::from_millis(watchers.longest_gap.load(Ordering::Relaxed));
    let [heard, lists, refused] =
        [&watchers.heard, &watchers.lists, &watchers.refused].map(|it| it.load(Ordering::Relaxed));
    let slowest = watchers.slowest_list.load(Ordering::Relaxed);
    println!(
        "{} s, {} streams, {} flows and {} alerts a second: {heard} events heard, the longest wait {} ms, {} pages got {lists} lists, \
         the slowest in {slowest} ms, and {refused} none; {lost} lost, detection kept waiting {} ms at most, resident {} MB in the \
         middle and {} MB at the end",
        asked.seconds,
        asked.streams,
        asked.flows,
        asked.alerts,
        gap.as_millis(),
        asked.pages,
        ran.longest_tick.as_millis(),
        ran.middle >> 20,
        ran.end >> 20,
    );
    if lost > 0 {
        return Err("something was lost".into());
    }
    if refused > 0 || (lists == 0 && asked.pages > 0) {
        return Err("a page got no list".into());
    }
    if gap > LONGEST || heard < asked.streams as u64 * asked.seconds.saturating_sub(2) {
        return Err("somebody who watches was kept waiting".into());
    }
    if ran.end as f64 > ran.middle as f64 * GROWTH {
        return Err("memory grows".into());
    }
    Ok(())
}

struct Nobody;
impl House for Nobody {}

struct Asked {
    seconds: u64,
    streams: usize,
    pages: usize,
    flows: u64,
    alerts: u64,
}

impl Asked {
    fn new() -> Result<Self, Box<dyn Error>> {
        let mut asked =
            Self { seconds: SECONDS, streams: STREAMS, pages: PAGES, flows: FLOWS, alerts: ALERTS };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let value: u64 = arguments.next().ok_or("how many?")?.parse()?;
            match argument.as_str() {
                "--seconds" => asked.seconds = value,
                "--streams" => asked.streams = value as usize,
                "--pages" => asked.pages = value as usize,
                "--flows" => asked.flows = value,
                "--alerts" => asked.alerts = value,
                _ => return Err(format!("what is {argument}?").into()),
            }
        }
        Ok(asked)
    }
}

/// Those who watch, together.
#[derive(Default)]
struct Watchers {
    heard: AtomicU64,
    /// In milliseconds, between two seconds that were told.
    longest_gap: AtomicU64,
    lists: AtomicU64,
    refused: AtomicU64,
    /// In milliseconds.
    slowest_list: AtomicU64,
    ends: AtomicBool,
}

impl Watchers {
    fn begin(
        self: &Arc<Self>,
        to: SocketAddr,
        is_page: bool,
    ) -> std::io::Result<thread::JoinHandle<()>> {
        let mut stream = TcpStream::connect(to)?;
        stream.write_all(request(to).as_bytes())?;
        let watchers = Arc::clone(self);
        let thread = thread::Builder::new().stack_size(256 << 10);
        thread.spawn(move || watchers.watch(BufReader::new(stream), is_page.then_some(to)))
    }

    fn watch(self: &Arc<Self>, mut lines: BufReader<TcpStream>, asks: Option<SocketAddr>) {
        let (mut line, mut last, mut renewed) = (String::new(), None::<Instant>, None::<Instant>);
        while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
            if line == "event: vitals\n" && !self.ends.load(Ordering::Relaxed) {
                let gap = last.replace(Instant::now()).map_or(Duration::ZERO, |it| it.elapsed());
                self.longest_gap.fetch_max(gap.as_millis() as u64, Ordering::Relaxed);
                self.heard.fetch_add(1, Ordering::Relaxed);
            }
            if line == "event: alerts\n"
                && let Some(to) = asks
                && renewed.is_none_or(|renewed| renewed.elapsed() > RENEWED)
                && !self.ends.load(Ordering::Relaxed)
            {
                let watchers = Arc::clone(self);
                thread::spawn(move || watchers.list(to));
                renewed = Some(Instant::now());
            }
            line.clear();
        }
    }

    /// Asks for the list of alerts, as a page does.
    fn list(&self, to: SocketAddr) {
        let began = Instant::now();
        let asked = format!(
            "GET /api/v1/alerts?limit=50 HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n\r\n"
        );
        let mut answer = String::new();
        let answered = TcpStream::connect(to).and_then(|mut stream| {
            stream.write_all(asked.as_bytes())?;
            stream.read_to_string(&mut answer)
        });
        let is_list = answered.is_ok() && answer.starts_with("HTTP/1.1 200");
        let counted = if is_list { &self.lists } else { &self.refused };
        counted.fetch_add(1, Ordering::Relaxed);
        self.slowest_list.fetch_max(began.elapsed().as_millis() as u64, Ordering::Relaxed);
    }
}

fn request(to: SocketAddr) -> String {
    format!("GET /api/v1/events HTTP/1.1\r\nHost: {to}\r\n\r\n")
}

struct Ran {
    /// How long it took at most to hand over and to tell.
    longest_tick: Duration,
    middle: u64,
    end: u64,
}

/// Hands over by the clock, whoever watches.
fn run(asked: &Asked, hand: &Hand, board: &Board) -> Ran {
    let began = Instant::now();
    let mut ran = Ran { longest_tick: Duration::ZERO, middle: 0, end: 0 };
    let (mut vitals, mut told) = (Vitals::default(), None::<Instant>);
    while began.elapsed() < Duration::from_secs(asked.seconds) {
        let tick = Instant::now();
        let due = |a_second: u64| (began.elapsed().as_secs_f64() * a_second as f64) as u64;
        while vitals.flows < due(asked.flows) {
            hand.flow(flow(vitals.flows));
            board.strangeness((vitals.flows % 100) as f64 / 100.0);
            vitals.flows += 1;
        }
        while vitals.alerts < due(asked.alerts) {
            hand.alert(alert(vitals.alerts));
            vitals.alerts += 1;
        }
        if told.is_none_or(|told| told.elapsed() >= NEWS) {
            told = Some(Instant::now());
            board.vitals(Vitals { at: now(), resident: Some(resident()), ..vitals.clone() });
        }
        if ran.middle == 0 && began.elapsed().as_secs() >= asked.seconds / 2 {
            ran.middle = resident();
        }
        ran.longest_tick = ran.longest_tick.max(tick.elapsed());
        thread::sleep(TICK);
    }
    ran.end = resident();
    ran
}

fn flow(number: u64) -> Flow {
    let nanos = now();
    Flow {
        first: nanos,
        last: nanos,
        source: peer(number, 40_000),
        target: Peer { address: [198, 51, 100, 9].into(), port: Some(443) },
        protocol: "TCP".into(),
        service: Some("tls".into()),
        names: vec!["www.example".into()],
        sent: Volume { packets: 20, bytes: 2_100 },
        received: Volume { packets: 21, bytes: 4_000 },
        said: Some(Said { class: Some("benign".into()), score: 1.5, ..Said::default() }),
    }
}

fn alert(number: u64) -> Alert {
    let (nanos, source) = (now(), Some(peer(number, 22)));
    Alert {
        id: AlertId::of(nanos, "scan", [source, None]),
        first: nanos,
        level: Level::High,
        what: "scan".into(),
        source,
        action: Action::Watch,
        ..Alert::test(nanos)
    }
}

fn peer(number: u64, port: u16) -> Peer {
    let [.., second, third, fourth] = number.to_be_bytes();
    Peer { address: [10, second, third, fourth].into(), port: Some(port) }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as i64
}

/// Memory of this program, both ends of the streams in it; nothing where the system does not say.
fn resident() -> u64 {
    let facts = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<u64> = facts.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * 4_096
}
