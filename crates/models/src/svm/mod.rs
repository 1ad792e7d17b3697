//! The kernel support vector machine, its solver, and what makes probabilities of any machine's scores.

mod cache;
mod folds;
mod kernel;
mod kernel_svm;
mod lines;
mod pairwise;
mod shared;
mod sigmoid;
mod solver;

pub use kernel::{Gamma, Kernel};
pub use kernel_svm::{KernelSvm, KernelSvmModel};

pub(crate) use folds::{FOLDS, dealt};
pub(crate) use kernel::Likeness;
pub(crate) use kernel_svm::MOST_ROWS;
pub(crate) use lines::Lines;
pub(crate) use shared::{DEGREE, MEGABYTES, STEPS, Shared, TOLERANCE};
pub(crate) use sigmoid::Sigmoid;
pub(crate) use solver::{Bounds, Solver};
