//! The local outlier factor (Breunig, Kriegel, Ng and Sander, 2000): how much thinner it is around a row than around its
//! neighbours.

use ndarray::{Array1, ArrayView2};
use netsift_data::nearest::{Metric, Neighbour};
use serde::{Deserialize, Serialize};

use super::points::Points;
use crate::check::sound;
use crate::settings::setting;
use crate::{Checked, Detector, ModelError, Observer, Parameter, Sample, Settings};

/// How many times thinner it is around a row than around its nearest rows: near 1 inside of what was learned, and more
/// outside, however dense or thin that is.
///
/// Columns should be scaled: the widest tells most of the distance. It keeps all rows it learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lof {
    neighbours: usize,
    distance: Metric,
}

impl Lof {
    /// With how many rows a row is compared: all others, if there are fewer. Default: 20, as elsewhere.
    #[must_use]
    pub fn neighbours(self, neighbours: usize) -> Self {
        Self { neighbours, ..self }
    }

    /// How far two rows are from each other. Default: as the crow flies.
    #[must_use]
    pub fn distance(self, distance: Metric) -> Self {
        Self { distance, ..self }
    }
}

impl Default for Lof {
    fn default() -> Self {
        Self { neighbours: 20, distance: Metric::Euclidean }
    }
}

impl Settings for Lof {
    const NAME: &'static str = "lof";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        setting!("neighbours", neighbours, "With how many rows a row is compared."),
        setting!("distance", distance, "How far rows are from each other: euclidean or manhattan."),
    ];

    fn check(&self) -> Result<(), ModelError> {
        ModelError::rule(self.neighbours >= 1, "neighbours", self.neighbours, "1 at least")
    }
}

impl Observer for Lof {
    type Detector = LofModel;

    fn fit(&self, sample: &Sample<'_>) -> Result<LofModel, ModelError> {
        Ok(self.fit_scored(sample)?.0)
    }

    fn fit_scored(&self, sample: &Sample<'_>) -> Result<(LofModel, Array1<f64>), ModelError> {
        self.check()?;
        let points = Points::of(sample, self.distance, Self::NAME)?;
        let count = points.others(self.neighbours);
        let all = points.of_own(count, sample, Self::NAME)?;
        let farthest = |found: &[Neighbour]| found.last().map_or(0.0, |last| last.distance);
        let mut model = LofModel {
            settings: self.clone(),
            reaches: all.chunks_exact(count).map(farthest).collect(),
            densities: Vec::new(),
            points,
        };
        let densities = all.chunks_exact(count).map(|found| model.density(found));
        model.densities = densities.collect();
        let own = all.chunks_exact(count).zip(&model.densities);
        let scores = own.map(|(found, density)| model.thinner(found, *density)).collect();
        Ok((model, scores))
    }
}

/// The rows that were learned, and how dense it is around each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LofModel {
    settings: Lof,
    points: Points,
    /// How far the farthest neighbour of each row is.
    reaches: Vec<f64>,
    /// One over how far the neighbours of each are on average.
    densities: Vec<f64>,
}

/// Added to mean distances, as scikit-learn does: the density around rows that are repeated is 1e10, not infinite.
const LEAST_DISTANCE: f64 = 1e-10;

impl LofModel {
    /// How dense it is around a row with these neighbours. None of them counts as nearer than its own neighbours are.
    fn density(&self, found: &[Neighbour]) -> f64 {
        let reach = |found: &Neighbour| {
            let reach = self.reaches.get(found.row).copied().unwrap_or(0.0);
            found.distance.max(reach)
        };
        (found.iter().map(reach).sum::<f64>() / found.len() as f64 + LEAST_DISTANCE).recip()
    }

    fn thinner(&self, found: &[Neighbour], density: f64) -> f64 {
        let of = |found: &Neighbour| self.densities.get(found.row).copied().unwrap_or(0.0);
        found.iter().map(|found| of(found) / density).sum::<f64>() / found.len() as f64
    }
}

impl Detector for LofModel {
    fn width(&self) -> usize {
        self.points.width()
    }

    fn scores(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<f64>, ModelError> {
        let count = self.points.others(self.settings.neighbours);
        let mut scores = Vec::with_capacity(rows.nrows());
        self.points.of_asked(rows, count, Lof::NAME, |found| {
            scores.push(self.thinner(found, self.density(found)));
        })?;
        Ok(scores.into())
    }
}

impl Checked for LofModel {
    /// Points are checked as they are loaded.
    fn check(&self) -> Result<(), ModelError> {
        self.settings.check()?;
        let counts = [self.reaches.len(), self.densities.len()];
        sound(counts == [self.points.len(); 2], "a reach and a density for each row")?;
        let are_reaches = self.reaches.iter().all(|reach| (0.0..1e200).contains(reach));
        let are_densities = self.densities.iter().all(|one| *one > 0.0 && *one < 1e11);
        sound(are_reaches && are_densities, "reaches and densities are finite")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn fitted(rows: &Array2<f64>, neighbours: usize) -> (LofModel, Vec<f64>) {
        let sample = Sample::new(rows.view()).unwrap();
        let (model, scores) = Lof::default().neighbours(neighbours).fit_scored(&sample).unwrap();
        model.check().unwrap();
        (model, scores.to_vec())
    }

    #[test]
    fn a_row_apart_is_strange_whatever_the_density_beside_it() {
        // A thin line and a dense one, and a row next to each as far as its rows are apart three times.
        let mut cells: Vec<f64> = (0..20).map(f64::from).collect();
        cells.extend((0..20).map(|row| 1000.0 + f64::from(row) / 100.0));
        let rows = Array2::from_shape_vec((40, 1), cells).unwrap();
        let (model, own) = fitted(&rows, 3);
        let asked = model.scores(array![[-3.0], [999.97], [7.5]].view()).unwrap();
        assert!((asked[0] - asked[1]).abs() < 1e-4 && asked[0] > 1.4, "{asked}");
        assert!(asked[2] < 1.2 && own.iter().all(|score| *score < 1.4), "{asked} {own:?}");
    }

    #[test]
    fn repeated_rows_are_dense_and_not_endlessly() {
        let rows = array![[1.0], [1.0], [1.0], [1.0], [5.0]];
        let (model, own) = fitted(&rows, 2);
        assert_eq!(own[0], 1.0);
        // 1e10 beside 1 over 4.
        assert!((own[4] / 4e10 - 1.0).abs() < 1e-9, "{own:?}");
        let asked = model.scores(array![[1.0], [1e300]].view()).unwrap();
        assert!(asked[0] == 1.0 && asked[1].is_finite());
    }

    #[test]
    fn few_rows_have_scores_and_bare_ones_none() {
        assert_eq!(fitted(&array![[1.0], [2.0]], 20).1, [1.0, 1.0]);
        let bare = Array2::zeros((3, 0));
        let refused = Lof::default().fit(&Sample::new(bare.view()).unwrap());
        assert!(matches!(refused, Err(ModelError::Shape { what: "columns", .. })));
        let one = array![[1.0]];
        let refused = Lof::default().fit(&Sample::new(one.view()).unwrap());
        assert!(matches!(refused, Err(ModelError::TooFewRows { needed: 2, found: 1 })));
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let (model, _) = fitted(&array![[1.0], [2.0]], 1);
        assert!(matches!(
            model.scores(array![[f64::NAN]].view()),
            Err(ModelError::NotFinite { .. })
        ));
        assert!(matches!(model.scores(array![[1.0, 2.0]].view()), Err(ModelError::Shape { .. })));
        assert_eq!(model.scores(Array2::zeros((0, 1)).view()).unwrap().len(), 0);
    }

    #[test]
    fn forged_models_are_unsound() {
        let (model, _) = fitted(&array![[1.0], [2.0], [4.0]], 1);
        for wrong in [vec![], vec![0.0; 3], vec![f64::NAN; 3], vec![f64::INFINITY; 3]] {
            assert!(LofModel { densities: wrong, ..model.clone() }.check().is_err());
        }
        assert!(LofModel { reaches: vec![-1.0; 3], ..model.clone() }.check().is_err());
        let settings = Lof::default().neighbours(0);
        assert!(LofModel { settings, ..model }.check().is_err());
    }
}
