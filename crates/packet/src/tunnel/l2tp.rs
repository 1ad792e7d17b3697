//! L2TP version 2 (RFC 2661): PPP in UDP. Control messages and other versions stay payload.

use crate::walk::{Next, Walk};
use crate::{Layer, ParseError, Tunnel};

const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const VERSION: u16 = 0x000f;
const FLAGS_LEN: usize = 2;
const IDS_LEN: usize = 4;

#[cold]
pub(crate) fn step(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    let Some(&flags) = walk.rest.first_chunk::<FLAGS_LEN>() else { return Ok(Next::Payload) };
    let flags = u16::from_be_bytes(flags);
    if flags & VERSION != 2 || flags & CONTROL != 0 {
        return Ok(Next::Payload);
    }
    let ids_at = FLAGS_LEN + if flags & LENGTH == 0 { 0 } else { 2 };
    let sequence_len = if flags & SEQUENCE == 0 { 0 } else { 4 };
    let mut length = ids_at + IDS_LEN + sequence_len;
    let field = |at: usize| walk.rest.get(at..)?.first_chunk().copied().map(u16::from_be_bytes);
    let session = field(ids_at + 2).unwrap_or_default();
    if flags & OFFSET != 0 {
        length += 2 + usize::from(field(length).unwrap_or_default());
    }
    walk.enter(Tunnel::L2tp, session.into(), Layer::L2tp)?;
    walk.skip(length, Layer::L2tp)?;
    Ok(Next::Layer(Layer::Ppp))
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
