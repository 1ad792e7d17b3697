//! What became of classes otherwise than was asked for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A class that could not be balanced as was asked for, and what was done instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The class.
    pub class: String,
    /// Why it could not be.
    pub cause: Cause,
    /// What was done instead.
    pub answer: Answer,
}

/// Why a class could not be balanced as was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Cause {
    /// It has fewer rows than its neighbours and itself.
    FewRows {
        /// How many it has.
        found: usize,
        /// How many it would need.
        needed: usize,
    },
    /// None of its rows is in danger of being taken for another class.
    NoDanger,
}

/// What was done instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Answer {
    /// No row was made.
    LeftAsItIs,
    /// Rows were made among fewer neighbours.
    FewerNeighbours {
        /// Among how many.
        count: usize,
    },
    /// Rows were made of all of its rows.
    AllRows,
    /// Its rows were copied.
    Copies,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = &self.class;
        match self.cause {
            Cause::FewRows { found, needed } => {
                write!(f, "class {class:?} has {found} rows of {needed}: ")
            }
            Cause::NoDanger => {
                write!(f, "no row of class {class:?} is in danger of being taken for another: ")
            }
        }?;
        match self.answer {
            Answer::LeftAsItIs => f.write_str("it is left as it is"),
            Answer::FewerNeighbours { count } => {
                write!(f, "made rows lie among {count} neighbours")
            }
            Answer::AllRows => f.write_str("rows are made of all of its rows"),
            Answer::Copies => f.write_str("its rows are copied"),
        }
    }
}
