//! Raw IP: the version in the first half byte says which.

use crate::step::{Next, Rest, Step};
use crate::{Field, Layer, Packet};

pub(crate) fn step<'a>(_: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {
    let &[first] = rest.peek::<1>(Layer::RawIp)?;
    match first >> 4 {
        4 => Ok(Next::ether_type(0x0800, rest)),
        6 => Ok(Next::ether_type(0x86dd, rest)),
        version => Err(rest.invalid(Layer::RawIp, Field::Version, version)),
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{ipv4, ipv6, parse};
    use crate::{Field, Layer, LinkType, ParseError};

    #[test]
    fn the_version_decides_on_every_raw_link() {
        for link in [LinkType::RAW, LinkType::IPV4, LinkType::IPV6, LinkType(12), LinkType(14)] {
            assert_eq!(parse(link, &ipv4(253, b"x")).unwrap().ip_version(), Some(4));
            assert_eq!(parse(link, &ipv6(253, b"x")).unwrap().ip_version(), Some(6));
        }
    }

    #[test]
    fn another_version_and_no_byte_are_errors() {
        let (layer, field) = (Layer::RawIp, Field::Version);
        let expected = ParseError::Invalid { layer, offset: 0, field, value: 5 };
        assert_eq!(parse(LinkType::RAW, &[0x50; 40]).unwrap_err(), expected);
        let expected = ParseError::Truncated { layer, offset: 0, needed: 1, had: 0 };
        assert_eq!(parse(LinkType::RAW, &[]).unwrap_err(), expected);
    }
}
