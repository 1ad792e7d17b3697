//! Which device it is, told by its traffic alone: captures become flows, flows rows, the rows of a capture one vector, and
//! a forest learns whose vectors are alike. No address and no name is looked at.
//!
//! Run it with `cargo run --release --example iot_devices [FOLDER [FOLDS]]`: a folder with captures and a `labels.csv` that
//! names `file` and `device_type` of each, or traffic of its own; FOLDS is a table to write, of the fold of each capture.

#![allow(clippy::print_stdout)] // an example is there to print

use std::error::Error;
use std::path::Path;

use netsift::data::pool::{Pool, pooled};
use netsift::data::split::Split;
use netsift::data::{DataError, Dataset, Labels};
use netsift::detect::flow_rows::says_who;
use netsift::flow::{Columns, Profile};
use netsift::models::Recipe;
use netsift::models::judging::{CrossValidation, Score};
use netsift::rows;
use netsift::synth::{Class, Mix, Scenario};

fn main() -> Result<(), Box<dyn Error>> {
    let columns = Columns::all(Profile::Native);
    let (vectors, types) = match std::env::args().nth(1) {
        Some(folder) => captured(Path::new(&folder), &columns)?,
        None => made(&columns)?,
    };
    let vectors: Result<Vec<_>, _> = vectors.iter().map(anonymous).collect();
    let data = pooled(&vectors?, &[Pool::Sum, Pool::Mean, Pool::Most])?
        .with_labels(Labels::of(types.iter().map(String::as_str)))?;
    println!("{} captures, {} numbers of each", data.rows(), data.width());
    let cross = CrossValidation::new(Split::stratified(42), 5).threads(2);
    if let Some(table) = std::env::args().nth(2) {
        let folds = cross.folds(&data)?.into_iter().zip(0..);
        let rows: String = folds
            .flat_map(|(it, k)| it.test.into_iter().map(move |row| format!("{row},{k}\n")))
            .collect();
        std::fs::write(table, format!("capture,fold\n{rows}"))?;
    }
    for learner in ["random-forest", "extra-trees"] {
        let crossed = cross.of(&Recipe::named(learner)?, &data)?;
        let folds = crossed.scores(Score::named("accuracy")?)?;
        let folds: Vec<f64> = folds.iter().map(|fold| fold.score).collect();
        println!("{learner:<14} {:.4} in five folds {folds:.3?}", folds.iter().sum::<f64>() / 5.0);
    }
    Ok(())
}

type Devices = (Vec<Dataset>, Vec<String>);

fn captured(folder: &Path, columns: &Columns) -> Result<Devices, Box<dyn Error>> {
    let labels = std::fs::read_to_string(folder.join("labels.csv"))?;
    let mut lines = labels.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap_or_default();
    let place = |name| header.iter().position(|it| *it == name).ok_or("a column is missing");
    let (file, device) = (place("file")?, place("device_type")?);
    let mut devices = Devices::default();
    for cells in lines.filter(|cells| cells.len() == header.len()) {
        devices.0.push(rows::of_captures([folder.join(cells[file])], columns)?);
        devices.1.push(cells[device].into());
    }
    Ok(devices)
}

/// Devices that do one thing each, switched on twenty times.
fn made(columns: &Columns) -> Result<Devices, Box<dyn Error>> {
    let mut devices = Devices::default();
    let classes = [Class::IotHeartbeat, Class::Voip, Class::Video, Class::Chat].repeat(20);
    for (seed, class) in (0..).zip(classes) {
        let scenario = Scenario::new(seed).mix(Mix::only(class)).packets(500);
        devices.0.push(rows::of_traffic(&scenario, columns)?);
        devices.1.push(class.name().into());
    }
    Ok(devices)
}

/// The flows of a capture, without what tells who or when.
fn anonymous(flows: &Dataset) -> Result<Dataset, DataError> {
    flows.without(flows.schema().names().filter(|name| says_who(name)))
}
