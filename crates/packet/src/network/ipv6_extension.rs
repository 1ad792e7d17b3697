//! IPv6 extension headers (RFC 8200 and those registered since), one after the other.

use crate::step::{Next, Rest, Step};
use crate::{Layer, MAX_IPV6_EXTENSIONS, Packet, ParseError};

const LEN: usize = 8;
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// Reads the whole chain that starts here; `packet.protocol` names its first header.
pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let mut rest = rest;
    for _ in 0..MAX_IPV6_EXTENSIONS {
        let (number, at) = (packet.protocol, rest.at);
        if !is_extension(number) {
            return Ok(Next::protocol(number, rest));
        }
        let &[next, length, ..] = rest.peek::<LEN>(Layer::Ipv6Extension)?;
        rest = rest.skip(len(number, length), Layer::Ipv6Extension)?;
        packet.note_payload(rest);
        packet.protocol = next;
        if number == FRAGMENT {
            packet.fragment = at;
            if packet.fragment().is_some_and(|fragment| fragment.offset != 0) {
                return Ok(Next::payload(rest));
            }
        }
    }
    let (layer, limit) = (Layer::Ipv6Extension, MAX_IPV6_EXTENSIONS);
    Err(ParseError::TooDeep { layer, offset: rest.at, limit })
}

#[inline]
pub(crate) fn is_extension(number: u8) -> bool {
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

/// Length of a header of this kind whose length field says `length`.
fn len(number: u8, length: u8) -> usize {
    match number {
        FRAGMENT => LEN,
        AUTHENTICATION => (usize::from(length) + 2) * 4,
        _ => (usize::from(length) + 1) * 8,
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv6, parse, udp};
    use crate::{Fragment, Layer, LinkType, ParseError, Protocol};

    const RAW: LinkType = LinkType::RAW;

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
}
