//! BSD loopback: four bytes of address family, in the byte order of whoever captured it.

use crate::step::{Next, Rest, Step};
use crate::{Layer, Packet};

const LEN: usize = 4;

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let &bytes = rest.peek::<LEN>(Layer::Null)?;
    let rest = rest.skip(LEN, Layer::Null)?;
    // Families are small: the order that makes the number small is the right one.
    let family = u32::from_le_bytes(bytes).min(u32::from_be_bytes(bytes));
    Ok(match family {
        2 => Next::ether_type(0x0800, rest),
        // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS.
        10 | 24 | 28 | 30 => Next::ether_type(0x86dd, rest),
        _ => Next::payload(rest),
    })
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, ipv6, parse};
    use crate::{Layer, LinkType, ParseError};

    #[test]
    fn families_of_every_system_in_both_orders() {
        for (family, version) in [(2, 4), (10, 6), (24, 6), (28, 6), (30, 6)] {
            let ip = if version == 4 { ipv4(253, b"x") } else { ipv6(253, b"x") };
            for head in [[family, 0, 0, 0], [0, 0, 0, family]] {
                for link in [LinkType::NULL, LinkType::LOOP] {
                    let bytes = [&head[..], &ip].concat();
                    assert_eq!(parse(link, &bytes).unwrap().ip_version(), Some(version));
                }
            }
        }
    }

    #[test]
    fn other_families_are_payload_and_three_bytes_an_error() {
        assert_eq!(parse(LinkType::NULL, &[7, 0, 0, 0, 1]).unwrap().payload(), [1]);
        let expected = ParseError::Truncated { layer: Layer::Null, offset: 0, needed: 4, had: 3 };
        assert_eq!(parse(LinkType::NULL, &[2, 0, 0]).unwrap_err(), expected);
    }
}
