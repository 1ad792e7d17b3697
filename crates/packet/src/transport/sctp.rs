//! SCTP (RFC 9260): the common header; chunks are payload.

use crate::step::{Rest, Step};
use crate::{Layer, Packet};

pub(crate) const LEN: usize = 12;

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    packet.note_transport(rest, Layer::Sctp, LEN)
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, parse};
    use crate::{Layer, LinkType, ParseError};

    #[test]
    fn ports_are_told_and_chunks_are_payload() {
        let bytes = ipv4(132, &[0x80, 0, 0, 36, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), (Some(0x8000), Some(36)));
        assert_eq!((packet.header_len(), packet.payload()), (Some(12), &[9][..]));
    }

    #[test]
    fn a_cut_header_leaves_the_ports() {
        let bytes = ipv4(132, &[0x80, 0, 0, 36, 1, 2, 3, 4]);
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        let expected = ParseError::Truncated { layer: Layer::Sctp, offset: 20, needed: 12, had: 8 };
        assert_eq!((packet.dst_port(), packet.error()), (Some(36), Some(expected)));
    }
}
