//! GTP version 1, user plane (3GPP TS 29.281): user packets between a mobile network's nodes.
//! Signalling and other traffic on its port stay payload.

use crate::walk::{Next, Walk};
use crate::{Field, Layer, ParseError, Tunnel};

const LEN: usize = 8;
const VERSION_AND_TYPE: u8 = 0xf0;
const VERSION_1_GTP: u8 = 0x30;
const OPTIONAL_FIELDS: u8 = 0x07;
const EXTENSION: u8 = 0x04;
const USER_PACKET: u8 = 255;
const OPTIONAL_LEN: usize = 4;

#[cold]
pub(crate) fn step(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    let Some(&[flags, kind, high, low, endpoint @ ..]) = walk.rest.first_chunk::<LEN>() else {
        return Ok(Next::Payload);
    };
    if flags & VERSION_AND_TYPE != VERSION_1_GTP || kind != USER_PACKET {
        return Ok(Next::Payload);
    }
    walk.enter(Tunnel::GtpU, u32::from_be_bytes(endpoint), Layer::Gtpu)?;
    walk.skip(LEN, Layer::Gtpu)?;
    walk.limit(u16::from_be_bytes([high, low]).into());
    if flags & OPTIONAL_FIELDS != 0 {
        let &[.., next] = walk.peek::<OPTIONAL_LEN>(Layer::Gtpu)?;
        walk.skip(OPTIONAL_LEN, Layer::Gtpu)?;
        extensions(walk, if flags & EXTENSION == 0 { 0 } else { next })?;
    }
    Ok(Next::Layer(Layer::RawIp))
}

/// Extension headers: each starts with its length in words and ends with the type of the next.
fn extensions(walk: &mut Walk<'_>, first: u8) -> Result<(), ParseError> {
    let mut kind = first;
    while kind != 0 {
        let &[words] = walk.peek::<1>(Layer::Gtpu)?;
        let length = usize::from(words) * 4;
        let Some(&next) = walk.rest.get(..length).and_then(<[u8]>::last) else {
            return Err(match words {
                0 => walk.invalid(Layer::Gtpu, Field::HeaderLength, words),
                _ => walk.truncated(Layer::Gtpu, length),
            });
        };
        walk.skip(length, Layer::Gtpu)?;
        kind = next;
    }
    Ok(())
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
