//! What holds of every learner of the zoo.

use ndarray::{Array2, Axis};
use netsift_data::{Chance, Classes, Dataset, Labels, Schema};
use netsift_models::{
    Answer, Bundle, Checked, Classifier, Learner, Model, Recipe, Trained, Trainer, Training,
};

use crate::{flows, saved};

/// All there are, with as few trees as show what they do.
pub(crate) fn recipes() -> Vec<Recipe> {
    let few = |mut recipe: Recipe| {
        for name in ["trees", "random-forest.trees"] {
            if recipe.has(name) {
                recipe.set(name, "7").unwrap();
            }
        }
        recipe
    };
    Recipe::all().into_iter().map(few).collect()
}

fn trained(recipe: &Recipe, threads: usize, data: &Dataset) -> Trained {
    let trainer = Trainer::new([recipe.clone()]).threads(threads);
    trainer.train(data).unwrap_or_else(|error| panic!("{}: {error}", recipe.name()))
}

fn bits(answer: &Answer) -> Vec<u64> {
    answer.probabilities.iter().map(|cell| cell.to_bits()).collect()
}

#[test]
fn what_is_saved_and_loaded_answers_bit_for_bit() {
    for recipe in recipes() {
        let bundle = trained(&recipe, 1, &flows(120)).bundle;
        let file = saved(&bundle);
        let loaded = Bundle::load(&file[..]).unwrap();
        let name = recipe.name();
        assert!(loaded == bundle, "{name}");
        assert!(saved(&loaded) == file, "{name}");
        let [one, other] = [&bundle, &loaded].map(|bundle| bundle.score(&flows(50)).unwrap());
        assert_eq!(
            (one.classes.clone(), bits(&one)),
            (other.classes.clone(), bits(&other)),
            "{name}"
        );
    }
}

#[test]
fn threads_change_neither_bytes_nor_answers() {
    for recipe in recipes() {
        let bundle = trained(&recipe, 1, &flows(120)).bundle;
        let (file, answer) = (saved(&bundle), bundle.score(&flows(50)).unwrap());
        for threads in [2, 3] {
            let name = recipe.name();
            let other = trained(&recipe, threads, &flows(120)).bundle;
            assert!(saved(&other) == file, "{name} learns otherwise on {threads} threads");
            let told = other.score_on(&flows(50), threads).unwrap();
            assert_eq!(bits(&told), bits(&answer), "{name} on {threads} threads");
        }
    }
}

#[test]
fn columns_are_found_by_name_whatever_learned_from_them() {
    for recipe in recipes() {
        let bundle = trained(&recipe, 1, &flows(120)).bundle;
        let turned = flows(50).pick(["Bytes", "Flow Duration", "Protocol"]).unwrap();
        let [one, other] = [flows(50), turned].map(|data| bundle.score(&data).unwrap());
        assert_eq!((&one.classes, bits(&one)), (&other.classes, bits(&other)), "{}", recipe.name());
    }
}

/// Rows of three classes that overlap, in columns no two of which tell the same.
fn clouds(seed: u64, rows: usize) -> Dataset {
    let mut chance = Chance::seeded(seed);
    let cells = Array2::from_shape_fn((rows, 4), |(row, column)| {
        (row % 3 * (column + 1)) as f64 * 0.3 + 2.0 * chance.unit()
    });
    let names: Vec<&str> = (0..rows).map(|row| ["a", "b", "c"][row % 3]).collect();
    let schema = Schema::numbers(["p", "q", "r", "s"]).unwrap();
    Dataset::new(schema, cells).unwrap().with_labels(Labels::of(names)).unwrap()
}

/// Which columns a node looks at is drawn by their places.
const DRAWS_COLUMNS: [&str; 3] = ["random-forest", "extra-trees", "smartcore/random-forest"];

/// Made of members that draw no columns, and of trees so low that no two columns part a node's rows equally well: of such
/// the first is taken.
fn orderless(mut recipe: Recipe) -> Option<Recipe> {
    for (name, value) in
        [("members", "decision-tree,knn,naive-bayes"), ("depth", "2"), ("decision-tree.depth", "2")]
    {
        if recipe.has(name) {
            recipe.set(name, value).unwrap();
        }
    }
    (!DRAWS_COLUMNS.contains(&recipe.name())).then_some(recipe)
}

#[test]
fn columns_in_another_order_are_learned_the_same() {
    let (data, asked) = (clouds(1, 240), clouds(2, 60));
    let turned = data.pick(["s", "q", "p", "r"]).unwrap();
    for recipe in recipes().into_iter().filter_map(orderless) {
        let [one, other] =
            [&data, &turned].map(|data| trained(&recipe, 1, data).bundle.score(&asked).unwrap());
        // Sums over columns, and searches that end where little is left to gain, are rounded otherwise.
        is_near(&one.probabilities, &other.probabilities, 1e-4, recipe.name());
    }
}

#[track_caller]
fn is_near(one: &Array2<f64>, other: &Array2<f64>, most: f64, name: &str) {
    let off = one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
    assert!(off <= most, "{name} is off by {off}");
}

/// Rows are drawn, each as often as another, or put in folds, each in one: both whatever a row weighs.
const DRAWS_ROWS: [&str; 2] = ["random-forest", "stacking"];

#[test]
fn a_row_of_weight_2_counts_as_two() {
    let (data, asked) = (clouds(3, 150), clouds(4, 60));
    let labels = data.labels().unwrap();
    let weights: Vec<f64> = (0..150).map(|row| [1.0, 2.0, 0.0, 3.0, 1.0][row % 5]).collect();
    let repeated: Vec<usize> =
        (0..150).flat_map(|row| std::iter::repeat_n(row, weights[row] as usize)).collect();
    let rows = data.matrix().select(Axis(0), &repeated);
    let numbers = labels.numbers().select(Axis(0), &repeated);
    let repeated_labels = Labels::new(labels.classes().clone(), numbers).unwrap();
    for mut recipe in recipes() {
        if DRAWS_ROWS.contains(&recipe.name()) {
            continue;
        }
        if recipe.name() == "voting" {
            recipe.set("members", "decision-tree,knn,naive-bayes").unwrap();
        }
        let weighed = Training::of(&data).unwrap().weights(&weights[..]).unwrap();
        let weighed = recipe.fit(&weighed).unwrap();
        let repeated = Training::new(rows.view(), &repeated_labels).unwrap();
        let repeated = recipe.fit(&repeated).unwrap();
        let told = |model: &Model| model.probabilities(asked.matrix()).unwrap();
        // As near as searches go to their end.
        is_near(&told(&weighed), &told(&repeated), 1e-3, recipe.name());
    }
}

#[test]
fn classes_without_a_row_are_known_and_never_told() {
    let data = clouds(5, 90);
    let classes = Classes::new(["none", "a", "b", "c", "never"]).unwrap();
    let numbers = data.labels().unwrap().numbers().mapv(|class| class + 1);
    let labels = Labels::new(classes.clone(), numbers).unwrap();
    let training = Training::new(data.matrix(), &labels).unwrap();
    for recipe in recipes() {
        let (name, model) = (recipe.name(), recipe.fit(&training).unwrap());
        model.check().unwrap();
        assert_eq!(model.classes(), &classes, "{name}");
        let answer = model.answer(clouds(6, 30).matrix()).unwrap();
        assert!(answer.classes.iter().all(|class| (1..4).contains(class)), "{name}");
        let never = [0, 4].map(|class| answer.probabilities.column(class).sum());
        assert_eq!(never, [0.0; 2], "{name}");
    }
}
