//! Detectors of anomalies, a file each: settings, what they learn, and how strange they find rows.
//!
//! Cells must be finite. Those beyond 1e150 either way count as that, so that every score is finite.

mod ecod;
mod eigen;
mod half_space_trees;
mod half_spaces;
mod hbos;
mod knn_distance;
mod lof;
mod one_class_svm;
mod pca;
mod points;

pub use ecod::{Ecod, EcodModel};
pub use half_space_trees::{HalfSpaceTrees, HalfSpaceTreesModel, Ranges};
pub use hbos::{BinCount, Hbos, HbosModel};
pub use knn_distance::{KnnDistance, KnnDistanceModel, Reach};
pub use lof::{Lof, LofModel};
pub use one_class_svm::{OneClassSvm, OneClassSvmModel};
pub use pca::{Kept, Pca, PcaModel};
