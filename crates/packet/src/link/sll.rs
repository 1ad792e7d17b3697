//! Linux "cooked" capture, version 1.

use crate::packet::{MacsAt, NO_MAC};
use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet};

const LEN: usize = 16;
const ADDRESS_LEN_AT: usize = 4;
const ADDRESS_AT: u8 = 6;
/// `protocol` values below the Ethernet ones that Linux makes up.
const ETHERNET: u16 = 3;
const LLC: u16 = 4;
const PPP: u16 = 7;

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let header = rest.peek::<LEN>(Layer::Sll)?;
    let &[.., high, low] = header;
    if u16::from_be_bytes([header[ADDRESS_LEN_AT], header[ADDRESS_LEN_AT + 1]]) == 6 {
        packet.link = rest.bytes;
        packet.macs = MacsAt { src: ADDRESS_AT, dst: NO_MAC };
    }
    Ok(after(u16::from_be_bytes([high, low]), rest.skip(LEN, Layer::Sll)?))
}

/// What a "cooked" protocol number announces.
pub(crate) fn after(protocol: u16, rest: Rest<'_>) -> Next<'_> {
    match protocol {
        ETHERNET => Next::layer(Layer::Ethernet, rest),
        LLC => Next::layer(Layer::Llc, rest),
        PPP => Next::layer(Layer::Ppp, rest),
        number => Next::ether_type(number, rest),
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, parse};
    use crate::{Layer, LinkType, MacAddr, ParseError};

    fn cooked(address_len: u8, protocol: u16) -> Vec<u8> {
        let mut bytes = vec![0, 0, 0, 1, 0, address_len, 2, 0, 0, 0, 0, 9, 0, 0];
        bytes.extend(protocol.to_be_bytes());
        bytes
    }

    #[test]
    fn the_protocol_leads_on_and_the_sender_is_told() {
        let bytes = [cooked(6, 0x0800), ipv4(253, b"x")].concat();
        let packet = parse(LinkType::LINUX_SLL, &bytes).unwrap();
        assert_eq!(packet.src_mac(), Some(MacAddr([2, 0, 0, 0, 0, 9])));
        assert_eq!((packet.dst_mac(), packet.payload()), (None, &b"x"[..]));
    }

    #[test]
    fn llc_is_followed_and_an_interface_without_address_has_none() {
        let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
        let bytes = [&cooked(0, 4)[..], &snap, &ipv4(253, b"x")].concat();
        let packet = parse(LinkType::LINUX_SLL, &bytes).unwrap();
        assert_eq!((packet.src_mac(), packet.payload()), (None, &b"x"[..]));
    }

    #[test]
    fn numbers_that_linux_makes_up_lead_on_or_are_payload() {
        let ip = ipv4(253, b"x");
        let frame = [cooked(6, 3), crate::sample::ethernet(0x0800, &ip)].concat();
        assert_eq!(parse(LinkType::LINUX_SLL, &frame).unwrap().payload(), b"x");
        let frame = [&cooked(0, 7)[..], &[0, 0x21], &ip].concat();
        assert_eq!(parse(LinkType::LINUX_SLL, &frame).unwrap().payload(), b"x");
        for protocol in [0, 1, 2, 12] {
            let frame = [&cooked(6, protocol)[..], &[9, 9]].concat();
            assert_eq!(parse(LinkType::LINUX_SLL, &frame).unwrap().payload(), [9, 9]);
        }
    }

    #[test]
    fn fifteen_bytes_are_too_few() {
        let expected = ParseError::Truncated { layer: Layer::Sll, offset: 0, needed: 16, had: 15 };
        assert_eq!(parse(LinkType::LINUX_SLL, &[0; 15]).unwrap_err(), expected);
    }
}
