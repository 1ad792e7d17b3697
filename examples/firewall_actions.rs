//! What a firewall did, learned from its log, and what it should do next: which models tell its actions how well, the tree as
//! rules that a person can read, and a recommended action for rows that nobody has decided on.
//!
//! Run it with `cargo run --release --example firewall_actions [log2.csv]`; without a log it makes traffic of its own.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;

use netsift::data::explore::{Explore, LeakageCheck};
use netsift::data::prepare::{LabelMap, Otherwise};
use netsift::data::{Dataset, Description, Preparation, TableReader};
use netsift::flow::{Columns, Profile};
use netsift::models::{Recipe, Trainer};
use netsift::synth::Scenario;

fn main() -> Result<(), Box<dyn Error>> {
    let rows = std::env::args().nth(1).map_or_else(made, |log| logged(&log))?;
    let seen = Explore::new().look(&rows)?;
    println!("{} rows of {} columns", seen.rows, seen.columns.len());
    seen.labels.iter().for_each(|it| println!("  {:<12} {:>7}", it.class, it.rows));
    compare(&rows)?;
    explain(&rows)
}

/// The log as it is published, and what is wrong with it.
fn logged(path: &str) -> Result<Dataset, Box<dyn Error>> {
    let reader = TableReader::new().description(Description::uci_firewall());
    let (rows, report) = reader.read_path(path)?;
    println!("{report}");
    Ok(rows)
}

/// Flows of made traffic, as a firewall might have judged them.
fn made() -> Result<Dataset, Box<dyn Error>> {
    let columns = Columns::pick(Profile::Native, ["volume", "length"])?;
    let rows = netsift::rows::of_traffic(&Scenario::new(1).packets(100_000), &columns)?;
    let map = LabelMap::new(Otherwise::Become("allow".into())).rule("*-scan", "drop");
    let map = map.rule("*-flood", "reset-both").rule("*-tunnel", "deny").rule("ssh-b*", "deny");
    Ok(Preparation::fit(&[map.into()], &rows.without(netsift::detect::flow_rows::identity())?)?.1)
}

fn compare(rows: &Dataset) -> Result<(), Box<dyn Error>> {
    let zoo = ["decision-tree", "random-forest", "knn", "extra-trees", "gradient-boosting"];
    let others = ["logistic-regression", "naive-bayes", "dummy"];
    let trained = Trainer::new(Recipe::among(zoo.into_iter().chain(others))?).train(rows)?;
    for tried in &trained.candidates {
        let Some(judged) = tried.outcome.as_ref().ok().and_then(|it| it.test.as_ref()) else {
            continue;
        };
        println!("\n{}, on rows that it has not seen:\n{}", tried.recipe.name(), judged.report);
        let matrix = &judged.report.confusion;
        let rows = matrix.classes().iter().zip(matrix.rows());
        rows.for_each(|(class, told)| println!("{class:>12} was told as {told:?}"));
    }
    println!("the best in cross-validation: {}", trained.bundle.facts().learner);
    Ok(())
}

/// A tree small enough to be read, and what it says of rows held back, a quarter of each class.
fn explain(rows: &Dataset) -> Result<(), Box<dyn Error>> {
    let mut tree = Recipe::named("decision-tree")?;
    tree.set("depth", "4")?;
    let trainer = Trainer::new([tree]);
    let (train, test) = trainer.parts(rows)?;
    let test = test.ok_or("no rows are held back")?;
    let bundle = trainer.train_on(&train, None)?.bundle;
    let names: Vec<&str> = bundle.preparation().output().names().collect();
    let right = 100.0 * bundle.judge(&test, 1)?.report.accuracy;
    let equal = LeakageCheck::new().look(&train, &test)?.repeated.count;
    println!("\nA tree, {right:.2} % right of {} rows held back ({equal} seen, too):", test.rows());
    println!("{}", bundle.model().and_then(|tree| tree.rules(&names, None)).unwrap_or_default());
    let answer = bundle.score(&test.slice(0..5).bare())?;
    for (row, (&class, sure)) in answer.classes.iter().zip(answer.scores()).enumerate() {
        let action = bundle.classes().name(class).unwrap_or_default();
        println!("new row {row}: {action}, {:.1} % sure", 100.0 * sure);
    }
    Ok(())
}
