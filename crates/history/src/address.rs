//! Addresses and networks as keys: a byte for the family, and the octets, so that a network is a range.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A network that is asked for: an address and how many of its bits count.
///
/// ```
/// use netsift_history::Network;
///
/// let network: Network = "192.0.2.0/24".parse()?;
/// assert!(network.holds([192, 0, 2, 7].into()));
/// assert!("192.0.2.0/33".parse::<Network>().is_err());
/// # Ok::<(), netsift_history::NotANetwork>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that is neither an address nor a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANetwork;

impl Network {
    /// The network that an address is in.
    #[must_use]
    pub fn new(address: IpAddr, bits: u8) -> Option<Self> {
        (bits <= width(address)).then_some(Self { address, bits })
    }

    /// Whether it is one of its addresses.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        let key = key(address);
        let (first, last) = self.keys();
        first <= key && key <= last
    }

    /// The keys of its first and its last address. Keys of the other family are on one side of both.
    pub(crate) fn keys(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut first, mut last) = (key(self.address), key(self.address));
        for bit in usize::from(self.bits)..usize::from(width(self.address)) {
            let (byte, mask) = (1 + bit / 8, 0x80_u8 >> (bit % 8));
            first[byte] &= !mask;
            last[byte] |= mask;
        }
        (first, last)
    }
}

/// An address as a key.
pub(crate) fn key(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => [&[4], &address.octets()[..]].concat(),
        IpAddr::V6(address) => [&[6], &address.octets()[..]].concat(),
    }
}

/// The address of a key.
pub(crate) fn of_key(key: &[u8]) -> Option<IpAddr> {
    match key.split_first()? {
        (4, octets) => Some(IpAddr::from(<[u8; 4]>::try_from(octets).ok()?)),
        (6, octets) => Some(IpAddr::from(<[u8; 16]>::try_from(octets).ok()?)),
        _ => None,
    }
}

const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self { address, bits: width(address) }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let Some((address, bits)) = text.split_once('/') else {
            return text.parse::<IpAddr>().map(Self::from).map_err(|_| NotANetwork);
        };
        let address = address.parse().map_err(|_| NotANetwork)?;
        bits.parse().ok().and_then(|bits| Self::new(address, bits)).ok_or(NotANetwork)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bits == width(self.address) {
            true => self.address.fmt(f),
            false => write!(f, "{}/{}", self.address, self.bits),
        }
    }
}

impl fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is neither an address nor a network like 192.0.2.0/24")
    }
}

impl Error for NotANetwork {}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("10.0.0.0/8", "10.0.0.0", "a00::"),
            ("10.1.2.3/31", "10.1.2.2", "10.1.2.4"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4", "1.2.3.4"),
        ] {
            let of: Network = network.parse().unwrap();
            assert!(of.holds(inside.parse().unwrap()), "{network} {inside}");
            assert!(!of.holds(outside.parse().unwrap()), "{network} {outside}");
        }
        for text in ["", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1"] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }

    #[test]
    fn keys_are_addresses() {
        for text in ["0.0.0.0", "192.0.2.255", "::", "::ffff:1.2.3.4", "2001:db8::1"] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(of_key(&key(address)), Some(address));
        }
        assert_eq!((of_key(&[]), of_key(&[4, 1]), of_key(&[5, 1, 2, 3, 4])), (None, None, None));
    }
}
