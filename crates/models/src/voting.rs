//! Several learners, each of which has a vote.

use ndarray::{Array2, ArrayView2, Axis};
use netsift_data::Classes;
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::classifier::wide;
use crate::composite::{
    check_members, check_models, fit_members, has_part, of_part, parts, seeded, set_parts, text,
};
use crate::explain::TreeSum;
use crate::settings::{Said, name_of, named, own, put, set_own, setting};
use crate::{Checked, Classifier, Learner, ModelError, Parameter, Part, Settings, Training};

/// All members learn from the same rows, and vote.
///
/// Rows have to suit every member, and so do their weights: what weights, cells that are not finite and classes without a
/// row are to each of them is told there. No member's answer needs to be sure for its vote to count.
///
/// By text, [`members`](Settings::set) are names, with settings that are not the usual in brackets, and a setting can be
/// given to all members of a name:
///
/// ```
/// use netsift_models::{Member, Settings, Voting};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let mut voting = Voting::<Member>::default();
/// voting.set("members", "knn(neighbours=3),random-forest,naive-bayes")?;
/// voting.set("random-forest.trees", "50")?;
/// voting.set("weights", "1,2,1")?;
/// assert_eq!(voting.told()[0].1, "knn(neighbours=3),random-forest(trees=50),naive-bayes");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Voting<L> {
    members: Vec<L>,
    weights: Vec<f64>,
    ballot: Ballot,
    seed: u64,
}

/// What a member votes for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Ballot {
    /// Every class, by how probable it finds it.
    #[default]
    Soft,
    /// The class that it finds most probable.
    Hard,
}

impl<L> Voting<L> {
    /// Of these members.
    #[must_use]
    pub fn of(members: Vec<L>) -> Self {
        Self { members, weights: Vec::new(), ballot: Ballot::Soft, seed: 0 }
    }

    /// What each member's vote counts. Default: nothing said, all count the same.
    #[must_use]
    pub fn weights(self, weights: Vec<f64>) -> Self {
        Self { weights, ..self }
    }

    /// What a member votes for. Default: every class, by how probable it finds it, since that tells more.
    #[must_use]
    pub fn ballot(self, ballot: Ballot) -> Self {
        Self { ballot, ..self }
    }

    /// Its members.
    #[must_use]
    pub fn members(&self) -> &[L] {
        &self.members
    }

    fn check_weights(&self) -> Result<(), ModelError> {
        let is_count = self.weights.is_empty() || self.weights.len() == self.members.len();
        let are_weights = self.weights.iter().all(|weight| (0.0..=1e12).contains(weight));
        let is_some = self.weights.is_empty() || self.weights.iter().any(|&weight| weight > 0.0);
        let rule = "equal, or a number from 0 to 1e12 for each member, and not all 0";
        let text = Weights(self.weights.clone()).text();
        ModelError::rule(is_count && are_weights && is_some, "weights", text, rule)
    }
}

impl<L: Part> Voting<L> {
    /// What decides where chance does in members that have the same seed as the whole: setting it sets theirs. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        let members = self.members.into_iter().map(|member| seeded(member, self.seed, seed));
        Self { members: members.collect(), seed, ..self }
    }
}

impl<L: Part> Default for Voting<L> {
    fn default() -> Self {
        Self::of(L::usual())
    }
}

/// Weights as texts say them.
struct Weights(Vec<f64>);

const EQUAL: &str = "equal";

impl Said for Weights {
    const RULE: &'static str = "equal, or a number for each member, with commas between";

    fn said(text: &str) -> Option<Self> {
        if text == EQUAL {
            return Some(Self(Vec::new()));
        }
        text.split(',').map(|weight| weight.trim().parse().ok()).collect::<Option<_>>().map(Self)
    }

    fn text(&self) -> String {
        if self.0.is_empty() {
            return EQUAL.into();
        }
        self.0.iter().map(f64::to_string).collect::<Vec<_>>().join(",")
    }
}

impl Ballot {
    const NAMES: [(&'static str, Self); 2] = [("soft", Self::Soft), ("hard", Self::Hard)];
}

impl Said for Ballot {
    const RULE: &'static str = "soft or hard";

    fn said(text: &str) -> Option<Self> {
        named(&Self::NAMES, text)
    }

    fn text(&self) -> String {
        name_of(&Self::NAMES, self)
    }
}

impl<L: Part> Settings for Voting<L> {
    const NAME: &'static str = "voting";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        Parameter {
            name: "members",
            about: "Who votes: names with commas between, other settings than the usual in brackets.",
            get: |voting| text(&voting.members, voting.seed),
            set: |voting, text| {
                voting.members = parts(text, voting.seed)?;
                Ok(())
            },
        },
        Parameter {
            name: "weights",
            about: "What votes count: equal, or a number for each member, with commas between.",
            get: |voting| Weights(voting.weights.clone()).text(),
            set: |voting, text| {
                let mut weights = Weights(Vec::new());
                put(&mut weights, text)?;
                voting.weights = weights.0;
                Ok(())
            },
        },
        setting!(
            "ballot",
            ballot,
            "Soft, for probabilities that are averaged, or hard, for a class each."
        ),
        Parameter {
            name: "seed",
            about: "What decides where chance does, in members that have no other seed.",
            get: |voting| voting.seed.text(),
            set: |voting, text| {
                let mut seed = voting.seed;
                put(&mut seed, text)?;
                *voting = voting.clone().seed(seed);
                Ok(())
            },
        },
    ];

    fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError> {
        match of_part(name) {
            Some(part) if part.0 != Self::NAME => {
                let mut changed = self.clone();
                set_parts(Self::NAME, changed.members.iter_mut(), part, value)?;
                *self = changed;
                Ok(())
            }
            _ => set_own(self, name, value),
        }
    }

    fn has(&self, name: &str) -> bool {
        own::<Self>(name).is_some() || has_part(&self.members, name)
    }

    fn check(&self) -> Result<(), ModelError> {
        check_members(&self.members)?;
        self.check_weights()
    }
}

impl<L: Part> Learner for Voting<L> {
    type Model = VotingModel<L::Model>;

    fn fit(&self, training: &Training<'_>) -> Result<Self::Model, ModelError> {
        self.check()?;
        let count = self.members.len();
        let models = fit_members(&self.members, training, training.watch(), (0, count))?;
        let weights = if self.weights.is_empty() { vec![1.0; count] } else { self.weights.clone() };
        Ok(VotingModel {
            models,
            weights,
            ballot: self.ballot,
            classes: training.classes().clone(),
            width: training.width(),
        })
    }
}

/// Models that vote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VotingModel<M> {
    models: Vec<M>,
    /// One for each.
    weights: Vec<f64>,
    ballot: Ballot,
    classes: Classes,
    width: usize,
}

impl<M> VotingModel<M> {
    /// Those that vote.
    #[must_use]
    pub fn members(&self) -> &[M] {
        &self.models
    }
}

impl<M> VotingModel<M> {
    /// What adds up to the probability of a class, if that of each member whose vote counts has such a sum. Of members that
    /// vote for one class each nothing adds up.
    pub(crate) fn sum_for(&self, sum_of: impl Fn(&M) -> Option<TreeSum>) -> Option<TreeSum> {
        if self.ballot != Ballot::Soft {
            return None;
        }
        let all: f64 = self.weights.iter().sum();
        let counting = self.models.iter().zip(&self.weights).filter(|(_, weight)| **weight > 0.0);
        let sums = counting.map(|(model, weight)| Some(sum_of(model)?.times(weight / all)));
        Some(TreeSum::all(sums.collect::<Option<Vec<_>>>()?))
    }
}

impl<M: Classifier> Classifier for VotingModel<M> {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        wide(rows, self.width)?;
        let mut votes = Array2::zeros((rows.nrows(), self.classes.len()));
        let all: f64 = self.weights.iter().sum();
        for (model, weight) in self.models.iter().zip(&self.weights) {
            let told = match self.ballot {
                Ballot::Soft => model.probabilities(rows)?,
                Ballot::Hard => sure(model, rows)?,
            };
            let (expected, found) = (votes.ncols(), told.ncols());
            if told.dim() != votes.dim() {
                return Err(ModelError::Shape { what: "probabilities", expected, found });
            }
            votes.scaled_add(weight / all, &told);
        }
        Ok(votes)
    }

    /// Whether all members have.
    fn is_converged(&self) -> bool {
        self.models.iter().all(Classifier::is_converged)
    }
}

/// All for the class that a model tells.
fn sure<M: Classifier>(model: &M, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
    let mut votes = Array2::zeros((rows.nrows(), model.classes().len()));
    for (mut votes, class) in votes.axis_iter_mut(Axis(0)).zip(model.predict(rows)?) {
        if let Some(vote) = votes.get_mut(class as usize) {
            *vote = 1.0;
        }
    }
    Ok(votes)
}

impl<M: Classifier + Checked> Checked for VotingModel<M> {
    fn check(&self) -> Result<(), ModelError> {
        sound(!self.models.is_empty(), "a member at least")?;
        check_models(&self.models, self.weights.len(), &self.classes, self.width)?;
        let is_weight = |weight: &f64| (0.0..=1e12).contains(weight);
        sound(self.weights.iter().all(is_weight), "weights from 0 to 1e12")?;
        sound(self.weights.iter().any(|&weight| weight > 0.0), "a weight above 0")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::Labels;

    use super::*;
    use crate::classifier::likeliest;
    use crate::composite::tests::Heard;
    use crate::{DecisionTree, Knn, Member, RandomForest};

    fn near(neighbours: usize) -> Knn {
        Knn::new().neighbours(neighbours)
    }

    /// What members of 1, 2 and 3 neighbours say of one row: 1, 1/2 and 2/3 for the second class.
    fn fitted(voting: &Voting<Knn>) -> VotingModel<crate::KnnModel> {
        let rows = array![[0.0], [1.0], [3.0]];
        let labels = Labels::of(["b", "a", "b"]);
        voting.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap()
    }

    fn told(voting: &Voting<Knn>) -> f64 {
        fitted(voting).probabilities(array![[-1.0]].view()).unwrap()[[0, 1]]
    }

    fn members() -> Voting<Knn> {
        Voting::of(vec![near(1), near(2), near(3)])
    }

    #[test]
    fn votes_are_averaged() {
        let is_near = |one: f64, other: f64| assert!((one - other).abs() < 1e-15, "{one} {other}");
        is_near(told(&members()), (1.0 + 0.5 + 2.0 / 3.0) / 3.0);
        is_near(told(&members().weights(vec![0.0, 3.0, 1.0])), (1.5 + 2.0 / 3.0) / 4.0);
        // Of two classes that it finds equally probable, the second votes for the first.
        is_near(told(&members().ballot(Ballot::Hard)), 2.0 / 3.0);
        is_near(told(&members().ballot(Ballot::Hard).weights(vec![1.0, 2.0, 0.0])), 1.0 / 3.0);
    }

    #[test]
    fn settings_are_what_texts_say() {
        let mut voting: Voting<Knn> = Voting::default();
        assert_eq!(voting, Voting::of(vec![near(1), near(3)]));
        voting.set("weights", "1, 2.5").unwrap();
        assert!(voting.set("weights", "1").is_err());
        assert!(voting.set("weights", "0,0").is_err());
        assert!(voting.set("weights", "1,nan").is_err());
        voting.set("ballot", "hard").unwrap();
        let both = "knn(neighbours=1),knn(neighbours=3)";
        let told = [("members", both), ("weights", "1,2.5"), ("ballot", "hard"), ("seed", "0")];
        assert_eq!(voting.told(), told.map(|(name, value)| (name, value.to_owned())));
        // Weights would be those of others.
        assert!(voting.set("members", "knn").unwrap_err().to_string().starts_with("weights is"));
        voting.set("weights", "equal").unwrap();
        voting.set("members", "knn(neighbours=1),knn(neighbours=2),knn(neighbours=3)").unwrap();
        assert_eq!(voting, members().ballot(Ballot::Hard));
        assert!(voting.set("members", "voting").is_err());
    }

    #[test]
    fn members_are_set_by_their_names() {
        let mut voting: Voting<Member> = Voting::default();
        voting.set("random-forest.trees", "7").unwrap();
        voting.set("voting.seed", "5").unwrap();
        let forest = RandomForest::default().trees(7).seed(5);
        let expected = vec![DecisionTree::default().seed(5).into(), forest.into(), near(5).into()];
        assert_eq!(voting, Voting { seed: 5, ..Voting::of(expected) });
        assert_eq!(voting.told()[0].1, "decision-tree,random-forest(trees=7),knn");
        let refused = |name, value| voting.clone().set(name, value).unwrap_err().to_string();
        let said = "voting has no member \"svm\"; it is made of decision-tree, random-forest, knn";
        assert_eq!(refused("svm.c", "1"), said);
        assert!(refused("knn.c", "1").starts_with("knn has no setting \"c\"; it has neighbours"));
        assert!(refused("knn.neighbours", "0").starts_with("neighbours is 0"));
        for name in ["knn.neighbours", "ballot", "voting.ballot"] {
            assert!(voting.has(name), "{name}");
        }
        for name in ["neighbours", "knn.c", "svm.c", "knn.", ".neighbours"] {
            assert!(!voting.has(name), "{name}");
        }
    }

    #[test]
    fn a_fit_can_be_cancelled_between_members() {
        let rows = array![[0.0], [1.0], [3.0]];
        let labels = Labels::of(["b", "a", "b"]);
        let heard = Heard { steps: Vec::new().into(), most: 2 };
        let training = Training::new(rows.view(), &labels).unwrap().watched(&heard);
        assert!(matches!(members().fit(&training), Err(ModelError::Cancelled)));
        let steps = heard.steps.into_inner().unwrap();
        assert_eq!(steps, [(0, 3000), (1000, 3000), (1000, 3000)]);
    }

    #[test]
    fn forged_models_are_unsound() {
        let model = fitted(&members());
        model.check().unwrap();
        let other = Classes::new(["a", "c"]).unwrap();
        assert!(VotingModel { classes: other, ..model.clone() }.check().is_err());
        assert!(VotingModel { width: 2, ..model.clone() }.check().is_err());
        for weights in [vec![], vec![1.0; 2], vec![0.0; 3], vec![f64::NAN; 3], vec![-1.0, 3.0, 1.0]]
        {
            assert!(VotingModel { weights, ..model.clone() }.check().is_err());
        }
        let models = vec![];
        assert!(VotingModel { models, weights: vec![], ..model }.check().is_err());
    }

    #[test]
    fn of_equal_votes_the_first_class_wins() {
        let model = fitted(&Voting::of(vec![near(1), near(2)]).ballot(Ballot::Hard));
        let told = model.probabilities(array![[-1.0]].view()).unwrap();
        assert_eq!((told.clone(), likeliest(&told)[0]), (array![[0.5, 0.5]], 0));
    }
}
