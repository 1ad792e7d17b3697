//! Estimators of the crate [smartcore](https://docs.rs/smartcore) as learners: some by name, and any by [`Adapter`].
//!
//! They are for who wants exactly those, and rivals of the zoo's own, which are faster. What smartcore does not look at
//! is looked at before every call: numbers of columns, cells that are no finite numbers or too large to count with, rows
//! that are missing, a single class. Fits run on a thread with room for deep recursion, and a panic there is an error
//! ([`ModelError::Foreign`](crate::ModelError::Foreign)) where panics unwind.
//!
//! What holds of every classifier here: cells must be finite and up to 1e100 either way, in training and later, and there has
//! to be a column. smartcore knows no weights: a row of weight 2 is given to it twice, one of weight 0 not at all, and other
//! weights are refused. Two classes have to have rows; one without is never told. A fit cannot be interrupted: it is
//! cancelled before it or not at all.
//!
//! Rows are as many as smartcore's memory and time allow in the worst case: 92,000 for trees of any depth (more with
//! a `depth`, `min-leaf` or `min-split` that makes them smaller), 84,000 of 77 columns for neighbours in a cover tree (16
//! million one by one). Of more, an error tells how many are taken.
//!
//! Files hold nothing of smartcore's. A tree or a forest is saved as plain nodes and answers from them, a regression as its
//! coefficients; neighbours are saved as their rows, and their tree is built again. All of it is checked first.
//!
//! ```
//! use ndarray::array;
//! use netsift_data::Labels;
//! use netsift_models::{Classifier, Learner, ModelError, Training, smartcore};
//!
//! # fn main() -> Result<(), ModelError> {
//! let rows = array![[0.1, 3.0], [0.2, 1.0], [9.0, 2.0], [8.0, 2.5]];
//! let labels = Labels::of(["benign", "benign", "attack", "attack"]);
//! let model = smartcore::DecisionTree::new().fit(&Training::new(rows.view(), &labels)?)?;
//! let guess = model.predict(array![[7.0, 5.0]].view())?;
//! assert_eq!(model.classes().name(guess[0]), Some("attack"));
//! # Ok(())
//! # }
//! ```

mod adapter;
mod components;
mod forest;
mod given;
mod k_means;
mod knn;
mod logistic_regression;
mod nodes;
mod pca;
mod tree;

pub use adapter::{Adapter, AdapterModel};
pub use components::{Components, ComponentsModel};
pub use forest::{RandomForest, RandomForestModel};
pub use k_means::{KMeans, KMeansModel};
pub use knn::{Knn, KnnModel, Search};
pub use logistic_regression::{LogisticRegression, LogisticRegressionModel};
pub use pca::{Pca, PcaModel};
pub use tree::{Criterion, DecisionTree, DecisionTreeModel};
