//! Every body over its corpus, and over seeded mutations of it.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use netsift_fuzz_bodies::mutation::Mutator;
use netsift_fuzz_bodies::{TARGETS, Target};
use netsift_models::{Bundle, DetectorRecipe, Recipe};

/// Enough to notice a law that has just been broken; the program `mutate` runs millions.
const INPUTS: u64 = 2_000;
/// A seed that grows beyond this is slow to mutate and hides what it is about.
const MAX_SEED_LEN: usize = 10 * 1024;

fn hold(name: &str) {
    let target = Target::named(name).unwrap();
    let mutator = Mutator::new(target.corpus().unwrap(), 1);
    let mut input = Vec::new();
    for number in 0..INPUTS {
        mutator.make(number, &mut input);
        (target.body)(&input);
    }
}

/// One test a target, so that a failure names it and they run side by side.
macro_rules! laws_hold {
    ($($name:ident)*) => {
        const TESTED: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { hold(stringify!($name)); })*
    };
}

laws_hold! {
    packet capture filter cic dns tls quic quic_frames http round_trip synth container flow flow_state table_csv
    table_arff bundle lists policy spool config
}

/// A format that has moved on would leave a corpus of files that are refused, where nothing is looked at.
#[test]
fn the_models_of_the_corpus_load_and_are_of_every_learner() {
    let folder = Target::named("bundle").unwrap().folder();
    let load = |name: &str| {
        let file =
            std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Bundle::load(&file[..]).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    for learner in Recipe::names() {
        let bundle = load(&format!("learner-{}", learner.replace('/', "-")));
        assert_eq!(bundle.mind().name(), learner);
    }
    for detector in DetectorRecipe::names() {
        assert_eq!(
            load(&format!("detector-{detector}")).alarm().unwrap().detector().name(),
            detector
        );
    }
    for curves in ["isotonic", "sigmoid"] {
        assert!(load(&format!("calibrated-{curves}")).mind().calibrated().is_some());
    }
    for name in ["svm", "knn", "voting", "stacking", "gradient-boosting"] {
        assert_eq!(load(&format!("no-columns-{name}")).input().len(), 0);
        assert!(load(&format!("texts-{name}")).input().fields()[0].texts().is_some());
    }
}

#[test]
fn every_target_is_tested_and_has_a_program_and_a_corpus() {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, TESTED);
    for target in TARGETS {
        let corpus = target.corpus().unwrap();
        assert!(corpus.len() >= 8, "{}: {} files", target.name, corpus.len());
        assert!(corpus.iter().all(|file| file.len() <= MAX_SEED_LEN), "{}", target.name);
        let program = format!("{}/../fuzz_targets/{}.rs", env!("CARGO_MANIFEST_DIR"), target.name);
        let program = std::fs::read_to_string(program).unwrap();
        assert!(program.contains(&format!("{:?}", target.name)), "{}", target.name);
    }
}
