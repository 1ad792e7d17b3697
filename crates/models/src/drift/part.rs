//! A part of what a column can hold, in words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of what a column can hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Nothing.
    Missing,
    /// An infinity.
    Infinite,
    /// One number, which stood in many rows of the training.
    Exactly(f64),
    /// Numbers between two.
    Between {
        /// They are greater than this; nothing if any are small enough.
        above: Option<f64>,
        /// They are as great as this at most; nothing if any are great enough.
        up_to: Option<f64>,
    },
    /// A text, which stood in many rows of the training.
    Text(String),
    /// Texts that stood in few of its rows, or in none.
    OtherTexts,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Infinite => f.write_str("infinite"),
            Self::Exactly(number) => f.write_str(&short(*number)),
            Self::Between { above: Some(above), up_to: Some(up_to) } => {
                write!(f, "{} to {}", short(*above), short(*up_to))
            }
            Self::Between { above: Some(above), up_to: None } => {
                write!(f, "over {}", short(*above))
            }
            Self::Between { above: None, up_to: Some(up_to) } => {
                write!(f, "up to {}", short(*up_to))
            }
            Self::Between { above: None, up_to: None } => f.write_str("any number"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::OtherTexts => f.write_str("other texts"),
        }
    }
}

/// A number in four digits; one of five or six before the point is written out.
pub(crate) fn short(number: f64) -> String {
    let size = number.abs();
    // Zero, and its neighbours, which cut it off.
    if size < f64::MIN_POSITIVE {
        return "0".to_owned();
    }
    if !(1e-3..1e6).contains(&size) {
        return format!("{number:.3e}");
    }
    let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_in_few_digits() {
        let between = |above, up_to| Part::Between { above, up_to }.to_string();
        assert_eq!(between(Some(0.0), Some(1.5)), "0 to 1.5");
        assert_eq!(between(Some(1234.56), None), "over 1235");
        assert_eq!(between(None, Some(0_f64.next_down())), "up to 0");
        assert_eq!(between(None, None), "any number");
        let exactly = [0.0, -0.0, 0.012345, 123_456.0, 1e300, -2.5e-7, 0.1 + 0.2, -12.0];
        let expected = ["0", "0", "0.01235", "123456", "1.000e300", "-2.500e-7", "0.3", "-12"];
        assert_eq!(exactly.map(|number| Part::Exactly(number).to_string()), expected);
        assert_eq!(Part::Text("a\nb".into()).to_string(), r#""a\nb""#);
    }
}
