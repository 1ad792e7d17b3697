//! Rows grouped without labels.

mod dbscan;
mod points;
mod sets;
mod tree;

pub use dbscan::{Clusters, Dbscan};
pub use points::Points;
