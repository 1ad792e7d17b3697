//! Bundles as their users have them: trained, saved, loaded, asked; forged, and refused.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic)]

mod drift;
mod explaining;
mod hostile;
mod questions;
mod training;
mod unlabelled;
mod versions;
mod zoo_laws;
mod zoo_odd_rows;

use ndarray::Array2;
use netsift_data::prepare::{Fill, Finite, Impute, LabelMap, OneHot, Otherwise, Scale};
use netsift_data::{Classes, Dataset, Field, Labels, Plan, Schema};
use netsift_models::{About, Bundle, FlowFacts, Recipe, Trained, Trainer};

/// Flows of three classes that two columns of numbers and one of texts tell, with holes and an infinity.
fn flows(rows: usize) -> Dataset {
    let texts = Classes::new(["tcp", "udp"]).unwrap();
    let fields =
        [Field::number("Flow Duration"), Field::text("Protocol", texts), Field::number("Bytes")];
    let cell = |(row, column): (usize, usize)| match column {
        0 if row % 17 == 3 => f64::NAN,
        0 if row % 19 == 4 => f64::INFINITY,
        0 => (row * 37 % 101) as f64 + (row % 3) as f64 * 1e3,
        1 => (row % 2) as f64,
        _ => (row * 53 % 97) as f64 / 7.0,
    };
    let matrix = Array2::from_shape_fn((rows, 3), cell);
    let labels: Vec<&str> = (0..rows).map(|row| ["benign", "DoS Hulk", "scan"][row % 3]).collect();
    let data = Dataset::new(Schema::new(fields).unwrap(), matrix).unwrap();
    data.with_labels(Labels::of(labels)).unwrap()
}

fn plans() -> Vec<Plan> {
    vec![
        LabelMap::new(Otherwise::Keep).rule("DoS*", "dos").into(),
        Finite::new().into(),
        Impute::new(Fill::Median).into(),
        Scale::standard().into(),
        OneHot::new().into(),
    ]
}

fn about() -> About {
    let timeouts = [("idle timeout".to_owned(), 120_000_000_000)];
    let flows = FlowFacts { profile: "native".into(), timeouts: timeouts.into() };
    let about = About::new().date("2026-05-04").flows(flows);
    about.unit("Flow Duration", "µs").note("tables", "made | by hand")
}

fn prior() -> Recipe {
    let mut recipe = Recipe::named("dummy").unwrap();
    recipe.set("strategy", "prior").unwrap();
    recipe
}

fn trained() -> Trained {
    Trainer::new([prior()]).plans(plans()).about(about()).train(&flows(120)).unwrap()
}

fn saved(bundle: &Bundle) -> Vec<u8> {
    bundle.save(Vec::new()).unwrap()
}
