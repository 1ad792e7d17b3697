//! What in traffic is strange: an isolation forest learns from the flows of a capture, or of the first seconds of an interface;
//! a page tells what was strange there, and the same forest goes on to watch, and alerts in lines of JSON.
//!
//! Run it with `cargo run --release --example anomaly_watch [CAPTURE | INTERFACE [SECONDS]]`, and it learns for 60 seconds
//! where nothing is said; without either it makes traffic of its own.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use netsift::capture::{
    CaptureError, CaptureWriter, Frames, Live, LiveOptions, WriterOptions, open, save,
};
use netsift::detect::{Models, PathBuilder};
use netsift::packet::FrameSource;
use netsift::report::{AnomalySearch, Explorer, Look, Made, Subject};
use netsift::synth::{Class, Generator, Mix, Scenario};

/// Wherever frames come from.
type Source = Box<dyn FrameSource<Error = CaptureError>>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join("netsift-anomaly-watch");
    fs::create_dir_all(&folder)?;
    let (usual, watched) = match std::env::args().nth(1) {
        None => made(&folder)?,
        Some(path) if Path::new(&path).exists() => {
            (path.clone().into(), Box::new(open(path)?) as _)
        }
        Some(interface) => recorded(&interface, &folder)?,
    };
    let explorer = Explorer::new().anomalies(AnomalySearch::new(Subject::Flows));
    let explored = netsift::explored::of_captures(&[&usual], explorer)?;
    let title = usual.display().to_string();
    let page = explored.numbers.page(explored.anomalies.as_ref(), title, Made::default())?;
    page.write(Look::Static, File::create(folder.join("anomalies.html"))?)?;
    println!("what is strange there is told in {}", folder.join("anomalies.html").display());
    let models = Models::default().anomaly(explored.detector.ok_or("all flows are alike")?)?;
    let path = PathBuilder::new().models(models).start(|_, alert| {
        let line = alert.and_then(|alert| serde_json::to_string(alert).ok());
        line.into_iter().for_each(|line| println!("{line}"));
    })?;
    let counts = path.run(watched)?.counts;
    println!("{} alerts of {} flows", counts.alerts, counts.flows);
    Ok(())
}

/// The first seconds of an interface as a capture, and what comes behind them.
fn recorded(interface: &str, folder: &Path) -> Result<(PathBuf, Source), Box<dyn Error>> {
    let seconds: i64 = std::env::args().nth(2).map_or(Ok(60), |it| it.parse())?;
    let live = Live::open(interface, LiveOptions::new())?;
    let mut live = Frames::new(live, |event| println!("{event}"));
    let path = folder.join("usual.pcap");
    let mut writer = CaptureWriter::new(File::create(&path)?, WriterOptions::new())?;
    let mut end = None;
    while let Some(frame) = live.next_frame()?
        && frame.time.as_secs() < *end.get_or_insert(frame.time.as_secs() + seconds)
    {
        writer.write(&frame)?;
    }
    writer.finish()?;
    Ok((path, Box::new(live)))
}

/// Usual traffic to learn from, and traffic with attacks to watch.
fn made(folder: &Path) -> Result<(PathBuf, Source), Box<dyn Error>> {
    let [usual, mixed] = ["usual.pcap", "mixed.pcap"].map(|name| folder.join(name));
    let scenario = |seed, mix| Generator::new(&Scenario::new(seed).mix(mix).packets(20_000));
    let attacks = Mix::benign().with(Class::SynScan, 2.0).with(Class::Exfiltration, 2.0);
    save(scenario(1, Mix::benign())?, &usual)?;
    save(scenario(2, attacks)?, &mixed)?;
    Ok((usual, Box::new(open(mixed)?)))
}
