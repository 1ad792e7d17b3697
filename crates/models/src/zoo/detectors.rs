//! The list of detectors.

use crate::zoo::Needs;
use crate::zoo::family::detectors;
use crate::{
    Ecod, EcodModel, ExtendedIsolationForest, ExtendedIsolationForestModel, HalfSpaceTrees,
    HalfSpaceTreesModel, Hbos, HbosModel, IsolationForest, IsolationForestModel, KnnDistance,
    KnnDistanceModel, Lof, LofModel, OneClassSvm, OneClassSvmModel, Pca, PcaModel,
};

detectors! {
    // Number, variant, settings and model; what rows have to be like; what it is, in a line.
    0 IsolationForest(IsolationForest, IsolationForestModel), |_| Needs::Raw,
        "How few questions tell a row from others.";
    1 ExtendedIsolationForest(ExtendedIsolationForest, ExtendedIsolationForestModel), |_| Needs::Scaled,
        "How few planes tell a row from others.";
    2 Lof(Lof, LofModel), |_| Needs::Scaled,
        "How much thinner it is around a row than around the rows nearest to it.";
    3 KnnDistance(KnnDistance, KnnDistanceModel), |_| Needs::Scaled,
        "How far the nearest rows are.";
    4 Hbos(Hbos, HbosModel), |_| Needs::Finite,
        "How rare cells are, by a histogram of each column.";
    5 Ecod(Ecod, EcodModel), |_| Needs::Finite,
        "How far in the tails of their columns cells are.";
    6 Pca(Pca, PcaModel), |_| Needs::Scaled,
        "How far rows are from the directions in which most vary.";
    7 OneClassSvm(OneClassSvm, OneClassSvmModel), |_| Needs::Scaled,
        "How far outside of a curved border around most rows.";
    8 HalfSpaceTrees(HalfSpaceTrees, HalfSpaceTreesModel), |_| Needs::Finite,
        "How thin the last rows are around a row, learned as they come.";
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};
    use netsift_data::{Dataset, Preparation, Schema};

    use super::*;
    use crate::{Checked, Detector, ModelError, Observer, Sample};

    fn rows() -> Array2<f64> {
        Array2::from_shape_fn((400, 3), |(row, column)| ((row * [7, 11, 5][column]) % 31) as f64)
    }

    fn fitted(recipe: &DetectorRecipe) -> DetectorModel {
        recipe.fit(&Sample::new(rows().view()).unwrap()).unwrap()
    }

    #[test]
    fn detectors_are_had_and_set_by_their_names() {
        let mut recipe = DetectorRecipe::named("lof").unwrap();
        recipe.set("neighbours", "7").unwrap();
        assert_eq!(recipe, Lof::default().neighbours(7).into());
        let error = DetectorRecipe::named("hbso").unwrap_err();
        assert_eq!(error.to_string(), "no learner is named \"hbso\": did you mean hbos?");
        let seeded = DetectorRecipe::named("half-space-trees").unwrap().seeded(9).unwrap();
        assert_eq!(seeded, HalfSpaceTrees::default().seed(9).into());
        assert_eq!(DetectorRecipe::default(), DetectorRecipe::named("pca").unwrap());
        let first = DetectorRecipe::default().plans().into_iter().next();
        assert_eq!(first, Some(netsift_data::prepare::Log::new().into()));
    }

    #[test]
    fn numbers_and_names_differ() {
        let all = DetectorRecipe::all();
        let mut numbers: Vec<u32> = all.iter().map(DetectorRecipe::number).collect();
        let mut names = DetectorRecipe::names();
        numbers.sort_unstable();
        names.sort_unstable();
        numbers.dedup();
        names.dedup();
        assert_eq!((numbers.len(), names.len()), (all.len(), all.len()));
    }

    #[test]
    fn what_is_saved_and_loaded_scores_the_same() {
        for recipe in DetectorRecipe::all() {
            let model = fitted(&recipe);
            let text = serde_json::to_string(&model).unwrap();
            let loaded: DetectorModel = serde_json::from_str(&text).unwrap();
            loaded.check().unwrap();
            assert_eq!(loaded, model);
            let scores = |model: &DetectorModel| model.scores(rows().view()).unwrap();
            assert_eq!(scores(&loaded), scores(&model), "{}", recipe.name());
        }
    }

    #[test]
    fn threads_change_nothing_and_rows_know_nothing_of_each_other() {
        let (rows, asked) = (rows(), rows() * 1.3 - 4.0);
        for recipe in DetectorRecipe::all() {
            let sample = Sample::new(rows.view()).unwrap();
            let (model, own) = recipe.fit_scored(&sample).unwrap();
            assert_eq!(recipe.fit_scored(&sample.threads(3)).unwrap(), (model.clone(), own));
            let all = model.scores(asked.view()).unwrap();
            assert!(all.iter().all(|score| score.is_finite()));
            for (row, alone) in asked.axis_chunks_iter(Axis(0), 1).enumerate() {
                let alone = model.scores(alone).unwrap()[0];
                let is_same = (alone - all[row]).abs() <= 1e-12 * alone.abs().max(1.0);
                assert!(is_same, "{}: {alone} {}", recipe.name(), all[row]);
            }
        }
    }

    #[test]
    fn both_layouts_are_learned_and_asked_the_same() {
        let rows = rows();
        let turned = rows.t().as_standard_layout().into_owned();
        for recipe in DetectorRecipe::all() {
            let model = recipe.fit(&Sample::new(turned.t()).unwrap()).unwrap();
            assert_eq!(model, fitted(&recipe), "{}", recipe.name());
            let near = model.scores(turned.t()).unwrap() - model.scores(rows.view()).unwrap();
            assert!(near.iter().all(|apart| apart.abs() < 1e-9), "{}", recipe.name());
        }
    }

    #[test]
    fn a_row_far_from_all_others_is_the_strangest() {
        for recipe in DetectorRecipe::all() {
            let mut rows = rows();
            rows.row_mut(399).fill(500.0);
            // Of numbers as they are: logarithms put rows of small whole numbers apart, too.
            let plans = recipe.needs().completed(&[]);
            let data = Dataset::new(Schema::numbers(["a", "b", "c"]).unwrap(), rows).unwrap();
            let usual = data.slice(0..399);
            let (preparation, usual) = Preparation::fit(&plans, &usual).unwrap();
            let all = preparation.apply(data).unwrap();
            let model = recipe.fit(&Sample::of(&usual).unwrap()).unwrap();
            let scores = model.scores(all.matrix()).unwrap();
            let stranger = scores.iter().filter(|&&score| score > scores[399]).count();
            // A cut sees no more than that it is beyond an end, where usual rows may be as few: 13 of them are the same.
            let most = if let DetectorRecipe::IsolationForest(_) = recipe { 13 } else { 0 };
            assert!(stranger <= most, "{}: {stranger} rows are stranger", recipe.name());
        }
    }

    #[test]
    fn flawed_rows_are_refused_by_all_that_need_others() {
        let mut rows = rows();
        rows[[303, 1]] = f64::NEG_INFINITY;
        for recipe in DetectorRecipe::all() {
            let sample = Sample::new(rows.view()).unwrap();
            let model = fitted(&recipe);
            let narrow = model.scores(Array2::zeros((1, 2)).view());
            assert!(matches!(narrow, Err(ModelError::Shape { expected: 3, found: 2, .. })));
            assert_eq!(model.scores(Array2::zeros((0, 3)).view()).unwrap().len(), 0);
            if recipe.needs() == Needs::Raw {
                let scores = recipe.fit(&sample).unwrap().scores(rows.view()).unwrap();
                assert!(scores.iter().all(|score| score.is_finite()));
                continue;
            }
            let refused = recipe.fit(&sample).err();
            let is_told = |error: &Option<ModelError>| {
                matches!(error, Some(ModelError::NotFinite { row: 303, column: 1, .. }))
            };
            assert!(is_told(&refused), "{}: {refused:?}", recipe.name());
            assert!(is_told(&model.scores(rows.view()).err()), "{}", recipe.name());
        }
    }
}
