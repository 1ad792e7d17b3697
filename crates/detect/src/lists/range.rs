//! Addresses from one to another: what an entry of a list of networks stands for.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::DetectError;

/// Addresses from one to another of the same family, both included: a network, a range, or one address.
///
/// It is read from `192.0.2.1`, `192.0.2.0/24` or `192.0.2.3-192.0.2.77`, and prints as the shortest of them. IPv4
/// addresses that are written as IPv6 (`::ffff:192.0.2.1`) are IPv4: the same host would otherwise have two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

/// What a text says beside the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) range: AddressRange,
    /// A network written by an address inside of it: `192.0.2.1/24`.
    pub(super) has_host_bits: bool,
    /// A port stood behind the address.
    pub(super) has_port: bool,
}

impl AddressRange {
    /// The addresses from `first` to `last`; nothing if they are of two families (an IPv4 address that is written as IPv6
    /// is of the one), or the wrong way round.
    #[must_use]
    pub fn new(first: IpAddr, last: IpAddr) -> Option<Self> {
        let (first, last) = match (first, last) {
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                match (one.to_ipv4_mapped(), other.to_ipv4_mapped()) {
                    (Some(one), Some(other)) => (one.into(), other.into()),
                    (None, None) => (first, last),
                    _ => return None,
                }
            }
            _ => (first, last),
        };
        (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Self { first, last })
    }

    /// The network of `address` whose first `prefix_len` bits are the same; nothing if it has not so many.
    #[must_use]
    pub fn network(address: IpAddr, prefix_len: u8) -> Option<Self> {
        match address {
            IpAddr::V4(address) => {
                let hosts = u32::MAX.checked_shr(prefix_len.into()).unwrap_or(0);
                let first = address.to_bits() & !hosts;
                let range = Self::v4(first, first | hosts);
                (prefix_len <= 32).then_some(range)
            }
            IpAddr::V6(address) => {
                let hosts = u128::MAX.checked_shr(prefix_len.into()).unwrap_or(0);
                let first = address.to_bits() & !hosts;
                let range = Self::v6(first, first | hosts);
                if prefix_len <= 128 { Self::new(range.first, range.last) } else { None }
            }
        }
    }

    /// The first address.
    #[must_use]
    pub fn first(&self) -> IpAddr {
        self.first
    }

    /// The last address.
    #[must_use]
    pub fn last(&self) -> IpAddr {
        self.last
    }

    /// Whether the address is among them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }

    /// The length of their common prefix, if they are just the network that has it.
    #[must_use]
    pub fn prefix_len(&self) -> Option<u8> {
        let prefix_len = self.common_prefix();
        (Self::network(self.first, prefix_len) == Some(*self)).then_some(prefix_len)
    }

    /// How far the last is from the first: one less than how many there are.
    pub(super) fn distance(&self) -> u128 {
        bits_of(self.last) - bits_of(self.first)
    }

    /// How many of the first bits are the same in all of them.
    fn common_prefix(&self) -> u8 {
        let bits = match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                (first.to_bits() ^ last.to_bits()).leading_zeros()
            }
            (first, last) => (bits_of(first) ^ bits_of(last)).leading_zeros(),
        };
        u8::try_from(bits).unwrap_or(u8::MAX)
    }

    pub(super) fn v4(first: u32, last: u32) -> Self {
        Self { first: Ipv4Addr::from_bits(first).into(), last: Ipv4Addr::from_bits(last).into() }
    }

    pub(super) fn v6(first: u128, last: u128) -> Self {
        Self { first: Ipv6Addr::from_bits(first).into(), last: Ipv6Addr::from_bits(last).into() }
    }

    /// Reads what an entry may be: also a network written by an address inside, and an address with a port.
    pub(super) fn parse(text: &str) -> Option<Parsed> {
        let plain = |range| Parsed { range, has_host_bits: false, has_port: false };
        if let Ok(address) = text.parse::<IpAddr>() {
            return Self::new(address, address).map(plain);
        }
        if let Some((address, prefix_len)) = text.split_once('/') {
            return Self::parse_network(address.parse().ok()?, prefix_len);
        }
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (first.trim_end().parse().ok()?, last.trim_start().parse().ok()?);
            return Self::new(first, last).map(plain);
        }
        let address = text.parse::<SocketAddr>().ok()?.ip();
        Some(Parsed { has_port: true, ..plain(Self::new(address, address)?) })
    }

    fn parse_network(address: IpAddr, prefix_len: &str) -> Option<Parsed> {
        // Not "+8", which the standard library reads as a number, too.
        let is_number = !prefix_len.is_empty() && prefix_len.bytes().all(|b| b.is_ascii_digit());
        let prefix_len = prefix_len.parse().ok().filter(|_| is_number)?;
        let range = Self::network(address, prefix_len)?;
        let has_host_bits = range.first != address.to_canonical();
        Some(Parsed { range, has_host_bits, has_port: false })
    }
}

/// The address as a number, of whichever family.
pub(super) fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl FromStr for AddressRange {
    type Err = DetectError;

    /// A network has to be written by its first address, and a port says nothing of addresses.
    fn from_str(text: &str) -> Result<Self, DetectError> {
        let parsed = Self::parse(text).filter(|parsed| !parsed.has_host_bits && !parsed.has_port);
        parsed
            .map(|parsed| parsed.range)
            .ok_or_else(|| DetectError::NotAddresses { value: text.into() })
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix_len() {
            _ if self.first == self.last => write!(f, "{}", self.first),
            Some(prefix_len) => write!(f, "{}/{prefix_len}", self.first),
            None => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

impl Serialize for AddressRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn networks_ranges_and_addresses_are_read_and_print_as_the_shortest() {
        for (text, first, last, printed) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.0/24", "192.0.2.0", "192.0.2.255", "192.0.2.0/24"),
            ("192.0.2.0-192.0.2.255", "192.0.2.0", "192.0.2.255", "192.0.2.0/24"),
            ("192.0.2.3 - 192.0.2.77", "192.0.2.3", "192.0.2.77", "192.0.2.3-192.0.2.77"),
            ("192.0.2.1/32", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255", "0.0.0.0/0"),
            ("2001:db8::/127", "2001:db8::", "2001:db8::1", "2001:db8::/127"),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"),
            ("::ffff:192.0.2.0/120", "192.0.2.0", "192.0.2.255", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ] {
            let range = range(text);
            assert_eq!(range.first().to_string(), first, "{text}");
            assert_eq!(range.last().to_string(), last, "{text}");
            assert_eq!(range.to_string(), printed, "{text}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "192.0.2",
            "192.0.2.0/33",
            "192.0.2.0/",
            "192.0.2.0/+8",
            "192.0.2.0/-1",
            "192.0.2.0/024x",
            "192.0.2.1/24",
            "192.0.2.9-192.0.2.1",
            "192.0.2.1-2001:db8::",
            "::ffff:192.0.2.1-2001:db8::",
            "::-::ffff:192.0.2.1",
            "192.0.2.1:80",
            "010.0.0.1",
            "fe80::1%eth0",
            "2001:db8::/129",
            "2001:db8::/300",
            "-",
            "/",
        ] {
            let refused = text.parse::<AddressRange>();
            assert!(matches!(refused, Err(DetectError::NotAddresses { .. })), "{text:?}");
        }
    }

    #[test]
    fn entries_may_say_more_than_addresses() {
        let parsed = AddressRange::parse("192.0.2.1/24").unwrap();
        assert!(parsed.has_host_bits && parsed.range == range("192.0.2.0/24"));
        for text in ["192.0.2.1:8080", "[2001:db8::1]:443"] {
            assert!(AddressRange::parse(text).unwrap().has_port, "{text}");
        }
        assert!(!AddressRange::parse("::ffff:192.0.2.0/120").unwrap().has_host_bits);
        assert!(AddressRange::parse("::ffff:192.0.2.1/120").unwrap().has_host_bits);
    }

    #[test]
    fn it_is_text_where_it_is_kept() {
        let json = serde_json::to_string(&range("192.0.2.0/24")).unwrap();
        assert_eq!(json, r#""192.0.2.0/24""#);
        assert_eq!(serde_json::from_str::<AddressRange>(&json).unwrap(), range("192.0.2.0/24"));
        let error = serde_json::from_str::<AddressRange>(r#""192.0.2.1/24""#).unwrap_err();
        assert!(error.to_string().contains("192.0.2.1/24"), "{error}");
    }

    proptest! {
        #[test]
        fn what_prints_is_read_again(first: u128, last: u128, is_v4: bool, prefix_len in 0_u8..=128) {
            let address = |bits: u128| match is_v4 {
                true => IpAddr::from(Ipv4Addr::from_bits(bits as u32)),
                false => IpAddr::from(Ipv6Addr::from_bits(bits)),
            };
            let (one, other) = (address(first), address(last));
            let ranges = [
                AddressRange::new(one.min(other), one.max(other)),
                AddressRange::network(one, prefix_len),
            ];
            for range in ranges.into_iter().flatten() {
                prop_assert_eq!(range.to_string().parse::<AddressRange>().unwrap(), range);
                prop_assert!(range.contains(range.first()) && range.contains(range.last()));
            }
            prop_assert_eq!(ranges[1].is_none(), is_v4 && prefix_len > 32);
            prop_assert!(ranges[1].is_none_or(|network| network.contains(one)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9a-f:./-]{0,24}") {
            if let Some(parsed) = AddressRange::parse(&text) {
                prop_assert!(parsed.range.first() <= parsed.range.last());
            }
        }
    }
}
