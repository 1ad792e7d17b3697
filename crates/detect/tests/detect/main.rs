//! What the whole path says of traffic whose labels are known, and of what is done to it while it runs.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used)]

mod overload;
mod replaced;
mod told;

use std::sync::mpsc::{Receiver, channel};

use netsift_alert::Alert;
use netsift_data::{Dataset, Labels};
use netsift_detect::flow_rows::{FlowRows, facts_of};
use netsift_detect::{Path, PathBuilder, Verdict};
use netsift_flow::{Columns, FlowConfig, Profile};
use netsift_models::{About, Bundle, Recipe, Trainer};
use netsift_packet::FrameSource;
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

/// Flows of some traffic, in two classes by their port.
fn flows(seed: u64) -> Dataset {
    let columns = Columns::pick(Profile::Native, ["Flow Duration", "Total Fwd Packet"]).unwrap();
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
    let flows = flows.pick(["Flow Duration", "Total Fwd Packet"]).unwrap();
    flows.with_labels(Labels::of(labels)).unwrap()
}

/// A tree of flows.
fn classifier(profile: Profile) -> Bundle {
    let about = About::new().flows(facts_of(&FlowConfig::new(profile)));
    let trainer = Trainer::new([Recipe::named("decision-tree").unwrap()]).about(about);
    trainer.train(&flows(1)).unwrap().bundle
}
