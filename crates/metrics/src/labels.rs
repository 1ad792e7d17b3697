//! Labels to codes: the place of each in a list of classes.

use crate::MetricError;

/// How many classes there may be. A matrix of so many takes 128 MiB; more are no classes but values.
pub const MAX_CLASSES: usize = 4_096;

/// The code of each label: its place among the classes, which stand in any order and once each.
///
/// What works on codes (and columns of scores, in the order of the classes) then works on labels of any type.
///
/// # Errors
/// If there are no classes or too many, two are the same, or a label is none of them.
///
/// ```
/// let codes = netsift_metrics::codes(&["benign", "scan"], &["scan", "scan", "benign"])?;
/// assert_eq!(codes, [1, 1, 0]);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
pub fn codes<L: Ord>(classes: &[L], labels: &[L]) -> Result<Vec<u32>, MetricError> {
    Classes::of(classes)?.codes("truth", labels)
}

/// Whether each label is the class: one against the rest.
#[must_use]
pub fn is_class<L: PartialEq>(labels: &[L], class: &L) -> Vec<bool> {
    labels.iter().map(|label| label == class).collect()
}

/// Classes in their order, to be found by label.
pub(crate) struct Classes<'a, L> {
    sorted: Vec<(&'a L, u32)>,
}

impl<'a, L: Ord> Classes<'a, L> {
    pub(crate) fn of(classes: &'a [L]) -> Result<Self, MetricError> {
        class_count(classes.len())?;
        let mut sorted: Vec<_> = classes.iter().zip(0_u32..).collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => {
                let (first, second) = (pair[0].1 as usize, pair[1].1 as usize);
                Err(MetricError::RepeatedClass { first, second })
            }
            None => Ok(Self { sorted }),
        }
    }

    pub(crate) fn codes(&self, what: &'static str, labels: &[L]) -> Result<Vec<u32>, MetricError> {
        let code = |(row, label): (usize, &L)| match self.code(label) {
            Some(code) => Ok(code),
            None => Err(MetricError::UnknownLabel { what, row, classes: self.sorted.len() }),
        };
        labels.iter().enumerate().map(code).collect()
    }

    fn code(&self, label: &L) -> Option<u32> {
        let place = self.sorted.binary_search_by(|(class, _)| (*class).cmp(label)).ok()?;
        self.sorted.get(place).map(|(_, code)| *code)
    }
}

/// Every label that stands in any of the lists, once and in order.
pub(crate) fn distinct<L: Ord + Clone>(lists: [&[L]; 2]) -> Result<Vec<L>, MetricError> {
    let mut found: Vec<&L> = Vec::new();
    for label in lists.into_iter().flatten() {
        if let Err(place) = found.binary_search(&label) {
            class_count(found.len() + 1)?;
            found.insert(place, label);
        }
    }
    Ok(found.into_iter().cloned().collect())
}

/// Refuses none, and too many.
pub(crate) fn class_count(count: usize) -> Result<(), MetricError> {
    match count {
        0 => Err(MetricError::NoClasses),
        1..=MAX_CLASSES => Ok(()),
        _ => Err(MetricError::TooManyClasses { limit: MAX_CLASSES }),
    }
}

/// Refuses codes that are no class.
pub(crate) fn known(what: &'static str, codes: &[u32], classes: usize) -> Result<(), MetricError> {
    match codes.iter().position(|code| *code as usize >= classes) {
        Some(row) => Err(MetricError::UnknownLabel { what, row, classes }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_places_among_the_classes() {
        assert_eq!(codes(&["b", "a", "c"], &["a", "c", "b"]), Ok(vec![1, 2, 0]));
        let unknown = MetricError::UnknownLabel { what: "truth", row: 1, classes: 2 };
        assert_eq!(codes(&["b", "a"], &["a", "c"]), Err(unknown));
        let repeated = MetricError::RepeatedClass { first: 0, second: 2 };
        assert_eq!(codes(&["b", "a", "b"], &["a"]), Err(repeated));
        assert_eq!(codes::<u8>(&[], &[]), Err(MetricError::NoClasses));
    }

    #[test]
    fn values_are_not_taken_for_classes() {
        let values: Vec<usize> = (0..=MAX_CLASSES).collect();
        let refused = MetricError::TooManyClasses { limit: MAX_CLASSES };
        assert_eq!(distinct([&values, &[]]), Err(refused.clone()));
        assert_eq!(codes(&values, &[]), Err(refused));
        assert_eq!(distinct([&values[1..], &[]]).unwrap().len(), MAX_CLASSES);
    }

    #[test]
    fn labels_of_both_lists_are_found_once_and_in_order() {
        assert_eq!(distinct([&[3, 1, 3], &[2, 1]]), Ok(vec![1, 2, 3]));
    }
}
