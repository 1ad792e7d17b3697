//! The whole way: traffic is made; its flows become rows, and the rows are cleaned; models learn from them and are compared; the
//! best is saved as one file, loaded again, and watches a capture of other traffic; a page tells how right it is there.
//!
//! Run it with `cargo run --release --example quickstart`.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use netsift::alert::sinks::Terminal;
use netsift::alert::{Grouper, Grouping};
use netsift::capture::{open, save};
use netsift::data::prepare::{ConstantColumns, Fill, Finite, Impute, LabelMap, Otherwise};
use netsift::data::{Dataset, Plan};
use netsift::detect::flow_rows::{facts_of, identity};
use netsift::detect::{Models, PathBuilder};
use netsift::flow::{Columns, Profile};
use netsift::models::{About, Bundle, Recipe, Trainer};
use netsift::report::{Evaluator, Look, Made};
use netsift::synth::{Class, Generator, Scenario};

/// So many alerts are printed here, of all that there are.
const SHOWN: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join("netsift-quickstart");
    fs::create_dir_all(&folder)?;
    // Other hosts at other times: what is learned by heart is of no use there.
    let [known, new] = [7, 8].map(|seed| Scenario::new(seed).packets(40_000));
    save(Generator::new(&new)?, folder.join("new.pcap"))?;
    let columns = Columns::reference(Profile::Native);
    let rows = netsift::rows::of_traffic(&known, &columns)?.without(identity())?;
    println!("{} flows of made traffic, {} numbers of each", rows.rows(), rows.width());
    let model = folder.join("model.nsm");
    learned(&rows, &columns)?.save(File::create(&model)?)?;
    let bundle = Bundle::load(File::open(&model)?)?;
    let test = netsift::rows::of_traffic(&new, &columns)?.without(identity())?;
    let models = [("model.nsm".to_owned(), bundle)];
    let numbers = Evaluator::new().ask(&models, &test, None)?.numbers()?;
    let page = numbers.page("model.nsm on new.pcap", Made::default())?;
    page.write(Look::Static, File::create(folder.join("report.html"))?)?;
    let [(_, bundle)] = models;
    watched(bundle, &folder.join("new.pcap"))?;
    println!(
        "\nAll of it lies in {}. Look at report.html in a browser, and next at\n",
        folder.display()
    );
    println!("  cargo run --release -p netsift-cli -- detect '{}/new.pcap'", folder.display());
    println!(
        "  cargo run --release -p netsift-cli -- explore '{}/new.pcap' -o new.html",
        folder.display()
    );
    println!("  cargo run --release -p netsift-cli -- serve --demo");
    Ok(())
}

/// The best of some, by rows that none of them learned from.
fn learned(rows: &Dataset, columns: &Columns) -> Result<Bundle, Box<dyn Error>> {
    let families = Class::ALL.iter().fold(LabelMap::new(Otherwise::Keep), |map, class| {
        map.rule(class.name(), class.family().name())
    });
    let (zero, constant) = (Impute::new(Fill::Number(0.0)), ConstantColumns::new());
    let plans: [Plan; 4] = [families.into(), Finite::new().into(), zero.into(), constant.into()];
    let zoo = ["dummy", "naive-bayes", "decision-tree", "random-forest", "gradient-boosting"];
    let about = About::new().flows(facts_of(&columns.config()));
    let trainer = Trainer::new(Recipe::among(zoo)?).plans(plans).about(about).threads(2);
    let trained = trainer.train(rows)?;
    println!("\n{:<18} {:>9} {:>9}", "", "accuracy", "macro F1");
    for candidate in &trained.candidates {
        let Ok(outcome) = &candidate.outcome else { continue };
        let Some(test) = &outcome.test else { continue };
        let (accuracy, f1) = (test.report.accuracy, test.report.macro_average.f1);
        println!("{:<18} {accuracy:>9.4} {f1:>9.4}", candidate.recipe.name());
    }
    println!("\nThe best in cross-validation is {}.", trained.bundle.facts().learner);
    Ok(trained.bundle)
}

/// What somebody should know of a capture, with the reasons; the same is told once.
fn watched(bundle: Bundle, capture: &Path) -> Result<(), Box<dyn Error>> {
    let (mut few, mut told) = (Grouper::new(Grouping::default())?, 0);
    let path = PathBuilder::new().models(Models::default().classifier(bundle)?);
    let path = path.start(move |_, alert| {
        let Some(alert) = alert else { return };
        few.accept(alert.clone(), |group| {
            told += 1;
            if told <= SHOWN {
                print!("\n{}", Terminal::lines(&group.alert, false));
            }
        });
    })?;
    let counts = path.run(open(capture)?)?.counts;
    println!(
        "\n{} flows watched: {} alerts, of which the first few are above.",
        counts.flows, counts.alerts
    );
    Ok(())
}
