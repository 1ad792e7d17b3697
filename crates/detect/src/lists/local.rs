//! Networks without an owner on the Internet, which every site uses for itself.

use std::net::IpAddr;

use super::AddressRange;

/// What becomes of entries that list addresses every site uses for itself: private, shared, loopback, link-local,
/// multicast and reserved ones (IANA's registries of special-purpose addresses), and names without a dot.
///
/// Lists for firewalls on the Internet's edge hold them (FireHOL's level 1 has all of "fullbogons"), since no packet
/// from outside may have such a source. Inside, each flow would be a hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LocalEntries {
    /// They are skipped and counted.
    #[default]
    Skip,
    /// They are entries as all others: for lists of one's own, such as an allow-list, or a list of rogue hosts.
    Keep,
}

/// First and last. Addresses for documentation are not among them: nobody uses those.
const V4: [(u32, u32); 10] = [
    (0x0000_0000, 0x00ff_ffff), // 0.0.0.0/8, this network
    (0x0a00_0000, 0x0aff_ffff), // 10.0.0.0/8, private
    (0x6440_0000, 0x647f_ffff), // 100.64.0.0/10, shared by customers of a provider
    (0x7f00_0000, 0x7fff_ffff), // 127.0.0.0/8, loopback
    (0xa9fe_0000, 0xa9fe_ffff), // 169.254.0.0/16, link-local
    (0xac10_0000, 0xac1f_ffff), // 172.16.0.0/12, private
    (0xc000_0000, 0xc000_00ff), // 192.0.0.0/24, assignments of protocols
    (0xc0a8_0000, 0xc0a8_ffff), // 192.168.0.0/16, private
    (0xc612_0000, 0xc613_ffff), // 198.18.0.0/15, benchmarks
    (0xe000_0000, 0xffff_ffff), // 224.0.0.0/3, multicast and reserved
];
const V6: [(u128, u128); 4] = [
    (0, 1),                               // :: and ::1, unspecified and loopback
    (0xfc00 << 112, (0xfe00 << 112) - 1), // fc00::/7, private
    (0xfe80 << 112, (0xff00 << 112) - 1), // fe80::/10 and fec0::/10, link- and site-local
    (0xff00 << 112, u128::MAX),           // ff00::/8, multicast
];

/// Whether all of the addresses are local.
pub(super) fn holds(range: AddressRange) -> bool {
    stands_to(range, |local, range| local.0 <= range.0 && range.1 <= local.1)
}

/// Whether any of the addresses is local.
pub(super) fn touches(range: AddressRange) -> bool {
    stands_to(range, |local, range| local.0 <= range.1 && range.0 <= local.1)
}

fn stands_to(range: AddressRange, stands: impl Fn((u128, u128), (u128, u128)) -> bool) -> bool {
    match (range.first(), range.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let range = (first.to_bits().into(), last.to_bits().into());
            V4.iter().any(|&(first, last)| stands((first.into(), last.into()), range))
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            V6.iter().any(|&local| stands(local, (first.to_bits(), last.to_bits())))
        }
        // A range is of one family.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_site_are_local_and_others_are_not() {
        for local in [
            "0.0.0.0/8",
            "10.0.0.0/8",
            "10.1.2.3",
            "100.64.0.0/10",
            "127.0.0.1",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "172.31.255.255",
            "192.0.0.0/24",
            "192.168.1.0/24",
            "198.18.0.0/15",
            "224.0.0.0/3",
            "240.0.0.0/4",
            "255.255.255.255",
            "::",
            "::1",
            "fc00::/7",
            "fe80::1",
            "fec0::/10",
            "ff02::fb",
        ] {
            let range = local.parse().unwrap();
            assert!(holds(range) && touches(range), "{local}");
        }
        for global in [
            "1.1.1.1",
            "100.128.0.0",
            "172.32.0.0/16",
            "192.0.2.0/24",
            "192.169.0.0/16",
            "203.0.113.9",
            "198.20.0.0",
            "223.255.255.255",
            "::2",
            "2001:db8::/32",
            "fbff::",
            "fe00::1",
            "fe7f::",
        ] {
            let range = global.parse().unwrap();
            assert!(!holds(range) && !touches(range), "{global}");
        }
    }

    #[test]
    fn a_range_may_be_local_in_part() {
        for both in ["192.0.0.0/8", "9.0.0.0-10.0.0.0", "::/0", "fb00::-fc00::"] {
            let range = both.parse().unwrap();
            assert!(!holds(range) && touches(range), "{both}");
        }
    }
}
