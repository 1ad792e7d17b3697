//! The isolation forest (Liu, Ting and Zhou, 2008 and 2012): how few questions, drawn by chance, tell a row from others.

use ndarray::{Array1, ArrayView2};
use netsift_data::Chance;
use serde::{Deserialize, Serialize};

use super::isolation::{self, Draw, Parted, SAMPLE, TREES, drawn};
use crate::classifier::wide;
use crate::explain::{Part, TreeSum};
use crate::settings::setting;
use crate::tree::flat::{Flat, Split};
use crate::tree::{Columns, anywhere, ends};
use crate::{Checked, Detector, ModelError, Observer, Parameter, Sample, Settings};

/// How few questions tell a row from others: 0.5 for as many as usual, towards 1 the fewer there are.
///
/// It takes columns of any sizes, and missing and infinite cells: each question sends those without a value to a side that
/// is drawn for it, or asks for nothing else where all others are the same; an infinity is as far away as the largest
/// number. It is quick to learn whatever the number of rows, and quick to ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsolationForest {
    trees: usize,
    sample: usize,
    columns: Columns,
    seed: u64,
}

impl IsolationForest {
    /// How many trees are asked. Default: 100, after which paths hardly change.
    #[must_use]
    pub fn trees(self, trees: usize) -> Self {
        Self { trees, ..self }
    }

    /// How many rows each tree sees, each of them once: all, if there are fewer. Default: 256, since strange rows hide
    /// among too many others.
    #[must_use]
    pub fn sample(self, sample: usize) -> Self {
        Self { sample, ..self }
    }

    /// How many columns each tree sees. Default: all.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    fn draw(&self) -> Draw {
        Draw { trees: self.trees, sample: self.sample, seed: self.seed }
    }
}

impl Default for IsolationForest {
    fn default() -> Self {
        Self { trees: TREES, sample: SAMPLE, columns: Columns::All, seed: 0 }
    }
}

impl Settings for IsolationForest {
    const NAME: &'static str = "isolation-forest";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("trees", trees, "How many trees are asked."),
        setting!("sample", sample, "How many rows each tree sees."),
        setting!(
            "columns",
            columns,
            "How many columns each tree sees: all, sqrt, log2, a number or a share."
        ),
        setting!("seed", seed, "What decides where chance does."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        self.draw().check()?;
        self.columns.check()
    }
}

impl Observer for IsolationForest {
    type Detector = IsolationForestModel;

    fn fit(&self, sample: &Sample<'_>) -> Result<IsolationForestModel, ModelError> {
        self.check()?;
        let width = sample.width();
        let tree = |mut rows: Vec<usize>, mut chance: Chance| {
            let columns = drawn(width, self.columns.of(width), &mut chance);
            let varying = columns.len();
            let mut cutter = Cutter { rows: sample.rows(), columns, cells: Vec::new(), chance };
            isolation::tree(&mut rows, varying, |rows, varying| cutter.part(rows, varying))
        };
        let mut trees = Flat::new(1);
        for tree in self.draw().grow(sample, tree)? {
            trees.append(&tree)?;
        }
        let sampled = self.draw().of(sample.len());
        Ok(IsolationForestModel { settings: self.clone(), width, sampled, trees })
    }
}

/// Cuts rows at a place between the least and the greatest cell of a column, both drawn by chance.
struct Cutter<'a> {
    rows: ArrayView2<'a, f64>,
    /// Of the columns of a tree, those that may vary in a node come first. Below it they change places among themselves
    /// only, so that what is known of a node is their number.
    columns: Vec<usize>,
    /// Of one column.
    cells: Vec<f64>,
    chance: Chance,
}

impl Cutter<'_> {
    fn part(&mut self, rows: &mut [usize], mut varying: usize) -> Option<Parted<usize>> {
        while varying > 0 {
            let place = self.chance.below(varying);
            let column = *self.columns.get(place)?;
            if let Some(question) = self.question(rows, column) {
                let sides = self.cells.iter().map(|&cell| question.is_left(cell));
                let left = isolation::part(rows, sides);
                return Some(Parted { question, left, known: varying });
            }
            varying -= 1;
            self.columns.swap(place, varying);
        }
        None
    }

    /// A question that tells some of these rows from others, if their cells differ.
    fn question(&mut self, rows: &[usize], column: usize) -> Option<Split> {
        let all = self.rows.column(column);
        self.cells.clear();
        self.cells.extend(rows.iter().filter_map(|&row| all.get(row)));
        let (low, high, is_missing_some) = ends(&self.cells);
        let threshold = if low < high { anywhere(low, high, self.chance.unit()) } else { None };
        if let Some(threshold) = threshold {
            let missing_left = self.chance.below(2) == 0;
            return Some(Split { column, threshold, missing_left });
        }
        let is_known = Split { column, threshold: f64::INFINITY, missing_left: false };
        (is_missing_some && low <= high).then_some(is_known)
    }
}

/// Trees, and of how many rows each is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsolationForestModel {
    settings: IsolationForest,
    width: usize,
    sampled: usize,
    trees: Flat,
}

impl IsolationForestModel {
    /// What adds up to the logarithm (to base 2) of the score, or to how far it is below 0.
    pub(crate) fn sum_for(&self, is_strange: bool) -> Option<TreeSum> {
        let usual = isolation::usual_path(self.sampled);
        let sign = if is_strange { -1.0 } else { 1.0 };
        // A single row has no path, and is as usual as any.
        let (times, base) = match usual > 0.0 {
            true => (sign / (usual * self.trees.trees() as f64), 0.0),
            false => (0.0, sign),
        };
        TreeSum::of(&self.trees, Part { times, ..Part::ALL }, base)
    }

    /// How many questions the trees ask each row on average, and would usually have asked to tell it from the rows of its
    /// leaf: what scores are made of.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for rows of another width.
    pub fn path_lengths(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        wide(rows, self.width)?;
        let mut sums = vec![0.0; rows.nrows()];
        self.trees.add_together(rows, &mut sums);
        Ok(Array1::from(sums) / self.trees.trees() as f64)
    }
}

impl Detector for IsolationForestModel {
    fn width(&self) -> usize {
        self.width
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let paths = self.path_lengths(rows)?;
        Ok(paths.mapv_into(|path| isolation::score(path, self.sampled)))
    }
}

impl Checked for IsolationForestModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        self.trees.check(self.width)?;
        isolation::check(&self.trees, self.settings.trees, self.sampled)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;
    use crate::tree::flat::Place;

    fn fitted(rows: &Array2<f64>, settings: &IsolationForest) -> IsolationForestModel {
        let model = settings.fit(&Sample::new(rows.view()).unwrap()).unwrap();
        model.check().unwrap();
        model
    }

    fn ask(column: usize, threshold: f64) -> Split {
        Split { column, threshold, missing_left: false }
    }

    /// Of 8 rows. The first asks whether the first cell is up to 1: one row. Of the others, those with a second cell up to 2
    /// are three; the rest are four, and not told apart.
    fn hand_made() -> Flat {
        let mut flat = Flat::new(1);
        let root = flat.plant().unwrap();
        let left = flat.split(root, ask(0, 1.0)).unwrap();
        let below = flat.split(left + 1, ask(1, 2.0)).unwrap();
        flat.leaf(left, &[1.0 + isolation::usual_path(1)]).unwrap();
        flat.leaf(below, &[2.0 + isolation::usual_path(3)]).unwrap();
        flat.leaf(below + 1, &[2.0 + isolation::usual_path(4)]).unwrap();
        flat
    }

    #[test]
    fn paths_and_scores_are_those_of_the_paper() {
        // A second tree that asks for nothing.
        let mut trees = hand_made();
        let root = trees.plant().unwrap();
        trees.leaf(root, &[isolation::usual_path(8)]).unwrap();
        let settings = IsolationForest::default().trees(2).sample(8);
        let model = IsolationForestModel { settings, width: 2, sampled: 8, trees };
        model.check().unwrap();
        let rows = array![[0.0, 0.0], [5.0, 0.0], [5.0, 9.0]];
        // c(3), c(4) and c(8) by hand: 2 (ln(n - 1) + 0.5772156649) - 2 (n - 1) / n.
        let (three, four, eight) = (1.207_392_357_6, 1.851_655_907_3, 3.296_251_627_9);
        let expected =
            [(1.0 + eight) / 2.0, (2.0 + three + eight) / 2.0, (2.0 + four + eight) / 2.0];
        let paths = model.path_lengths(rows.view()).unwrap();
        let scores = model.scores(rows.view()).unwrap();
        for ((path, score), expected) in paths.iter().zip(&scores).zip(expected) {
            assert!((path - expected).abs() < 1e-9, "{path} {expected}");
            assert!((score - 2_f64.powf(-expected / eight)).abs() < 1e-9, "{score}");
        }
    }

    /// Follows all rows down a tree: leaves hold the length of the path there and what the rows in them say, and every
    /// question parts the rows that come to it.
    fn assert_grown(flat: &Flat, tree: usize, rows: &Array2<f64>) {
        let root = flat.roots()[tree] as usize;
        let mut open = vec![(root, 0_u32, (0..rows.nrows()).collect::<Vec<_>>())];
        while let Some((node, depth, own)) = open.pop() {
            match flat.at(node).unwrap() {
                Place::Leaf(held) => {
                    assert_eq!(held, [f64::from(depth) + isolation::usual_path(own.len())]);
                    // Infinities are as far away as the largest numbers.
                    let seen = |&row: &usize| {
                        rows.row(row).mapv(|cell| cell.clamp(f64::MIN, f64::MAX).to_bits())
                    };
                    let first = own.first().map(seen);
                    let is_same = |row: &usize| Some(seen(row)) == first;
                    let is_deep = depth == isolation::most_depth(rows.nrows());
                    assert!(is_deep || own.iter().all(is_same), "rows that differ end at {depth}");
                }
                Place::Split(split, left) => {
                    assert!(depth < isolation::most_depth(rows.nrows()));
                    let (lefts, rights): (Vec<_>, Vec<_>) =
                        own.iter().partition(|&&row| split.is_left(rows[[row, split.column]]));
                    assert!(!lefts.is_empty() && !rights.is_empty(), "{split:?} parts nothing");
                    open.extend([(left, depth + 1, lefts), (left + 1, depth + 1, rights)]);
                }
            }
        }
    }

    fn any_rows() -> impl Strategy<Value = Array2<f64>> {
        let cell = prop_oneof![
            4 => -3.0..3.0,
            2 => prop::sample::select(vec![1.0, 2.0, f64::MAX, f64::MIN, 5e-324]),
            1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
        ];
        (1_usize..40, 0_usize..4).prop_flat_map(move |(rows, width)| {
            prop::collection::vec(cell.clone(), rows * width)
                .prop_map(move |cells| Array2::from_shape_vec((rows, width), cells).unwrap())
        })
    }

    proptest! {
        #[test]
        fn every_question_parts_rows_and_leaves_tell_of_theirs(rows in any_rows(), seed: u64) {
            let model = fitted(&rows, &IsolationForest::default().trees(5).seed(seed));
            (0..5).for_each(|tree| assert_grown(&model.trees, tree, &rows));
            let scores = model.scores(rows.view()).unwrap();
            prop_assert!(scores.iter().all(|&score| score > 0.0 && score <= 1.0), "{}", scores);
        }
    }

    #[test]
    fn columns_and_places_are_drawn_evenly() {
        let rows = array![[0.0, 3.0, 10.0], [1.0, 3.0, 30.0]];
        let model = fitted(&rows, &IsolationForest::default().trees(10_000));
        let places = |column: usize| -> Vec<f64> {
            let roots = model.trees.roots().iter().map(|&root| model.trees.at(root as usize));
            let asked = roots.filter_map(|place| match place {
                Some(Place::Split(split, _)) if split.column == column => Some(split.threshold),
                _ => None,
            });
            asked.collect()
        };
        assert!(places(1).is_empty());
        for (column, low, width) in [(0, 0.0, 1.0), (2, 10.0, 20.0)] {
            let places = places(column);
            assert!((4800..5200).contains(&places.len()), "{}", places.len());
            let below =
                |share: f64| places.iter().filter(|&&place| place < low + share * width).count();
            for share in [0.1, 0.5, 0.8] {
                let found = below(share) as f64 / places.len() as f64;
                assert!((found - share).abs() < 0.03, "{found} below {share}");
            }
        }
    }

    #[test]
    fn cells_beyond_all_numbers_and_none_at_all_are_told_apart() {
        let [infinity, nan] = [f64::INFINITY, f64::NAN];
        for rows in [
            array![[f64::MIN], [0.0], [-infinity]],
            array![[f64::MIN], [nan], [-infinity]],
            array![[infinity], [nan], [-infinity], [1.0]],
            array![[7.0], [nan], [7.0]],
            array![[nan], [nan]],
        ] {
            let model = fitted(&rows, &IsolationForest::default().trees(20));
            (0..20).for_each(|tree| assert_grown(&model.trees, tree, &rows));
        }
    }

    #[test]
    fn missing_cells_go_either_way() {
        let rows = array![[0.0], [1.0], [2.0], [3.0]];
        let model = fitted(&rows, &IsolationForest::default().trees(1000));
        let is_left = |&root: &u32| match model.trees.at(root as usize) {
            Some(Place::Split(split, _)) => split.is_left(f64::NAN),
            _ => panic!("rows that differ are asked"),
        };
        let lefts = model.trees.roots().iter().filter(|root| is_left(root)).count();
        assert!((430..570).contains(&lefts), "{lefts}");
    }

    #[test]
    fn a_row_apart_is_strange_and_so_is_one_that_lacks_what_others_have() {
        let mut rows =
            Array2::from_shape_fn((500, 2), |(row, column)| ((row * [7, 13][column]) % 101) as f64);
        rows.row_mut(17).fill(900.0);
        rows[[33, 0]] = f64::NAN;
        rows[[33, 1]] = f64::NEG_INFINITY;
        let scores = fitted(&rows, &IsolationForest::default()).scores(rows.view()).unwrap();
        let mut order: Vec<usize> = (0..500).collect();
        order.sort_by(|&one, &other| scores[other].total_cmp(&scores[one]));
        order[..2].sort_unstable();
        assert_eq!(order[..2], [17, 33], "{scores}");
        assert!(scores[17] > 0.6 && scores.mean().unwrap() < 0.5, "{scores}");
    }

    #[test]
    fn each_tree_sees_its_share_of_rows_and_columns() {
        let rows = Array2::from_shape_fn((300, 10), |(row, column)| (row * (column + 3)) as f64);
        let model =
            fitted(&rows, &IsolationForest::default().sample(16).columns(Columns::Share(0.3)));
        assert_eq!(model.sampled, 16);
        for &root in model.trees.roots() {
            let (mut open, mut columns, mut leaves) = (vec![root as usize], Vec::new(), 0);
            while let Some(node) = open.pop() {
                match model.trees.at(node).unwrap() {
                    Place::Leaf(held) => {
                        leaves += 1;
                        assert!(held[0] <= 4.0 + isolation::usual_path(16));
                    }
                    Place::Split(split, left) => {
                        columns.push(split.column);
                        open.extend([left, left + 1]);
                    }
                }
            }
            columns.sort_unstable();
            columns.dedup();
            assert!(columns.len() <= 3 && leaves <= 16, "{columns:?} {leaves}");
        }
        let other = fitted(&rows, &IsolationForest::default().sample(16).seed(1));
        assert_ne!(model.trees, other.trees);
    }

    #[test]
    fn few_and_bare_rows_are_as_usual_as_any() {
        let settings = IsolationForest::default();
        for rows in [array![[3.0, 4.0]], array![[3.0], [3.0]], Array2::zeros((3, 0))] {
            let model = fitted(&rows, &settings);
            let scores = model.scores(rows.view()).unwrap();
            assert!(scores.iter().all(|score| (score - 0.5).abs() < 1e-12), "{scores}");
        }
    }

    #[test]
    fn settings_are_what_texts_say() {
        let mut settings = IsolationForest::default();
        settings.set("columns", "0.5").unwrap();
        settings.set("sample", "64").unwrap();
        assert_eq!(settings, IsolationForest::default().columns(Columns::Share(0.5)).sample(64));
        for (name, value) in
            [("trees", "0"), ("trees", "1000000"), ("sample", "1"), ("columns", "0")]
        {
            assert!(settings.set(name, value).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(&array![[1.0], [2.0], [4.0]], &IsolationForest::default().trees(3));
        let is_refused = |change: fn(&mut IsolationForestModel)| {
            let mut model = model.clone();
            change(&mut model);
            model.check().is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|model| model.width = 0));
        assert!(is_refused(|model| model.sampled = 0));
        assert!(is_refused(|model| model.trees.truncate(2)));
        assert!(is_refused(|model| model.settings.trees = 4));
        assert!(is_refused(|model| {
            model.trees = Flat::new(1);
            for path in [1.0, -1.0, 1.0] {
                let root = model.trees.plant().unwrap();
                model.trees.leaf(root, &[path]).unwrap();
            }
        }));
        assert!(is_refused(|model| {
            model.trees = Flat::new(2);
            for _ in 0..3 {
                let root = model.trees.plant().unwrap();
                model.trees.leaf(root, &[1.0, 1.0]).unwrap();
            }
        }));
    }
}
