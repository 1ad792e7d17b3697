//! Detectors of anomalies, a file each: settings, what they learn, and how strange they find rows.
//!
//! Cells must be finite, but for the isolation forest's, which takes any. Those beyond 1e150 either way count as that, so
//! that every score is finite.

mod ecod;
mod eigen;
mod extended_isolation_forest;
mod half_space_trees;
mod half_spaces;
mod hbos;
mod isolation;
mod isolation_forest;
mod knn_distance;
mod lof;
mod one_class_svm;
mod pca;
mod planes;
mod points;

pub use ecod::{Ecod, EcodModel};
pub use extended_isolation_forest::{
    ExtendedIsolationForest, ExtendedIsolationForestModel, Extension,
};
pub use half_space_trees::{HalfSpaceTrees, HalfSpaceTreesModel, Ranges};
pub use hbos::{BinCount, Hbos, HbosModel, Heights};
pub use isolation_forest::{IsolationForest, IsolationForestModel};
pub use knn_distance::{KnnDistance, KnnDistanceModel, Reach};
pub use lof::{Lof, LofModel};
pub use one_class_svm::{OneClassSvm, OneClassSvmModel};
pub use pca::{Kept, Pca, PcaModel};
