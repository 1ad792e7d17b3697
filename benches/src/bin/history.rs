//! What a history costs: `history --folder FOLDER [--verdicts N] [--alerts N]` writes that many, as fast as they are taken,
//! asks what a page asks, and prints how long it took.
//!
//! Every answer is looked at before its time is printed. Hosts, ports and classes are drawn so that a few have most flows,
//! as in traffic.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use netsift_alert::{Action, Alert, AlertId, Level, Peer};
use netsift_history::{
    AlertSort, AlertsAsked, CountBy, CountsAsked, Flow, FlowsAsked, Group, Hand, History,
    HistoryError, HistorySettings, MOST_ROWS, Reader, Said, Times, Top, Volume,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

const VERDICTS: u64 = 5_000_000;
const ALERTS: u64 = 200_000;
const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 2026-09-21.
const START: i64 = 1_789_948_800 * SECOND;
const LONG: Duration = Duration::from_secs(600);
/// Of the times that a question takes, the middle one counts.
const ROUNDS: usize = 5;

const PORTS: [u16; 8] = [443, 53, 80, 123, 22, 25, 3_389, 8_883];
const CLASSES: [&str; 8] = [
    "benign",
    "web attack",
    "ddos",
    "portscan",
    "botnet",
    "infiltration",
    "brute force",
    "heartbleed",
];

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, verdicts, alerts) = asked()?;
    let path = folder.join("history.db");
    let mut settings = HistorySettings::new(&path);
    (settings.retention.most_megabytes, settings.room.verdicts) = (100_000, 100_000);
    settings.room.alerts = 100_000;
    let history = History::open(settings)?;
    let mut draws = Draws(Xoshiro256PlusPlus::seed_from_u64(7));
    let step = DAY / verdicts.max(1) as i64;
    timed("verdicts written", verdicts, &history, |hand, number| {
        hand.flow(draws.flow(START + number as i64 * step, number % 1_000_000 == 999_999));
    })?;
    let step = DAY / alerts.max(1) as i64;
    timed("alerts written", alerts, &history, |hand, number| {
        hand.alert(draws.alert(START + number as i64 * step, number));
    })?;
    let state = history.finish();
    if state.lost.total() > 0 || state.trouble.is_some() {
        return Err(format!("{state:?}").into());
    }
    println!("{:.0} MB", state.bytes as f64 / 1e6);
    questions(&path)
}

fn asked() -> Result<(PathBuf, u64, u64), Box<dyn Error>> {
    let (mut folder, mut verdicts, mut alerts) = (None, VERDICTS, ALERTS);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("how many, or where?")?;
        match argument.as_str() {
            "--folder" => folder = Some(value.into()),
            "--verdicts" => verdicts = value.parse()?,
            "--alerts" => alerts = value.parse()?,
            _ => return Err(format!("what is {argument}?").into()),
        }
    }
    Ok((folder.ok_or("name a --folder")?, verdicts, alerts))
}

/// Hands over as fast as they are written; nothing may get lost.
fn timed(
    what: &str,
    number: u64,
    history: &History,
    mut hand_over: impl FnMut(&Hand, u64),
) -> Result<(), Box<dyn Error>> {
    let (hand, began) = (history.hand(), Instant::now());
    let mut handing = Duration::ZERO;
    for part in 0..number.div_ceil(1_000) {
        while history.state().waiting.total() > 40_000 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let began = Instant::now();
        (part * 1_000..number.min((part + 1) * 1_000)).for_each(|number| hand_over(&hand, number));
        handing += began.elapsed();
    }
    if !history.flush(LONG) {
        return Err("they are not written".into());
    }
    let (took, each) = (began.elapsed().as_secs_f64(), handing.as_nanos() as f64 / number as f64);
    let rate = number as f64 / took;
    println!(
        "{what}: {number} in {took:.1} s, {rate:.0} a second; made and handed over in {each:.0} ns each"
    );
    Ok(())
}

fn questions(path: &Path) -> Result<(), Box<dyn Error>> {
    let reader = Reader::open(path)?.within(LONG);
    let hour = Times { since: Some(START + DAY / 2), until: Some(START + DAY / 2 + DAY / 24) };
    flows(&reader, "newest verdicts", 100, |_| {})?;
    flows(&reader, "of an hour", 100, |asked| asked.times = hour)?;
    flows(&reader, "of a busy host", 100, |asked| asked.address = Some([10, 0, 0, 0].into()))?;
    flows(&reader, "of a quiet host", 1, |asked| asked.address = Some([198, 51, 100, 9].into()))?;
    flows(&reader, "of the usual class", 100, |asked| asked.class = Some(CLASSES[0].into()))?;
    flows(&reader, "of a rare class", 1, |asked| asked.class = Some(CLASSES[7].into()))?;
    flows(&reader, "of a port", 100, |asked| asked.port = Some(PORTS[5]))?;
    flows(&reader, "of a score of 90 and more", 100, |asked| asked.score = Some(90.0))?;
    deep(&reader)?;
    for (name, by) in [("counts of a day by hour", CountBy::All), ("by class", CountBy::Class)] {
        let asked = CountsAsked { times: Times::ALL, minutes: 60, by };
        timed_question(name, || reader.counts(&asked), |bins| bins.len() >= 24)?;
    }
    let sources = || reader.top(Top::Sources, Times::ALL, 10);
    timed_question("top sources of a day", sources, |top| top.len() == 10)?;
    alerts(&reader, "newest alerts", 100, |_| {})?;
    alerts(&reader, "the worst", 100, |asked| asked.sort = AlertSort::Worst)?;
    alerts(&reader, "of level critical, not seen", 100, |asked| {
        (asked.level, asked.acknowledged) = (Some(Level::Critical), Some(false));
    })?;
    alerts(&reader, "with a text that all have", 100, |asked| asked.text = Some("PORTS".into()))?;
    alerts(&reader, "with a text that none has", 0, |asked| asked.text = Some("nowhere".into()))?;
    alerts(&reader, "of a network of none", 0, |asked| {
        asked.network = "203.0.113.0/24".parse().ok();
    })?;
    let groups = || reader.alert_groups(Group::What, Times::ALL, 10);
    timed_question("alerts of a day by what they are", groups, |groups| !groups.is_empty())
}

/// The first page of verdicts, which has so many rows at least.
fn flows(
    reader: &Reader,
    name: &str,
    least: usize,
    change: impl FnOnce(&mut FlowsAsked),
) -> Result<(), Box<dyn Error>> {
    let mut asked = FlowsAsked::default();
    change(&mut asked);
    timed_question(name, || reader.flows(&asked), |page| page.rows.len() >= least)
}

/// The first page of alerts.
fn alerts(
    reader: &Reader,
    name: &str,
    least: usize,
    change: impl FnOnce(&mut AlertsAsked),
) -> Result<(), Box<dyn Error>> {
    let mut asked = AlertsAsked::default();
    change(&mut asked);
    timed_question(name, || reader.alerts(&asked), |page| page.rows.len() >= least)
}

/// A page far behind the first.
fn deep(reader: &Reader) -> Result<(), Box<dyn Error>> {
    let mut asked = FlowsAsked::default();
    asked.limit = MOST_ROWS;
    for _ in 0..10 {
        asked.after = reader.flows(&asked)?.next;
    }
    asked.limit = 100;
    timed_question(
        "behind the first 100,000",
        || reader.flows(&asked),
        |page| !page.rows.is_empty(),
    )
}

fn timed_question<T>(
    name: &str,
    ask: impl Fn() -> Result<T, HistoryError>,
    is_right: impl Fn(&T) -> bool,
) -> Result<(), Box<dyn Error>> {
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let answer = ask()?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
        if !is_right(&answer) {
            return Err(format!("{name}: that is not the answer").into());
        }
    }
    let first = took[0];
    took.sort_by(f64::total_cmp);
    println!("{name}: {:.1} ms; {first:.1} ms the first time", took[ROUNDS / 2]);
    Ok(())
}

struct Draws(Xoshiro256PlusPlus);

impl Draws {
    /// One of so many, the first ones more often.
    fn of(&mut self, many: u32) -> u32 {
        let mut draw = || f64::from(self.0.next_u32()) / f64::from(u32::MAX);
        (f64::from(many - 1) * draw().powi(4)) as u32
    }

    /// One of a million is of a class and to a host that no other is of.
    fn flow(&mut self, last: i64, is_rare: bool) -> Flow {
        let (own, port, class) = (self.of(1_000), self.of(8) as usize, self.of(7) as usize);
        let far = self.of(200_000).to_be_bytes();
        let target = if is_rare { [198, 51, 100, 9] } else { [172, far[1], far[2], far[3]] };
        let class = if is_rare { 7 } else { class };
        let bytes = u64::from(self.of(100_000));
        Flow {
            first: last - SECOND,
            last,
            source: Peer {
                address: [10, 0, (own >> 8) as u8, own as u8].into(),
                port: Some(40_000),
            },
            target: Peer { address: target.into(), port: Some(PORTS[port]) },
            protocol: "TCP".into(),
            service: Some("tls".into()),
            names: vec!["www.example.org".into()],
            sent: Volume { packets: 10, bytes: 1_000 },
            received: Volume { packets: 12, bytes },
            said: Some(Said {
                class: Some(CLASSES[class].into()),
                probability: Some(0.97),
                quantile: Some(0.5),
                score: f64::from(self.of(100)),
                level: None,
            }),
        }
    }

    fn alert(&mut self, nanos: i64, number: u64) -> Alert {
        let own = self.of(1_000).to_be_bytes();
        let source = Some(Peer { address: [10, 0, own[2], own[3]].into(), port: None });
        let (what, score) = (CLASSES[self.of(8) as usize], f64::from(self.of(100)));
        Alert {
            id: AlertId::of(number as i64, what, [source, None]),
            nanos,
            first: nanos,
            count: 1 + u64::from(self.of(1_000)),
            level: Level::ALL[(score / 25.1) as usize],
            score,
            what: what.into(),
            source,
            target: None,
            protocol: Some("TCP".into()),
            service: None,
            names: vec!["www.example.org".into()],
            terms: Vec::new(),
            reasons: vec!["Flow Duration is 12.5, usual are 0.1 to 3.0".into(); 3],
            evidence: vec![format!("tried {number} ports of 300 hosts in 60 s")],
            host: None,
            packets: None,
            action: Action::Watch,
            rule: "what is medium".into(),
        }
    }
}
