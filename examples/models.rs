//! From rows to predictions: learners are set and compared, the best is saved as one file, loaded again, and asked.
//!
//! Run it with `cargo run --release --example models`.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;

use netsift::models::data::{Chance, Dataset, Labels, Schema};
use netsift::models::ndarray::Array2;
use netsift::models::{About, Bundle, Recipe, Trainer};

fn main() -> Result<(), Box<dyn Error>> {
    let file = train(&rows(1, 2_000)?)?;
    println!("saved as {} bytes", file.len());
    ask(&file, &rows(2, 500)?)
}

/// Rows as any program has them: a matrix, the names of its columns, and what each row is.
fn rows(seed: u64, count: usize) -> Result<Dataset, Box<dyn Error>> {
    let names = ["packets", "mean length", "seconds"];
    let mut chance = Chance::seeded(seed);
    let cell = |(row, column): (usize, usize)| match (row % 3, column) {
        // Scans are short, floods are long, and all is blurred.
        (1, _) => 2.0 * chance.unit(),
        (2, 0) => 40.0 + 200.0 * chance.unit(),
        _ => 60.0 * chance.unit(),
    };
    let matrix = Array2::from_shape_fn((count, names.len()), cell);
    let labels = Labels::of((0..count).map(|row| ["benign", "scan", "flood"][row % 3]));
    Ok(Dataset::new(Schema::numbers(names)?, matrix)?.with_labels(labels)?)
}

/// The best of three, as a file.
fn train(data: &Dataset) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut forest = Recipe::named("random-forest")?;
    forest.set("trees", "50")?;
    forest.set("min-leaf", "2")?;
    let others = Recipe::among(["naive-bayes", "logistic-regression"])?;
    let trainer = Trainer::new([forest].into_iter().chain(others));
    let trained = trainer.about(About::new().unit("seconds", "s")).train(data)?;
    for candidate in &trained.candidates {
        let Some(judged) =
            candidate.outcome.as_ref().ok().and_then(|outcome| outcome.test.as_ref())
        else {
            continue;
        };
        println!("{:20} macro F1 {:.4}", candidate.recipe.name(), judged.report.macro_average.f1);
    }
    println!("the best in cross-validation is {}", trained.bundle.facts().learner);
    Ok(trained.bundle.save(Vec::new())?)
}

fn ask(file: &[u8], data: &Dataset) -> Result<(), Box<dyn Error>> {
    let bundle = Bundle::load(file)?;
    // Columns are found by their names, in any order.
    let turned = data.pick(["seconds", "packets", "mean length"])?;
    println!("of rows that it has never seen:\n{}", bundle.judge(&turned, 1)?.report);
    let answer = bundle.score(&turned)?;
    let unknown = answer.known(0.8)?.iter().filter(|class| class.is_none()).count();
    println!("{unknown} of {} rows are not sure enough to be told", turned.rows());
    Ok(())
}
