//! Which labels of rows mean that they are usual.

use netsift_data::{Classes, Labels};

use crate::ModelError;
use crate::alarm::{ANOMALY, CLASSES, USUAL};

/// What usual rows are called in the data sets that are about, letters of any size and without a full stop behind them.
const KNOWN: [&str; 8] = ["benign", "normal", "usual", "legitimate", "clean", "false", "no", "0"];
/// Labels that an error names: enough to see what they are like.
const LABELS_TOLD: usize = 8;

/// Which labels mean that a row is usual: all others mean that it is an anomaly.
///
/// ```
/// use netsift_models::UsualLabels;
/// use netsift_models::data::Labels;
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let labels = Labels::of(["BENIGN", "DoS Hulk", "PortScan"]);
/// let told = UsualLabels::known().told(&labels)?;
/// assert_eq!(told.numbers().to_vec(), [0, 1, 1]);
/// let told = UsualLabels::named(["benign", "portscan"]).told(&labels)?;
/// assert_eq!(told.numbers().to_vec(), [0, 1, 0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsualLabels {
    names: Vec<String>,
}

impl UsualLabels {
    /// What usual rows are called in most data sets: benign, normal, usual, legitimate, clean, false, no or 0.
    #[must_use]
    pub fn known() -> Self {
        Self::named(KNOWN)
    }

    /// These. Neither the size of letters counts nor blanks around them.
    #[must_use]
    pub fn named<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        Self { names: names.into_iter().map(|name| plain(name.as_ref())).collect() }
    }

    /// Whether this label means that a row is usual.
    #[must_use]
    pub fn has(&self, label: &str) -> bool {
        self.names.contains(&plain(label))
    }

    /// The labels as usual and anomaly, which are the classes of alarms.
    ///
    /// # Errors
    /// [`ModelError::OneSide`] if no row is usual, or none is an anomaly.
    pub fn told(&self, labels: &Labels) -> Result<Labels, ModelError> {
        let of_label: Vec<u32> =
            labels.classes().names().map(|label| u32::from(!self.has(label))).collect();
        let number = |label: &u32| of_label.get(*label as usize).copied().unwrap_or(0);
        let numbers: Vec<u32> = labels.numbers().iter().map(number).collect();
        for (number, class) in (0..).zip([USUAL, ANOMALY]) {
            if !numbers.contains(&number) {
                let labels = labels.classes().names().take(LABELS_TOLD).map(str::to_owned);
                return Err(ModelError::OneSide { class, labels: labels.collect() });
            }
        }
        Ok(Labels::new(Classes::new(CLASSES)?, numbers)?)
    }
}

/// KDD's labels have full stops behind them.
fn plain(label: &str) -> String {
    label.trim().trim_end_matches('.').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_rows_have_the_names_that_data_sets_give_them() {
        let known = UsualLabels::known();
        for label in ["BENIGN", "Benign", " normal ", "normal.", "0", "False"] {
            assert!(known.has(label), "{label}");
        }
        for label in ["", "neptune.", "1", "abnormal", "Benign-ish", "-"] {
            assert!(!known.has(label), "{label}");
        }
    }

    #[test]
    fn a_side_without_rows_is_told() {
        let told = |names: &[&str]| UsualLabels::known().told(&Labels::of(names.iter().copied()));
        assert_eq!(told(&["1", "0", "1"]).unwrap().numbers().to_vec(), [1, 0, 1]);
        let error = told(&["scan", "dos"]).unwrap_err().to_string();
        assert_eq!(error, "none of the labels means usual; they are dos, scan");
        let error = told(&["benign"]).unwrap_err().to_string();
        assert_eq!(error, "none of the labels means anomaly; they are benign");
    }
}
