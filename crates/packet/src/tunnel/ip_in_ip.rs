//! IP directly in IP: 4in4 (RFC 2003), 6in4 (RFC 4213), 4in6 and 6in6 (RFC 2473).

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet, Protocol, Tunnel};

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let is_v4 = packet.protocol == Protocol::IPV4.0;
    let layer = if is_v4 { Layer::Ipv4 } else { Layer::Ipv6 };
    Ok(Next::layer(layer, rest).inside(Tunnel::IpInIp, 0))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, ipv6, outermost, parse, udp};
    use crate::{Field, Layer, LinkType, ParseError, Protocol, Tunnel};

    const RAW: LinkType = LinkType::RAW;

    #[test]
    fn every_pair_of_versions() {
        let datagram = udp(1, 2, b"x");
        let pairs = [
            ipv4(4, &ipv4(17, &datagram)),
            ipv4(41, &ipv6(17, &datagram)),
            ipv6(4, &ipv4(17, &datagram)),
            ipv6(41, &ipv6(17, &datagram)),
        ];
        for bytes in pairs {
            let packet = parse(RAW, &bytes).unwrap();
            assert_eq!((packet.tunnel(), packet.tunnel_depth()), (Some(Tunnel::IpInIp), 1));
            assert_eq!((packet.dst_port(), packet.payload()), (Some(2), &b"x"[..]));
            let packet = outermost(RAW, &bytes).unwrap();
            assert_eq!((packet.tunnel_depth(), packet.dst_port()), (0, None));
            assert!(matches!(packet.protocol(), Some(Protocol::IPV4 | Protocol::IPV6)));
        }
    }

    #[test]
    fn what_is_wrong_inside_leaves_the_outer_packet() {
        let bytes = ipv4(4, &[0x45; 19]);
        let packet = parse(RAW, &bytes).unwrap();
        let expected =
            ParseError::Truncated { layer: Layer::Ipv4, offset: 20, needed: 20, had: 19 };
        assert_eq!((packet.error(), packet.tunnel_depth()), (Some(expected), 0));
        assert_eq!((packet.protocol(), packet.payload().len()), (Some(Protocol::IPV4), 19));
        let bytes = ipv4(41, &ipv4(17, b""));
        let (layer, field) = (Layer::Ipv6, Field::Version);
        let packet = parse(RAW, &bytes).unwrap();
        let expected = ParseError::Truncated { layer, offset: 20, needed: 40, had: 20 };
        assert_eq!(packet.error(), Some(expected));
        let bytes = ipv4(41, &ipv4(17, &[0; 20]));
        let expected = ParseError::Invalid { layer, offset: 20, field, value: 4 };
        assert_eq!(parse(RAW, &bytes).unwrap().error(), Some(expected));
    }

    #[test]
    fn endless_nesting_ends_at_the_cap() {
        let mut bytes = udp(1, 2, b"x");
        for layer in 0..10 {
            bytes = ipv4(if layer == 0 { 17 } else { 4 }, &bytes);
        }
        let packet = parse(RAW, &bytes).unwrap();
        let expected = ParseError::TooDeep { layer: Layer::Tunnel, offset: 9 * 20, limit: 8 };
        assert_eq!((packet.error(), packet.tunnel_depth()), (Some(expected), 8));
    }
}
