//! How good a learner is, how sure one may be of that, which settings are best, and where to put a threshold.
//!
//! [`CrossValidation`] fits everything inside of each fold, over any split, and tells what is said of every row by a model
//! that has not learned from it ([`Crossed`]). All else stands on it: a [`Search`] compares settings out of a [`Space`] by
//! a [`Score`], [nested](Search::nested) in further folds if wished; [`AutoZoo`] tries the whole zoo in the time it is
//! given; [`CrossValidation::learning_curve`] and its like tell what more rows, wrong labels or noise would do. What is
//! said out of fold makes a [`Calibration`], from which a [`Calibrated`] model has its probabilities, and an [`Aim`] a
//! [`Threshold`]. [`Compared`] tells whether one learner is better than another or only luckier.

mod altered;
mod auto;
mod calibrated;
mod calibration;
mod compared;
mod cross;
mod isotonic;
mod learning;
mod robustness;
mod score;
mod search;
mod space;
mod threshold;
mod usual;

pub use auto::{AutoZoo, FittedZoo};
pub use calibrated::Calibrated;
pub use calibration::{Calibration, CalibrationKind};
pub use compared::{Compared, over_folds};
pub use cross::{CrossValidation, Crossed, CrossedFold, FoldScore};
pub use learning::{LearningCurve, LearningPoint};
pub use robustness::{Noise, NoisePoint, RobustnessCurve};
pub use score::Score;
pub use search::{
    Contender, Ended, Found, LeftOut, Nested, NestedFold, Search, Strategy, Trial, Why,
};
pub use space::{MOST_POINTS, Point, Space, Values};
pub use threshold::{Aim, Costs, Rates, Threshold};

pub(crate) use cross::Fits;
