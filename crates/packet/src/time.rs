//! Capture time: nanoseconds since the Unix epoch.

use std::fmt;

/// A capture time in whole nanoseconds since 1970-01-01 00:00:00 UTC.
///
/// Signed, because captures with a negative time-zone offset or a broken clock exist; 64 bits reach
/// from 1677 to 2262, and every constructor saturates there instead of wrapping.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01 00:00:00 UTC.
    pub const EPOCH: Self = Self(0);

    /// The time `nanos` nanoseconds after the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The time `micros` microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros.saturating_mul(1_000))
    }

    /// The time `seconds` and `nanos` after the epoch; `nanos` may exceed a second.
    #[must_use]
    pub const fn from_secs_nanos(seconds: i64, nanos: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whole microseconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Nanoseconds past the whole second, 0 to 999,999,999.
    #[must_use]
    pub const fn subsec_nanos(self) -> u32 {
        self.0.rem_euclid(1_000_000_000) as u32
    }

    /// Nanoseconds from `earlier` to `self`; negative where the clock went back.
    #[must_use]
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This time `nanos` later (or earlier, if negative).
    #[must_use]
    pub const fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

impl fmt::Display for Timestamp {
    /// Seconds since the epoch with nine decimals, as tshark prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_the_epoch_splits_downwards_and_prints_its_sign() {
        let t = Timestamp::from_nanos(-1);
        assert_eq!((t.as_secs(), t.subsec_nanos(), t.as_micros()), (-1, 999_999_999, -1));
        assert_eq!(t.to_string(), "-0.000000001");
    }

    #[test]
    fn constructors_saturate() {
        assert_eq!(Timestamp::from_secs_nanos(i64::MAX, 5).as_nanos(), i64::MAX);
        assert_eq!(Timestamp::from_micros(i64::MIN).as_nanos(), i64::MIN);
        assert_eq!(Timestamp::from_nanos(i64::MIN).nanos_since(Timestamp::from_nanos(1)), i64::MIN);
    }
}
