//! PPP (RFC 1661), with or without the address and control bytes of HDLC-like framing (RFC 1662).

use super::cisco_hdlc;
use crate::step::{Next, Rest, Step};
use crate::{Layer, LinkType, Packet, ParseError};

const CISCO_UNICAST: u8 = 0x0f;
const CISCO_MULTICAST: u8 = 0x8f;
const ADDRESS_AND_CONTROL: [u8; 2] = [0xff, 0x03];

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    // The link type of HDLC-like framing is Cisco's HDLC too; the address tells which.
    let hdlc = packet.frame.link == LinkType::PPP_HDLC && rest.at == 0;
    if hdlc && matches!(rest.bytes.first(), Some(&(CISCO_UNICAST | CISCO_MULTICAST))) {
        return cisco_hdlc::step(packet, rest);
    }
    let framed = rest.bytes.starts_with(&ADDRESS_AND_CONTROL);
    let rest = rest.skip(if framed { ADDRESS_AND_CONTROL.len() } else { 0 }, Layer::Ppp)?;
    let (protocol, rest) = protocol(rest)?;
    Ok(match protocol {
        0x0021 => Next::ether_type(0x0800, rest),
        0x0057 => Next::ether_type(0x86dd, rest),
        0x0281 => Next::ether_type(0x8847, rest),
        0x0283 => Next::ether_type(0x8848, rest),
        _ => Next::payload(rest),
    })
}

/// The protocol number: two bytes, or one where it is compressed (its last byte is always odd, its
/// first always even).
fn protocol(rest: Rest<'_>) -> Result<(u16, Rest<'_>), ParseError> {
    let &[first] = rest.peek::<1>(Layer::Ppp)?;
    if first & 1 == 1 {
        return Ok((first.into(), rest.skip(1, Layer::Ppp)?));
    }
    let number = u16::from_be_bytes(*rest.peek::<2>(Layer::Ppp)?);
    Ok((number, rest.skip(2, Layer::Ppp)?))
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
    fn the_hdlc_link_holds_cisco_frames_too() {
        let bytes = [&[0x0f, 0, 8, 0][..], &ipv4(253, b"x")].concat();
        assert_eq!(parse(LinkType::PPP_HDLC, &bytes).unwrap().payload(), b"x");
        assert_eq!(parse(LinkType::PPP, &bytes).unwrap().ip_version(), None);
    }

    #[test]
    fn control_protocols_are_payload_and_a_lone_byte_is_an_error() {
        assert_eq!(parse(LinkType::PPP, &[0xc0, 0x21, 1]).unwrap().payload(), [1]);
        let expected = ParseError::Truncated { layer: Layer::Ppp, offset: 2, needed: 2, had: 1 };
        assert_eq!(parse(LinkType::PPP, &[0xff, 3, 0]).unwrap_err(), expected);
    }
}
