//! IPv4 (RFC 791), with options and fragments.

use pnet_packet::ipv4::Ipv4Packet;

use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet};

const LEN: usize = 20;

#[inline(always)]
pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let Some(header) = Ipv4Packet::new(rest.bytes) else {
        return Err(rest.truncated(Layer::Ipv4, LEN));
    };
    if header.get_version() != 4 {
        return Err(rest.invalid(Layer::Ipv4, Field::Version, header.get_version()));
    }
    let header_len = usize::from(header.get_header_length()) * 4;
    if header_len < LEN {
        return Err(rest.invalid(Layer::Ipv4, Field::HeaderLength, header_len as u32));
    }
    let total = u32::from(header.get_total_length());
    if total != 0 && total < header_len as u32 {
        return Err(rest.invalid(Layer::Ipv4, Field::TotalLength, total));
    }
    packet.begin_network(4, rest);
    packet.protocol = header.get_next_level_protocol().0;
    let offset = header.get_fragment_offset();
    let rest = bounded(packet, rest, total).skip(header_len, Layer::Ipv4)?;
    packet.note_payload(rest);
    Ok(match offset {
        0 => Next::protocol(packet.protocol, rest),
        _ => Next::payload(rest),
    })
}

/// Cuts padding off. A length of 0 is what a capture holds before the network card has cut a large
/// segment: everything there is belongs to the packet. One past the frame is told, and goes on.
#[inline(always)]
fn bounded<'a>(packet: &mut Packet<'a>, rest: Rest<'a>, total: u32) -> Rest<'a> {
    if total > rest.said() {
        packet.error = Some(rest.invalid(Layer::Ipv4, Field::TotalLength, total));
        return rest;
    }
    if total == 0 { rest } else { rest.limit(total) }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use crate::sample::{ethernet, frame, ipv4, parse, udp};
    use crate::{Field, Fragment, Layer, LinkType, Packet, ParseError, Protocol};

    const RAW: LinkType = LinkType::RAW;

    #[test]
    fn the_header_is_told() {
        let mut bytes = ipv4(253, b"x");
        bytes[1] = 0b1011_1001;
        bytes[4..7].copy_from_slice(&[0x12, 0x34, 0x40]);
        let packet = parse(RAW, &bytes).unwrap();
        assert_eq!(packet.src(), Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))));
        assert_eq!(packet.dst(), Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2))));
        assert_eq!((packet.protocol(), packet.ttl()), (Some(Protocol(253)), Some(64)));
        assert_eq!((packet.dscp(), packet.ecn()), (Some(46), Some(1)));
        assert_eq!((packet.ip_id(), packet.fragment()), (Some(0x1234), None));
        assert_eq!(packet.dont_fragment(), Some(true));
        assert_eq!((packet.ip_header_len(), packet.payload_len()), (Some(20), 1));
    }

    #[test]
    fn options_are_passed_over_and_their_absence_told() {
        let mut bytes = ipv4(17, &[&[1; 8][..], &udp(1, 2, b"x")].concat());
        bytes[0] = 0x47;
        let packet = parse(RAW, &bytes).unwrap();
        assert_eq!((packet.ip_header_len(), packet.dst_port()), (Some(28), Some(2)));
        let packet = parse(RAW, &bytes[..24]).unwrap();
        let expected = ParseError::Truncated { layer: Layer::Ipv4, offset: 0, needed: 28, had: 24 };
        assert_eq!((packet.error(), packet.dst_port()), (Some(expected), None));
        assert_eq!(packet.src(), Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))));
    }

    #[test]
    fn padding_is_no_payload_but_a_length_of_zero_takes_all() {
        let mut bytes = ethernet(0x0800, &ipv4(253, b"x"));
        bytes.extend([0; 25]);
        assert_eq!(parse(LinkType::ETHERNET, &bytes).unwrap().payload(), b"x");
        bytes[16..18].fill(0);
        assert_eq!(parse(LinkType::ETHERNET, &bytes).unwrap().payload().len(), 26);
    }

    #[test]
    fn a_length_past_the_frame_is_told_and_a_snap_length_is_none() {
        let bytes = ipv4(253, &[0; 100]);
        let packet = parse(RAW, &bytes[..50]).unwrap();
        let (layer, field) = (Layer::Ipv4, Field::TotalLength);
        let expected = ParseError::Invalid { layer, offset: 0, field, value: 120 };
        assert_eq!((packet.error(), packet.payload_len()), (Some(expected), 30));
        let packet = Packet::parse(frame(RAW, &bytes[..50]).with_wire_len(120)).unwrap();
        assert_eq!((packet.error(), packet.payload_len()), (None, 100));
        assert_eq!(packet.payload().len(), 30);
    }

    #[test]
    fn fragments_are_told_and_only_the_first_has_ports() {
        let mut bytes = ipv4(17, &udp(1, 2, b"x"));
        bytes[4..8].copy_from_slice(&[0xab, 0xcd, 0x20, 0]);
        let packet = parse(RAW, &bytes).unwrap();
        assert_eq!(packet.dont_fragment(), Some(false));
        let fragment = Fragment { id: 0xabcd, offset: 0, more: true };
        assert_eq!((packet.fragment(), packet.dst_port()), (Some(fragment), Some(2)));
        bytes[6..8].copy_from_slice(&[0x1f, 0xff]);
        let packet = parse(RAW, &bytes).unwrap();
        let fragment = Fragment { id: 0xabcd, offset: 8191, more: false };
        assert_eq!(fragment.byte_offset(), 65528);
        assert_eq!((packet.fragment(), packet.dst_port()), (Some(fragment), None));
        assert_eq!((packet.payload_len(), packet.header_len()), (9, None));
    }

    #[test]
    fn absurd_headers_are_errors() {
        let invalid =
            |field, value| ParseError::Invalid { layer: Layer::Ipv4, offset: 14, field, value };
        for (at, byte, expected) in [
            (14, 0x65, invalid(Field::Version, 6)),
            (14, 0x44, invalid(Field::HeaderLength, 16)),
            (17, 19, invalid(Field::TotalLength, 19)),
        ] {
            let mut bytes = ethernet(0x0800, &ipv4(253, b""));
            bytes[at] = byte;
            assert_eq!(parse(LinkType::ETHERNET, &bytes).unwrap_err(), expected);
        }
        let bytes = ethernet(0x0800, &[0x45; 19]);
        let expected =
            ParseError::Truncated { layer: Layer::Ipv4, offset: 14, needed: 20, had: 19 };
        assert_eq!(parse(LinkType::ETHERNET, &bytes).unwrap_err(), expected);
    }
}
