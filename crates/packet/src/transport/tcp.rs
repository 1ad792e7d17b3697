//! TCP (RFC 9293).

use pnet_packet::tcp::TcpPacket;

use crate::walk::{Next, Walk};
use crate::{Field, Layer, ParseError};

pub(crate) const LEN: usize = 20;

#[inline]
pub(crate) fn step(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    walk.begin_transport();
    let Some(header) = TcpPacket::new(walk.rest) else {
        return Err(cut(walk, LEN));
    };
    let length = usize::from(header.get_data_offset()) * 4;
    if length < LEN || length as u32 > walk.said {
        let error = walk.invalid(Layer::Tcp, Field::HeaderLength, length as u32);
        walk.end_in_transport(length);
        return Err(error);
    }
    if length > walk.rest.len() {
        return Err(cut(walk, length));
    }
    walk.skip(length, Layer::Tcp)?;
    Ok(Next::Payload)
}

#[cold]
fn cut(walk: &mut Walk<'_>, needed: usize) -> ParseError {
    let error = walk.truncated(Layer::Tcp, needed);
    walk.end_in_transport(needed);
    error
}

#[cfg(test)]
mod tests {
    use crate::sample::{frame, ipv4, parse, tcp};
    use crate::transport::TcpFlags;
    use crate::{Field, Layer, LinkType, Packet, ParseError};

    const RAW: LinkType = LinkType::RAW;

    #[test]
    fn the_header_is_told() {
        let bytes = ipv4(6, &tcp(1000, 80, 0x1ff, &[1, 1, 1, 0], b"data"));
        let packet = parse(RAW, &bytes).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), (Some(1000), Some(80)));
        assert_eq!((packet.seq(), packet.ack()), (Some(0x0102_0304), Some(0x0506_0708)));
        assert_eq!((packet.window(), packet.flags()), (Some(0x090a), Some(TcpFlags(0x1ff))));
        assert_eq!((packet.header_len(), packet.payload_len()), (Some(24), 4));
        assert_eq!((packet.payload(), packet.error()), (&b"data"[..], None));
    }

    #[test]
    fn a_snap_length_inside_the_header_leaves_what_is_there() {
        let bytes = ipv4(6, &tcp(1000, 80, TcpFlags::SYN.0, &[1; 20], b"data"));
        let packet = Packet::parse(frame(RAW, &bytes[..34]).with_wire_len(64)).unwrap();
        assert_eq!((packet.dst_port(), packet.ack()), (Some(80), Some(0x0506_0708)));
        assert_eq!((packet.window(), packet.payload()), (None, &[][..]));
        let expected = ParseError::Truncated { layer: Layer::Tcp, offset: 20, needed: 20, had: 14 };
        assert_eq!(packet.error(), Some(expected));
        let packet = Packet::parse(frame(RAW, &bytes[..50]).with_wire_len(64)).unwrap();
        assert_eq!((packet.window(), packet.header_len()), (Some(0x090a), Some(40)));
        assert_eq!((packet.payload(), packet.payload_len()), (&[][..], 4));
    }

    #[test]
    fn header_lengths_below_five_words_and_past_the_packet_are_told() {
        for (words, expected) in [(4, 16), (9, 36)] {
            let mut bytes = ipv4(6, &tcp(1, 2, 0, &[], b"data"));
            bytes[32] = words << 4;
            let packet = parse(RAW, &bytes).unwrap();
            let (layer, field) = (Layer::Tcp, Field::HeaderLength);
            let expected = ParseError::Invalid { layer, offset: 20, field, value: expected };
            assert_eq!((packet.error(), packet.payload()), (Some(expected), &[][..]));
            assert_eq!(packet.dst_port(), Some(2));
        }
    }
}
