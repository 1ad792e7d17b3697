//! Teredo (RFC 4380): IPv6 in UDP over IPv4, behind optional authentication and origin indications.
//! Other traffic on its port stays payload.

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet, Tunnel};

const IPV6_LEN: usize = 40;
const AUTHENTICATION: [u8; 2] = [0, 1];
const AUTHENTICATION_LEN: usize = 13;
const ORIGIN: [u8; 2] = [0, 0];
const ORIGIN_LEN: usize = 8;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let indications = indications_len(rest.bytes);
    let inner = rest.bytes.get(indications..).unwrap_or_default();
    if inner.len() < IPV6_LEN || inner.first().is_none_or(|byte| byte >> 4 != 6) {
        return Ok(Next::payload(rest));
    }
    let rest = rest.skip(indications, Layer::Teredo)?;
    Ok(Next::layer(Layer::Ipv6, rest).inside(Tunnel::Teredo, 0))
}

fn indications_len(bytes: &[u8]) -> usize {
    let mut length = 0;
    if bytes.starts_with(&AUTHENTICATION) {
        let lengths = |at: usize| bytes.get(at).copied().map_or(0, usize::from);
        length = AUTHENTICATION_LEN + lengths(2) + lengths(3);
    }
    if bytes.get(length..).is_some_and(|rest| rest.starts_with(&ORIGIN)) {
        length += ORIGIN_LEN;
    }
    length
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, ipv6, outermost, parse, udp};
    use crate::{LinkType, Tunnel};

    #[test]
    fn the_inner_packet_is_read_behind_indications() {
        let inner = ipv6(17, &udp(1, 2, b"x"));
        let authentication = [&[0, 1, 2, 1][..], &[7; 3], &[0; 9]].concat();
        let origin = [0, 0, 1, 2, 3, 4, 5, 6];
        for head in [&[][..], &authentication, &origin, &[&authentication[..], &origin].concat()] {
            let bytes = ipv4(17, &udp(3544, 50000, &[head, &inner].concat()));
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!((packet.tunnel(), packet.dst_port()), (Some(Tunnel::Teredo), Some(2)));
            assert_eq!(packet.payload(), b"x");
            assert_eq!(outermost(LinkType::RAW, &bytes).unwrap().dst_port(), Some(50000));
        }
    }

    #[test]
    fn other_traffic_on_the_port_is_left_alone() {
        for payload in [&b"hello"[..], &[0, 1, 255, 255], &[0x60; 39], &[]] {
            let bytes = ipv4(17, &udp(50000, 3544, payload));
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!(
                (packet.dst_port(), packet.tunnel(), packet.error()),
                (Some(3544), None, None)
            );
        }
    }
}
