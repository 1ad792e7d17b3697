//! Tor, VPN or neither, told by what flows are like: machines, neighbours, a forest and a baseline on the rows they learned
//! from and on others, their ROC curves over all classes in one chart, and the same as suspicious or benign.
//! Run it with `cargo run --release --example tor_vpn_normal [Final_Dataset.csv]`; without a table it makes traffic of its own.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;

use netsift::data::prepare::{ConstantColumns, Fill, Finite, Impute, LabelMap, Ordinal, Otherwise};
use netsift::data::split::Split;
use netsift::data::{Dataset, Plan, Preparation, TableReader};
use netsift::flow::{Columns, Profile};
use netsift::metrics::Report;
use netsift::models::{Recipe, Trainer};
use netsift::report::{Chart, Lines, Series};
use netsift::synth::{Class, Mix, Scenario};

/// The models of this table's project and their settings; those after the last comma are scaled first.
const MODELS: [(&str, &str, bool); 5] = [
    ("dummy", "", false),
    ("knn", "neighbours=3", false),
    ("random-forest", "trees=25 criterion=entropy depth=15 columns=5", false),
    ("svm", "kernel=linear", true),
    ("svm", "kernel=poly degree=2", true),
];

fn main() -> Result<(), Box<dyn Error>> {
    // That project's models do not know who and when; and here not what is always 0, either.
    let who = "Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp";
    let reader = TableReader::new().label("Label").drop(who.split(','));
    let rows = std::env::args().nth(1).map_or_else(made, |it| Ok(reader.read_path(it)?.0))?;
    println!("{} rows of {} columns, in three classes:", rows.rows(), rows.width());
    compare(&rows, "netsift-tor-vpn-normal.svg")?;
    let map = LabelMap::new(Otherwise::Become("suspicious".into()));
    let map = map.rule("Normal Traffic", "benign").rule("web", "benign");
    println!("\nThe same as suspicious or benign:");
    compare(&Preparation::fit(&[map.into()], &rows)?.1, "netsift-suspicious.svg")
}

fn made() -> Result<Dataset, Box<dyn Error>> {
    let mix = Mix::empty().with(Class::Tor, 1.0).with(Class::Vpn, 1.0).with(Class::Web, 1.0);
    let (columns, scenario) = (Columns::reference(Profile::Cic), Scenario::new(1).mix(mix));
    let rows = netsift::rows::of_traffic(&scenario.packets(200_000), &columns)?;
    Ok(rows.without(netsift::detect::flow_rows::identity())?)
}

fn compare(rows: &Dataset, drawing: &str) -> Result<(), Box<dyn Error>> {
    let heads = ["accuracy", "F1", "precision", "recall"].map(|head| format!("{head:>15}"));
    println!("in % (train)  {}  ROC area  best TPR", heads.join(" "));
    let scores = |report: &Report| {
        let of = &report.weighted_average;
        [report.accuracy, of.f1, of.precision, of.recall].map(|score| 100.0 * score)
    };
    let mut curves = Vec::new();
    for (name, settings, is_scaled) in MODELS {
        let mut recipe = Recipe::named(name)?;
        let mut pairs = settings.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.try_for_each(|(name, value)| recipe.set(name, value))?;
        let (zero, constant) = (Impute::new(Fill::Number(0.0)), ConstantColumns::new());
        let plans: [Plan; 4] =
            [Finite::new().into(), zero.into(), constant.into(), Ordinal::new().into()];
        let trainer = Trainer::new([recipe]).plans(plans).complete_plans(is_scaled);
        let trained = trainer.split(Split::stratified(42)).train(rows)?;
        let facts = trained.bundle.facts();
        let test = &facts.test.as_ref().unwrap_or(&facts.train).report;
        let cells = scores(test).into_iter().zip(scores(&facts.train.report));
        let cells = cells.map(|(test, train)| format!("{test:7.2} ({train:5.2})"));
        let told = &test.probabilities.as_ref().ok_or("no probabilities")?.curves.micro;
        let curve: Vec<_> = told.roc.points.iter().map(|it| (it.x, it.y)).collect();
        let (cells, area) = (cells.collect::<Vec<_>>().join(" "), told.roc_area.unwrap_or(0.0));
        let above_chance = |a: &(f64, f64), b: &(f64, f64)| (a.1 - a.0).total_cmp(&(b.1 - b.0));
        let (_, found) = curve.iter().copied().max_by(above_chance).unwrap_or_default();
        println!("{name:<14}{cells} {area:>9.4} {found:>9.4}");
        curves.push(Series::new(format!("{name} {settings}"), curve));
    }
    let chart = Chart::new("ROC of all models", "Found, by false alarms.", Lines::of(curves))?;
    let path = std::env::temp_dir().join(drawing);
    println!("their curves are drawn in {}", path.display());
    Ok(std::fs::write(&path, chart.svg()?)?)
}
