//! Rows grouped without labels.

mod dbscan;
mod sets;
mod tree;

pub use dbscan::{Clusters, Dbscan};
