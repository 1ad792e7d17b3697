//! Rows whose class is not probable enough: what is asked, and what they are called.

use clap::Args;
use netsift::data::Classes;
use netsift::models::{Bundle, ModelError};

use crate::failure::Failure;

/// What such a row is called, unless a class has that name.
const UNKNOWN: &str = "unknown";

/// How probable a class has to be.
#[derive(Args)]
pub(crate) struct Unknown {
    /// Call a row unknown where no class is as probable as this; of a model with a class of that name, (unknown)
    #[arg(long, value_name = "P")]
    unknown_below: Option<f64>,
}

impl Unknown {
    /// Refuses one for what tells no classes.
    pub(crate) fn check_for(&self, bundle: &Bundle) -> Result<(), Failure> {
        match bundle.alarm() {
            Some(_) if self.unknown_below.is_some() => Err(Failure::NotOfDetector {
                option: "--unknown-below",
                model: bundle.mind().name(),
            }),
            _ => Ok(()),
        }
    }

    /// The threshold, if there is one.
    pub(crate) fn below(&self) -> Result<Option<f64>, Failure> {
        match self.unknown_below {
            Some(least) if !(0.0..=1.0).contains(&least) => {
                Err(Failure::Model(ModelError::Setting {
                    parameter: "--unknown-below",
                    value: least.to_string().into(),
                    rule: "from 0 to 1",
                }))
            }
            least => Ok(least),
        }
    }
}

/// What a row without a class is called, which is the name of no class.
pub(crate) fn name(classes: &Classes) -> String {
    let mut name = UNKNOWN.to_owned();
    while classes.number(&name).is_some() {
        name = format!("({name})");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_class_has_no_name_of_a_class() {
        let of = |classes: &[&str]| name(&Classes::new(classes.iter().copied()).unwrap());
        assert_eq!(of(&["benign"]), "unknown");
        assert_eq!(of(&["unknown", "(unknown)"]), "((unknown))");
    }
}
