//! What rows to test with tell of rows to train with, and columns tell of labels, that they should not.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::repeats::{RepeatedRows, repeated};
use super::telltale::{Telltale, telltales};
use crate::measure::{Sorted, cells, each};
use crate::{DataError, Dataset, Field};

/// The share of the majority's errors that a column takes away, to be told; unless said otherwise.
const TELLTALE: f64 = 0.95;
/// The share of rows that have a cell of their own, in a column of texts or whole numbers, to be told.
const NEARLY_ALL: f64 = 0.95;
/// Fewer rows have different cells by chance.
const MIN_ROWS: usize = 100;
/// Groups that are told one by one.
const SHOWN: usize = 20;
/// Names of columns that say who or when, not what: letters and digits only, in small letters.
const IDENTITIES: [&str; 26] = [
    "flowid",
    "id",
    "uid",
    "uuid",
    "communityid",
    "srcip",
    "dstip",
    "sourceip",
    "destinationip",
    "srcaddr",
    "dstaddr",
    "sourceaddress",
    "destinationaddress",
    "saddr",
    "daddr",
    "srcmac",
    "dstmac",
    "sourcemac",
    "destinationmac",
    "timestamp",
    "time",
    "starttime",
    "endtime",
    "stime",
    "ltime",
    "date",
];

/// Whether a column's name is one of those that flow tables give to what says who or when: a model would learn it by
/// heart.
#[must_use]
pub fn says_who_or_when(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    let letters: String = letters.collect();
    IDENTITIES.contains(&letters.as_str())
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakageCheck {
    telltale: f64,
}

/// What was found. Nothing of it is proof; all of it is to be explained before a result is believed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leakage {
    /// Rows to train with.
    pub train_rows: usize,
    /// Rows to test with.
    pub test_rows: usize,
    /// Rows that stand in both.
    pub repeated: RepeatedRows,
    /// Groups that have rows in both.
    pub groups: SharedGroups,
    /// Columns that nearly give the label away by themselves.
    pub telltales: Vec<Telltale>,
    /// Columns that seem to say who or when.
    pub identities: Vec<IdentityColumn>,
    /// Rows to test with that are no later than the last to train with, if there are any.
    pub times: Option<TimeOverlap>,
}

/// Groups that have rows in both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SharedGroups {
    /// How many.
    pub count: usize,
    /// The names of the first of them, by the alphabet.
    pub first: Vec<String>,
}

/// A column that seems to say who or when: a model learns it by heart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdentityColumn {
    /// Its name.
    pub column: String,
    /// Why it seems so.
    pub reason: IdentityReason,
}

/// Why a column seems to say who or when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum IdentityReason {
    /// By its name.
    Name,
    /// It holds texts or whole numbers, different ones in nearly all rows to train with.
    Distinct {
        /// Different cells over rows, from 0 to 1.
        share: f64,
    },
}

/// Rows to test with among the times to train with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeOverlap {
    /// The first and the last time to train with.
    pub train: (i64, i64),
    /// The first and the last time to test with.
    pub test: (i64, i64),
    /// Rows to test with that are no later than the last to train with.
    pub rows: usize,
}

impl Default for LeakageCheck {
    fn default() -> Self {
        Self { telltale: TELLTALE }
    }
}

impl LeakageCheck {
    /// Everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How large a share of the errors that always telling the majority makes a column has to take away by itself, to
    /// be told. Default: 0.95.
    #[must_use]
    pub fn telltale(self, share: f64) -> Self {
        Self { telltale: share }
    }

    /// Looks at both. Columns are found by name; those that only one of them has are left out where both are needed.
    ///
    /// # Errors
    /// [`DataError::Setting`] for a share outside 0 and 1; [`DataError::MissingColumns`] if the rows to test with lack
    /// columns of those to train with.
    pub fn look(&self, train: &Dataset, test: &Dataset) -> Result<Leakage, DataError> {
        if !(self.telltale > 0.0 && self.telltale <= 1.0) {
            return Err(DataError::setting(
                "the share of a telltale column",
                self.telltale,
                "above 0, at most 1",
            ));
        }
        Ok(Leakage {
            train_rows: train.rows(),
            test_rows: test.rows(),
            repeated: repeated(train, test)?,
            groups: shared_groups(train, test),
            telltales: telltales(train, test, self.telltale),
            identities: identities(train),
            times: overlap(train, test),
        })
    }
}

impl Leakage {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let found =
            self.repeated.count + self.groups.count + self.telltales.len() + self.identities.len();
        found == 0 && self.times.is_none()
    }
}

impl fmt::Display for Leakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { train_rows, test_rows, repeated, groups, telltales, identities, times } = self;
        write!(f, "{train_rows} rows to train with, {test_rows} to test with")?;
        if self.is_clean() {
            return write!(f, ": no sign of leakage");
        }
        if repeated.count > 0 {
            write!(f, "\n{} rows to test with stand among those to train with", repeated.count)?;
            write!(f, ", {} of them under other labels", repeated.contradicting)?;
        }
        if groups.count > 0 {
            let more = if groups.count > groups.first.len() { ", ..." } else { "" };
            write!(f, "\n{} groups have rows in both: {:?}{more}", groups.count, groups.first)?;
        }
        for Telltale { column, accuracy, majority } in telltales {
            let [accuracy, majority] = [accuracy, majority].map(|share| share * 100.0);
            write!(
                f,
                "\ncolumn {column:?} alone tells {accuracy:.2} % of labels; the majority is {majority:.2} %"
            )?;
        }
        for IdentityColumn { column, reason } in identities {
            match reason {
                IdentityReason::Name => {
                    write!(f, "\ncolumn {column:?} says who or when, by its name")?;
                }
                IdentityReason::Distinct { share } => {
                    let share = share * 100.0;
                    write!(f, "\ncolumn {column:?} is different in {share:.1} % of rows")?;
                }
            }
        }
        match times {
            Some(times) => write!(
                f,
                "\n{} rows to test with are no later than the last to train with",
                times.rows
            ),
            None => Ok(()),
        }
    }
}

fn shared_groups(train: &Dataset, test: &Dataset) -> SharedGroups {
    let used = |data: &Dataset| -> HashSet<String> {
        let Some(groups) = data.groups() else { return HashSet::new() };
        let counted = groups.classes().names().zip(groups.counts());
        counted.filter(|&(_, count)| count > 0).map(|(name, _)| name.to_owned()).collect()
    };
    let mut shared: Vec<String> = used(train).intersection(&used(test)).cloned().collect();
    let count = shared.len();
    shared.sort_unstable();
    shared.truncate(SHOWN);
    SharedGroups { count, first: shared }
}

fn identities(train: &Dataset) -> Vec<IdentityColumn> {
    let found = each(train.width(), train.matrix().len(), |place| {
        let field = train.schema().fields().get(place)?;
        let reason = identity(field, &cells(train.column(place)?))?;
        Some(IdentityColumn { column: field.name.clone(), reason })
    });
    found.into_iter().flatten().collect()
}

fn identity(field: &Field, column: &[f64]) -> Option<IdentityReason> {
    if says_who_or_when(&field.name) {
        return Some(IdentityReason::Name);
    }
    if column.len() < MIN_ROWS || column.iter().any(|cell| cell.fract() != 0.0 && cell.is_finite())
    {
        return None;
    }
    let share = Sorted::of(column).distinct() as f64 / column.len() as f64;
    (share >= NEARLY_ALL).then_some(IdentityReason::Distinct { share })
}

fn overlap(train: &Dataset, test: &Dataset) -> Option<TimeOverlap> {
    let ends = |data: &Dataset| {
        let times = data.times()?;
        Some((times.iter().copied().min()?, times.iter().copied().max()?))
    };
    let (train, range) = (ends(train)?, ends(test)?);
    let rows = test.times()?.iter().filter(|&&time| time <= train.1).count();
    (rows > 0).then_some(TimeOverlap { train, test: range, rows })
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{Classes, Labels, Schema};

    const ROWS: usize = 200;

    /// Rows whose label is chance as far as most columns tell. Columns: noise, a telltale, an identity by its name, and
    /// one by its cells.
    fn rows(start: usize) -> Dataset {
        let schema = Schema::numbers(["noise", "ttl", "Src IP", "serial"]).unwrap();
        let matrix = Array2::from_shape_fn((ROWS, 4), |(row, column)| {
            let number = (start + row) * 7919 % 10_007;
            match column {
                0 => number as f64 + 0.5,
                1 => f64::from(u8::from(number.is_multiple_of(3))) * 64.0,
                2 => (number % 5) as f64,
                _ => (start + row) as f64,
            }
        });
        let labels: Vec<&str> =
            (0..ROWS)
                .map(|row| {
                    if ((start + row) * 7919 % 10_007).is_multiple_of(3) {
                        "scan"
                    } else {
                        "benign"
                    }
                })
                .collect();
        let groups: Vec<String> =
            (0..ROWS).map(|row| format!("host {}", (start + row) / 50)).collect();
        let data = Dataset::new(schema, matrix).unwrap().with_labels(Labels::of(labels)).unwrap();
        let data = data.with_groups(Labels::of(groups.iter().map(String::as_str))).unwrap();
        data.with_times((start as i64..).take(ROWS).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn telltales_and_identities_are_told() {
        let found = LeakageCheck::new().look(&rows(0), &rows(1000)).unwrap();
        let told: Vec<_> =
            found.telltales.iter().map(|told| (&*told.column, told.accuracy)).collect();
        assert_eq!(told, [("ttl", 1.0)]);
        assert!(found.telltales[0].majority > 0.5 && found.telltales[0].majority < 0.8);
        let told: Vec<_> =
            found.identities.iter().map(|told| (&*told.column, told.reason)).collect();
        assert_eq!(
            told,
            [("Src IP", IdentityReason::Name), ("serial", IdentityReason::Distinct { share: 1.0 })]
        );
        assert_eq!((found.repeated.count, found.groups.count, found.times), (0, 0, None));
        assert!(
            found.to_string().contains(r#"column "ttl" alone tells 100.00 % of labels"#),
            "{found}"
        );
    }

    #[test]
    fn rows_groups_and_times_of_both_are_told() {
        let found = LeakageCheck::new().look(&rows(0), &rows(150)).unwrap();
        assert_eq!((found.repeated.count, found.repeated.contradicting), (50, 0));
        assert_eq!((found.repeated.first[0].train, found.repeated.first[0].test), (150, 0));
        assert_eq!((found.groups.count, &found.groups.first[..]), (1, &["host 3".to_owned()][..]));
        assert_eq!(found.times, Some(TimeOverlap { train: (0, 199), test: (150, 349), rows: 50 }));
        assert!(!found.is_clean() && found.to_string().lines().count() == 7, "{found}");
    }

    #[test]
    fn rows_are_the_same_whatever_texts_are_numbered_and_columns_are_ordered() {
        let of = |texts: [&str; 2], cells: [f64; 4], label: &str| {
            let schema =
                Schema::new([Field::text("s", Classes::new(texts).unwrap()), Field::number("n")])
                    .unwrap();
            let data =
                Dataset::new(schema, Array2::from_shape_vec((2, 2), cells.to_vec()).unwrap())
                    .unwrap();
            data.with_labels(Labels::of([label; 2])).unwrap()
        };
        let train = of(["dns", "ssh"], [0.0, f64::NAN, 1.0, 0.0], "x");
        let test = of(["ssh", "ftp"], [0.0, -0.0, 1.0, f64::NAN], "y").pick(["n", "s"]).unwrap();
        let found = LeakageCheck::new().look(&train, &test).unwrap().repeated;
        assert_eq!((found.count, found.contradicting, found.first[0].test), (1, 1, 0));
        assert!(matches!(
            LeakageCheck::new().look(&train, &test.without(["n"]).unwrap()),
            Err(DataError::MissingColumns { .. })
        ));
    }

    #[test]
    fn nothing_is_told_of_rows_apart() {
        let apart = |start| rows(start).pick(["noise"]).unwrap();
        let found = LeakageCheck::new().look(&apart(0), &apart(1000)).unwrap();
        assert!(found.is_clean(), "{found}");
        assert!(LeakageCheck::new().telltale(0.0).look(&apart(0), &apart(0)).is_err());
    }
}
