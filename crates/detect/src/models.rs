//! What models say of flows: each takes the columns that it has learned.

use std::sync::{Arc, Mutex, PoisonError};

use netsift_alert::Term;
use netsift_data::Dataset;
use netsift_flow::{Flow, FlowConfig, Profile};
use netsift_models::explain::Explainer;
use netsift_models::{Bundle, Drift, DriftReport, DriftWindow, ModelError};

use crate::flow_rows::{Clerk, Gathered, reading_of};
use crate::policy::Policy;
use crate::{DetectError, Said};

/// The models that flows are shown to: a classifier, an anomaly detector, both or none.
#[derive(Clone, Debug, Default)]
pub struct Models {
    classifier: Option<Model>,
    anomaly: Option<Model>,
}

/// A model, and what its classes are called.
#[derive(Clone, Debug)]
struct Model {
    bundle: Arc<Bundle>,
    classes: Arc<[Arc<str>]>,
    /// How far the last flows are from those of its training, if somebody wants to know.
    drift: Option<Arc<Mutex<DriftWindow>>>,
}

/// What is said of one flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Opinion {
    pub(crate) class: Option<Said>,
    pub(crate) anomaly: Option<netsift_models::Finding>,
    pub(crate) reasons: Vec<String>,
}

impl Opinion {
    /// What it adds to a score.
    pub(crate) fn terms(&self, policy: &Policy) -> impl Iterator<Item = Term> {
        let class = self.class.as_ref().and_then(|said| policy.of_class(said));
        let anomaly = self.anomaly.as_ref().and_then(|found| policy.of_anomaly(found));
        class.into_iter().chain(anomaly)
    }
}

impl Models {
    /// These and a classifier.
    ///
    /// # Errors
    /// [`DetectError::NoClassifier`] for a detector, and [`ModelError`] if it was not trained on flows.
    pub fn classifier(self, bundle: impl Into<Arc<Bundle>>) -> Result<Self, DetectError> {
        let bundle = bundle.into();
        if bundle.alarm().is_some() {
            return Err(DetectError::NoClassifier);
        }
        Self { classifier: Some(Model::of(bundle)), ..self }.checked()
    }

    /// These and a detector of anomalies.
    ///
    /// # Errors
    /// [`DetectError::NoDetector`] for a classifier, and [`ModelError`] if it was not trained on flows.
    pub fn anomaly(self, bundle: impl Into<Arc<Bundle>>) -> Result<Self, DetectError> {
        let bundle = bundle.into();
        if bundle.alarm().is_none() {
            return Err(DetectError::NoDetector);
        }
        Self { anomaly: Some(Model::of(bundle)), ..self }.checked()
    }

    /// How flows are read for them; nothing if there is no model.
    ///
    /// # Errors
    /// [`DetectError::OtherFlows`] if they do not learn from the same flows.
    pub(crate) fn reading(&self) -> Result<Option<FlowConfig>, DetectError> {
        let mut readings = Vec::new();
        for model in self.all() {
            readings.push(reading_of(&model.bundle)?.1);
        }
        match readings[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            [one, other, ..] => {
                check_same(&one, &other)?;
                Ok(Some(one))
            }
        }
    }

    /// Refuses to read flows without what one of them learned from: its columns would say nothing, or 0.
    pub(crate) fn check_kept(&self, reading: &FlowConfig) -> Result<(), DetectError> {
        for model in self.all() {
            if let Some(missing) = reading.lacks(&reading_of(&model.bundle)?.1) {
                return Err(DetectError::NotKept { missing });
            }
        }
        Ok(())
    }

    /// The profile that flows are read by for them; nothing if there is no model.
    ///
    /// # Errors
    /// As of those that put them together.
    pub fn profile(&self) -> Result<Option<Profile>, DetectError> {
        Ok(self.reading()?.map(|reading| reading.profile()))
    }

    /// What the classifier may call flows.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.classifier.iter().flat_map(|model| model.classes.iter().map(AsRef::as_ref))
    }

    /// The same, and each tells how far the last so many flows that it was asked about have drifted from those of its
    /// training. That costs a look at each cell. Default: nobody looks.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for less than 16 flows.
    pub fn watching_drift(mut self, flows: u64) -> Result<Self, DetectError> {
        for model in self.classifier.iter_mut().chain(&mut self.anomaly) {
            let window = DriftWindow::of_rows(&Drift::against(&model.bundle), flows)?;
            model.drift = Some(Arc::new(Mutex::new(window)));
        }
        Ok(self)
    }

    /// How far flows have drifted from those of each model's training, in the order of [`bundles`](Self::bundles); nothing
    /// where nobody looks.
    pub fn drifts(&self) -> impl Iterator<Item = Option<DriftReport>> {
        let drift = |window: &Arc<Mutex<DriftWindow>>| {
            // What takes long waits for nobody: the models are asked meanwhile.
            let drift = window.lock().unwrap_or_else(PoisonError::into_inner).drift();
            drift.report()
        };
        self.all().map(move |model| model.drift.as_ref().map(drift))
    }

    /// The models, the classifier first.
    pub fn bundles(&self) -> impl Iterator<Item = &Bundle> {
        self.all().map(|model| &*model.bundle)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    fn all(&self) -> impl Iterator<Item = &Model> {
        self.classifier.iter().chain(&self.anomaly)
    }

    fn checked(self) -> Result<Self, DetectError> {
        self.reading()?;
        Ok(self)
    }
}

/// Refuses flows that are cut in another way.
pub(crate) fn check_same(one: &FlowConfig, other: &FlowConfig) -> Result<(), DetectError> {
    let facts =
        |it: &FlowConfig| (it.profile(), it.idle_timeout_nanos(), it.active_timeout_nanos());
    if facts(one) == facts(other) {
        return Ok(());
    }
    Err(DetectError::OtherFlows { one: told(one), other: told(other) })
}

fn told(config: &FlowConfig) -> String {
    let seconds = |nanos: i64| nanos as f64 / 1e9;
    let (idle, active) = (config.idle_timeout_nanos(), config.active_timeout_nanos());
    format!("{} ({} s idle, {} s active)", config.profile(), seconds(idle), seconds(active))
}

impl Model {
    fn of(bundle: Arc<Bundle>) -> Self {
        let classes = bundle.classes().names().map(Arc::from).collect();
        Self { bundle, classes, drift: None }
    }

    /// Counts rows, with how sure it was of each.
    fn observe(&self, data: &Dataset, scores: &[f64]) -> Result<(), ModelError> {
        let Some(window) = &self.drift else { return Ok(()) };
        window.lock().unwrap_or_else(PoisonError::into_inner).observe(data, scores)
    }
}

/// Gathers flows for the models.
#[derive(Clone, Default)]
pub(crate) struct Council {
    classifier: Option<(Model, Clerk)>,
    anomaly: Option<(Model, Clerk)>,
}

/// Flows as the models want to see them.
#[derive(Default)]
pub(crate) struct Question {
    flows: usize,
    classifier: Option<(Model, Gathered)>,
    anomaly: Option<(Model, Gathered)>,
}

/// Which flows are explained, and how.
#[derive(Clone, Copy)]
pub(crate) struct Explaining<'p> {
    pub(crate) reasons: usize,
    pub(crate) most: usize,
    pub(crate) is_told: &'p dyn Fn(&Opinion) -> bool,
}

impl Council {
    pub(crate) fn of(models: &Models) -> Result<Self, ModelError> {
        let clerk = |model: &Option<Model>| -> Result<_, ModelError> {
            let Some(model) = model else { return Ok(None) };
            Ok(Some((model.clone(), Clerk::of(&model.bundle)?)))
        };
        Ok(Self { classifier: clerk(&models.classifier)?, anomaly: clerk(&models.anomaly)? })
    }

    /// Takes a flow for the next question.
    pub(crate) fn take(&mut self, flow: &Flow) {
        for (_, clerk) in self.classifier.iter_mut().chain(&mut self.anomaly) {
            clerk.take(flow);
        }
    }

    /// What the models are asked about the flows that were taken since the last time.
    pub(crate) fn question(&mut self, flows: usize) -> Question {
        let question = |(model, clerk): &mut (Model, Clerk)| (model.clone(), clerk.hand_over());
        Question {
            flows,
            classifier: self.classifier.as_mut().map(question),
            anomaly: self.anomaly.as_mut().map(question),
        }
    }
}

impl Question {
    /// How many flows it is about.
    pub(crate) fn flows(&self) -> usize {
        self.flows
    }

    /// What is said of the flows, in their order, and what a model said instead: another one's answer stands all the same.
    pub(crate) fn opinions(
        self,
        unknown_below: f64,
        explaining: Explaining<'_>,
    ) -> (Vec<Opinion>, Option<ModelError>) {
        let Self { flows, classifier, anomaly } = self;
        let mut opinions = vec![Opinion::default(); flows];
        let strange = anomaly.map(|(model, rows)| model.find(rows, &mut opinions));
        let classified =
            classifier.map(|(model, rows)| model.classify(rows, unknown_below, &mut opinions));
        // Of two models, that which can tell one class from another says more.
        let (mut trouble, mut answered) = (None, None);
        for asked in [classified, strange].into_iter().flatten() {
            match asked {
                Ok(answer) => answered = answered.or(Some(answer)),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        let explained = answered.map_or(Ok(()), |answer| answer.explain(explaining, &mut opinions));
        (opinions, trouble.or(explained.err()))
    }
}

/// A model that has answered: its rows, and the class that it gave each.
struct Answered {
    bundle: Arc<Bundle>,
    data: Dataset,
    classes: Vec<u32>,
}

impl Model {
    fn classify(
        self,
        rows: Gathered,
        unknown_below: f64,
        opinions: &mut [Opinion],
    ) -> Result<Answered, ModelError> {
        let data = rows.dataset()?;
        let answer = self.bundle.score(&data)?;
        let (known, sure) = (answer.known(unknown_below)?, answer.scores());
        self.observe(&data, &sure)?;
        for ((opinion, class), probability) in opinions.iter_mut().zip(&known).zip(sure) {
            let class = class.and_then(|class| self.classes.get(class as usize).cloned());
            opinion.class = Some(Said { class, probability });
        }
        Ok(Answered { bundle: self.bundle, data, classes: answer.classes.to_vec() })
    }

    fn find(self, rows: Gathered, opinions: &mut [Opinion]) -> Result<Answered, ModelError> {
        let data = rows.dataset()?;
        let found = self.bundle.findings(&data, 1)?;
        if let (Some(_), Some(alarm)) = (&self.drift, self.bundle.alarm()) {
            self.observe(&data, &alarm.answer_of(&found).scores())?;
        }
        opinions.iter_mut().zip(found).for_each(|(to, found)| to.anomaly = Some(found));
        let classes = vec![netsift_models::Alarm::ANOMALY; opinions.len()];
        Ok(Answered { bundle: self.bundle, data, classes })
    }
}

impl Answered {
    /// Adds to the first opinions that are told, as many as may be, what they rest on.
    fn explain(
        &self,
        explaining: Explaining<'_>,
        opinions: &mut [Opinion],
    ) -> Result<(), ModelError> {
        let told = opinions.iter().enumerate().filter(|(_, it)| (explaining.is_told)(it));
        let rows: Vec<usize> = told.map(|(row, _)| row).take(explaining.most).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let class = |&row: &usize| self.classes.get(row).copied();
        let classes: Vec<u32> = rows.iter().filter_map(class).collect();
        let explainer = Explainer::of(&self.bundle)?;
        let reasons = explainer.reasons(&self.data.select(&rows)?, &classes, explaining.reasons)?;
        for (row, reasons) in rows.into_iter().zip(reasons) {
            if let Some(opinion) = opinions.get_mut(row) {
                opinion.reasons = reasons.iter().map(ToString::to_string).collect();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use netsift_data::{Labels, Schema};
    use netsift_flow::{FlowTable, Record};
    use netsift_models::{About, DetectorRecipe, DetectorTrainer, Recipe, Trainer};
    use netsift_packet::{Protocol, Timestamp};

    use super::*;
    use crate::flow_rows::facts_of;

    fn rows(column: &str) -> Dataset {
        let rows = ndarray::Array2::from_shape_fn((64, 1), |(row, _)| row as f64);
        Dataset::new(Schema::numbers([column]).unwrap(), rows).unwrap()
    }

    fn about() -> About {
        About::new().flows(facts_of(&FlowConfig::new(Profile::Native)))
    }

    fn tree(column: &str) -> Model {
        let labels = (0..64).map(|row| if row < 32 { "benign" } else { "scan" });
        let data = rows(column).with_labels(Labels::of(labels)).unwrap();
        let trainer = Trainer::new([Recipe::named("decision-tree").unwrap()]).about(about());
        Model::of(Arc::new(trainer.train(&data).unwrap().bundle))
    }

    fn detector(column: &str) -> Model {
        let recipe = DetectorRecipe::named("hbos").unwrap();
        let trainer = DetectorTrainer::new([recipe]).about(about()).resamples(0);
        Model::of(Arc::new(trainer.train(&rows(column)).unwrap().bundle))
    }

    /// A detector that is shown the wrong columns has no answer; the tree beside it has one, and the other way.
    #[test]
    fn a_model_without_an_answer_leaves_the_other_its_own() {
        let (tree, detector) = (tree("Flow Duration"), detector("SYN Flag Count"));
        let explaining = Explaining { reasons: 3, most: 16, is_told: &|_| true };
        for of_tree in [true, false] {
            let columns = Clerk::of(if of_tree { &tree.bundle } else { &detector.bundle }).unwrap();
            let mut council = Council {
                classifier: Some((tree.clone(), columns.clone())),
                anomaly: Some((detector.clone(), columns)),
            };
            let mut table = FlowTable::new(FlowConfig::new(Profile::Native));
            let [from, to] = [1, 2].map(|host| IpAddr::from([10, 0, 0, host]));
            table.push(&Record::new(Timestamp::EPOCH, from, to, Protocol::UDP), |_| {});
            table.finish(|flow| council.take(flow));
            let (opinions, trouble) = council.question(1).opinions(0.0, explaining);
            assert!(matches!(trouble, Some(ModelError::Data(_))), "{trouble:?}");
            assert_eq!(opinions[0].class.is_some(), of_tree);
            assert_eq!(opinions[0].anomaly.is_some(), !of_tree);
            assert!(!opinions[0].reasons.is_empty());
        }
    }
}
