//! Hosts: addresses, systems and lines, all made from the seed and a number, so that none is kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::random::{MICRO, MILLI, Rng, Spread, mix};

/// Where a host stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// One of the scenario's own hosts.
    Client(u32),
    /// One of the servers of a service.
    Server { service: u32, number: u32 },
    /// A stranger who calls.
    Outsider(u32),
    /// A source address that nobody has: the number is used once.
    Forged(u32),
}

/// The system whose habits show in a host's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Linux,
    Windows,
    Mac,
    /// A small device with a small stack.
    Device,
}

/// A host's profile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    pub(crate) v4: Ipv4Addr,
    pub(crate) v6: Ipv6Addr,
    pub(crate) mac: [u8; 6],
    pub(crate) system: System,
    /// Its part of the round trip, in nanoseconds.
    pub(crate) distance: u64,
    /// Its line, in bits a second.
    pub(crate) bandwidth: u64,
    /// The largest segment it takes.
    pub(crate) mss: u16,
    /// Routers between it and the capture.
    pub(crate) hops: u8,
}

impl Host {
    /// The host that has this role under this seed.
    pub(crate) fn of(seed: u64, role: Role) -> Self {
        let (kind, number) = role.numbers();
        let mut rng = Rng::seeded(mix(&[seed, kind, number]));
        let v4 = role.address(seed);
        let near = matches!(role, Role::Client(_));
        Self {
            v4,
            v6: role.address_v6(v4),
            mac: if near { mac_of(v4) } else { GATEWAY },
            system: system(role, &mut rng),
            distance: if near { ACCESS } else { REMOTE }.draw(&mut rng),
            bandwidth: LINE.draw(&mut rng).max(2_000_000),
            mss: rng.weighted([(70, 1460), (12, 1452), (10, 1440), (5, 1400), (3, 1360)]),
            hops: if near { 0 } else { rng.between(4, 22) as u8 },
        }
    }

    pub(crate) fn address(&self, v6: bool) -> IpAddr {
        if v6 { IpAddr::V6(self.v6) } else { IpAddr::V4(self.v4) }
    }
}

impl System {
    /// The hop limit it starts from.
    pub(crate) fn ttl(self) -> u8 {
        match self {
            Self::Linux | Self::Mac => 64,
            Self::Windows => 128,
            Self::Device => 255,
        }
    }

    /// Whether it sends TCP timestamps.
    pub(crate) fn stamps(self) -> bool {
        matches!(self, Self::Linux | Self::Mac)
    }

    /// Window in its first segment, and the scale it announces.
    pub(crate) fn first_window(self) -> (u16, u8) {
        match self {
            Self::Linux => (64_240, 7),
            Self::Windows => (64_240, 8),
            Self::Mac => (65_535, 6),
            Self::Device => (5_840, 0),
        }
    }

    /// The ports it opens connections from: first and how many.
    pub(crate) fn ephemeral(self) -> (u16, u16) {
        match self {
            Self::Linux => (32_768, 28_232),
            Self::Windows | Self::Mac => (49_152, 16_384),
            Self::Device => (10_000, 50_000),
        }
    }
}

impl Role {
    fn numbers(self) -> (u64, u64) {
        match self {
            Self::Client(number) => (1, number.into()),
            Self::Server { service, number } => (2 + u64::from(service), number.into()),
            Self::Outsider(number) => (0, number.into()),
            Self::Forged(number) => (u64::MAX, number.into()),
        }
    }

    /// Clients in 10/8, servers in 198.18/15 (for benchmarks, RFC 2544), strangers in 100.64/10 (RFC 6598): no
    /// real host is named. Forged sources are any unicast addresses, as forged sources are.
    fn address(self, seed: u64) -> Ipv4Addr {
        let spread = |number: u32, bits: u32| {
            let turned = number.wrapping_mul(0x9e37_79b1).wrapping_add(mix(&[seed]) as u32);
            turned & ((1 << bits) - 1)
        };
        Ipv4Addr::from_bits(match self {
            Self::Client(number) => 0x0a00_0000 | spread(number, 24),
            Self::Server { service, number } => {
                0xc612_0000 | mix(&[seed, service.into(), number.into()]) as u32 & 0x1_ffff
            }
            Self::Outsider(number) => 0x6440_0000 | spread(number, 22),
            Self::Forged(number) => forged(number, seed),
        })
    }

    /// In 2001:db8::/32 (documentation, RFC 3849), beside the IPv4 address.
    fn address_v6(self, v4: Ipv4Addr) -> Ipv6Addr {
        let (kind, _) = self.numbers();
        let prefix = 0x2001_0db8_0000_0000 | (kind & 0xffff) << 16 | u64::from(v4.to_bits() >> 24);
        let host = u64::from(v4.to_bits()) << 16 | 0x0200_0000_0000_0001;
        Ipv6Addr::from_bits(u128::from(prefix) << 64 | u128::from(host))
    }
}

/// Part of the round trip inside the scenario's own network.
const ACCESS: Spread = Spread::LogNormal { median: 700 * MICRO, octaves: 20 };
/// Part of the round trip beyond it.
const REMOTE: Spread = Spread::LogNormal { median: 22 * MILLI, octaves: 22 };
const LINE: Spread = Spread::LogNormal { median: 40_000_000, octaves: 24 };
/// The router through which everything beyond the scenario's own network comes.
const GATEWAY: [u8; 6] = [0x02, 0, 0x5e, 0, 0, 1];

fn mac_of(v4: Ipv4Addr) -> [u8; 6] {
    let [a, b, c, d] = v4.octets();
    [0x02, 0x1b, a, b, c, d]
}

/// One unicast address per number: multiplying by an odd number permutes the 32 bits.
fn forged(number: u32, seed: u64) -> u32 {
    let start = mix(&[seed, 77]) as u32;
    let bits = number.wrapping_mul(0x9e37_79b1).wrapping_add(start);
    match bits >> 24 {
        // Not on the Internet as a source: folded into 64/3, where the port tells the two apart.
        0 | 10 | 127 | 224..=255 => 0x4000_0000 | bits & 0x1fff_ffff,
        _ => bits,
    }
}

fn system(role: Role, rng: &mut Rng) -> System {
    match role {
        Role::Server { .. } => rng.weighted([(85, System::Linux), (15, System::Windows)]),
        _ => rng.weighted([
            (40, System::Windows),
            (28, System::Linux),
            (20, System::Mac),
            (12, System::Device),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_and_role_make_the_same_host_and_another_seed_another() {
        let role = Role::Server { service: 3, number: 4 };
        assert_eq!(Host::of(1, role).v4, Host::of(1, role).v4);
        assert_ne!(Host::of(1, role).v4, Host::of(2, role).v4);
    }

    #[test]
    fn clients_and_forged_sources_do_not_share_addresses() {
        let clients: HashSet<_> = (0..10_000).map(|i| Host::of(1, Role::Client(i)).v4).collect();
        assert_eq!(clients.len(), 10_000);
        assert!(clients.iter().all(Ipv4Addr::is_private));
        let forged: HashSet<_> = (0..10_000).map(|i| Host::of(1, Role::Forged(i)).v4).collect();
        assert!(forged.len() > 9_900);
        assert!(forged.iter().all(|address| !address.is_multicast() && !address.is_loopback()));
    }
}
