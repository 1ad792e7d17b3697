//! Text to numbers: the same as the standard library makes of it, and faster where it is short.

/// What a cell of a number says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Finite(f64),
    /// `Infinity` as a word.
    Infinite(f64),
    /// Digits that no double can hold.
    Overflow(f64),
    Nan,
    /// Blanks alone.
    Empty,
    /// No number at all.
    Text,
}

/// Powers of ten, and the same as doubles, all of them exact.
const POWERS: [u64; 20] = powers();
const REAL_POWERS: [f64; 20] = real_powers();
/// Whole numbers of so many digits are exact as doubles, and so is one division by an exact power of ten.
const EXACT_DIGITS: usize = 15;
/// Whole numbers of so many digits have 63 bits, as signed ones are made doubles of by one instruction.
const WHOLE_DIGITS: usize = 18;
/// Digits that are looked at together.
const EIGHT: usize = 8;
/// A double: what stands behind its first bit, that bit, and the exponent of a whole number.
const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
const FIRST_BIT: u64 = 1 << FRACTION_BITS;
const WHOLE_EXPONENT: i64 = 1_023 + FRACTION_BITS as i64;

const fn powers() -> [u64; 20] {
    let mut powers = [1; 20];
    let mut place = 1;
    while place < powers.len() {
        powers[place] = powers[place - 1] * 10;
        place += 1;
    }
    powers
}

const fn real_powers() -> [f64; 20] {
    let mut powers = [1.0; 20];
    let mut place = 0;
    while place < powers.len() {
        powers[place] = POWERS[place] as f64;
        place += 1;
    }
    powers
}

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
            Ok(value) if value.is_nan() => Self::Nan,
            Ok(value) if cell.iter().any(u8::is_ascii_digit) => Self::Overflow(value),
            Ok(value) => Self::Infinite(value),
            Err(_) => Self::Text,
        }
    }
}

/// The decimal that `bytes` begin with, and how long it is, if it ends at `separator` or a line end: digits, perhaps
/// with a sign and a point, and a window of bytes in all. All others are for [`Number::of`].
#[inline]
pub(crate) fn decimal(bytes: &[u8], separator: u8) -> Option<(f64, usize)> {
    let window: &Window = bytes.first_chunk()?;
    let negative = window[0] == b'-';
    let start = usize::from(negative);
    let (mut mantissa, mut count) = digits(window, start);
    let mut end = start + count;
    let mut scale = 0;
    if byte(window, end) == b'.' && (1..=WHOLE_DIGITS).contains(&count) {
        let (fraction, len) = digits(window, end + 1);
        mantissa = shifted(mantissa, len).wrapping_add(fraction);
        scale = len;
        count += len;
        end += 1 + len;
    }
    if count == 0 || count > WHOLE_DIGITS || !ends(byte(window, end), separator) {
        return None;
    }
    let value = if scale == 0 {
        mantissa as i64 as f64
    } else if count <= EXACT_DIGITS {
        // Both are exact, so the quotient is the nearest double.
        mantissa as i64 as f64 / REAL_POWERS.get(scale)?
    } else {
        quotient(mantissa, scale)?
    };
    Some((f64::from_bits(value.to_bits() | u64::from(negative) << 63), end))
}

/// The double nearest to a mantissa divided by a power of ten, where it can be told by whole numbers of 128 bits.
///
/// The quotient of the nearest doubles is off by less than one and a half of its last bits. How much it is off is told
/// exactly by what it leaves of the mantissa.
#[inline]
fn quotient(mantissa: u64, scale: usize) -> Option<f64> {
    let divisor = *POWERS.get(scale)?;
    let bits = (mantissa as i64 as f64 / REAL_POWERS.get(scale)?).to_bits();
    let (near, shift) = (bits & (FIRST_BIT - 1), WHOLE_EXPONENT - (bits >> FRACTION_BITS) as i64);
    // Below a power of two the last bit is worth less; beyond 2^53 it is worth more than one.
    if near == 0 || shift < 0 {
        return None;
    }
    let whole = u128::from(mantissa).checked_shl(shift as u32)?;
    let taken = u128::from(near | FIRST_BIT) * u128::from(divisor);
    let left = 2 * (whole as i128 - taken as i128);
    let (divisor, is_odd) = (i128::from(divisor), near & 1 == 1);
    let above = left > divisor || (left == divisor && is_odd);
    let below = left < -divisor || (left == -divisor && is_odd);
    Some(f64::from_bits(bits + u64::from(above) - u64::from(below)))
}

/// A sign, 18 digits, a point, 24 digits and eight bytes more have room in it, wherever a place is looked at.
type Window = [u8; 72];
/// No place is looked at behind this one; that the compiler sees it too saves it the checks.
const LAST_PLACE: usize = 63;

#[inline]
fn byte(window: &Window, place: usize) -> u8 {
    window[place & LAST_PLACE]
}

/// Up to 24 digits from `place` on, and how many there are; of more than 19 the number is wrong.
#[inline]
fn digits(window: &Window, place: usize) -> (u64, usize) {
    let (number, count) = eight_digits(window, place);
    if count < EIGHT {
        return (number, count);
    }
    let (more, count) = eight_digits(window, place + EIGHT);
    let number = shifted(number, count) + more;
    if count < EIGHT {
        return (number, EIGHT + count);
    }
    let (more, count) = eight_digits(window, place + 2 * EIGHT);
    (shifted(number, count).wrapping_add(more), 2 * EIGHT + count)
}

/// A number with room for so many digits behind it, if there is any.
#[inline]
fn shifted(number: u64, digits: usize) -> u64 {
    number.wrapping_mul(POWERS.get(digits).copied().unwrap_or(0))
}

/// The digits that eight bytes begin with, all at once: bytes are lanes of one word, the first the lowest.
#[inline]
fn eight_digits(window: &Window, place: usize) -> (u64, usize) {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let start = place & LAST_PLACE;
    let bytes = std::array::from_fn(|lane| window[start + lane]);
    let lanes = u64::from_le_bytes(bytes) ^ ZEROS;
    // Lanes above 9 get their highest bit; what that carries over comes behind the first of them.
    let other = (lanes.wrapping_add(0x7676_7676_7676_7676) | lanes) & 0x8080_8080_8080_8080;
    let count = other.trailing_zeros() as usize / EIGHT;
    // Zeros in front do not change a number.
    let lanes = lanes.checked_shl((64 - EIGHT * count) as u32).unwrap_or(0);
    let pairs = lanes.wrapping_mul(10).wrapping_add(lanes >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    (low.wrapping_add(high) >> 32, count)
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
        assert_eq!(Number::of(b"NaN"), Number::Nan);
        assert_eq!(Number::of(b"  "), Number::Empty);
        for text in [&b"0x10"[..], b"1_000", b"1,5", b"12a", b"--1", b"1e", b"\xff", b"1 2", b"."] {
            assert_eq!(Number::of(text), Number::Text, "{text:?}");
        }
    }

    /// With something behind it, as cells have but for the last ones of a table.
    fn decimal_of(text: &str) -> Option<(f64, usize)> {
        decimal(format!("{text}{}", ".".repeat(72)).as_bytes(), b',')
    }

    #[test]
    fn decimals_end_where_cells_end() {
        assert_eq!(decimal_of("12.50,7"), Some((12.5, 5)));
        assert_eq!(decimal_of("7\r\n"), Some((7.0, 1)));
        assert_eq!(decimal_of("-0.12345678901234567\n"), Some((-0.123_456_789_012_345_67, 20)));
        assert_eq!(decimal_of("-0.12345678901234567890\n"), None);
        assert_eq!(decimal_of("5.,"), Some((5.0, 2)));
        let zero = decimal_of("-0,").unwrap();
        assert_eq!(zero.0.to_bits(), (-0.0f64).to_bits());
        for other in
            ["", "7", ",", "-,", ".5,", "1e5,", "1 ,", "7;", "1.2.3,", "NaN,", "1:,", "1/,"]
        {
            assert_eq!(decimal_of(other), None, "{other}");
        }
        assert_eq!(decimal(b"7,", b','), None);
    }

    proptest! {
        #[test]
        fn decimals_are_what_the_standard_library_says(text in "-?[0-9]{0,19}\\.?[0-9]{0,19}") {
            let read = decimal_of(&format!("{text},"));
            if let Some((value, len)) = read {
                prop_assert_eq!(len, text.len());
                prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
            }
        }

        /// Doubles as they are written, and numbers halfway between two doubles.
        #[test]
        fn long_decimals_are_rounded_to_the_nearest_double(bits in 0x3e00u64 << 48..0x4340 << 48, digits in 13usize..20) {
            let value = f64::from_bits(bits);
            let half = f64::from_bits(bits + 1) / 2.0 + value / 2.0;
            for text in [format!("{value}"), format!("{half:.0$}", digits % 8), format!("{value:.digits$}")] {
                if let Some((read, len)) = decimal_of(&format!("{text},")) {
                    prop_assert_eq!(len, text.len());
                    prop_assert_eq!(read.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{}", text);
                }
            }
        }

        #[test]
        fn eight_digits_are_told_from_all_else(bytes in prop::array::uniform8(any::<u8>()), digits in 0usize..9) {
            let mut bytes = bytes;
            bytes.iter_mut().take(digits).for_each(|byte| *byte = b'0' + *byte % 10);
            let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let number = bytes[..count].iter().fold(0, |number, byte| number * 10 + u64::from(byte - b'0'));
            let mut window = [b'.'; 72];
            window[5..13].copy_from_slice(&bytes);
            prop_assert_eq!(eight_digits(&window, 5), (number, count));
        }
    }
}
