//! smartcore's nearest neighbours.

use std::sync::Arc;

use ::smartcore::algorithm::neighbour::KNNAlgorithmName;
use ::smartcore::metrics::distance::euclidian::Euclidian;
use ::smartcore::neighbors::KNNWeightFunction;
use ::smartcore::neighbors::knn_classifier::{KNNClassifier, KNNClassifierParameters};
use ndarray::{Array2, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::given::{Given, MAX_CELL, asked, called, fitted};
use crate::check::sound;
use crate::settings::{Said, name_of, named, setting};
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Settings, Training};

/// Numbers that may be compared while a cover tree is built, in a fit and in loading alike, if it compares each row with
/// every other: 84,000 rows of 77 columns. 75,000 flows of 77 columns took 6 s, since most are near few others; as many rows
/// drawn by chance, or by who means harm, take more than ten minutes.
const MAX_COMPARED: usize = 1 << 39;
/// Rows that are searched one by one: building takes no time, but answers do.
const MAX_SEARCHED: usize = 1 << 24;

type Estimator = KNNClassifier<f64, u32, Array2<f64>, Vec<u32>, Euclidian<f64>>;

/// The classes of the rows nearest by Euclidean distance vote. Which of equally far rows do is chance that falls the same
/// way every time. Columns should be scaled. Rows and weights are taken as [all classifiers here](crate::smartcore) do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knn {
    neighbours: usize,
    by_distance: bool,
    search: Search,
}

/// How neighbours are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Search {
    /// In a cover tree.
    #[default]
    CoverTree,
    /// One by one.
    Linear,
}

impl Knn {
    /// With all settings as they are by default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many rows vote. Default: 3, as smartcore has it.
    #[must_use]
    pub fn neighbours(self, neighbours: usize) -> Self {
        Self { neighbours, ..self }
    }

    /// Whether votes count by one over the distance; if rows are equal to the one asked about, they alone vote. Default:
    /// no, all count the same.
    #[must_use]
    pub fn by_distance(self, by_distance: bool) -> Self {
        Self { by_distance, ..self }
    }

    /// How neighbours are found. Default: in a cover tree, which for few columns is much faster.
    #[must_use]
    pub fn search(self, search: Search) -> Self {
        Self { search, ..self }
    }

    fn most_rows(&self, width: usize) -> usize {
        match self.search {
            Search::CoverTree => (MAX_COMPARED / width.max(1)).isqrt(),
            Search::Linear => MAX_SEARCHED,
        }
    }

    fn parameters(&self) -> KNNClassifierParameters<f64, Euclidian<f64>> {
        let weight = match self.by_distance {
            true => KNNWeightFunction::Distance,
            false => KNNWeightFunction::Uniform,
        };
        let algorithm = match self.search {
            Search::CoverTree => KNNAlgorithmName::CoverTree,
            Search::Linear => KNNAlgorithmName::LinearSearch,
        };
        KNNClassifierParameters::default()
            .with_k(self.neighbours)
            .with_weight(weight)
            .with_algorithm(algorithm)
    }
}

impl Default for Knn {
    fn default() -> Self {
        Self { neighbours: 3, by_distance: false, search: Search::CoverTree }
    }
}

impl Search {
    const NAMES: [(&'static str, Self); 2] =
        [("cover-tree", Self::CoverTree), ("linear", Self::Linear)];
}

impl Said for Search {
    const RULE: &'static str = "cover-tree or linear";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

impl Settings for Knn {
    const NAME: &'static str = "smartcore/knn";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("neighbours", neighbours, "How many rows vote."),
        setting!("by-distance", by_distance, "Whether votes count by one over the distance."),
        setting!("search", search, "How neighbours are found: cover-tree or linear."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        ModelError::rule(self.neighbours >= 1, "neighbours", self.neighbours, "1 at least")
    }
}

impl Learner for Knn {
    type Model = KnnModel;

    fn fit(&self, training: &Training<'_>) -> Result<KnnModel, ModelError> {
        self.check()?;
        let given = Given::of(training, Self::NAME, self.most_rows(training.width()))?;
        let (needed, found) = (self.neighbours, given.classes.len());
        if found < needed {
            return Err(ModelError::TooFewRows { needed, found });
        }
        let class = |&place: &u32| given.present.get(place as usize).copied().unwrap_or(0);
        let model = KnnModel::try_from(Parts {
            settings: self.clone(),
            classes: training.classes().clone(),
            width: training.width(),
            of_row: given.classes.iter().map(class).collect(),
            cells: given.rows.into_raw_vec_and_offset().0,
        })?;
        training.progress(1, 1)?;
        Ok(model)
    }
}

/// Rows, and smartcore's way to find the nearest of them. What is saved is the rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct KnnModel {
    parts: Parts,
    /// The classes that have a row.
    present: Vec<u32>,
    estimator: Arc<Estimator>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Parts {
    settings: Knn,
    classes: Classes,
    width: usize,
    of_row: Vec<u32>,
    /// Row by row.
    cells: Vec<f64>,
}

impl PartialEq for KnnModel {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl From<KnnModel> for Parts {
    fn from(model: KnnModel) -> Self {
        model.parts
    }
}

impl TryFrom<Parts> for KnnModel {
    type Error = ModelError;

    fn try_from(parts: Parts) -> Result<Self, ModelError> {
        parts.check()?;
        let mut present = parts.of_row.clone();
        present.sort_unstable();
        present.dedup();
        let place = |class: &u32| present.partition_point(|other| other < class) as u32;
        let classes: Vec<u32> = parts.of_row.iter().map(place).collect();
        let rows = Array2::from_shape_vec((classes.len(), parts.width), parts.cells.clone());
        let rows = rows.map_err(|_| ModelError::Unsound { what: "cells for each row" })?;
        let parameters = parts.settings.parameters();
        let estimator = fitted(Knn::NAME, || Estimator::fit(&rows, &classes, parameters))?;
        Ok(Self { parts, present, estimator: Arc::new(estimator) })
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
        let asked = asked(rows, self.parts.width, Knn::NAME)?;
        let mut probabilities = Array2::zeros((rows.nrows(), self.parts.classes.len()));
        if asked.nrows() == 0 {
            return Ok(probabilities);
        }
        let votes = called(Knn::NAME, || self.estimator.predict_proba(&asked))?;
        for (mut told, votes) in probabilities.rows_mut().into_iter().zip(votes) {
            for (vote, &class) in votes.into_iter().zip(&self.present) {
                if let Some(told) = told.get_mut(class as usize) {
                    *told = vote;
                }
            }
        }
        Ok(probabilities)
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
        sound(self.width >= 1, "a column at least")?;
        sound(rows >= self.settings.neighbours, "as many rows as there are neighbours")?;
        sound(rows <= self.settings.most_rows(self.width), "no more rows than fits take")?;
        sound(rows.checked_mul(self.width) == Some(self.cells.len()), "cells for each row")?;
        let is_class = |&class: &u32| (class as usize) < self.classes.len();
        sound(self.of_row.iter().all(is_class), "rows of known classes")?;
        // A cell that is not a number is in no range.
        let is_cell = |cell: &f64| (-MAX_CELL..=MAX_CELL).contains(cell);
        sound(self.cells.iter().all(is_cell), "cells to count with")
    }
}

#[cfg(test)]
mod tests {
    use netsift_data::Labels;

    use super::*;
    use crate::smartcore::given::tests::{clouds, is_as};

    #[test]
    fn answers_are_smartcores() {
        let (rows, labels) = clouds(200, 3, 3);
        let (asked, _) = clouds(300, 3, 3);
        for (search, by_distance) in [(Search::CoverTree, true), (Search::Linear, false)] {
            let learner = Knn::new().neighbours(5).search(search).by_distance(by_distance);
            let model = learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
            let classes = labels.numbers().to_vec();
            let knn = Estimator::fit(&rows, &classes, learner.parameters()).unwrap();
            is_as(&model, &asked, &knn.predict(&asked).unwrap());
            model.check().unwrap();
        }
    }

    #[test]
    fn rows_from_one_end_of_numbers_to_the_other_are_no_trouble() {
        let cell = |row: usize| 10_f64.powi((row as i32 - 250) * 2 / 5);
        let rows = Array2::from_shape_fn((500, 2), |(row, _)| cell(row));
        let labels = Labels::of((0..500).map(|row| ["a", "b"][row / 250]).collect::<Vec<_>>());
        let model = Knn::new().fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        assert_eq!(model.predict(rows.view()).unwrap()[499], 1);
        let same = Array2::from_elem((500, 2), 1.5);
        let model = Knn::new().fit(&Training::new(same.view(), &labels).unwrap()).unwrap();
        assert_eq!(model.probabilities(same.view()).unwrap().dim(), (500, 2));
    }

    #[test]
    fn rows_are_as_many_as_can_be_compared() {
        assert_eq!(Knn::new().most_rows(77), 84_496);
        assert_eq!(Knn::new().search(Search::Linear).most_rows(77), MAX_SEARCHED);
    }

    #[test]
    fn more_neighbours_than_rows_are_refused() {
        let (rows, labels) = clouds(4, 2, 2);
        let refused = Knn::new().neighbours(5).fit(&Training::new(rows.view(), &labels).unwrap());
        assert!(matches!(refused, Err(ModelError::TooFewRows { needed: 5, found: 4 })));
    }

    #[test]
    fn forged_parts_are_unsound_before_anything_is_built() {
        let (rows, labels) = clouds(20, 2, 2);
        let model = Knn::new().fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        let forged = |change: fn(&mut Parts)| {
            let mut parts = model.parts.clone();
            change(&mut parts);
            let text = serde_json::to_string(&parts).unwrap();
            (KnnModel::try_from(parts).is_err(), serde_json::from_str::<KnnModel>(&text).is_err())
        };
        assert_eq!(forged(|_| ()), (false, false));
        assert_eq!(forged(|parts| parts.cells[0] = 1e200), (true, true));
        assert_eq!(forged(|parts| parts.cells[0] = f64::NAN), (true, true));
        assert_eq!(forged(|parts| parts.of_row[0] = 2), (true, true));
        assert_eq!(forged(|parts| parts.width = 0), (true, true));
        assert_eq!(forged(|parts| parts.width = usize::MAX), (true, true));
        assert_eq!(forged(|parts| parts.settings.neighbours = 21), (true, true));
        assert_eq!(forged(|parts| parts.settings.neighbours = 0), (true, true));
    }
}
