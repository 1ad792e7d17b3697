//! TCP (RFC 9293).

use pnet_packet::tcp::TcpPacket;

use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet, ParseError};

pub(crate) const LEN: usize = 20;

#[inline(always)]
pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    packet.transport = rest.bytes;
    let Some(header) = TcpPacket::new(rest.bytes) else {
        packet.note_payload(rest.behind_broken(LEN));
        return Err(rest.truncated(Layer::Tcp, LEN));
    };
    let length = usize::from(header.get_data_offset()) * 4;
    if length < LEN || length > rest.bytes.len() {
        packet.note_payload(rest.behind_broken(length));
        return Err(wrong(length, rest));
    }
    Ok(Next::payload(rest.skip(length, Layer::Tcp)?))
}

/// A header length that cannot be, or one that can be but was cut.
#[cold]
fn wrong(length: usize, rest: Rest<'_>) -> ParseError {
    if length < LEN || length as u32 > rest.said() {
        return rest.invalid(Layer::Tcp, Field::HeaderLength, length as u32);
    }
    rest.truncated(Layer::Tcp, length)
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

    #[test]
    fn what_follows_a_header_length_that_lies_are_no_options() {
        let mut bytes = ipv4(6, &tcp(1, 2, 0, &[], &[2, 4, 5, 0xb4].repeat(20)));
        for (words, captured, options) in [(0, 0, 0), (4, 16, 0), (6, 24, 1), (15, 60, 10)] {
            bytes[32] = words << 4;
            let packet = parse(RAW, &bytes).unwrap();
            let found = (packet.captured_header_len(), packet.tcp_options().count());
            assert_eq!(found, (captured, options), "{words} words");
        }
    }
}
