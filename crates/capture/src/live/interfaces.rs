//! Which interfaces this machine has.

use std::fmt;
use std::net::IpAddr;

use netsift_packet::{LinkType, MacAddr};

use crate::CaptureError;

/// The name that stands for all interfaces at once.
pub const ANY: &str = "any";

/// An interface of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its number, which another interface of the same name does not have.
    pub index: u32,
    /// What it is.
    pub kind: InterfaceKind,
    /// Its link-layer address.
    pub mac: Option<MacAddr>,
    /// Its addresses, each with the length of its network's prefix.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Whether it was switched on.
    pub is_up: bool,
    /// Whether it has a carrier: a cable, a peer, an access point.
    pub is_running: bool,
}

/// What an interface is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InterfaceKind {
    /// Ethernet, and what behaves like it: Wi-Fi as most drivers show it, bridges, bonds, VLANs, virtual pairs.
    Ethernet,
    /// The machine talking to itself.
    Loopback,
    /// IP without a link header: tunnels, WireGuard, PPP.
    Tunnel,
    /// Wi-Fi frames as they are in the air.
    Monitor,
    /// Something else, by the number that the system has for it.
    Other(u16),
}

impl fmt::Display for InterfaceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ethernet => f.write_str("Ethernet"),
            Self::Loopback => f.write_str("loopback"),
            Self::Tunnel => f.write_str("tunnel"),
            Self::Monitor => f.write_str("Wi-Fi monitor"),
            Self::Other(number) => write!(f, "kind {number}"),
        }
    }
}

impl Interface {
    /// What its frames begin with, as a packet socket gives them; `None` if that is not known.
    #[must_use]
    pub const fn link_type(&self) -> Option<LinkType> {
        match self.kind {
            InterfaceKind::Ethernet | InterfaceKind::Loopback => Some(LinkType::ETHERNET),
            InterfaceKind::Tunnel => Some(LinkType::RAW),
            InterfaceKind::Monitor => Some(LinkType::RADIOTAP),
            InterfaceKind::Other(_) => None,
        }
    }
}

/// The interfaces of this machine (on Linux of this network namespace), in the system's order.
///
/// No privilege is needed.
///
/// # Errors
/// If the system does not tell.
pub fn interfaces() -> Result<Vec<Interface>, CaptureError> {
    system::interfaces().map_err(|source| CaptureError::Interfaces { source })
}

/// Through getifaddrs, which unlike sysfs tells of the network namespace that the caller is in.
#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::net::IpAddr;

    use netsift_packet::MacAddr;
    use nix::ifaddrs::{InterfaceAddress, getifaddrs};
    use nix::net::if_::InterfaceFlags;
    use nix::sys::socket::{LinkAddr, SockaddrStorage};

    use super::{Interface, InterfaceKind};

    pub(super) fn interfaces() -> io::Result<Vec<Interface>> {
        let entries: Vec<_> = getifaddrs()?.collect();
        let mut interfaces: Vec<_> = entries.iter().filter_map(interface).collect();
        for entry in &entries {
            // An address may have a label of its own, `eth0:1`.
            let name = entry.interface_name.split(':').next().unwrap_or_default();
            let known = interfaces.iter_mut().find(|known| known.name == name);
            if let (Some(known), Some(address)) = (known, address(entry)) {
                known.addresses.push(address);
            }
        }
        Ok(interfaces)
    }

    /// The entry of an interface itself: the one with its link-layer address.
    fn interface(entry: &InterfaceAddress) -> Option<Interface> {
        let link = entry.address.as_ref()?.as_link_addr()?;
        let kind = kind(link.hatype());
        let has_mac = kind == InterfaceKind::Ethernet && link.halen() == 6;
        Some(Interface {
            name: entry.interface_name.clone(),
            index: u32::try_from(link.ifindex()).ok()?,
            kind,
            mac: if has_mac { mac(link) } else { None },
            addresses: Vec::new(),
            is_up: entry.flags.contains(InterfaceFlags::IFF_UP),
            is_running: entry.flags.contains(InterfaceFlags::IFF_RUNNING),
        })
    }

    fn mac(link: &LinkAddr) -> Option<MacAddr> {
        link.addr().map(MacAddr)
    }

    /// By the hardware types of `linux/if_arp.h`.
    fn kind(hardware: u16) -> InterfaceKind {
        match hardware {
            1 => InterfaceKind::Ethernet,
            772 => InterfaceKind::Loopback,
            // PPP, IP in IP, SIT, and "none": tun, WireGuard.
            512 | 768 | 769 | 776 | 65_534 => InterfaceKind::Tunnel,
            803 => InterfaceKind::Monitor,
            other => InterfaceKind::Other(other),
        }
    }

    fn address(entry: &InterfaceAddress) -> Option<(IpAddr, u8)> {
        let address = ip(entry.address.as_ref()?)?;
        Some((address, prefix(entry.netmask.as_ref().and_then(ip), address)))
    }

    fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
    }

    /// Ones of the mask; without a mask, the address stands for itself.
    fn prefix(mask: Option<IpAddr>, address: IpAddr) -> u8 {
        let ones = match (mask, address) {
            (Some(IpAddr::V4(mask)), _) => mask.to_bits().leading_ones(),
            (Some(IpAddr::V6(mask)), _) => mask.to_bits().leading_ones(),
            (None, IpAddr::V4(_)) => 32,
            (None, IpAddr::V6(_)) => 128,
        };
        u8::try_from(ones).unwrap_or(128)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn prefixes_are_the_ones_of_masks() {
            let v4 = |text: &str| text.parse::<IpAddr>().unwrap();
            assert_eq!(prefix(Some(v4("255.255.240.0")), v4("10.0.0.1")), 20);
            assert_eq!(prefix(Some(v4("ffff:ffff:ffff:ffff::")), v4("fe80::1")), 64);
            assert_eq!((prefix(None, v4("10.0.0.1")), prefix(None, v4("::1"))), (32, 128));
        }
    }
}

/// Through pnet_datalink, which knows less of what an interface is.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    use netsift_packet::MacAddr;
    use pnet_datalink::NetworkInterface;

    use super::{Interface, InterfaceKind};

    pub(super) fn interfaces() -> io::Result<Vec<Interface>> {
        Ok(pnet_datalink::interfaces().into_iter().map(interface).collect())
    }

    fn interface(interface: NetworkInterface) -> Interface {
        Interface {
            kind: kind(&interface),
            mac: interface.mac.map(|mac| MacAddr(mac.octets())),
            addresses: interface.ips.iter().map(|ip| (ip.ip(), ip.prefix())).collect(),
            is_up: is_up(&interface),
            is_running: is_running(&interface),
            index: interface.index,
            name: interface.name,
        }
    }

    /// pnet_datalink puts a header of Ethernet before what loopback and tunnels bring.
    fn kind(interface: &NetworkInterface) -> InterfaceKind {
        if interface.is_loopback() { InterfaceKind::Loopback } else { InterfaceKind::Ethernet }
    }

    #[cfg(unix)]
    fn is_up(interface: &NetworkInterface) -> bool {
        interface.is_up()
    }

    #[cfg(unix)]
    fn is_running(interface: &NetworkInterface) -> bool {
        interface.is_running()
    }

    /// Windows tells no flags: what has an address works.
    #[cfg(not(unix))]
    fn is_up(_: &NetworkInterface) -> bool {
        true
    }

    #[cfg(not(unix))]
    fn is_running(interface: &NetworkInterface) -> bool {
        !interface.ips.is_empty()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_is_found_with_its_number() {
        let interfaces = interfaces().unwrap();
        let loopback = interfaces.iter().find(|interface| interface.name == "lo").unwrap();
        assert_eq!((loopback.index, loopback.kind), (1, InterfaceKind::Loopback));
        assert_eq!((loopback.mac, loopback.link_type()), (None, Some(LinkType::ETHERNET)));
    }
}
