//! A day of traffic through the whole path, as fast as it goes: `soak [--flows N] [--hours N] [--seed N]` prints what became of
//! it by the hour, and fails if memory has grown or a flow has got no verdict. `soak --flood N` sends so many connections
//! from forged sources in its place, and fails if they make alerts by the thousand, too. `--without models`, `lists` or
//! `behaviour` leaves a part out.
//!
//! Every ten minutes other hosts come, and those before them go: what is kept of hosts, of flows and of what was told has to
//! forget them. A forest and an isolation forest learn from other traffic of the same kind, and a list of a million networks is
//! replaced every hour. What is resident is what is in use only if the allocator gives back what is large: glibc does with
//! `MALLOC_MMAP_THRESHOLD_=131072` in the environment, and keeps several lists' worth without.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use netsift::detect::flow_rows::{facts_of, usual_columns};
use netsift::detect::lists::{ListOptions, Lists};
use netsift::detect::policy::Policy;
use netsift::detect::{About, Counters, Counts, Models, Path, PathBuilder, Summary};
use netsift::flow::{FlowConfig, Profile};
use netsift::models::{DetectorRecipe, DetectorTrainer, Recipe, Trainer};
use netsift_benches::{planted, process};
use netsift_data::{Dataset, Labels};
use netsift_packet::{Frame, FrameSource, LinkType, Timestamp};
use netsift_synth::{Class, Generator, Mix, Scenario};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

const FLOWS: u64 = 10_000_000;
const HOURS: u64 = 24;
/// Memory is looked at so often in an hour, and as often other hosts come.
const STRETCHES: u64 = 6;
/// Seconds of a stretch.
const STRETCH: u64 = 3_600 / STRETCHES;
/// Enough for a mix of everything; bulk is what synth makes of it.
const PACKETS_A_FLOW: f64 = 20.0;
/// What each attack has of a mix in which benign classes have 67.
const ATTACKS: f64 = 1.0;

/// Of the run, so much may fill tables. The most that is resident behind it may be a tenth and 16 MiB above the most that was
/// resident in it; while a list is replaced there are two of it, before and behind.
const WARM_UP: f64 = 0.15;
const GROWTH: f64 = 1.1;
const SLACK: u64 = 16 << 20;

/// Connections of a flood come so many nanoseconds apart: 200,000 a second.
const PACE: i64 = 5_000;
/// Under a flood the table has room for a tenth of it: it is full within the warm-up.
const FLOODED: u64 = 10;
/// What waits for a verdict is what the path's queues hold, of a thousand flows each.
const MOST_WAITING: u64 = 12_000;
/// A flood is told as it grows, and not by the flow.
const MOST_ALERTS: u64 = 1_000;

const NETWORKS: u32 = 1_020_000;
const LEARNED_PACKETS: u64 = 150_000;
const TREES: &str = "100";

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args().skip(1))?;
    let verdicts = Arc::new(AtomicU64::new(0));
    let mut path = path(&asked)?.start({
        let verdicts = Arc::clone(&verdicts);
        move |verdict, _| {
            let is_end = matches!(&verdict.about, About::Flow(flow) if !flow.goes_on());
            verdicts.fetch_add(u64::from(is_end), Ordering::Relaxed);
        }
    })?;
    let started = Instant::now();
    let mut log = Log { counters: path.counters(), stretches: Vec::new() };
    println!(
        "| hour | packets | flows | alerts | waiting | resident, MiB |\n|---|---|---|---|---|---|"
    );
    for stretch in 0..asked.hours * STRETCHES {
        match asked.flood {
            Some(flood) => asked.flood(flood, stretch, &mut path),
            None => asked.traffic(stretch, &mut path)?,
        }
        if asked.has("lists") && stretch % STRETCHES == 0 {
            path.control().lists(networks(stretch)?);
        }
        log.look()?;
    }
    let summary = path.finish();
    let took = started.elapsed().as_secs_f64();
    let Counts { frames, flows, alerts, covered, .. } = summary.counts;
    println!(
        "\n{frames} packets, {flows} flows, {alerts} alerts ({covered} more within floods) in {took:.0} s: {:.0} packets a second",
        frames as f64 / took
    );
    judge(&asked, &summary, verdicts.load(Ordering::Relaxed))?;
    log.judge()
}

/// What is to be run.
struct Asked {
    flows: u64,
    hours: u64,
    seed: u64,
    flood: Option<u64>,
    without: Vec<String>,
}

impl Asked {
    fn of(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (flows, hours, seed) = (FLOWS, HOURS, 1);
        let mut asked = Self { flows, hours, seed, flood: None, without: Vec::new() };
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or("every option has a value")?;
            match argument.as_str() {
                "--flows" => asked.flows = value.parse()?,
                "--hours" => asked.hours = value.parse()?,
                "--seed" => asked.seed = value.parse()?,
                "--flood" => asked.flood = Some(value.parse()?),
                "--without" if PARTS.contains(&value.as_str()) => asked.without.push(value),
                _ => return Err(format!("what is {argument} {value}?").into()),
            }
        }
        Ok(asked)
    }

    fn has(&self, part: &str) -> bool {
        !self.without.iter().any(|without| without == part)
    }

    /// Ten minutes of hosts that were not there before.
    fn traffic(&self, stretch: u64, path: &mut Path) -> Result<(), Box<dyn Error>> {
        let seconds = (self.hours * 3_600) as f64;
        let start = Timestamp::from_secs_nanos(1_750_000_000 + (stretch * STRETCH) as i64, 0);
        let scenario = Scenario::new(self.seed + 1 + stretch)
            .mix(mix())
            .packets_per_flow(PACKETS_A_FLOW)
            .flows_per_second(self.flows as f64 / seconds)
            .duration(STRETCH as f64)
            .start(start);
        let mut traffic = Generator::new(&scenario)?;
        while let Some(frame) = traffic.next_frame()? {
            path.push(frame);
        }
        Ok(())
    }

    /// Its share of the flood.
    fn flood(&self, flood: u64, stretch: u64, path: &mut Path) {
        let stretches = self.hours * STRETCHES;
        let mut chance = Xoshiro256PlusPlus::seed_from_u64(self.seed + stretch);
        let mut bytes = SYN;
        for nth in flood * stretch / stretches..flood * (stretch + 1) / stretches {
            chance.fill_bytes(&mut bytes[SOURCE]);
            chance.fill_bytes(&mut bytes[SOURCE_PORT]);
            let time = Timestamp::from_nanos(nth as i64 * PACE);
            path.push(Frame::new(time, LinkType::RAW, &bytes));
        }
    }
}

const PARTS: [&str; 3] = ["models", "lists", "behaviour"];

/// IPv4 and TCP with SYN to 10.0.0.2, port 443.
const SYN: [u8; 40] = [
    0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2, // IPv4
    0, 0, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xfa, 0xf0, 0, 0, 0, 0,
];
const SOURCE: std::ops::Range<usize> = 12..16;
const SOURCE_PORT: std::ops::Range<usize> = 20..22;

fn mix() -> Mix {
    let attacks = Class::ALL.iter().filter(|class| class.is_attack());
    attacks.fold(Mix::benign(), |mix, attack| mix.with(*attack, ATTACKS))
}

fn path(asked: &Asked) -> Result<PathBuilder, Box<dyn Error>> {
    let mut policy = Policy::default();
    if !asked.has("behaviour") {
        let rules = &mut policy.behaviour.thresholds;
        rules.vertical_scan.enabled = false;
        rules.horizontal_scan.enabled = false;
        rules.icmp_sweep.enabled = false;
        rules.syn_flood.enabled = false;
        rules.udp_flood.enabled = false;
        rules.brute_force.enabled = false;
        rules.password_spray.enabled = false;
        rules.beacon.enabled = false;
        rules.dns_tunnel.enabled = false;
        rules.bulk_upload.enabled = false;
    }
    let mut reading = FlowConfig::new(Profile::Native);
    if let Some(flood) = asked.flood {
        reading = reading.max_flows(usize::try_from(flood / FLOODED)?)?;
    }
    let builder = PathBuilder::new().policy(policy).reading(reading);
    let builder = if asked.has("models") { builder.models(models(asked.seed)?) } else { builder };
    Ok(if asked.has("lists") { builder.lists(networks(0)?) } else { builder })
}

/// A forest and an isolation forest, of traffic that is none of the run's.
fn models(seed: u64) -> Result<Models, Box<dyn Error>> {
    let traffic =
        Scenario::new(seed).mix(mix()).packets_per_flow(PACKETS_A_FLOW).packets(LEARNED_PACKETS);
    let (flows, classes) = planted::flows(&traffic)?;
    let columns = usual_columns(Profile::Native);
    let flows = flows.pick(columns.features().iter().map(|feature| feature.name.current))?;
    let facts = facts_of(&FlowConfig::new(Profile::Native));
    let about = || netsift::models::About::new().flows(facts.clone());
    let mut forest = Recipe::named("random-forest")?;
    forest.set("trees", TREES)?;
    let labelled = labelled(&flows, &classes)?;
    let forest = Trainer::new([forest]).about(about()).train(&labelled)?.bundle;
    let is_benign = |row: &usize| matches!(classes.get(*row), Some(Some(it)) if !it.is_attack());
    let benign: Vec<usize> = (0..flows.rows()).filter(is_benign).collect();
    let recipe = DetectorRecipe::named("isolation-forest")?.seeded(seed)?;
    let trainer = DetectorTrainer::new([recipe]).about(about()).resamples(0);
    let detector = trainer.train(&flows.select(&benign)?)?.bundle;
    Ok(Models::default().classifier(forest)?.anomaly(detector)?)
}

/// Flows of which it is known what they are: benign, or which attack.
fn labelled(flows: &Dataset, classes: &[Option<Class>]) -> Result<Dataset, Box<dyn Error>> {
    let (rows, classes): (Vec<usize>, Vec<Class>) =
        classes.iter().enumerate().filter_map(|(row, class)| Some((row, (*class)?))).unzip();
    let name = |class: &Class| if class.is_attack() { class.name() } else { "benign" };
    let names: Vec<&str> = classes.iter().map(name).collect();
    Ok(flows.select(&rows)?.with_labels(Labels::of(names))?)
}

/// A million networks all over the addresses, others each time.
fn networks(time: u64) -> Result<Lists, Box<dyn Error>> {
    let mut text = String::new();
    for number in 0..NETWORKS {
        let first = 0x0b00_0000 + number * 3_000 + (time % 100) as u32 * 8;
        writeln!(text, "{}/29", std::net::Ipv4Addr::from_bits(first & !7))?;
    }
    Ok(Lists::default().with(ListOptions::new("networks").read(text.as_bytes())?))
}

/// How it stood after each stretch.
struct Log {
    counters: Counters,
    stretches: Vec<(Counts, u64)>,
}

impl Log {
    fn look(&mut self) -> Result<(), Box<dyn Error>> {
        let (resident, _) = process::resident().ok_or("the system does not tell of memory")?;
        self.stretches.push((self.counters.counts(), resident));
        if (self.stretches.len() as u64).is_multiple_of(STRETCHES) {
            self.tell_hour();
        }
        Ok(())
    }

    /// What came in the last hour, the most that waited when it was looked at, and the most that was resident.
    fn tell_hour(&self) {
        let begin = self.stretches.len().saturating_sub(STRETCHES as usize);
        let (earlier, hour) = self.stretches.split_at(begin);
        let before = earlier.last().map(|(counts, _)| *counts).unwrap_or_default();
        let now = hour.last().map(|(counts, _)| *counts).unwrap_or_default();
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            self.stretches.len() as u64 / STRETCHES,
            now.frames - before.frames,
            now.flows - before.flows,
            now.alerts - before.alerts,
            hour.iter().map(|(counts, _)| counts.waiting).max().unwrap_or(0),
            hour.iter().map(|(_, resident)| resident >> 20).max().unwrap_or(0),
        );
    }

    /// Whether memory is flat once tables are warm.
    fn judge(&self) -> Result<(), Box<dyn Error>> {
        let warm = (self.stretches.len() as f64 * WARM_UP).ceil() as usize;
        let resident = |of: &[(Counts, u64)]| of.iter().map(|(_, resident)| *resident).max();
        let (before, after) = self.stretches.split_at(warm.min(self.stretches.len()));
        let warm = resident(before).ok_or("nothing was run")?;
        let most = resident(after).ok_or("nothing was run behind the warm-up")?;
        let limit = (warm as f64 * GROWTH) as u64 + SLACK;
        println!(
            "resident: {} MiB at most in the warm-up, {} MiB since, of {} MiB",
            warm >> 20,
            most >> 20,
            limit >> 20
        );
        let waiting = self.stretches.iter().map(|(counts, _)| counts.waiting).max();
        match waiting.filter(|waiting| *waiting > MOST_WAITING) {
            _ if most > limit => Err("memory grows".into()),
            Some(waiting) => Err(format!("{waiting} flows waited").into()),
            None => Ok(()),
        }
    }
}

/// Whether every flow got its verdict, and a flood is few alerts.
fn judge(asked: &Asked, summary: &Summary, verdicts: u64) -> Result<(), Box<dyn Error>> {
    let Counts { flows, alerts, waiting, .. } = summary.counts;
    if (verdicts, flows, waiting) != (summary.table.flows, summary.table.flows, 0) {
        let told = summary.table.flows;
        return Err(format!("of {told} flows, {verdicts} got verdicts; {waiting} wait").into());
    }
    if let Some(trouble) = &summary.trouble {
        return Err(format!("a model had no answer: {trouble}").into());
    }
    match asked.flood {
        Some(flood) if flows != flood => Err(format!("{flows} flows of {flood}").into()),
        Some(_) if alerts > MOST_ALERTS => Err(format!("{alerts} alerts").into()),
        None if flows < asked.flows => Err(format!("{flows} flows of {}", asked.flows).into()),
        _ => Ok(()),
    }
}
