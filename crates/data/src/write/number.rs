//! Numbers to text that reads back to the same bits.
//!
//! Most cells of a table are zeros and small integers: they take few branches and no loop. Where the next
//! cell starts hangs on this one's length alone, so the processor works on several at once.

use std::io::Write;

/// Where a number is written: the longest, 24 bytes, a separator, and what copies of a fixed size reach past
/// it.
pub(crate) type Room = [u8; ROOM];
/// The size of [`Room`].
pub(crate) const ROOM: usize = 40;

const E7: u64 = 10_000_000;
const E8: u64 = 100_000_000;
/// Integers below it have 16 digits at most, and no shorter text reads back to the same bits.
const E16: u64 = E8 * E8;
/// Below these bits a number is so coarse that one digit can name it, and Java wants two.
const COARSE: u64 = 1_000;
/// Up to here (2^51) one addition tells whether a double is an integer.
const PLAIN: f64 = 2_251_799_813_685_248.0;
/// Adding it to less than [`PLAIN`] leaves no bits for a fraction, and the integer in the lowest bits.
const SHIFT: f64 = 1.5 * (1u64 << 52) as f64;
/// An integer below it has 15 digits at most, and every decimal of so few is read as a double of its own.
const E15: f64 = 1e15;

/// Writes `value` in decimal; answers its length.
#[inline]
pub(crate) fn put_integer(value: i64, room: &mut Room) -> usize {
    let magnitude = value.unsigned_abs();
    if let Some(small) = SMALL.get(value as usize) {
        put_small(small, room)
    } else if magnitude < E8 {
        put_short(value < 0, magnitude as u32, room)
    } else {
        put_long(value < 0, magnitude, room)
    }
}

/// Writes `value` as the shortest text that reads back to the same bits: integers without a point, the very
/// large and very small with an exponent. Answers its length.
#[inline]
pub(crate) fn put_shortest(value: f64, room: &mut Room) -> usize {
    if let Some(integer) = plain_integer(value) {
        put_integer(integer, room)
    } else if value.abs() < PLAIN {
        put_fraction(value, room)
    } else {
        put_huge(value, room)
    }
}

/// Writes `value` as Java's `Double.toString` does since JDK 19; answers its length.
#[inline]
pub(crate) fn put_java(value: f64, room: &mut Room) -> usize {
    match plain_integer(value) {
        Some(integer) => put_java_integer(integer, room),
        None => put_java_other(value, room),
    }
}

/// The integer that `value` is; -0.0 is none, and neither is what lies beyond [`PLAIN`].
#[inline]
fn plain_integer(value: f64) -> Option<i64> {
    let shifted = value + SHIFT;
    let same = (shifted - SHIFT).to_bits() == value.to_bits();
    // One branch for both questions: values of a table mix, and a wrong guess costs more than they do.
    let plain = same & (value.abs() < PLAIN);
    plain.then(|| shifted.to_bits().wrapping_sub(SHIFT.to_bits()) as i64)
}

/// The digits of every number below 2048, what fits into a packet among them, and how many they are.
static SMALL: [[u8; 8]; 2_048] = small();

const fn small() -> [[u8; 8]; 2_048] {
    let mut table = [[0; 8]; 2_048];
    let mut number = 0;
    while number < table.len() {
        let len = 1 + (number > 9) as usize + (number > 99) as usize + (number > 999) as usize;
        let (mut place, mut rest) = (len, number);
        while place > 0 {
            place -= 1;
            table[number][place] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        table[number][7] = len as u8;
        number += 1;
    }
    table
}

#[inline]
fn put_small(entry: &[u8; 8], room: &mut Room) -> usize {
    // Behind the digits stands nothing that matters: one copy is cheaper than a few.
    room[..8].copy_from_slice(entry);
    entry[7].into()
}

/// At most eight digits.
#[inline]
fn put_short(negative: bool, magnitude: u32, room: &mut Room) -> usize {
    room[0] = b'-';
    let start = usize::from(negative);
    start + put_trimmed(magnitude, start, room)
}

/// Nine digits and more.
fn put_long(negative: bool, magnitude: u64, room: &mut Room) -> usize {
    room[0] = b'-';
    let mut at = usize::from(negative);
    if magnitude < E16 {
        at += put_trimmed((magnitude / E8) as u32, at, room);
    } else {
        at += put_trimmed((magnitude / E16) as u32, at, room);
        at += put_eight((magnitude / E8 % E8) as u32, at, room);
    }
    at + put_eight((magnitude % E8) as u32, at, room)
}

/// Writes at `start` without leading zeros; answers how many digits there are.
#[inline]
fn put_trimmed(number: u32, start: usize, room: &mut Room) -> usize {
    let digits = digits(number);
    // The last digit stands, even if it is 0.
    let leading = (digits | 1 << 56).trailing_zeros() / 8;
    let text = (digits | ASCII_ZEROS) >> (leading * 8);
    room[start..start + 8].copy_from_slice(&text.to_le_bytes());
    8 - leading as usize
}

/// Writes eight digits at `start`, leading zeros included.
fn put_eight(number: u32, start: usize, room: &mut Room) -> usize {
    let text = digits(number) | ASCII_ZEROS;
    room[start..start + 8].copy_from_slice(&text.to_le_bytes());
    8
}

const ASCII_ZEROS: u64 = 0x3030_3030_3030_3030;

/// The eight digits of a number below 10^8, the first in the lowest byte.
///
/// Halves, then quarters, then digits, side by side in one word. The odd factors divide by 100 and by 10
/// exactly for as many digits as there are.
#[inline]
const fn digits(number: u32) -> u64 {
    let (upper, lower) = ((number / 10_000) as u64, (number % 10_000) as u64);
    let fours = upper | lower << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours - 100 * hundreds) << 16;
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (twos - 10 * tens) << 8
}

/// A call of its own: inside the loop over a row, its tables and variables push the loop's out of registers.
#[inline(never)]
fn put_fraction(value: f64, room: &mut Room) -> usize {
    match thousandths(value) {
        Some(thousandths) => put_thousandths(value.is_sign_negative(), thousandths, room),
        None => put_text(zmij::Buffer::new().format_finite(value), room),
    }
}

/// How many thousandths the magnitude of `value` is the double of, if any: times in milliseconds or microseconds
/// mostly are. With 15 digits at most, no other decimal that is as short is read back as that double.
#[inline]
fn thousandths(value: f64) -> Option<u64> {
    let magnitude = value.abs();
    let scaled = magnitude * 1e3 + SHIFT;
    let rounded = scaled - SHIFT;
    let same = rounded / 1e3 == magnitude;
    (same & (rounded < E15)).then(|| scaled.to_bits().wrapping_sub(SHIFT.to_bits()))
}

/// Writes thousandths that are no integer without trailing zeros.
#[inline]
fn put_thousandths(negative: bool, thousandths: u64, room: &mut Room) -> usize {
    let integral = thousandths / 1_000;
    let len = match u32::try_from(integral) {
        Ok(short) if integral < E8 => put_short(negative, short, room),
        _ => put_long(negative, integral, room),
    };
    let fraction = &FRACTIONS[(thousandths % 1_000) as usize];
    room[len..len + 4].copy_from_slice(&fraction.text);
    len + usize::from(fraction.len)
}

/// A point and the thousandths behind it, without trailing zeros.
struct Fraction {
    text: [u8; 4],
    len: u8,
}

static FRACTIONS: [Fraction; 1_000] = fractions();

const fn fractions() -> [Fraction; 1_000] {
    let mut table = [const { Fraction { text: *b".000", len: 4 } }; 1_000];
    let mut number = 0;
    while number < table.len() {
        let [tens, ones] = [number / 10 % 10, number % 10];
        table[number].text[1] += (number / 100) as u8;
        table[number].text[2] += tens as u8;
        table[number].text[3] += ones as u8;
        table[number].len -= (ones == 0) as u8 + (ones == 0 && tens == 0) as u8;
        number += 1;
    }
    table
}

/// What is beyond [`PLAIN`], or no number.
#[cold]
fn put_huge(value: f64, room: &mut Room) -> usize {
    let integer = value as i64;
    if integer as f64 == value && integer.unsigned_abs() < E16 {
        return put_integer(integer, room);
    }
    if !value.is_finite() {
        return put_not_finite(value, room);
    }
    let len = put_text(zmij::Buffer::new().format_finite(value), room);
    // `1e+16` is longer than it need be.
    match room[..len].iter().position(|byte| *byte == b'+') {
        Some(plus) => {
            room.copy_within(plus + 1..len, plus);
            len - 1
        }
        None => len,
    }
}

#[inline]
fn put_java_integer(value: i64, room: &mut Room) -> usize {
    let len = put_integer(value, room);
    if value.unsigned_abs() < E7 {
        room[len..len + 2].copy_from_slice(b".0");
        return len + 2;
    }
    let start = usize::from(value < 0);
    let exponent = len - start - 1;
    let zeros = room[start + 2..len].iter().rev().take_while(|digit| **digit == b'0').count();
    let digits = *room;
    room[start + 1] = b'.';
    room[start + 2..start + 18].copy_from_slice(&digits[start + 1..start + 17]);
    put_exponent(exponent, len - zeros + 1, room)
}

fn put_java_other(value: f64, room: &mut Room) -> usize {
    let magnitude = value.abs();
    if !value.is_finite() {
        return put_not_finite(value, room);
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    if (1e-3..1e7).contains(&magnitude) || value == 0.0 {
        put_text(text, room)
    } else if (1e7..PLAIN).contains(&magnitude) {
        let len = put_text(text, room);
        move_point(value < 0.0, magnitude as u64, len, room)
    } else {
        put_java_extreme(value, text, room)
    }
}

/// Moves the point behind the first digit, from behind the digits of `integral`.
fn move_point(negative: bool, integral: u64, len: usize, room: &mut Room) -> usize {
    let exponent = integral.checked_ilog10().unwrap_or(0) as usize;
    let start = usize::from(negative);
    let fraction = start + exponent + 2;
    let digits = *room;
    // What stands before the point moves by one; what stands behind it is put where it was.
    room[start + 1] = b'.';
    room[start + 2..start + 18].copy_from_slice(&digits[start + 1..start + 17]);
    room[fraction..fraction + 16].copy_from_slice(&digits[fraction..fraction + 16]);
    put_exponent(exponent, len, room)
}

/// Writes the exponent of a large number behind its `len` bytes.
fn put_exponent(exponent: usize, len: usize, room: &mut Room) -> usize {
    room[len] = b'E';
    len + 1 + put_trimmed(exponent as u32, len + 1, room)
}

/// The very large and the very small, which few tables have.
#[cold]
fn put_java_extreme(value: f64, text: &str, room: &mut Room) -> usize {
    let mut decimal = Decimal::of(text.as_bytes());
    if decimal.len == 1 && value.abs().to_bits() < COARSE {
        decimal = Decimal::of_two_digits(value);
    }
    decimal.put_scientific(value < 0.0, room)
}

/// The words that Java, and every reader of its tables, has for them.
#[cold]
fn put_not_finite(value: f64, room: &mut Room) -> usize {
    let text = match value {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    };
    put_text(text, room)
}

#[inline]
fn put_text(text: &str, room: &mut Room) -> usize {
    let text = text.as_bytes();
    let len = text.len();
    room[..len].copy_from_slice(text);
    len
}

/// The digits of a number, and the power of ten of the first.
struct Decimal {
    digits: [u8; 24],
    len: usize,
    exponent: i32,
}

impl Decimal {
    /// Of a finite number's text, in any notation.
    fn of(text: &[u8]) -> Self {
        let text = text.strip_prefix(b"-").unwrap_or(text);
        let mark = text.iter().position(|byte| *byte == b'e').unwrap_or(text.len());
        let (mantissa, exponent) = text.split_at(mark);
        let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mark);
        let mut decimal = Self { digits: [b'0'; 24], len: 0, exponent: point as i32 - 1 };
        for digit in mantissa.iter().filter(|byte| **byte != b'.') {
            match (decimal.len, digit) {
                (0, b'0') => decimal.exponent -= 1,
                _ => decimal.push(*digit),
            }
        }
        while decimal.digits[..decimal.len].ends_with(b"0") {
            decimal.len -= 1;
        }
        decimal.exponent += signed(exponent.get(1..).unwrap_or_default());
        decimal
    }

    /// The nearest of all that have two digits.
    #[cold]
    fn of_two_digits(value: f64) -> Self {
        let mut text = [0; ROOM];
        let mut rest = &mut text[..];
        // Seven bytes, such as 4.9e-324, are always room enough.
        let _ = write!(rest, "{:.1e}", value.abs());
        let len = ROOM - rest.len();
        Self::of(&text[..len])
    }

    fn push(&mut self, digit: u8) {
        if let Some(place) = self.digits.get_mut(self.len) {
            *place = digit;
            self.len += 1;
        }
    }

    /// One digit, a point, at least one more, and the exponent.
    fn put_scientific(&self, negative: bool, room: &mut Room) -> usize {
        let fraction = self.digits.get(1..self.len.max(2)).unwrap_or_default();
        room[0] = b'-';
        let start = usize::from(negative);
        room[start] = self.digits[0];
        room[start + 1] = b'.';
        let end = start + 2 + fraction.len();
        room[start + 2..end].copy_from_slice(fraction);
        room[end] = b'E';
        let mut exponent = [0; ROOM];
        let len = put_integer(self.exponent.into(), &mut exponent);
        room[end + 1..end + 1 + len].copy_from_slice(&exponent[..len]);
        end + 1 + len
    }
}

/// A few digits, perhaps behind a sign.
fn signed(text: &[u8]) -> i32 {
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, byte| sum * 10 + i32::from(byte & 15));
    match text {
        [b'-', digits @ ..] => -number(digits),
        [b'+', digits @ ..] | digits => number(digits),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(put: impl Fn(&mut Room) -> usize) -> String {
        let mut room = [0; ROOM];
        let len = put(&mut room);
        String::from_utf8(room[..len].to_vec()).unwrap()
    }

    fn shortest(value: f64) -> String {
        text(|room| put_shortest(value, room))
    }

    fn java(value: f64) -> String {
        text(|room| put_java(value, room))
    }

    /// NaN has many bit patterns and one name.
    fn reads_back(text: &str, value: f64) -> bool {
        let read: f64 = text.parse().unwrap();
        read.to_bits() == value.to_bits() || read.is_nan() && value.is_nan()
    }

    /// Where integers, formats and precision turn over, with their neighbours.
    fn turning_points() -> impl Iterator<Item = f64> {
        let powers = (-324..=308).map(|power| format!("1e{power}").parse::<f64>().unwrap());
        let twos = (-1074..1024).map(|power| 2f64.powi(power));
        let edges = [0.0, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, 2f64.powi(53), 1e-3, 1e7];
        let coarse = (0..3 * COARSE).map(f64::from_bits);
        let all = powers.chain(twos).chain(edges).chain(coarse).chain([f64::NAN]);
        let near = |value: f64| {
            let bits = value.to_bits();
            [bits.saturating_sub(1), bits, bits + 1].map(f64::from_bits)
        };
        all.flat_map(near).flat_map(|value| [value, -value])
    }

    #[test]
    fn turning_points_read_back() {
        for value in turning_points() {
            let (shortest, java) = (shortest(value), java(value));
            assert!(reads_back(&shortest, value), "{value:e}: {shortest}");
            assert!(reads_back(&java, value), "{value:e}: {java}");
        }
    }

    #[test]
    fn integers_are_those_of_the_standard_library() {
        let powers = (0..19).map(|power| 10i64.pow(power));
        let near = |power: i64| [power - 1, power, power + 1, -power];
        let edges = [i64::MIN, i64::MIN + 1, i64::MAX, 0, 1 << 53];
        for value in powers.flat_map(near).chain(edges).chain(-20_000..120_000) {
            assert_eq!(text(|room| put_integer(value, room)), value.to_string());
        }
        // Every eight digits would take minutes; each digit takes every value beside this stride.
        for number in (0..E8 as u32).step_by(9_973) {
            assert_eq!(shortest(number.into()), number.to_string());
        }
    }

    #[test]
    fn integral_values_are_written_without_a_point() {
        let border = 2f64.powi(53);
        let cases = [
            (0.0, "0"),
            (-0.0, "-0.0"),
            (-3.0, "-3"),
            (99_999_999.0, "99999999"),
            (1e8, "100000000"),
            (border - 1.0, "9007199254740991"),
            (border, "9007199254740992"),
            (border + 2.0, "9007199254740994"),
            (1e16, "1e16"),
            (-1.5e300, "-1.5e300"),
            (0.1, "0.1"),
            (-0.5, "-0.5"),
            (0.001, "0.001"),
            (99_999_999.999, "99999999.999"),
            (-100_000_000.25, "-100000000.25"),
            (999_999_999_999.999, "999999999999.999"),
            (1e-7, "1e-7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, expected) in cases {
            assert_eq!(shortest(value), expected);
        }
    }

    /// What `Double.toString` and its documentation say, from JDK 19 on.
    #[test]
    fn java_is_imitated() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (0.1, "0.1"),
            (1e-3, "0.001"),
            (9.999e-4, "9.999E-4"),
            (0.001_000_1, "0.0010001"),
            (9_999_999.0, "9999999.0"),
            (9_999_999.999, "9999999.999"),
            (1e7, "1.0E7"),
            (-1e7, "-1.0E7"),
            (14_699_048.0, "1.4699048E7"),
            (123_456_789.5, "1.234567895E8"),
            (-12_345_678.25, "-1.234567825E7"),
            (-1_234_567_891_234_567.0, "-1.234567891234567E15"),
            (2_251_799_813_685_247.5, "2.2517998136852475E15"),
            (20_000_001.0, "2.0000001E7"),
            (1e15, "1.0E15"),
            (9_007_199_254_740_993.0, "9.007199254740992E15"),
            (1e21, "1.0E21"),
            (2e-3, "0.002"),
            (1e23, "1.0E23"),
            (2e23, "2.0E23"),
            (8.41e21, "8.41E21"),
            // Halfway between two texts of one length: the even one.
            (2_896_993_810_640_813.0 / 4.0, "7.242484526602032E14"),
            (2.2250738585072014e-308, "2.2250738585072014E-308"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::from_bits(1), "4.9E-324"),
            (f64::from_bits(2), "9.9E-324"),
            (f64::from_bits(3), "1.5E-323"),
            (f64::from_bits(4), "2.0E-323"),
            (f64::from_bits(20), "9.9E-323"),
            (-f64::from_bits(1), "-4.9E-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, expected) in cases {
            assert_eq!(java(value), expected);
        }
    }

    /// How many digits count: two in `0.0150`.
    fn significant(text: &str) -> usize {
        let mantissa = text.split(['e', 'E']).next().unwrap();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        digits.trim_matches('0').len()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_bits_read_back(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assert!(reads_back(&shortest(value), value), "{}", shortest(value));
            prop_assert!(reads_back(&java(value), value), "{}", java(value));
        }

        #[test]
        fn usual_numbers_read_back(mantissa in -(1i64 << 53)..1 << 53, scale in -12..6i32) {
            let value = mantissa as f64 * 10f64.powi(scale);
            prop_assert!(reads_back(&shortest(value), value), "{}", shortest(value));
            prop_assert!(reads_back(&java(value), value), "{}", java(value));
        }

        #[test]
        fn integral_values_are_their_integers(integer in -(1i64 << 53)..1 << 53, shift in 0..53u32) {
            let integer = integer >> shift;
            prop_assert_eq!(shortest(integer as f64), integer.to_string());
        }

        #[test]
        fn thousandths_are_those_of_the_standard_library(
            thousandths in -1_000_000_000_000_000..1_000_000_000_000_000i64,
            shift in 0..50u32,
            off in -2..=2i64,
        ) {
            let value = (thousandths >> shift) as f64 / 1e3;
            prop_assert_eq!(shortest(value), value.to_string());
            // What only nearly is one is not taken for it.
            let beside = f64::from_bits(value.to_bits().wrapping_add_signed(off));
            prop_assert!(reads_back(&shortest(beside), beside), "{}", shortest(beside));
        }

        /// The standard library's `{:e}` is the shortest, too.
        #[test]
        fn no_text_is_shorter(bits: u64, integer in 0..1u64 << 53) {
            for value in [f64::from_bits(bits), integer as f64 / 8.0] {
                if value.is_finite() && value.abs().to_bits() > COARSE {
                    let judge = significant(&format!("{value:e}"));
                    prop_assert_eq!(significant(&shortest(value)), judge);
                    prop_assert_eq!(significant(&java(value)), judge);
                }
            }
        }
    }
}
