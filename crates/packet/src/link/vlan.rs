//! VLAN tags: 802.1Q, 802.1ad (QinQ) and the older stacked types, any number up to a cap.

use pnet_packet::vlan::VlanPacket;

use super::llc;
use crate::step::{Rest, Step};
use crate::{Layer, MAX_VLAN_TAGS, Packet, ParseError};

const LEN: usize = 4;

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let Some(tag) = VlanPacket::new(rest.bytes) else {
        return Err(rest.truncated(Layer::Vlan, LEN));
    };
    let (layer, offset) = (Layer::Vlan, rest.at);
    if offset != packet.vlan.saturating_add(u32::from(packet.vlan_count) * LEN as u32) {
        (packet.vlan, packet.vlan_count) = (offset, 0);
    }
    packet.vlan_count += 1;
    if packet.vlan_count > MAX_VLAN_TAGS {
        return Err(ParseError::TooDeep { layer, offset, limit: MAX_VLAN_TAGS });
    }
    Ok(llc::length_or_type(tag.get_ethertype().0, rest.skip(LEN, Layer::Vlan)?))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, ipv4, parse};
    use crate::{Layer, LinkType, MAX_VLAN_TAGS, ParseError};

    /// `ids` as stacked tags in front of an IPv4 packet.
    fn tagged(ids: &[u16]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (depth, id) in ids.iter().enumerate() {
            bytes.extend((0xe000 | id).to_be_bytes());
            let last = depth + 1 == ids.len();
            bytes.extend(if last { [0x08, 0x00] } else { [0x81, 0x00] });
        }
        bytes.extend(ipv4(253, b"x"));
        ethernet(0x88a8, &bytes)
    }

    #[test]
    fn ids_are_told_outermost_first_without_priority_bits() {
        let bytes = tagged(&[100, 4095, 0]);
        let packet = parse(LinkType::ETHERNET, &bytes).unwrap();
        assert_eq!(packet.vlans().as_slice(), [100, 4095, 0]);
        assert_eq!((packet.vlan(), packet.payload()), (Some(100), &b"x"[..]));
    }

    #[test]
    fn the_cap_is_the_last_good_depth() {
        let ids = [7; MAX_VLAN_TAGS as usize];
        assert_eq!(parse(LinkType::ETHERNET, &tagged(&ids)).unwrap().vlans().as_slice(), ids);
        let deeper = [7; MAX_VLAN_TAGS as usize + 1];
        let error = parse(LinkType::ETHERNET, &tagged(&deeper)).unwrap_err();
        let expected = ParseError::TooDeep { layer: Layer::Vlan, offset: 14 + 4 * 8, limit: 8 };
        assert_eq!(error, expected);
    }
}
