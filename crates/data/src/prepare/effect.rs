//! What was learned of each column, in words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a step does to a column, or to the labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Effect {
    /// The column; `None` for the labels.
    pub column: Option<String>,
    /// Which step does it.
    pub step: StepKind,
    /// What is done to it.
    pub what: String,
}

/// Which of the steps, by the name that it has on the command line and in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepKind {
    /// Infinite cells become missing.
    Finite,
    /// Missing cells become known.
    Impute,
    /// Cells stay between bounds.
    Clip,
    /// Cells become logarithms.
    Log,
    /// Columns get one size.
    Scale,
    /// Texts become columns of zeros and ones.
    OneHot,
    /// Texts become numbers.
    Ordinal,
    /// Columns are left out.
    Remove,
    /// Labels become other labels.
    LabelMap,
    /// Labels get the numbers of the training.
    LabelEncode,
}

impl StepKind {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Finite => "finite",
            Self::Impute => "impute",
            Self::Clip => "clip",
            Self::Log => "log",
            Self::Scale => "scale",
            Self::OneHot => "one-hot",
            Self::Ordinal => "ordinal",
            Self::Remove => "remove",
            Self::LabelMap => "label-map",
            Self::LabelEncode => "label-encode",
        }
    }
}

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Effect {
    pub(super) fn on(column: &str, step: StepKind, what: impl fmt::Display) -> Self {
        Self { column: Some(column.to_owned()), step, what: what.to_string() }
    }

    pub(super) fn on_labels(step: StepKind, what: impl fmt::Display) -> Self {
        Self { column: None, step, what: what.to_string() }
    }
}

/// A number as people read it: no more digits than tell it from its like.
pub(super) struct Short(pub(super) f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        let is_plain = number == 0.0 || (1e-3..1e9).contains(&number.abs());
        match is_plain {
            true if number.fract() == 0.0 => write!(f, "{number}"),
            true => {
                // Four digits that mean something, or all those before the point.
                let before = number.abs().log10().floor() as i32 + 1;
                let behind = usize::try_from(4 - before).unwrap_or(0);
                write!(f, "{number:.behind$}")
            }
            false => write!(f, "{number:.3e}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_written_by_its_name() {
        for kind in [StepKind::Finite, StepKind::OneHot, StepKind::LabelMap, StepKind::LabelEncode]
        {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
        }
        assert_eq!(format!("{:>8}", StepKind::OneHot), " one-hot");
    }

    #[test]
    fn numbers_are_as_long_as_they_need_be() {
        let cases = [
            (0.0, "0"),
            (-3.0, "-3"),
            (1_234_567.0, "1234567"),
            (1234.567, "1235"),
            (12.3456, "12.35"),
            (0.012_345, "0.01235"),
            (1.5e-7, "1.500e-7"),
            (-2.5e12, "-2.500e12"),
        ];
        for (number, expected) in cases {
            assert_eq!(Short(number).to_string(), expected);
        }
    }
}
