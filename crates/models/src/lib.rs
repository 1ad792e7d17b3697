//! Rows of numbers to predictions: a zoo of classifiers, each fitted on what is known and asked about what is not.
//!
//! A [`Learner`] is a choice of settings; fitted on a [`Training`] (rows, their classes, what they weigh) it gives a
//! [`Classifier`], which tells for any other rows how probable each class is. Every learner of the zoo has a name and a
//! table of settings ([`Settings`]), so that it can be chosen and set by text too. A [`Trainer`] makes a [`Bundle`] of
//! rows with labels, [`Drift`] tells whether later rows are still like them, and an [`Explainer`] why it says what it says.
//!
//! ```
//! use netsift_models::data::Labels;
//! use netsift_models::ndarray::array;
//! use netsift_models::{Classifier, Learner, ModelError, RandomForest, Training};
//!
//! # fn main() -> Result<(), ModelError> {
//! let rows = array![[0.1, 3.0], [0.2, 1.0], [9.0, 2.0], [8.5, 1.5]];
//! let labels = Labels::of(["benign", "benign", "attack", "attack"]);
//! let forest = RandomForest::default().trees(50).fit(&Training::new(rows.view(), &labels)?)?;
//! let guess = forest.predict(array![[9.5, 2.0]].view())?;
//! assert_eq!(forest.classes().name(guess[0]), Some("attack"));
//! # Ok(())
//! # }
//! ```
//!
//! # Without labels
//! An [`Observer`] learns from a [`Sample`] what is usual, and gives a [`Detector`], which tells how strange other rows
//! are. An [`Alarm`] knows from when on that is worth telling: it has a threshold, and answers as a [`Classifier`] of
//! usual rows and anomalies does.
//!
//! ```
//! use ndarray::{Array2, array};
//! use netsift_models::{Alarm, Classifier, DetectorRecipe, ModelError, Sample, Threshold};
//!
//! # fn main() -> Result<(), ModelError> {
//! let usual = Array2::from_shape_fn((100, 2), |(row, column)| ((row * [7, 3][column]) % 10) as f64);
//! let recipe = DetectorRecipe::named("knn-distance")?;
//! let alarm = Alarm::fit(&recipe, &Sample::new(usual.view())?, Threshold::Contamination(0.01))?;
//! let guess = alarm.predict(array![[4.0, 6.0], [40.0, 60.0]].view())?;
//! assert_eq!(guess.map(|&class| alarm.classes().name(class)).to_vec(), [Some("usual"), Some("anomaly")]);
//! # Ok(())
//! # }
//! ```
//! A [`DetectorTrainer`] makes a [`Bundle`] of rows of which nothing is known, and a [`LiveBaseline`] keeps them as they come.
//!
//! # From rows to a file
//! A [`Trainer`] does what comes before and after: it holds rows back, prepares, compares and judges. What comes of it, a
//! [`Bundle`], is one file:
//!
//! ```
//! use netsift_models::data::{Dataset, Labels, Schema};
//! use netsift_models::ndarray::Array2;
//! use netsift_models::{Bundle, ModelError, Recipe, Trainer};
//!
//! # fn main() -> Result<(), ModelError> {
//! let schema = Schema::numbers(["packets", "mean length"])?;
//! let rows = Array2::from_shape_fn((40, 2), |(row, column)| (row % 2 * 100 + row * column) as f64);
//! let labels = Labels::of((0..40).map(|row| ["benign", "scan"][row % 2]));
//! let data = Dataset::new(schema, rows)?.with_labels(labels)?;
//!
//! let mut recipe = Recipe::named("gradient-boosting")?;
//! recipe.set("trees", "20")?;
//! recipe.set("depth", "3")?;
//! let trained = Trainer::new([recipe]).train(&data)?;
//! let file = trained.bundle.save(Vec::new())?;
//!
//! let bundle = Bundle::load(&file[..])?;
//! let judged = bundle.judge(&data, 1)?;
//! assert_eq!(judged.report.accuracy, 1.0);
//! # Ok(())
//! # }
//! ```
//!
//! Rows and labels are of [`ndarray`] and [`data`], scores of [`metrics`]: they are told on here in the versions that are
//! used here, so that who embeds this crate need name no other.

mod alarm;
mod baseline;
mod bayes;
mod boosting;
mod bundle;
mod check;
mod classifier;
mod cluster;
mod composite;
mod decision_tree;
mod detector;
mod detectors;
pub mod drift;
mod error;
pub mod explain;
mod fitting;
mod forest;
mod judged;
pub mod judging;
mod learner;
mod linear;
mod mind;
mod neighbours;
mod predictor;
mod quantile;
mod sample;
mod settings;
#[cfg(feature = "smartcore")]
pub mod smartcore;
mod stacking;
mod svm;
mod train;
mod training;
mod tree;
mod unlabelled;
mod voting;
mod watch;
mod zoo;

pub use alarm::{Alarm, Finding, Goal, Threshold};
pub use ndarray;
pub use netsift_container::ContainerError;
pub use netsift_data as data;
pub use netsift_metrics as metrics;

pub use baseline::{Baseline, BaselineModel, Strategy};
pub use bayes::{BernoulliNaiveBayes, BernoulliNaiveBayesModel, NaiveBayes, NaiveBayesModel};
pub use boosting::{GradientBoosting, GradientBoostingModel, GrowthOrder};
pub use bundle::{
    About, AlarmFacts, Bundle, ColumnFacts, CrossFacts, Facts, Fingerprint, FlowFacts, Fold,
    MAX_BUNDLE, MAX_GROWTH, Seen, SplitFacts, StabilityFacts,
};
pub use check::Checked;
pub use classifier::{Answer, Classifier, in_parallel};
pub use cluster::{Clusters, Dbscan, Points};
pub use composite::Part;
pub use decision_tree::{DecisionTree, DecisionTreeModel};
pub use detector::{Detector, Observer};
pub use detectors::{
    BinCount, Ecod, EcodModel, ExtendedIsolationForest, ExtendedIsolationForestModel, Extension,
    HalfSpaceTrees, HalfSpaceTreesModel, Hbos, HbosModel, Heights, IsolationForest,
    IsolationForestModel, Kept, KnnDistance, KnnDistanceModel, Lof, LofModel, OneClassSvm,
    OneClassSvmModel, Pca, PcaModel, Ranges, Reach,
};
pub use drift::{Drift, DriftReport, DriftWindow};
pub use error::ModelError;
pub use explain::Explainer;
pub use fitting::Balancing;
pub use forest::{BestCuts, Cuts, DrawnCuts, ExtraTrees, Forest, RandomForest};
pub use judged::{Judged, Truth};
pub use learner::Learner;
pub use linear::{LinearSvm, LinearSvmModel, LogisticModel, LogisticRegression};
pub use mind::Mind;
pub use neighbours::{Distance, Knn, KnnModel, Votes};
pub use predictor::Predictor;
pub use quantile::Quantile;
pub use sample::Sample;
pub use settings::{Parameter, Settings};
pub use stacking::{Stacking, StackingModel};
pub use svm::{Gamma, Kernel, KernelSvm, KernelSvmModel};
pub use train::{Candidate, Outcome, Trained, Trainer};
pub use training::Training;
pub use tree::{Columns, Criterion, ForestModel, Growth};
pub use unlabelled::{
    AnomaliesJudged, DetectorCandidate, DetectorOutcome, DetectorTrainer, Limit, LiveBaseline,
    LiveState, MOST_LIVE_ROWS, Stability, TrainedDetector, USUAL_CONTAMINATION, USUAL_RESAMPLES,
    UsualLabels,
};
pub use voting::{Ballot, Voting, VotingModel};
pub use watch::Watch;
pub use zoo::{
    DetectorModel, DetectorRecipe, Member, MemberModel, Model, Needs, ParameterFacts, Recipe,
};
