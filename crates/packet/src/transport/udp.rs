//! UDP (RFC 768), and the tunnels that its ports announce.

use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet};

pub(crate) const LEN: usize = 8;

#[inline(always)]
pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    packet.transport = rest.bytes;
    let Some(&[a, b, c, d, high, low, ..]) = rest.bytes.first_chunk::<LEN>() else {
        packet.note_payload(rest.behind_broken(LEN));
        return Err(rest.truncated(Layer::Udp, LEN));
    };
    let (source, destination) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    let length = u16::from_be_bytes([high, low]);
    let rest = bounded(packet, rest, length.into()).skip(LEN, Layer::Udp)?;
    packet.note_payload(rest);
    Ok(match announced(destination).or_else(|| announced(source)) {
        Some(layer) => Next::layer(layer, rest),
        None => Next::payload(rest),
    })
}

/// Cuts what lies past the datagram. A length of 0 is good in a jumbogram; a first fragment speaks of the
/// whole datagram; any other length that does not fit is told, and everything there is taken.
#[inline(always)]
fn bounded<'a>(packet: &mut Packet<'a>, rest: Rest<'a>, length: u32) -> Rest<'a> {
    if (LEN as u32..=rest.said()).contains(&length) {
        return rest.limit(length);
    }
    let jumbogram = length == 0 && rest.said() > u32::from(u16::MAX);
    if !jumbogram && packet.fragment().is_none() {
        packet.error = Some(rest.invalid(Layer::Udp, Field::Length, length));
    }
    rest
}

/// The tunnel that a port announces.
#[inline(always)]
fn announced(port: u16) -> Option<Layer> {
    match port {
        1701 => Some(Layer::L2tp),
        2152 => Some(Layer::Gtpu),
        3544 => Some(Layer::Teredo),
        4789 => Some(Layer::Vxlan),
        5247 => Some(Layer::Capwap),
        6081 => Some(Layer::Geneve),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{frame, ipv4, parse, udp};
    use crate::{Field, Layer, LinkType, Packet, ParseError};

    const RAW: LinkType = LinkType::RAW;

    #[test]
    fn the_datagram_ends_where_its_length_says() {
        let datagram = [udp(1000, 53, b"data"), vec![0; 5]].concat();
        let bytes = ipv4(17, &datagram);
        let packet = parse(RAW, &bytes).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), (Some(1000), Some(53)));
        assert_eq!((packet.header_len(), packet.payload()), (Some(8), &b"data"[..]));
        assert_eq!((packet.flags(), packet.seq(), packet.window()), (None, None, None));
    }

    #[test]
    fn lengths_that_lie_are_told_except_in_a_first_fragment() {
        for length in [0u8, 7, 99] {
            let mut bytes = ipv4(17, &udp(1, 2, b"data"));
            bytes[25] = length;
            let packet = parse(RAW, &bytes).unwrap();
            let (layer, field) = (Layer::Udp, Field::Length);
            let expected = ParseError::Invalid { layer, offset: 20, field, value: length.into() };
            assert_eq!((packet.error(), packet.payload()), (Some(expected), &b"data"[..]));
        }
        let mut bytes = ipv4(17, &udp(1, 2, b"data"));
        bytes[25] = 99;
        bytes[6] = 0x20;
        let packet = parse(RAW, &bytes).unwrap();
        assert_eq!((packet.error(), packet.payload_len()), (None, 4));
    }

    #[test]
    fn a_cut_header_leaves_the_ports() {
        let bytes = ipv4(17, &udp(1000, 53, b"data"));
        let packet = Packet::parse(frame(RAW, &bytes[..25]).with_wire_len(32)).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), (Some(1000), Some(53)));
        let expected = ParseError::Truncated { layer: Layer::Udp, offset: 20, needed: 8, had: 5 };
        assert_eq!((packet.error(), packet.payload_len()), (Some(expected), 4));
    }
}
