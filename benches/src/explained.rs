//! Contributions of columns to what a forest says, beside the package shap: the same trees, the same rows.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use ndarray::{Array2, Array3, ArrayView2, Axis};
use netsift_models::{Checked, Classifier, Model};
use serde_json::Value;

use crate::duel::median;

/// How often both sides are timed.
const TURNS: u64 = 3;
/// So many rows are explained.
const ROWS: usize = 1000;
/// Both sides count in doubles, in another order.
const NEAR: f64 = 1e-6;

/// Seconds of one side, of one thread.
struct Times {
    /// All classes of each row.
    all: f64,
    /// The class that is told of each row, which is what is asked for mostly. Shap knows no such question.
    told: f64,
}

/// A line of a table: seconds of both sides, in turns, over trees that scikit-learn has grown in this folder, which holds
/// the rows as `peers/explain.py` reads them. Cells have to be exact in 32 bits.
///
/// # Errors
/// What the other side says, and answers that differ.
pub fn compare(
    peers: &Path,
    folder: &Path,
    name: &str,
    rows: ArrayView2<'_, f64>,
) -> Result<String, Box<dyn Error>> {
    let rows = rows.slice_axis(Axis(0), (..rows.nrows().min(ROWS)).into());
    let (mut own, mut others) = (Vec::new(), Vec::new());
    let mut nodes = 0;
    for seed in 0..TURNS {
        others.push(theirs(peers, folder, seed, rows)?);
        let json: Value = serde_json::from_slice(&fs::read(folder.join("model.json"))?)?;
        nodes = json["random-forest"]["trees"]["nodes"].as_array().map_or(0, Vec::len);
        let model: Model = serde_json::from_value(json)?;
        model.check()?;
        own.push(ours(&model, folder, rows)?);
    }
    let time = |of: fn(&Times) -> f64| median(own.iter().map(of));
    let ratio =
        |of: fn(&Times) -> f64| median(own.iter().zip(&others).map(|(own, other)| other / of(own)));
    Ok(format!(
        "| {name} | {} | {nodes} | {:.3} | {:.3} | {:.2} | {:.3} | {:.2} |",
        rows.nrows(),
        median(others.iter().copied()),
        time(|it| it.all),
        ratio(|it| it.all),
        time(|it| it.told),
        ratio(|it| it.told),
    ))
}

/// The heading of the table.
pub const HEADING: &str = "\
| rows of | explained | nodes | shap, s | all classes, s | of ours | the class told, s | of ours |
|---|---|---|---|---|---|---|---|";

fn ours(model: &Model, folder: &Path, rows: ArrayView2<'_, f64>) -> Result<Times, Box<dyn Error>> {
    let classes = model.classes().len();
    let start = Instant::now();
    let mut values = Vec::new();
    for class in 0..classes as u32 {
        values.push(model.contributions(rows, &vec![class; rows.nrows()])?.values);
    }
    let all = start.elapsed().as_secs_f64();
    let told = theirs_told(folder, (rows.nrows(), rows.ncols(), classes))?;
    for (own, told) in values.iter().zip(told.axis_iter(Axis(2))) {
        let apart = (own - &told).mapv(f64::abs).into_iter().fold(0.0, f64::max);
        if apart > NEAR {
            return Err(format!("contributions are {apart} apart").into());
        }
    }
    let guess = model.predict(rows)?.to_vec();
    let start = Instant::now();
    let of_guess: Array2<f64> = model.contributions(rows, &guess)?.values;
    let told = start.elapsed().as_secs_f64();
    assert_eq!(of_guess.nrows(), rows.nrows());
    Ok(Times { all, told })
}

fn theirs(
    peers: &Path,
    folder: &Path,
    seed: u64,
    rows: ArrayView2<'_, f64>,
) -> Result<f64, Box<dyn Error>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/explain.py");
    let mut command = Command::new(peers);
    command.arg(script).arg(folder);
    command.args([seed as usize, rows.ncols(), rows.nrows()].map(|number| number.to_string()));
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let told: Value = serde_json::from_slice(&output.stdout)?;
    Ok(told["explain"].as_f64().ok_or("no time was told")?)
}

fn theirs_told(folder: &Path, shape: (usize, usize, usize)) -> Result<Array3<f64>, Box<dyn Error>> {
    let told = fs::read(folder.join("told.f64"))?;
    let (told, _) = told.as_chunks::<8>();
    let told = told.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    Ok(Array3::from_shape_vec(shape, told)?)
}
