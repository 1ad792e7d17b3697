//! The Authentication Header over IPv4 (RFC 4302): it hides nothing, so what follows is read.

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet};

const LEN: usize = 12;

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    packet.note_payload(rest);
    let &[next, length, ..] = rest.peek::<LEN>(Layer::Ah)?;
    let rest = rest.skip((usize::from(length) + 2) * 4, Layer::Ah)?;
    packet.note_payload(rest);
    packet.protocol = next;
    Ok(Next::protocol(next, rest))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, outermost, parse, udp};
    use crate::{Layer, LinkType, ParseError, Protocol};

    #[test]
    fn the_protocol_behind_it_is_told() {
        let header = [17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
        let bytes = ipv4(51, &[&header[..], &[9; 12], &udp(1, 2, b"x")].concat());
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        assert_eq!((packet.protocol(), packet.dst_port()), (Some(Protocol::UDP), Some(2)));
    }

    #[test]
    fn a_tunnel_behind_it_is_what_the_outermost_packet_carries() {
        let header = [4, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];
        let bytes = ipv4(51, &[&header[..], &ipv4(17, &udp(1, 2, b"x"))].concat());
        let packet = outermost(LinkType::RAW, &bytes).unwrap();
        assert_eq!((packet.protocol(), packet.payload().len()), (Some(Protocol::IPV4), 29));
    }

    #[test]
    fn a_length_past_the_packet_keeps_the_addresses() {
        let bytes = ipv4(51, &[17, 200, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2]);
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        let expected = ParseError::Truncated { layer: Layer::Ah, offset: 20, needed: 808, had: 12 };
        assert_eq!((packet.error(), packet.protocol()), (Some(expected), Some(Protocol::AH)));
    }
}
