//! Values of options, as they are written.

use clap::ValueEnum;
use netsift::data::balance::{Balance, OverSample, Smote, SmoteKind, UnderSample};
use netsift::data::prepare::{Fill, Plan, Scale};
use netsift::data::split::Shares;
use netsift::data::{DataError, Dataset, Defect, Policy};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Scaled {
    /// To mean 0 and standard deviation 1
    Standard,
    /// The smallest to 0, the largest to 1
    MinMax,
    /// To median 0, and 1 between the quartiles
    Robust,
}

impl Scaled {
    pub(super) fn plan(self) -> Plan {
        match self {
            Self::Standard => Scale::standard(),
            Self::MinMax => Scale::min_max(),
            Self::Robust => Scale::robust(),
        }
        .into()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Encoded {
    /// A column of zeros and ones for each text
    OneHot,
    /// A number for each text
    Ordinal,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Balanced {
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
    pub(super) fn balance(self, data: &Dataset, seed: u64) -> Result<Dataset, DataError> {
        match self {
            Self::Smote => Smote::new(seed).balance(data),
            Self::BorderlineSmote => Smote::new(seed).kind(SmoteKind::Borderline1).balance(data),
            Self::Over => OverSample::new(seed).balance(data),
            Self::Under => UnderSample::new(seed).balance(data),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SplitBy {
    /// Any row anywhere
    Chance,
    /// Each part gets its share of every class
    Class,
    /// Groups stay together
    Group,
    /// The first in time to train with
    Time,
}

/// `mean`, `median`, `frequent`, or a number.
pub(super) fn parse_fill(text: &str) -> Result<Fill, String> {
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
pub(super) fn parse_shares(text: &str) -> Result<Shares, String> {
    let parsed: Result<Vec<f64>, _> = text.split(',').map(|share| share.trim().parse()).collect();
    let shares = match parsed.as_deref() {
        Ok([train]) if *train >= 1.0 => return Err("nothing is left to test with".to_owned()),
        Ok([train]) => Shares::new(*train, 0.0, 1.0 - train),
        Ok([train, validate, test]) => Shares::new(*train, *validate, *test),
        _ => return Err("expected one share, or three that are 1 together".to_owned()),
    };
    shares.map_err(|error| error.to_string())
}

/// Two quantiles: `0.01,0.99`.
pub(super) fn parse_quantiles(text: &str) -> Result<(f64, f64), String> {
    let (low, high) = text.split_once(',').unwrap_or((text, ""));
    match (low.trim().parse(), high.trim().parse()) {
        (Ok(low), Ok(high)) if 0.0 <= low && low < high && high <= 1.0 => Ok((low, high)),
        _ => Err("expected two quantiles from 0 to 1, the smaller first".to_owned()),
    }
}

/// `PATTERN=NAME`.
pub(super) fn parse_rule(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((pattern, name)) if !pattern.trim().is_empty() && !name.trim().is_empty() => {
            Ok((pattern.trim().to_owned(), name.trim().to_owned()))
        }
        _ => Err("expected PATTERN=NAME".to_owned()),
    }
}

/// `DEFECT=POLICY`.
pub(super) fn parse_policy(text: &str) -> Result<(Defect, Policy), String> {
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
        for wrong in ["", "x", "0.5,0.5", "1", "1.5", "0.5,0.5,0.5", "-1", "nan"] {
            assert!(parse_shares(wrong).is_err(), "{wrong}");
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
