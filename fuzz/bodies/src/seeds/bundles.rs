//! Trained models: one of each learner, small, and some with more around them or with less before them.

use ndarray::Array2;
use netsift_data::prepare::{
    Clip, ConstantColumns, CorrelatedColumns, Finite, LabelMap, Log, Ordinal, Otherwise,
};
use netsift_data::{Classes, DataError, Dataset, Field, Labels, Plan, Schema};
use netsift_models::judging::CalibrationKind;
use netsift_models::{
    About, DetectorRecipe, DetectorTrainer, FlowFacts, ModelError, Recipe, Trainer,
};

use super::Seed;

/// Settings that make models small, where learners have them.
const SMALL: [(&str, &str); 5] = [
    ("members", "dummy,knn(neighbours=3)"),
    ("neighbours", "3"),
    ("trees", "2"),
    ("depth", "2"),
    ("folds", "2"),
];
/// And detectors.
const SMALL_DETECTORS: [(&str, &str); 1] = [("window", "4")];
/// A larger seed is slow to mutate and hides what it is about.
const MAX_SEED: usize = 12 * 1024;
/// Rows to learn from: as few as folds of both classes take.
const ROWS: usize = 8;

/// What stands before a model: the columns of the table.
const ALL: [&str; 3] = ["a", "p", "b"];
/// Learners that say that they need a column at least.
const NEED_COLUMNS: &str = "smartcore/";

pub(super) fn all() -> Vec<Seed> {
    let learners = Recipe::all().into_iter().flat_map(|recipe| {
        let tables = [("learner", &ALL[..]), ("texts", &["p"]), ("no-columns", &[])];
        tables.into_iter().filter_map(move |(what, columns)| {
            if columns.is_empty() && recipe.name().starts_with(NEED_COLUMNS) {
                return None;
            }
            let name = format!("{what}-{}", recipe.name().replace('/', "-"));
            Some(seed(name, Trainer::new([small(recipe.clone())]), (ROWS, columns)))
        })
    });
    learners.chain(detectors()).chain(calibrated()).chain(others()).collect()
}

/// Detectors of rows without labels.
fn detectors() -> impl Iterator<Item = Seed> {
    DetectorRecipe::all().into_iter().map(|recipe| {
        let name = format!("detector-{}", recipe.name());
        let small = SMALL.into_iter().chain(SMALL_DETECTORS).filter(|(name, _)| recipe.has(name));
        let mut recipe = recipe.clone();
        small.for_each(|(setting, value)| made(&name, recipe.set(setting, value)));
        let file = || {
            let trainer = DetectorTrainer::new([recipe]).test_share(0.0).resamples(2);
            trainer.train(&table(ROWS, &ALL)?.bare())?.bundle.save(Vec::new())
        };
        let file = made(&name, file());
        seed_of(name, file)
    })
}

/// Models whose probabilities are read off curves.
fn calibrated() -> impl Iterator<Item = Seed> {
    [CalibrationKind::Isotonic, CalibrationKind::Sigmoid].into_iter().map(|kind| {
        let trainer = Trainer::new([small(named("decision-tree"))]).folds(2).calibrated(kind);
        seed(format!("calibrated-{}", kind.name()), trainer, (ROWS, &ALL))
    })
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
    let plans: [Vec<Plan>; 5] = [
        vec![LabelMap::new(Otherwise::Become("rest".into())).rule("x*", "x").into()],
        vec![Clip::to_quantiles(0.1, 0.9).into(), Log::new().into()],
        vec![Ordinal::new().into(), CorrelatedColumns::new(0.9).into()],
        vec![Finite::new().into(), ConstantColumns::new().into()],
        Vec::new(),
    ];
    let strategies = ["most-frequent", "prior", "stratified"];
    let choice = move |number: usize| {
        let recipe = with(named("dummy"), "strategy", strategies[number % 3]);
        let trainer = Trainer::new([recipe])
            .plans(plans[number % plans.len()].iter().cloned())
            .about(about[number % about.len()].clone());
        seed(format!("around-{number}"), trainer, (6 + number, &ALL))
    };
    (0..12).map(choice)
}

fn named(name: &str) -> Recipe {
    made(name, Recipe::named(name))
}

fn small(recipe: Recipe) -> Recipe {
    SMALL.into_iter().fold(recipe, |recipe, (name, value)| match recipe.has(name) {
        true => with(recipe, name, value),
        false => recipe,
    })
}

fn with(mut recipe: Recipe, name: &str, value: &str) -> Recipe {
    made(name, recipe.set(name, value));
    recipe
}

/// Panics where it cannot be made: what is left out is not looked at, and nobody notices.
fn seed(name: String, trainer: Trainer<'_>, (rows, columns): (usize, &[&str])) -> Seed {
    let file = || {
        // Curves of rows to test with would double it.
        let trained = trainer.test_share(0.0).train(&table(rows, columns)?)?;
        trained.bundle.save(Vec::new())
    };
    let file = made(&name, file());
    seed_of(name, file)
}

fn seed_of(name: String, file: Vec<u8>) -> Seed {
    assert!(file.len() <= MAX_SEED, "{name}: {} bytes", file.len());
    (name, file)
}

fn made<T>(name: &str, outcome: Result<T, ModelError>) -> T {
    match outcome {
        Ok(made) => made,
        Err(error) => panic!("{name}: {error}"),
    }
}

/// Rows of two classes, which the first column tells.
fn table(rows: usize, columns: &[&str]) -> Result<Dataset, DataError> {
    let texts = Classes::new(["tcp", "udp"])?;
    let fields = [Field::number("a"), Field::text("p", texts), Field::number("b")];
    let cell = |(row, column): (usize, usize)| match column {
        0 => (row % 2 * 10 + row) as f64,
        1 => (row / 2 % 2) as f64,
        _ => (row * 7 % 5) as f64 / 3.0,
    };
    let labels: Vec<&str> = (0..rows).map(|row| if row % 2 == 0 { "x1" } else { "y" }).collect();
    let data = Dataset::new(Schema::new(fields)?, Array2::from_shape_fn((rows, 3), cell))?;
    data.with_labels(Labels::of(labels))?.pick(columns.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_learner_has_a_seed_and_every_setting_makes_one_small() {
        let names: Vec<String> = all().into_iter().map(|(name, _)| name).collect();
        for learner in Recipe::names() {
            let name = format!("learner-{}", learner.replace('/', "-"));
            assert!(names.contains(&name), "{name}");
        }
        for (setting, _) in SMALL {
            assert!(Recipe::all().iter().any(|recipe| recipe.has(setting)), "{setting}");
        }
    }
}
