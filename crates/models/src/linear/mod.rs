//! Models that add up weighted cells: logistic regression and the linear support vector machine.
//!
//! None of them scales its columns: a penalty on coefficients means something else where columns are of another size, so
//! scaling belongs into the preparation, where it is seen and saved.

mod curvature;
mod hinge;
mod lbfgs;
mod linear_svm;
mod logistic;
mod parts;
mod planes;
mod present;
mod proximal;
mod shares;
mod softmax;

pub use linear_svm::{LinearSvm, LinearSvmModel};
pub use logistic::{LogisticModel, LogisticRegression};

pub(crate) use parts::in_parts;
pub(crate) use present::{BLOCK_ROWS, Present, bounded, each_row, known_classes};
pub(crate) use shares::shares;
