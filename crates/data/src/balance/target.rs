//! How many rows each class should have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{DataError, Labels};

/// Rows that balancing may come to: copies and made rows cost memory that nobody has given.
const MAX_ROWS: usize = 1 << 27;

/// How many rows each class should have. Classes without rows stay without.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Target {
    /// As many as the largest class, if rows are added; as the smallest, if they are left out.
    #[default]
    Equal,
    /// So large a part of the largest class at least, if rows are added; if they are left out, so many that the smallest
    /// class is this part of each at least. Above 0, at most 1.
    Ratio(f64),
    /// As many as said, by the names of classes; classes that are not named keep theirs.
    Counts(BTreeMap<String, usize>),
}

impl Target {
    /// What each class comes to if rows are added: never fewer than it has.
    pub(super) fn added(&self, labels: &Labels) -> Result<Vec<usize>, DataError> {
        let largest = labels.counts().into_iter().max().unwrap_or(0);
        let counts = self.counts(labels, |count, ratio| {
            let least = (ratio * largest as f64).round() as usize;
            count.max(least)
        })?;
        self.checked(
            labels,
            counts,
            "not below the rows of the class when rows are added",
            |now, then| now <= then,
        )
    }

    /// What each class comes to if rows are left out: never more than it has.
    pub(super) fn left(&self, labels: &Labels) -> Result<Vec<usize>, DataError> {
        let smallest = labels.counts().into_iter().filter(|&count| count > 0).min().unwrap_or(0);
        let counts = self.counts(labels, |count, ratio| {
            let most = (smallest as f64 / ratio).round() as usize;
            count.min(most)
        })?;
        self.checked(
            labels,
            counts,
            "not above the rows of the class when rows are left out",
            |now, then| now >= then,
        )
    }

    fn counts(
        &self,
        labels: &Labels,
        at: impl Fn(usize, f64) -> usize,
    ) -> Result<Vec<usize>, DataError> {
        let ratio = match self {
            Self::Equal => 1.0,
            Self::Ratio(ratio) if *ratio > 0.0 && *ratio <= 1.0 => *ratio,
            Self::Ratio(ratio) => {
                return Err(DataError::setting(
                    "the ratio of classes",
                    ratio,
                    "above 0, at most 1",
                ));
            }
            Self::Counts(given) => return given_counts(given, labels),
        };
        let counts = labels.counts().into_iter();
        Ok(counts.map(|count| if count == 0 { 0 } else { at(count, ratio) }).collect())
    }

    fn checked(
        &self,
        labels: &Labels,
        counts: Vec<usize>,
        rule: &'static str,
        is_reached: impl Fn(usize, usize) -> bool,
    ) -> Result<Vec<usize>, DataError> {
        let wrong =
            labels.counts().into_iter().zip(&counts).find(|&(now, &then)| !is_reached(now, then));
        if let Some((_, then)) = wrong {
            return Err(DataError::setting("the number of rows of a class", then, rule));
        }
        let total = counts.iter().fold(0_usize, |sum, &count| sum.saturating_add(count));
        if total > MAX_ROWS && total > labels.len() {
            return Err(DataError::TooMany { what: "rows", found: total, most: MAX_ROWS });
        }
        Ok(counts)
    }
}

fn given_counts(given: &BTreeMap<String, usize>, labels: &Labels) -> Result<Vec<usize>, DataError> {
    let mut counts = labels.counts();
    for (name, &wanted) in given {
        let number = labels.classes().number(name);
        match number.and_then(|number| counts.get_mut(number as usize)) {
            Some(count) if *count > 0 => *count = wanted,
            _ => return Err(DataError::UnknownLabel { name: name.as_str().into() }),
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        Labels::of(["a", "a", "a", "a", "b", "c", "c"])
    }

    fn given(counts: &[(&str, usize)]) -> Target {
        Target::Counts(counts.iter().map(|&(name, count)| (name.to_owned(), count)).collect())
    }

    #[test]
    fn rows_are_added_up_to_the_largest_and_left_out_down_to_the_smallest() {
        assert_eq!(Target::Equal.added(&labels()).unwrap(), [4, 4, 4]);
        assert_eq!(Target::Equal.left(&labels()).unwrap(), [1, 1, 1]);
        assert_eq!(Target::Ratio(0.5).added(&labels()).unwrap(), [4, 2, 2]);
        assert_eq!(Target::Ratio(0.5).left(&labels()).unwrap(), [2, 1, 2]);
        assert_eq!(given(&[("b", 3)]).added(&labels()).unwrap(), [4, 3, 2]);
        assert_eq!(given(&[("a", 3)]).left(&labels()).unwrap(), [3, 1, 2]);
    }

    #[test]
    fn what_cannot_be_reached_is_refused() {
        let refused = |counts: Result<Vec<usize>, DataError>| {
            assert!(matches!(counts, Err(DataError::Setting { .. })), "{counts:?}");
        };
        refused(given(&[("a", 3)]).added(&labels()));
        refused(given(&[("a", 5)]).left(&labels()));
        for ratio in [0.0, 1.1, f64::NAN] {
            refused(Target::Ratio(ratio).added(&labels()));
        }
        assert!(matches!(given(&[("x", 1)]).added(&labels()), Err(DataError::UnknownLabel { .. })));
        let huge = given(&[("a", usize::MAX), ("b", usize::MAX)]).added(&labels());
        assert!(matches!(huge, Err(DataError::TooMany { .. })));
    }
}
