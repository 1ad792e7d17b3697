//! What addresses are for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

/// What an address is for (RFC 6890 and the registries that it begins).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scope {
    /// Any host of the internet.
    Global,
    /// Within an organisation (RFC 1918), or unique local in IPv6.
    Private,
    /// Between a provider and its customers (RFC 6598).
    Shared,
    /// On one link.
    LinkLocal,
    /// Within one host.
    Loopback,
    /// Groups of hosts.
    Multicast,
    /// All hosts of a link. The broadcast address of a network cannot be told from that of a host.
    Broadcast,
    /// Nobody yet.
    Unspecified,
    /// For examples in texts.
    Documentation,
    /// For measurements of devices.
    Benchmarking,
    /// For nothing, or for something of its own.
    Reserved,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Global,
        Self::Private,
        Self::Shared,
        Self::LinkLocal,
        Self::Loopback,
        Self::Multicast,
        Self::Broadcast,
        Self::Unspecified,
        Self::Documentation,
        Self::Benchmarking,
        Self::Reserved,
    ];

    /// What an address is for; one of IPv4 in IPv6 is what it is in IPv4.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            [255, 255, 255, 255] => Self::Broadcast,
            [0, 0, 0, 0] => Self::Unspecified,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Self::Private,
            [100, 64..=127, ..] => Self::Shared,
            [169, 254, ..] => Self::LinkLocal,
            [127, ..] => Self::Loopback,
            [224..=239, ..] => Self::Multicast,
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Self::Documentation,
            [198, 18..=19, ..] => Self::Benchmarking,
            [0 | 240.., ..] | [192, 0, 0, _] => Self::Reserved,
            _ => Self::Global,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0] => Self::Unspecified,
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            [0xff00..=0xffff, ..] => Self::Multicast,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0xfc00..=0xfdff, ..] => Self::Private,
            [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Self::Documentation,
            [0x2001, 2, 0, ..] => Self::Benchmarking,
            [0x2000..=0x3fff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Self::Global,
            _ => Self::Reserved,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_every_scope_are_told() {
        for (address, scope) in [
            ("0.0.0.0", Scope::Unspecified),
            ("0.0.0.1", Scope::Reserved),
            ("9.255.255.255", Scope::Global),
            ("10.0.0.0", Scope::Private),
            ("100.63.255.255", Scope::Global),
            ("100.64.0.0", Scope::Shared),
            ("100.128.0.0", Scope::Global),
            ("127.255.0.1", Scope::Loopback),
            ("169.254.1.1", Scope::LinkLocal),
            ("172.15.255.255", Scope::Global),
            ("172.31.255.255", Scope::Private),
            ("192.0.0.9", Scope::Reserved),
            ("192.0.2.255", Scope::Documentation),
            ("192.168.1.255", Scope::Private),
            ("198.17.255.255", Scope::Global),
            ("198.19.255.255", Scope::Benchmarking),
            ("223.255.255.255", Scope::Global),
            ("239.255.255.250", Scope::Multicast),
            ("240.0.0.1", Scope::Reserved),
            ("255.255.255.255", Scope::Broadcast),
            ("::", Scope::Unspecified),
            ("::1", Scope::Loopback),
            ("::2", Scope::Reserved),
            ("::ffff:10.1.2.3", Scope::Private),
            ("64:ff9b::8.8.8.8", Scope::Global),
            ("2001:2::1", Scope::Benchmarking),
            ("2001:db8::1", Scope::Documentation),
            ("2606:4700::1", Scope::Global),
            ("fd00::1", Scope::Private),
            ("febf::1", Scope::LinkLocal),
            ("ff02::fb", Scope::Multicast),
        ] {
            assert_eq!(Scope::of(address.parse().unwrap()), scope, "{address}");
        }
    }
}
