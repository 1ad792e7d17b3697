//! What a flow is found by: both ends and the protocol, whichever end sends.

use std::hash::{Hash, Hasher};
use std::hint::select_unpredictable;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netsift_packet::Protocol;
use serde::{Deserialize, Serialize};

use crate::Record;

/// Both ends of a conversation in a fixed order, and its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(C)]
pub(crate) struct Key {
    low: [u64; 2],
    high: [u64; 2],
    low_port: u16,
    high_port: u16,
    protocol: u8,
    is_v6: bool,
}

impl Hash for Key {
    /// Words instead of byte strings: three multiplications.
    #[inline(always)]
    fn hash<H: Hasher>(&self, state: &mut H) {
        for word in [self.low[0], self.low[1], self.high[0], self.high[1]] {
            state.write_u64(word);
        }
        let ports = u64::from(self.low_port) << 16 | u64::from(self.high_port);
        state.write_u64(ports << 16 | u64::from(self.protocol) << 8 | u64::from(self.is_v6));
    }
}

impl Key {
    /// The key of a packet, and whether the low end sent it.
    #[inline(always)]
    pub(crate) fn of(record: &Record<'_>) -> (Self, bool) {
        let (src, src_is_v6) = words(record.src);
        let (dst, dst_is_v6) = words(record.dst);
        // Records made elsewhere may mix versions: both directions have one key all the same.
        let is_v6 = src_is_v6 | dst_is_v6;
        let (src_port, dst_port) = (record.src_port, record.dst_port);
        let from_low = (src, src_port) <= (dst, dst_port);
        // Who sends is anybody's guess, and the processor's would be wrong half of the time.
        let low = select_unpredictable(from_low, src, dst);
        let high = select_unpredictable(from_low, dst, src);
        let low_port = select_unpredictable(from_low, src_port, dst_port);
        let high_port = select_unpredictable(from_low, dst_port, src_port);
        let protocol = record.protocol.0;
        (Self { low, high, low_port, high_port, protocol, is_v6 }, from_low)
    }

    /// One end: address and port.
    pub(crate) fn end(&self, is_low: bool) -> SocketAddr {
        let (words, port) =
            if is_low { (self.low, self.low_port) } else { (self.high, self.high_port) };
        SocketAddr::new(address(words, self.is_v6), port)
    }

    pub(crate) fn protocol(&self) -> Protocol {
        Protocol(self.protocol)
    }

    /// Both ends have the same address.
    #[inline]
    pub(crate) fn is_one_host(&self) -> bool {
        self.low == self.high
    }

    /// The same whichever end sends and whatever the ports: what packets are dealt out to workers by, since
    /// not all of a flow's packets have ports.
    #[inline]
    pub(crate) fn hosts(&self) -> ([u64; 2], [u64; 2], u8) {
        (self.low.min(self.high), self.low.max(self.high), self.protocol)
    }

    /// Whether it could have been made by [`of`](Self::of): checked on what is read from a file.
    pub(crate) fn is_sound(&self) -> bool {
        let fits = |[high, low]: [u64; 2]| self.is_v6 || high == 0 && low <= u64::from(u32::MAX);
        (self.low, self.low_port) <= (self.high, self.high_port)
            && fits(self.low)
            && fits(self.high)
    }
}

/// An address as two words, in the order of its bytes.
#[inline(always)]
fn words(address: IpAddr) -> ([u64; 2], bool) {
    match address {
        IpAddr::V4(address) => ([0, u64::from(address.to_bits())], false),
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            ([(bits >> 64) as u64, bits as u64], true)
        }
    }
}

fn address([high, low]: [u64; 2], is_v6: bool) -> IpAddr {
    match is_v6 {
        false => Ipv4Addr::from_bits(low as u32).into(),
        true => Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low)).into(),
    }
}

#[cfg(test)]
mod tests {
    use netsift_packet::Timestamp;

    use super::*;

    fn record(src: &str, dst: &str) -> Record<'static> {
        let (src, dst): (SocketAddr, SocketAddr) = (src.parse().unwrap(), dst.parse().unwrap());
        let mut record = Record::new(Timestamp::EPOCH, src.ip(), dst.ip(), Protocol::UDP);
        (record.src_port, record.dst_port) = (src.port(), dst.port());
        record
    }

    #[test]
    fn both_directions_have_one_key_and_it_tells_the_ends() {
        for (a, b) in [
            ("10.0.0.2:7", "10.0.0.1:9"),
            ("10.0.0.1:9", "10.0.0.1:7"),
            ("[2001:db8::1]:5", "[::2]:6"),
        ] {
            let (key, from_low) = Key::of(&record(a, b));
            let (same, other) = Key::of(&record(b, a));
            assert_eq!((key, from_low), (same, !other));
            assert_eq!(key.end(from_low).to_string(), a);
            assert_eq!(key.end(!from_low).to_string(), b);
            assert!(key.is_sound());
        }
    }

    #[test]
    fn a_mapped_address_is_not_the_address() {
        let (v4, _) = Key::of(&record("0.0.0.1:5", "0.0.0.2:6"));
        let (v6, _) = Key::of(&record("[::1]:5", "[::2]:6"));
        assert_ne!(v4, v6);
    }
    #[test]
    fn mixed_versions_have_one_key_too() {
        let (mut there, mut back) =
            (record("0.0.0.9:5", "0.0.0.1:6"), record("0.0.0.1:6", "0.0.0.9:5"));
        (there.dst, back.src) = ("::1".parse().unwrap(), "::1".parse().unwrap());
        let (key, from_low) = Key::of(&there);
        assert_eq!(Key::of(&back), (key, !from_low));
        assert!(key.is_sound());
    }
}
