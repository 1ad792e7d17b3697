//! A learner that sees smartcore's principal components in place of columns.

use ndarray::{Array1, Array2, ArrayView2};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use super::given::Given;
use super::pca::{Pca, PcaModel};
use crate::check::sound;
use crate::composite::{has_part, of_part, one_part, seeded, set_parts, text};
use crate::settings::{Said as _, own, put, set_own};
use crate::{
    Answer, Checked, Classifier, Learner, ModelError, Parameter, Part, Settings, Training,
};

/// Of more rows smartcore's copies of the matrix take too much memory.
const MOST_ROWS: usize = 1_000_000;

/// Finds the principal components of the rows, and lets a learner learn from those instead of the columns: few columns of
/// many that say the same.
///
/// Of fewer columns there are as many components. Components are of rows as often as they weigh. What weights and classes without a row are to the learner is told there.
/// By text the learner is set as the last one of [`Stacking`](crate::Stacking) is:
///
/// ```
/// use netsift_models::{Member, Settings, smartcore::Components};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let mut learner = Components::<Member>::default();
/// learner.set("components", "10")?;
/// learner.set("learner", "knn")?;
/// learner.set("knn.neighbours", "7")?;
/// assert_eq!(learner.told()[2].1, "knn(neighbours=7)");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Components<L> {
    pca: Pca,
    learner: L,
    seed: u64,
}

impl<L> Components<L> {
    /// This learner behind those components.
    #[must_use]
    pub fn of(pca: Pca, learner: L) -> Self {
        Self { pca, learner, seed: 0 }
    }
}

impl<L: Part> Default for Components<L> {
    fn default() -> Self {
        Self::of(Pca::default(), L::usual_last())
    }
}

impl<L: Part> Settings for Components<L> {
    const NAME: &'static str = Pca::NAME;
    const PARAMETERS: &'static [Parameter<Self>] = &[
        Parameter {
            name: "components",
            about: "How many columns there are to be, at most.",
            get: |learner| learner.pca.components.text(),
            set: |learner, text| put(&mut learner.pca.components, text),
        },
        Parameter {
            name: "scaled",
            about: "Whether columns count alike, however widely they spread.",
            get: |learner| learner.pca.scaled.text(),
            set: |learner, text| put(&mut learner.pca.scaled, text),
        },
        Parameter {
            name: "learner",
            about: "Who learns from them: a name, other settings than the usual in brackets.",
            get: |learner| text(std::slice::from_ref(&learner.learner), learner.seed),
            set: |learner, text| {
                learner.learner = one_part(text, learner.seed)?;
                Ok(())
            },
        },
        Parameter {
            name: "seed",
            about: "What decides where chance does in the learner, if it has no other seed.",
            get: |learner| learner.seed.text(),
            set: |learner, text| {
                let old = learner.seed;
                put(&mut learner.seed, text)?;
                learner.learner = seeded(learner.learner.clone(), old, learner.seed);
                Ok(())
            },
        },
    ];

    fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError> {
        match of_part(name) {
            Some(part) if part.0 != Self::NAME => {
                set_parts(Self::NAME, [&mut self.learner].into_iter(), part, value)
            }
            _ => set_own(self, name, value),
        }
    }

    fn has(&self, name: &str) -> bool {
        own::<Self>(name).is_some() || has_part(std::slice::from_ref(&self.learner), name)
    }

    fn check(&self) -> Result<(), ModelError> {
        self.pca.check()?;
        self.learner.check()
    }
}

impl<L: Part> Learner for Components<L> {
    type Model = ComponentsModel<L::Model>;

    fn fit(&self, training: &Training<'_>) -> Result<Self::Model, ModelError> {
        self.check()?;
        let given = Given::of(training, Self::NAME, MOST_ROWS)?;
        let components = self.pca.components.min(training.width());
        let pca = Pca { components, ..self.pca.clone() }.fit(given.rows.view())?;
        let rows = pca.transform(training.rows())?;
        let model = self.learner.fit(&training.over(rows.view()))?;
        Ok(ComponentsModel { pca, model })
    }
}

/// The components, and what was learned of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentsModel<M> {
    pca: PcaModel,
    model: M,
}

impl<M> ComponentsModel<M> {
    /// The components.
    #[must_use]
    pub fn pca(&self) -> &PcaModel {
        &self.pca
    }
}

impl<M: Classifier> Classifier for ComponentsModel<M> {
    fn classes(&self) -> &Classes {
        self.model.classes()
    }

    fn width(&self) -> usize {
        self.pca.width()
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        self.model.probabilities(self.pca.transform(rows)?.view())
    }

    fn predict(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<u32>, ModelError> {
        self.model.predict(self.pca.transform(rows)?.view())
    }

    fn answer(&self, rows: ArrayView2<'_, f64>) -> Result<Answer, ModelError> {
        self.model.answer(self.pca.transform(rows)?.view())
    }

    fn is_converged(&self) -> bool {
        self.model.is_converged()
    }
}

impl<M: Classifier + Checked> Checked for ComponentsModel<M> {
    fn check(&self) -> Result<(), ModelError> {
        self.pca.check()?;
        self.model.check()?;
        let components = self.pca.components().ncols();
        sound(self.model.width() == components, "a model of the components")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;
    use crate::{DecisionTree, Member};

    #[test]
    fn the_learner_sees_components_alone() {
        let rows = array![[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [3.0, 6.0, 0.0], [4.0, 8.0, 0.0]];
        let labels = Labels::of(["a", "a", "b", "b"]);
        let learner = Components::of(Pca::new(1), Member::from(DecisionTree::default()));
        let model = learner.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        model.check().unwrap();
        assert_eq!((model.width(), model.model.width()), (3, 1));
        assert_eq!(model.predict(rows.view()).unwrap(), array![0, 0, 1, 1]);
        // Across the component nothing tells the classes.
        assert_eq!(model.predict(array![[3.0, -1.0, 9.0]].view()).unwrap(), array![0]);
        let other = Components::of(Pca::new(2), Member::from(DecisionTree::default()));
        let other = other.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        assert!(ComponentsModel { pca: other.pca, ..model }.check().is_err());
    }

    #[test]
    fn a_seed_is_that_of_the_learner() {
        let mut learner = Components::<Member>::default();
        learner.set("learner", "random-forest").unwrap();
        learner.set("seed", "7").unwrap();
        assert!(learner.learner.told().contains(&("seed", "7".to_owned())));
        assert_eq!(learner.told()[2].1, "random-forest");
        assert!(learner.set("knn.neighbours", "7").is_err());
    }
}
