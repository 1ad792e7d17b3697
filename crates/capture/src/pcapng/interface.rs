//! What a section says about an interface: link type, snap length and the unit of its times.

use netsift_packet::{LinkType, Timestamp};

use crate::fields::Fields;

/// Options of an interface that change what its packets mean. The others are for people.
const OPT_END: u16 = 0;
const OPT_TSRESOL: u16 = 9;
const OPT_TSOFFSET: u16 = 14;

/// An interface, as its description block tells.
pub(super) struct Interface {
    pub(super) link: LinkType,
    /// `u32::MAX` where none is stated.
    pub(super) snap_len: u32,
    pub(super) clock: Clock,
    /// Whether its options could be read to their end.
    pub(super) options_whole: bool,
}

impl Interface {
    /// `None` if the block is too short to be a description.
    pub(super) fn read(mut fields: Fields<'_>) -> Option<Self> {
        let (link, _reserved, snap_len) = (fields.u16()?, fields.u16()?, fields.u32()?);
        let mut interface = Self {
            link: LinkType(link),
            snap_len: if snap_len == 0 { u32::MAX } else { snap_len },
            clock: Clock::new(),
            options_whole: true,
        };
        interface.options_whole = interface.read_options(fields).is_some();
        Some(interface)
    }

    /// `None` where an option runs past the end of the block.
    fn read_options(&mut self, mut fields: Fields<'_>) -> Option<()> {
        while !fields.rest().is_empty() {
            let (code, len) = (fields.u16()?, fields.u16()?.into());
            if code == OPT_END {
                break;
            }
            let mut value = fields;
            match code {
                OPT_TSRESOL if len == 1 => self.clock.unit = Unit::of(*value.take(1)?.first()?),
                OPT_TSOFFSET if len == 8 => self.clock.offset_seconds = value.i64()?,
                _ => {}
            }
            fields.take(len)?;
            // The padding of the last option may be missing.
            fields.take(len.wrapping_neg() % 4).or_else(|| fields.take(fields.rest().len()))?;
        }
        Some(())
    }
}

/// Turns an interface's ticks into time.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    unit: Unit,
    offset_seconds: i64,
}

/// How many nanoseconds a tick is.
#[derive(Clone, Copy)]
enum Unit {
    Times(u64),
    /// Finer than nanoseconds.
    Over(u64),
    /// 2 to the power of -n seconds.
    BinaryFraction(u8),
    /// So fine that 64 bits of ticks do not make a nanosecond.
    Nothing,
}

impl Clock {
    /// Microseconds since the epoch, unless options say otherwise.
    const fn new() -> Self {
        Self { unit: Unit::Times(1_000), offset_seconds: 0 }
    }

    /// Saturates at the ends of [`Timestamp`].
    #[inline]
    pub(super) fn time(self, ticks: u64) -> Timestamp {
        let offset = i128::from(self.offset_seconds) * 1_000_000_000;
        // At most 2^64 * 10^9, below 2^94.
        let nanos = self.unit.nanos(ticks) as i128 + offset;
        Timestamp::from_nanos(nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }
}

impl Unit {
    /// The meaning of `if_tsresol`: a negative power of 10, or of 2 if the highest bit is set.
    fn of(tsresol: u8) -> Self {
        let exponent = tsresol & 0x7f;
        if tsresol & 0x80 != 0 {
            return Self::BinaryFraction(exponent);
        }
        match exponent {
            0..=9 => Self::Times(10_u64.pow(9 - u32::from(exponent))),
            10..=28 => Self::Over(10_u64.pow(u32::from(exponent) - 9)),
            _ => Self::Nothing,
        }
    }

    #[inline]
    fn nanos(self, ticks: u64) -> u128 {
        match self {
            Self::Times(nanos) => u128::from(ticks) * u128::from(nanos),
            Self::Over(ticks_per_nano) => u128::from(ticks / ticks_per_nano),
            Self::BinaryFraction(bits) => (u128::from(ticks) * 1_000_000_000) >> bits,
            Self::Nothing => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(tsresol: u8, ticks: u64) -> i64 {
        Clock { unit: Unit::of(tsresol), offset_seconds: 0 }.time(ticks).as_nanos()
    }

    #[test]
    fn every_resolution_agrees_with_exact_arithmetic() {
        for tsresol in 0..=255_u8 {
            for ticks in [0, 1, 999_999, 1 << 31, 1 << 53, u64::MAX] {
                assert_eq!(nanos(tsresol, ticks), exact(tsresol, ticks), "{tsresol} {ticks}");
            }
        }
    }

    /// Long division digit by digit (bit by bit): nothing can overflow.
    fn exact(tsresol: u8, ticks: u64) -> i64 {
        let base = if tsresol & 0x80 == 0 { 10 } else { 2 };
        let mut value = u128::from(ticks) * 1_000_000_000;
        for _ in 0..tsresol & 0x7f {
            value /= base;
        }
        i64::try_from(value).unwrap_or(i64::MAX)
    }

    #[test]
    fn an_offset_moves_the_time_and_saturates() {
        let at = |offset_seconds, ticks| Clock { unit: Unit::of(6), offset_seconds }.time(ticks);
        assert_eq!(at(-2, 500_000).as_nanos(), -1_500_000_000);
        assert_eq!(at(i64::MAX, u64::MAX).as_nanos(), i64::MAX);
        assert_eq!(at(i64::MIN, 0).as_nanos(), i64::MIN);
    }
}
