//! MPLS label stacks (RFC 3032), with IP or an Ethernet pseudowire (RFC 4448) below.

use crate::walk::{Next, Walk};
use crate::{Layer, MAX_MPLS_LABELS, ParseError};

const LEN: usize = 4;
const CONTROL_WORD_LEN: usize = 4;

#[inline]
pub(crate) fn step(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    for _ in 0..MAX_MPLS_LABELS {
        let label = walk.peek::<LEN>(Layer::Mpls)?;
        walk.skip(LEN, Layer::Mpls)?;
        let [.., bottom, _] = label;
        if bottom & 1 == 1 {
            return below(walk);
        }
    }
    Err(ParseError::TooDeep { layer: Layer::Mpls, offset: walk.at, limit: MAX_MPLS_LABELS })
}

/// MPLS does not say what it carries: the first half byte tells, as routers do it (RFC 4928).
fn below(walk: &mut Walk<'_>) -> Result<Next, ParseError> {
    Ok(match walk.rest.first().map(|byte| byte >> 4) {
        Some(4) => Next::Layer(Layer::Ipv4),
        Some(6) => Next::Layer(Layer::Ipv6),
        Some(0) if walk.rest.len() > CONTROL_WORD_LEN => {
            walk.skip(CONTROL_WORD_LEN, Layer::Mpls)?;
            Next::Layer(Layer::Ethernet)
        }
        _ => Next::Payload,
    })
}

#[cfg(test)]
mod tests {
    use crate::sample::{ethernet, ipv4, parse};
    use crate::{Layer, LinkType, MAX_MPLS_LABELS, ParseError};

    fn labelled(labels: u8, below: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for left in (0..labels).rev() {
            bytes.extend([0, 0x01, u8::from(left == 0), 64]);
        }
        bytes.extend(below);
        ethernet(0x8847, &bytes)
    }

    #[test]
    fn a_stack_ends_at_its_bottom_bit() {
        let bytes = labelled(3, &ipv4(253, b"x"));
        let packet = parse(LinkType::ETHERNET, &bytes).unwrap();
        assert_eq!((packet.ip_version(), packet.payload()), (Some(4), &b"x"[..]));
    }

    #[test]
    fn a_pseudowire_holds_an_ethernet_frame_behind_its_control_word() {
        let mut below = vec![0, 0, 0, 1];
        below.extend(ethernet(0x0800, &ipv4(253, b"x")));
        let bytes = labelled(1, &below);
        let packet = parse(LinkType::ETHERNET, &bytes).unwrap();
        assert_eq!(packet.payload(), b"x");
    }

    #[test]
    fn an_endless_stack_is_refused() {
        let bytes = labelled(MAX_MPLS_LABELS + 1, &[]);
        let error = parse(LinkType::ETHERNET, &bytes).unwrap_err();
        let expected = ParseError::TooDeep { layer: Layer::Mpls, offset: 14 + 64, limit: 16 };
        assert_eq!(error, expected);
    }
}
