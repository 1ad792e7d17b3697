//! ARP: recognised and counted. It carries no packet.

use pnet_packet::arp::ArpPacket;

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet};

const LEN: usize = 28;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    if ArpPacket::new(rest.bytes).is_none() {
        return Err(rest.truncated(Layer::Arp, LEN));
    }
    Ok(Next::payload(rest))
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, parse};
    use crate::{Layer, LinkType, ParseError};

    #[test]
    fn a_whole_message_is_told_by_its_type_and_a_short_one_is_an_error() {
        let bytes = ethernet(0x0806, &[0; 46]);
        let packet = parse(LinkType::ETHERNET, &bytes).unwrap();
        assert_eq!((packet.ether_type(), packet.ip_version()), (0x0806, None));
        let expected = ParseError::Truncated { layer: Layer::Arp, offset: 14, needed: 28, had: 27 };
        assert_eq!(parse(LinkType::ETHERNET, &bytes[..41]).unwrap_err(), expected);
    }
}
