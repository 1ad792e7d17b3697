//! Times as people write and read them.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo};
use netsift::packet::Timestamp;
use thiserror::Error;

/// Why a text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TimeError {
    #[error(
        "it is neither like 2025-06-15T12:30:00Z, nor like '2025-06-15 12:30:00.5' (UTC), nor seconds since 1970"
    )]
    NotATime,
    #[error("it is outside of the years 1678 to 2261, which captures are read in")]
    OutOfRange,
}

/// By the clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Reads RFC 3339, the same without an offset (then it is UTC) or without the time of day, or seconds
/// since the epoch with a fraction. What is finer than a nanosecond is cut off.
pub(crate) fn parse(text: &str) -> Result<Timestamp, TimeError> {
    let text = text.trim();
    match seconds(text) {
        Err(TimeError::NotATime) => calendar(text),
        read => read,
    }
}

/// Why a text is not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it is neither like 120s, 2m, 500ms or 1h30m, nor seconds")]
pub(crate) struct NotADuration;

/// Reads a length of time with units (days have 24 hours), or seconds; answers nanoseconds.
pub(crate) fn parse_duration(text: &str) -> Result<i64, NotADuration> {
    let text = text.trim();
    if let Ok(plain) = seconds(text) {
        return Ok(plain.as_nanos());
    }
    let span: Span = text.parse().map_err(|_| NotADuration)?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| NotADuration)?;
    i64::try_from(span.as_nanos()).map_err(|_| NotADuration)
}

/// A time in UTC with as many decimals as it needs.
pub(crate) fn shown(time: Timestamp) -> String {
    jiff::Timestamp::from_nanosecond(time.as_nanos().into())
        .map_or_else(|_| time.to_string(), |utc| utc.to_string())
}

fn seconds(text: &str) -> Result<Timestamp, TimeError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || fraction.contains('.') {
        return Err(TimeError::NotATime);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(TimeError::NotATime);
    }
    let whole: i64 = whole.parse().map_err(|_| TimeError::OutOfRange)?;
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = nanos.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    whole
        .checked_mul(1_000_000_000)
        .and_then(|whole| whole.checked_add(nanos))
        .map(|nanos| Timestamp::from_nanos(if negative { -nanos } else { nanos }))
        .ok_or(TimeError::OutOfRange)
}

fn calendar(text: &str) -> Result<Timestamp, TimeError> {
    let time = match text.parse::<jiff::Timestamp>() {
        Ok(time) => time,
        Err(_) => {
            let utc: DateTime = text.parse().map_err(|_| TimeError::NotATime)?;
            utc.to_zoned(TimeZone::UTC).map_err(|_| TimeError::OutOfRange)?.timestamp()
        }
    };
    let nanos = i64::try_from(time.as_nanosecond()).map_err(|_| TimeError::OutOfRange)?;
    Ok(Timestamp::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_in_every_spelling() {
        // Known to every Unix user: second 1,000,000,000 was 2001-09-09 01:46:40 UTC.
        let moment = Timestamp::from_nanos(1_000_000_000_500_000_000);
        for text in [
            "2001-09-09T01:46:40.5Z",
            "2001-09-09T03:46:40.5+02:00",
            "2001-09-09 01:46:40.5",
            "2001-09-09T01:46:40.500000000",
            "1000000000.5",
            " 1000000000.5000000009 ",
        ] {
            assert_eq!(parse(text), Ok(moment), "{text}");
        }
        assert_eq!(shown(moment), "2001-09-09T01:46:40.5Z");
        assert_eq!(parse("1970-01-02"), Ok(Timestamp::from_secs_nanos(86_400, 0)));
        assert_eq!(parse("-0.5"), Ok(Timestamp::from_nanos(-500_000_000)));
    }

    #[test]
    fn lengths_of_time_have_units_or_are_seconds() {
        for (text, nanos) in [
            ("120s", 120_000_000_000),
            ("2m", 120_000_000_000),
            ("500ms", 500_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1 day", 86_400_000_000_000),
            ("0.5", 500_000_000),
            ("1.5s", 1_500_000_000),
            ("-1", -1_000_000_000),
        ] {
            assert_eq!(parse_duration(text), Ok(nanos), "{text}");
        }
        for text in ["", "s", "2x", "1 month", "2 years", "1e9", "NaN", "999999999999d"] {
            assert_eq!(parse_duration(text), Err(NotADuration), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "-", ".", "1.2.3", "noon", "2001-13-01", "2001-02-29", "25:00", "1e9", "NaN"]
        {
            assert_eq!(parse(text), Err(TimeError::NotATime), "{text}");
        }
        for text in ["99999999999999999999", "9999999999", "2300-01-01", "1600-01-01T00:00:00Z"] {
            assert_eq!(parse(text), Err(TimeError::OutOfRange), "{text}");
        }
    }
}
