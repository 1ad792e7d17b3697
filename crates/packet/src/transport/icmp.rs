//! ICMP (RFC 792). A packet quoted inside an error message is payload, never the packet's own.

use crate::step::{Rest, Step};
use crate::{Layer, Packet};

pub(crate) const LEN: usize = 8;

#[inline(always)]
pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    packet.note_transport(rest, Layer::Icmp, LEN)
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, parse, udp};
    use crate::{Layer, LinkType, ParseError};

    #[test]
    fn a_quoted_packet_stays_payload() {
        let quoted = ipv4(17, &udp(1, 2, b"x"));
        let bytes = ipv4(1, &[&[3, 1, 0, 0, 0, 0, 0, 0][..], &quoted].concat());
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        assert_eq!((packet.icmp_type_code(), packet.dst_port()), (Some((3, 1)), None));
        assert_eq!((packet.header_len(), packet.payload()), (Some(8), &quoted[..]));
    }

    #[test]
    fn a_cut_header_leaves_type_and_code() {
        let bytes = ipv4(1, &[8, 0, 1]);
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        let expected = ParseError::Truncated { layer: Layer::Icmp, offset: 20, needed: 8, had: 3 };
        assert_eq!((packet.icmp_type_code(), packet.error()), (Some((8, 0)), Some(expected)));
    }
}
