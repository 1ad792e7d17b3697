//! Text to numbers: the same as the standard library makes of it, and faster where it is short.

/// What a cell of a number says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Finite(f64),
    /// `Infinity` as a word.
    Infinite(f64),
    /// Digits that no double can hold.
    Overflow(f64),
    NotANumber,
    /// Blanks alone.
    Empty,
    /// No number at all.
    Text,
}

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// Whole numbers of so many digits are exact as doubles, and so is one division by an exact power of ten.
const EXACT_DIGITS: usize = 15;

impl Number {
    /// Blanks around it do not count.
    pub(crate) fn of(cell: &[u8]) -> Self {
        let cell = cell.trim_ascii();
        if cell.is_empty() {
            return Self::Empty;
        }
        let Ok(text) = str::from_utf8(cell) else { return Self::Text };
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Self::Finite(value),
            Ok(value) if value.is_nan() => Self::NotANumber,
            Ok(value) if cell.iter().any(u8::is_ascii_digit) => Self::Overflow(value),
            Ok(value) => Self::Infinite(value),
            Err(_) => Self::Text,
        }
    }
}

/// The short decimal that `bytes` begin with, and how long it is, if it ends at `separator` or a line end: digits,
/// perhaps with a sign and a point. All others are for [`Number::of`].
#[inline]
pub(crate) fn short_decimal(bytes: &[u8], separator: u8) -> Option<(f64, usize)> {
    let negative = bytes.first() == Some(&b'-');
    let start = usize::from(negative);
    let (whole, mut end) = digits(bytes, start, 0);
    let mut count = end - start;
    let mut mantissa = whole;
    let mut scale = 0;
    if count > 0 && bytes.get(end) == Some(&b'.') {
        let point = end + 1;
        (mantissa, end) = digits(bytes, point, whole);
        scale = end - point;
        count += scale;
    }
    let ended = bytes.get(end).is_some_and(|&byte| ends(byte, separator));
    if !ended || count == 0 || count > EXACT_DIGITS {
        return None;
    }
    let value = mantissa as f64;
    // Both are exact, so the quotient is the nearest double; whole numbers need none.
    let value = if scale == 0 { value } else { value / POWERS[scale] };
    Some((if negative { -value } else { value }, end))
}

/// Digits from `place` on behind those of `before`, and where they end. Wraps silently beyond what
/// counts.
#[inline]
fn digits(bytes: &[u8], place: usize, before: u64) -> (u64, usize) {
    let mut number = before;
    let mut end = place;
    for &byte in bytes.get(place..).unwrap_or_default() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        end += 1;
    }
    (number, end)
}

#[inline]
fn ends(byte: u8, separator: u8) -> bool {
    (byte == separator) | (byte == b'\n') | (byte == b'\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_and_overflow_are_told_apart() {
        assert_eq!(Number::of(b" 12.5 "), Number::Finite(12.5));
        assert_eq!(Number::of(b"1e400"), Number::Overflow(f64::INFINITY));
        assert_eq!(Number::of(b"-1e400"), Number::Overflow(f64::NEG_INFINITY));
        assert_eq!(Number::of(b"-Infinity"), Number::Infinite(f64::NEG_INFINITY));
        assert_eq!(Number::of(b"inf"), Number::Infinite(f64::INFINITY));
        assert_eq!(Number::of(b"NaN"), Number::NotANumber);
        assert_eq!(Number::of(b"  "), Number::Empty);
        for text in [&b"0x10"[..], b"1_000", b"1,5", b"12a", b"--1", b"1e", b"\xff", b"1 2", b"."] {
            assert_eq!(Number::of(text), Number::Text, "{text:?}");
        }
    }

    #[test]
    fn short_decimals_end_where_cells_end() {
        assert_eq!(short_decimal(b"12.50,7", b','), Some((12.5, 5)));
        assert_eq!(short_decimal(b"7\r\n", b','), Some((7.0, 1)));
        assert_eq!(short_decimal(b"7\n", b';'), Some((7.0, 1)));
        let zero = short_decimal(b"-0,", b',').unwrap();
        assert_eq!(zero.0.to_bits(), (-0.0f64).to_bits());
        for other in ["", "7", ",", "-,", ".5,", "1e5,", "1 ,", "7;", "1234567890123456,", "NaN,"] {
            assert_eq!(short_decimal(other.as_bytes(), b','), None, "{other}");
        }
        assert_eq!(short_decimal(b"5.,", b','), Some((5.0, 2)));
    }

    proptest! {
        #[test]
        fn short_decimals_are_what_the_standard_library_says(text in "-?[0-9]{0,9}\\.?[0-9]{0,9}") {
            if let Some((value, len)) = short_decimal(format!("{text},").as_bytes(), b',') {
                prop_assert_eq!(len, text.len());
                prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
            }
        }
    }
}
