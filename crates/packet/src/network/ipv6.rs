//! IPv6 (RFC 8200) fixed header.

use pnet_packet::ipv6::Ipv6Packet;

use super::ipv6_extension;
use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet, ParseError};

const LEN: usize = 40;
const NO_NEXT_HEADER: u8 = 59;

#[inline(always)]
pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let Some(header) = Ipv6Packet::new(rest.bytes) else {
        return Err(rest.truncated(Layer::Ipv6, LEN));
    };
    if header.get_version() != 6 {
        return Err(rest.invalid(Layer::Ipv6, Field::Version, header.get_version()));
    }
    packet.begin_network(6, rest);
    packet.protocol = header.get_next_header().0;
    let length = u32::from(header.get_payload_length());
    let rest = bounded(packet, rest, length)?;
    packet.note_payload(rest);
    Ok(if ipv6_extension::is_extension(packet.protocol) {
        Next::layer(Layer::Ipv6Extension, rest)
    } else {
        Next::protocol(packet.protocol, rest)
    })
}

/// What is behind the header, padding cut off. A length of 0 (a jumbogram, or a segment the network
/// card has not cut yet) takes all there is, unless nothing is to follow; one past the frame is told, and goes on.
#[inline(always)]
fn bounded<'a>(
    packet: &mut Packet<'a>,
    header: Rest<'a>,
    length: u32,
) -> Result<Rest<'a>, ParseError> {
    let rest = header.skip(LEN, Layer::Ipv6)?;
    if length > rest.said() {
        packet.error = Some(header.invalid(Layer::Ipv6, Field::Length, length));
        return Ok(rest);
    }
    let empty = packet.protocol == NO_NEXT_HEADER;
    Ok(if length == 0 && !empty { rest } else { rest.limit(length) })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv6Addr};

    use crate::sample::{ethernet, frame, ipv6, parse};
    use crate::{Field, Layer, LinkType, Packet, ParseError, Protocol};

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
    fn padding_behind_an_empty_packet_is_no_payload() {
        let bytes = [ipv6(59, b""), vec![0; 6]].concat();
        assert_eq!(parse(RAW, &bytes).unwrap().payload_len(), 0);
    }

    #[test]
    fn a_short_header_and_another_version_are_errors() {
        let expected = ParseError::Truncated { layer: Layer::Ipv6, offset: 0, needed: 40, had: 39 };
        assert_eq!(parse(RAW, &ipv6(59, b"")[..39]).unwrap_err(), expected);
        let bytes = ethernet(0x86dd, &[0x45; 40]);
        let (layer, field) = (Layer::Ipv6, Field::Version);
        let expected = ParseError::Invalid { layer, offset: 14, field, value: 4 };
        assert_eq!(parse(LinkType::ETHERNET, &bytes).unwrap_err(), expected);
    }
}
