//! Ethernet II and 802.3.

use pnet_packet::ethernet::EthernetPacket;

use super::llc;
use crate::packet::MacsAt;
use crate::step::{Rest, Step};
use crate::{Layer, Packet};

const LEN: usize = 14;

#[inline(always)]
pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let Some(header) = EthernetPacket::new(rest.bytes) else {
        return Err(rest.truncated(Layer::Ethernet, LEN));
    };
    packet.link = rest.bytes;
    packet.macs = MacsAt::ETHERNET;
    Ok(llc::length_or_type(header.get_ethertype().0, rest.skip(LEN, Layer::Ethernet)?))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, parse};
    use crate::{Layer, LinkType, MacAddr, ParseError};

    #[test]
    fn addresses_and_an_unknown_type_are_told() {
        let bytes = ethernet(0x88cc, b"lldp");
        let packet = parse(LinkType::ETHERNET, &bytes).unwrap();
        assert_eq!(packet.dst_mac(), Some(MacAddr([2, 0, 0, 0, 0, 1])));
        assert_eq!(packet.src_mac(), Some(MacAddr([2, 0, 0, 0, 0, 2])));
        assert_eq!(packet.macs(), packet.src_mac().zip(packet.dst_mac()));
        assert_eq!(packet.vlan(), None);
        assert_eq!((packet.ether_type(), packet.ip_version()), (0x88cc, None));
        assert_eq!(packet.payload(), b"lldp");
    }

    #[test]
    fn thirteen_bytes_are_too_few() {
        let error = parse(LinkType::ETHERNET, &[0; 13]).unwrap_err();
        let expected =
            ParseError::Truncated { layer: Layer::Ethernet, offset: 0, needed: 14, had: 13 };
        assert_eq!(error, expected);
    }
}
