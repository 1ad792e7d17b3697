//! What the whole path says of traffic whose labels are known, and of what is done to it while it runs.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used)]

mod overload;
mod poured;
mod replaced;
mod told;
mod watched;
mod weighed;

use std::sync::mpsc::{Receiver, channel};

use netsift_alert::Alert;
use netsift_data::{Dataset, Labels};
use netsift_detect::flow_rows::{FlowRows, facts_of};
use netsift_detect::{Path, PathBuilder, Verdict};
use netsift_flow::{Columns, FlowConfig, Profile};
use netsift_models::{About, Bundle, Recipe, Trainer};
use netsift_packet::{Frame, FrameSource, LinkType, Timestamp};
use netsift_synth::{Generator, Scenario};

/// What was told: each verdict, and the alert if it is one.
type Told = Receiver<(Verdict, Option<Alert>)>;

/// A path whose verdicts are kept.
fn started(builder: PathBuilder) -> (Path, Told) {
    let (tell, told) = channel();
    let path = builder.start(move |verdict: &Verdict, alert: Option<&Alert>| {
        tell.send((verdict.clone(), alert.cloned())).unwrap();
    });
    (path.unwrap(), told)
}

fn traffic(seed: u64, packets: u64) -> Generator {
    Generator::new(&Scenario::new(seed).packets(packets)).unwrap()
}

fn push_all(path: &mut Path, mut traffic: impl FrameSource<Error: std::fmt::Debug>) {
    while let Some(frame) = traffic.next_frame().unwrap() {
        path.push(frame);
    }
}

/// Columns that every path keeps.
const USUAL: [&str; 2] = ["Flow Duration", "Total Fwd Packet"];

/// Flows of some traffic with these columns, in two classes by their port.
fn flows(seed: u64, names: &[&str]) -> Dataset {
    let columns = Columns::pick(Profile::Native, names.iter().copied()).unwrap();
    let rows = FlowRows::read_as(&columns, FlowConfig::new(Profile::Native));
    let mut meter = rows.meter(1).unwrap();
    let mut traffic = traffic(seed, 6_000);
    while let Some(frame) = traffic.next_frame().unwrap() {
        meter.push(frame);
    }
    meter.finish();
    let flows = rows.take().unwrap();
    let port = flows.schema().place("Dst Port").unwrap();
    let is_web = |row: usize| matches!(flows.matrix()[(row, port)] as u16, 80 | 443);
    let labels: Vec<&str> =
        (0..flows.rows()).map(|row| if is_web(row) { "benign" } else { "other" }).collect();
    let flows = flows.pick(names.iter().copied()).unwrap();
    flows.with_labels(Labels::of(labels)).unwrap()
}

/// A tree of flows.
fn classifier(profile: Profile) -> Bundle {
    classifier_of(profile, &USUAL)
}

fn classifier_of(profile: Profile, names: &[&str]) -> Bundle {
    let about = About::new().flows(facts_of(&FlowConfig::new(profile)));
    let trainer = Trainer::new([Recipe::named("decision-tree").unwrap()]).about(about);
    trainer.train(&flows(1, names)).unwrap().bundle
}

const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// A TCP segment between a sender's port 49,152 and port 80.
fn push_segment(path: &mut Path, (from, to): ([u8; 4], [u8; 4]), flags: u8, time: Timestamp) {
    let mut frame = [
        0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // IPv4
        0xc0, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0x10, 0, 0, 0, 0, 0, // TCP
    ];
    if flags & (SYN | RST) > 0 && flags & ACK > 0 {
        frame[20..24].rotate_left(2);
    }
    frame[12..16].copy_from_slice(&from);
    frame[16..20].copy_from_slice(&to);
    path.push(Frame::new(time, LinkType::RAW, &frame));
}
