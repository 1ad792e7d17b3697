//! Half-space trees (Tan, Ting and Liu, 2011): how dense it was lately where a row is, learned row by row.

use ndarray::{Array1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::half_spaces::{HalfSpaces, nodes};
use crate::check::sound;
use crate::linear::{BLOCK_ROWS, bounded};
use crate::settings::{Said, setting};
use crate::training::finite;
use crate::{Checked, Detector, ModelError, Observer, Parameter, Sample, Settings};

/// Deeper, a half is a millionth of the space.
const MOST_DEPTH: usize = 20;
/// Nodes of all trees: about 100 MB.
const MOST_NODES: usize = 1 << 23;

/// How thin the last window of rows is around a row: 0.5 where it is as dense as if rows were spread evenly, towards 0
/// where it is denser, 1 where there is nobody.
///
/// It learns as rows come, and forgets what was before the last full window; [`fit`](Observer::fit) lets all rows come in
/// their order. Columns of any sizes are taken, and memory does not grow with rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HalfSpaceTrees {
    trees: usize,
    depth: usize,
    window: usize,
    least_share: f64,
    ranges: Ranges,
    seed: u64,
}

/// Between what cells are expected. Others are taken, too: as if they were at the end of the space.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Ranges {
    /// Between the least and the largest of the first window.
    #[default]
    FirstWindow,
    /// From and to, the same for all columns or for each its own.
    Given(Vec<[f64; 2]>),
}

impl HalfSpaceTrees {
    /// How many trees are asked. Default: 25, as the authors have it.
    #[must_use]
    pub fn trees(self, trees: usize) -> Self {
        Self { trees, ..self }
    }

    /// How often spaces are halved. Default: 15.
    #[must_use]
    pub fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Of how many rows a window is. Default: 250.
    #[must_use]
    pub fn window(self, window: usize) -> Self {
        Self { window, ..self }
    }

    /// With which share of the window in a space its halves are not looked at any more. Default: 0.1.
    #[must_use]
    pub fn least_share(self, least_share: f64) -> Self {
        Self { least_share, ..self }
    }

    /// Between what cells are expected. Default: as those of the first window are.
    #[must_use]
    pub fn ranges(self, ranges: Ranges) -> Self {
        Self { ranges, ..self }
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// A detector of rows of this width that has not seen any.
    ///
    /// # Errors
    /// [`ModelError::Setting`], or [`ModelError::Shape`] if there are ranges of fewer or more columns.
    pub fn open(&self, width: usize) -> Result<HalfSpaceTreesModel, ModelError> {
        self.check()?;
        let mut model = HalfSpaceTreesModel {
            settings: self.clone(),
            width,
            waiting: Waiting::default(),
            trees: None,
        };
        if let Ranges::Given(ranges) = &self.ranges {
            let ranges = match ranges[..] {
                [range] => vec![range; width],
                _ => ranges.clone(),
            };
            let (expected, found) = (width, ranges.len());
            if expected != found {
                return Err(ModelError::Shape { what: "ranges", expected, found });
            }
            model.trees = Some(Trees::drawn(ranges, self));
        }
        Ok(model)
    }
}

impl Default for HalfSpaceTrees {
    fn default() -> Self {
        Self {
            trees: 25,
            depth: 15,
            window: 250,
            least_share: 0.1,
            ranges: Ranges::FirstWindow,
            seed: 0,
        }
    }
}

impl Settings for HalfSpaceTrees {
    const NAME: &'static str = "half-space-trees";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("trees", trees, "How many trees are asked."),
        setting!("depth", depth, "How often spaces are halved."),
        setting!("window", window, "Of how many rows a window is."),
        setting!("least-share", least_share, "The share of the window that is not looked into."),
        setting!(
            "ranges",
            ranges,
            "Between what cells are expected: first-window, or from and to (0:1), of all columns or of each."
        ),
        setting!("seed", seed, "What decides where chance does."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        ModelError::rule(self.trees >= 1, "trees", self.trees, "1 at least")?;
        let is_depth = (1..=MOST_DEPTH).contains(&self.depth);
        ModelError::rule(is_depth, "depth", self.depth, "from 1 to 20")?;
        let is_held = self.trees.saturating_mul(nodes(self.depth)) <= MOST_NODES;
        ModelError::rule(is_held, "trees", self.trees, "fewer, or less deep: 2^23 nodes at most")?;
        let is_window = (2..=u32::MAX as usize).contains(&self.window);
        ModelError::rule(is_window, "window", self.window, "from 2 to 4294967295")?;
        let is_share = (0.0..1.0).contains(&self.least_share);
        ModelError::rule(is_share, "least-share", self.least_share, "from 0 to below 1")?;
        let are_ranges = match &self.ranges {
            Ranges::FirstWindow => true,
            Ranges::Given(ranges) => !ranges.is_empty() && ranges.iter().all(is_range),
        };
        ModelError::rule(
            are_ranges,
            "ranges",
            self.ranges.text(),
            "from less to more, within 1e150",
        )
    }
}

fn is_range([low, high]: &[f64; 2]) -> bool {
    low <= high && low.abs() <= 1e150 && high.abs() <= 1e150
}

const FIRST_WINDOW: &str = "first-window";

impl Said for Ranges {
    const RULE: &'static str = "first-window, or from and to (0:1), with commas between columns";

    fn said(text: &str) -> Option<Self> {
        if text == FIRST_WINDOW {
            return Some(Self::FirstWindow);
        }
        let range = |text: &str| {
            let (low, high) = text.split_once(':')?;
            Some([f64::said(low.trim())?, f64::said(high.trim())?])
        };
        text.split(',').map(range).collect::<Option<_>>().map(Self::Given)
    }

    fn text(&self) -> String {
        match self {
            Self::FirstWindow => FIRST_WINDOW.into(),
            Self::Given(ranges) => {
                let ranges = ranges.iter().map(|[low, high]| format!("{low}:{high}"));
                ranges.collect::<Vec<_>>().join(",")
            }
        }
    }
}

impl Observer for HalfSpaceTrees {
    type Detector = HalfSpaceTreesModel;

    /// All rows come in their order. Of fewer than a window, they are it.
    fn fit(&self, sample: &Sample<'_>) -> Result<HalfSpaceTreesModel, ModelError> {
        let mut model = self.open(sample.width())?;
        finite(sample.rows(), Self::NAME)?;
        for (block, rows) in sample.rows().axis_chunks_iter(Axis(0), BLOCK_ROWS).enumerate() {
            sample.progress(block * BLOCK_ROWS, sample.len())?;
            model.observe(rows)?;
        }
        model.settle();
        sample.progress(sample.len(), sample.len())?;
        Ok(model)
    }
}

/// How many rows of the last windows are in which half.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct HalfSpaceTreesModel {
    settings: HalfSpaceTrees,
    width: usize,
    waiting: Waiting,
    /// None before the first window tells how wide columns are.
    trees: Option<Trees>,
}

/// Rows that came before it was known how wide columns are: fewer than a window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Waiting {
    rows: usize,
    cells: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq)]
struct Trees {
    ranges: Vec<[f64; 2]>,
    spaces: HalfSpaces,
    /// Of the last full window, which rows are held against.
    reference: Masses,
    /// Of the window that is being filled.
    latest: Masses,
}

/// How many of some rows are in each node of all trees.
#[derive(Clone, Debug, PartialEq)]
struct Masses {
    rows: usize,
    of_nodes: Vec<u32>,
}

impl HalfSpaceTreesModel {
    /// Learns from more rows, in their order. With every full window, the one before is forgotten.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for rows of another width, and [`ModelError::NotFinite`]: then none is learned.
    pub fn observe(&mut self, rows: ArrayView2<'_, f64>) -> Result<(), ModelError> {
        let rows = bounded(rows, self.width, HalfSpaceTrees::NAME)?;
        let rows = rows.as_standard_layout();
        for row in rows.outer_iter() {
            self.learn(row.to_slice().unwrap_or_default());
        }
        Ok(())
    }

    /// Of how many rows the window is that rows are held against: none before the first is full, and all rows are as
    /// strange as any then.
    #[must_use]
    pub fn reference_rows(&self) -> usize {
        self.trees.as_ref().map_or(0, |trees| trees.reference.rows)
    }

    fn learn(&mut self, row: &[f64]) {
        if let Some(trees) = &mut self.trees {
            return trees.learn(row, self.settings.window);
        }
        self.waiting.rows += 1;
        self.waiting.cells.extend_from_slice(row);
        if self.waiting.rows == self.settings.window {
            self.begin();
        }
    }

    /// The rows that waited tell how wide columns are, and are learned.
    fn begin(&mut self) {
        let Waiting { rows, cells } = std::mem::take(&mut self.waiting);
        let range = |column: usize| {
            let cells = cells.iter().skip(column).step_by(self.width);
            let none = [f64::INFINITY, f64::NEG_INFINITY];
            cells.fold(none, |[low, high], &cell| [low.min(cell), high.max(cell)])
        };
        let mut trees = Trees::drawn((0..self.width).map(range).collect(), &self.settings);
        for row in 0..rows {
            let cells = cells.get(row * self.width..(row + 1) * self.width).unwrap_or_default();
            trees.learn(cells, self.settings.window);
        }
        self.trees = Some(trees);
    }

    /// Takes fewer rows than a window for one, if there was none.
    fn settle(&mut self) {
        if self.trees.is_none() {
            self.begin();
        }
        if let Some(trees) = self.trees.as_mut().filter(|trees| trees.reference.rows == 0) {
            trees.turn();
        }
    }
}

impl Trees {
    fn drawn(ranges: Vec<[f64; 2]>, settings: &HalfSpaceTrees) -> Self {
        let HalfSpaceTrees { trees, depth, seed, .. } = *settings;
        let none = Masses { rows: 0, of_nodes: vec![0; trees * nodes(depth)] };
        let spaces = HalfSpaces::drawn(&ranges, trees, depth, seed);
        Self { ranges, spaces, reference: none.clone(), latest: none }
    }

    fn learn(&mut self, row: &[f64], window: usize) {
        for tree in 0..self.spaces.trees() {
            for (node, _) in self.spaces.path(tree, row) {
                self.latest.of_nodes[node] += 1;
            }
        }
        self.latest.rows += 1;
        if self.latest.rows == window {
            self.turn();
        }
    }

    fn turn(&mut self) {
        std::mem::swap(&mut self.reference, &mut self.latest);
        self.latest.rows = 0;
        self.latest.of_nodes.fill(0);
    }

    /// How many times denser the reference is around a row than if it were spread evenly.
    fn density(&self, row: &[f64], least_share: f64) -> f64 {
        let rows = self.reference.rows as f64;
        if rows == 0.0 {
            return 1.0;
        }
        let of_tree = |tree: usize| {
            let masses = self.spaces.path(tree, row);
            let mut masses =
                masses.map(|(node, depth)| (f64::from(self.reference.of_nodes[node]), depth));
            let mut last = (rows, 0);
            // Down to where too few are left to be halved.
            for mass in masses.by_ref() {
                last = mass;
                if mass.0 <= least_share * rows {
                    break;
                }
            }
            last.0 * (1_u64 << last.1) as f64 / rows
        };
        let count = self.spaces.trees();
        (0..count).map(of_tree).sum::<f64>() / count as f64
    }
}

impl Detector for HalfSpaceTreesModel {
    fn width(&self) -> usize {
        self.width
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let rows = bounded(rows, self.width, HalfSpaceTrees::NAME)?;
        let rows = rows.as_standard_layout();
        let score = |row: &[f64]| {
            let share = self.settings.least_share;
            let density = self.trees.as_ref().map_or(1.0, |trees| trees.density(row, share));
            (1.0 + density).recip()
        };
        Ok(rows.outer_iter().map(|row| score(row.to_slice().unwrap_or_default())).collect())
    }
}

impl Checked for HalfSpaceTreesModel {
    /// What it holds is checked as it is loaded.
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()
    }
}

/// What is saved: nodes that hold rows. Spaces are drawn again.
#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    settings: HalfSpaceTrees,
    width: usize,
    waiting: Waiting,
    trees: Option<SavedTrees>,
}

#[derive(Clone, Serialize, Deserialize)]
struct SavedTrees {
    ranges: Vec<[f64; 2]>,
    reference: SavedMasses,
    latest: SavedMasses,
}

#[derive(Clone, Serialize, Deserialize)]
struct SavedMasses {
    rows: usize,
    /// Nodes ascending, each with how many rows are in it.
    of_nodes: Vec<(u32, u32)>,
}

impl From<HalfSpaceTreesModel> for Saved {
    fn from(model: HalfSpaceTreesModel) -> Self {
        let trees = |trees: Trees| SavedTrees {
            ranges: trees.ranges,
            reference: trees.reference.into(),
            latest: trees.latest.into(),
        };
        let HalfSpaceTreesModel { settings, width, waiting, .. } = model;
        Self { settings, width, waiting, trees: model.trees.map(trees) }
    }
}

impl From<Masses> for SavedMasses {
    fn from(Masses { rows, of_nodes }: Masses) -> Self {
        let of_nodes = (0..).zip(of_nodes).filter(|(_, mass)| *mass > 0).collect();
        Self { rows, of_nodes }
    }
}

impl TryFrom<Saved> for HalfSpaceTreesModel {
    type Error = ModelError;

    fn try_from(saved: Saved) -> Result<Self, ModelError> {
        let Saved { settings, width, waiting, trees } = saved;
        settings.check()?;
        sound(waiting.rows < settings.window, "fewer rows wait than a window has")?;
        let cells = waiting.rows.checked_mul(width);
        sound(cells == Some(waiting.cells.len()), "cells for each row that waits")?;
        sound(waiting.cells.iter().all(|cell| cell.abs() <= 1e150), "cells are finite")?;
        sound(trees.is_none() || waiting.rows == 0, "no row waits once there are trees")?;
        let trees = trees.map(|trees| trees.whole(&settings, width)).transpose()?;
        Ok(Self { settings, width, waiting, trees })
    }
}

impl SavedTrees {
    fn whole(self, settings: &HalfSpaceTrees, width: usize) -> Result<Trees, ModelError> {
        sound(self.ranges.len() == width, "a range for each column")?;
        sound(self.ranges.iter().all(is_range), "ranges are finite")?;
        sound(self.reference.rows <= settings.window, "a window is no larger than is set")?;
        sound(self.latest.rows < settings.window, "a window that is filled is not full")?;
        let mut trees = Trees::drawn(self.ranges, settings);
        self.reference.into_masses(&mut trees.reference)?;
        self.latest.into_masses(&mut trees.latest)?;
        Ok(trees)
    }
}

impl SavedMasses {
    fn into_masses(self, masses: &mut Masses) -> Result<(), ModelError> {
        for (node, mass) in self.of_nodes {
            sound(mass as usize <= self.rows, "no node holds more rows than there are")?;
            let place = masses.of_nodes.get_mut(node as usize);
            *place.ok_or(ModelError::Unsound { what: "nodes of the trees" })? = mass;
        }
        masses.rows = self.rows;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn grid(rows: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, 2), |(row, column)| ((row * [7, 13][column]) % 10) as f64)
    }

    fn small() -> HalfSpaceTrees {
        HalfSpaceTrees::default().trees(5).depth(6).window(50)
    }

    #[test]
    fn density_is_counted_where_a_row_is() {
        // One tree over one column: the space is [0, 1] widened, and is halved where all trees of this seed halve it.
        let settings = HalfSpaceTrees::default().trees(1).depth(2).window(4);
        let settings = settings.ranges(Ranges::Given(vec![[0.0, 1.0]])).least_share(0.3);
        let mut model = settings.open(1).unwrap();
        assert_eq!(model.scores(array![[0.5]].view()).unwrap(), array![0.5]);
        model.observe(array![[-9.0], [-9.0], [-9.0], [9.0]].view()).unwrap();
        assert_eq!(model.reference_rows(), 4);
        let told = model.scores(array![[-9.0], [9.0]].view()).unwrap();
        // Three of four in the first quarter: three times as dense; one of four in the second half: not halved again.
        assert_eq!(told, array![1.0 / (1.0 + 0.75 * 4.0), 1.0 / (1.0 + 0.25 * 2.0)]);
    }

    #[test]
    fn windows_replace_each_other() {
        let near =
            |at: f64| Array2::from_shape_fn((50, 2), |(row, _)| at + (row % 5) as f64 / 10.0);
        let mut model = small().ranges(Ranges::Given(vec![[0.0, 10.0]])).open(2).unwrap();
        let strangeness = |model: &HalfSpaceTreesModel| {
            let told = model.scores(array![[1.2, 1.2], [8.2, 8.2]].view()).unwrap();
            told[1] - told[0]
        };
        model.observe(near(1.0).view()).unwrap();
        assert!(strangeness(&model) > 0.3, "{}", strangeness(&model));
        let before = model.clone();
        model.observe(near(8.0).slice_axis(Axis(0), (..49).into())).unwrap();
        assert_eq!(strangeness(&model), strangeness(&before));
        model.observe(near(8.0).slice_axis(Axis(0), (49..).into())).unwrap();
        assert!(strangeness(&model) < -0.3);
    }

    #[test]
    fn rows_may_come_in_any_pieces() {
        let rows = grid(173);
        let whole = small().fit(&Sample::new(rows.view()).unwrap()).unwrap();
        let mut pieces = small().open(2).unwrap();
        for piece in rows.axis_chunks_iter(Axis(0), 7) {
            pieces.observe(piece).unwrap();
        }
        assert_eq!(pieces, whole);
        assert_eq!(whole.reference_rows(), 50);
    }

    #[test]
    fn fewer_rows_than_a_window_are_one() {
        let rows = grid(20);
        let model = small().fit(&Sample::new(rows.view()).unwrap()).unwrap();
        assert_eq!(model.reference_rows(), 20);
        let told = model.scores(array![[5.0, 5.0], [1e300, -1e300]].view()).unwrap();
        assert!(told[1] > told[0], "{told}");
        let mut model = small().open(2).unwrap();
        model.observe(rows.view()).unwrap();
        assert_eq!(model.scores(rows.view()).unwrap(), Array1::from_elem(20, 0.5));
    }

    #[test]
    fn odd_rows_are_learned_or_refused() {
        for rows in
            [Array2::ones((60, 1)), Array2::zeros((60, 0)), Array2::from_elem((60, 1), f64::MAX)]
        {
            let model = small().fit(&Sample::new(rows.view()).unwrap()).unwrap();
            let told = model.scores(rows.view()).unwrap();
            assert!(told.iter().all(|score| *score > 0.0 && *score < 0.5), "{told}");
        }
        let mut model = small().open(1).unwrap();
        let before = model.clone();
        assert!(matches!(
            model.observe(array![[1.0], [f64::NAN]].view()),
            Err(ModelError::NotFinite { .. })
        ));
        assert!(matches!(model.observe(array![[1.0, 2.0]].view()), Err(ModelError::Shape { .. })));
        assert_eq!(model, before);
        let settings = small().ranges(Ranges::Given(vec![[0.0, 1.0]; 3]));
        assert!(matches!(settings.open(2), Err(ModelError::Shape { what: "ranges", .. })));
    }

    #[test]
    fn settings_are_what_texts_say() {
        let mut settings = HalfSpaceTrees::default();
        settings.set("ranges", "0:1, -5:7.5").unwrap();
        assert_eq!(settings.ranges, Ranges::Given(vec![[0.0, 1.0], [-5.0, 7.5]]));
        assert_eq!(settings.told()[4].1, "0:1,-5:7.5");
        settings.set("ranges", "first-window").unwrap();
        assert_eq!(settings, HalfSpaceTrees::default());
        let wrong = [
            ("ranges", "1:0"),
            ("ranges", "0:inf"),
            ("ranges", "0"),
            ("trees", "0"),
            ("trees", "200"),
            ("depth", "21"),
            ("window", "1"),
            ("least-share", "1"),
        ];
        for (name, value) in wrong {
            assert!(settings.set(name, value).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn what_is_saved_and_loaded_goes_on_the_same() {
        let rows = grid(173);
        for count in [20, 173] {
            let mut model = small().open(2).unwrap();
            model.observe(rows.slice_axis(Axis(0), (..count).into())).unwrap();
            let text = serde_json::to_string(&model).unwrap();
            let mut loaded: HalfSpaceTreesModel = serde_json::from_str(&text).unwrap();
            loaded.check().unwrap();
            assert_eq!(loaded, model);
            loaded.observe(rows.view()).unwrap();
            model.observe(rows.view()).unwrap();
            assert_eq!(loaded, model);
        }
    }

    #[test]
    fn forged_models_are_unsound() {
        let rows = grid(60);
        let model = small().fit(&Sample::new(rows.view()).unwrap()).unwrap();
        let is_refused = |change: fn(&mut Saved, &mut SavedTrees)| {
            let mut saved = Saved::from(model.clone());
            let mut trees = saved.trees.take().unwrap();
            change(&mut saved, &mut trees);
            saved.trees = Some(trees);
            HalfSpaceTreesModel::try_from(saved).is_err()
        };
        assert!(!is_refused(|_, _| ()));
        assert!(is_refused(|saved, _| saved.settings.depth = 60));
        assert!(is_refused(|saved, _| saved.width = 3));
        assert!(is_refused(
            |saved, _| (saved.waiting.rows, saved.waiting.cells) = (1, vec![0.0; 2])
        ));
        assert!(is_refused(|saved, _| saved.waiting.cells = vec![0.0]));
        assert!(is_refused(|_, trees| trees.ranges[0] = [0.0, f64::NAN]));
        assert!(is_refused(|_, trees| trees.reference.rows = 51));
        assert!(is_refused(|_, trees| trees.latest.rows = 50));
        assert!(is_refused(|_, trees| trees.reference.of_nodes[0].0 = u32::MAX));
        assert!(is_refused(|_, trees| trees.reference.of_nodes[0].1 = 51));
    }
}
