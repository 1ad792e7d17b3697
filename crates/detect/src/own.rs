//! One's own networks, where nobody says which they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::lists::AddressRange;

/// Networks that are nobody's else: RFC 1918, 3927, 4193, 4291 and 6598 (shared with a provider), and the loopback.
const NETWORKS: [(IpAddr, u8); 9] = [
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
];

pub(crate) fn usual() -> Vec<AddressRange> {
    NETWORKS.iter().filter_map(|&(at, len)| AddressRange::network(at, len)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_networks_are_told_from_others() {
        assert_eq!(usual().len(), NETWORKS.len());
        for (address, is_inside) in [
            ("10.1.2.3", true),
            ("172.32.0.1", false),
            ("192.168.0.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("8.8.8.8", false),
            ("fe80::1", true),
            ("fd00::1", true),
            ("2001:db8::1", false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(usual().iter().any(|it| it.contains(address)), is_inside, "{address}");
        }
    }
}
