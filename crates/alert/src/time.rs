//! Times as files, people and receivers of messages read them, from nanoseconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
#[cfg(feature = "remote")]
use jiff::{fmt::rfc2822, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// The clock of the machine, for what is about the machine: how long something waits, when a receiver last answered.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC, with as many decimals as it needs.
pub(crate) fn rfc3339(nanos: i64) -> String {
    timestamp(nanos).to_string()
}

/// With six decimals and an offset without a colon, as Suricata writes it.
pub(crate) fn eve(nanos: i64) -> String {
    timestamp(nanos).strftime("%Y-%m-%dT%H:%M:%S.%6f+0000").to_string()
}

/// RFC 3339 with six decimals: syslog allows no more.
#[cfg(feature = "remote")]
pub(crate) fn rfc3339_micros(nanos: i64) -> String {
    timestamp(nanos).strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Seconds since 1970, by the clock of the machine.
#[cfg(feature = "remote")]
pub(crate) fn now_seconds() -> i64 {
    now() / 1_000_000_000
}

/// As headers of mails have it, from seconds since 1970.
#[cfg(feature = "remote")]
pub(crate) fn rfc5322(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    // Every time of this calendar has a form.
    rfc2822::to_string(&time.to_zoned(TimeZone::UTC)).unwrap_or_default()
}

/// Seconds since 1970, out of a date of HTTP.
#[cfg(feature = "remote")]
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    rfc2822::parse(text).ok().map(|time| time.timestamp().as_second())
}

/// Every number of 64 bits is a time that the calendar has.
fn timestamp(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanos.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn serialize<S: Serializer>(nanos: &i64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&rfc3339(*nanos))
}

/// A time has an offset, or `Z`: nobody knows where it was written otherwise.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let text = String::deserialize(from)?;
    let time = text.parse::<Timestamp>().map_err(|_| {
        D::Error::custom(format!("{text:?} is no time like \"2026-01-31T18:00:00Z\""))
    })?;
    i64::try_from(time.as_nanosecond())
        .map_err(|_| D::Error::custom(format!("{text:?} is outside of the years 1678 to 2261")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_for_whom_they_are() {
        let nanos = 1_790_000_000_123_456_789;
        assert_eq!(rfc3339(nanos), "2026-09-21T14:13:20.123456789Z");
        assert_eq!(eve(nanos), "2026-09-21T14:13:20.123456+0000");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(eve(0), "1970-01-01T00:00:00.000000+0000");
        assert!(rfc3339(i64::MAX).starts_with("2262-"));
        assert!(rfc3339(i64::MIN).starts_with("1677-"));
    }

    #[cfg(feature = "remote")]
    #[test]
    fn times_are_written_for_who_is_told_over_the_network() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (1_790_000_000_123_456_789, "2026-09-21T14:13:20.123456Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775Z"),
        ] {
            assert_eq!(rfc3339_micros(nanos), text);
        }
        assert_eq!(rfc5322(1_790_000_000), "Mon, 21 Sep 2026 14:13:20 +0000");
    }

    #[cfg(feature = "remote")]
    #[test]
    fn dates_of_http_are_read() {
        // The example of RFC 9110, 5.6.7.
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        for text in ["", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov", ", , ,"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
