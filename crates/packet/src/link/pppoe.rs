//! PPPoE session frames (RFC 2516). Discovery frames carry no packet and stay payload.

use crate::walk::{Next, Walk};
use crate::{Field, Layer, ParseError};

const LEN: usize = 6;
const VERSION_AND_TYPE: u8 = 0x11;
const SESSION: u8 = 0;

#[inline]
pub(crate) fn step(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    let &[version_type, code, _, _, high, low] = walk.peek::<LEN>(Layer::Pppoe)?;
    if version_type != VERSION_AND_TYPE {
        return Err(walk.invalid(Layer::Pppoe, Field::Version, version_type));
    }
    walk.skip(LEN, Layer::Pppoe)?;
    walk.limit(u16::from_be_bytes([high, low]).into());
    Ok(if code == SESSION { Next::Layer(Layer::Ppp) } else { Next::Payload })
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
