//! What the path costs by stage: `path CAPTURE [TREES]` prints nanoseconds a packet and a flow for the record, each stage
//! with all before it, and how many packets a second the whole takes.
//!
//! All features are kept, and a forest is asked about each flow; it learns the capture's own flows, by their ports. Stages
//! before the last run on one thread; the whole has a second one for what looks at more than one flow. What that one does is
//! timed in a second table, each part by itself, over flows that are there already: lists that hold a million networks,
//! behaviour, score and policy, and reasons as often as the policy has them told in a storm of alerts.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use netsift::capture;
use netsift::data::{Dataset, Labels};
use netsift::detect::behaviour::{Behaviour, BehaviourConfig};
use netsift::detect::flow_rows::{FlowRows, facts_of, usual_columns};
use netsift::detect::lists::{ListOptions, Lists};
use netsift::detect::ring::Ring;
use netsift::detect::{Conversation, Models, PathBuilder, Policy, Said, Verdict};
use netsift::flow::{FlowConfig, FlowTable, Intake, Profile};
use netsift::models::explain::Explainer;
use netsift::models::{About, Bundle, Recipe, Trainer};
use netsift::packet::{Frame, FrameSource, Packet};
use netsift_benches::duel::median;

/// How often each stage is run; medians count.
const ROUNDS: usize = 5;
const TREES: &str = "100";
/// So many flows at most go through the parts of the second table, and so many of them are explained.
const JUDGED: usize = 200_000;
const EXPLAINED: usize = 32;
/// Networks on the list.
const LISTED: u32 = 1_000_000;
/// So many flows are learned.
const LEARNED: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let path = arguments.next().ok_or("which capture?")?;
    let path = Path::new(&path);
    let trees =
        arguments.next().map_or_else(|| TREES.into(), |it| it.to_string_lossy().into_owned());
    let bundle = forest(path, &trees)?;
    let (packets, flows) = size(path)?;
    println!("{packets} packets, {flows} flows, {trees} trees\n");
    println!("| stage, with all before it | ns a packet | ns a flow | packets a second |");
    println!("|---|---|---|---|");
    type Stage = (&'static str, fn(&Path, &Bundle) -> Result<(), Box<dyn Error>>);
    let stages: [Stage; 7] = [
        ("read", read),
        ("parse", parse),
        ("flow", flow),
        ("row", row),
        ("score", score),
        ("lists, behaviour and policy: the whole", whole),
        ("the same, the last packets kept", kept),
    ];
    for (name, stage) in stages {
        let times: Vec<f64> =
            (0..ROUNDS).map(|_| timed(|| stage(path, &bundle))).collect::<Result<_, _>>()?;
        let seconds = median(times.into_iter());
        let (packet, flow) = (seconds / packets as f64 * 1e9, seconds / flows as f64 * 1e9);
        println!("| {name} | {packet:.0} | {flow:.0} | {:.0} |", packets as f64 / seconds);
    }
    println!("\n| behind the models, by itself | ns a packet | ns a flow |\n|---|---|---|");
    for (name, seconds_a_flow) in parts(path, &bundle)? {
        let flow = seconds_a_flow * 1e9;
        println!("| {name} | {:.1} | {flow:.0} |", flow * flows as f64 / packets as f64);
    }
    Ok(())
}

/// What the parts behind the models take, in seconds a flow.
fn parts(path: &Path, bundle: &Bundle) -> Result<[(&'static str, f64); 4], Box<dyn Error>> {
    let flows = conversations(path)?;
    let lists = lists()?;
    let explained = explained(path, bundle)?;
    Ok([
        ("lists", of_each(&flows, |flows| looked_up(flows, &lists))?),
        ("behaviour", of_each(&flows, followed)?),
        ("score and policy", of_each(&flows, weighed)?),
        ("reasons, at most", explained / Policy::default().explain.every as f64),
    ])
}

/// What a part takes, in seconds a flow.
fn of_each(
    flows: &[Conversation],
    part: impl Fn(&[Conversation]) -> Result<f64, Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let times = (0..ROUNDS).map(|_| part(flows)).collect::<Result<Vec<f64>, _>>()?;
    Ok(median(times.into_iter()) / flows.len().max(1) as f64)
}

fn conversations(path: &Path) -> Result<Vec<Conversation>, Box<dyn Error>> {
    let (mut intake, mut table) = (Intake::new(&config()), FlowTable::new(config()));
    let mut flows = Vec::new();
    each(path, |frame| {
        intake.read(frame, |record| table.push(record, |flow| flows.push(Conversation::of(flow))));
        flows.truncate(JUDGED);
    })?;
    table.finish(|flow| flows.push(Conversation::of(flow)));
    flows.truncate(JUDGED);
    Ok(flows)
}

fn lists() -> Result<Lists, Box<dyn Error>> {
    let mut text = String::new();
    for number in 0..LISTED {
        writeln!(text, "{}/24", Ipv4Addr::from_bits(0x1400_0000 + number * 512))?;
    }
    Ok(Lists::default().with(ListOptions::new("networks").read(text.as_bytes())?))
}

fn looked_up(flows: &[Conversation], lists: &Lists) -> Result<f64, Box<dyn Error>> {
    timed(|| {
        for flow in flows {
            let ends = [flow.source.ip(), flow.destination.ip()];
            let hits = ends.into_iter().map(|end| lists.address(end).count()).sum::<usize>();
            let names = flow.names().map(|name| lists.domain(name.as_bytes()).count());
            let prints = flow.fingerprints.iter().flatten();
            let prints = prints.map(|print| lists.fingerprint(print).count());
            black_box(hits + names.chain(prints).sum::<usize>());
        }
        Ok(())
    })
}

fn followed(flows: &[Conversation]) -> Result<f64, Box<dyn Error>> {
    let mut behaviour = Behaviour::new(BehaviourConfig::default())?;
    timed(|| {
        for flow in flows {
            behaviour.observe(&flow.observation(), |finding| drop(black_box(finding)));
        }
        Ok(())
    })
}

fn weighed(flows: &[Conversation]) -> Result<f64, Box<dyn Error>> {
    let (policy, flows) = (Policy::default(), flows.to_vec());
    let said = Said { class: Some("scan".into()), probability: 0.3 };
    timed(|| {
        for flow in flows {
            let terms = policy.of_class(&said).into_iter().collect();
            let mut verdict = Verdict::new(netsift::detect::About::Flow(flow), terms);
            policy.weigh(&mut verdict);
            black_box(policy.judge(&verdict));
        }
        Ok(())
    })
}

/// What it takes to say why of one flow, in seconds.
fn explained(path: &Path, bundle: &Bundle) -> Result<f64, Box<dyn Error>> {
    let mut first = None;
    rows(path, bundle, |flows| {
        if first.is_none() {
            first = Some(flows);
        }
        Ok(())
    })?;
    let flows = first.ok_or("no flows")?;
    let some: Vec<usize> = (0..flows.rows().min(EXPLAINED)).collect();
    let flows = flows.select(&some)?;
    let classes = bundle.score(&flows)?.classes.to_vec();
    let reasons = Policy::default().explain.reasons;
    let seconds = timed(|| {
        black_box(Explainer::of(bundle)?.reasons(&flows, &classes, reasons)?.len());
        Ok(())
    })?;
    Ok(seconds / some.len().max(1) as f64)
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().max(Duration::from_nanos(1)).as_secs_f64())
}

fn each(path: &Path, mut visit: impl FnMut(Frame<'_>)) -> Result<(), Box<dyn Error>> {
    let mut capture = capture::open(path)?;
    while let Some(frame) = capture.next_frame()? {
        visit(frame);
    }
    Ok(())
}

fn config() -> FlowConfig {
    FlowConfig::new(Profile::Native)
}

/// How many packets and flows there are.
fn size(path: &Path) -> Result<(u64, u64), Box<dyn Error>> {
    let (mut packets, mut intake, mut table) =
        (0, Intake::new(&config()), FlowTable::new(config()));
    each(path, |frame| {
        packets += 1;
        intake.read(frame, |record| table.push(record, |_| {}));
    })?;
    table.finish(|_| {});
    Ok((packets, table.counts().flows))
}

/// A forest that tells flows to usual services from the others.
fn forest(path: &Path, trees: &str) -> Result<Bundle, Box<dyn Error>> {
    let rows = FlowRows::read_as(&usual_columns(Profile::Native), config());
    let mut meter = rows.meter(1)?;
    each(path, |frame| meter.push(frame))?;
    meter.finish();
    let flows: Dataset = rows.take()?;
    let port = flows.schema().place("Dst Port")?;
    let usual = |cell: &f64| if *cell < 1_024.0 { "benign" } else { "other" };
    let labels: Vec<&str> = flows.matrix().column(port).iter().map(usual).collect();
    let columns = usual_columns(Profile::Native);
    let names = columns.features().iter().map(|feature| feature.name.current);
    let flows = flows.pick(names)?.with_labels(Labels::of(labels))?;
    let flows = flows.slice(0..flows.rows().min(LEARNED));
    let mut recipe = Recipe::named("random-forest")?;
    recipe.set("trees", trees)?;
    let about = About::new().flows(facts_of(&config()));
    Ok(Trainer::new([recipe]).about(about).train(&flows)?.bundle)
}

fn read(path: &Path, _: &Bundle) -> Result<(), Box<dyn Error>> {
    each(path, |frame| {
        black_box(frame.data.len());
    })
}

fn parse(path: &Path, _: &Bundle) -> Result<(), Box<dyn Error>> {
    each(path, |frame| {
        black_box(Packet::parse(frame).is_ok());
    })
}

fn flow(path: &Path, _: &Bundle) -> Result<(), Box<dyn Error>> {
    let (mut intake, mut table) = (Intake::new(&config()), FlowTable::new(config()));
    each(path, |frame| {
        intake.read(frame, |record| {
            table.push(record, |flow| {
                black_box(flow.packets());
            });
        });
    })?;
    table.finish(|_| {});
    Ok(())
}

fn row(path: &Path, bundle: &Bundle) -> Result<(), Box<dyn Error>> {
    rows(path, bundle, |flows| {
        black_box(flows.rows());
        Ok(())
    })
}

fn score(path: &Path, bundle: &Bundle) -> Result<(), Box<dyn Error>> {
    rows(path, bundle, |flows| {
        black_box(bundle.score(&flows)?.classes.len());
        Ok(())
    })
}

fn rows(
    path: &Path,
    bundle: &Bundle,
    mut take: impl FnMut(Dataset) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let rows = FlowRows::of(bundle)?;
    let mut meter = rows.meter(1)?;
    let mut capture = capture::open(path)?;
    while let Some(frame) = capture.next_frame()? {
        meter.push(frame);
        if rows.are_enough() {
            take(rows.take()?)?;
        }
    }
    meter.finish();
    take(rows.take()?)
}

fn whole(path: &Path, bundle: &Bundle) -> Result<(), Box<dyn Error>> {
    through(path, bundle, PathBuilder::new())
}

fn kept(path: &Path, bundle: &Bundle) -> Result<(), Box<dyn Error>> {
    through(path, bundle, PathBuilder::new().ring(Ring::new(Ring::BYTES)?))
}

fn through(path: &Path, bundle: &Bundle, builder: PathBuilder) -> Result<(), Box<dyn Error>> {
    let models = Models::default().classifier(bundle.clone())?;
    let mut path_of = builder.models(models).start(|verdict, _| {
        black_box(verdict.score);
    })?;
    each(path, |frame| path_of.push(frame))?;
    black_box(path_of.finish().counts.flows);
    Ok(())
}
