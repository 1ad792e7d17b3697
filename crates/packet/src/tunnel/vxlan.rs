//! VXLAN (RFC 7348). What is sent to its port without its flag is something else.

use pnet_packet::vxlan::VxlanPacket;

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet, Tunnel};

const LEN: usize = 8;
const FLAG_NETWORK_VALID: u8 = 0x08;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let header =
        VxlanPacket::new(rest.bytes).filter(|header| header.get_flags() & FLAG_NETWORK_VALID != 0);
    let Some(header) = header else { return Ok(Next::payload(rest)) };
    let rest = rest.skip(LEN, Layer::Vxlan)?;
    Ok(Next::layer(Layer::Ethernet, rest).inside(Tunnel::Vxlan, header.get_vni()))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, ipv4, outermost, parse, udp};
    use crate::{Layer, LinkType, ParseError, Tunnel};

    fn over_vxlan(flags: u8, frame: &[u8]) -> Vec<u8> {
        ipv4(17, &udp(50000, 4789, &[&[flags, 0, 0, 0, 0, 1, 2, 0][..], frame].concat()))
    }

    #[test]
    fn the_inner_frame_and_its_network_are_told() {
        let bytes = over_vxlan(8, &ethernet(0x0800, &ipv4(17, &udp(1, 2, b"x"))));
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        assert_eq!((packet.tunnel(), packet.tunnel_id()), (Some(Tunnel::Vxlan), 0x102));
        assert_eq!((packet.dst_port(), packet.payload()), (Some(2), &b"x"[..]));
        assert_eq!(outermost(LinkType::RAW, &bytes).unwrap().dst_port(), Some(4789));
    }

    #[test]
    fn other_traffic_on_the_port_is_left_alone() {
        for bytes in [over_vxlan(0, &[0; 30]), ipv4(17, &udp(50000, 4789, b"short"))] {
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!(
                (packet.dst_port(), packet.tunnel(), packet.error()),
                (Some(4789), None, None)
            );
        }
    }

    #[test]
    fn a_cut_inner_frame_leaves_the_outer_packet() {
        let packet_bytes = over_vxlan(8, &[0; 5]);
        let packet = parse(LinkType::RAW, &packet_bytes).unwrap();
        let (layer, offset) = (Layer::Ethernet, 36);
        let expected = ParseError::Truncated { layer, offset, needed: 14, had: 5 };
        assert_eq!((packet.dst_port(), packet.error()), (Some(4789), Some(expected)));
    }
}
