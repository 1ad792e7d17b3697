//! IEEE 802.11 data frames. Management, control and encrypted frames and later fragments stay payload; of an aggregate
//! (A-MSDU) the first subframe is read.

use crate::packet::MacsAt;
use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet, ParseError, Tunnel};

const LEN: usize = 24;
const VERSION: u8 = 0x03;
const TYPE_MANAGEMENT: u8 = 0;
const TYPE_DATA: u8 = 2;
const SUBTYPE_NO_DATA: u8 = 4;
const SUBTYPE_QOS: u8 = 8;
const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const PROTECTED: u8 = 0x40;
const FRAGMENT_NUMBER: u8 = 0x0f;
const ORDER: u8 = 0x80;
const QOS_AGGREGATE: u8 = 0x80;
const ADDRESS_1: u8 = 4;
const ADDRESS_2: u8 = 10;
const ADDRESS_3: u8 = 16;
const ADDRESS_4: u8 = 24;
const ADDRESS_LEN: usize = 6;
const QOS_LEN: usize = 2;
const HT_CONTROL_LEN: usize = 4;
const SUBFRAME_LEN: usize = 14;

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    read(packet, rest, false)
}

/// Reads a frame whose header is `padded` to four bytes, as some radios deliver it.
pub(crate) fn read<'a>(packet: &mut Packet<'a>, rest: Rest<'a>, padded: bool) -> Step<'a> {
    let Start { control, flags, is_swapped } = Start::of(packet, rest)?;
    let (kind, subtype) = (control >> 2 & 3, control >> 4);
    if kind == TYPE_MANAGEMENT && rest.bytes.len() >= LEN {
        packet.link = rest.bytes;
        packet.macs = macs_at(0);
    }
    if kind != TYPE_DATA {
        return Ok(Next::payload(rest));
    }
    let &[.., first, second] = rest.peek::<LEN>(Layer::Ieee80211)?;
    let fragment = if is_swapped { second } else { first } & FRAGMENT_NUMBER;
    packet.link = rest.bytes;
    packet.macs = macs_at(flags);
    let qos_at = LEN + if flags & (TO_DS | FROM_DS) == 3 { ADDRESS_LEN } else { 0 };
    let mut length = qos_at;
    let mut aggregate = false;
    if subtype & SUBTYPE_QOS != 0 {
        aggregate = rest.bytes.get(qos_at).is_some_and(|qos| qos & QOS_AGGREGATE != 0);
        length += QOS_LEN + if flags & ORDER != 0 { HT_CONTROL_LEN } else { 0 };
    }
    let length = if padded { length.next_multiple_of(4) } else { length };
    let rest = rest.skip(length, Layer::Ieee80211)?;
    if subtype & SUBTYPE_NO_DATA != 0 || flags & PROTECTED != 0 || fragment != 0 {
        return Ok(Next::payload(rest));
    }
    if aggregate { first_subframe(packet, rest) } else { Ok(Next::layer(Layer::Llc, rest)) }
}

/// What kind of frame it is, and its flags.
struct Start {
    control: u8,
    flags: u8,
    /// The bytes of both 16-bit fields have changed places.
    is_swapped: bool,
}

impl Start {
    /// Many access points swap bytes in CAPWAP. There every frame with data goes to or comes from the
    /// distribution system, so that its flags in the place of the version tell.
    fn of(packet: &Packet<'_>, rest: Rest<'_>) -> Result<Self, ParseError> {
        let &[first, second] = rest.peek::<2>(Layer::Ieee80211)?;
        let is_swapped = packet.tunnel == Some(Tunnel::Capwap) && first & VERSION != 0;
        let (control, flags) = if is_swapped { (second, first) } else { (first, second) };
        if control & VERSION != 0 {
            return Err(rest.invalid(Layer::Ieee80211, Field::Version, control & VERSION));
        }
        Ok(Self { control, flags, is_swapped })
    }
}

/// Who sent it to whom stands in different places, by the way through the distribution system.
fn macs_at(flags: u8) -> MacsAt {
    match (flags & TO_DS != 0, flags & FROM_DS != 0) {
        (false, false) => MacsAt { src: ADDRESS_2, dst: ADDRESS_1 },
        (false, true) => MacsAt { src: ADDRESS_3, dst: ADDRESS_1 },
        (true, false) => MacsAt { src: ADDRESS_2, dst: ADDRESS_3 },
        (true, true) => MacsAt { src: ADDRESS_4, dst: ADDRESS_3 },
    }
}

fn first_subframe<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let &[.., high, low] = rest.peek::<SUBFRAME_LEN>(Layer::Ieee80211)?;
    packet.link = rest.bytes;
    packet.macs = MacsAt::ETHERNET;
    let rest = rest.skip(SUBFRAME_LEN, Layer::Ieee80211)?;
    let length = u16::from_be_bytes([high, low]);
    Ok(Next::layer(Layer::Llc, rest.limit(length.into())))
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::sample::{ipv4, parse};
    use crate::{Layer, LinkType, MacAddr, ParseError};

    const SNAP_IPV4: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

    /// Header bytes with addresses 1 to 3 ending in their number.
    fn header(control: u8, flags: u8) -> Vec<u8> {
        let mut bytes = vec![control, flags, 0, 0];
        for number in 1..=3 {
            bytes.extend([2, 0, 0, 0, 0, number]);
        }
        bytes.extend([0, 0]);
        bytes
    }

    /// A plain data frame to the distribution system.
    pub(crate) fn data_frame(ip: &[u8]) -> Vec<u8> {
        [&header(0x08, 1)[..], &SNAP_IPV4, ip].concat()
    }

    #[test]
    fn addresses_follow_the_way_through_the_distribution_system() {
        let cases: [(u8, &[u8], u8, u8); 4] =
            [(0, &[], 2, 1), (1, &[], 2, 3), (2, &[], 3, 1), (3, &[2, 0, 0, 0, 0, 4], 4, 3)];
        for (flags, fourth, src, dst) in cases {
            let ip = ipv4(253, b"x");
            let bytes = [&header(0x08, flags)[..], fourth, &SNAP_IPV4, &ip].concat();
            let packet = parse(LinkType::IEEE802_11, &bytes).unwrap();
            assert_eq!(packet.src_mac(), Some(MacAddr([2, 0, 0, 0, 0, src])));
            assert_eq!(packet.dst_mac(), Some(MacAddr([2, 0, 0, 0, 0, dst])));
            assert_eq!(packet.payload(), b"x");
        }
    }

    #[test]
    fn quality_of_service_order_and_aggregates_lengthen_the_header() {
        let ip = ipv4(253, b"x");
        let qos = [&header(0x88, 1)[..], &[0, 0], &SNAP_IPV4, &ip].concat();
        let ordered = [&header(0x88, 0x81)[..], &[0; 6], &SNAP_IPV4, &ip].concat();
        let inner = [&SNAP_IPV4[..], &ip].concat();
        let subframe = [&[9; 12][..], &[0, inner.len() as u8], &inner, &[7; 30]].concat();
        let aggregate = [&header(0x88, 1)[..], &[0x80, 0], &subframe].concat();
        for bytes in [qos, ordered, aggregate] {
            assert_eq!(parse(LinkType::IEEE802_11, &bytes).unwrap().payload(), b"x");
        }
    }

    #[test]
    fn frames_without_readable_data_are_payload() {
        for (control, flags) in [(0x80, 0), (0xd4, 0), (0x48, 1), (0x08, 0x41)] {
            let bytes = [&header(control, flags)[..], &SNAP_IPV4, &ipv4(253, b"x")].concat();
            assert_eq!(parse(LinkType::IEEE802_11, &bytes).unwrap().ip_version(), None);
        }
    }

    #[test]
    fn a_later_fragment_is_payload_whatever_it_holds() {
        let mut bytes = data_frame(&ipv4(253, b"x"));
        bytes[22] = 0x31;
        assert_eq!(parse(LinkType::IEEE802_11, &bytes).unwrap().ip_version(), None);
        bytes[22] = 0x30;
        assert_eq!(parse(LinkType::IEEE802_11, &bytes).unwrap().ip_version(), Some(4));
    }

    #[test]
    fn a_header_cut_short_is_an_error() {
        let (layer, offset) = (Layer::Ieee80211, 0);
        let expected = ParseError::Truncated { layer, offset, needed: 24, had: 20 };
        let error = parse(LinkType::IEEE802_11, &header(0x08, 1)[..20]).unwrap_err();
        assert_eq!(error, expected);
    }
}
