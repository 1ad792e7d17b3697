//! Numbers, addresses and times as text, without the formatting machinery: every row has some.

use std::fmt::Write;
use std::net::IpAddr;

use netsift_packet::Timestamp;

use crate::Profile;

pub(crate) fn push_number(text: &mut String, number: u32) {
    let mut line = Line::new();
    line.number(number);
    line.push_to(text);
}

pub(crate) fn push_address(text: &mut String, address: IpAddr) {
    let mut line = Line::new();
    line.address(address);
    line.push_to(text);
}

/// Two addresses and some numbers, with dashes between them.
pub(super) fn push_joined(text: &mut String, (from, to): (IpAddr, IpAddr), numbers: [u32; 3]) {
    let mut line = Line::new();
    line.address(from);
    line.put(b"-");
    line.address(to);
    for number in numbers {
        line.put(b"-");
        line.number(number);
    }
    line.push_to(text);
}

/// Bytes in hexadecimal, with colons between them.
pub(crate) fn push_mac(text: &mut String, address: [u8; 6]) {
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble & 15)];
    let mut line = Line::new();
    for (place, byte) in address.into_iter().enumerate() {
        line.put(if place > 0 { b":" } else { b"" });
        line.put(&[digit(byte >> 4), digit(byte)]);
    }
    line.push_to(text);
}

/// A time in UTC, as the profile writes it.
pub(crate) fn push_timestamp(text: &mut String, time: Timestamp, profile: Profile) {
    let (year, month, day) = date(time.as_secs().div_euclid(86_400));
    let second = time.as_secs().rem_euclid(86_400) as u32;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let mut line = Line::new();
    match profile {
        Profile::Cic => {
            let half = if hour < 12 { "AM" } else { "PM" };
            line.parts([(day, b'/'), (month, b'/')]);
            line.year(year, b' ');
            line.parts([((hour + 11) % 12 + 1, b':'), (minute, b':'), (second, b' ')]);
            line.put(half.as_bytes());
        }
        Profile::CicFixed => {
            line.year(year, b'-');
            line.parts([(month, b'-'), (day, b' '), (hour, b':'), (minute, b':')]);
            line.padded(second, 2);
            line.fraction(time.subsec_nanos() / 1_000, 6);
        }
        Profile::Native => {
            line.year(year, b'-');
            line.parts([(month, b'-'), (day, b'T'), (hour, b':'), (minute, b':')]);
            line.padded(second, 2);
            line.fraction(time.subsec_nanos(), 9);
            line.put(b"Z");
        }
    }
    line.push_to(text);
}

/// ASCII put together on the stack, so that the text grows once.
struct Line {
    bytes: [u8; LONGEST],
    len: usize,
}

/// More than the longest line: two addresses of 45 letters, three numbers of 10, and what is between them.
const LONGEST: usize = 128;

/// A byte as it stands in an address, with the dot behind it.
const OCTETS: [[u8; 4]; 256] = octets();

impl Line {
    const fn new() -> Self {
        Self { bytes: [0; LONGEST], len: 0 }
    }

    #[inline]
    fn put(&mut self, ascii: &[u8]) {
        let end = self.len + ascii.len();
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(ascii);
            self.len = end;
        }
    }

    fn address(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => {
                address.octets().into_iter().for_each(|octet| self.octet(octet));
                self.len -= 1;
            }
            // Writing to a line does not fail.
            IpAddr::V6(address) => drop(write!(self, "{address}")),
        }
    }

    #[inline]
    fn octet(&mut self, octet: u8) {
        let place = self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut);
        place.into_iter().for_each(|place| *place = OCTETS[usize::from(octet)]);
        self.len += 2 + usize::from(octet >= 10) + usize::from(octet >= 100);
    }

    fn number(&mut self, number: u32) {
        let len = 1 + number.checked_ilog10().unwrap_or(0);
        self.padded(number, len as usize);
    }

    /// The last `width` digits.
    #[inline]
    fn padded(&mut self, number: u32, width: usize) {
        let end = self.len + width;
        let mut rest = number;
        for digit in self.bytes.get_mut(self.len..end).unwrap_or_default().iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.len = end.min(LONGEST);
    }

    /// Two digits each, and what follows them.
    #[inline]
    fn parts<const N: usize>(&mut self, parts: [(u32, u8); N]) {
        for (number, after) in parts {
            self.put(&[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8, after]);
        }
    }

    /// Four digits: nanoseconds in 64 bits do not go further.
    fn year(&mut self, year: u32, after: u8) {
        self.padded(year, 4);
        self.put(&[after]);
    }

    /// A fraction of a second in as few groups of three digits as hold it; nothing of a whole second.
    fn fraction(&mut self, fraction: u32, digits: usize) {
        let (mut fraction, mut digits) = (fraction, digits);
        if fraction == 0 {
            return;
        }
        while fraction % 1_000 == 0 {
            (fraction, digits) = (fraction / 1_000, digits - 3);
        }
        self.put(b".");
        self.padded(fraction, digits);
    }

    fn push_to(&self, text: &mut String) {
        let ascii = self.bytes.get(..self.len).unwrap_or_default();
        text.push_str(std::str::from_utf8(ascii).unwrap_or_default());
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}

const fn octets() -> [[u8; 4]; 256] {
    let mut octets = [[b'.'; 4]; 256];
    let mut octet = 0;
    while octet < octets.len() {
        let [a, b, c] = [octet / 100, octet / 10 % 10, octet % 10];
        let [a, b, c] = [b'0' + a as u8, b'0' + b as u8, b'0' + c as u8];
        octets[octet] = match octet {
            0..=9 => [c, b'.', 0, 0],
            10..=99 => [b, c, b'.', 0],
            _ => [a, b, c, b'.'],
        };
        octet += 1;
    }
    octets
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
    fn addresses_and_numbers_are_written_as_by_the_standard_library() {
        for octet in 0..=255 {
            let v4 = IpAddr::from([octet, 255 - octet, octet / 3, octet]);
            let v6 =
                IpAddr::from([u16::from(octet) * 257, 0, 0xffff, 1, 0xabcd, 0x1000, 0xfff0, 9]);
            let mapped = IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0xffff, 0xffff]);
            for (from, to) in [(v4, v6), (v6, v4), (mapped, mapped), (v6, v6)] {
                let mut text = String::new();
                let numbers = [u32::MAX, 0, u32::from(octet)];
                push_joined(&mut text, (from, to), numbers);
                push_address(&mut text, from);
                push_number(&mut text, 1_000_000_000);
                let expected = format!("{from}-{to}-4294967295-0-{octet}{from}1000000000");
                assert_eq!(text, expected);
            }
        }
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
