//! What one line of a table asks of a flow.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::time;

/// What a field must be, where it is not.
type Read = Result<(), &'static str>;

/// What a flow must have for a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Nanoseconds since the epoch, both included.
    pub(super) span: (i64, i64),
    pub(super) src: Network,
    pub(super) dst: Network,
    pub(super) src_ports: Ports,
    pub(super) dst_ports: Ports,
    pub(super) protocol: Option<u8>,
    /// Whether `src` must be the flow's source.
    pub(super) is_forward: bool,
}

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    /// IPv6 or IPv4, unless it is any.
    pub(super) is_v6: Option<bool>,
    /// The first of them, from the highest bit on.
    pub(super) bits: u128,
    /// How many bits are alike.
    pub(super) prefix: u8,
}

/// Ports from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) first: u16,
    pub(super) last: u16,
}

/// Nothing finer is compared: captures of microseconds have their times rounded.
const GRAIN_NANOS: i64 = 1_000;

impl Rule {
    /// It holds for every flow.
    pub(super) const ANY: Self = Self {
        span: (i64::MIN, i64::MAX),
        src: Network::ANY,
        dst: Network::ANY,
        src_ports: Ports::ANY,
        dst_ports: Ports::ANY,
        protocol: None,
        is_forward: false,
    };

    /// From this time on.
    pub(super) fn start(&mut self, field: &str) -> Read {
        let time = time::parse(field)?;
        self.span.0 = time.saturating_sub(time.rem_euclid(GRAIN_NANOS));
        Ok(())
    }

    /// Until this time.
    pub(super) fn end(&mut self, field: &str) -> Read {
        let time = time::parse(field)?;
        self.span.1 = time.saturating_add(GRAIN_NANOS - 1 - time.rem_euclid(GRAIN_NANOS));
        Ok(())
    }

    pub(super) fn protocol(&mut self, field: &str) -> Read {
        let is_named =
            |number: &u8| Protocol(*number).name().is_some_and(|it| it.eq_ignore_ascii_case(field));
        let number = field.parse().ok().or_else(|| (0..=u8::MAX).find(is_named));
        self.protocol = Some(number.ok_or("a number from 0 to 255 or a name as `tcp`")?);
        Ok(())
    }

    pub(super) fn direction(&mut self, field: &str) -> Read {
        self.is_forward = field.eq_ignore_ascii_case("forward");
        let is_known = self.is_forward || field.eq_ignore_ascii_case("both");
        if is_known { Ok(()) } else { Err("`forward` or `both`") }
    }

    /// Whether any flow can match it; what it must be, if not.
    pub(super) fn can_match(&self) -> Read {
        if self.span.0 > self.span.1 {
            return Err("of a start no later than its end");
        }
        match (self.src.is_v6, self.dst.is_v6) {
            (Some(src), Some(dst)) if src != dst => Err("about addresses of one version of IP"),
            _ => Ok(()),
        }
    }
}

impl Network {
    const ANY: Self = Self { is_v6: None, bits: 0, prefix: 0 };

    pub(super) fn read(&mut self, field: &str) -> Read {
        let rule = "an address, or a network as 10.0.0.0/8 whose further bits are 0";
        let (address, prefix) = match field.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| rule)?)),
            None => (field, None),
        };
        let address: IpAddr = address.parse().map_err(|_| rule)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        let bits = bits(address);
        if prefix > longest || bits & mask(prefix) != bits {
            return Err(rule);
        }
        *self = Self { is_v6: Some(address.is_ipv6()), bits, prefix };
        Ok(())
    }
}

impl Ports {
    const ANY: Self = Self { first: 0, last: u16::MAX };

    pub(super) fn read(&mut self, field: &str) -> Read {
        let rule = "a port, or a range as 1024-65535";
        let (first, last) = field.split_once('-').unwrap_or((field, field));
        let port = |text: &str| text.trim().parse().map_err(|_| rule);
        *self = Self { first: port(first)?, last: port(last)? };
        if self.first <= self.last { Ok(()) } else { Err(rule) }
    }

    /// The port, if it is one.
    pub(super) fn single(self) -> Option<u16> {
        (self.first == self.last).then_some(self.first)
    }

    pub(super) fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

/// An address from the highest bit on.
pub(super) fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// So many ones from the highest bit on.
pub(super) fn mask(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let read = |text: &str| {
            let mut network = Network::ANY;
            network.read(text).map(|()| (network.is_v6 == Some(true), network.prefix))
        };
        assert_eq!(read("10.0.0.1"), Ok((false, 32)));
        assert_eq!(read("10.0.0.0/8"), Ok((false, 8)));
        assert_eq!(read("0.0.0.0/0"), Ok((false, 0)));
        assert_eq!(read("2001:db8::/32"), Ok((true, 32)));
        assert_eq!(read("::1"), Ok((true, 128)));
        for text in ["10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0", "10.0.0.0/", "/8", "host"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ports_and_protocols() {
        let read = |text: &str| {
            let mut ports = Ports::ANY;
            ports.read(text).map(|()| (ports.first, ports.last))
        };
        assert_eq!((read("0"), read("443")), (Ok((0, 0)), Ok((443, 443))));
        assert_eq!(read("1024 - 65535"), Ok((1024, 65535)));
        for text in ["65536", "-1", "2-1", "1-", "http", "1-2-3"] {
            assert!(read(text).is_err(), "{text}");
        }
        let protocol = |text: &str| {
            let mut rule = Rule::ANY;
            rule.protocol(text).map(|()| rule.protocol)
        };
        assert_eq!((protocol("6"), protocol("tcp")), (Ok(Some(6)), Ok(Some(6))));
        assert_eq!((protocol("ICMPv6"), protocol("255")), (Ok(Some(58)), Ok(Some(255))));
        assert!(protocol("256").is_err() && protocol("tpc").is_err());
    }
}
