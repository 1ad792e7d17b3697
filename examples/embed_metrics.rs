//! Metrics alone: what was true and what was guessed, by whatever model, to scores. Only `netsift-metrics` is used.
//!
//! Run it with `cargo run --release --example embed_metrics`.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;

use netsift_metrics::{Bootstrap, Confusion, McNemar, Ranking, Report};

fn main() -> Result<(), Box<dyn Error>> {
    // Somebody else's model: of each row, what it was, and how sure the model is that it was an attack.
    let rows: Vec<(bool, f64)> =
        (0..1_000).map(|row: u32| (row.is_multiple_of(4), score(row))).collect();
    let is_attack: Vec<bool> = rows.iter().map(|(is_attack, _)| *is_attack).collect();
    let scores: Vec<f64> = rows.iter().map(|(_, score)| *score).collect();

    let named = |is_attack: &bool| if *is_attack { "attack" } else { "benign" };
    let truth: Vec<&str> = is_attack.iter().map(named).collect();
    let guess: Vec<&str> = scores.iter().map(|score| named(&(*score > 0.5))).collect();
    println!("{}", Report::of(&Confusion::of(&truth, &guess)?)?);

    let ranking = Ranking::of(&is_attack, &scores, None)?;
    println!("area under the ROC curve: {:.4}", ranking.roc()?.area());
    let point = ranking.at_false_positive_rate(0.01)?;
    println!("at one false alarm in a hundred it finds {:.1} %", 100.0 * point.recall);

    let bold: Vec<&str> = scores.iter().map(|score| named(&(*score > 0.3))).collect();
    let test = McNemar::of(&truth, &guess, &bold, None)?;
    println!("a threshold of 0.3 instead of 0.5 is another model with p = {:.2e}", test.p_value());
    let accuracy = Bootstrap::new(1).interval(truth.len(), |drawn| {
        let right = drawn.iter().filter(|&&row| truth.get(row) == guess.get(row)).count();
        Some(right as f64 / drawn.len() as f64)
    })?;
    println!("accuracy {:.3} to {:.3} in 95 of 100 draws", accuracy.low, accuracy.high);
    Ok(())
}

/// Attacks score high, mostly.
fn score(row: u32) -> f64 {
    let chance = f64::from(row.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24);
    if row.is_multiple_of(4) { 0.2 + 0.8 * chance } else { 0.6 * chance }
}
