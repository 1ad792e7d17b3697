//! PPPoE session frames (RFC 2516). Discovery frames carry no packet and stay payload.

use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet};

const LEN: usize = 6;
const VERSION_AND_TYPE: u8 = 0x11;
const SESSION: u8 = 0;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let &[version_type, code, _, _, high, low] = rest.peek::<LEN>(Layer::Pppoe)?;
    if version_type != VERSION_AND_TYPE {
        return Err(rest.invalid(Layer::Pppoe, Field::Version, version_type));
    }
    let length = u16::from_be_bytes([high, low]);
    let rest = rest.skip(LEN, Layer::Pppoe)?.limit(length.into());
    Ok(if code == SESSION { Next::layer(Layer::Ppp, rest) } else { Next::payload(rest) })
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, ipv4, parse};
    use crate::{Field, Layer, LinkType, ParseError};

    #[test]
    fn a_session_frame_holds_ppp_and_its_length_cuts_padding() {
        let ip = ipv4(253, b"x");
        let mut bytes = vec![0x11, 0, 0, 1, 0, ip.len() as u8 + 2, 0x00, 0x21];
        bytes.extend(&ip);
        bytes.extend([0; 9]);
        let frame = ethernet(0x8864, &bytes);
        let packet = parse(LinkType::ETHERNET, &frame).unwrap();
        assert_eq!((packet.ip_version(), packet.payload()), (Some(4), &b"x"[..]));
    }

    #[test]
    fn another_version_is_refused() {
        let frame = ethernet(0x8864, &[0x21, 0, 0, 1, 0, 0]);
        let error = parse(LinkType::ETHERNET, &frame).unwrap_err();
        let (layer, field) = (Layer::Pppoe, Field::Version);
        assert_eq!(error, ParseError::Invalid { layer, offset: 14, field, value: 0x21 });
    }
}
