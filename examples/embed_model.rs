//! A model alone: rows that a program has are learned from, and others told. Only `netsift-models` is used; the matrix is
//! an `ndarray` one.
//!
//! Run it with `cargo run --release --example embed_model`.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;

use netsift_models::data::{Chance, Labels};
use netsift_models::ndarray::{Array2, array};
use netsift_models::{Classifier, Learner, RandomForest, Training};

fn main() -> Result<(), Box<dyn Error>> {
    let mut chance = Chance::seeded(1);
    // Packets and seconds of flows: downloads have many and are long, scans are neither.
    let rows = Array2::from_shape_fn((400, 2), |(row, column)| {
        let most = [[200.0, 60.0], [3.0, 0.1]][row % 2][column];
        most * chance.unit()
    });
    let labels = Labels::of((0..400).map(|row| ["download", "scan"][row % 2]));
    let forest = RandomForest::default().trees(50).fit(&Training::new(rows.view(), &labels)?)?;

    let asked = array![[150.0, 30.0], [1.0, 0.01], [2.5, 40.0]];
    let told = forest.probabilities(asked.view())?;
    for (row, probabilities) in asked.rows().into_iter().zip(told.rows()) {
        let said = forest.classes().names().zip(probabilities);
        let said: Vec<String> = said.map(|(class, share)| format!("{class} {share:.2}")).collect();
        println!("{:>5} packets in {:>5} s: {}", row[0], row[1], said.join(", "));
    }
    Ok(())
}
