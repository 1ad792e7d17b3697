//! What a storm of alerts does to capturing: `storm [--seconds N] [--packets N] [--alerts N]` sends so many packets and so many
//! alerts a second down the path, first with nobody who is told, then with files, a receiver that is away and a history, and
//! fails if more packets are dropped with them than without.
//!
//! Packets come by the clock and wait for nobody, as those of an interface do: what the path does not take in time is dropped.
//! An alert is a connection from one host of a list to another, and no two of them are the same.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::io::Cursor;
use std::time::{Duration, Instant};

use netsift::detect::PathBuilder;
use netsift::detect::lists::{ListOptions, Lists};
use netsift::watch::{Config, Ended, Watch, WatchError};
use netsift_alert::Level;
use netsift_capture::{
    Batch, BatchSource, CaptureError, Fill, QueueOptions, Queued, SourceStats, WhenFull,
};
use netsift_packet::{Frame, LinkType, Timestamp};

const SECONDS: u64 = 60;
const PACKETS: u64 = 50_000;
const ALERTS: u64 = 10_000;
/// 2026-09-21.
const START: i64 = 1_789_948_800_000_000_000;
const TICK: Duration = Duration::from_millis(200);
/// With sinks, so many more of all packets may be dropped: a machine has other things to do, too.
const SLACK: f64 = 0.001;

/// Hosts that are on the list.
const LIST: &[u8] = b"11.0.0.0/8\n";

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::new()?;
    println!("{} packets and {} alerts a second, {} s", asked.packets, asked.alerts, asked.seconds);
    let folder = tempfile::tempdir()?;
    let quiet = run(&asked, None)?;
    println!("nobody is told: {}", quiet.told());
    let config = config(folder.path())?.check()?;
    let watch = Watch::start(&config, |notice| println!("{notice}"))?;
    let told = run(&asked, Some(&watch))?;
    println!("all are told:   {}", told.told());
    tell(&watch.finish());
    let allowed = quiet.dropped as f64 + told.packets as f64 * SLACK;
    if told.dropped as f64 > allowed {
        return Err("telling makes packets drop".into());
    }
    if told.alerts < asked.alerts * asked.seconds * 9 / 10 {
        return Err("that was no storm".into());
    }
    Ok(())
}

struct Asked {
    seconds: u64,
    packets: u64,
    alerts: u64,
}

impl Asked {
    fn new() -> Result<Self, Box<dyn Error>> {
        let mut asked = Self { seconds: SECONDS, packets: PACKETS, alerts: ALERTS };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or("how many?")?.parse()?;
            match argument.as_str() {
                "--seconds" => asked.seconds = value,
                "--packets" => asked.packets = value,
                "--alerts" => asked.alerts = value,
                _ => return Err(format!("what is {argument}?").into()),
            }
        }
        if asked.alerts == 0 || asked.packets < asked.alerts * 3 {
            return Err("an alert is two packets, and there are others".into());
        }
        Ok(asked)
    }
}

/// Everybody who can be told without leaving the machine, and one who is away.
fn config(folder: &std::path::Path) -> Result<Config, WatchError> {
    let at = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "[sinks.file.json_lines]\npath = {:?}\n[sinks.table.csv]\npath = {:?}\n\
         [sinks.hook.webhook]\nurl = 'http://127.0.0.1:9/'\n\
         http = {{ allow_plain = true, allow_private = true }}\n\
         [queues]\nfolder = {:?}\n[history]\npath = {:?}\n",
        at("alerts.jsonl"),
        at("alerts.csv"),
        at("queues"),
        at("history.db"),
    );
    Config::from_toml(&text)
}

struct Ran {
    packets: u64,
    dropped: u64,
    flows: u64,
    alerts: u64,
}

impl Ran {
    fn told(&self) -> String {
        let Self { packets, dropped, flows, alerts } = self;
        format!("{packets} packets, {dropped} dropped, {flows} flows, {alerts} alerts")
    }
}

fn run(asked: &Asked, watch: Option<&Watch>) -> Result<Ran, Box<dyn Error>> {
    let list = ListOptions::new("storm").severity(Level::High).read(Cursor::new(LIST))?;
    let telling = watch.cloned();
    let mut path =
        PathBuilder::new().lists(Lists::default().with(list)).start(move |verdict, alert| {
            if let Some(watch) = &telling {
                watch.tell(verdict, alert.cloned());
            }
        })?;
    let mut source = Queued::start(Storm::new(asked), QueueOptions::new(WhenFull::Drop))?;
    let (mut batch, mut ticked) = (Batch::new(), Instant::now());
    loop {
        batch.clear();
        let fill = source.fill(&mut batch)?;
        batch.iter().for_each(|frame| path.push(frame));
        if matches!(fill, Fill::Ended) {
            break;
        }
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            watch.iter().for_each(|watch| watch.advance(Timestamp::from_nanos(START)));
        }
    }
    let stats = source.stats();
    let counts = path.finish().counts;
    let (packets, dropped) = (stats.frames, stats.drops());
    Ok(Ran { packets, dropped, flows: counts.flows, alerts: counts.alerts })
}

fn tell(ended: &Ended) {
    println!("groups: {:?}", ended.groups);
    for sink in &ended.sinks {
        let (name, handed, delivered) = (&sink.name, sink.handed, sink.delivered);
        let lost = sink.overflowed + sink.unwritten;
        println!(
            "{name}: {handed} handed, {delivered} delivered, {} wait, {lost} lost",
            sink.waiting
        );
    }
    if let Some(history) = &ended.history {
        println!("history: {:?} written, {:?} lost", history.written, history.lost);
    }
}

/// Packets by the clock.
struct Storm {
    rate: u64,
    /// Of so many packets, the first two are a connection that is an alert.
    every: u64,
    total: u64,
    sent: u64,
    began: Instant,
}

impl Storm {
    fn new(asked: &Asked) -> Self {
        let (rate, total) = (asked.packets, asked.packets * asked.seconds);
        Self { rate, every: rate / asked.alerts, total, sent: 0, began: Instant::now() }
    }

    /// The bytes of a packet.
    fn packet(&self, number: u64) -> [u8; 40] {
        let (round, place) = (number / self.every, number % self.every);
        let [.., one, two, three] = round.to_be_bytes();
        let (bad, good) = ([11, one, two, three], [10, three, two, one]);
        match place {
            0 => tcp(bad, 40_000, good, 443, SYN),
            1 => tcp(good, 443, bad, 40_000, RST | ACK),
            // Long connections of a few hosts.
            _ => tcp([192, 168, 0, three], 50_000, [192, 168, 1, 1], 80, ACK),
        }
    }
}

impl BatchSource for Storm {
    type Error = CaptureError;

    fn fill(&mut self, batch: &mut Batch) -> Result<Fill, CaptureError> {
        if self.sent == self.total {
            return Ok(Fill::Ended);
        }
        let due = (self.began.elapsed().as_secs_f64() * self.rate as f64) as u64;
        if due <= self.sent {
            std::thread::sleep(Duration::from_micros(500));
        }
        while self.sent < due.min(self.total) && !batch.is_full() {
            let bytes = self.packet(self.sent);
            let nanos = START + (self.sent * 1_000_000_000 / self.rate) as i64;
            batch.push(&Frame::new(Timestamp::from_nanos(nanos), LinkType::RAW, &bytes));
            self.sent += 1;
        }
        Ok(Fill::More)
    }

    fn stats(&self) -> SourceStats {
        let mut stats = SourceStats::default();
        stats.frames = self.sent;
        stats
    }
}

const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// IPv4 and TCP without a payload.
fn tcp(source: [u8; 4], from: u16, target: [u8; 4], to: u16, flags: u8) -> [u8; 40] {
    let mut bytes = [0; 40];
    bytes[..10].copy_from_slice(&[0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6]);
    bytes[12..16].copy_from_slice(&source);
    bytes[16..20].copy_from_slice(&target);
    bytes[20..22].copy_from_slice(&from.to_be_bytes());
    bytes[22..24].copy_from_slice(&to.to_be_bytes());
    (bytes[27], bytes[32], bytes[33], bytes[34]) = (1, 0x50, flags, 0xfa);
    bytes
}
