//! Cisco HDLC: address, control, then an Ethernet protocol number.

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet};

const LEN: usize = 4;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let &[_, _, high, low] = rest.peek::<LEN>(Layer::CiscoHdlc)?;
    let rest = rest.skip(LEN, Layer::CiscoHdlc)?;
    Ok(Next::ether_type(u16::from_be_bytes([high, low]), rest))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, parse};
    use crate::{Layer, LinkType, ParseError};

    #[test]
    fn the_type_leads_on() {
        let bytes = [&[0x0f, 0, 8, 0][..], &ipv4(253, b"x")].concat();
        let packet = parse(LinkType::CISCO_HDLC, &bytes).unwrap();
        assert_eq!((packet.ip_version(), packet.payload()), (Some(4), &b"x"[..]));
    }

    #[test]
    fn keepalives_are_payload_and_three_bytes_an_error() {
        let packet = parse(LinkType::CISCO_HDLC, &[0x8f, 0, 0x80, 0x35, 9]).unwrap();
        assert_eq!((packet.ether_type(), packet.payload()), (0x8035, &[9][..]));
        let expected =
            ParseError::Truncated { layer: Layer::CiscoHdlc, offset: 0, needed: 4, had: 3 };
        assert_eq!(parse(LinkType::CISCO_HDLC, &[0x0f, 0, 8]).unwrap_err(), expected);
    }
}
