//! GTP version 1, user plane (3GPP TS 29.281): user packets between a mobile network's nodes.
//! Signalling and other traffic on its port stay payload.

use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet, ParseError, Tunnel};

const LEN: usize = 8;
const VERSION_AND_TYPE: u8 = 0xf0;
const VERSION_1_GTP: u8 = 0x30;
const OPTIONAL_FIELDS: u8 = 0x07;
const EXTENSION: u8 = 0x04;
const USER_PACKET: u8 = 255;
const OPTIONAL_LEN: usize = 4;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let Some(&[flags, kind, high, low, endpoint @ ..]) = rest.bytes.first_chunk::<LEN>() else {
        return Ok(Next::payload(rest));
    };
    if flags & VERSION_AND_TYPE != VERSION_1_GTP || kind != USER_PACKET {
        return Ok(Next::payload(rest));
    }
    let length = u16::from_be_bytes([high, low]);
    let mut rest = rest.skip(LEN, Layer::Gtpu)?.limit(length.into());
    if flags & OPTIONAL_FIELDS != 0 {
        let &[.., next] = rest.peek::<OPTIONAL_LEN>(Layer::Gtpu)?;
        rest = rest.skip(OPTIONAL_LEN, Layer::Gtpu)?;
        rest = behind_extensions(if flags & EXTENSION == 0 { 0 } else { next }, rest)?;
    }
    Ok(Next::layer(Layer::RawIp, rest).inside(Tunnel::GtpU, u32::from_be_bytes(endpoint)))
}

/// Extension headers: each starts with its length in words and ends with the type of the next.
fn behind_extensions(first: u8, mut rest: Rest<'_>) -> Result<Rest<'_>, ParseError> {
    let mut kind = first;
    while kind != 0 {
        let &[words] = rest.peek::<1>(Layer::Gtpu)?;
        let length = usize::from(words) * 4;
        if length == 0 {
            return Err(rest.invalid(Layer::Gtpu, Field::HeaderLength, words));
        }
        let behind = rest.skip(length, Layer::Gtpu)?;
        kind = rest.bytes.get(length - 1).copied().unwrap_or_default();
        rest = behind;
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, ipv6, parse, udp};
    use crate::{Field, Layer, LinkType, ParseError, Tunnel};

    fn over_gtpu(flags: u8, kind: u8, rest: &[u8]) -> Vec<u8> {
        let length = (rest.len() as u16).to_be_bytes();
        let header = [flags, kind, length[0], length[1], 0, 0, 1, 2];
        ipv4(17, &udp(2152, 2152, &[&header[..], rest].concat()))
    }

    #[test]
    fn both_versions_of_ip_behind_optional_fields_and_extensions() {
        let datagram = udp(1, 2, b"x");
        let plain = over_gtpu(0x30, 255, &ipv4(17, &datagram));
        let counted = over_gtpu(0x32, 255, &[&[0, 1, 0, 0x85][..], &ipv6(17, &datagram)].concat());
        let head = [0, 1, 0, 0x85, 1, 0, 9, 0x20, 2, 0, 0, 0, 0, 0, 0, 0];
        let extended = over_gtpu(0x34, 255, &[&head[..], &ipv4(17, &datagram)].concat());
        for bytes in [plain, counted, extended] {
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!((packet.tunnel(), packet.tunnel_id()), (Some(Tunnel::GtpU), 0x102));
            assert_eq!((packet.dst_port(), packet.payload()), (Some(2), &b"x"[..]));
        }
    }

    #[test]
    fn signalling_and_older_versions_are_left_alone() {
        for bytes in [over_gtpu(0x32, 1, &[0; 6]), over_gtpu(0x10, 255, &[0; 6])] {
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!((packet.dst_port(), packet.error()), (Some(2152), None));
        }
    }

    #[test]
    fn an_extension_of_no_length_is_told() {
        let bytes = over_gtpu(0x34, 255, &[0, 1, 0, 0x85, 0, 0, 0, 0]);
        let (layer, field) = (Layer::Gtpu, Field::HeaderLength);
        let expected = ParseError::Invalid { layer, offset: 40, field, value: 0 };
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        assert_eq!((packet.dst_port(), packet.error()), (Some(2152), Some(expected)));
    }
}
