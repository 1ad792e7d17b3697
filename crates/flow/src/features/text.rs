//! Numbers, addresses and times as text, without the formatting machinery: every row has some.

use std::fmt::Write;
use std::net::IpAddr;

use netsift_packet::Timestamp;

use crate::Profile;

pub(crate) fn push_number(text: &mut String, number: u32) {
    let mut digits = [0; 10];
    let (mut rest, mut at) = (number, digits.len());
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    digits[at..].iter().for_each(|&digit| text.push(digit.into()));
}

pub(crate) fn push_address(text: &mut String, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (place, octet) in address.octets().into_iter().enumerate() {
                if place > 0 {
                    text.push('.');
                }
                push_number(text, octet.into());
            }
        }
        // Writing to a string does not fail.
        IpAddr::V6(address) => drop(write!(text, "{address}")),
    }
}

pub(crate) fn push_mac(text: &mut String, address: [u8; 6]) {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble & 15)]);
    for (place, byte) in address.into_iter().enumerate() {
        if place > 0 {
            text.push(':');
        }
        text.push(digit(byte >> 4));
        text.push(digit(byte));
    }
}

/// A time in UTC, as the profile writes it.
pub(crate) fn push_timestamp(text: &mut String, time: Timestamp, profile: Profile) {
    let (year, month, day) = date(time.as_secs().div_euclid(86_400));
    let second = time.as_secs().rem_euclid(86_400) as u32;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let date = [(year, '-'), (month, '-'), (day, ' ')];
    match profile {
        Profile::Cic => {
            let half = if hour < 12 { " AM" } else { " PM" };
            push_parts(text, &[(day, '/'), (month, '/'), (year, ' ')]);
            push_parts(text, &[((hour + 11) % 12 + 1, ':'), (minute, ':')]);
            push_padded(text, second, 2);
            text.push_str(half);
        }
        Profile::CicFixed => {
            push_parts(text, &date);
            push_parts(text, &[(hour, ':'), (minute, ':')]);
            push_padded(text, second, 2);
            push_fraction(text, time.subsec_nanos() / 1_000, 6);
        }
        Profile::Native => {
            push_parts(text, &[date[0], date[1], (day, 'T'), (hour, ':'), (minute, ':')]);
            push_padded(text, second, 2);
            push_fraction(text, time.subsec_nanos(), 9);
            text.push('Z');
        }
    }
}

/// Two digits each (a year has four), and what follows it.
fn push_parts(text: &mut String, parts: &[(u32, char)]) {
    for &(number, after) in parts {
        push_padded(text, number, 2);
        text.push(after);
    }
}

/// A fraction of a second in as few groups of three digits as hold it; nothing of a whole second.
fn push_fraction(text: &mut String, fraction: u32, digits: usize) {
    let (mut fraction, mut digits) = (fraction, digits);
    if fraction == 0 {
        return;
    }
    while fraction % 1_000 == 0 {
        (fraction, digits) = (fraction / 1_000, digits - 3);
    }
    text.push('.');
    push_padded(text, fraction, digits);
}

fn push_padded(text: &mut String, number: u32, width: usize) {
    let mut least = 10u32.pow(width as u32 - 1);
    while number < least && least > 1 {
        text.push('0');
        least /= 10;
    }
    push_number(text, number);
}

/// Year, month and day of a day counted from 1970-01-01: eras of 400 years begin in March, so that leap days
/// come last.
fn date(day: i64) -> (u32, u32, u32) {
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    ((era * 400 + year + next_year) as u32, month as u32, day_of_month as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(nanos: i64, profile: Profile) -> String {
        let mut text = String::new();
        push_timestamp(&mut text, Timestamp::from_nanos(nanos), profile);
        text
    }

    #[test]
    fn each_profile_writes_times_in_its_way() {
        let time = 943_755_158_000_000_000;
        assert_eq!(told(time, Profile::Cic), "28/11/1999 02:12:38 AM");
        assert_eq!(told(time, Profile::CicFixed), "1999-11-28 02:12:38");
        assert_eq!(told(time, Profile::Native), "1999-11-28T02:12:38Z");
        let time = time + 36_000_000_000_000 + 12_050_000;
        assert_eq!(told(time, Profile::Cic), "28/11/1999 12:12:38 PM");
        assert_eq!(told(time, Profile::CicFixed), "1999-11-28 12:12:38.012050");
        assert_eq!(told(time + 1, Profile::Native), "1999-11-28T12:12:38.012050001Z");
        assert_eq!(told(time - 50_000, Profile::CicFixed), "1999-11-28 12:12:38.012");
    }

    #[test]
    fn days_are_dates_wherever_they_lie() {
        let leap = 951_782_400_000_000_000;
        assert_eq!(told(leap, Profile::Native), "2000-02-29T00:00:00Z");
        assert_eq!(told(0, Profile::Native), "1970-01-01T00:00:00Z");
        assert_eq!(told(-1, Profile::Native), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(told(i64::MIN, Profile::Native), "1677-09-21T00:12:43.145224192Z");
        assert_eq!(told(i64::MAX, Profile::Native), "2262-04-11T23:47:16.854775807Z");
        assert_eq!(told(4_107_542_400_000_000_000, Profile::Native), "2100-03-01T00:00:00Z");
    }
}
