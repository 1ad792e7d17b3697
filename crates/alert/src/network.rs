//! Networks, as settings name them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use thiserror::Error;

/// A network, or one address: `192.0.2.0/24`, `2001:db8::/32`, `192.0.2.7`.
///
/// IPv4 addresses that are written as IPv6 (`::ffff:192.0.2.7`) are IPv4: the same host would otherwise have two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    first: IpAddr,
    len: u8,
}

/// A text that names no network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is no network like \"192.0.2.0/24\", by its first address, and no address")]
pub struct NotANetwork {
    text: String,
}

impl Network {
    /// Whether the address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(address.to_canonical(), self.len) == Some(self.first)
    }

    /// Whether every address of its kind is in it.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.len == 0
    }

    /// Whether all of it is in the other one.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.len >= other.len && other.contains(self.first)
    }

    /// The smallest network with this one and the address in it; none, if one is IPv4 and the other is not.
    #[must_use]
    pub fn spanning(self, address: IpAddr) -> Option<Self> {
        let common = match (self.first, address.to_canonical()) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                (one.to_bits() ^ other.to_bits()).leading_zeros()
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                (one.to_bits() ^ other.to_bits()).leading_zeros()
            }
            _ => return None,
        };
        let len = self.len.min(common as u8);
        masked(self.first, len).map(|first| Self { first, len })
    }

    /// Its first and its last address.
    #[must_use]
    pub fn ends(&self) -> (IpAddr, IpAddr) {
        let last = match self.first {
            IpAddr::V4(first) => {
                let hosts = u32::MAX.checked_shr(self.len.into()).unwrap_or(0);
                IpAddr::V4((first.to_bits() | hosts).into())
            }
            IpAddr::V6(first) => {
                let hosts = u128::MAX.checked_shr(self.len.into()).unwrap_or(0);
                IpAddr::V6((first.to_bits() | hosts).into())
            }
        };
        (self.first, last)
    }
}

/// The address with all but the first bits 0; nothing if it has not so many.
fn masked(address: IpAddr, len: u8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) if len <= 32 => {
            let hosts = u32::MAX.checked_shr(len.into()).unwrap_or(0);
            Some(IpAddr::V4((address.to_bits() & !hosts).into()))
        }
        IpAddr::V6(address) if len <= 128 => {
            let hosts = u128::MAX.checked_shr(len.into()).unwrap_or(0);
            Some(IpAddr::V6((address.to_bits() & !hosts).into()))
        }
        _ => None,
    }
}

impl From<IpAddr> for Network {
    /// One address.
    fn from(address: IpAddr) -> Self {
        let first = address.to_canonical();
        Self { first, len: if first.is_ipv4() { 32 } else { 128 } }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let network = || {
            let (address, len) = text.split_once('/').map_or((text, None), |it| (it.0, Some(it.1)));
            let first = address.parse::<IpAddr>().ok()?.to_canonical();
            let most = if first.is_ipv4() { 32 } else { 128 };
            // Not "+8", which the standard library reads as a number, too.
            let is_number = |len: &str| len.bytes().all(|byte| byte.is_ascii_digit());
            let len = match len {
                None => most,
                Some(len) => len.parse().ok().filter(|_| is_number(len))?,
            };
            (masked(first, len) == Some(first)).then_some(Self { first, len })
        };
        network().ok_or_else(|| NotANetwork { text: text.to_owned() })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.len) {
            (IpAddr::V4(_), 32) | (IpAddr::V6(_), 128) => write!(f, "{}", self.first),
            (first, len) => write!(f, "{first}/{len}"),
        }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        for (network, address, is_in) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("::/0", "192.0.2.1", false),
            ("::/0", "fe80::1", true),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.contains(address.parse().unwrap()), is_in, "{address} in {network}");
            assert_eq!(parsed.to_string(), network);
        }
    }

    #[test]
    fn a_network_spans_all_that_it_was_given() {
        for (addresses, spanning) in [
            (&["192.0.2.7"][..], Some("192.0.2.7")),
            (&["192.0.2.7", "::ffff:192.0.2.6"], Some("192.0.2.6/31")),
            (&["192.0.2.7", "192.0.2.129", "192.0.2.8"], Some("192.0.2.0/24")),
            (&["10.0.0.1", "192.0.2.1"], Some("0.0.0.0/0")),
            (&["2001:db8::1", "2001:db8:8000::1"], Some("2001:db8::/32")),
            (&["192.0.2.7", "2001:db8::1"], None),
        ] {
            let all: Vec<IpAddr> = addresses.iter().map(|it| it.parse().unwrap()).collect();
            let network =
                all[1..].iter().try_fold(Network::from(all[0]), |it, &more| it.spanning(more));
            assert_eq!(network.map(|it| it.to_string()).as_deref(), spanning);
            assert!(network.is_none_or(|it| all.iter().all(|address| it.contains(*address))));
        }
    }

    #[test]
    fn a_network_is_within_those_that_hold_all_of_it() {
        let network = |text: &str| text.parse::<Network>().unwrap();
        for (one, other, is_within) in [
            ("10.1.0.0/16", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.0.0.0/16", false),
            ("10.0.0.0/8", "::/0", false),
            ("10.2.0.0/16", "10.1.0.0/16", false),
        ] {
            assert_eq!(network(one).is_within(&network(other)), is_within, "{one} in {other}");
        }
    }

    #[test]
    fn networks_end_where_they_should() {
        for (network, last) in [
            ("192.0.2.0/24", "192.0.2.255"),
            ("0.0.0.0/0", "255.255.255.255"),
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8::/33", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"),
            ("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.ends().1, last.parse::<IpAddr>().unwrap(), "{network}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "x", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/+8", "10.0.0.0/", "::/129"]
        {
            assert!(text.parse::<Network>().is_err(), "{text:?}");
            assert!(serde_json::from_str::<Network>(&format!("{text:?}")).is_err());
        }
    }
}
