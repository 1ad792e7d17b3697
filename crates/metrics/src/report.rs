//! What is told of a model: the table that people know, the numbers in it, and the curves.

use std::fmt::{self, Write as _};

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::error::within;
use crate::{
    Average, Confusion, Counts, KappaWeights, MetricError, OneVsRest, Score, brier, log_loss,
};

/// More digits than a double has only show how it is stored.
const MAX_DIGITS: usize = 17;
/// How wide a column of numbers is.
const COLUMN: usize = 9;

/// Everything about a model's guesses on one set of rows, to be printed, saved and plotted.
///
/// ```
/// use netsift_metrics::{Confusion, Report};
///
/// let truth = ["benign", "benign", "scan", "scan"];
/// let guess = ["benign", "scan", "scan", "scan"];
/// let report = Report::of(&Confusion::of(&truth, &guess)?)?;
/// let table = [
///     "              precision    recall  f1-score   support",
///     "",
///     "      benign       1.00      0.50      0.67         2",
///     "        scan       0.67      1.00      0.80         2",
///     "",
///     "    accuracy                           0.75         4",
///     "   macro avg       0.83      0.75      0.73         4",
///     "weighted avg       0.83      0.75      0.73         4",
/// ];
/// assert_eq!(report.to_string().lines().collect::<Vec<_>>(), table);
/// # Ok::<(), netsift_metrics::MetricError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Each class, in the order of the matrix.
    pub classes: Vec<ClassReport>,
    /// How much was told right.
    pub accuracy: f64,
    /// The mean recall of the classes that have rows.
    pub balanced_accuracy: f64,
    /// Matthews' correlation coefficient.
    pub matthews: f64,
    /// Cohen's kappa, if truth and guess have more than one class.
    pub kappa: Option<f64>,
    /// Means of the classes' scores.
    pub macro_average: Scores,
    /// Means of the classes' scores by their rows.
    pub weighted_average: Scores,
    /// The matrix.
    pub confusion: Confusion<String>,
    /// What probabilities tell, where they were given.
    pub probabilities: Option<ProbabilityReport>,
}

/// A class in a [`Report`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassReport {
    /// Its name.
    pub name: String,
    /// Its scores.
    pub scores: Scores,
    /// Its rows, by weight.
    pub support: f64,
}

/// The scores of a class, or of several.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// How many of the rows told to be of the class are.
    pub precision: f64,
    /// How many rows of the class were found.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// How many rows of the rest were told to be of the class.
    pub false_positive_rate: f64,
}

/// What probabilities tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbabilityReport {
    /// The mean of minus the logarithm of the probability of what was.
    pub log_loss: f64,
    /// The mean squared distance from what was.
    pub brier: f64,
    /// ROC and precision-recall curves of each class, of all together and their means, with their areas.
    pub curves: OneVsRest,
}

impl Report {
    /// Of a matrix whose classes have a name each.
    ///
    /// # Errors
    /// [`MetricError::RepeatedClass`] if two classes have the same name.
    pub fn of<L: fmt::Display>(confusion: &Confusion<L>) -> Result<Self, MetricError> {
        let names = confusion.classes().iter().map(ToString::to_string);
        let confusion = confusion.named(names.collect())?;
        let classes = confusion.classes().iter().zip(confusion.counts());
        let classes = classes.map(|(name, counts)| ClassReport {
            name: name.clone(),
            scores: Scores::of(|score| score(&counts)),
            support: counts.support(),
        });
        Ok(Self {
            classes: classes.collect(),
            accuracy: confusion.accuracy(),
            balanced_accuracy: confusion.balanced_accuracy(),
            matthews: confusion.matthews(),
            kappa: confusion.kappa(KappaWeights::Plain),
            macro_average: Scores::of(|score| confusion.average(Average::Macro, score)),
            weighted_average: Scores::of(|score| confusion.average(Average::Weighted, score)),
            confusion,
            probabilities: None,
        })
    }

    /// The same with what the probabilities of the same rows tell. Truth is in codes, which are the columns of the
    /// probabilities and the places of the classes in the matrix.
    ///
    /// # Errors
    /// If there are not as many columns as classes, and those of [`log_loss`].
    pub fn with_probabilities<S: Score>(
        self,
        truth: &[u32],
        probabilities: ArrayView2<'_, S>,
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        let (expected, found) = (self.classes.len(), probabilities.ncols());
        if found != expected {
            return Err(MetricError::Shape { what: "columns", expected, found });
        }
        let probabilities = ProbabilityReport {
            log_loss: log_loss(truth, probabilities, weights)?,
            brier: brier(truth, probabilities, weights)?,
            curves: OneVsRest::of(truth, probabilities, weights)?,
        };
        Ok(Self { probabilities: Some(probabilities), ..self })
    }

    /// The table with so many digits behind the point, as scikit-learn's `classification_report` lays it out. As a
    /// `Display` it has two.
    ///
    /// # Errors
    /// [`MetricError::Setting`] if there are more than 17.
    pub fn table(&self, digits: usize) -> Result<String, MetricError> {
        within("digits", digits as f64, 0.0..=MAX_DIGITS as f64, "0 to 17")?;
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = Table::of(self, digits).write(&mut text);
        Ok(text)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Table::of(self, 2).write(f)
    }
}

impl Scores {
    fn of(tell: impl Fn(fn(&Counts) -> f64) -> f64) -> Self {
        Self {
            precision: tell(Counts::precision),
            recall: tell(Counts::recall),
            f1: tell(Counts::f1),
            false_positive_rate: tell(Counts::false_positive_rate),
        }
    }
}

/// A report on its way to text.
struct Table<'a> {
    report: &'a Report,
    names: Vec<String>,
    digits: usize,
    width: usize,
}

impl<'a> Table<'a> {
    fn of(report: &'a Report, digits: usize) -> Self {
        let names: Vec<_> = report.classes.iter().map(|class| printable(&class.name)).collect();
        let widths = names.iter().map(|name| name.chars().count());
        let width = widths.chain(["weighted avg".len(), digits]).max().unwrap_or(0);
        Self { report, names, digits, width }
    }

    fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        write!(out, "{:width$} ", "", width = self.width)?;
        for name in ["precision", "recall", "f1-score", "support"] {
            write!(out, " {name:>COLUMN$}")?;
        }
        out.write_str("\n\n")?;
        for (name, class) in self.names.iter().zip(&self.report.classes) {
            self.line(out, name, &class.scores, class.support)?;
        }
        let Report { accuracy, macro_average, weighted_average, .. } = self.report;
        let total = crate::sum::sum(self.report.classes.iter().map(|class| class.support));
        write!(out, "\n{:>width$} ", "accuracy", width = self.width)?;
        write!(out, " {:COLUMN$} {:COLUMN$} {accuracy:>COLUMN$.*}", "", "", self.digits)?;
        writeln!(out, " {:>COLUMN$}", self.support(total))?;
        self.line(out, "macro avg", macro_average, total)?;
        self.line(out, "weighted avg", weighted_average, total)
    }

    fn line(
        &self,
        out: &mut impl fmt::Write,
        name: &str,
        of: &Scores,
        support: f64,
    ) -> fmt::Result {
        write!(out, "{name:>width$} ", width = self.width)?;
        for score in [of.precision, of.recall, of.f1] {
            write!(out, " {score:>COLUMN$.*}", self.digits)?;
        }
        writeln!(out, " {:>COLUMN$}", self.support(support))
    }

    /// Rows are counted; weights are numbers, and shown as Python does.
    fn support(&self, support: f64) -> String {
        if !self.report.confusion.is_weighted() {
            return format!("{support:.0}");
        }
        let text = format!("{support:?}");
        match text.split_once('e') {
            None => text,
            Some((digits, exponent)) => {
                let (sign, exponent) =
                    exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
                format!("{digits}e{sign}{exponent:0>2}")
            }
        }
    }
}

/// A name that stays in its line, whatever it holds.
fn printable(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_control() {
            let _ = write!(text, "{}", c.escape_debug());
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn report(names: [&str; 2], weights: Option<&[f64]>) -> Report {
        let confusion = Confusion::of_codes(2, &[0, 0, 1, 1], &[0, 1, 1, 1], weights).unwrap();
        Report::of(&confusion.named(names.to_vec()).unwrap()).unwrap()
    }

    #[test]
    fn reports_are_read_back_as_they_were() {
        let table = array![[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]];
        let report = report(["a", "b"], None);
        let mut report = report.with_probabilities(&[0, 0, 1, 1], table.view(), None).unwrap();
        // The reader of JSON is off by a last digit now and then.
        report.probabilities.as_mut().unwrap().log_loss = 0.4;
        let text = serde_json::to_string(&report).unwrap();
        assert!(serde_json::from_str::<Report>(&text).unwrap() == report, "{text}");
        let probabilities = report.probabilities.unwrap();
        assert_eq!(probabilities.curves.classes[1].roc_area, Some(1.0));
        assert!(probabilities.curves.micro.roc.points.len() > 2);
    }

    #[test]
    fn names_stay_in_their_lines_and_are_no_orders_to_terminals() {
        let text = report(["a\n\x1b[31m", "b"], None).to_string();
        assert_eq!(text.lines().count(), 8);
        assert!(text.contains("\\n\\u{1b}[31m"), "{text}");
    }

    #[test]
    fn weights_are_shown_as_python_shows_them() {
        for (weight, shown) in
            [(0.25, "1.0"), (2.5e15, "1e+16"), (2.5e-6, "1e-05"), (0.1, "0.4"), (2.5e-5, "0.0001")]
        {
            let text = report(["a", "b"], Some(&[weight; 4])).to_string();
            let last = text.split_whitespace().last();
            assert_eq!(last, Some(shown));
        }
    }

    #[test]
    fn digits_and_columns_have_limits() {
        let report = report(["a", "b"], None);
        let widest = report.table(17).unwrap();
        assert!(widest.contains("0.75000000000000000"));
        assert!(widest.starts_with(&format!("{:17}  precision", "")), "{widest}");
        assert!(report.to_string().starts_with(&format!("{:12}  precision", "")));
        assert!(matches!(report.table(18), Err(MetricError::Setting { name: "digits", .. })));
        let refused = report.with_probabilities(&[0], array![[1.0, 0.0, 0.0]].view(), None);
        let shape = MetricError::Shape { what: "columns", expected: 2, found: 3 };
        assert_eq!(refused, Err(shape));
    }

    #[test]
    fn classes_of_one_name_are_refused() {
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
        struct Nameless(u32);
        impl fmt::Display for Nameless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any")
            }
        }
        let labels = [Nameless(1), Nameless(2)];
        let report = Report::of(&Confusion::of(&labels, &labels).unwrap());
        assert_eq!(report, Err(MetricError::RepeatedClass { first: 0, second: 1 }));
    }
}
