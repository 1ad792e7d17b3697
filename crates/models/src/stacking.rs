//! Several learners, and one that learns whom of them to believe.

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};
use netsift_data::{Classes, Labels};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::classifier::wide;
use crate::composite::{
    Portion, check_members, check_models, fit_members, has_part, of_part, one_part, parts, seeded,
    set_parts, text,
};
use crate::settings::{Said as _, own, put, set_own, setting};
use crate::{
    Answer, Checked, Classifier, Learner, ModelError, Parameter, Part, Settings, Training,
};

/// More folds are not trained by anybody.
const MAX_FOLDS: usize = 100;

/// What members say of rows that they have not seen is what the last one learns from: each fold's rows are told by members
/// that learned from all other folds. Then members learn from all rows. Folds are runs of rows that stand together: in captures
/// neighbours are alike, and a member that has learned a row's neighbours knows more of it than it will know of new ones.
///
/// Rows have to suit every member: what weights, cells that are not finite and classes without a row are to each of them is
/// told there. The last one sees probabilities alone. Folds have their share of each class, and a row is in one, whatever it
/// weighs: a row of weight 2 is not quite two rows, which could be in two folds. One of weight 0 is not there.
///
/// By text, members and the last one are set as those of [`Voting`](crate::Voting) are:
///
/// ```
/// use netsift_models::{Member, Settings, Stacking};
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let mut stacking = Stacking::<Member>::default();
/// stacking.set("members", "knn,random-forest(trees=50)")?;
/// stacking.set("last", "gradient-boosting")?;
/// stacking.set("gradient-boosting.trees", "20")?;
/// assert_eq!(stacking.told()[1].1, "gradient-boosting(trees=20)");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stacking<L> {
    members: Vec<L>,
    last: L,
    folds: usize,
    seed: u64,
}

impl<L: Part> Stacking<L> {
    /// Of these members, and the usual last one.
    #[must_use]
    pub fn of(members: Vec<L>) -> Self {
        Self { members, last: L::usual_last(), folds: 5, seed: 0 }
    }

    /// What decides where chance does in members (and the last one) that have the same seed as the whole: setting it sets
    /// theirs. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        let members = self.members.into_iter().map(|member| seeded(member, self.seed, seed));
        Self { members: members.collect(), last: seeded(self.last, self.seed, seed), seed, ..self }
    }
}

impl<L> Stacking<L> {
    /// Who learns from what members say.
    #[must_use]
    pub fn last(self, last: L) -> Self {
        Self { last, ..self }
    }

    /// How many folds. Default: 5, as elsewhere.
    #[must_use]
    pub fn folds(self, folds: usize) -> Self {
        Self { folds, ..self }
    }

    /// Its members.
    #[must_use]
    pub fn members(&self) -> &[L] {
        &self.members
    }
}

impl<L: Part> Default for Stacking<L> {
    fn default() -> Self {
        Self::of(L::usual())
    }
}

impl<L: Part> Settings for Stacking<L> {
    const NAME: &'static str = "stacking";
    const PARAMETERS: &'static [Parameter<Self>] = &[
        Parameter {
            name: "members",
            about: "Whom the last one learns to believe: names with commas between, other settings than the usual in \
                    brackets.",
            get: |stacking| text(&stacking.members, stacking.seed),
            set: |stacking, text| {
                stacking.members = parts(text, stacking.seed)?;
                Ok(())
            },
        },
        Parameter {
            name: "last",
            about: "Who learns from what members say: a name, other settings than the usual in brackets.",
            get: |stacking| text(std::slice::from_ref(&stacking.last), stacking.seed),
            set: |stacking, text| {
                stacking.last = one_part(text, stacking.seed)?;
                Ok(())
            },
        },
        setting!("folds", folds, "How many folds."),
        Parameter {
            name: "seed",
            about: "What decides where chance does in members that have no other seed.",
            get: |stacking| stacking.seed.text(),
            set: |stacking, text| {
                let mut seed = stacking.seed;
                put(&mut seed, text)?;
                *stacking = stacking.clone().seed(seed);
                Ok(())
            },
        },
    ];

    fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError> {
        match of_part(name) {
            Some(part) if part.0 != Self::NAME => {
                let mut changed = self.clone();
                let parts = changed.members.iter_mut().chain([&mut changed.last]);
                set_parts(Self::NAME, parts, part, value)?;
                *self = changed;
                Ok(())
            }
            _ => set_own(self, name, value),
        }
    }

    fn has(&self, name: &str) -> bool {
        own::<Self>(name).is_some()
            || has_part(&self.members, name)
            || has_part(std::slice::from_ref(&self.last), name)
    }

    fn check(&self) -> Result<(), ModelError> {
        check_members(&self.members)?;
        let are_folds = (2..=MAX_FOLDS).contains(&self.folds);
        ModelError::rule(are_folds, "folds", self.folds, "from 2 to 100")?;
        self.last.check()
    }
}

impl<L: Part> Learner for Stacking<L> {
    type Model = StackingModel<L::Model>;

    fn fit(&self, training: &Training<'_>) -> Result<Self::Model, ModelError> {
        self.check()?;
        let kept = Kept::of(training)?;
        let fits = self.members.len() * (self.folds + 1) + 1;
        let threads = training.thread_count();
        let said = self.unseen(&kept, training, fits)?;
        let portion = Portion { watch: training.watch(), number: fits - 1, of: fits };
        let last = self.last.fit(&kept.training(said.view(), threads)?.beside(&portion))?;
        let all = kept.training(kept.rows.view(), threads)?;
        let before = self.members.len() * self.folds;
        Ok(StackingModel {
            models: fit_members(&self.members, &all, training.watch(), (before, fits))?,
            last,
            classes: training.classes().clone(),
            width: training.width(),
        })
    }
}

impl<L: Part> Stacking<L> {
    /// What members say of the rows of each fold, learned from the rows of all others.
    fn unseen(
        &self,
        kept: &Kept,
        training: &Training<'_>,
        fits: usize,
    ) -> Result<Array2<f64>, ModelError> {
        let columns = columns(self.members.len(), kept.labels.classes().len());
        let mut said = Array2::zeros((kept.rows.nrows(), columns));
        for (number, [learned_from, told_of]) in kept.folds(self.folds)?.iter().enumerate() {
            let part = kept.select(learned_from)?;
            let learned = part.training(part.rows.view(), training.thread_count())?;
            let before = self.members.len() * number;
            let models = fit_members(&self.members, &learned, training.watch(), (before, fits))?;
            let told = opinions(&models, kept.rows.select(Axis(0), told_of).view())?;
            for (&row, told) in told_of.iter().zip(told.rows()) {
                if row < said.nrows() {
                    said.row_mut(row).assign(&told);
                }
            }
        }
        Ok(said)
    }
}

/// Rows that weigh something.
struct Kept {
    rows: Array2<f64>,
    labels: Labels,
    weights: Option<Vec<f64>>,
}

impl Kept {
    fn of(training: &Training<'_>) -> Result<Self, ModelError> {
        let rows: Vec<usize> =
            (0..training.len()).filter(|&row| training.weight(row) > 0.0).collect();
        let numbers = training.labels().select(Axis(0), &rows);
        Ok(Self {
            rows: training.rows().select(Axis(0), &rows),
            labels: Labels::new(training.classes().clone(), numbers)?,
            weights: training
                .row_weights()
                .map(|_| rows.iter().map(|&row| training.weight(row)).collect()),
        })
    }

    fn select(&self, rows: &[usize]) -> Result<Self, ModelError> {
        let numbers = self.labels.numbers().select(Axis(0), rows);
        let weight =
            |weights: &Vec<f64>| rows.iter().filter_map(|&row| weights.get(row).copied()).collect();
        Ok(Self {
            rows: self.rows.select(Axis(0), rows),
            labels: Labels::new(self.labels.classes().clone(), numbers)?,
            weights: self.weights.as_ref().map(weight),
        })
    }

    /// These columns with the labels and weights of the rows.
    fn training<'a>(
        &'a self,
        columns: ArrayView2<'a, f64>,
        threads: usize,
    ) -> Result<Training<'a>, ModelError> {
        let training = Training::new(columns, &self.labels)?.threads(threads);
        match &self.weights {
            Some(weights) => training.weights(weights.as_slice()),
            None => Ok(training),
        }
    }

    /// Runs of neighbours, each with its share of each class: rows that stand together are mostly of one capture or of one
    /// hour. Shared out by chance, members would know them, and the last one would believe who remembers best.
    fn folds(&self, count: usize) -> Result<Vec<Parts>, ModelError> {
        let classes = self.labels.numbers();
        let mut sizes = vec![0_usize; self.labels.classes().len()];
        let mut places = Vec::with_capacity(classes.len());
        for &class in classes {
            let size = sizes.get_mut(class as usize);
            places.push(size.as_deref().copied().unwrap_or(0));
            size.into_iter().for_each(|size| *size += 1);
        }
        let most = classes.len();
        ModelError::rule(count <= most, "folds", count, "no more than there are rows")?;
        let fold_of = |row: usize| {
            let (class, place) = (*classes.get(row)? as usize, places.get(row)?);
            let size = *sizes.get(class)?;
            // Of classes with fewer rows than folds, not all begin in the first.
            let first = if size < count { class } else { 0 };
            Some((place * count / size.max(1) + first) % count)
        };
        let of: Vec<usize> = (0..most).map(|row| fold_of(row).unwrap_or(0)).collect();
        let part = |fold: usize, is_test: bool| {
            let rows = of.iter().enumerate().filter(move |(_, other)| (**other == fold) == is_test);
            rows.map(|(row, _)| row).collect()
        };
        let folds = (0..count).map(|fold| [part(fold, false), part(fold, true)]);
        Ok(folds.filter(|[_, told]: &Parts| !told.is_empty()).collect())
    }
}

/// The rows that members learn from, and those that they tell then.
type Parts = [Vec<usize>; 2];

/// How many numbers members say: one for each class, but of two classes the second tells the first.
fn columns(members: usize, classes: usize) -> usize {
    members * if classes == 2 { 1 } else { classes }
}

/// What members say, side by side.
fn opinions<M: Classifier>(
    models: &[M],
    rows: ArrayView2<'_, f64>,
) -> Result<Array2<f64>, ModelError> {
    let told = models.iter().map(|model| {
        let told = model.probabilities(rows)?;
        let first = usize::from(told.ncols() == 2);
        Ok(told.slice_axis(Axis(1), Slice::from(first..)).into_owned())
    });
    let told = told.collect::<Result<Vec<_>, ModelError>>()?;
    let parts: Vec<_> = told.iter().map(|told| told.view()).collect();
    let found = parts.iter().map(ArrayView2::nrows).sum();
    let expected = rows.nrows() * models.len();
    ndarray::concatenate(Axis(1), &parts).map_err(|_| ModelError::Shape {
        what: "opinions",
        expected,
        found,
    })
}

/// Numbers that members say at a time.
const MOST_SAID: usize = 1 << 21;

/// Models, and one that knows whom of them to believe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackingModel<M> {
    models: Vec<M>,
    last: M,
    classes: Classes,
    width: usize,
}

impl<M> StackingModel<M> {
    /// Those of whom the last one learned.
    #[must_use]
    pub fn members(&self) -> &[M] {
        &self.models
    }

    /// Who knows whom to believe.
    #[must_use]
    pub fn last(&self) -> &M {
        &self.last
    }
}

impl<M: Classifier> StackingModel<M> {
    /// Shows what members say, of so many rows at a time that it stays small, however many members and classes there are.
    fn each_part(
        &self,
        rows: ArrayView2<'_, f64>,
        mut show: impl FnMut(ArrayView2<'_, f64>) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        wide(rows, self.width)?;
        let columns = columns(self.models.len(), self.classes.len());
        let part = (MOST_SAID / columns.max(1)).max(1);
        let mut parts = rows.axis_chunks_iter(Axis(0), part);
        parts.try_for_each(|rows| show(opinions(&self.models, rows)?.view()))
    }
}

impl<M: Classifier> Classifier for StackingModel<M> {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        Ok(self.answer(rows)?.probabilities)
    }

    fn predict(&self, rows: ArrayView2<'_, f64>) -> Result<Array1<u32>, ModelError> {
        let mut classes = Vec::with_capacity(rows.nrows());
        self.each_part(rows, |said| {
            classes.extend(self.last.predict(said)?);
            Ok(())
        })?;
        Ok(classes.into())
    }

    fn answer(&self, rows: ArrayView2<'_, f64>) -> Result<Answer, ModelError> {
        let shape = (rows.nrows(), self.classes.len());
        let (mut classes, mut told) = (Vec::with_capacity(shape.0), Vec::new());
        self.each_part(rows, |said| {
            let answer = self.last.answer(said)?;
            classes.extend(answer.classes);
            told.extend(answer.probabilities);
            Ok(())
        })?;
        let (expected, found) = (shape.0 * shape.1, told.len());
        let probabilities = Array2::from_shape_vec(shape, told).map_err(|_| ModelError::Shape {
            what: "probabilities",
            expected,
            found,
        })?;
        Ok(Answer { classes: classes.into(), probabilities })
    }

    /// Whether all members have, and the last one.
    fn is_converged(&self) -> bool {
        self.models.iter().chain([&self.last]).all(Classifier::is_converged)
    }
}

impl<M: Classifier + Checked> Checked for StackingModel<M> {
    fn check(&self) -> Result<(), ModelError> {
        sound(!self.models.is_empty(), "a member at least")?;
        check_models(&self.models, self.models.len(), &self.classes, self.width)?;
        sound(self.last.classes() == &self.classes, "parts that know the same classes")?;
        let columns = columns(self.models.len(), self.classes.len());
        sound(self.last.width() == columns, "a last one that takes what members say")?;
        self.last.check()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{array, concatenate};
    use netsift_data::Chance;

    use netsift_data::{Dataset, Schema};

    use super::*;
    use crate::composite::tests::Heard;
    use crate::{Baseline, GradientBoosting, Knn, KnnModel, Member, RandomForest, Strategy};

    type Neighbours = Stacking<Knn>;

    fn near(neighbours: usize) -> Knn {
        Knn::new().neighbours(neighbours)
    }

    fn clouds(classes: usize) -> (Array2<f64>, Labels) {
        let mut chance = Chance::seeded(5);
        let rows =
            Array2::from_shape_fn((60, 2), |(row, _)| (row % classes) as f64 + 2.0 * chance.unit());
        let names: Vec<_> = (0..60).map(|row| ["a", "b", "c"][row % classes]).collect();
        (rows, Labels::of(names))
    }

    /// The first third of each class, the second, the last.
    fn thirds(labels: &Labels) -> Vec<Parts> {
        let of = |row: usize| {
            let class = labels.numbers()[row];
            let alike = |rows: std::ops::Range<usize>| {
                rows.filter(|&row| labels.numbers()[row] == class).count()
            };
            3 * alike(0..row) / alike(0..labels.len())
        };
        let part =
            |fold, is_test| (0..labels.len()).filter(|&row| (of(row) == fold) == is_test).collect();
        (0..3).map(|fold| [part(fold, false), part(fold, true)]).collect()
    }

    #[test]
    fn the_last_one_learns_from_what_members_say_of_unseen_rows() {
        for classes in [2, 3] {
            let (rows, labels) = clouds(classes);
            let training = Training::new(rows.view(), &labels).unwrap();
            let stacking = Neighbours::of(vec![near(1), near(4)]).last(near(3)).folds(3).seed(9);
            let model = stacking.fit(&training).unwrap();
            model.check().unwrap();

            let data = Dataset::new(Schema::numbers(["x", "y"]).unwrap(), rows.clone()).unwrap();
            let data = data.with_labels(labels.clone()).unwrap();
            let first = usize::from(classes == 2);
            let say = |model: &KnnModel, rows: &Array2<f64>| {
                model
                    .probabilities(rows.view())
                    .unwrap()
                    .slice_axis(Axis(1), (first..).into())
                    .into_owned()
            };
            let mut said = Array2::zeros((60, 2 * (classes - first)));
            for [learned, told] in thirds(&labels) {
                let [train, test] = [&learned, &told].map(|rows| data.select(rows).unwrap());
                let train = Training::of(&train).unwrap();
                let test = test.matrix().to_owned();
                let parts =
                    [near(1), near(4)].map(|member| say(&member.fit(&train).unwrap(), &test));
                let both = concatenate(Axis(1), &[parts[0].view(), parts[1].view()]).unwrap();
                told.iter()
                    .zip(both.rows())
                    .for_each(|(&row, told)| said.row_mut(row).assign(&told));
            }
            let last = near(3).fit(&Training::new(said.view(), &labels).unwrap()).unwrap();
            assert_eq!(model.last, last);
            let parts =
                [near(1), near(4)].map(|member| say(&member.fit(&training).unwrap(), &rows));
            let both = concatenate(Axis(1), &[parts[0].view(), parts[1].view()]).unwrap();
            let expected = last.probabilities(both.view()).unwrap();
            assert_eq!(model.probabilities(rows.view()).unwrap(), expected);
        }
    }

    #[test]
    fn rows_without_weight_are_not_there_and_threads_change_nothing() {
        let (rows, labels) = clouds(3);
        let stacking = Neighbours::default().folds(2);
        let fewer: Vec<usize> = (0..40).collect();
        let numbers = labels.numbers().select(Axis(0), &fewer);
        let few_labels = Labels::new(labels.classes().clone(), numbers).unwrap();
        let few_rows = rows.select(Axis(0), &fewer);
        let few = stacking.fit(&Training::new(few_rows.view(), &few_labels).unwrap()).unwrap();
        let weights: Vec<f64> = (0..60).map(|row| f64::from(u8::from(row < 40))).collect();
        let training = Training::new(rows.view(), &labels).unwrap().weights(weights).unwrap();
        let weighed = stacking.fit(&training.threads(3)).unwrap();
        assert_eq!(
            weighed.probabilities(rows.view()).unwrap(),
            few.probabilities(rows.view()).unwrap()
        );
    }

    #[test]
    fn rows_are_answered_in_parts_as_at_once() {
        let rows = Array2::from_shape_fn((300, 1), |(row, _)| row as f64);
        let classes = Classes::new((0..30).map(|class| class.to_string())).unwrap();
        let labels = Labels::new(classes, (0..300).map(|row| row % 30).collect::<Vec<u32>>());
        let labels = labels.unwrap();
        let dummy = Baseline::default().strategy(Strategy::Stratified);
        let members = vec![Member::from(Baseline::default().strategy(Strategy::Prior)); 300];
        let stacking = Stacking::of(members).last(dummy.clone().into()).folds(2);
        let mut model = stacking.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        assert!(MOST_SAID / columns(300, 30) < 300);
        // What members say differs from row to row.
        let drawn = dummy.fit(&Training::new(rows.view(), &labels).unwrap()).unwrap();
        model.models[7] = crate::MemberModel::Dummy(drawn);
        let all = model.answer(rows.view()).unwrap();
        let parts = [0..150, 150..300]
            .map(|part| model.answer(rows.slice_axis(Axis(0), Slice::from(part))).unwrap());
        let [first, second] = parts.map(|part| (part.classes, part.probabilities));
        assert_eq!(all.classes, concatenate(Axis(0), &[first.0.view(), second.0.view()]).unwrap());
        let probabilities = concatenate(Axis(0), &[first.1.view(), second.1.view()]).unwrap();
        assert_eq!(all.probabilities, probabilities);
        assert_eq!(all.classes, model.predict(rows.view()).unwrap());
        assert!(all.classes.iter().any(|class| *class != all.classes[0]));
    }

    #[test]
    fn rare_classes_and_other_last_ones_are_taken() {
        let rows = Array2::from_shape_fn((9, 1), |(row, _)| row as f64);
        let labels = Labels::of(["a", "a", "a", "a", "b", "b", "b", "b", "c"]);
        let training = Training::new(rows.view(), &labels).unwrap();
        let last = Baseline::default().strategy(Strategy::Prior);
        let stacking = Stacking::<Member>::of(vec![near(1).into()]).last(last.into()).folds(3);
        let model = stacking.fit(&training).unwrap();
        assert_eq!(model.predict(array![[2.0]].view()).unwrap(), array![0]);
        let few = Neighbours::of(vec![near(1)]).folds(10).fit(&training);
        assert!(matches!(few, Err(ModelError::Setting { parameter: "folds", .. })));
    }

    #[test]
    fn settings_have_rules_and_fits_can_be_cancelled() {
        let mut stacking = Neighbours::default();
        for (name, value) in
            [("folds", "1"), ("folds", "101"), ("members", "stacking"), ("seed", "-1")]
        {
            assert!(stacking.set(name, value).is_err(), "{name} {value}");
        }
        stacking.set("members", "knn(neighbours=2)").unwrap();
        stacking.set("seed", "3").unwrap();
        assert_eq!(stacking, Neighbours::of(vec![near(2)]).seed(3));
        let (rows, labels) = clouds(3);
        let heard = Heard { steps: Vec::new().into(), most: 5 };
        let training = Training::new(rows.view(), &labels).unwrap().watched(&heard);
        assert!(matches!(stacking.fit(&training), Err(ModelError::Cancelled)));
        let steps = heard.steps.into_inner().unwrap();
        assert!(steps.is_sorted() && steps.iter().all(|step| step.1 == 7000), "{steps:?}");
    }

    #[test]
    fn members_and_the_last_one_are_set_by_their_names() {
        let mut stacking = Stacking::<Member>::default();
        for last in ["", "knn,knn", "voting"] {
            assert!(stacking.set("last", last).is_err(), "{last}");
        }
        stacking.set("members", "random-forest,knn").unwrap();
        stacking.set("last", "gradient-boosting").unwrap();
        stacking.set("seed", "3").unwrap();
        stacking.set("random-forest.trees", "7").unwrap();
        stacking.set("gradient-boosting.trees", "9").unwrap();
        let forest = RandomForest::default().trees(7).seed(3).into();
        let last = GradientBoosting::default().trees(9).seed(3).into();
        let expected = Stacking::of(vec![forest, near(5).into()]).last(last);
        assert_eq!(stacking, Stacking { seed: 3, ..expected });
        let told = [
            ("members", "random-forest(trees=7),knn"),
            ("last", "gradient-boosting(trees=9)"),
            ("folds", "5"),
            ("seed", "3"),
        ];
        assert_eq!(stacking.told(), told.map(|(name, value)| (name, value.to_owned())));
        assert!(stacking.has("gradient-boosting.trees") && !stacking.has("dummy.strategy"));
    }

    #[test]
    fn forged_models_are_unsound() {
        let (rows, labels) = clouds(3);
        let training = Training::new(rows.view(), &labels).unwrap();
        let model = Neighbours::of(vec![near(1), near(3)]).fit(&training).unwrap();
        let mut fewer = model.clone();
        fewer.models.pop();
        assert!(fewer.check().is_err());
        fewer.models.clear();
        assert!(fewer.check().is_err());
        let other = Classes::new(["a", "b", "d"]).unwrap();
        assert!(StackingModel { classes: other, ..model.clone() }.check().is_err());
        assert!(StackingModel { width: 3, ..model }.check().is_err());
    }
}
