//! Ethernet II and 802.3.

use pnet_packet::ethernet::EthernetPacket;

use crate::walk::{Next, Walk};
use crate::{Layer, ParseError};

const LEN: usize = 14;

#[inline]
pub(crate) fn step(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    let Some(header) = EthernetPacket::new(walk.rest) else {
        return Err(walk.truncated(Layer::Ethernet, LEN));
    };
    walk.packet.dst_mac = walk.at;
    walk.packet.src_mac = walk.at + 6;
    let ether_type = header.get_ethertype().0;
    walk.skip(LEN, Layer::Ethernet)?;
    Ok(Next::EtherType(ether_type))
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
