//! Contributions in words.

use std::fmt;

use ndarray::ArrayView1;
use netsift_data::{Dataset, Field};
use serde::{Deserialize, Serialize};

use crate::ColumnFacts;
use crate::drift::short;

/// What a column contributes to what is said of a row, with what stands in it and what usually does.
///
/// ```
/// use netsift_models::explain::{Cell, Reason};
///
/// let reason = Reason {
///     column: "SYN Flag Count".into(),
///     cell: Cell::Number(1_204.0),
///     unit: None,
///     usual: Some((0.0, 2.0)),
///     contribution: 0.31,
/// };
/// assert_eq!(reason.to_string(), "SYN Flag Count 1,204 (usual 0 to 2) +0.31");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The column.
    pub column: String,
    /// What stands in it.
    pub cell: Cell,
    /// What it is counted in. Words leave out what says nothing, and where it is a code, what is usual, too.
    pub unit: Option<String>,
    /// Between which two numbers nine of ten were in training.
    pub usual: Option<(f64, f64)>,
    /// What it changes: above 0, it speaks for the class.
    pub contribution: f64,
}

impl Reason {
    /// Whether what stands there is not between what nine of ten are, or there is nothing to hold it against.
    #[must_use]
    pub fn is_unusual(&self) -> bool {
        match (&self.cell, self.usual) {
            (Cell::Number(number), Some((low, high))) => !(low..=high).contains(number),
            _ => true,
        }
    }

    /// Between what numbers is usual: codes have names, and none is between two others.
    fn range(&self) -> Option<(String, String)> {
        let (low, high) = self.usual.filter(|_| self.unit() != CODE)?;
        Some((measured(low, self.unit()), measured(high, self.unit())))
    }

    fn unit(&self) -> &str {
        self.unit.as_deref().unwrap_or_default()
    }
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing.
    Missing,
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// The shares of numbers between which is usual what nine of ten are.
const USUAL_SHARES: (f64, f64) = (0.05, 0.95);
/// The unit of numbers that stand for something.
const CODE: &str = "code";
/// Texts are told as far as these letters: they can be of any length, and of strangers.
const MOST_LETTERS: usize = 60;
/// From here on parts of a number are not told.
const LEAST_WHOLE: f64 = 1_000.0;
/// From here on numbers are told by their first digits.
const MOST_WRITTEN_OUT: f64 = 1e15;
const MOST_CONTRIBUTED: f64 = 1e6;
/// Beside the greatest, contributions below this part of it are nothing but rounding.
const LEAST_PART: f64 = 1e-9;

/// The greatest so many contributions of a row, whichever way they go, the greatest first; none that are nothing.
pub(super) fn greatest<'f>(
    values: ArrayView1<'_, f64>,
    most: usize,
    cell: impl Fn(usize) -> Option<(&'f ColumnFacts, Cell)>,
) -> Vec<Reason> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    let greatest = order.iter().fold(0.0, |most: f64, (_, value)| most.max(value.abs()));
    order.retain(|(_, value)| value.abs() > LEAST_PART * greatest.min(f64::MAX));
    // Of equal ones the first column: no order of theirs is left to chance.
    order.sort_by(|(_, one), (_, other)| other.abs().total_cmp(&one.abs()));
    let reason = |(column, contribution)| {
        let (facts, cell) = cell(column)?;
        Some(Reason {
            column: facts.name.clone(),
            unit: facts.unit.clone(),
            usual: usual(facts),
            cell,
            contribution,
        })
    };
    order.into_iter().take(most).filter_map(reason).collect()
}

fn usual(facts: &ColumnFacts) -> Option<(f64, f64)> {
    let at = |share: f64| {
        let found = facts.usual.iter().find(|known| (known.share - share).abs() < 1e-9);
        found.map(|known| known.below)
    };
    at(USUAL_SHARES.0).zip(at(USUAL_SHARES.1))
}

impl Cell {
    /// What stands there.
    pub(super) fn of(data: &Dataset, row: usize, place: usize) -> Self {
        let number = data.matrix().get((row, place)).copied().unwrap_or(f64::NAN);
        if number.is_nan() {
            return Self::Missing;
        }
        match data.schema().fields().get(place).and_then(Field::texts) {
            None => Self::Number(number),
            Some(texts) => {
                texts.name(number as u32).map_or(Self::Missing, |text| Self::Text(text.to_owned()))
            }
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Number(number) => f.write_str(&figure(*number)),
            Self::Text(text) => match text.char_indices().nth(MOST_LETTERS) {
                None => write!(f, "{text:?}"),
                Some((end, _)) => write!(f, "{:?}...", text.get(..end).unwrap_or_default()),
            },
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = match &self.cell {
            Cell::Number(number) => measured(*number, self.unit()),
            cell => cell.to_string(),
        };
        write!(f, "{} {told}", self.column)?;
        match self.range() {
            Some((low, high)) if low == high => write!(f, " (usual {low})")?,
            Some((low, high)) => write!(f, " (usual {low} to {high})")?,
            None => {}
        }
        write!(f, " {}", signed(self.contribution))
    }
}

/// A number with what it is counted in, if that says something: times and bytes as many as can be read.
fn measured(number: f64, unit: &str) -> String {
    let size = number.abs();
    let (per, unit) = match unit {
        "count" | "ratio" | CODE | "" => return figure(number),
        "per second" => return format!("{}/s", figure(number)),
        "microseconds" | "µs" if size < 1e3 => (1.0, "µs"),
        "microseconds" | "µs" if size < 1e6 => (1e3, "ms"),
        "microseconds" | "µs" => (1e6, "s"),
        "bytes" if size < 1e4 => (1.0, "B"),
        "bytes" if size < 1e6 => (1e3, "kB"),
        "bytes" if size < 1e9 => (1e6, "MB"),
        "bytes" => (1e9, "GB"),
        other => (1.0, other),
    };
    format!("{} {unit}", figure(number / per))
}

/// Whole numbers, and those so large that parts of them tell nothing, with their digits in threes; others by their first
/// four.
fn figure(number: f64) -> String {
    let is_whole = number.fract() == 0.0 || number.abs() >= LEAST_WHOLE;
    if !is_whole || number.abs() >= MOST_WRITTEN_OUT {
        return short(number);
    }
    let digits = format!("{:.0}", number.abs());
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0.0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Two digits that mean something, and the sign whatever it is.
fn signed(number: f64) -> String {
    let size = number.abs();
    match size {
        MOST_CONTRIBUTED.. => format!("{number:+.2e}"),
        0.1.. => format!("{number:+.2}"),
        0.001.. => format!("{number:+.3}"),
        _ => format!("{number:+.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn reason(cell: Cell, usual: Option<(f64, f64)>, contribution: f64) -> String {
        let (column, unit) = ("Flow Duration".into(), Some("µs".into()));
        Reason { column, cell, unit, usual, contribution }.to_string()
    }

    #[test]
    fn reasons_are_told_in_a_line() {
        let number = Cell::Number(1_204_000.0);
        assert_eq!(
            reason(number, Some((-1.25, 123_456.0)), -0.305),
            "Flow Duration 1.204 s (usual -1.25 µs to 123.5 ms) -0.30"
        );
        assert_eq!(
            reason(Cell::Missing, Some((7.0, 7.0)), 0.05),
            "Flow Duration missing (usual 7 µs) +0.050"
        );
        let text = Cell::Text("a\nb".into());
        assert_eq!(reason(text, None, 12.0), r#"Flow Duration "a\nb" +12.00"#);
        let long = Cell::Text("é".repeat(100)).to_string();
        assert_eq!(long, format!("\"{}\"...", "é".repeat(60)));
    }

    #[test]
    fn numbers_have_units_where_they_say_something() {
        let told = |number: f64, unit: &str, usual: (f64, f64)| {
            let (column, unit) = ("x".into(), Some(unit.into()));
            let (cell, usual) = (Cell::Number(number), Some(usual));
            Reason { column, cell, unit, usual, contribution: 0.5 }.to_string()
        };
        assert_eq!(told(1_514.0, "bytes", (0.0, 1e6)), "x 1,514 B (usual 0 B to 1 MB) +0.50");
        assert_eq!(told(48_300.0, "bytes", (7.0, 7.0)), "x 48.3 kB (usual 7 B) +0.50");
        assert_eq!(told(9e6, "microseconds", (0.5, 9e3)), "x 9 s (usual 0.5 µs to 9 ms) +0.50");
        assert_eq!(told(3.0, "per second", (0.0, 1.0)), "x 3/s (usual 0/s to 1/s) +0.50");
        assert_eq!(told(3.0, "count", (0.0, 1.0)), "x 3 (usual 0 to 1) +0.50");
        assert_eq!(
            told(8.0, "bits per byte", (1.0, 1.0)),
            "x 8 bits per byte (usual 1 bits per byte) +0.50"
        );
        assert_eq!(told(17.0, "code", (6.0, 17.0)), "x 17 +0.50");
    }

    #[test]
    fn what_is_inside_the_range_is_usual() {
        let is_unusual = |cell, usual| {
            let column = String::new();
            Reason { column, cell, unit: None, usual, contribution: 0.5 }.is_unusual()
        };
        let usual = Some((0.0, 2.0));
        let cells = [-1.0, 0.0, 2.0, 2.5].map(|number| is_unusual(Cell::Number(number), usual));
        assert_eq!(cells, [true, false, false, true]);
        assert!(is_unusual(Cell::Missing, usual) && is_unusual(Cell::Number(1.0), None));
    }

    #[test]
    fn figures_are_short_and_whole_ones_whole() {
        let told =
            [0.0, -0.0, -999.0, 1_000.0, -1_234_567.8, 1e15, 999.46, f64::INFINITY].map(figure);
        let expected = ["0", "0", "-999", "1,000", "-1,234,568", "1.000e15", "999.5", "inf"];
        assert_eq!(told, expected);
        assert_eq!(
            [0.1, -0.0999, 0.00051, -1e-9, 12_345.678, -1e150].map(signed),
            ["+0.10", "-0.100", "+5e-4", "-1e-9", "+12345.68", "-1.00e150"]
        );
    }

    #[test]
    fn the_greatest_come_first_and_nothing_is_left_out() {
        let facts: Vec<ColumnFacts> = ["a", "b", "c", "d"]
            .map(|name| ColumnFacts {
                name: name.into(),
                unit: None,
                is_text: false,
                missing: 0,
                infinite: 0,
                usual: Vec::new(),
            })
            .to_vec();
        let cell = |column: usize| facts.get(column).map(|facts| (facts, Cell::Missing));
        let names = |most: usize| -> Vec<String> {
            let told = greatest(array![0.1, -0.3, 0.0, 0.1].view(), most, cell);
            told.into_iter().map(|reason| reason.column).collect()
        };
        assert_eq!(names(9), ["b", "a", "d"]);
        assert_eq!(names(1), ["b"]);
        assert!(names(0).is_empty());
        let rounding = greatest(array![2.0, 1e-32, f64::NAN, -1.0].view(), 9, cell);
        let rounding: Vec<&str> = rounding.iter().map(|reason| reason.column.as_str()).collect();
        assert_eq!(rounding, ["a", "d"]);
    }
}
