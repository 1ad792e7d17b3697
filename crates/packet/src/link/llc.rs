//! 802.2 LLC with SNAP: what follows an 802.3 length, an 802.11 data header or an SLL "802.2" type.

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet};

/// The largest value of the type field that is a length (802.3 clause 3.2.6).
const MAX_LENGTH: u16 = 1500;
const LEN: usize = 3;
const SNAP_LEN: usize = 8;
const SAP_IP: u8 = 0x06;

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    packet.ether_type = 0;
    match *rest.peek::<LEN>(Layer::Llc)? {
        [0xaa, 0xaa, 0x03] => snap(rest),
        [SAP_IP, SAP_IP, 0x03] => Ok(Next::ether_type(0x0800, rest.skip(LEN, Layer::Llc)?)),
        _ => Ok(Next::payload(rest)),
    }
}

/// What a type field of Ethernet announces: a length (behind which all is padding) or a protocol.
#[inline(always)]
pub(crate) fn length_or_type(number: u16, rest: Rest<'_>) -> Next<'_> {
    match number {
        0 => Next::layer(Layer::Llc, rest),
        1..=MAX_LENGTH => Next::layer(Layer::Llc, rest.limit(number.into())),
        _ => Next::ether_type(number, rest),
    }
}

fn snap(rest: Rest<'_>) -> Step<'_> {
    let &[_, _, _, a, b, c, high, low] = rest.peek::<SNAP_LEN>(Layer::Llc)?;
    let rest = rest.skip(SNAP_LEN, Layer::Llc)?;
    let number = u16::from_be_bytes([high, low]);
    Ok(match ([a, b, c], number) {
        // RFC 1042, and the bridge-tunnel variant of 802.1H.
        ([0, 0, 0] | [0, 0, 0xf8], MAX_LENGTH..) => Next::ether_type(number, rest),
        // RFC 2684: a bridged Ethernet frame, with or without its checksum.
        ([0, 0x80, 0xc2], 1 | 7) => Next::layer(Layer::Ethernet, rest),
        _ => Next::payload(rest),
    })
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, ipv4, parse};
    use crate::{Layer, LinkType, ParseError};

    #[test]
    fn snap_leads_to_ip_and_the_length_cuts_the_padding() {
        let mut bytes = vec![0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
        bytes.extend(ipv4(253, b"payload"));
        let length = bytes.len() as u16;
        bytes.extend([0; 20]);
        let frame = ethernet(length, &bytes);
        let packet = parse(LinkType::ETHERNET, &frame).unwrap();
        assert_eq!((packet.ip_version(), packet.payload()), (Some(4), &b"payload"[..]));
        assert_eq!(packet.ether_type(), 0x0800);
    }

    #[test]
    fn other_services_are_payload() {
        let frame = ethernet(3, &[0x42, 0x42, 3, 0, 0]);
        let packet = parse(LinkType::ETHERNET, &frame).unwrap();
        assert_eq!((packet.ip_version(), packet.payload()), (None, &[0x42, 0x42, 3][..]));
    }

    #[test]
    fn a_snap_header_cut_short_is_told() {
        let error = parse(LinkType::ETHERNET, &ethernet(8, &[0xaa, 0xaa, 3, 0])).unwrap_err();
        let expected = ParseError::Truncated { layer: Layer::Llc, offset: 14, needed: 8, had: 4 };
        assert_eq!(error, expected);
    }
}
