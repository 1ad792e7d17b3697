//! What may be wrong with a table, and what may be done about it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::DataError;

/// What may be wrong with a table. Each is counted, and each has a [`Policy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Defect {
    /// A cell of nothing.
    Empty,
    /// A cell that says that nothing is known: a marker of missing values, `null`, or a key that is not there.
    Absent,
    /// A number that is none: `NaN`.
    NotANumber,
    /// `Infinity`, `inf`, and the negative ones.
    Infinite,
    /// A number too large for a double: `1e400`.
    Overflow,
    /// A text in a column of numbers.
    WrongKind,
    /// A text that its column's list of texts does not have. As a label it is none: unless it is kept, its row goes.
    Unlisted,
    /// A text whose bytes are no UTF-8, or half of a character in JSON. Where it is kept, each byte that is none is
    /// written as `\xFF` and a backslash as two, so that different bytes stay different texts. As a label it is none
    /// unless it is kept.
    NotUtf8,
    /// Text between the quote that closes a cell and the end of the cell: `"a"b`. Kept, it belongs to the cell.
    BehindQuote,
    /// A time that cannot be read.
    BadTime,
    /// A date whose day and month may be either way round, `5/7/2017`, where neither the [form of
    /// times](crate::TimeForm) nor the first rows tell which. Kept, the day comes first.
    AmbiguousDate,
    /// A row without a label.
    EmptyLabel,
    /// A row with too few cells.
    TooShort,
    /// A row with too many cells.
    TooLong,
    /// A row that is longer than the longest allowed. Reading goes on at the line behind that limit.
    OverLong,
    /// A quoted cell that the end of the table cuts. It is one row, whatever lines it has swallowed: its
    /// [place](crate::Place) says how many.
    OpenQuote,
    /// A row that does not follow its format.
    Malformed,
    /// The line of names, once more among the rows. Its cells are looked at only if it is kept.
    RepeatedHeader,
    /// A line of nothing. It is no row.
    BlankLine,
    /// A table whose lines end with CRLF or a lone CR; it is counted once.
    CarriageReturns,
    /// A line that ends otherwise than the first one: LF, CRLF and a lone CR are told apart.
    MixedLineEnds,
    /// A mark of the encoding at the start.
    ByteOrderMark,
    /// A column named as one before it.
    RepeatedName,
    /// A column without a name.
    Unnamed,
    /// A column that another of the tables has.
    MissingColumn,
    /// A key of a row that none of the first rows had: [`ReadReport::unknown_keys`](crate::ReadReport::unknown_keys)
    /// counts each. Of a log, a column that a later header names first; it counts once a header.
    UnknownKey,
    /// A key that stands twice in one row.
    RepeatedKey,
    /// A weight behind a row of ARFF, `{2}`, which a dataset has no place for.
    RowWeight,
    /// A row of which all that was read is the same as of one before it, by two hashes of 64 bits whose keys are drawn
    /// anew for every reading: among a thousand million rows, two that differ pass for the same once in 10^20 readings.
    Duplicate,
    /// A row with another label than an earlier row of the same numbers and texts.
    Conflict,
}

/// What is done about a defect. Which of these a defect allows stands beside it in [`Defect::allowed`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Policy {
    /// It stays as it is: the infinity, the empty text, the row.
    Keep,
    /// The cell is missing: not a number.
    Missing,
    /// The cell becomes this number; in a column of texts it is missing.
    Value(f64),
    /// It is put right: a short row is filled with missing cells, a long one cut, a name made.
    Mend,
    /// Of what is there twice, the first stays.
    First,
    /// Of what is there twice, the last stays.
    Last,
    /// What has the name of another gets one of its own.
    Rename,
    /// Of rows that differ in their labels alone, those of the most frequent label stay; of several such labels, the
    /// one that comes first.
    Majority,
    /// The row is left out; of rows that contradict each other, all.
    Drop,
    /// The cell is left out, and the rest of the row stays.
    DropCell,
    /// The table is refused, with an error that says where.
    Refuse,
}

/// What stands in the table of defects.
struct Entry {
    defect: Defect,
    name: &'static str,
    usual: Policy,
    allowed: &'static [Policy],
}

use Policy::{Drop, DropCell, First, Keep, Last, Majority, Mend, Missing, Refuse, Rename};

/// What a cell of a number may become. The value stands for any.
const CELL: &[Policy] = &[Keep, Missing, Policy::Value(0.0), Drop, Refuse];
const ROW: &[Policy] = &[Mend, Drop, Refuse];

const fn entry(
    defect: Defect,
    name: &'static str,
    usual: Policy,
    allowed: &'static [Policy],
) -> Entry {
    Entry { defect, name, usual, allowed }
}

/// All defects, in the order of their declaration: name, default, what else may be done.
///
/// Defaults lose no row that can be kept and let nothing into the numbers that is none: what is not finite is missing.
/// Rows whose cells may stand in wrong columns are left out. Repeated rows stay, since traffic repeats itself.
const DEFECTS: [Entry; Defect::COUNT] = [
    entry(Defect::Empty, "empty", Missing, CELL),
    entry(Defect::Absent, "absent", Missing, &[Missing, Policy::Value(0.0), Drop, Refuse]),
    entry(Defect::NotANumber, "not-a-number", Missing, CELL),
    entry(Defect::Infinite, "infinite", Missing, CELL),
    entry(Defect::Overflow, "overflow", Missing, CELL),
    entry(Defect::WrongKind, "wrong-kind", Missing, &[Missing, Policy::Value(0.0), Drop, Refuse]),
    entry(Defect::Unlisted, "unlisted", Missing, &[Keep, Missing, Drop, Refuse]),
    entry(Defect::NotUtf8, "not-utf8", Keep, &[Keep, Missing, Drop, Refuse]),
    entry(Defect::BehindQuote, "behind-quote", Keep, &[Keep, Drop, Refuse]),
    entry(Defect::BadTime, "bad-time", Drop, &[Missing, Drop, Refuse]),
    entry(Defect::AmbiguousDate, "ambiguous-date", Keep, &[Keep, Missing, Drop, Refuse]),
    entry(Defect::EmptyLabel, "empty-label", Drop, &[Keep, Drop, Refuse]),
    entry(Defect::TooShort, "too-short", Drop, ROW),
    entry(Defect::TooLong, "too-long", Drop, ROW),
    entry(Defect::OverLong, "over-long", Drop, &[Drop, Refuse]),
    entry(Defect::OpenQuote, "open-quote", Drop, ROW),
    entry(Defect::Malformed, "malformed", Drop, &[Drop, Refuse]),
    entry(Defect::RepeatedHeader, "repeated-header", Drop, &[Keep, Drop, Refuse]),
    entry(Defect::BlankLine, "blank-line", Mend, &[Mend, Refuse]),
    entry(Defect::CarriageReturns, "carriage-returns", Mend, &[Mend, Refuse]),
    entry(Defect::MixedLineEnds, "mixed-line-ends", Mend, &[Mend, Refuse]),
    entry(Defect::ByteOrderMark, "byte-order-mark", Mend, &[Mend, Refuse]),
    entry(Defect::RepeatedName, "repeated-name", Mend, &[Mend, First, Rename, Refuse]),
    entry(Defect::Unnamed, "unnamed", Mend, &[Mend, Drop, Refuse]),
    entry(Defect::MissingColumn, "missing-column", Refuse, &[Missing, Refuse]),
    entry(Defect::UnknownKey, "unknown-key", DropCell, &[DropCell, Refuse]),
    entry(Defect::RepeatedKey, "repeated-key", Last, &[Last, Drop, Refuse]),
    entry(Defect::RowWeight, "row-weight", DropCell, &[DropCell, Drop, Refuse]),
    entry(Defect::Duplicate, "duplicate", Keep, &[Keep, Drop, Refuse]),
    entry(Defect::Conflict, "conflict", Keep, &[Keep, Majority, Drop, Refuse]),
];

/// What is counted under a number of its own must stand there.
const _: () = {
    let mut place = 0;
    while place < DEFECTS.len() {
        assert!(DEFECTS[place].defect as usize == place, "defects in the order of declaration");
        place += 1;
    }
};

impl Defect {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Conflict as usize + 1;

    /// All of them.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        DEFECTS.iter().map(|entry| entry.defect)
    }

    /// Its name: `not-a-number`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What is done about it unless something else is asked for.
    #[must_use]
    pub fn usual(self) -> Policy {
        self.entry().usual
    }

    /// What may be done about it. A [`Policy::Value`] stands for one of any number.
    #[must_use]
    pub fn allowed(self) -> &'static [Policy] {
        self.entry().allowed
    }

    const fn entry(self) -> &'static Entry {
        &DEFECTS[self as usize]
    }

    /// Whether that may be done about it.
    fn allows(self, policy: Policy) -> bool {
        let is_it = |allowed: &Policy| match (allowed, policy) {
            (Policy::Value(_), Policy::Value(value)) => value.is_finite(),
            (allowed, policy) => *allowed == policy,
        };
        self.allowed().iter().any(is_it)
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Defect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for Defect {
    type Err = DataError;

    /// By its name.
    fn from_str(name: &str) -> Result<Self, DataError> {
        let found = DEFECTS.iter().find(|entry| entry.name == name);
        found
            .map(|entry| entry.defect)
            .ok_or_else(|| DataError::UnknownDefect { name: name.into() })
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Keep => f.write_str("keep"),
            Self::Missing => f.write_str("missing"),
            Self::Mend => f.write_str("mend"),
            Self::First => f.write_str("first"),
            Self::Last => f.write_str("last"),
            Self::Rename => f.write_str("rename"),
            Self::Majority => f.write_str("majority"),
            Self::Drop => f.write_str("drop"),
            Self::DropCell => f.write_str("drop-cell"),
            Self::Refuse => f.write_str("refuse"),
        }
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Policy {
    type Err = DataError;

    /// By its name, or as a number: the value.
    fn from_str(text: &str) -> Result<Self, DataError> {
        let named = [Keep, Missing, Mend, First, Last, Rename, Majority, Drop, DropCell, Refuse];
        if let Some(policy) = named.into_iter().find(|policy| policy.to_string() == text) {
            return Ok(policy);
        }
        let value = text.parse().ok().filter(|value: &f64| value.is_finite());
        value.map(Self::Value).ok_or_else(|| DataError::UnknownPolicy { text: text.into() })
    }
}

/// A policy for each defect.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Policies([Policy; Defect::COUNT]);

impl Policies {
    pub(crate) fn set(&mut self, defect: Defect, policy: Policy) {
        self.0[defect as usize] = policy;
    }

    #[inline]
    pub(crate) const fn of(&self, defect: Defect) -> Policy {
        self.0[defect as usize]
    }

    pub(crate) fn refuses(&self, defect: Defect) -> bool {
        self.of(defect) == Refuse
    }

    /// Whether each may be done about its defect.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        let wrong = Defect::all().find(|defect| !defect.allows(self.of(*defect)));
        wrong.map_or(Ok(()), |defect| {
            Err(DataError::PolicyNotAllowed { defect, policy: self.of(defect) })
        })
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self(std::array::from_fn(|place| DEFECTS[place].usual))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_allowed_and_names_find_their_defects() {
        Policies::default().check().unwrap();
        for defect in Defect::all() {
            assert_eq!(defect.name().parse::<Defect>().unwrap(), defect);
            assert!(defect.allows(defect.usual()), "{defect}");
        }
        assert!("nan".parse::<Defect>().is_err());
    }

    #[test]
    fn policies_are_read_as_they_are_written() {
        let unnamed = [Policy::Value(-1.5), Policy::Value(7.0)];
        let allowed = Defect::all().flat_map(Defect::allowed);
        for policy in allowed.copied().chain(unnamed) {
            assert_eq!(policy.to_string().parse::<Policy>().unwrap(), policy);
        }
        assert!("inf".parse::<Policy>().is_err() && "zero".parse::<Policy>().is_err());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (defect, policy) in [
            (Defect::Duplicate, Policy::Value(0.0)),
            (Defect::Infinite, Majority),
            (Defect::Empty, Policy::Value(f64::NAN)),
            (Defect::OverLong, Keep),
        ] {
            let mut policies = Policies::default();
            policies.set(defect, policy);
            assert!(policies.check().is_err(), "{defect} {policy}");
        }
        let mut policies = Policies::default();
        policies.set(Defect::Infinite, Policy::Value(7.0));
        policies.check().unwrap();
    }
}
