//! Numbers, addresses and names as filters write them.

use std::net::Ipv6Addr;

use crate::{MacAddr, Protocol};

/// A number as C writes it: `0x10`, `020` and `16` are the same.
pub(super) fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    // `from_str_radix` takes a sign, which no word of a filter has before a number.
    let is_plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
    if is_plain { u32::from_str_radix(digits, radix).ok() } else { None }
}

/// One to four parts of an IPv4 address: what they say and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ipv4Parts {
    /// The parts from the left, zeros behind.
    pub(super) address: u32,
    /// Ones where parts were written.
    pub(super) mask: u32,
    /// How many parts were written.
    pub(super) count: u32,
}

impl Ipv4Parts {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = Self { address: 0, mask: 0, count: 0 };
        for part in text.split('.') {
            let byte = decimal_byte(part).filter(|_| parts.count < 4)?;
            let shift = 24 - 8 * parts.count;
            parts.address |= u32::from(byte) << shift;
            parts.mask |= 0xff << shift;
            parts.count += 1;
        }
        Some(parts)
    }
}

/// Leading zeros are refused: some readers take them for octal, others do not.
fn decimal_byte(text: &str) -> Option<u8> {
    let is_decimal = text.bytes().all(|b| b.is_ascii_digit());
    let is_plain = is_decimal && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

/// The mask of the `len` leading bits of an IPv4 address.
pub(super) fn mask4(len: u32) -> Option<u32> {
    match len {
        0 => Some(0),
        1..=32 => Some(u32::MAX << (32 - len)),
        _ => None,
    }
}

/// The mask of the `len` leading bits of an IPv6 address.
pub(super) fn mask6(len: u32) -> Option<[u32; 4]> {
    if len > 128 {
        return None;
    }
    let word = |skipped| mask4(len.saturating_sub(skipped).min(32)).unwrap_or_default();
    Some([word(0), word(32), word(64), word(96)])
}

/// An IPv6 address as four words.
pub(super) fn ipv6(text: &str) -> Option<[u32; 4]> {
    let bits = text.parse::<Ipv6Addr>().ok()?.to_bits();
    Some([96, 64, 32, 0].map(|shift| (bits >> shift) as u32))
}

/// Six bytes between colons, hyphens or dots, one or two digits each, or three times four digits
/// between dots.
pub(super) fn mac(text: &str) -> Option<MacAddr> {
    let separator = text.find([':', '-', '.']).and_then(|at| text[at..].chars().next())?;
    let groups: Vec<&str> = text.split(separator).collect();
    let digits = if groups.len() == 3 && separator == '.' { 4..=4 } else { 1..=2 };
    let value = |group: &&str| {
        let fits = digits.contains(&group.len()) && group.bytes().all(|b| b.is_ascii_hexdigit());
        if fits { u16::from_str_radix(group, 16).ok() } else { None }
    };
    let values = groups.iter().map(value).collect::<Option<Vec<u16>>>()?;
    match values[..] {
        [a, b, c, d, e, f] => Some(MacAddr([a, b, c, d, e, f].map(|group| group as u8))),
        [a, b, c] => {
            let [[a, b], [c, d], [e, f]] = [a, b, c].map(u16::to_be_bytes);
            Some(MacAddr([a, b, c, d, e, f]))
        }
        _ => None,
    }
}

/// A service by its name: its port, and its transport where it has only one.
///
/// The commonest of the registry; tcpdump looks them up on the machine it runs on, which would make
/// the meaning of a filter depend on that machine.
pub(super) fn service(name: &str) -> Option<(u16, Option<Protocol>)> {
    const TCP: Option<Protocol> = Some(Protocol::TCP);
    const UDP: Option<Protocol> = Some(Protocol::UDP);
    Some(match name {
        "ftp-data" => (20, TCP),
        "ftp" => (21, TCP),
        "ssh" => (22, TCP),
        "telnet" => (23, TCP),
        "smtp" => (25, TCP),
        "domain" => (53, None),
        "bootps" => (67, UDP),
        "bootpc" => (68, UDP),
        "tftp" => (69, UDP),
        "http" => (80, TCP),
        "pop3" => (110, TCP),
        "ntp" => (123, UDP),
        "imap" => (143, TCP),
        "snmp" => (161, None),
        "ldap" => (389, None),
        "https" => (443, None),
        "microsoft-ds" => (445, TCP),
        "syslog" => (514, UDP),
        "imaps" => (993, TCP),
        "sip" => (5060, None),
        _ => return None,
    })
}

/// An IP protocol by the name that the registry of protocol numbers gives it.
pub(super) fn protocol(name: &str) -> Option<Protocol> {
    Some(Protocol(match name {
        "icmp" => 1,
        "igmp" => 2,
        "tcp" => 6,
        "udp" => 17,
        "gre" => 47,
        "esp" => 50,
        "ah" => 51,
        "ipv6-icmp" => 58,
        "ospf" => 89,
        "pim" => 103,
        "vrrp" => 112,
        "sctp" => 132,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_in_c() {
        assert_eq!(["16", "020", "0x10", "0"].map(number), [Some(16), Some(16), Some(16), Some(0)]);
        for wrong in ["", "08", "0x", "1-2", "-1", "+1", "4294967296", "1.2", "a"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn missing_parts_of_an_address_are_not_asked_for() {
        let parts = |text| Ipv4Parts::parse(text).map(|p| (p.address, p.mask));
        assert_eq!(parts("10"), Some((0x0a00_0000, 0xff00_0000)));
        assert_eq!(parts("10.1"), Some((0x0a01_0000, 0xffff_0000)));
        assert_eq!(parts("1.2.3.4"), Some((0x0102_0304, u32::MAX)));
        for wrong in ["", ".", "1.", "256", "1.2.3.4.5", "1.2.3.", "+1.2", "0x1.2", "01.2"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn masks_reach_from_nothing_to_everything() {
        assert_eq!([0, 1, 32, 33].map(mask4), [Some(0), Some(1 << 31), Some(u32::MAX), None]);
        assert_eq!(mask6(33), Some([u32::MAX, 1 << 31, 0, 0]));
        assert_eq!([mask6(0), mask6(128), mask6(129)], [Some([0; 4]), Some([u32::MAX; 4]), None]);
    }

    #[test]
    fn link_addresses_have_three_spellings() {
        for text in ["1:2:3:a:5:6", "01-02-03-0A-05-06", "0102.030a.0506", "1.2.3.a.5.6"] {
            assert_eq!(mac(text), Some(MacAddr([1, 2, 3, 10, 5, 6])), "{text}");
        }
        for wrong in [
            "1:2:3:4:5",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:g",
            "1:2:3:4:5:666",
            "1:2-3",
            ":",
            "102.030a.0506",
        ] {
            assert_eq!(mac(wrong), None, "{wrong}");
        }
    }
}
