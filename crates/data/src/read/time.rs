//! Text to times: nanoseconds since the epoch, in UTC where no offset is told.

use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000_000;

/// How the cells of a column of times are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeForm {
    /// Seconds since the epoch, with decimals; or a date with a time: `2017-07-05T18:12:15.65Z`,
    /// `2017-07-05 18:12:15`, `5/7/2017 6:12 PM`. Whether the day or the month comes first is told by the first rows:
    /// what is above 12 is a day. If there is none, the day comes first, and each date that may be read the other way
    /// is an [ambiguous one](crate::Defect::AmbiguousDate).
    #[default]
    Seconds,
    /// The same with milliseconds.
    Millis,
    /// The same with microseconds.
    Micros,
    /// The same with nanoseconds.
    Nanos,
    /// As seconds, and the day comes first: `5/7/2017 6:12 PM`, as the tables of CICFlowMeter have it.
    DayFirst,
    /// As seconds, and the month comes first: `7/5/2017 6:12 PM`.
    MonthFirst,
}

/// What comes first in a date whose year comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// What the dates of a column say of their order: what is above 12 is no month.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DateEvidence {
    day_first: bool,
    month_first: bool,
}

impl DateEvidence {
    pub(crate) fn look(&mut self, cell: &[u8]) {
        if let Some((one, two)) = day_and_month(cell) {
            self.day_first |= one > 12 && two <= 12;
            self.month_first |= two > 12 && one <= 12;
        }
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.day_first |= other.day_first;
        self.month_first |= other.month_first;
    }

    /// Nothing if no date tells, or dates contradict each other.
    pub(crate) const fn order(self) -> Option<DateOrder> {
        match (self.day_first, self.month_first) {
            (true, false) => Some(DateOrder::DayFirst),
            (false, true) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }
}

/// Whether a date is another one with its day and month the other way round.
pub(crate) fn is_ambiguous(cell: &[u8]) -> bool {
    day_and_month(cell).is_some_and(|(one, two)| one != two && one <= 12 && two <= 12)
}

impl TimeForm {
    /// Nanoseconds since the epoch, of dates in that order.
    pub(crate) fn nanos(self, cell: &[u8], order: DateOrder) -> Option<i64> {
        let text = str::from_utf8(cell).ok()?.trim();
        decimal(text, self.unit()).or_else(|| calendar(text, order))
    }

    /// The order of dates, where it is stated.
    pub(crate) const fn order(self) -> Option<DateOrder> {
        match self {
            Self::DayFirst => Some(DateOrder::DayFirst),
            Self::MonthFirst => Some(DateOrder::MonthFirst),
            Self::Seconds | Self::Millis | Self::Micros | Self::Nanos => None,
        }
    }

    const fn unit(self) -> i64 {
        match self {
            Self::Seconds | Self::DayFirst | Self::MonthFirst => SECOND,
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos => 1,
        }
    }
}

/// A decimal number of units, to the nanosecond: a double would round it. Exponents are not for times.
fn decimal(text: &str, unit: i64) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let nanos = number(whole)?.checked_mul(unit)?.checked_add(parts(fraction, unit)?)?;
    Some(if negative { -nanos } else { nanos })
}

/// The digits behind the point, in units of which `unit` are a whole one. What is finer is cut.
fn parts(fraction: &str, unit: i64) -> Option<i64> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().map(|byte| i64::from(byte - b'0'));
    let step = |(sum, unit): (i64, i64), digit| (sum + digit * (unit / 10), unit / 10);
    Some(digits.take(18).fold((0, unit), step).0)
}

/// Digits alone.
fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn calendar(text: &str, order: DateOrder) -> Option<i64> {
    let (date, rest) = date_and_rest(text);
    let (year, month, day) = civil(date, order)?;
    let days = days(year, month, day)?;
    let seconds = of_day(rest.trim())?;
    days.checked_mul(86_400)?.checked_mul(SECOND)?.checked_add(seconds)
}

fn date_and_rest(text: &str) -> (&str, &str) {
    text.split_once([' ', 'T']).unwrap_or((text, ""))
}

fn civil(date: &str, order: DateOrder) -> Option<(i64, i64, i64)> {
    let (is_year_first, (one, two, three)) = fields(date)?;
    Some(match order {
        _ if is_year_first => (one, two, three),
        DateOrder::DayFirst => (three, two, one),
        DateOrder::MonthFirst => (three, one, two),
    })
}

/// The three numbers of a date, and whether the year is the first of them.
fn fields(date: &str) -> Option<(bool, (i64, i64, i64))> {
    let mut fields = date.split(['-', '/', '.']).map(number);
    let three = (fields.next()??, fields.next()??, fields.next()??);
    let is_year_first = date.find(['-', '/', '.'])? == 4;
    fields.next().is_none().then_some((is_year_first, three))
}

/// The first two numbers of a date whose year comes last, if they may be a day and a month.
fn day_and_month(cell: &[u8]) -> Option<(i64, i64)> {
    let (date, _) = date_and_rest(str::from_utf8(cell).ok()?.trim());
    let (is_year_first, (one, two, _)) = fields(date)?;
    let may_be = (1..=31).contains(&one) && (1..=31).contains(&two);
    (!is_year_first && may_be).then_some((one, two))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years are counted from March, so that a leap day
/// comes last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year / 4 - year / 100 + year / 400;
    Some(year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

/// Nanoseconds of the day, less the offset from UTC. Nothing at all is midnight.
fn of_day(text: &str) -> Option<i64> {
    let (text, half) = half(text);
    let (text, offset) = offset(text.trim_end())?;
    if text.is_empty() {
        return Some(0);
    }
    let mut fields = text.split(':');
    let hour = half_day(number(fields.next()?)?, half)?;
    let minute = number(fields.next()?)?;
    let (second, fraction) = match fields.next() {
        Some(second) => second.split_once('.').unwrap_or((second, "")),
        None => ("0", ""),
    };
    let second = number(second)?;
    if hour > 23 || minute > 59 || second > 60 || fields.next().is_some() {
        return None;
    }
    Some((hour * 3_600 + minute * 60 + second - offset) * SECOND + parts(fraction, SECOND)?)
}

#[derive(Clone, Copy, PartialEq)]
enum Half {
    Morning,
    Afternoon,
}

fn half(text: &str) -> (&str, Option<Half>) {
    let halves = [
        ("AM", Half::Morning),
        ("am", Half::Morning),
        ("PM", Half::Afternoon),
        ("pm", Half::Afternoon),
    ];
    let found =
        halves.into_iter().find_map(|(end, half)| Some((text.strip_suffix(end)?, Some(half))));
    found.unwrap_or((text, None))
}

fn half_day(hour: i64, half: Option<Half>) -> Option<i64> {
    match half {
        None => Some(hour),
        Some(half) if (1..=12).contains(&hour) => {
            Some(hour % 12 + if half == Half::Afternoon { 12 } else { 0 })
        }
        Some(_) => None,
    }
}

/// What stands before the offset, and the offset in seconds.
fn offset(text: &str) -> Option<(&str, i64)> {
    if let Some(text) = text.strip_suffix(['Z', 'z']) {
        return Some((text, 0));
    }
    let Some(place) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (text, offset) = text.split_at(place);
    let digits: String = offset.chars().skip(1).filter(|c| *c != ':').collect();
    let clock = number(&digits).filter(|_| digits.len() == 4)?;
    let (hours, minutes) = (clock / 100, clock % 100);
    let seconds = hours * 3_600 + minutes * 60;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    (hours < 24 && minutes < 60).then_some((text.trim_end(), sign * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<f64> {
        let nanos = TimeForm::default().nanos(text.as_bytes(), DateOrder::DayFirst);
        nanos.map(|nanos| nanos as f64 / 1e9)
    }

    /// Seconds as `date -u -d` says them.
    #[test]
    fn the_known_ways_of_writing_a_time_are_read() {
        for (text, expected) in [
            ("1499278335.650811", 1_499_278_335.650_811),
            ("2017-07-05 18:12:15.650811", 1_499_278_335.650_811),
            ("2017-07-05T18:12:15.650811Z", 1_499_278_335.650_811),
            ("2017-07-05T20:12:15+02:00", 1_499_278_335.0),
            ("05/07/2017 06:12:15 PM", 1_499_278_335.0),
            ("5/7/2017 18:12", 1_499_278_320.0),
            ("2017-07-05", 1_499_212_800.0),
            ("1/1/1970 12:00:00 AM", 0.0),
            ("29/02/2000 00:00:01", 951_782_401.0),
            ("-1.5", -1.5),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        let nanos = |form: TimeForm, cell| form.nanos(cell, DateOrder::MonthFirst);
        assert_eq!(nanos(TimeForm::Seconds, b"7/5/2017 18:12"), Some(1_499_278_320 * SECOND));
        assert_eq!(nanos(TimeForm::Millis, b"1499278335650.811"), Some(1_499_278_335_650_811_000));
        assert_eq!(nanos(TimeForm::Micros, b"7.1239"), Some(7_123));
        assert_eq!(nanos(TimeForm::Nanos, b"7"), Some(7));
    }

    #[test]
    fn dates_tell_their_order_or_are_ambiguous() {
        for (cell, order, ambiguous) in [
            ("13/7/2017 6:12 PM", Some(DateOrder::DayFirst), false),
            ("7/13/2017", Some(DateOrder::MonthFirst), false),
            ("5/7/2017 18:12:15", None, true),
            ("05.07.2017", None, true),
            ("5/5/2017", None, false),
            ("13/13/2017", None, false),
            ("2017-07-05", None, false),
            ("2017-07-13", None, false),
            ("1499278335.65", None, false),
            ("5/40/2017", None, false),
            ("x", None, false),
        ] {
            let mut evidence = DateEvidence::default();
            evidence.look(cell.as_bytes());
            assert_eq!(
                (evidence.order(), is_ambiguous(cell.as_bytes())),
                (order, ambiguous),
                "{cell}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "-",
            "abc",
            "1e9",
            "2017-13-01",
            "2017-02-29",
            "32/1/2017",
            "2017-07-05 24:00",
            "2017-07-05 1:2:3:4",
            "13/1/2017 13:00 PM",
            "9999999999999999999",
            "2017-07-05 10:00+99:00",
            "1/2/3/4",
            "10000-01-01",
            "2017-07-05 ::",
            "1.5.",
            "1.-5",
            "\u{661}",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
