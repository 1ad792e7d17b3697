//! The zoo: every learner and every model by one type and one name, all of it made of one list; and every detector, of
//! another.
//!
//! A file holds a model by its number in its list. Numbers are never changed and never given twice, so that files stay
//! readable whatever is added, left out of a build, or moved.

mod chosen;
mod detectors;
mod earlier;
mod family;
mod insight;
mod needs;
mod online;

pub use detectors::{DetectorModel, DetectorRecipe};
pub(crate) use earlier::Earlier;
use family::zoo;
pub use needs::Needs;

use crate::settings::SEED;
#[cfg(feature = "smartcore")]
use crate::smartcore;
use crate::{
    Baseline, BaselineModel, BernoulliNaiveBayes, BernoulliNaiveBayesModel, DecisionTree,
    DecisionTreeModel, ExtraTrees, ForestModel, GradientBoosting, GradientBoostingModel, KernelSvm,
    KernelSvmModel, Knn, KnnModel, LinearSvm, LinearSvmModel, LogisticModel, LogisticRegression,
    ModelError, NaiveBayes, NaiveBayesModel, Part, RandomForest, Stacking, StackingModel, Voting,
    VotingModel,
};

zoo! {
    // Number, variant, settings and model; what rows have to be like; what it is, in a line.
    single {
        0 Dummy(Baseline, BaselineModel), |_| Needs::Raw,
            "Guesses by the classes' frequencies alone.";
        // 1 to 4 were trees that did not tell what the rows of their nodes weighed: `earlier` reads them.
        11 DecisionTree(DecisionTree, DecisionTreeModel), |_| Needs::Raw,
            "One tree of questions, which can be read.";
        12 RandomForest(RandomForest, ForestModel), |_| Needs::Raw,
            "Trees over rows and columns drawn anew for each, asked together.";
        13 ExtraTrees(ExtraTrees, ForestModel), |_| Needs::Raw,
            "Trees whose questions are drawn at random, asked together.";
        14 GradientBoosting(GradientBoosting, GradientBoostingModel), |_| Needs::Raw,
            "Trees each of which mends what those before it got wrong.";
        5 Knn(Knn, KnnModel), |_| Needs::Scaled,
            "What most of the nearest rows are.";
        6 LinearSvm(LinearSvm, LinearSvmModel), |_| Needs::Scaled,
            "Planes between classes with room on both sides.";
        7 KernelSvm(KernelSvm, KernelSvmModel), |_| Needs::Scaled,
            "Curved borders between classes with room on both sides.";
        8 LogisticRegression(LogisticRegression, LogisticModel), |_| Needs::Scaled,
            "Probabilities by a weighted sum of the columns.";
        9 NaiveBayes(NaiveBayes, NaiveBayesModel), |_| Needs::Finite,
            "Each column by itself, as if it were normally distributed in each class.";
        10 BernoulliNaiveBayes(BernoulliNaiveBayes, BernoulliNaiveBayesModel), |_| Needs::Scaled,
            "Each column by itself, as above or below a threshold.";
        #[cfg(feature = "smartcore")]
        64 SmartcoreTree(smartcore::DecisionTree, smartcore::DecisionTreeModel), |_| Needs::Finite,
            "smartcore's decision tree.";
        #[cfg(feature = "smartcore")]
        65 SmartcoreForest(smartcore::RandomForest, smartcore::RandomForestModel), |_| Needs::Finite,
            "smartcore's random forest.";
        #[cfg(feature = "smartcore")]
        66 SmartcoreKnn(smartcore::Knn, smartcore::KnnModel), |_| Needs::Scaled,
            "smartcore's nearest neighbours.";
        #[cfg(feature = "smartcore")]
        67 SmartcoreLogisticRegression(smartcore::LogisticRegression, smartcore::LogisticRegressionModel),
            |_| Needs::Scaled, "smartcore's logistic regression.";
    }
    composite {
        128 Voting(Voting<Member>, VotingModel<MemberModel>), |voting| of_all(voting.members()),
            "Several learners that vote.";
        // 129 was stacking with a last one of one kind, before any release.
        130 Stacking(Stacking<Member>, StackingModel<MemberModel>), |stacking| of_all(stacking.members()),
            "One that learns from what several learners say of rows they have not seen.";
        #[cfg(feature = "smartcore")]
        192 SmartcorePca(smartcore::Components<Member>, smartcore::ComponentsModel<MemberModel>),
            |_| Needs::Scaled, "A learner that sees smartcore's principal components in place of columns.";
    }
}

/// A setting of a learner, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterFacts {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// What it is.
    pub value: String,
}

/// How near a name has to be to be worth telling (two letters of three exchanged are enough), and how many are.
const LEAST_NEARNESS: f64 = 0.6;
const MAX_NEAR: usize = 3;

/// What is trained where nothing is said.
impl Default for Recipe {
    fn default() -> Self {
        Self::RandomForest(RandomForest::default())
    }
}

/// Different minds, each quick to learn and right by itself on flows.
impl Part for Member {
    fn usual() -> Vec<Self> {
        vec![DecisionTree::default().into(), RandomForest::default().into(), Knn::default().into()]
    }

    /// As elsewhere: it can hardly learn more from few numbers than whom to believe.
    fn usual_last() -> Self {
        LogisticRegression::default().into()
    }

    fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|member| member.name() == name)
    }

    fn name(&self) -> &'static str {
        Self::name(self)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError> {
        Self::set(self, name, value)
    }

    fn told(&self) -> Vec<(&'static str, String)> {
        Self::told(self)
    }

    fn check(&self) -> Result<(), ModelError> {
        Self::check(self)
    }
}

/// All members get the same rows, which suit each of them: what is scaled and has no holes is no worse a table for trees.
fn of_all(members: &[Member]) -> Needs {
    members.iter().map(Member::needs).max().unwrap_or(Needs::Raw)
}

impl Recipe {
    /// Learners are told which rows are what, and take numbers as they are.
    fn first() -> Option<netsift_data::Plan> {
        None
    }

    /// The learners of these names, each once, with their usual settings. [`ALL`](Self::ALL) names all of the zoo's own: to
    /// compare them with those of smartcore, too, name them beside it.
    ///
    /// ```
    /// use netsift_models::Recipe;
    ///
    /// # fn main() -> Result<(), netsift_models::ModelError> {
    /// let recipes = Recipe::among(["all", "knn", "dummy"])?;
    /// assert_eq!(recipes, Recipe::own());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ModelError::UnknownLearner`], with the names that come near.
    pub fn among<S: AsRef<str>>(
        names: impl IntoIterator<Item = S>,
    ) -> Result<Vec<Self>, ModelError> {
        among(names, Self::own, &Self::all(), Self::name)
    }

    /// The name that stands for all of the zoo's [own](Self::own) learners.
    pub const ALL: &'static str = ALL;

    /// All of the zoo's own: those of smartcore are left out. They are for who wants exactly them, tell nothing that the
    /// zoo's own of the same kind do not, and can take minutes where those take seconds.
    #[must_use]
    pub fn own() -> Vec<Self> {
        Self::all().into_iter().filter(|recipe| !recipe.name().starts_with(FOREIGN)).collect()
    }
}

/// The name that stands for all.
const ALL: &str = "all";

/// Those of these names, each once, where one name stands for `own`.
fn among<R: Clone, S: AsRef<str>>(
    names: impl IntoIterator<Item = S>,
    own: fn() -> Vec<R>,
    all: &[R],
    name_of: fn(&R) -> &'static str,
) -> Result<Vec<R>, ModelError> {
    let mut found: Vec<R> = Vec::new();
    for name in names {
        let named = match name.as_ref() {
            ALL => own(),
            name => {
                let known = || all.iter().map(name_of).chain([ALL]).collect::<Vec<_>>();
                let found = all.iter().find(|recipe| name_of(recipe) == name);
                vec![found.cloned().ok_or_else(|| unknown(name, &known()))?]
            }
        };
        for recipe in named {
            if found.iter().all(|other| name_of(other) != name_of(&recipe)) {
                found.push(recipe);
            }
        }
    }
    Ok(found)
}

/// With what the names of others' learners begin.
const FOREIGN: &str = "smartcore/";

fn unknown(name: &str, known: &[&'static str]) -> ModelError {
    let nearness =
        |known: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), known);
    let mut near: Vec<_> = known.iter().map(|known| (nearness(known), *known)).collect();
    near.retain(|(nearness, _)| *nearness >= LEAST_NEARNESS);
    near.sort_by(|(a, one), (b, other)| b.total_cmp(a).then(one.cmp(other)));
    let near = near.into_iter().take(MAX_NEAR).map(|(_, name)| name).collect();
    ModelError::UnknownLearner { name: name.into(), near, known: known.to_vec() }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use netsift_container::{Kind, Reader, Writer};
    use netsift_data::Labels;

    use super::*;
    use crate::{Checked, Classifier, Learner, Strategy, Training};

    const KIND: Kind =
        Kind { tag: *b"TEST", version: 1, name: "test", max_entry: 1 << 20, max_total: 1 << 20 };

    fn saved(value: &impl serde::Serialize) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), &KIND).unwrap();
        writer.put(value).unwrap();
        writer.finish().unwrap()
    }

    fn loaded<T: serde::de::DeserializeOwned>(file: &[u8]) -> Option<T> {
        Reader::new(file, &KIND).unwrap().next().unwrap_or(None)
    }

    #[test]
    fn learners_are_had_and_set_by_their_names() {
        let mut recipe = Recipe::named("dummy").unwrap();
        recipe.set("strategy", "prior").unwrap();
        assert_eq!(recipe, Baseline::default().strategy(Strategy::Prior).into());
        let told = [("strategy", "prior".to_owned()), ("seed", "0".to_owned())];
        assert_eq!((recipe.name(), recipe.told()), ("dummy", told.to_vec()));
        assert_eq!(recipe.seeded(7).unwrap().told()[1].1, "7");
        assert_eq!(Recipe::named("dummy").unwrap().parameters()[1].name, "seed");
    }

    #[test]
    fn composites_need_what_their_most_demanding_member_does() {
        for name in ["voting", "stacking"] {
            let mut recipe = Recipe::named(name).unwrap();
            assert_eq!(recipe.needs(), Needs::Scaled);
            recipe.set("members", "decision-tree,naive-bayes").unwrap();
            assert_eq!(recipe.needs(), Needs::Finite);
            recipe.set("members", "decision-tree,random-forest").unwrap();
            assert_eq!(recipe.needs(), Needs::Raw);
        }
        // The last one sees no rows.
        let mut stacking = Recipe::named("stacking").unwrap();
        stacking.set("members", "decision-tree").unwrap();
        stacking.set("last", "knn").unwrap();
        assert_eq!(stacking.needs(), Needs::Raw);
    }

    #[test]
    fn one_seed_is_that_of_all_members() {
        let mut voting = Recipe::named("voting").unwrap().seeded(7).unwrap();
        voting.set("members", "random-forest,extra-trees(seed=3)").unwrap();
        let Recipe::Voting(voting) = voting else { panic!("voting is voting") };
        let forest = RandomForest::default().seed(7).into();
        assert_eq!(voting.members(), [forest, ExtraTrees::default().seed(3).into()]);
    }

    #[test]
    fn a_name_that_comes_near_is_told() {
        let error = Recipe::named("dumy").unwrap_err();
        assert!(matches!(&error, ModelError::UnknownLearner { near, .. } if near[0] == "dummy"));
        let said = "no learner is named \"dumy\": did you mean dummy?";
        assert_eq!(error.to_string(), said);
        let error = Recipe::named("zzz").unwrap_err().to_string();
        assert!(error.starts_with("no learner is named \"zzz\"; there are dummy"), "{error}");
    }

    #[test]
    fn all_are_the_zoos_own_each_once() {
        let named = |names: &[&str]| -> Vec<&str> {
            Recipe::among(names).unwrap().iter().map(Recipe::name).collect()
        };
        let own = named(&["all"]);
        assert!(own.contains(&"stacking") && own.iter().all(|name| !name.contains('/')), "{own:?}");
        assert_eq!(named(&["knn", "dummy", "knn"]), ["knn", "dummy"]);
        assert_eq!(named(&["knn", "all"])[..3], ["knn", "dummy", "decision-tree"]);
        assert_eq!(named(&["all", "knn"]), own);
        #[cfg(feature = "smartcore")]
        assert_eq!(named(&["all", "smartcore/knn"]), [&own[..], &["smartcore/knn"]].concat());
        let error = Recipe::among(["dummy", "alll"]).unwrap_err().to_string();
        assert_eq!(error, "no learner is named \"alll\": did you mean all?");
    }

    #[test]
    fn the_seed_of_a_composite_is_that_of_its_members() {
        let rows = Array2::from_shape_fn((40, 3), |(row, column)| (row * (column + 3) % 11) as f64);
        let labels = Labels::of((0..40).map(|row| ["a", "b"][row * row % 7 % 2]));
        let training = Training::new(rows.view(), &labels).unwrap();
        let members = |name: &str, seed: u64| {
            let mut recipe = Recipe::named(name).unwrap().seeded(seed).unwrap();
            recipe.set("members", "random-forest(trees=2),knn").unwrap();
            match recipe.fit(&training).unwrap() {
                Model::Voting(model) => model.members().to_vec(),
                Model::Stacking(model) => model.members().to_vec(),
                _ => Vec::new(),
            }
        };
        for name in ["voting", "stacking"] {
            let forest = RandomForest::default().trees(2).seed(1).fit(&training).unwrap();
            assert_eq!(members(name, 1)[0], MemberModel::RandomForest(forest), "{name}");
            assert_ne!(members(name, 1)[0], members(name, 2)[0], "{name}");
        }
    }

    #[test]
    fn numbers_and_names_differ() {
        let sorted = |mut all: Vec<u32>| {
            all.sort_unstable();
            all
        };
        let numbers: Vec<u32> = Recipe::all().iter().map(Recipe::number).collect();
        let same = |member: Member| member.number() == Recipe::from(member).number();
        assert!(Member::all().into_iter().all(same));
        let mut distinct = sorted(numbers.clone());
        distinct.dedup();
        assert_eq!(distinct, sorted(numbers));
        let mut names = Recipe::names();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Recipe::names().len());
    }

    #[test]
    fn a_file_holds_a_model_by_its_number() {
        let rows = Array2::zeros((2, 1));
        let labels = Labels::of(["a", "b"]);
        let training = Training::new(rows.view(), &labels).unwrap();
        let recipe = Recipe::named("dummy").unwrap();
        let model = recipe.fit(&training).unwrap();
        model.check().unwrap();
        assert_eq!(model.predict(array![[1.0]].view()).unwrap(), array![0]);
        let file = saved(&model);
        // Header 18, length 4, then the number.
        assert_eq!(file[22..26], [0; 4]);
        assert_eq!(loaded::<Model>(&file), Some(model.clone()));
        assert_eq!(
            loaded::<Member>(&saved(&Member::Dummy(Baseline::default()))).map(Recipe::from),
            Some(recipe)
        );
        assert_eq!(loaded::<Model>(&saved(&(u32::MAX, 0_u64))), None);
        let json = serde_json::to_value(&model).unwrap();
        assert_eq!(json["dummy"]["width"], 1);
        assert_eq!(serde_json::from_value::<Model>(json).unwrap(), model);
    }
}
