//! What an exploration, a chart or a page refuses, and what goes wrong while one is made.

use std::error::Error as Cause;
use std::fmt::Display;
use std::io;

use netsift_data::DataError;
use netsift_detect::DetectError;
use netsift_flow::FlowError;
use netsift_metrics::MetricError;
use netsift_models::ModelError;
use thiserror::Error;

/// Why there is no chart, no page or no file of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Parts of a chart or a table that belong together have different lengths.
    #[error("{of}: {what} are {had}, and must be {needed}")]
    Shape {
        /// The chart or the table, by its title.
        of: String,
        /// What there is too much or too little of.
        what: &'static str,
        /// How many there are.
        had: usize,
        /// How many there must be.
        needed: usize,
    },
    /// The edges of a histogram do not rise.
    #[error("{of}: edge {at} of the histogram is not above the one before it")]
    Edges {
        /// The chart, by its title.
        of: String,
        /// Which edge, counted from 0.
        at: usize,
    },
    /// A chart cannot be drawn.
    #[error("{of}: cannot be drawn: {source}")]
    Drawing {
        /// The chart, by its title.
        of: String,
        /// What the drawing library said.
        source: Box<dyn Cause + Send + Sync>,
    },
    /// Numbers of a page cannot be written as JSON.
    #[error("cannot be written as JSON: {source}")]
    Json {
        /// What is wrong.
        source: serde_json::Error,
    },
    /// An input cannot be read.
    #[error("{name}: cannot be read: {source}")]
    Input {
        /// Which input.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Somewhere a page is written to refuses it.
    #[error("the page cannot be written: {source}")]
    Write {
        /// What the system said.
        #[from]
        source: io::Error,
    },
    /// The library of interactive charts is not in the crate that ships it.
    #[error("the library of interactive charts is missing")]
    NoLibrary,
    /// Models that do not tell the same classes cannot be held against each other.
    #[error(
        "{other} does not tell the classes that {first} tells: such models are evaluated apart"
    )]
    OtherClasses {
        /// The first model.
        first: String,
        /// The one that tells others.
        other: String,
    },
    /// What one of several models says.
    #[error("{name}: {source}")]
    OfModel {
        /// The model.
        name: String,
        /// What it says.
        source: Box<ModelError>,
    },
    /// What scores say.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A setting that cannot be.
    #[error("{setting} is {value}, and must be {rule}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What it was to be.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// What the flows say.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// What lists say.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// What rows say.
    #[error(transparent)]
    Data(#[from] DataError),
    /// What a model says.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl ReportError {
    /// What a model says, with its name.
    pub(crate) fn of_model(name: &str) -> impl Fn(ModelError) -> Self {
        move |source| Self::OfModel { name: name.to_owned(), source: Box::new(source) }
    }

    /// Refuses a value outside its rule.
    pub(crate) fn rule(
        is_right: bool,
        setting: &'static str,
        value: impl Display,
        rule: &'static str,
    ) -> Result<(), Self> {
        if is_right {
            return Ok(());
        }
        Err(Self::Setting { setting, value: value.to_string(), rule })
    }
}
