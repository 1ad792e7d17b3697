//! MPLS label stacks (RFC 3032), with IP or an Ethernet pseudowire (RFC 4448) below.

use crate::step::{Next, Rest, Step};
use crate::{Layer, MAX_MPLS_LABELS, Packet, ParseError};

const LEN: usize = 4;
const CONTROL_WORD_LEN: usize = 4;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let mut rest = rest;
    for _ in 0..MAX_MPLS_LABELS {
        let &[.., bottom, _] = rest.peek::<LEN>(Layer::Mpls)?;
        rest = rest.skip(LEN, Layer::Mpls)?;
        if bottom & 1 == 1 {
            return below(rest);
        }
    }
    Err(ParseError::TooDeep { layer: Layer::Mpls, offset: rest.at, limit: MAX_MPLS_LABELS })
}

/// MPLS does not say what it carries: the first half byte tells, as routers do it (RFC 4928).
fn below(rest: Rest<'_>) -> Step<'_> {
    Ok(match rest.bytes.first().map(|byte| byte >> 4) {
        Some(4) => Next::layer(Layer::Ipv4, rest),
        Some(6) => Next::layer(Layer::Ipv6, rest),
        Some(0) if rest.bytes.len() > CONTROL_WORD_LEN => {
            Next::layer(Layer::Ethernet, rest.skip(CONTROL_WORD_LEN, Layer::Mpls)?)
        }
        _ => Next::payload(rest),
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
