//! Addresses and networks as keys: a byte for the family, and the octets, so that a network is a range.

use std::net::IpAddr;

use netsift_alert::Network;

/// An address as a key. IPv4 that is written as IPv6 is IPv4: the same host would otherwise have two names.
pub(crate) fn key(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => [&[4], &address.octets()[..]].concat(),
        IpAddr::V6(address) => [&[6], &address.octets()[..]].concat(),
    }
}

/// The keys of the first and the last address of a network. Keys of the other family are on one side of both.
pub(crate) fn keys(network: Network) -> (Vec<u8>, Vec<u8>) {
    let (first, last) = network.ends();
    (key(first), key(last))
}

/// The address of a key.
pub(crate) fn of_key(key: &[u8]) -> Option<IpAddr> {
    match key.split_first()? {
        (4, octets) => Some(IpAddr::from(<[u8; 4]>::try_from(octets).ok()?)),
        (6, octets) => Some(IpAddr::from(<[u8; 16]>::try_from(octets).ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_networks_hold_their_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("10.0.0.0/8", "10.0.0.0", "a00::"),
            ("10.1.2.2/31", "10.1.2.3", "10.1.2.4"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("::/0", "2001:db8::1", "1.2.3.4"),
            ("1.2.3.4", "::ffff:1.2.3.4", "::1.2.3.4"),
        ] {
            let (first, last) = keys(network.parse().unwrap());
            let holds = |address: &str| {
                let key = key(address.parse().unwrap());
                first <= key && key <= last
            };
            assert!(holds(inside) && !holds(outside), "{network}");
        }
    }

    #[test]
    fn keys_are_addresses() {
        for text in ["0.0.0.0", "192.0.2.255", "::", "2001:db8::1"] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(of_key(&key(address)), Some(address));
        }
        assert_eq!((of_key(&[]), of_key(&[4, 1]), of_key(&[5, 1, 2, 3, 4])), (None, None, None));
    }
}
