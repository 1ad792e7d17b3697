//! PPP (RFC 1661), with or without the address and control bytes of HDLC-like framing (RFC 1662).

use crate::walk::{Next, Walk};
use crate::{Layer, ParseError};

const ADDRESS_AND_CONTROL: [u8; 2] = [0xff, 0x03];

#[inline]
pub(crate) fn step(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    if walk.rest.starts_with(&ADDRESS_AND_CONTROL) {
        walk.skip(ADDRESS_AND_CONTROL.len(), Layer::Ppp)?;
    }
    Ok(match protocol(walk)? {
        0x0021 => Next::EtherType(0x0800),
        0x0057 => Next::EtherType(0x86dd),
        0x0281 => Next::EtherType(0x8847),
        0x0283 => Next::EtherType(0x8848),
        _ => Next::Payload,
    })
}

/// The protocol number: two bytes, or one where it is compressed (its last byte is always odd, its
/// first always even).
fn protocol(walk: &mut Walk<'_>) -> Result<u16, ParseError> {
    let &[first] = walk.peek::<1>(Layer::Ppp)?;
    if first & 1 == 1 {
        walk.skip(1, Layer::Ppp)?;
        return Ok(first.into());
    }
    let number = u16::from_be_bytes(*walk.peek::<2>(Layer::Ppp)?);
    walk.skip(2, Layer::Ppp)?;
    Ok(number)
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, ipv6, parse};
    use crate::{Layer, LinkType, ParseError};

    #[test]
    fn the_protocol_may_be_framed_and_compressed() {
        for head in [&[0xff, 3, 0, 0x21][..], &[0, 0x21], &[0xff, 3, 0x21], &[0x21]] {
            let bytes = [head, &ipv4(253, b"x")].concat();
            for link in [LinkType::PPP, LinkType::PPP_HDLC] {
                let packet = parse(link, &bytes).unwrap();
                assert_eq!((packet.ip_version(), packet.payload()), (Some(4), &b"x"[..]));
            }
        }
        let bytes = [&[0xff, 3, 0, 0x57][..], &ipv6(59, b"")].concat();
        assert_eq!(parse(LinkType::PPP, &bytes).unwrap().ip_version(), Some(6));
    }

    #[test]
    fn control_protocols_are_payload_and_a_lone_byte_is_an_error() {
        assert_eq!(parse(LinkType::PPP, &[0xc0, 0x21, 1]).unwrap().payload(), [1]);
        let expected = ParseError::Truncated { layer: Layer::Ppp, offset: 2, needed: 2, had: 1 };
        assert_eq!(parse(LinkType::PPP, &[0xff, 3, 0]).unwrap_err(), expected);
    }
}
