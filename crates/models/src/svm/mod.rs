//! The kernel support vector machine, and what makes probabilities of any machine's scores.

mod cache;
mod folds;
mod kernel;
mod kernel_svm;
mod lines;
mod pairwise;
mod sigmoid;
mod solver;

pub use kernel::{Gamma, Kernel};
pub use kernel_svm::{KernelSvm, KernelSvmModel};

pub(crate) use folds::{FOLDS, dealt};
pub(crate) use sigmoid::Sigmoid;
