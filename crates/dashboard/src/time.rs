//! Times: nanoseconds since 1970 here, milliseconds outside, since scripts hold no number of 64 bits.

use std::time::{SystemTime, UNIX_EPOCH};

/// The clock of the machine: what people do has its time, and pages ask for the last hours.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Milliseconds; the part of a microsecond is lost on the way.
pub(crate) fn millis(nanos: i64) -> f64 {
    nanos as f64 / 1e6
}

/// Nanoseconds; what is beyond the ends of their range is at its ends.
pub(crate) fn nanos(millis: f64) -> i64 {
    (millis * 1e6).round() as i64
}
