//! The distance to the nearest rows (Ramaswamy, Rastogi and Shim, 2000; Angiulli and Pizzuti, 2002).

use ndarray::{Array1, Array2, ArrayView2};
use netsift_data::nearest::{Metric, Neighbour};
use serde::{Deserialize, Serialize};

use super::points::Points;
use crate::explain::Terms;
use crate::linear::bounded;
use crate::settings::{Said, name_of, named, setting};
use crate::{Checked, Detector, ModelError, Observer, Parameter, Sample, Settings};

/// How far the nearest rows are.
///
/// Columns should be scaled: the widest tells most of the distance. It keeps all rows it learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnnDistance {
    neighbours: usize,
    distance: Metric,
    reach: Reach,
}

/// What is told of the distances to several rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reach {
    /// The largest.
    #[default]
    Largest,
    /// Their mean.
    Mean,
    /// Their median.
    Median,
}

impl KnnDistance {
    /// How many rows are looked for: all others, if there are fewer. Default: 5, as elsewhere.
    #[must_use]
    pub fn neighbours(self, neighbours: usize) -> Self {
        Self { neighbours, ..self }
    }

    /// How far two rows are from each other. Default: as the crow flies.
    #[must_use]
    pub fn distance(self, distance: Metric) -> Self {
        Self { distance, ..self }
    }

    /// What is told of their distances. Default: the largest.
    #[must_use]
    pub fn reach(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }
}

impl Default for KnnDistance {
    fn default() -> Self {
        Self { neighbours: 5, distance: Metric::Euclidean, reach: Reach::Largest }
    }
}

impl Settings for KnnDistance {
    const NAME: &'static str = "knn-distance";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("neighbours", neighbours, "How many rows are looked for."),
        setting!("distance", distance, "How far rows are from each other: euclidean or manhattan."),
        setting!("reach", reach, "What is told of their distances: largest, mean or median."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        ModelError::rule(self.neighbours >= 1, "neighbours", self.neighbours, "1 at least")
    }
}

impl Reach {
    const NAMES: [(&'static str, Self); 3] =
        [("largest", Self::Largest), ("mean", Self::Mean), ("median", Self::Median)];

    /// Of the nearest, the nearest first.
    fn of(self, found: &[Neighbour]) -> f64 {
        let at = |place: usize| found.get(place).map_or(0.0, |found| found.distance);
        let count = found.len();
        match self {
            Self::Largest => found.last().map_or(0.0, |found| found.distance),
            Self::Mean => found.iter().map(|found| found.distance).sum::<f64>() / count as f64,
            Self::Median => f64::midpoint(at(count.saturating_sub(1) / 2), at(count / 2)),
        }
    }

    /// Of which of so many distances it is made, and what each counts.
    fn parts(self, count: usize) -> Vec<(usize, f64)> {
        match self {
            Self::Largest => vec![(count.saturating_sub(1), 1.0)],
            Self::Mean => (0..count).map(|place| (place, 1.0 / count as f64)).collect(),
            Self::Median => vec![(count.saturating_sub(1) / 2, 0.5), (count / 2, 0.5)],
        }
    }
}

impl Said for Reach {
    const RULE: &'static str = "largest, mean or median";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

impl Observer for KnnDistance {
    type Detector = KnnDistanceModel;

    fn fit(&self, sample: &Sample<'_>) -> Result<KnnDistanceModel, ModelError> {
        self.check()?;
        sample.progress(0, 1)?;
        let points = Points::of(sample, self.distance, Self::NAME)?;
        sample.progress(1, 1)?;
        Ok(KnnDistanceModel { settings: self.clone(), points })
    }

    fn fit_scored(
        &self,
        sample: &Sample<'_>,
    ) -> Result<(KnnDistanceModel, Array1<f64>), ModelError> {
        let model = self.fit(sample)?;
        let count = model.count();
        let all = model.points.of_own(count, sample, Self::NAME)?;
        let scores = all.chunks_exact(count).map(|found| self.reach.of(found)).collect();
        Ok((model, scores))
    }
}

/// The rows that were learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnnDistanceModel {
    settings: KnnDistance,
    points: Points,
}

impl KnnDistanceModel {
    fn count(&self) -> usize {
        self.points.others(self.settings.neighbours)
    }
}

impl Detector for KnnDistanceModel {
    fn width(&self) -> usize {
        self.points.width()
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let mut scores = Vec::with_capacity(rows.nrows());
        self.points.of_asked(rows, self.count(), KnnDistance::NAME, |found| {
            scores.push(self.settings.reach.of(found));
        })?;
        Ok(scores.into())
    }
}

/// Of a distance, each column has the part that goes along it. How far the rows learned are from each other in each column is
/// not kept: a row is held against those it is told to be far from, and not against what is usual.
impl Terms for KnnDistanceModel {
    fn terms(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        let rows = bounded(rows, self.width(), KnnDistance::NAME)?;
        let parts = self.settings.reach.parts(self.count());
        let mut terms = Array2::zeros(rows.dim());
        let mut next = terms.rows_mut().into_iter().zip(rows.rows());
        self.points.of_asked(rows.view(), self.count(), KnnDistance::NAME, |found| {
            let Some((mut terms, row)) = next.next() else { return };
            for &(place, counts) in &parts {
                let Some(&neighbour) = found.get(place) else { continue };
                let shares = self.points.shares(row, neighbour);
                terms.iter_mut().zip(shares).for_each(|(term, share)| *term += counts * share);
            }
        })?;
        Ok(terms)
    }

    fn means(&self) -> Vec<f64> {
        vec![0.0; self.width()]
    }
}

impl Checked for KnnDistanceModel {
    /// Points are checked as they are loaded.
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array};

    use super::*;

    fn told(rows: &Array2<f64>, settings: &KnnDistance, asked: f64) -> (Vec<f64>, f64) {
        let sample = Sample::new(rows.view()).unwrap();
        let (model, own) = settings.fit_scored(&sample).unwrap();
        assert_eq!(settings.fit(&sample).unwrap(), model);
        model.check().unwrap();
        (own.to_vec(), model.scores(array![[asked]].view()).unwrap()[0])
    }

    #[test]
    fn rows_are_as_strange_as_the_nearest_are_far() {
        let rows = array![[0.0], [1.0], [3.0], [7.0]];
        let of = |count, reach| KnnDistance::default().neighbours(count).reach(reach);
        let told = |count, reach| told(&rows, &of(count, reach), 3.0);
        assert_eq!(told(1, Reach::Largest), (vec![1.0, 1.0, 2.0, 4.0], 0.0));
        assert_eq!(told(2, Reach::Mean), (vec![2.0, 1.5, 2.5, 5.0], 1.0));
        assert_eq!(told(3, Reach::Median), (vec![3.0, 2.0, 3.0, 6.0], 2.0));
        assert_eq!(told(2, Reach::Median).1, 1.0);
        // There are three others at most.
        assert_eq!(told(99, Reach::Largest), (vec![7.0, 6.0, 4.0, 7.0], 3.0));
    }

    #[test]
    fn a_distance_goes_along_columns() {
        let rows = array![[0.0, 0.0], [3.0, 0.0], [0.0, 9.0], [1.0, 1.0]];
        let sample = Sample::new(rows.view()).unwrap();
        let asked = array![[3.0, 4.0], [0.0, 0.0], [-7.0, 2.5]];
        for distance in [Metric::Euclidean, Metric::Manhattan] {
            for reach in [Reach::Largest, Reach::Mean, Reach::Median] {
                for count in 1..4 {
                    let settings = KnnDistance::default().neighbours(count).reach(reach);
                    let model = settings.distance(distance).fit(&sample).unwrap();
                    let apart = model.terms(asked.view()).unwrap().sum_axis(Axis(1))
                        - model.scores(asked.view()).unwrap();
                    assert!(apart.iter().all(|apart| apart.abs() < 1e-12), "{apart}");
                }
            }
        }
        let model = KnnDistance::default().neighbours(1).fit(&sample).unwrap();
        // From (1, 1) it is 2 to the right and 3 up: 4 and 9 of 13 parts of its root.
        let told = model.terms(array![[3.0, 4.0]].view()).unwrap();
        let root = 13_f64.sqrt();
        assert!((told[[0, 0]] - 4.0 / root).abs() < 1e-12, "{told}");
        assert!((told[[0, 1]] - 9.0 / root).abs() < 1e-12, "{told}");
    }

    #[test]
    fn the_largest_numbers_have_finite_scores() {
        let rows = array![[f64::MAX], [f64::MIN]];
        let (own, asked) = told(&rows, &KnnDistance::default(), f64::MAX);
        assert!(own == [2e150; 2] && asked == 0.0, "{own:?} {asked}");
    }

    #[test]
    fn what_cannot_be_learned_or_asked_is_refused() {
        let rows = array![[0.0], [f64::INFINITY]];
        let refused = KnnDistance::default().fit(&Sample::new(rows.view()).unwrap());
        assert!(matches!(refused, Err(ModelError::NotFinite { row: 1, .. })));
        let rows = array![[0.0], [1.0]];
        let model = KnnDistance::default().fit(&Sample::new(rows.view()).unwrap()).unwrap();
        assert!(matches!(
            model.scores(array![[f64::NAN]].view()),
            Err(ModelError::NotFinite { .. })
        ));
        assert!(matches!(model.scores(array![[1.0, 2.0]].view()), Err(ModelError::Shape { .. })));
        let settings = KnnDistance::default().neighbours(0);
        assert!(KnnDistanceModel { settings, ..model }.check().is_err());
    }

    #[test]
    fn settings_are_what_texts_say() {
        let mut settings = KnnDistance::default();
        settings.set("reach", "median").unwrap();
        settings.set("distance", "manhattan").unwrap();
        let expected = KnnDistance::default().reach(Reach::Median).distance(Metric::Manhattan);
        assert_eq!(settings, expected);
        assert!(settings.set("neighbours", "0").is_err() && settings.set("reach", "x").is_err());
    }
}
