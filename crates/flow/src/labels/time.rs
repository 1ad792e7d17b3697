//! Times as tables have them.

/// What a text must be that is none.
const FORM: &str = "a time as 2017-07-04T09:20:00Z, or seconds since 1970";
const RANGE: &str = "a time in the years 1678 to 2261";

const SECOND: i128 = 1_000_000_000;

/// Nanoseconds since the epoch, of RFC 3339 (a blank for its T, and UTC if there is no offset) or of seconds
/// since the epoch. What is finer than a nanosecond is cut off.
pub(super) fn parse(text: &str) -> Result<i64, &'static str> {
    let nanos = if is_number(text) { seconds(text) } else { calendar(text) }.ok_or(FORM)?;
    i64::try_from(nanos).map_err(|_| RANGE)
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn seconds(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix('-');
    let (whole, fraction) = decimal(unsigned.unwrap_or(text))?;
    let nanos = i128::from(whole) * SECOND + i128::from(fraction);
    Some(if unsigned.is_some() { -nanos } else { nanos })
}

/// A number, and the nanoseconds behind its point.
fn decimal(text: &str) -> Option<(u64, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = nanos.fold(0, |sum, digit| sum * 10 + u32::from(digit.wrapping_sub(b'0') % 10));
    // Eighteen digits reach past every time there is, and stay far from overflow.
    let is_whole = (1..=18).contains(&whole.len()) && whole.bytes().all(|b| b.is_ascii_digit());
    (is_fraction && is_whole).then(|| Some((whole.parse().ok()?, nanos)))?
}

fn calendar(text: &str) -> Option<i128> {
    let (date, rest) = text.split_at_checked(10)?;
    let [year, month, day] = parts(date, '-')?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, offset) = rest.split_at(rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len()));
    let (clock, fraction) = time.split_at_checked(8)?;
    let [hour, minute, second] = parts(clock, ':')?;
    let nanos = if fraction.is_empty() { 0 } else { decimal(&format!("0{fraction}"))?.1 };
    // A leap second is the first of the next minute: the epoch's count has no place for it.
    let is_time = hour < 24 && minute < 60 && second <= 60;
    let days = is_time.then(|| days(year, month, day))??;
    let seconds = ((i128::from(days) * 24 + i128::from(hour)) * 60 + i128::from(minute)) * 60;
    let seconds = seconds + i128::from(second) - i128::from(offset_seconds(offset)?);
    Some(seconds * SECOND + i128::from(nanos))
}

/// Three numbers, the last two of two digits.
fn parts(text: &str, between: char) -> Option<[i64; 3]> {
    let mut numbers = text.split(between).map(|part| {
        let is_number = part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<i64>().ok())?
    });
    let parts = [numbers.next()??, numbers.next()??, numbers.next()??];
    let are_short = parts.iter().skip(1).all(|part| *part < 100);
    (are_short && numbers.next().is_none()).then_some(parts)
}

fn offset_seconds(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let number = |text: &str, below: i64| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| text.parse::<i64>().ok())??;
        (number < below).then_some(number)
    };
    Some(sign * (number(hours, 24)? * 60 + number(minutes, 60)?) * 60)
}

/// Days from 1970-01-01: years begin in March, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use netsift_packet::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::Profile;
    use crate::features::push_timestamp;

    #[test]
    fn the_same_moment_in_every_spelling() {
        // Known to every Unix user: second 1,000,000,000 was 2001-09-09 01:46:40 UTC.
        for text in [
            "1000000000.5",
            "1000000000.50000000099",
            "2001-09-09T01:46:40.5Z",
            "2001-09-09 01:46:40.500000000",
            "2001-09-09t01:46:40.5z",
            "2001-09-09T03:46:40.5+02:00",
            "2001-09-08T20:16:40.5-05:30",
        ] {
            assert_eq!(parse(text), Ok(1_000_000_000_500_000_000), "{text}");
        }
        assert_eq!(parse("-0.000000001"), Ok(-1));
        assert_eq!(parse("2016-12-31T23:59:60Z"), parse("2017-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "-",
            ".",
            ".5",
            "1.",
            "1.2.3",
            "1e9",
            "noon",
            "2001-13-01T00:00:00Z",
            "2001-02-29T00:00:00Z",
            "2001-01-01",
            "2001-01-01T24:00:00Z",
            "2001-01-01T00:60:00Z",
            "2001-01-01T00:00:61Z",
            "2001-01-01T00:00:00+2:00",
            "2001-01-01T00:00:00+02:60",
            "2001-01-01T00:00:00Zulu",
            "2001-01-01T00:00:00.",
            "2001-01-01T00:00:00.x",
            "2001-001-1T00:00:00Z",
            "20010-1-01T00:00:00Z",
            "2001-1-011T00:00:00Z",
            "9999999999999999999",
            "2001-01-01T+0:00:00",
            "0000000\u{e4}01T00:00:00Z",
        ] {
            assert_eq!(parse(text), Err(FORM), "{text}");
        }
        for text in ["9999999999", "-9999999999", "2300-01-01T00:00:00Z", "0001-01-01T00:00:00Z"] {
            assert_eq!(parse(text), Err(RANGE), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_rows_tell_is_read_back(nanos: i64) {
            let time = Timestamp::from_nanos(nanos);
            prop_assert_eq!(parse(&time.to_string()), Ok(nanos));
            let mut text = String::new();
            push_timestamp(&mut text, time, Profile::Native);
            prop_assert_eq!(parse(&text), Ok(nanos));
        }

        #[test]
        fn no_text_breaks_it(text in "[-0-9TZ:.+ \u{e4}]{0,30}") {
            let _ = parse(&text);
        }
    }
}
