//! Truth and guess to numbers: how good a model is, how sure one may be of that, and where to put its threshold.
//!
//! It knows no model. Labels of any type that has an order make a [`Confusion`], from which come accuracy, precision,
//! recall, F-scores, Matthews' correlation and Cohen's kappa, by class or averaged. Probabilities have a
//! [`log_loss`], a [`brier`] score and a [`calibration`]. Scores make a [`Ranking`], from which come [`Roc`] and
//! [`PrecisionRecall`] curves, their areas and operating points; [`OneVsRest`] has those of many classes,
//! [`OneVsOne`] tells each from each other, and [`AnomalyScores`] asks how many of the strangest rows are anomalies.
//! [`Bootstrap`], [`McNemar`], [`ResampledT`] and [`chi_square_tail`] tell what is more
//! than chance. A [`Report`] holds most of it, prints the table that people know and serialises.
//!
//! ```
//! use netsift_metrics::{Average, Confusion, Ranking, Report};
//!
//! # fn main() -> Result<(), netsift_metrics::MetricError> {
//! let truth = ["benign", "benign", "scan", "scan"];
//! let guess = ["benign", "scan", "scan", "scan"];
//! let confusion = Confusion::of(&truth, &guess)?;
//! assert_eq!(confusion.accuracy(), 0.75);
//! assert_eq!(confusion.recall(Average::Macro), 0.75);
//! println!("{}", Report::of(&confusion)?);
//!
//! let is_scan = truth.map(|label| label == "scan");
//! let ranking = Ranking::of(&is_scan, &[0.1, 0.7, 0.9, 0.6], None)?;
//! assert_eq!(ranking.roc()?.area(), 0.75);
//! assert_eq!(ranking.at_false_positive_rate(0.01)?.threshold, Some(0.9));
//! # Ok(())
//! # }
//! ```
//!
//! # Rows, weights, codes
//!
//! Everything that counts rows takes weights as its last argument, `Option<&[f64]>`: `None` counts every row one, and a
//! row of weight 3 counts as three of it. Weights are finite, not negative, and not all zero. ([`Confusion::of`] is
//! short for [`Confusion::weighted`] without any; in [`Bootstrap`] whoever measures the drawn rows takes their weights.)
//! The order of rows never matters.
//!
//! Tables of probabilities or scores have a column for each class, and truth beside them is in codes, the places of
//! columns: [`codes`] makes them of labels. Scores and probabilities are `f32` or `f64`; results are `f64`.
//!
//! # Division by zero
//!
//! A ratio whose whole is zero is 0.0: the precision of a class that nothing was told to be, the recall of one without
//! rows, and F-scores and averages made of them. It is what scikit-learn's `zero_division=0` says. Where scikit-learn
//! says something else, so do we:
//!
//! - The ROC curve and its area do not exist unless there are positives and negatives: an error
//!   ([`MetricError::OneClass`]), or `None` in results of many classes, whose plain mean is `None` then.
//! - Cohen's kappa does not exist if truth and guess hold one and the same class only: `None`. Matthews' correlation
//!   is 0.0 there.
//! - Without positives recall on a precision-recall curve is 1, so that precision averages to 0.0.
//! - Balanced accuracy is of the classes that have rows.
//! - McNemar's test of two models that are right on the same rows says 1.

mod agreement;
mod anomaly;
mod average;
mod bootstrap;
mod calibration;
mod chi_square;
mod confusion;
mod counts;
mod curve;
mod error;
mod labels;
mod mcnemar;
mod normal;
mod one_vs_one;
mod one_vs_rest;
mod operating;
mod precision_recall;
mod probability;
mod ranking;
mod report;
mod resampled;
mod roc;
mod score;
mod student;
mod sum;
mod top_k;
mod weights;

pub use agreement::KappaWeights;
pub use anomaly::AnomalyScores;
pub use average::Average;
pub use bootstrap::{Bootstrap, Interval, IntervalKind};
pub use calibration::{Bins, CalibrationBin, calibration};
pub use chi_square::chi_square_tail;
pub use confusion::Confusion;
pub use counts::{Beta, Counts};
pub use curve::{CURVE_POINTS, Curve, CurvePoint};
pub use error::MetricError;
pub use labels::{MAX_CLASSES, codes, is_class};
pub use mcnemar::{ChiSquared, McNemar};
pub use one_vs_one::{OneVsOne, PairArea};
pub use one_vs_rest::{ClassCurves, OneVsRest};
pub use operating::OperatingPoint;
pub use precision_recall::PrecisionRecall;
pub use probability::{brier, brier_binary, log_loss, log_loss_binary};
pub use ranking::Ranking;
pub use report::{ClassReport, ProbabilityReport, Report, Scores};
pub use resampled::ResampledT;
pub use roc::{Roc, roc_area};
pub use score::Score;
pub use top_k::top_k_accuracy;

use sum::Sum;
