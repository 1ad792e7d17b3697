//! Radiotap: what the receiving radio says about an 802.11 frame.

use super::ieee80211;
use crate::step::{Rest, Step};
use crate::{Field, Layer, Packet};

const LEN: usize = 8;
const PRESENT_AT: usize = 4;
const PRESENT_TSFT: u32 = 1;
const PRESENT_FLAGS: u32 = 1 << 1;
const PRESENT_MORE: u32 = 1 << 31;
const FLAG_FCS_AT_END: u8 = 0x10;
const FLAG_DATA_PAD: u8 = 0x20;
const FCS_LEN: u32 = 4;

pub(crate) fn step<'a>(packet: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let &[version, _, low, high, ..] = rest.peek::<LEN>(Layer::Radiotap)?;
    if version != 0 {
        return Err(rest.invalid(Layer::Radiotap, Field::Version, version));
    }
    let length = usize::from(u16::from_le_bytes([low, high]));
    if length < LEN {
        return Err(rest.invalid(Layer::Radiotap, Field::HeaderLength, length as u32));
    }
    let flags = rest.bytes.get(..length).and_then(flags).unwrap_or(0);
    let rest = rest.skip(length, Layer::Radiotap)?;
    let fcs_len = if flags & FLAG_FCS_AT_END == 0 { 0 } else { FCS_LEN };
    let rest = rest.limit(rest.said().saturating_sub(fcs_len));
    ieee80211::read(packet, rest, flags & FLAG_DATA_PAD != 0)
}

/// The flags byte, if the header has one: behind all bitmaps and the 8-byte aligned clock.
fn flags(header: &[u8]) -> Option<u8> {
    let word = |at: usize| header.get(at..)?.first_chunk().copied().map(u32::from_le_bytes);
    let present = word(PRESENT_AT)?;
    let mut at = PRESENT_AT;
    while word(at)? & PRESENT_MORE != 0 {
        at += 4;
    }
    at += 4;
    if present & PRESENT_TSFT != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    if present & PRESENT_FLAGS == 0 { None } else { header.get(at).copied() }
}

#[cfg(test)]
mod tests {
    use crate::link::ieee80211::tests::data_frame;
    use crate::sample::{ipv4, parse};
    use crate::{Field, Layer, LinkType, ParseError};

    #[test]
    fn a_trailing_checksum_is_no_payload() {
        // Two bitmaps, a clock, then the flags byte: FCS at the end.
        let mut bytes = vec![0, 0, 33, 0, 3, 0, 0, 0x80, 0, 0, 0, 0];
        bytes.extend([0; 4]); // the clock is aligned to 8
        bytes.extend([0; 8]);
        bytes.push(0x10);
        bytes.extend([0; 8]);
        bytes.extend(data_frame(&ipv4(0xfd, b"x")));
        bytes.extend([1, 2, 3, 4]);
        let packet = parse(LinkType::RADIOTAP, &bytes).unwrap();
        assert_eq!((packet.ip_version(), packet.payload()), (Some(4), &b"x"[..]));
    }

    #[test]
    fn a_length_below_the_header_and_past_the_frame_are_errors() {
        let (layer, field) = (Layer::Radiotap, Field::HeaderLength);
        let expected = ParseError::Invalid { layer, offset: 0, field, value: 7 };
        assert_eq!(parse(LinkType::RADIOTAP, &[0, 0, 7, 0, 0, 0, 0, 0]).unwrap_err(), expected);
        let expected = ParseError::Truncated { layer, offset: 0, needed: 300, had: 8 };
        assert_eq!(parse(LinkType::RADIOTAP, &[0, 0, 44, 1, 0, 0, 0, 0]).unwrap_err(), expected);
    }

    #[test]
    fn endless_bitmaps_end_with_the_header() {
        let bytes = [&[0, 0, 40, 0][..], &[0xff; 36], &data_frame(&ipv4(253, b"x"))].concat();
        assert_eq!(parse(LinkType::RADIOTAP, &bytes).unwrap().payload(), b"x");
    }
}
