//! The single questions that a filter is made of.

use super::headers::{ARP, Headers, IPV4, IPV6, RARP};
use crate::{MacAddr, Protocol};

/// One question about one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// At most this long on the wire.
    Less(u32),
    /// At least this long on the wire.
    Greater(u32),
    /// The link layer carries this Ethernet type.
    Carries(u16),
    /// A VLAN tag stands where the type is; with this id, if one is given.
    Vlan { id: Option<u16> },
    /// The IP protocol, directly behind the header or a fragment header.
    Protocol { protocol: Protocol, over: Over },
    /// A link-layer address.
    Mac { direction: Direction, address: MacAddr },
    /// An IPv4 network in IP, ARP or RARP, or only in that one `carrier`.
    Net4 { direction: Direction, carrier: Option<u16>, address: u32, mask: u32 },
    /// An IPv6 network.
    Net6 { direction: Direction, address: [u32; 4], mask: [u32; 4] },
    /// A range of ports of TCP, UDP or SCTP, or only of that one `transport`.
    Ports { direction: Direction, transport: Option<Protocol>, low: u16, high: u16 },
}

/// Which end of the packet is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Source,
    Destination,
    Either,
    Both,
}

/// Which versions of IP a protocol number is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Ipv4,
    Ipv6,
    Any,
}

impl Condition {
    /// `None` where the captured bytes end before the answer.
    #[inline]
    pub(super) fn holds(&self, headers: &Headers<'_>) -> Option<bool> {
        match *self {
            Self::Less(len) => Some(headers.wire_len <= len),
            Self::Greater(len) => Some(headers.wire_len >= len),
            Self::Carries(ethertype) => Some(headers.network_type()? == ethertype),
            Self::Vlan { id } => vlan(headers, id),
            Self::Protocol { protocol, over } => ip_protocol(headers, protocol, over),
            Self::Mac { direction, address } => mac(headers, direction, address),
            Self::Net4 { direction, carrier, address, mask } => {
                net4(headers, direction, carrier, address, mask)
            }
            Self::Net6 { direction, address, mask } => net6(headers, direction, &address, &mask),
            Self::Ports { direction, transport, low, high } => {
                ports(headers, direction, transport, |port| (low..=high).contains(&port))
            }
        }
    }

    /// Whether only Ethernet and 802.11 can be asked this.
    pub(super) const fn needs_lan(&self) -> bool {
        matches!(self, Self::Vlan { .. } | Self::Mac { .. })
    }
}

impl Direction {
    /// The answer out of those for both ends; the source is asked first, and the destination only
    /// where the source does not settle it.
    fn judge(self, holds: impl Fn(End) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Source => holds(End::Source),
            Self::Destination => holds(End::Destination),
            Self::Either => Some(holds(End::Source)? || holds(End::Destination)?),
            Self::Both => Some(holds(End::Source)? && holds(End::Destination)?),
        }
    }
}

#[derive(Clone, Copy)]
enum End {
    Source,
    Destination,
}

impl End {
    /// The offset that belongs to this end.
    const fn pick(self, source: usize, destination: usize) -> usize {
        match self {
            Self::Source => source,
            Self::Destination => destination,
        }
    }
}

/// A VLAN tag has its id in the two bytes before the next type, which is where IP would start.
fn vlan(headers: &Headers<'_>, id: Option<u16>) -> Option<bool> {
    if !matches!(headers.network_type()?, 0x8100 | 0x88a8 | 0x9100) {
        return Some(false);
    }
    match id {
        None => Some(true),
        Some(id) => Some(headers.network_u16(0)? & 0x0fff == id),
    }
}

/// Of IPv6's extension headers only a fragment header directly behind the IPv6 header is opened.
fn ip_protocol(headers: &Headers<'_>, protocol: Protocol, over: Over) -> Option<bool> {
    match (headers.network_type()?, over) {
        (IPV4, Over::Ipv4 | Over::Any) => Some(headers.network_u8(9)? == protocol.0),
        (IPV6, Over::Ipv6 | Over::Any) => {
            let next = headers.network_u8(6)?;
            Some(next == protocol.0 || next == 44 && headers.network_u8(40)? == protocol.0)
        }
        _ => Some(false),
    }
}

/// The low four bytes are compared first, so that a cut frame ends where libpcap ends it.
fn mac(headers: &Headers<'_>, direction: Direction, address: MacAddr) -> Option<bool> {
    let [a, b, c, d, e, f] = address.0;
    let (high, low) = (u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]));
    let Some([source, destination]) = headers.addresses() else { return Some(false) };
    direction.judge(|end| {
        let at = end.pick(source, destination);
        Some(headers.u32(at + 2)? == low && headers.u16(at)? == high)
    })
}

fn net4(
    headers: &Headers<'_>,
    direction: Direction,
    carrier: Option<u16>,
    address: u32,
    mask: u32,
) -> Option<bool> {
    let carried = headers.network_type()?;
    if carrier.is_some_and(|only| only != carried) {
        return Some(false);
    }
    let (source, destination) = match carried {
        IPV4 => (12, 16),
        ARP | RARP => (14, 24),
        _ => return Some(false),
    };
    direction.judge(|end| {
        let at = end.pick(source, destination);
        Some(mask == 0 || headers.network_u32(at)? & mask == address)
    })
}

fn net6(
    headers: &Headers<'_>,
    direction: Direction,
    address: &[u32; 4],
    mask: &[u32; 4],
) -> Option<bool> {
    if headers.network_type()? != IPV6 {
        return Some(false);
    }
    direction.judge(|end| {
        let at = end.pick(8, 24);
        for (word, (address, mask)) in address.iter().zip(mask).enumerate() {
            if *mask != 0 && headers.network_u32(at + 4 * word)? & mask != *address {
                return Some(false);
            }
        }
        Some(true)
    })
}

/// Only first fragments have ports; behind IPv6 no extension header is opened at all.
fn ports(
    headers: &Headers<'_>,
    direction: Direction,
    transport: Option<Protocol>,
    fits: impl Fn(u16) -> bool,
) -> Option<bool> {
    let carried = headers.network_type()?;
    let protocol = match carried {
        IPV4 => headers.network_u8(9)?,
        IPV6 => headers.network_u8(6)?,
        _ => return Some(false),
    };
    let is_asked = match transport {
        Some(only) => protocol == only.0,
        None => {
            matches!(Protocol(protocol), Protocol::TCP | Protocol::UDP | Protocol::SCTP)
        }
    };
    if !is_asked {
        return Some(false);
    }
    let at = match carried {
        IPV6 => 40,
        _ if headers.network_u16(6)? & 0x1fff != 0 => return Some(false),
        _ => usize::from(headers.network_u8(0)? & 0x0f) * 4,
    };
    direction.judge(|end| headers.network_u16(at + end.pick(0, 2)).map(&fits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::headers::Link;
    use crate::{Frame, LinkType, Timestamp};

    #[test]
    fn later_fragments_have_no_ports_but_a_protocol() {
        let mut packet = ipv4(17, &[0, 53, 0, 99]);
        assert_eq!(holds(port(53), &packet), Some(true));
        packet[7] = 1;
        assert_eq!(holds(port(53), &packet), Some(false));
        let udp = Condition::Protocol { protocol: Protocol::UDP, over: Over::Any };
        assert_eq!(holds(udp, &packet), Some(true));
    }

    #[test]
    fn ports_stand_behind_the_options_of_ipv4() {
        let mut packet = ipv4(6, &[0, 1, 0, 2, 0, 53, 0, 99]);
        packet[0] = 0x46;
        assert_eq!(holds(port(53), &packet), Some(true));
    }

    #[test]
    fn only_a_direct_fragment_header_of_ipv6_is_opened() {
        let tcp = Condition::Protocol { protocol: Protocol::TCP, over: Over::Any };
        let answer = |next, first| holds(tcp, &ipv6(next, &[first, 0, 0, 0]));
        assert_eq!([answer(6, 0), answer(44, 6), answer(44, 17)], [true, true, false].map(Some));
        assert_eq!(answer(0, 6), Some(false));
    }

    #[test]
    fn the_end_of_the_bytes_is_no_answer() {
        let packet = ipv4(17, &[0, 53, 0, 99]);
        assert_eq!(holds(port(99), &packet[..22]), None);
        assert_eq!(holds(port(53), &packet[..22]), Some(true));
        assert_eq!(holds(port(53), &[]), None);
    }

    #[test]
    fn four_directions_ask_for_two_ends() {
        let packet = ipv4(17, &[0, 53, 0, 99]);
        let answer = |direction, wanted| {
            let (low, high) = (wanted, wanted);
            let condition = Condition::Ports { direction, transport: None, low, high };
            holds(condition, &packet).unwrap()
        };
        let table = [
            (Direction::Source, [true, false]),
            (Direction::Destination, [false, true]),
            (Direction::Either, [true, true]),
            (Direction::Both, [false, false]),
        ];
        for (direction, expected) in table {
            assert_eq!([answer(direction, 53), answer(direction, 99)], expected, "{direction:?}");
        }
    }

    #[test]
    fn an_ipv6_network_may_end_inside_a_word() {
        let mut packet = ipv6(17, &[]);
        packet[8..16].copy_from_slice(&[0x20, 1, 0x0d, 0xb8, 0x80, 0, 0, 1]);
        let address = [0x2001_0db8, 0x8000_0000, 0, 0];
        let answer = |mask| {
            let direction = Direction::Source;
            holds(Condition::Net6 { direction, address, mask }, &packet)
        };
        assert_eq!(answer([u32::MAX, 0x8000_0000, 0, 0]), Some(true));
        assert_eq!(answer([u32::MAX; 4]), Some(false));
    }

    fn port(port: u16) -> Condition {
        let (direction, transport) = (Direction::Either, None);
        Condition::Ports { direction, transport, low: port, high: port }
    }

    fn holds(condition: Condition, packet: &[u8]) -> Option<bool> {
        let frame = Frame::new(Timestamp::EPOCH, LinkType::RAW, packet);
        condition.holds(&Headers::new(&frame, Link::of(frame.link).unwrap()))
    }

    fn ipv4(protocol: u8, body: &[u8]) -> Vec<u8> {
        [&[0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol][..], &[0; 10], body].concat()
    }

    fn ipv6(next: u8, body: &[u8]) -> Vec<u8> {
        [&[0x60, 0, 0, 0, 0, 0, next, 64][..], &[0; 32], body].concat()
    }
}
