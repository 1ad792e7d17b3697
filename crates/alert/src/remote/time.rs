//! Times as those want them who are told over the network.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

const NANOS: i64 = 1_000_000_000;

/// Seconds since 1970, by the machine's clock.
pub(crate) fn now() -> i64 {
    crate::time::now() / NANOS
}

/// RFC 3339 with six decimals: syslog allows no more.
pub(crate) fn rfc3339(nanos: i64) -> String {
    let time = Timestamp::from_nanosecond(nanos.into()).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// As headers of mails have it.
pub(crate) fn rfc5322(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    // Every time of this calendar has a form.
    rfc2822::to_string(&time.to_zoned(TimeZone::UTC)).unwrap_or_default()
}

/// Seconds since 1970, out of a date of HTTP.
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    rfc2822::parse(text).ok().map(|time| time.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_for_whom_they_are() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (1_790_000_000_123_456_789, "2026-09-21T14:13:20.123456Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775Z"),
        ] {
            assert_eq!(rfc3339(nanos), text);
        }
        assert_eq!(rfc5322(1_790_000_000), "Mon, 21 Sep 2026 14:13:20 +0000");
    }

    #[test]
    fn dates_of_http_are_read() {
        // The example of RFC 9110, 5.6.7.
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        for text in ["", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov", ", , ,"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
