//! Trained models: one of each learner, small, and some with more around them.

use ndarray::Array2;
use netsift_data::prepare::{Clip, CorrelatedColumns, LabelMap, Log, Ordinal, Otherwise};
use netsift_data::{Classes, DataError, Dataset, Field, Labels, Plan, Schema};
use netsift_models::{About, FlowFacts, ModelError, Recipe, Trainer};

use super::Seed;

/// Settings that make models small, where learners have them.
const SMALL: [(&str, &str); 3] = [("trees", "2"), ("depth", "2"), ("rounds", "2")];
/// A larger seed is slow to mutate and hides what it is about.
const MAX_SEED: usize = 8 * 1024;

pub(super) fn all() -> Vec<Seed> {
    let learners = Recipe::all().into_iter().filter_map(|recipe| {
        let name = format!("learner-{}", recipe.name().replace('/', "-"));
        seed(name, small(recipe), &[], About::new(), 12)
    });
    learners.chain(others()).collect()
}

/// What is around a model.
fn others() -> impl Iterator<Item = Seed> {
    let timeouts = [("idle timeout".to_owned(), 120_000_000_000)];
    let flows = FlowFacts { profile: "native".into(), timeouts: timeouts.into() };
    let about = [
        About::new(),
        About::new().date("2026-05-04").unit("a", "bytes"),
        About::new().flows(flows).note("tables", "a.csv"),
    ];
    let plans: [Vec<Plan>; 4] = [
        vec![LabelMap::new(Otherwise::Become("rest".into())).rule("x*", "x").into()],
        vec![Clip::to_quantiles(0.1, 0.9).into(), Log::new().into()],
        vec![Ordinal::new().into(), CorrelatedColumns::new(0.9).into()],
        Vec::new(),
    ];
    let strategies = ["most-frequent", "prior", "stratified"];
    let choice = move |number: usize| {
        let mut recipe = Recipe::named("dummy").ok()?;
        recipe.set("strategy", strategies[number % 3]).ok()?;
        let about = about[number % about.len()].clone();
        seed(format!("around-{number}"), recipe, &plans[number % plans.len()], about, 6 + number)
    };
    (0..12).filter_map(choice)
}

fn small(mut recipe: Recipe) -> Recipe {
    for (name, value) in SMALL {
        // Whoever has no such setting is small without.
        let _ = recipe.set(name, value);
    }
    recipe
}

fn seed(name: String, recipe: Recipe, plans: &[Plan], about: About, rows: usize) -> Option<Seed> {
    let file = trained(recipe, plans, about, rows).ok()?;
    (file.len() <= MAX_SEED).then_some((name, file))
}

fn trained(
    recipe: Recipe,
    plans: &[Plan],
    about: About,
    rows: usize,
) -> Result<Vec<u8>, ModelError> {
    // Curves of rows to test with would double it.
    let trainer = Trainer::new([recipe]).plans(plans.iter().cloned()).about(about).test_share(0.0);
    trainer.train(&table(rows)?)?.bundle.save(Vec::new())
}

/// Rows of two classes, which the first column tells.
fn table(rows: usize) -> Result<Dataset, DataError> {
    let texts = Classes::new(["tcp", "udp"])?;
    let fields = [Field::number("a"), Field::text("p", texts), Field::number("b")];
    let cell = |(row, column): (usize, usize)| match column {
        0 => (row % 2 * 10 + row) as f64,
        1 => (row / 2 % 2) as f64,
        _ => (row * 7 % 5) as f64 / 3.0,
    };
    let labels: Vec<&str> = (0..rows).map(|row| if row % 2 == 0 { "x1" } else { "y" }).collect();
    let data = Dataset::new(Schema::new(fields)?, Array2::from_shape_fn((rows, 3), cell))?;
    data.with_labels(Labels::of(labels))
}
