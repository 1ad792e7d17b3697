//! GRE: version 0 (RFC 1701, 2784, 2890) and 1 (RFC 2637, PPTP).

use super::BRIDGED;
use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet, ParseError, Tunnel};

const LEN: usize = 4;
const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;
const OPTIONAL_LEN: usize = 4;
const PPP: u16 = 0x880b;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let &[a, b, c, d] = rest.peek::<LEN>(Layer::Gre)?;
    let flags = u16::from_be_bytes([a, b]);
    if flags & VERSION > 1 {
        return Err(rest.invalid(Layer::Gre, Field::Version, flags & VERSION));
    }
    let key_at = LEN + if flags & (CHECKSUM | ROUTING) == 0 { 0 } else { OPTIONAL_LEN };
    let key = rest.bytes.get(key_at..).filter(|_| flags & KEY != 0).and_then(<[u8]>::first_chunk);
    let key = key.copied().map_or(0, u32::from_be_bytes);
    // Version 1 has the call's number in the lower half, and a length in the upper.
    let id = if flags & VERSION == 1 { key & 0xffff } else { key };
    let mut inner = rest.skip(header_len(flags), Layer::Gre)?;
    if flags & ROUTING != 0 {
        inner = behind_source_routes(inner)?;
    }
    let next = match u16::from_be_bytes([c, d]) {
        // An acknowledgement of PPTP carries nothing, a keepalive of Cisco's nothing by this name.
        _ if inner.said() == 0 => return Ok(Next::payload(rest)),
        0 => return Ok(Next::payload(rest)),
        BRIDGED => Next::layer(Layer::Ethernet, inner),
        PPP => Next::layer(Layer::Ppp, inner),
        number => Next::ether_type(number, inner),
    };
    Ok(next.inside(Tunnel::Gre, id))
}

fn header_len(flags: u16) -> usize {
    let present = |mask: u16| usize::from(flags & mask != 0) * OPTIONAL_LEN;
    let acknowledgement = if flags & VERSION == 1 { present(ACKNOWLEDGEMENT) } else { 0 };
    LEN + present(CHECKSUM | ROUTING) + present(KEY) + present(SEQUENCE) + acknowledgement
}

/// Source route entries of RFC 1701: each names its length, one of length 0 ends the list.
fn behind_source_routes(mut rest: Rest<'_>) -> Result<Rest<'_>, ParseError> {
    loop {
        let &[_, _, _, length] = rest.peek::<LEN>(Layer::Gre)?;
        rest = rest.skip(LEN + usize::from(length), Layer::Gre)?;
        if length == 0 {
            return Ok(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, ipv4, outermost, parse, udp};
    use crate::{Field, Layer, LinkType, ParseError, Protocol, Tunnel};

    const RAW: LinkType = LinkType::RAW;

    fn inner() -> Vec<u8> {
        ipv4(17, &udp(1, 2, b"x"))
    }

    #[test]
    fn every_optional_field_is_passed_over_and_the_key_told() {
        let cases: [(&[u8], u32); 6] = [
            (&[0, 0, 8, 0], 0),
            (&[0x80, 0, 8, 0, 1, 1, 0, 0], 0),
            (&[0x20, 0, 8, 0, 0, 0, 1, 2], 0x102),
            (&[0xb0, 0, 8, 0, 1, 1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 9], 0x102),
            (&[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 2, 7, 7, 0, 0, 0, 0], 0),
            (&[0x30, 0x81, 0x88, 0x0b, 0, 4, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x21], 7),
        ];
        for (header, key) in cases {
            let bytes = ipv4(47, &[header, &inner()].concat());
            let packet = parse(RAW, &bytes).unwrap();
            assert_eq!((packet.tunnel(), packet.tunnel_id()), (Some(Tunnel::Gre), key));
            assert_eq!((packet.dst_port(), packet.payload()), (Some(2), &b"x"[..]));
            assert_eq!(outermost(RAW, &bytes).unwrap().protocol(), Some(Protocol::GRE));
        }
    }

    #[test]
    fn a_bridged_frame_is_read() {
        let frame = ethernet(0x0800, &inner());
        let bytes = ipv4(47, &[&[0, 0, 0x65, 0x58][..], &frame].concat());
        assert_eq!(parse(RAW, &bytes).unwrap().dst_port(), Some(2));
    }

    #[test]
    fn acknowledgements_and_keepalives_hold_nothing_and_are_no_errors() {
        let headers: [&[u8]; 3] = [
            &[0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 1],
            &[0, 0, 0, 0],
            &[0x20, 0, 0, 0, 0, 0, 0, 7],
        ];
        for header in headers {
            let bytes = ipv4(47, header);
            let packet = parse(RAW, &bytes).unwrap();
            assert_eq!((packet.protocol(), packet.error()), (Some(Protocol::GRE), None));
            assert_eq!((packet.tunnel(), packet.payload()), (None, header));
        }
    }

    #[test]
    fn what_holds_no_packet_leaves_the_outer_one() {
        let bytes = ipv4(47, &[0, 0, 0x20, 0, 1, 2, 3]);
        let packet = parse(RAW, &bytes).unwrap();
        assert_eq!((packet.protocol(), packet.tunnel()), (Some(Protocol::GRE), None));
        assert_eq!((packet.error(), packet.payload().len()), (None, 7));
    }

    #[test]
    fn other_versions_and_cut_headers_are_told() {
        let (layer, field, offset) = (Layer::Gre, Field::Version, 20);
        let bytes = ipv4(47, &[0, 2, 8, 0]);
        let expected = ParseError::Invalid { layer, offset, field, value: 2 };
        assert_eq!(parse(RAW, &bytes).unwrap().error(), Some(expected));
        let bytes = ipv4(47, &[0xb0, 0, 8, 0, 1, 1, 0, 0]);
        let expected = ParseError::Truncated { layer, offset, needed: 16, had: 8 };
        assert_eq!(parse(RAW, &bytes).unwrap().error(), Some(expected));
    }
}
