//! Tor, VPN or neither, told by what flows are like: machines, neighbours, a forest and a baseline on the rows they learned
//! from and on others, one ROC curve of each over all classes, and the same as suspicious or benign.
//!
//! Run it with `cargo run --release --example tor_vpn_normal [Final_Dataset.csv]`; without a table it makes traffic of its own.

// An example is there to print.
#![allow(clippy::print_stdout)]

use std::error::Error;

use netsift::data::prepare::{Fill, Finite, Impute, LabelMap, Ordinal, Otherwise};
use netsift::data::split::Split;
use netsift::data::{Dataset, Plan, Preparation, TableReader};
use netsift::flow::{Columns, Profile};
use netsift::metrics::{Average, Report};
use netsift::models::{Recipe, Trainer};
use netsift::synth::{Class, Mix, Scenario};

/// What the project of this table gave its models not: who, when, and what is always 0.
const LEFT_OUT: &str = "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Fwd Byts/b Avg,Fwd Pkts/b Avg,\
    Fwd Blk Rate Avg,Bwd Byts/b Avg,FIN Flag Cnt,SYN Flag Cnt,RST Flag Cnt,URG Flag Cnt,CWE Flag Count,ECE Flag Cnt,\
    Fwd PSH Flags,Bwd PSH Flags,Fwd URG Flags,Bwd URG Flags";
/// Its models and settings; those after the last comma are scaled first.
const MODELS: [(&str, &str, bool); 5] = [
    ("dummy", "", false),
    ("knn", "neighbours=3", false),
    ("random-forest", "trees=25 criterion=entropy depth=15 columns=5", false),
    ("svm", "kernel=linear", true),
    ("svm", "kernel=poly degree=2", true),
];

fn main() -> Result<(), Box<dyn Error>> {
    let rows = match std::env::args().nth(1) {
        Some(table) => {
            TableReader::new().label("Label").drop(LEFT_OUT.split(',')).read_path(table)?.0
        }
        None => made()?,
    };
    println!("{} rows of {} columns, in three classes:", rows.rows(), rows.width());
    compare(&rows)?;
    let map = LabelMap::new(Otherwise::Become("suspicious".into()));
    let map = map.rule("Normal Traffic", "benign").rule("web", "benign");
    println!("\nThe same as suspicious or benign:");
    compare(&Preparation::fit(&[map.into()], &rows)?.1)
}

fn made() -> Result<Dataset, Box<dyn Error>> {
    let classes = [Class::Tor, Class::Vpn, Class::Web];
    let mix = classes.into_iter().fold(Mix::empty(), |mix, class| mix.with(class, 1.0));
    let columns = Columns::reference(Profile::Cic);
    Ok(netsift::rows::of_traffic(&Scenario::new(1).mix(mix).packets(200_000), &columns)?
        .without(netsift::detect::flow_rows::identity())?)
}

fn compare(rows: &Dataset) -> Result<(), Box<dyn Error>> {
    let heads = ["accuracy", "F1", "precision", "recall"].map(|name| format!("{name:>15}"));
    println!("{:<14} {} {:>9}", "in % (train)", heads.join(" "), "ROC area");
    for (name, settings, is_scaled) in MODELS {
        let mut recipe = Recipe::named(name)?;
        let pairs = settings.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.into_iter().try_for_each(|(name, value)| recipe.set(name, value))?;
        let zeros: [Plan; 3] =
            [Finite::new().into(), Impute::new(Fill::Number(0.0)).into(), Ordinal::new().into()];
        let trainer = Trainer::new([recipe]).plans(zeros).complete_plans(is_scaled);
        let trained = trainer.split(Split::stratified(42)).train(rows)?;
        let facts = trained.bundle.facts();
        let test = &facts.test.as_ref().unwrap_or(&facts.train).report;
        let cells = scores(test).into_iter().zip(scores(&facts.train.report));
        let cells: Vec<String> =
            cells.map(|(test, train)| format!("{test:7.2} ({train:5.2})")).collect();
        let area = test.probabilities.as_ref().and_then(|it| it.curves.roc_area(Average::Micro));
        println!("{name:<14} {} {:>9.4}", cells.join(" "), area.unwrap_or(f64::NAN));
    }
    Ok(())
}

fn scores(report: &Report) -> [f64; 4] {
    let of = &report.weighted_average;
    [report.accuracy, of.f1, of.precision, of.recall].map(|score| 100.0 * score)
}
