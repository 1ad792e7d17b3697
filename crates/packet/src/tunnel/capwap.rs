//! CAPWAP data (RFC 5415): frames of stations between an access point and its controller, as 802.3 or as
//! 802.11. Keep-alives, fragments, DTLS and other traffic on its port stay payload.

use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet, Tunnel};

const LEN: usize = 8;
/// Version 0, and a header in the open: DTLS has a 1 behind the version.
const PREAMBLE: u8 = 0;
const IS_FRAGMENT: u8 = 0x80;
const IS_KEEP_ALIVE: u8 = 0x08;
/// Of the word with length (5 bits), radio (5), kind of radio (5), and whether the frame is as the radio has it.
const RADIO: u16 = 0x07c0;
const FORM: u16 = 0x003f;
const IEEE80211: u16 = 0x0003;
const IS_NATIVE: u16 = 0x0001;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let Some(&[PREAMBLE, high, low, flags, ..]) = rest.bytes.first_chunk::<LEN>() else {
        return Ok(Next::payload(rest));
    };
    let word = u16::from_be_bytes([high, low]);
    let carried = match word & FORM {
        _ if flags & (IS_FRAGMENT | IS_KEEP_ALIVE) != 0 => None,
        IEEE80211 => Some(Layer::Ieee80211),
        form if form & IS_NATIVE == 0 => Some(Layer::Ethernet),
        _ => None,
    };
    let Some(carried) = carried else { return Ok(Next::payload(rest)) };
    let length = usize::from(word >> 11) * 4;
    if length < LEN {
        return Err(rest.invalid(Layer::Capwap, Field::HeaderLength, length as u32));
    }
    let radio = u32::from((word & RADIO) >> 6);
    Ok(Next::layer(carried, rest.skip(length, Layer::Capwap)?).inside(Tunnel::Capwap, radio))
}

#[cfg(test)]
mod tests {
    use crate::link::ieee80211::tests::data_frame;
    use crate::sample::{ethernet, ipv4, outermost, parse, udp};
    use crate::{Field, Layer, LinkType, ParseError, Tunnel};

    fn over_capwap(header: &[u8], frame: &[u8]) -> Vec<u8> {
        ipv4(17, &udp(50000, 5247, &[header, frame].concat()))
    }

    fn inner() -> Vec<u8> {
        ipv4(17, &udp(1, 2, b"x"))
    }

    #[test]
    fn frames_of_both_kinds_are_read_behind_optional_fields() {
        let plain = over_capwap(&[0, 0x10, 0x82, 0, 0, 0, 0, 0], &ethernet(0x0800, &inner()));
        let native = [0, 0x20, 0x83, 0x30, 0, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0];
        let native = over_capwap(&native, &data_frame(&inner()));
        for bytes in [plain, native] {
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!((packet.tunnel(), packet.tunnel_id()), (Some(Tunnel::Capwap), 2));
            assert_eq!((packet.dst_port(), packet.payload()), (Some(2), &b"x"[..]));
            assert_eq!(outermost(LinkType::RAW, &bytes).unwrap().dst_port(), Some(5247));
        }
    }

    #[test]
    fn swapped_bytes_of_frame_control_and_sequence_are_read_too() {
        let mut frame = data_frame(&inner());
        frame.swap(0, 1);
        frame[22..24].copy_from_slice(&[0x76, 0x30]);
        let bytes = over_capwap(&[0, 0x10, 3, 0, 0, 0, 0, 0], &frame);
        let packet = parse(LinkType::RAW, &bytes).unwrap();
        assert_eq!((packet.dst_port(), packet.payload()), (Some(2), &b"x"[..]));
        let error = parse(LinkType::IEEE802_11, &frame).unwrap_err();
        assert!(matches!(error, ParseError::Invalid { field: Field::Version, .. }), "{error}");
    }

    #[test]
    fn keep_alives_fragments_dtls_and_other_radios_are_left_alone() {
        let frame = ethernet(0x0800, &inner());
        for header in [
            &[0, 0x10, 2, 0x08, 0, 0, 0, 0][..],
            &[0, 0x10, 2, 0x80, 0, 0, 0, 0],
            &[1, 0, 0, 0],
            &[0x10, 0x10, 2, 0, 0, 0, 0, 0],
            &[0, 0x10, 5, 0, 0, 0, 0, 0],
        ] {
            let bytes = over_capwap(header, &frame);
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            let told = (packet.dst_port(), packet.tunnel(), packet.error());
            assert_eq!(told, (Some(5247), None, None), "{header:?}");
        }
        let bytes = over_capwap(&[0, 0x10, 2], &[]);
        assert_eq!(parse(LinkType::RAW, &bytes).unwrap().error(), None);
    }

    #[test]
    fn lengths_that_lie_are_told() {
        let (layer, offset) = (Layer::Capwap, 28);
        let field = Field::HeaderLength;
        let short = ParseError::Invalid { layer, offset, field, value: 4 };
        let long = ParseError::Truncated { layer, offset, needed: 124, had: 8 };
        for (high, error) in [(0x08, short), (0xf8, long)] {
            let bytes = over_capwap(&[0, high, 2, 0, 0, 0, 0, 0], &[]);
            let packet = parse(LinkType::RAW, &bytes).unwrap();
            assert_eq!((packet.dst_port(), packet.error()), (Some(5247), Some(error)));
        }
    }
}
