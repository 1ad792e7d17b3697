//! The extended isolation forest (Hariri, Carrasco Kind and Brunner, 2019): how few planes, drawn by chance, tell a row from
//! others.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use netsift_data::Chance;
use serde::{Deserialize, Serialize};

use super::isolation::{self, Draw, Parted, SAMPLE, TREES, drawn, most_depth};
use super::planes::Planes;
use crate::linear::{BLOCK_ROWS, bounded};
use crate::settings::{Said, setting};
use crate::tree::flat::{Flat, Place, Split};
use crate::tree::{anywhere, ends};
use crate::{Checked, Detector, ModelError, Observer, Parameter, Sample, Settings};

/// How few planes in any direction tell a row from others: 0.5 for as many as usual, towards 1 the fewer there are.
///
/// An [`IsolationForest`](crate::IsolationForest) cuts along columns, and so takes what lies in line with many rows for
/// usual, whether any row is near or not; planes do not. Columns should be scaled: the widest decides most about the sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtendedIsolationForest {
    trees: usize,
    sample: usize,
    extension: Extension,
    seed: u64,
}

/// In how many directions a plane may lean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Extension {
    /// In all of them: each plane looks at every column.
    #[default]
    Full,
    /// Each plane looks at one column more than this, or at all, if there are no more. Of 0, planes are cuts along columns.
    Level(usize),
}

impl ExtendedIsolationForest {
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

    /// In how many directions planes may lean. Default: in all, as the authors advise.
    #[must_use]
    pub fn extension(self, extension: Extension) -> Self {
        Self { extension, ..self }
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

impl Default for ExtendedIsolationForest {
    fn default() -> Self {
        Self { trees: TREES, sample: SAMPLE, extension: Extension::Full, seed: 0 }
    }
}

impl Settings for ExtendedIsolationForest {
    const NAME: &'static str = "extended-isolation-forest";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("trees", trees, "How many trees are asked."),
        setting!("sample", sample, "How many rows each tree sees."),
        setting!(
            "extension",
            extension,
            "At how many columns more than one each plane looks: full for all, or a number."
        ),
        setting!("seed", seed, "What decides where chance does."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        self.draw().check()
    }
}

const FULL: &str = "full";

impl Said for Extension {
    const RULE: &'static str = "full, or a number";

    fn said(text: &str) -> Option<Self> {
        if text == FULL { Some(Self::Full) } else { usize::said(text).map(Self::Level) }
    }

    fn text(&self) -> String {
        match self {
            Self::Full => FULL.into(),
            Self::Level(level) => level.text(),
        }
    }
}

impl Observer for ExtendedIsolationForest {
    type Detector = ExtendedIsolationForestModel;

    fn fit(&self, sample: &Sample<'_>) -> Result<ExtendedIsolationForestModel, ModelError> {
        self.check()?;
        let rows = bounded(sample.rows(), sample.width(), Self::NAME)?;
        let terms = match self.extension {
            Extension::Full => sample.width(),
            Extension::Level(level) => level.saturating_add(1),
        };
        let sampled = self.draw().of(sample.len());
        let a_tree = 1_usize.checked_shl(most_depth(sampled)).unwrap_or(usize::MAX);
        let none = Planes::new(sample.width(), terms);
        let mut planes = none.clone().room(self.trees.saturating_mul(a_tree), Self::NAME)?;
        let tree = |own: Vec<usize>, chance: Chance| {
            let rows = rows.select(Axis(0), &own).as_standard_layout().into_owned();
            let mut own: Vec<usize> = (0..own.len()).collect();
            let mut cutter = Cutter { rows, planes: none.clone(), along: Vec::new(), chance };
            let tree = isolation::tree(&mut own, (), |rows, ()| cutter.part(rows))?;
            Ok((tree, cutter.planes))
        };
        let mut trees = Flat::new(1);
        for (tree, own) in self.draw().grow(sample, tree)? {
            trees.append_behind(&tree, planes.len())?;
            planes.append(&own);
        }
        Ok(ExtendedIsolationForestModel { settings: self.clone(), sampled, planes, trees })
    }
}

/// Cuts rows by a plane of any direction somewhere between the first and the last of them, both drawn by chance. The paper
/// draws a place in the box around rows: of many columns, with few rows far out, most planes there have all rows on one side.
struct Cutter {
    /// Of a tree, row by row.
    rows: Array2<f64>,
    planes: Planes,
    /// How far rows are along a plane's direction.
    along: Vec<f64>,
    chance: Chance,
}

impl Cutter {
    fn part(&mut self, rows: &mut [usize]) -> Option<Parted<()>> {
        let (lows, highs) = self.bounds(rows);
        let columns = self.columns(&lows, &highs)?;
        let weights: Vec<f32> = columns.iter().map(|_| self.chance.normal() as f32).collect();
        let plane = self.planes.push(&columns, weights.into_iter());
        self.along.clear();
        let row = |row: usize| self.rows.row(row).to_slice().unwrap_or_default();
        self.along.extend(rows.iter().map(|&place| self.planes.along(plane, row(place))));
        let (low, high, _) = ends(&self.along);
        // Where a large cell hides how others differ, all rows are as far along.
        let threshold = anywhere(low, high, self.chance.unit()).unwrap_or(high);
        let question = Split { column: plane, threshold, missing_left: false };
        let left = isolation::part(rows, self.along.iter().map(|&along| question.is_left(along)));
        Some(Parted { question, left, known: () })
    }

    /// The least and the greatest cell of each column.
    fn bounds(&self, rows: &[usize]) -> (Vec<f64>, Vec<f64>) {
        let mut lows = vec![f64::INFINITY; self.rows.ncols()];
        let mut highs = vec![f64::NEG_INFINITY; self.rows.ncols()];
        for &row in rows {
            for ((&cell, low), high) in self.rows.row(row).iter().zip(&mut lows).zip(&mut highs) {
                *low = low.min(cell);
                *high = high.max(cell);
            }
        }
        (lows, highs)
    }

    /// At which columns a plane looks, in their order: at such in which rows differ before others. None, if they differ in
    /// none.
    fn columns(&mut self, lows: &[f64], highs: &[f64]) -> Option<Vec<usize>> {
        let terms = self.planes.terms();
        let (varying, alike): (Vec<usize>, Vec<usize>) =
            (0..lows.len()).partition(|&column| lows[column] < highs[column]);
        if varying.is_empty() {
            return None;
        }
        let mut columns = Vec::with_capacity(terms);
        for among in [varying, alike] {
            let places = drawn(among.len(), terms - columns.len(), &mut self.chance);
            columns.extend(places.into_iter().map(|place| among[place]));
        }
        columns.sort_unstable();
        Some(columns)
    }
}

/// Trees that ask about planes, and of how many rows each is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtendedIsolationForestModel {
    settings: ExtendedIsolationForest,
    sampled: usize,
    planes: Planes,
    /// Their columns are planes.
    trees: Flat,
}

impl ExtendedIsolationForestModel {
    /// How many planes each row is held against on average, and how many would usually have told it from the rows of its
    /// leaf: what scores are made of.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for rows of another width, [`ModelError::NotFinite`] for cells that are not.
    pub fn path_lengths(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let rows = bounded(rows, self.width(), ExtendedIsolationForest::NAME)?;
        let mut sums = vec![0.0; rows.nrows()];
        let blocks = rows.axis_chunks_iter(Axis(0), BLOCK_ROWS).zip(sums.chunks_mut(BLOCK_ROWS));
        for (rows, sums) in blocks {
            let rows = rows.as_standard_layout();
            // Tree by tree: planes of one stay at hand.
            for tree in 0..self.trees.trees() {
                for (row, sum) in rows.outer_iter().zip(&mut *sums) {
                    *sum += self.path(tree, row.to_slice().unwrap_or_default());
                }
            }
        }
        Ok(Array1::from(sums) / self.trees.trees() as f64)
    }

    fn path(&self, tree: usize, row: &[f64]) -> f64 {
        match self.trees.at(self.trees.leaf_by(tree, |plane| self.planes.along(plane, row))) {
            Some(Place::Leaf(&[path])) => path,
            _ => 0.0,
        }
    }
}

impl Detector for ExtendedIsolationForestModel {
    fn width(&self) -> usize {
        self.planes.width()
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let paths = self.path_lengths(rows)?;
        Ok(paths.mapv_into(|path| isolation::score(path, self.sampled)))
    }
}

impl Checked for ExtendedIsolationForestModel {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        self.planes.check()?;
        self.trees.check(self.planes.len())?;
        isolation::check(&self.trees, self.settings.trees, self.sampled)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{array, concatenate};
    use proptest::prelude::*;

    use super::*;
    use crate::IsolationForest;

    fn fitted(
        rows: &Array2<f64>,
        settings: &ExtendedIsolationForest,
    ) -> ExtendedIsolationForestModel {
        let model = settings.fit(&Sample::new(rows.view()).unwrap()).unwrap();
        model.check().unwrap();
        model
    }

    #[test]
    fn paths_lead_to_the_side_of_each_plane() {
        let mut planes = Planes::new(2, 2);
        planes.push(&[0, 1], [1.0, 1.0].into_iter());
        planes.push(&[0, 1], [-1.0, 2.0].into_iter());
        // Of 6 rows: x + y up to 3 are two; of the others, those with 2 y - x up to 0 are one, and three are left.
        let mut trees = Flat::new(1);
        let ask = |column, threshold| Split { column, threshold, missing_left: false };
        let root = trees.plant().unwrap();
        let left = trees.split(root, ask(0, 3.0)).unwrap();
        let below = trees.split(left + 1, ask(1, 0.0)).unwrap();
        trees.leaf(left, &[1.0 + 1.0]).unwrap();
        trees.leaf(below, &[2.0]).unwrap();
        trees.leaf(below + 1, &[2.0 + 1.207_392_357_6]).unwrap();
        let settings = ExtendedIsolationForest::default().trees(1).sample(6);
        let model = ExtendedIsolationForestModel { settings, sampled: 6, planes, trees };
        model.check().unwrap();
        let rows = array![[1.0, 2.0], [2.0, 1.5], [4.0, 2.0], [4.0, 2.5]];
        let expected = [2.0, 3.207_392_357_6, 2.0, 3.207_392_357_6];
        assert_eq!(model.path_lengths(rows.view()).unwrap().to_vec(), expected);
        // c(6) = 2 (ln 5 + 0.5772156649) - 10 / 6.
        let scores = model.scores(rows.view()).unwrap();
        for (score, path) in scores.iter().zip(expected) {
            assert!((score - 2_f64.powf(-path / 2.706_640_488_0)).abs() < 1e-9, "{score}");
        }
    }

    /// Follows all rows down a tree: leaves hold the length of the path there and what the rows in them say.
    fn assert_grown(model: &ExtendedIsolationForestModel, tree: usize, rows: &Array2<f64>) {
        let root = model.trees.roots()[tree] as usize;
        let mut open = vec![(root, 0_u32, (0..rows.nrows()).collect::<Vec<_>>())];
        while let Some((node, depth, own)) = open.pop() {
            match model.trees.at(node).unwrap() {
                Place::Leaf(held) => {
                    assert_eq!(held, [f64::from(depth) + isolation::usual_path(own.len())]);
                    let is_same = own.windows(2).all(|pair| rows.row(pair[0]) == rows.row(pair[1]));
                    assert!(is_same || depth == most_depth(rows.nrows()));
                }
                Place::Split(split, left) => {
                    let along =
                        |row: usize| model.planes.along(split.column, &rows.row(row).to_vec());
                    let (lefts, rights): (Vec<_>, Vec<_>) =
                        own.iter().partition(|&&row| along(row) <= split.threshold);
                    open.extend([(left, depth + 1, lefts), (left + 1, depth + 1, rights)]);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn leaves_tell_of_their_rows(
            cells in prop::collection::vec(prop_oneof![-3.0..3.0, Just(1.0), Just(1e300), Just(-1e300)], 3..120),
            level in 0_usize..4,
            seed: u64,
        ) {
            let rows = Array2::from_shape_vec((cells.len() / 3, 3), cells[..cells.len() / 3 * 3].to_vec());
            let rows = rows.unwrap();
            let settings = ExtendedIsolationForest::default().trees(5).seed(seed);
            let model = fitted(&rows, &settings.extension(Extension::Level(level)));
            let near = rows.mapv(|cell| cell.clamp(-1e150, 1e150));
            (0..5).for_each(|tree| assert_grown(&model, tree, &near));
            let scores = model.scores(rows.view()).unwrap();
            prop_assert!(scores.iter().all(|&score| score > 0.0 && score <= 1.0), "{}", scores);
        }
    }

    /// Near to normally distributed around two places that share no column.
    fn two_clouds() -> Array2<f64> {
        let mut chance = Chance::seeded(5);
        let mut cloud = |x: f64, y: f64| {
            Array2::from_shape_fn((500, 2), |(_, column)| [x, y][column] + chance.normal())
        };
        concatenate![Axis(0), cloud(0.0, 10.0), cloud(10.0, 0.0)]
    }

    #[test]
    fn there_are_no_ghosts_between_clouds() {
        // The example of the paper's figures: where one cloud's columns meet the other's, nobody is.
        let rows = two_clouds();
        let sample = Sample::new(rows.view()).unwrap();
        let asked = array![[0.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
        let cuts = IsolationForest::default().trees(300).fit(&sample).unwrap();
        let cuts = cuts.scores(asked.view()).unwrap();
        let settings = ExtendedIsolationForest::default().trees(300);
        let planes = fitted(&rows, &settings).scores(asked.view()).unwrap();
        let [by_cuts, by_planes] = [cuts, planes].map(|told| told[0].min(told[1]) - told[2]);
        assert!(by_planes > 0.1 && by_planes > by_cuts + 0.03, "{by_planes} {by_cuts}");
    }

    #[test]
    fn planes_along_columns_are_an_isolation_forests() {
        let rows = two_clouds();
        let asked = rows.select(Axis(0), &(0..1000).step_by(50).collect::<Vec<_>>());
        let asked = concatenate![Axis(0), asked, array![[5.0, 5.0], [30.0, -4.0], [0.0, 0.0]]];
        let cuts = IsolationForest::default().trees(3000).fit(&Sample::new(rows.view()).unwrap());
        let cuts = cuts.unwrap().scores(asked.view()).unwrap();
        let along = ExtendedIsolationForest::default().extension(Extension::Level(0)).trees(3000);
        let apart = fitted(&rows, &along).scores(asked.view()).unwrap() - cuts;
        assert!(apart.iter().all(|apart| apart.abs() < 0.01), "{apart}");
    }

    #[test]
    fn planes_look_at_as_many_columns_as_they_may() {
        let rows = Array2::from_shape_fn((40, 5), |(row, column)| match column {
            1 => 7.0,
            _ => ((row * (2 * column + 3)) % 37) as f64,
        });
        let terms = |extension| {
            let settings = ExtendedIsolationForest::default().trees(4).extension(extension);
            fitted(&rows, &settings).planes.terms()
        };
        let levels = [0, 3, 4, 9, usize::MAX].map(|level| terms(Extension::Level(level)));
        assert_eq!((levels, terms(Extension::Full)), ([1, 4, 5, 5, 5], 5));
        // A column in which all rows are the same tells none apart: it is looked at when no other is left.
        let along = ExtendedIsolationForest::default().extension(Extension::Level(0));
        let moved = rows.clone() + array![[0.0, 5.0, 0.0, 0.0, 0.0]];
        let model = fitted(&rows, &along);
        assert_eq!(model.scores(moved.view()).unwrap(), model.scores(rows.view()).unwrap());
        let model = fitted(&rows, &ExtendedIsolationForest::default());
        assert_ne!(model.scores(moved.view()).unwrap(), model.scores(rows.view()).unwrap());
    }

    #[test]
    fn few_and_bare_rows_are_as_usual_as_any() {
        let settings = ExtendedIsolationForest::default();
        for rows in [array![[3.0, 4.0]], array![[3.0], [3.0]], Array2::zeros((3, 0))] {
            let scores = fitted(&rows, &settings).scores(rows.view()).unwrap();
            assert!(scores.iter().all(|score| (score - 0.5).abs() < 1e-12), "{scores}");
        }
    }

    #[test]
    fn settings_are_what_texts_say() {
        let mut settings = ExtendedIsolationForest::default();
        assert!(settings.told().contains(&("extension", "full".to_owned())));
        settings.set("extension", "2").unwrap();
        assert_eq!(settings, ExtendedIsolationForest::default().extension(Extension::Level(2)));
        for (name, value) in [("trees", "0"), ("sample", "1"), ("extension", "-1")] {
            assert!(settings.set(name, value).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn what_would_not_fit_into_memory_is_refused() {
        let rows = Array2::from_shape_fn((5000, 3), |(row, column)| (row * (column + 1)) as f64);
        let settings = ExtendedIsolationForest::default().trees(100_000).sample(4096);
        let refused = settings.fit(&Sample::new(rows.view()).unwrap());
        assert!(matches!(refused, Err(ModelError::TooMany { what: "numbers of planes", .. })));
    }

    #[test]
    fn forged_models_are_unsound() {
        let rows = array![[1.0, 5.0], [2.0, 1.0], [4.0, 3.0]];
        let model = fitted(&rows, &ExtendedIsolationForest::default().trees(3));
        let is_refused = |change: fn(&mut ExtendedIsolationForestModel)| {
            let mut model = model.clone();
            change(&mut model);
            model.check().is_err()
        };
        assert!(!is_refused(|_| ()));
        assert!(is_refused(|model| model.planes = Planes::new(2, 2)));
        assert!(is_refused(|model| model.sampled = 0));
        assert!(is_refused(|model| model.trees.truncate(2)));
        assert!(is_refused(|model| model.settings.sample = 0));
    }
}
