//! Whether what is learned where nothing is said finds attacks that are planted into generated traffic.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use netsift::data::{Dataset, Field};
use netsift::detect::flow_rows::{FlowRows, usual_columns};
use netsift::flow::{Columns, Labels, Profile};
use netsift::metrics::AnomalyScores;
use netsift::models::{DetectorRecipe, DetectorTrainer};
use netsift::packet::{FrameSource, Protocol, Timestamp};
use netsift::synth::{Class, Generator, LabelWriter, Mix, Scenario};

/// Attacks that consist of flows unlike any of good faith, and how likely one of their flows is stranger than a usual one.
const LOUD: [(Class, f64); 5] = [
    (Class::SynFlood, 0.9),
    (Class::UdpFlood, 0.9),
    (Class::SynScan, 0.85),
    (Class::UdpScan, 0.8),
    (Class::SlowHttp, 0.85),
];

#[test]
fn what_is_learned_where_nothing_is_said_finds_planted_attacks() {
    let mix = LOUD.iter().fold(Mix::benign(), |mix, (attack, _)| mix.with(*attack, 2.0));
    let mut areas: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for seed in [10, 20, 30] {
        let (learned, _) = flows(&Scenario::new(seed).mix(Mix::benign()).packets(60_000));
        // Other hosts, fewer and busier.
        let other = Scenario::new(seed + 1).mix(mix.clone()).packets(80_000);
        let (judged, classes) = flows(&other.hosts(150).flows_per_second(90.0));
        let trainer = DetectorTrainer::new([DetectorRecipe::default()]).resamples(0);
        let bundle = trainer.train_on(&learned, None).unwrap().bundle;
        let found = bundle.findings(&judged, 1).unwrap();
        for (attack, _) in LOUD {
            let is_judged = |class: &Class| !class.is_attack() || *class == attack;
            let rows = found.iter().zip(&classes).filter(|(_, class)| is_judged(class));
            let (scores, is_attack): (Vec<f64>, Vec<bool>) =
                rows.map(|(found, class)| (found.score, class.is_attack())).unzip();
            let scored = AnomalyScores::of(&is_attack, &scores, None).unwrap();
            areas.entry(attack.name()).or_default().push(scored.roc_area().unwrap());
        }
    }
    for (attack, least) in LOUD {
        let areas = &areas[attack.name()];
        let mean = areas.iter().sum::<f64>() / areas.len() as f64;
        assert!(mean > least, "{attack}: {areas:?}");
    }
}

/// The flows of generated traffic, and what each was.
fn flows(scenario: &Scenario) -> (Dataset, Vec<Class>) {
    let columns: Columns = usual_columns(Profile::Native);
    let rows = FlowRows::read_as(&columns, columns.config());
    let mut meter = rows.meter(1).unwrap();
    let mut traffic = Generator::labelled(scenario).unwrap();
    while let Some(frame) = traffic.next_frame().unwrap() {
        meter.push(frame);
    }
    meter.finish();
    let mut labels = LabelWriter::new(Vec::new()).unwrap();
    traffic.ended_flows().for_each(|flow| labels.write(&flow).unwrap());
    let labels = Labels::read(&labels.finish().unwrap()[..]).unwrap();
    let data = rows.take().unwrap();
    let (places, classes): (Vec<usize>, Vec<Class>) =
        (0..data.rows()).filter_map(|row| Some((row, class(&data, row, &labels)?))).unzip();
    // One or two at the ends of the capture may have no label.
    assert!(places.len() + 20 > data.rows(), "{} of {}", places.len(), data.rows());
    let names = columns.features().iter().map(|feature| feature.name.current);
    (data.select(&places).unwrap().pick(names).unwrap(), classes)
}

fn class(data: &Dataset, row: usize, labels: &Labels) -> Option<Class> {
    let cell = |name: &str| data.matrix()[[row, data.schema().place(name).unwrap()]];
    let text = |name: &str| {
        let field: &Field = &data.schema().fields()[data.schema().place(name).unwrap()];
        field.texts().unwrap().name(cell(name) as u32).unwrap()
    };
    let end = |ip, port| SocketAddr::new(text(ip).parse().unwrap(), cell(port) as u16);
    let ends = (end("Src IP", "Src Port"), end("Dst IP", "Dst Port"));
    let first = data.times().unwrap()[row];
    let last = first + cell("Flow Duration") as i64 * 1_000;
    let times = (Timestamp::from_nanos(first), Timestamp::from_nanos(last));
    labels.between(ends, Protocol(cell("Protocol") as u8), times)?.parse().ok()
}
