//! From raw tables to numbers a model can take: transforms, fitted on the rows of training alone and saved with the model.
//!
//! A [`Transform`] says what is wished, [`fit`](Transform::fit) learns from rows, and what was learned is
//! [`Fitted`]: a value that applies to any other rows, whose columns it finds by their names, in any order. A
//! [`Preparation`] is a list of them, fitted one behind the other.

mod categories;
mod clip;
mod columns;
mod constant;
mod correlated;
mod effect;
mod finite;
mod impute;
mod informative;
mod label_encode;
mod label_map;
mod limits;
mod log;
mod one_hot;
mod ordinal;
mod plan;
mod preparation;
mod removed;
mod scale;
mod step;

use crate::{DataError, Dataset, Schema};

pub use categories::Unknown;
pub use clip::{Clip, Clipped};
pub use columns::Columns;
pub use constant::ConstantColumns;
pub use correlated::CorrelatedColumns;
pub use effect::{Effect, StepKind};
pub use finite::{Finite, MadeFinite};
pub use impute::{Fill, Impute, Imputed};
pub use informative::{MostInformative, label_entropy, mutual_information, mutual_informations};
pub use label_encode::{EncodedLabels, LabelEncode};
pub use label_map::{LabelMap, LabelRule, MappedLabels, Otherwise};
pub use limits::{MAX_CATEGORIES, MAX_COLUMNS, MAX_STEPS};
pub use log::{Log, Logged};
pub use one_hot::{OneHot, OneHotEncoded};
pub use ordinal::{Ordinal, OrdinalEncoded};
pub use plan::Plan;
pub use preparation::Preparation;
pub use removed::{Reason, Removal, Removed};
pub use scale::{Scale, Scaled, Scaling};
pub use step::Step;

/// What is wished of columns or labels, before any row was seen.
pub trait Transform {
    /// What was learned from rows.
    type Fitted: Fitted;

    /// Learns from these rows, and from no others.
    ///
    /// # Errors
    /// [`DataError::Setting`] for a setting outside its rule, and what is wrong with the rows.
    fn fit(&self, data: &Dataset) -> Result<Self::Fitted, DataError>;
}

/// What was learned from rows: applies to any others that have its columns.
pub trait Fitted {
    /// The columns that come out where these go in.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`] or [`DataError::WrongKind`], for columns it was learned with.
    fn columns(&self, input: &Schema) -> Result<Schema, DataError>;

    /// Of each column that comes out, the place of the one of these that it is made of: every step makes a column of one
    /// alone. Where nothing else is said, it is that of the same name.
    ///
    /// # Errors
    /// As [`columns`](Self::columns).
    fn sources(&self, input: &Schema) -> Result<Vec<usize>, DataError> {
        input.places(self.columns(input)?.names())
    }

    /// The rows as they come out. Memory is used again where nobody else holds it: a clone costs a copy, no more.
    ///
    /// # Errors
    /// As [`columns`](Self::columns), and what cells are not as they should be.
    fn apply(&self, data: Dataset) -> Result<Dataset, DataError>;

    /// What it does to which column, for people to read.
    fn effects(&self) -> Vec<Effect>;

    /// Whether fitting can have made it: for what was loaded from bytes that somebody else may have written.
    ///
    /// # Errors
    /// [`DataError::Unsound`].
    fn check(&self) -> Result<(), DataError>;
}
