//! Whether drift is seen where there is some, and only there: the same traffic drawn again, other time windows of the same
//! captures, and generated traffic with a service that is new.

use netsift::data::split::{Shares, Split};
use netsift::data::{Chance, Dataset, Labels, TableReader};
use netsift::detect::flow_rows::{FlowRows, facts_of, usual_columns};
use netsift::flow::{FlowConfig, Profile};
use netsift::models::drift::Level;
use netsift::models::{
    About, Bundle, DetectorRecipe, DetectorTrainer, Drift, DriftReport, Recipe, Trainer,
};
use netsift::packet::FrameSource;
use netsift::synth::{Class, Generator, Mix, Scenario};

use crate::shared;

fn tree(train: &Dataset) -> Bundle {
    let recipe = Recipe::named("decision-tree").unwrap();
    Trainer::new([recipe]).about(about()).train(train).unwrap().bundle
}

/// What is trained where nothing is said, but that its columns are given.
fn detector(train: &Dataset, later: &Dataset) -> Bundle {
    let trainer = DetectorTrainer::new([DetectorRecipe::default()]).about(about()).resamples(0);
    trainer.train_on(&train.bare(), Some(&later.bare())).unwrap().bundle
}

fn about() -> About {
    About::new().flows(facts_of(&FlowConfig::new(Profile::Native)))
}

fn report(bundle: &Bundle, rows: &Dataset) -> DriftReport {
    let mut drift = Drift::against(bundle);
    drift.observe(rows, &bundle.score(rows).unwrap().scores()).unwrap();
    drift.report()
}

/// Rows of these, drawn with replacement.
fn resampled(data: &Dataset, rows: usize, seed: u64) -> Dataset {
    let mut chance = Chance::seeded(seed);
    let drawn: Vec<usize> = (0..rows).map(|_| chance.below(data.rows())).collect();
    data.select(&drawn).unwrap()
}

#[track_caller]
fn is_stable(bundle: &Bundle, rows: &Dataset) {
    let report = report(bundle, rows);
    assert_eq!(report.level, Level::Stable, "{} rows: {:?}", rows.rows(), report.behind());
}

fn behind(report: &DriftReport) -> Vec<String> {
    report.behind().into_iter().map(|column| column.name.clone()).collect()
}

#[test]
fn other_time_windows_of_the_same_captures_have_drifted_and_resamples_have_not() {
    let Some(folder) = shared("data/iscxvpn2016") else { return };
    let read =
        |name: &str| TableReader::new().label("class1").read_path(folder.join(name)).unwrap().0;
    // A1's tables have different columns, and their names are out of step with them.
    for name in ["A2-SECONDS-VPN", "A2-SECONDS-NO-VPN"] {
        let windows =
            ["15s", "60s"].map(|s| read(&format!("{}.arff.zst", name.replace("SECONDS", s))));
        for (usual, other) in [(&windows[0], &windows[1]), (&windows[1], &windows[0])] {
            let parts =
                Split::stratified(7).allow_rare(true).parts(usual, Shares::test(0.4).unwrap());
            let [train, _, later] = parts.unwrap().datasets(usual).unwrap();
            let bundle = tree(&train);
            for seed in 0..20 {
                let rows = [100, 300, 1_000, later.rows(), 50_000][seed as usize % 5];
                is_stable(&bundle, &resampled(&later, rows, seed));
            }
            for rows in [300, 1_000, other.rows()] {
                let report = report(&bundle, &resampled(other, rows, 1));
                assert_eq!(report.level, Level::Great, "{name}, {rows}: {report:?}");
                // Flows are cut off later, or earlier.
                assert!(behind(&report).contains(&"duration".to_owned()));
            }
        }
    }
}

#[test]
fn a_new_service_is_drift_and_resamples_are_none() {
    // The columns that a detector learns from where nothing is said.
    let columns = usual_columns(Profile::Native);
    let names = || columns.features().iter().map(|feature| feature.name.current);
    let rows = FlowRows::read_as(&columns, columns.config());
    let mix = Mix::benign().with(Class::Voip, 0.0);
    let usual = flows(&rows, &mix, 1);
    let durations = usual.column(usual.schema().place("Flow Duration").unwrap()).unwrap();
    let labels: Vec<&str> =
        durations.iter().map(|it| if *it < 1e6 { "short" } else { "long" }).collect();
    let usual = usual.clone().with_labels(Labels::of(labels)).unwrap().pick(names()).unwrap();
    let parts = Split::stratified(7).parts(&usual, Shares::test(0.4).unwrap()).unwrap();
    let [train, _, later] = parts.datasets(&usual).unwrap();
    let others = flows(&rows, &mix, 2);
    let calls = [10.0, 30.0].map(|share| flows(&rows, &mix.clone().with(Class::Voip, share), 1));
    for bundle in [tree(&train), detector(&train, &later)] {
        for seed in 0..20 {
            is_stable(&bundle, &resampled(&later, later.rows(), seed));
        }
        // Other hosts, with habits of their own, that do the same.
        is_stable(&bundle, &others);
        for calls in &calls {
            for count in [1_000, calls.rows()] {
                let report = report(&bundle, &resampled(calls, count, 1));
                assert!(report.is_alarm(), "{count}: {:?}", report.columns);
                // What calls are like: packets of one length, at even gaps.
                let worst = behind(&report).into_iter().take(2);
                let is_of_calls =
                    |name: &String| name.starts_with("Packet Length") || name.contains("IAT Min");
                assert!(worst.clone().all(|name| is_of_calls(&name)), "{worst:?}");
            }
        }
    }
}

/// The flows of generated traffic.
fn flows(rows: &FlowRows, mix: &Mix, seed: u64) -> Dataset {
    let mut meter = rows.meter(1).unwrap();
    let scenario = Scenario::new(seed).mix(mix.clone()).packets(300_000);
    let mut traffic = Generator::new(&scenario).unwrap();
    while let Some(frame) = traffic.next_frame().unwrap() {
        meter.push(frame);
    }
    meter.finish();
    rows.take().unwrap()
}
