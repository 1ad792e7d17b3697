//! Geneve (RFC 8926). What is sent to its port with another version is something else.

use super::BRIDGED;
use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet, Tunnel};

const LEN: usize = 8;
const OPTIONS_WORDS: u8 = 0x3f;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let Some(&[first, _, high, low, a, b, c, _]) = rest.bytes.first_chunk::<LEN>() else {
        return Ok(Next::payload(rest));
    };
    if first & !OPTIONS_WORDS != 0 {
        return Ok(Next::payload(rest));
    }
    let network = u32::from_be_bytes([0, a, b, c]);
    let rest = rest.skip(LEN + usize::from(first & OPTIONS_WORDS) * 4, Layer::Geneve)?;
    let next = match u16::from_be_bytes([high, low]) {
        BRIDGED => Next::layer(Layer::Ethernet, rest),
        number => Next::ether_type(number, rest),
    };
    Ok(next.inside(Tunnel::Geneve, network))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, ipv4, parse, udp};
    use crate::{Layer, LinkType, ParseError, Tunnel};

    fn over_geneve(header: &[u8], inner: &[u8]) -> Vec<u8> {
        ipv4(17, &udp(50000, 6081, &[header, inner].concat()))
    }

    #[test]
    fn ethernet_and_ip_are_read_behind_options() {
        let ip = ipv4(17, &udp(1, 2, b"x"));
        let bridged = over_geneve(&[0, 0, 0x65, 0x58, 0, 1, 2, 0], &ethernet(0x0800, &ip));
        let routed = over_geneve(&[1, 0, 8, 0, 0, 1, 2, 0, 9, 9, 9, 9], &ip);
        for bytes in [bridged, routed] {
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!((packet.tunnel(), packet.tunnel_id()), (Some(Tunnel::Geneve), 0x102));
            assert_eq!((packet.dst_port(), packet.payload()), (Some(2), &b"x"[..]));
        }
    }

    #[test]
    fn another_version_is_left_alone_and_cut_options_are_told() {
        let bytes = over_geneve(&[0x40, 0, 8, 0, 0, 0, 0, 0], &[]);
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        assert_eq!((packet.dst_port(), packet.error()), (Some(6081), None));
        let bytes = over_geneve(&[0x3f, 0, 8, 0, 0, 0, 0, 0], &[]);
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        let (layer, offset) = (Layer::Geneve, 28);
        let expected = ParseError::Truncated { layer, offset, needed: 260, had: 8 };
        assert_eq!((packet.dst_port(), packet.error()), (Some(6081), Some(expected)));
    }
}
