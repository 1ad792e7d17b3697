//! The nearest rows of those learned: exact, whichever way they are found.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2, ArrayViewMut1, Axis, Slice};
use netsift_data::Classes;
use netsift_data::nearest::{Metric, Nearest, Neighbour};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::classifier::wide;
use crate::settings::{Said, name_of, named, setting};
use crate::training::finite;
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Neighbours that are held at once: 16 MiB of them.
const MAX_HELD: usize = 1 << 20;

/// The classes of the nearest rows vote. Of equally far rows those learned first are nearer. A row of weight 2 votes twice
/// and takes two places, as two rows would; one of weight 0.5 takes half a place.
///
/// Cells must be finite, and columns should be scaled: the widest tells most of the distance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knn {
    neighbours: usize,
    distance: Distance,
    votes: Votes,
}

/// How far two rows are from each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Distance {
    /// The root of the sum of squared differences.
    #[default]
    Euclidean,
    /// The sum of differences.
    Manhattan,
    /// One less the cosine of the angle between them: rows of the same shares are equal, however large they are. A row of
    /// zeros has no direction, and is one from every row.
    Cosine,
}

/// What the vote of a neighbour counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Votes {
    /// As much as any other's.
    #[default]
    Uniform,
    /// One over its distance; if rows are equal to the one asked about, they alone count.
    ByDistance,
}

impl Knn {
    /// With all settings as they are by default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many rows vote. Default: 5, as elsewhere.
    #[must_use]
    pub fn neighbours(self, neighbours: usize) -> Self {
        Self { neighbours, ..self }
    }

    /// How far two rows are from each other. Default: as the crow flies.
    #[must_use]
    pub fn distance(self, distance: Distance) -> Self {
        Self { distance, ..self }
    }

    /// What the vote of a neighbour counts. Default: as much as any other's.
    #[must_use]
    pub fn votes(self, votes: Votes) -> Self {
        Self { votes, ..self }
    }
}

impl Default for Knn {
    fn default() -> Self {
        Self { neighbours: 5, distance: Distance::Euclidean, votes: Votes::Uniform }
    }
}

impl Distance {
    fn metric(self) -> Metric {
        match self {
            Self::Euclidean | Self::Cosine => Metric::Euclidean,
            Self::Manhattan => Metric::Manhattan,
        }
    }

    /// Rows between which the metric tells the distance.
    fn placed(self, rows: ArrayView2<'_, f64>, whose: Whose) -> Array2<f64> {
        match self {
            Self::Cosine => directions(rows, whose),
            _ => rows.as_standard_layout().into_owned(),
        }
    }

    /// What the metric told, as this distance. Between directions, half its square is one less the cosine.
    fn told(self, distance: f64) -> f64 {
        match self {
            Self::Cosine => distance * distance / 2.0,
            _ => distance,
        }
    }
}

/// Whose rows they are.
#[derive(Clone, Copy)]
enum Whose {
    Learned = 0,
    Asked = 1,
}

/// Rows of length 1. Rows of zeros point to where no other row does, those learned elsewhere than those asked about.
fn directions(rows: ArrayView2<'_, f64>, whose: Whose) -> Array2<f64> {
    let width = rows.ncols();
    let mut made = Array2::zeros((rows.nrows(), width + 2));
    for (row, mut made) in rows.rows().into_iter().zip(made.rows_mut()) {
        // By the largest cell first: squares of others may be beyond all numbers.
        let largest = row.iter().fold(0.0, |most: f64, cell| most.max(cell.abs()));
        if largest == 0.0 {
            if let Some(cell) = made.get_mut(width + whose as usize) {
                *cell = 1.0;
            }
            continue;
        }
        let length = row.iter().map(|cell| (cell / largest).powi(2)).sum::<f64>().sqrt();
        made.iter_mut().zip(row).for_each(|(made, cell)| *made = cell / largest / length);
    }
    made
}

impl Distance {
    const NAMES: [(&'static str, Self); 3] =
        [("euclidean", Self::Euclidean), ("manhattan", Self::Manhattan), ("cosine", Self::Cosine)];
}

impl Said for Distance {
    const RULE: &'static str = "euclidean, manhattan or cosine";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

impl Votes {
    const NAMES: [(&'static str, Self); 2] =
        [("uniform", Self::Uniform), ("distance", Self::ByDistance)];
}

impl Said for Votes {
    const RULE: &'static str = "uniform or distance";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

impl Settings for Knn {
    const NAME: &'static str = "knn";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("neighbours", neighbours, "How many rows vote."),
        setting!(
            "distance",
            distance,
            "How far rows are from each other: euclidean, manhattan or cosine."
        ),
        setting!("votes", votes, "What a vote counts: uniform, or one over the distance."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        ModelError::rule(self.neighbours >= 1, "neighbours", self.neighbours, "1 at least")
    }
}

impl Learner for Knn {
    type Model = KnnModel;

    fn fit(&self, training: &Training<'_>) -> Result<KnnModel, ModelError> {
        self.check()?;
        training.all_finite(Self::NAME)?;
        training.progress(0, 1)?;
        let kept: Vec<usize> =
            (0..training.len()).filter(|&row| training.weight(row) > 0.0).collect();
        let rows = training.rows().select(Axis(0), &kept);
        let class = |&row: &usize| training.labels().get(row).copied().unwrap_or(0);
        let weights = training.row_weights().map(|_| kept.iter().map(|&row| training.weight(row)));
        let parts = Parts {
            settings: self.clone(),
            classes: training.classes().clone(),
            width: training.width(),
            of_row: kept.iter().map(class).collect(),
            weights: weights.into_iter().flatten().collect(),
            cells: rows.as_standard_layout().iter().copied().collect(),
        };
        let (needed, found) = (self.neighbours, parts.places());
        if found < needed as f64 {
            return Err(ModelError::TooFewRows { needed, found: found as usize });
        }
        let model = KnnModel::try_from(parts)?;
        training.progress(1, 1)?;
        Ok(model)
    }
}

/// The rows that were learned. What is saved is the rows; how they are found is made of them again.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct KnnModel {
    parts: Parts,
    nearest: Arc<Nearest>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Parts {
    settings: Knn,
    classes: Classes,
    width: usize,
    of_row: Vec<u32>,
    /// One for each row; none if all weigh 1.
    weights: Vec<f64>,
    /// Row by row.
    cells: Vec<f64>,
}

impl Parts {
    fn weight(&self, row: usize) -> f64 {
        if self.weights.is_empty() { 1.0 } else { self.weights.get(row).copied().unwrap_or(0.0) }
    }

    /// How many neighbours there can be.
    fn places(&self) -> f64 {
        (0..self.of_row.len()).map(|row| self.weight(row)).sum()
    }
}

impl TryFrom<Parts> for KnnModel {
    type Error = ModelError;

    fn try_from(parts: Parts) -> Result<Self, ModelError> {
        parts.check()?;
        let rows = ArrayView2::from_shape((parts.of_row.len(), parts.width), &parts.cells);
        let rows = rows.map_err(|_| ModelError::Unsound { what: "cells for each row" })?;
        let distance = parts.settings.distance;
        let points = distance.placed(rows, Whose::Learned);
        let nearest = Arc::new(Nearest::of(points.view(), distance.metric())?);
        Ok(Self { parts, nearest })
    }
}

impl From<KnnModel> for Parts {
    fn from(model: KnnModel) -> Self {
        model.parts
    }
}

impl PartialEq for KnnModel {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl fmt::Debug for KnnModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnnModel").field("parts", &self.parts).finish_non_exhaustive()
    }
}

impl Classifier for KnnModel {
    fn classes(&self) -> &Classes {
        &self.parts.classes
    }

    fn width(&self) -> usize {
        self.parts.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        wide(rows, self.parts.width)?;
        finite(rows, Knn::NAME)?;
        let mut probabilities = Array2::zeros((rows.nrows(), self.parts.classes.len()));
        let part = (MAX_HELD / self.parts.settings.neighbours).max(1);
        let parts = rows.axis_chunks_iter(Axis(0), part);
        for (rows, mut told) in parts.zip(probabilities.axis_chunks_iter_mut(Axis(0), part)) {
            let queries = self.parts.settings.distance.placed(rows, Whose::Asked);
            self.answer(queries.view(), self.parts.settings.neighbours, |query, voters| {
                if let Some(told) = told.axis_iter_mut(Axis(0)).nth(query) {
                    self.count(voters, told);
                }
            })?;
        }
        Ok(probabilities)
    }
}

impl KnnModel {
    /// Shows the neighbours of each query: so many rows, or more where they weigh less.
    fn answer(
        &self,
        queries: ArrayView2<'_, f64>,
        count: usize,
        mut show: impl FnMut(usize, &[Neighbour]),
    ) -> Result<(), ModelError> {
        let found = self.nearest.neighbours_of_all(queries, count, NonZero::<usize>::MIN)?;
        for (query, voters) in found.iter().enumerate() {
            if self.are_enough(voters) {
                show(query, voters);
                continue;
            }
            let alone = queries.slice_axis(Axis(0), Slice::from(query..query + 1));
            let mut more = count;
            loop {
                more = more.saturating_mul(2).min(self.nearest.len());
                let found = self.nearest.neighbours_of_all(alone, more, NonZero::<usize>::MIN)?;
                if self.are_enough(found.of(0)) || more == self.nearest.len() {
                    show(query, found.of(0));
                    break;
                }
            }
        }
        Ok(())
    }

    fn are_enough(&self, voters: &[Neighbour]) -> bool {
        let weights = voters.iter().map(|voter| self.parts.weight(voter.row));
        let needed = self.parts.settings.neighbours as f64;
        self.parts.weights.is_empty() || weights.sum::<f64>() >= needed
    }

    /// Shares of the votes of the nearest, as many as there are places.
    fn count(&self, voters: &[Neighbour], mut told: ArrayViewMut1<'_, f64>) {
        let Parts { settings, of_row, .. } = &self.parts;
        let nearest = voters.first().map_or(0.0, |voter| settings.distance.told(voter.distance));
        let (mut left, mut all) = (settings.neighbours as f64, 0.0);
        for voter in voters {
            let places = self.parts.weight(voter.row).min(left);
            left -= places;
            let vote = places * self.vote(nearest, settings.distance.told(voter.distance));
            all += vote;
            let class = of_row.get(voter.row).and_then(|&class| told.get_mut(class as usize));
            if let Some(told) = class {
                *told += vote;
            }
        }
        told.mapv_inplace(|votes| votes / all);
    }

    /// What a vote counts, beside that of the nearest: one over the distance may be beyond all numbers.
    fn vote(&self, nearest: f64, distance: f64) -> f64 {
        match self.parts.settings.votes {
            Votes::Uniform => 1.0,
            Votes::ByDistance if distance == nearest => 1.0,
            Votes::ByDistance => nearest / distance,
        }
    }
}

impl Checked for KnnModel {
    fn check(&self) -> Result<(), ModelError> {
        self.parts.check()
    }
}

impl Checked for Parts {
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        let rows = self.of_row.len();
        sound(rows < u32::MAX as usize, "fewer than 2^32 rows")?;
        sound(rows.checked_mul(self.width) == Some(self.cells.len()), "cells for each row")?;
        let is_class = |&class: &u32| (class as usize) < self.classes.len();
        sound(self.of_row.iter().all(is_class), "rows of known classes")?;
        sound(self.cells.iter().all(|cell| cell.is_finite()), "finite cells")?;
        let is_weighed = self.weights.is_empty() || self.weights.len() == rows;
        sound(is_weighed, "a weight for each row")?;
        let is_weight = |&weight: &f64| weight.is_finite() && weight > 0.0;
        sound(self.weights.iter().all(is_weight), "weights above 0")?;
        sound(self.places() >= self.settings.neighbours as f64, "as many rows as vote")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};
    use netsift_data::{Chance, Labels};
    use proptest::prelude::*;

    use super::*;

    const LINE: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 10.0];

    fn fitted(learner: &Knn, rows: &Array2<f64>, names: &[&str]) -> KnnModel {
        let labels = Labels::of(names.iter().copied());
        learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap()
    }

    fn on_line(learner: &Knn) -> KnnModel {
        let rows = Array2::from_shape_vec((5, 1), LINE.to_vec()).unwrap();
        fitted(learner, &rows, &["a", "b", "b", "a", "a"])
    }

    #[test]
    fn the_nearest_vote() {
        let asked = array![[1.25], [1.0], [3.0]];
        let uniform = on_line(&Knn::new().neighbours(3)).probabilities(asked.view()).unwrap();
        assert_eq!(uniform.column(1).to_vec(), [2.0 / 3.0; 3]);
        let nearer = on_line(&Knn::new().neighbours(3).votes(Votes::ByDistance));
        let nearer = nearer.probabilities(asked.view()).unwrap();
        let (near, middle, far) = (1.0 / 0.25, 1.0 / 0.75, 1.0 / 1.25);
        assert!((nearer[[0, 1]] - (near + middle) / (near + middle + far)).abs() < 1e-15);
        // Equal rows alone count.
        assert_eq!((nearer[[1, 1]], nearer[[2, 1]]), (1.0, 0.0));
    }

    #[test]
    fn of_equally_far_rows_the_first_are_nearer() {
        let rows = array![[5.0, 0.0], [0.0, 5.0], [-5.0, 0.0], [3.0, 4.0]];
        let asked = array![[0.0, 0.0]];
        for (names, share) in [(["a", "b", "b", "b"], 1.0), (["b", "a", "a", "a"], 0.0)] {
            let model = fitted(&Knn::new().neighbours(1), &rows, &names);
            assert_eq!(model.probabilities(asked.view()).unwrap()[[0, 0]], share);
        }
    }

    #[test]
    fn directions_are_near_whatever_their_length() {
        let rows = array![[1.0, 1.0], [5.0, 0.0], [0.0, 0.0], [-1e200, -1e200]];
        let names = ["both", "first", "none", "against"];
        let learner = Knn::new().neighbours(1).distance(Distance::Cosine);
        let model = fitted(&learner, &rows, &names);
        let asked = array![[1e300, 1e300], [1e-300, 0.0], [-1.0, -0.9], [0.0, 0.0]];
        let guesses = model.predict(asked.view()).unwrap();
        let guesses: Vec<_> =
            guesses.iter().map(|&class| model.classes().name(class).unwrap()).collect();
        // All are as far from zeros, so that the first is nearest.
        assert_eq!(guesses, ["both", "first", "against", "both"]);
    }

    #[test]
    fn distances_at_the_ends_of_numbers_are_votes() {
        let learner = Knn::new().neighbours(3).votes(Votes::ByDistance);
        let model = on_line(&learner);
        for cell in [1e-310, 1e308, -1e308] {
            let told = model.probabilities(array![[cell]].view()).unwrap();
            assert!((told.sum() - 1.0).abs() < 1e-15, "{told}");
        }
    }

    #[test]
    fn what_cannot_be_learned_or_asked_is_refused() {
        let rows = Array2::zeros((3, 1));
        let labels = Labels::of(["a", "b", "a"]);
        let training = Training::new(rows.view(), &labels).unwrap();
        let refused = Knn::new().neighbours(4).fit(&training);
        assert!(matches!(refused, Err(ModelError::TooFewRows { needed: 4, found: 3 })));
        let light = training.clone().weights(vec![0.0, 3.0, 0.5]).unwrap();
        let learner = Knn::new().neighbours(3);
        let model = learner.fit(&light).unwrap();
        assert_eq!(model.probabilities(rows.view()).unwrap()[[0, 1]], 1.0);
        let flawed = array![[f64::NAN], [0.0], [0.0]];
        let flawed_training = Training::new(flawed.view(), &labels).unwrap();
        assert!(matches!(learner.fit(&flawed_training), Err(ModelError::NotFinite { .. })));
        assert!(matches!(model.predict(flawed.view()), Err(ModelError::NotFinite { .. })));
        assert!(matches!(model.predict(array![[1.0, 2.0]].view()), Err(ModelError::Shape { .. })));
    }

    #[test]
    fn bare_and_equal_rows_have_answers() {
        for width in [0, 2] {
            let model =
                fitted(&Knn::new().neighbours(2), &Array2::ones((3, width)), &["a", "b", "b"]);
            let told = model.probabilities(Array2::ones((1, width)).view()).unwrap();
            assert_eq!(told, array![[0.5, 0.5]]);
        }
        let one = fitted(&Knn::new().neighbours(1), &array![[1.0]], &["a"]);
        assert_eq!(one.predict(array![[7.0]].view()).unwrap(), array![0]);
    }

    #[test]
    fn forged_parts_are_unsound() {
        let model = on_line(&Knn::new().neighbours(3));
        let forged = |change: fn(&mut Parts)| {
            let mut parts = model.parts.clone();
            change(&mut parts);
            KnnModel::try_from(parts).is_err()
        };
        assert!(!forged(|_| ()));
        assert!(forged(|parts| parts.width = 2));
        assert!(forged(|parts| parts.width = usize::MAX));
        assert!(forged(|parts| parts.of_row[0] = 2));
        assert!(forged(|parts| parts.cells[0] = f64::INFINITY));
        assert!(forged(|parts| parts.weights = vec![1.0]));
        assert!(forged(|parts| parts.weights = vec![f64::NAN; 5]));
        assert!(forged(|parts| parts.weights = vec![0.5; 5]));
        assert!(forged(|parts| parts.settings.neighbours = 0));
    }

    #[test]
    fn what_is_saved_and_loaded_answers_the_same() {
        let mut chance = Chance::seeded(1);
        let rows = Array2::from_shape_simple_fn((50, 3), || chance.unit());
        let names: Vec<_> = (0..50).map(|row| ["a", "b", "c"][row % 3]).collect();
        let model = fitted(&Knn::new().distance(Distance::Cosine), &rows, &names);
        let text = serde_json::to_string(&model).unwrap();
        let loaded: KnnModel = serde_json::from_str(&text).unwrap();
        let told = |model: &KnnModel| model.probabilities(rows.view()).unwrap();
        assert_eq!((&loaded, told(&loaded)), (&model, told(&model)));
        let forged = text.replacen("\"of_row\":[0", "\"of_row\":[9", 1);
        assert!(forged != text && serde_json::from_str::<KnnModel>(&forged).is_err());
    }

    proptest! {
        #[test]
        fn rows_weigh_as_if_they_were_repeated(
            cells in prop::collection::vec((0_i8..6, 0_i8..6, 0_usize..3, 0_u32..3), 1..30),
            neighbours in 1_usize..5,
            by_distance: bool,
            cosine: bool,
        ) {
            let votes = if by_distance { Votes::ByDistance } else { Votes::Uniform };
            let distance = if cosine { Distance::Cosine } else { Distance::Manhattan };
            let learner = Knn::new().neighbours(neighbours).votes(votes).distance(distance);
            let classes = Classes::new(["a", "b", "c"]).unwrap();
            let fit = |kept: &[usize], weights: Option<Vec<f64>>| {
                let rows = Array2::from_shape_fn((kept.len(), 2), |(row, column)| {
                    let (one, other, ..) = cells[kept[row]];
                    f64::from([one, other][column])
                });
                let numbers: Array1<u32> = kept.iter().map(|&row| cells[row].3).collect();
                let labels = Labels::new(classes.clone(), numbers).unwrap();
                let training = Training::new(rows.view(), &labels)?;
                match weights {
                    Some(weights) => learner.fit(&training.weights(weights)?),
                    None => learner.fit(&training),
                }
            };
            let all: Vec<usize> = (0..cells.len()).collect();
            let repeated: Vec<usize> = all.iter().flat_map(|&row| vec![row; cells[row].2]).collect();
            let weighed = fit(&all, Some(cells.iter().map(|row| row.2 as f64).collect()));
            let repeated = fit(&repeated, None);
            let asked = Array2::from_shape_fn((49, 2), |(row, column)| [row / 7, row % 7][column] as f64);
            match (weighed, repeated) {
                (Ok(weighed), Ok(repeated)) => {
                    let weighed = weighed.probabilities(asked.view()).unwrap();
                    let repeated = repeated.probabilities(asked.view()).unwrap();
                    let is_near = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-12;
                    prop_assert!(weighed.iter().zip(&repeated).all(is_near));
                }
                (weighed, repeated) => prop_assert!(weighed.is_err() && repeated.is_err()),
            }
        }
    }
}
