//! Numbers as people read them: with thousands apart, with units, with no more digits than are worth reading.

use jiff::Timestamp;
use serde::Serialize;

/// What a number counts or measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nothing in particular: a score, a coefficient.
    #[default]
    Plain,
    /// Things: packets, flows, rows.
    Count,
    /// Bytes; thousands of them are decimal.
    Bytes,
    /// Things in a second.
    PerSecond,
    /// Bytes in a second.
    BytesPerSecond,
    /// A length of time in seconds.
    Seconds,
    /// A part of a whole, 1 being all of it.
    Share,
    /// A moment: seconds since 1970, UTC.
    Time,
}

/// What stands for a number that is none.
pub const NO_NUMBER: &str = "–";

impl Unit {
    /// The number with all that is worth reading, for tables: counts and bytes to the last digit.
    #[must_use]
    pub fn exact(self, value: f64) -> String {
        match self {
            _ if !value.is_finite() => NO_NUMBER.to_owned(),
            Self::Count | Self::Bytes => grouped(&format!("{value:.0}")),
            Self::PerSecond | Self::BytesPerSecond => grouped(&significant(value, 5)),
            Self::Plain => grouped(&significant(value, 5.max(near_one(value)))),
            Self::Share => {
                let decimals = near_one(value).max(near_one(1.0 - value)).saturating_sub(3).max(2);
                format!("{:.*} %", decimals as usize, value * 100.0)
            }
            Self::Seconds => self.short(value),
            Self::Time => moment(value, "%Y-%m-%d %H:%M:%S%.3f"),
        }
    }

    /// The number in a few characters with its unit, for axes and key figures.
    #[must_use]
    pub fn short(self, value: f64) -> String {
        let told = match self {
            _ if !value.is_finite() => NO_NUMBER.to_owned(),
            Self::Plain if near_one(value) > 3 => significant(value, near_one(value)),
            Self::Plain | Self::Count => scaled(value, "").trim_end().to_owned(),
            Self::Bytes => scaled(value, "B"),
            Self::PerSecond => scaled(value, "/s").replace(" /s", "/s"),
            Self::BytesPerSecond => scaled(value, "B/s"),
            Self::Seconds => duration(value),
            Self::Share => format!("{} %", significant(value * 100.0, share_digits(value))),
            Self::Time => return moment(value, "%Y-%m-%d %H:%M:%S"),
        };
        told.replace('-', "−")
    }

    /// What stands behind the heading of a column whose numbers do not say it themselves.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Plain | Self::Count | Self::Seconds | Self::Share => "",
            Self::Bytes => "bytes",
            Self::PerSecond => "per second",
            Self::BytesPerSecond => "bytes per second",
            Self::Time => "UTC",
        }
    }
}

/// A moment in a form of `jiff`'s, in UTC; times that no calendar has are no numbers.
pub(crate) fn moment(seconds: f64, form: &str) -> String {
    // A double holds the microseconds of these days, and may be a little below what it stands for.
    let nanoseconds = ((seconds * 1e6).round() as i128).saturating_mul(1_000);
    match Timestamp::from_nanosecond(nanoseconds) {
        Ok(time) => time.strftime(form).to_string(),
        Err(_) => NO_NUMBER.to_owned(),
    }
}

/// A number with so many digits that say something, and no zeros behind them.
fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if !(-6.0..15.0).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    let decimals = (digits - 1 - magnitude as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// How many digits it takes to tell a number below 1 from 1, and one more: 0.9996 is not 1, and 0.999998 is not either. Nothing
/// for all others.
fn near_one(value: f64) -> i32 {
    if !(0.999..1.0).contains(&value) {
        return 0;
    }
    // What is left may be a little less than it stands for.
    let left = (1.0 - value) * (1.0 + 1e-9);
    (1 - left.log10().floor() as i32).min(15)
}

/// Shares near all are told more exactly: 99.997 % is not 100 %.
fn share_digits(value: f64) -> i32 {
    let usual = if value.abs() > 0.99 && value.abs() < 1.0 { 4 } else { 3 };
    usual.max(near_one(value) - 1)
}

/// A number and its unit, in thousands of it.
fn scaled(value: f64, unit: &str) -> String {
    let steps = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    // What rounds to a thousand of one step is one of the next.
    let step = steps.iter().find(|(size, _)| value.abs() >= size * 0.9995);
    let (size, prefix) = step.copied().unwrap_or((1.0, ""));
    format!("{} {prefix}{unit}", significant(value / size, 3))
}

fn duration(seconds: f64) -> String {
    let size = seconds.abs();
    let (per, unit) = match size {
        0.0 => (1.0, "s"),
        _ if size < 1e-6 => (1e9, "ns"),
        _ if size < 1e-3 => (1e6, "µs"),
        _ if size < 1.0 => (1e3, "ms"),
        _ if size < 120.0 => (1.0, "s"),
        _ if size < 7_200.0 => (1.0 / 60.0, "min"),
        _ if size < 172_800.0 => (1.0 / 3_600.0, "h"),
        _ => (1.0 / 86_400.0, "d"),
    };
    format!("{} {unit}", significant(seconds * per, 3))
}

/// The digits before the point in groups of three.
fn grouped(number: &str) -> String {
    let digits = number.trim_start_matches('-');
    let whole = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let mut grouped = if digits.len() < number.len() { "−".to_owned() } else { String::new() };
    for (at, digit) in digits[..whole].chars().enumerate() {
        if at > 0 && (whole - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + &digits[whole..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_numbers_have_thousands_apart() {
        assert_eq!(Unit::Count.exact(1_234_567.0), "1,234,567");
        assert_eq!(Unit::Bytes.exact(-1_000.0), "−1,000");
        assert_eq!(Unit::Count.exact(999.0), "999");
        assert_eq!(Unit::Plain.exact(12_345.678), "12,346");
        assert_eq!(Unit::Plain.exact(0.123_456), "0.12346");
        assert_eq!(Unit::Plain.exact(1e300), "1.00e300");
        assert_eq!(Unit::Time.exact(1_499_436_122.5), "2017-07-07 14:02:02.500");
    }

    #[test]
    fn short_numbers_have_units() {
        let told = |unit: Unit, value| unit.short(value);
        assert_eq!(told(Unit::Bytes, 1_234_567.0), "1.23 MB");
        assert_eq!(told(Unit::Bytes, 999_999.0), "1 MB");
        assert_eq!(told(Unit::Bytes, 12.0), "12 B");
        assert_eq!(told(Unit::Count, 1_500.0), "1.5 k");
        assert_eq!(told(Unit::Count, 0.0), "0");
        assert_eq!(told(Unit::PerSecond, 3_100.0), "3.1 k/s");
        assert_eq!(told(Unit::BytesPerSecond, 3_100.0), "3.1 kB/s");
        assert_eq!(told(Unit::Seconds, 0.001_5), "1.5 ms");
        assert_eq!(told(Unit::Seconds, 5_400.0), "90 min");
        assert_eq!(told(Unit::Share, 0.999_71), "99.97 %");
        assert_eq!(told(Unit::Share, 0.999_97), "99.997 %");
        assert_eq!(told(Unit::Share, 0.995), "99.5 %");
        assert_eq!(told(Unit::Share, 0.123_4), "12.3 %");
        assert_eq!(told(Unit::Share, 1.0), "100 %");
    }

    #[test]
    fn what_is_no_number_is_a_dash() {
        let units = [Unit::Plain, Unit::Count, Unit::Bytes, Unit::Seconds, Unit::Share, Unit::Time];
        for unit in units {
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                assert_eq!((unit.exact(value), unit.short(value)), ("–".into(), "–".into()));
            }
        }
        assert_eq!(Unit::Time.exact(1e300), NO_NUMBER, "no calendar has it");
    }

    #[test]
    fn what_is_nearly_all_is_not_told_as_all() {
        for (value, short, exact) in [
            (0.9996, "0.9996", "0.9996"),
            (0.999_998, "0.999998", "0.999998"),
            (1.0, "1", "1"),
            (0.5, "0.5", "0.5"),
        ] {
            assert_eq!(
                (Unit::Plain.short(value).as_str(), Unit::Plain.exact(value).as_str()),
                (short, exact)
            );
        }
        for (value, exact) in [
            (0.999_97, "99.997 %"),
            (3e-5, "0.003 %"),
            (0.999_9, "99.99 %"),
            (1.0, "100.00 %"),
            (0.0, "0.00 %"),
            (0.25, "25.00 %"),
        ] {
            assert_eq!(Unit::Share.exact(value), exact);
        }
    }
}
