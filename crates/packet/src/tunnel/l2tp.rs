//! L2TP version 2 (RFC 2661): PPP in UDP. Control messages and other versions stay payload.

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet, Tunnel};

const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const VERSION: u16 = 0x000f;
const FLAGS_LEN: usize = 2;
const IDS_LEN: usize = 4;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let field = |at: usize| rest.bytes.get(at..)?.first_chunk().copied().map(u16::from_be_bytes);
    let Some(flags) = field(0).filter(|flags| flags & (VERSION | CONTROL) == 2) else {
        return Ok(Next::payload(rest));
    };
    let ids_at = FLAGS_LEN + if flags & LENGTH == 0 { 0 } else { 2 };
    let mut length = ids_at + IDS_LEN + if flags & SEQUENCE == 0 { 0 } else { 4 };
    if flags & OFFSET != 0 {
        length += 2 + usize::from(field(length).unwrap_or_default());
    }
    let session = field(ids_at + 2).unwrap_or_default();
    let rest = rest.skip(length, Layer::L2tp)?;
    Ok(Next::layer(Layer::Ppp, rest).inside(Tunnel::L2tp, session.into()))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, parse, udp};
    use crate::{Layer, LinkType, ParseError, Tunnel};

    fn over_l2tp(header: &[u8], inner: &[u8]) -> Vec<u8> {
        ipv4(17, &udp(1701, 1701, &[header, inner].concat()))
    }

    #[test]
    fn the_inner_packet_is_read_behind_every_optional_field() {
        let inner = [&[0xff, 3, 0, 0x21][..], &ipv4(17, &udp(1, 2, b"x"))].concat();
        let headers: [&[u8]; 3] = [
            &[0, 2, 0, 1, 0, 7],
            &[0x48, 2, 0, 99, 0, 1, 0, 7, 0, 1, 0, 2],
            &[0x02, 2, 0, 1, 0, 7, 0, 3, 9, 9, 9],
        ];
        for header in headers {
            let bytes = over_l2tp(header, &inner);
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!((packet.tunnel(), packet.tunnel_id()), (Some(Tunnel::L2tp), 7));
            assert_eq!((packet.dst_port(), packet.payload()), (Some(2), &b"x"[..]));
        }
    }

    #[test]
    fn control_messages_and_version_three_are_left_alone() {
        for header in [&[0xc8u8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0, 3, 0, 0], &[0]] {
            let bytes = over_l2tp(header, &[]);
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!((packet.dst_port(), packet.error()), (Some(1701), None));
        }
    }

    #[test]
    fn an_offset_past_the_datagram_is_told() {
        let bytes = over_l2tp(&[0x02, 2, 0, 1, 0, 7, 1, 0], &[]);
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        let (layer, offset) = (Layer::L2tp, 28);
        let expected = ParseError::Truncated { layer, offset, needed: 264, had: 8 };
        assert_eq!((packet.dst_port(), packet.error()), (Some(1701), Some(expected)));
    }
}
