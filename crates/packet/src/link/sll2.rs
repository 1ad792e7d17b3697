//! Linux "cooked" capture, version 2.

use super::sll;
use crate::packet::{MacsAt, NO_MAC};
use crate::step::{Rest, Step};
use crate::{Layer, Packet};

const LEN: usize = 20;
const ADDRESS_LEN_AT: usize = 11;
const ADDRESS_AT: u8 = 12;

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let header = rest.peek::<LEN>(Layer::Sll2)?;
    let &[high, low, ..] = header;
    if header[ADDRESS_LEN_AT] == 6 {
        packet.link = rest.bytes;
        packet.macs = MacsAt { src: ADDRESS_AT, dst: NO_MAC };
    }
    Ok(sll::after(u16::from_be_bytes([high, low]), rest.skip(LEN, Layer::Sll2)?))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv6, parse};
    use crate::{Layer, LinkType, MacAddr, ParseError};

    #[test]
    fn the_protocol_leads_on_and_the_sender_is_told() {
        let mut bytes = vec![0x86, 0xdd, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 9, 0, 0];
        bytes.extend(ipv6(253, b"x"));
        let packet = parse(LinkType::LINUX_SLL2, &bytes).unwrap();
        assert_eq!(packet.src_mac(), Some(MacAddr([2, 0, 0, 0, 0, 9])));
        assert_eq!((packet.ip_version(), packet.payload()), (Some(6), &b"x"[..]));
    }

    #[test]
    fn nineteen_bytes_are_too_few() {
        let expected = ParseError::Truncated { layer: Layer::Sll2, offset: 0, needed: 20, had: 19 };
        assert_eq!(parse(LinkType::LINUX_SLL2, &[0; 19]).unwrap_err(), expected);
    }
}
