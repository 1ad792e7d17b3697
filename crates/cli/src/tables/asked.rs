//! Values of options, as they are written.

use std::str::FromStr;

use clap::ValueEnum;
use netsift::data::balance::{Balance, Few, OverSample, Smote, SmoteKind, UnderSample};
use netsift::data::prepare::{Fill, OneHot, Ordinal, Plan, Scale};
use netsift::data::split::{Shares, Split};
use netsift::data::{DataError, Dataset, Defect, Policy, TimeForm};

/// Names of columns between commas; one with a comma in it stands in quotes, as in CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// The names of an option that may be given several times.
    pub(crate) fn of(lists: &[Self]) -> impl Iterator<Item = &String> {
        lists.iter().flat_map(|names| &names.0)
    }
}

impl FromStr for Names {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut names = Vec::new();
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (name, behind) = match text.strip_prefix('"') {
                Some(quoted) => unquoted(quoted).ok_or("a quote is not closed")?,
                None => {
                    let end = text.find(',').unwrap_or(text.len());
                    let (name, behind) = text.split_at(end);
                    (name.to_owned(), behind)
                }
            };
            names.push(name);
            rest = match behind.strip_prefix(',') {
                None if !behind.is_empty() => return Err("a comma has to follow a closed quote"),
                rest => rest,
            };
        }
        Ok(Self(names))
    }
}

/// What stands up to the closing quote, where two quotes are one of the text, and what stands behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut unquoted = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"')?;
        unquoted.push_str(before);
        match behind.strip_prefix('"') {
            Some(behind) => {
                unquoted.push('"');
                rest = behind;
            }
            None => return Some((unquoted, behind)),
        }
    }
}

/// How times are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimeWritten {
    /// Seconds since 1970, or a date: 2017-07-05 18:12:15, or 5/7/2017 6:12 PM; what is above 12 there is a day
    Seconds,
    /// Milliseconds since 1970, or a date
    Millis,
    /// Microseconds since 1970, or a date
    Micros,
    /// Nanoseconds since 1970, or a date
    Nanos,
    /// As seconds, and a date begins with its day: 5/7/2017 6:12 PM
    DayFirst,
    /// As seconds, and a date begins with its month: 7/5/2017 6:12 PM
    MonthFirst,
}

impl From<TimeWritten> for TimeForm {
    fn from(written: TimeWritten) -> Self {
        match written {
            TimeWritten::Seconds => Self::Seconds,
            TimeWritten::Millis => Self::Millis,
            TimeWritten::Micros => Self::Micros,
            TimeWritten::Nanos => Self::Nanos,
            TimeWritten::DayFirst => Self::DayFirst,
            TimeWritten::MonthFirst => Self::MonthFirst,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scaled {
    /// To mean 0 and standard deviation 1
    Standard,
    /// The smallest to 0, the largest to 1
    MinMax,
    /// To median 0, and 1 between the quartiles
    Robust,
}

impl Scaled {
    pub(crate) fn plan(self) -> Plan {
        match self {
            Self::Standard => Scale::standard(),
            Self::MinMax => Scale::min_max(),
            Self::Robust => Scale::robust(),
        }
        .into()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encoded {
    /// A column of zeros and ones for each text
    OneHot,
    /// A number for each text
    Ordinal,
}

impl Encoded {
    pub(crate) fn plan(self) -> Plan {
        match self {
            Self::OneHot => OneHot::new().into(),
            Self::Ordinal => Ordinal::new().into(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Balanced {
    /// Rows are made between rows of the same class (SMOTE)
    Smote,
    /// The same, near the border to other classes only
    BorderlineSmote,
    /// Rows of small classes are copied
    Over,
    /// Rows of large classes are left out
    Under,
}

impl Balanced {
    /// Whether rows are made between rows, and not only chosen.
    pub(crate) const fn makes_rows(self) -> bool {
        matches!(self, Self::Smote | Self::BorderlineSmote)
    }

    pub(crate) fn way(self, seed: u64, few: Option<FewRows>) -> Box<dyn Balance> {
        let smote = Smote::new(seed).few(few.unwrap_or(FewRows::Refuse).into());
        match self {
            Self::Smote => Box::new(smote),
            Self::BorderlineSmote => Box::new(smote.kind(SmoteKind::Borderline1)),
            Self::Over => Box::new(OverSample::new(seed)),
            Self::Under => Box::new(UnderSample::new(seed)),
        }
    }
}

/// What becomes of a class that has too few rows to make others between them.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FewRows {
    /// Nothing is written
    Refuse,
    /// Rows are made between as many as there are
    Fewer,
    /// Its rows are copied
    Copy,
}

impl From<FewRows> for Few {
    fn from(few: FewRows) -> Self {
        match few {
            FewRows::Refuse => Self::Refuse,
            FewRows::Fewer => Self::FewerNeighbours,
            FewRows::Copy => Self::Copies,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitBy {
    /// Any row anywhere
    Chance,
    /// Each part gets its share of every class
    Class,
    /// Groups stay together
    Group,
    /// The first in time to train with
    Time,
}

impl SplitBy {
    /// By what rows are shared out where nothing is said.
    pub(crate) fn usual(data: &Dataset) -> Self {
        match (data.groups(), data.times(), data.labels()) {
            (Some(_), ..) => Self::Group,
            (_, Some(_), _) => Self::Time,
            (.., Some(_)) => Self::Class,
            _ => Self::Chance,
        }
    }

    pub(crate) fn split(self, seed: u64, has_labels: bool) -> Split {
        match self {
            Self::Chance => Split::plain(seed),
            Self::Class => Split::stratified(seed),
            Self::Group if has_labels => Split::stratified_by_group(seed),
            Self::Group => Split::by_group(seed),
            Self::Time => Split::by_time(),
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chance => "chance",
            Self::Class => "class",
            Self::Group => "group",
            Self::Time => "time",
        }
    }
}

/// `mean`, `median`, `frequent`, or a number.
pub(crate) fn parse_fill(text: &str) -> Result<Fill, String> {
    match text {
        "mean" => Ok(Fill::Mean),
        "median" => Ok(Fill::Median),
        "frequent" => Ok(Fill::MostFrequent),
        other => match other.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Fill::Number(number)),
            _ => Err("expected mean, median, frequent, or a number".to_owned()),
        },
    }
}

/// `0.75`: to train with, the rest to test with; `0.7,0.1,0.2`: to train, to validate, to test with.
pub(crate) fn parse_shares(text: &str) -> Result<Shares, String> {
    let parsed: Result<Vec<f64>, _> = text.split(',').map(|share| share.trim().parse()).collect();
    let shares = match parsed.as_deref() {
        Ok([train]) if *train > 0.0 && *train < 1.0 => Shares::new(*train, 0.0, 1.0 - train),
        Ok([train, validate, test]) => Shares::new(*train, *validate, *test),
        _ => return Err("expected a share between 0 and 1, or three that are 1 together".into()),
    };
    let rule = "the shares have to be 1 together, none below 0, and the first above it";
    shares.map_err(|_| rule.to_owned())
}

/// Two quantiles: `0.01,0.99`, or with a colon where commas part steps.
pub(crate) fn parse_quantiles(text: &str) -> Result<(f64, f64), String> {
    let (low, high) = text.split_once([',', ':']).unwrap_or((text, ""));
    match (low.trim().parse(), high.trim().parse()) {
        (Ok(low), Ok(high)) if 0.0 <= low && low < high && high <= 1.0 => Ok((low, high)),
        _ => Err("expected two quantiles from 0 to 1, the smaller first".to_owned()),
    }
}

/// `PATTERN=NAME`.
pub(crate) fn parse_rule(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((pattern, name)) if !pattern.trim().is_empty() && !name.trim().is_empty() => {
            Ok((pattern.trim().to_owned(), name.trim().to_owned()))
        }
        _ => Err("expected PATTERN=NAME".to_owned()),
    }
}

/// `DEFECT=POLICY`.
pub(crate) fn parse_policy(text: &str) -> Result<(Defect, Policy), String> {
    let (defect, policy) = text.split_once('=').ok_or("expected DEFECT=POLICY")?;
    let defect = defect.trim().parse().map_err(|error: DataError| {
        let names: Vec<&str> = Defect::all().map(Defect::name).collect();
        format!("{error}; they are {}", names.join(", "))
    })?;
    Ok((defect, policy.trim().parse().map_err(|error: DataError| error.to_string())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_one_or_three() {
        assert_eq!(parse_shares("0.75"), Ok(Shares::new(0.75, 0.0, 0.25).unwrap()));
        assert_eq!(parse_shares("0.7, 0.1,0.2"), Ok(Shares::new(0.7, 0.1, 0.2).unwrap()));
        for wrong in ["", "x", "0.5,0.5", "0", "1", "1.5", "0.5,0.5,0.5", "-1", "nan"] {
            assert!(parse_shares(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_with_a_comma_stands_in_quotes() {
        let names = |text: &str| text.parse::<Names>().map(|names| names.0);
        assert_eq!(names("a,b c"), Ok(vec!["a".into(), "b c".into()]));
        assert_eq!(names(r#""a,b",c,"d""#), Ok(vec!["a,b".into(), "c".into(), "d".into()]));
        assert_eq!(
            names(r#""say ""a"", b",5" disk"#),
            Ok(vec![r#"say "a", b"#.into(), r#"5" disk"#.into()])
        );
        assert_eq!(names(r#"a,"""#), Ok(vec!["a".into(), String::new()]));
        assert_eq!(names("a,"), Ok(vec!["a".into(), String::new()]));
        for wrong in [r#""a"#, r#"a,"b"c"#, r#"""""#] {
            assert!(names(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rules_have_two_sides_and_quantiles_rise() {
        assert_eq!(parse_rule("Web Attack*=attack"), Ok(("Web Attack*".into(), "attack".into())));
        assert!(parse_rule("attack").is_err() && parse_rule("=a").is_err());
        assert_eq!(parse_quantiles("0.01,0.99"), Ok((0.01, 0.99)));
        assert!(["0.5", "0.9,0.1", "0,2", "a,b"].iter().all(|text| parse_quantiles(text).is_err()));
        assert!(parse_fill("mode").is_err() && parse_fill("inf").is_err());
        assert_eq!(parse_fill("-1.5"), Ok(Fill::Number(-1.5)));
    }

    #[test]
    fn policies_have_a_defect_and_what_is_done() {
        assert_eq!(parse_policy("infinite=drop"), Ok((Defect::Infinite, Policy::Drop)));
        assert_eq!(parse_policy("empty=0"), Ok((Defect::Empty, Policy::Value(0.0))));
        assert!(parse_policy("nonsense=drop").unwrap_err().contains("too-short"));
        assert!(parse_policy("empty").is_err() && parse_policy("empty=burn").is_err());
    }
}
