//! IPv6 (RFC 8200) with its chain of extension headers.

use pnet_packet::ipv6::Ipv6Packet;

use crate::packet::Fragment;
use crate::walk::{Next, Walk};
use crate::{Field, Layer, MAX_IPV6_EXTENSIONS, ParseError};

const LEN: usize = 40;
const EXTENSION_LEN: usize = 8;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

#[inline]
pub(crate) fn step(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    let Some(header) = Ipv6Packet::new(walk.rest) else {
        return Err(walk.truncated(Layer::Ipv6, LEN));
    };
    if header.get_version() != 6 {
        return Err(walk.invalid(Layer::Ipv6, Field::Version, header.get_version()));
    }
    walk.begin_network(6);
    let (length, next) = (header.get_payload_length(), header.get_next_header().0);
    let offset = walk.at;
    walk.skip(LEN, Layer::Ipv6)?;
    bound(walk, length.into(), offset);
    if is_extension(next) { extensions(walk, next) } else { Ok(Next::Protocol(next)) }
}

/// Cuts padding off. A length of 0 (a jumbogram, or a segment the network card has not cut yet)
/// takes all there is; one past the frame is told, and goes on.
#[inline]
fn bound(walk: &mut Walk<'_>, length: u32, offset: u32) {
    if length > walk.said {
        let (layer, field) = (Layer::Ipv6, Field::Length);
        walk.packet.error = Some(ParseError::Invalid { layer, offset, field, value: length });
    } else if length != 0 {
        walk.limit(length);
    }
}

fn is_extension(number: u8) -> bool {
    matches!(
        number,
        HOP_BY_HOP
            | ROUTING
            | FRAGMENT
            | AUTHENTICATION
            | DESTINATION
            | MOBILITY
            | HOST_IDENTITY
            | SHIM6
    )
}

#[cold]
fn extensions(walk: &mut Walk<'_>, first: u8) -> Result<Next, ParseError> {
    let mut number = first;
    for _ in 0..MAX_IPV6_EXTENSIONS {
        walk.packet.protocol = number;
        if !is_extension(number) {
            return Ok(Next::Protocol(number));
        }
        let &[next, length, ..] = walk.peek::<EXTENSION_LEN>(Layer::Ipv6Extension)?;
        match number {
            FRAGMENT => {
                if fragment(walk)? {
                    walk.packet.protocol = next;
                    return Ok(Next::Payload);
                }
            }
            AUTHENTICATION => {
                walk.skip((usize::from(length) + 2) * 4, Layer::Ipv6Extension)?;
            }
            _ => walk.skip((usize::from(length) + 1) * 8, Layer::Ipv6Extension)?,
        }
        number = next;
    }
    let (layer, limit) = (Layer::Ipv6Extension, MAX_IPV6_EXTENSIONS);
    Err(ParseError::TooDeep { layer, offset: walk.at, limit })
}

/// Reads a fragment header; whether this is a later fragment, so that no header follows.
fn fragment(walk: &mut Walk<'_>) -> Result<bool, ParseError> {
    let &[_, _, high, low, id @ ..] = walk.peek::<EXTENSION_LEN>(Layer::Ipv6Extension)?;
    let field = u16::from_be_bytes([high, low]);
    let (offset, more) = (field >> 3, field & 1 != 0);
    // An "atomic" fragment (RFC 6946) is a whole packet.
    if offset != 0 || more {
        walk.packet.fragment = Some(Fragment { id: u32::from_be_bytes(id), offset, more });
    }
    walk.skip(EXTENSION_LEN, Layer::Ipv6Extension)?;
    Ok(offset != 0)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv6Addr};

    use crate::sample::{frame, ipv6, parse, udp};
    use crate::{Field, Fragment, Layer, LinkType, Packet, ParseError, Protocol};

    const RAW: LinkType = LinkType::RAW;

    #[test]
    fn the_header_is_told() {
        let mut bytes = ipv6(253, b"x");
        bytes[..2].copy_from_slice(&[0x6b, 0x9f]);
        let packet = parse(RAW, &bytes).unwrap();
        let address = |last| Some(IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last)));
        assert_eq!((packet.src(), packet.dst()), (address(1), address(2)));
        assert_eq!((packet.protocol(), packet.ttl()), (Some(Protocol(253)), Some(64)));
        assert_eq!((packet.dscp(), packet.ecn()), (Some(46), Some(1)));
        assert_eq!((packet.ip_header_len(), packet.payload()), (Some(40), &b"x"[..]));
    }

    #[test]
    fn every_extension_header_is_passed_over() {
        let chain = [0u8, 60, 43, 135, 139, 140, 51];
        let mut payload = Vec::new();
        for (number, next) in chain.iter().zip(chain[1..].iter().chain([&17])) {
            let (units, len) = if *number == 51 { (1, 12) } else { (1, 16) };
            payload.extend([*next, units]);
            payload.extend(vec![0; len - 2]);
        }
        payload.extend(udp(1, 2, b"x"));
        let bytes = ipv6(chain[0], &payload);
        let packet = parse(RAW, &bytes).unwrap();
        assert_eq!((packet.protocol(), packet.dst_port()), (Some(Protocol::UDP), Some(2)));
        assert_eq!((packet.ip_header_len(), packet.payload()), (Some(40 + 6 * 16 + 12), &b"x"[..]));
    }

    #[test]
    fn fragments_are_told_and_an_atomic_one_is_none() {
        let fragmented = |field: u16| {
            let [high, low] = field.to_be_bytes();
            ipv6(44, &[&[17, 0, high, low, 1, 2, 3, 4][..], &udp(1, 2, b"x")].concat())
        };
        let cases = [
            (0x0001, Some(Fragment { id: 0x0102_0304, offset: 0, more: true }), Some(2)),
            (0x0058, Some(Fragment { id: 0x0102_0304, offset: 11, more: false }), None),
            (0x0000, None, Some(2)),
        ];
        for (field, fragment, port) in cases {
            let bytes = fragmented(field);
            let packet = parse(RAW, &bytes).unwrap();
            assert_eq!((packet.fragment(), packet.dst_port()), (fragment, port));
            assert_eq!(packet.protocol(), Some(Protocol::UDP));
        }
    }

    #[test]
    fn lengths_that_lie_are_told_and_zero_takes_all() {
        let mut bytes = ipv6(253, &[0; 10]);
        bytes[5] = 60;
        let packet = parse(RAW, &bytes).unwrap();
        let (layer, field) = (Layer::Ipv6, Field::Length);
        let expected = ParseError::Invalid { layer, offset: 0, field, value: 60 };
        assert_eq!((packet.error(), packet.payload_len()), (Some(expected), 10));
        let packet = Packet::parse(frame(RAW, &bytes).with_wire_len(100)).unwrap();
        assert_eq!((packet.error(), packet.payload_len()), (None, 60));
        bytes[5] = 0;
        assert_eq!(parse(RAW, &bytes).unwrap().payload_len(), 10);
    }

    #[test]
    fn endless_and_cut_chains_keep_the_addresses() {
        let bytes = ipv6(60, &[60, 0, 0, 0, 0, 0, 0, 0].repeat(17));
        let packet = parse(RAW, &bytes).unwrap();
        let expected =
            ParseError::TooDeep { layer: Layer::Ipv6Extension, offset: 40 + 16 * 8, limit: 16 };
        assert_eq!(packet.error(), Some(expected));
        assert!(packet.src().is_some());
        let bytes = ipv6(60, &[17, 9, 0, 0, 0, 0, 0, 0]);
        let (layer, offset) = (Layer::Ipv6Extension, 40);
        let expected = ParseError::Truncated { layer, offset, needed: 80, had: 8 };
        assert_eq!(parse(RAW, &bytes).unwrap().error(), Some(expected));
    }

    #[test]
    fn a_short_header_and_another_version_are_errors() {
        let expected = ParseError::Truncated { layer: Layer::Ipv6, offset: 0, needed: 40, had: 39 };
        assert_eq!(parse(RAW, &ipv6(59, b"")[..39]).unwrap_err(), expected);
        let bytes = crate::sample::ethernet(0x86dd, &[0x45; 40]);
        let (layer, field) = (Layer::Ipv6, Field::Version);
        let expected = ParseError::Invalid { layer, offset: 14, field, value: 4 };
        assert_eq!(parse(LinkType::ETHERNET, &bytes).unwrap_err(), expected);
    }
}
