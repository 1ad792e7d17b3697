//! The kernel support vector machine, and what makes probabilities of any machine's scores.

mod folds;
mod sigmoid;

pub(crate) use folds::{FOLDS, dealt};
pub(crate) use sigmoid::Sigmoid;
