//! Which attack a flow is: a forest and boosting learn it from rows as they are, and with SMOTE. The best is saved with its
//! scaler and its classes in one file, loaded again, and asked about a capture: features, predictions and alerts.
//! Run it with `cargo run --release --example attack_classes [FOLDER [CAPTURE]]`; without them it makes traffic of its own.

#![allow(clippy::print_stdout)] // an example is there to print

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use netsift::capture::{open, save};
use netsift::data::balance::{Few, Smote};
use netsift::data::prepare::{Fill, Finite, Impute, Scale};
use netsift::data::{Dataset, Labels, Layout, Plan, TableReader};
use netsift::detect::flow_rows::{FlowRows, facts_of, identity};
use netsift::detect::{Models, PathBuilder};
use netsift::flow::{Columns, Profile};
use netsift::models::{About, Balancing, Bundle, Recipe, Trainer};
use netsift::synth::{Generator, Scenario};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join("netsift-attack-classes");
    fs::create_dir_all(&folder)?;
    let columns = Columns::reference(Profile::CicFixed);
    let rows = match std::env::args().nth(1) {
        Some(tables) => labelled(&tables)?,
        None => netsift::rows::of_traffic(&Scenario::new(1).packets(50_000), &columns)?
            .without(identity())?,
    };
    println!("{} rows of {} columns", rows.rows(), rows.width());
    learned(&rows, &columns)?.save(File::create(folder.join("attacks.nsm"))?)?;
    let made = folder.join("made.pcap");
    save(Generator::new(&Scenario::new(2).packets(20_000))?, &made)?;
    let capture = std::env::args().nth(2).map_or(made, PathBuf::from);
    replayed(Bundle::load(File::open(folder.join("attacks.nsm"))?)?, &capture, &folder)
}

/// Tables with the columns of the corrected CICFlowMeter: what flows are like, and not who, when and to which port.
fn labelled(folder: &str) -> Result<Dataset, Box<dyn Error>> {
    let files = fs::read_dir(folder)?.flatten().map(|file| file.path());
    let is_table = |path: &PathBuf| path.to_string_lossy().contains(".csv");
    let tables: BTreeSet<_> = files.filter(is_table).collect(); // in the order of their names
    let left_out = identity().chain(["id", "Attempted Category", "Total TCP Flow Time"]);
    Ok(TableReader::new().label("Label").drop(left_out).read_paths(tables)?.0)
}

/// The best of four for rows that none has seen, by the mean F1 of all classes.
fn learned(rows: &Dataset, columns: &Columns) -> Result<Bundle, Box<dyn Error>> {
    let smote = Smote::new(42).few(Few::FewerNeighbours);
    let ways = [("as they are", Balancing::None), ("with SMOTE", Balancing::Rows(&smote))];
    let models = ["random-forest", "gradient-boosting"].into_iter();
    let mut best: Option<(f64, Bundle)> = None;
    for (model, (said, way)) in models.flat_map(|model| ways.map(|way| (model, way))) {
        let zero = Impute::new(Fill::Number(0.0));
        let plans: [Plan; 3] = [Finite::new().into(), zero.into(), Scale::standard().into()];
        let about = About::new().flows(facts_of(&columns.config()));
        let trainer = Trainer::new([Recipe::named(model)?]).plans(plans).balance(way).about(about);
        let bundle = trainer.threads(2).train(rows)?.bundle;
        let test = bundle.facts().test.as_ref().ok_or("no rows are held back")?;
        let (accuracy, f1) = (test.report.accuracy, test.report.macro_average.f1);
        println!("{model:<17} {said:<11} accuracy {accuracy:.4}, macro F1 {f1:.4}");
        best = best.filter(|best| best.0 >= f1).or(Some((f1, bundle)));
    }
    Ok(best.ok_or("nothing was learned")?.1)
}

fn replayed(bundle: Bundle, capture: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let flows = netsift::rows::of_frames(FlowRows::of(&bundle)?, open(capture)?)?;
    Layout::new().write(&flows, File::create(folder.join("flow_features.csv"))?)?;
    let told = Labels::new(bundle.classes().clone(), bundle.score(&flows)?.classes)?;
    told.classes().names().zip(told.counts()).for_each(|it| println!("{:>9} of {}", it.1, it.0));
    let predictions = File::create(folder.join("predictions.csv"))?;
    Layout::new().label("Prediction").write(&flows.with_labels(told)?, predictions)?;
    println!("are predicted, flow by flow, in {}", folder.display());
    let path = PathBuilder::new().models(Models::default().classifier(bundle)?);
    let path = path.start(|_, alert| alert.into_iter().for_each(|it| println!("  {it}")))?;
    println!("{} alerts", path.run(open(capture)?)?.counts.alerts);
    Ok(())
}
