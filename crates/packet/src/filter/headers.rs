//! Where the outer headers of a frame are, link type by link type, as libpcap finds them.

use super::wireless::{self, Places};
use crate::{Frame, LinkType};

pub(super) const IPV4: u16 = 0x0800;
pub(super) const ARP: u16 = 0x0806;
pub(super) const RARP: u16 = 0x8035;
pub(super) const IPV6: u16 = 0x86dd;

/// A frame and where its network layer starts.
///
/// Every read answers `None` beyond the captured bytes, and one such read refuses the whole frame,
/// whatever stands around the test that made it: so it is in libpcap, where reading beyond the end
/// ends the program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Headers<'a> {
    data: &'a [u8],
    pub(super) wire_len: u32,
    link: Link,
}

/// How a link type says what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    coding: Coding,
    type_at: usize,
    network_at: usize,
    /// Where the source and the destination address are, if there are any.
    addresses: Option<[usize; 2]>,
}

/// What the type field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// An Ethernet type.
    Ethertype,
    /// A PPP protocol number.
    Ppp,
    /// An address family, 32 bits wide, in the byte order of a host not known.
    HostFamily,
    /// An address family, 32 bits wide, in network byte order.
    Family,
    /// Nothing: the version of the IP header tells.
    Version,
    /// Nothing: it is always this Ethernet type.
    Always(u16),
    /// What the headers of 802.11 say, with or without radiotap, is known frame by frame.
    Wireless { has_radiotap: bool },
}

/// An offset where no frame has bytes, with room for what is added to it.
const BEYOND: usize = usize::MAX / 2;

/// From the start of a SNAP header to its Ethernet type and to what it carries.
const SNAP_TYPE: usize = 6;
const SNAP_HEADER: usize = 8;

impl Link {
    /// `None` for a link type that filters do not read.
    pub(super) const fn of(link: LinkType) -> Option<Self> {
        let (coding, type_at, network_at) = match link {
            LinkType::ETHERNET => (Coding::Ethertype, 12, 14),
            LinkType::LINUX_SLL => (Coding::Ethertype, 14, 16),
            LinkType::LINUX_SLL2 => (Coding::Ethertype, 0, 20),
            LinkType::CISCO_HDLC => (Coding::Ethertype, 2, 4),
            LinkType::PPP | LinkType::PPP_HDLC => (Coding::Ppp, 2, 4),
            LinkType::NULL => (Coding::HostFamily, 0, 4),
            LinkType::LOOP => (Coding::Family, 0, 4),
            LinkType::RAW | LinkType(12 | 14) => (Coding::Version, 0, 0),
            LinkType::IPV4 => (Coding::Always(IPV4), 0, 0),
            LinkType::IPV6 => (Coding::Always(IPV6), 0, 0),
            LinkType::IEEE802_11 => (Coding::Wireless { has_radiotap: false }, BEYOND, BEYOND),
            LinkType::RADIOTAP => (Coding::Wireless { has_radiotap: true }, BEYOND, BEYOND),
            _ => return None,
        };
        let addresses = match link {
            LinkType::ETHERNET => Some([6, 0]),
            LinkType::IEEE802_11 | LinkType::RADIOTAP => Some([BEYOND, BEYOND]),
            _ => None,
        };
        Some(Self { coding, type_at, network_at, addresses })
    }

    /// Whether VLAN tags and link-layer addresses can be asked for.
    pub(super) const fn is_lan(self) -> bool {
        self.addresses.is_some()
    }

    /// The link of one frame; one that is cut too early has everything beyond its end.
    fn of_frame(self, data: &[u8]) -> Self {
        let Coding::Wireless { has_radiotap } = self.coding else { return self };
        match wireless::places(data, has_radiotap) {
            Some(Places { llc_at: Some(llc_at), addresses }) => Self {
                coding: Coding::Ethertype,
                type_at: llc_at + SNAP_TYPE,
                network_at: llc_at + SNAP_HEADER,
                addresses,
            },
            Some(Places { llc_at: None, addresses }) => {
                Self { coding: Coding::Always(0), addresses, ..self }
            }
            None => Self { coding: Coding::Ethertype, ..self },
        }
    }
}

impl<'a> Headers<'a> {
    pub(super) fn new(frame: &Frame<'a>, link: Link) -> Self {
        Self { data: frame.data, wire_len: frame.wire_len, link: link.of_frame(frame.data) }
    }

    /// The same frame, read as if `tags` VLAN tags stood before its type.
    pub(super) fn behind_tags(mut self, tags: u16) -> Self {
        let shift = usize::from(tags) * 4;
        self.link.type_at += shift;
        self.link.network_at += shift;
        self
    }

    /// What the link layer carries, as an Ethernet type; 0 for what has none.
    #[inline]
    pub(super) fn network_type(&self) -> Option<u16> {
        let at = self.link.type_at;
        Some(match self.link.coding {
            Coding::Ethertype => self.u16(at)?,
            Coding::Ppp => ethertype_of_ppp(self.u16(at)?),
            Coding::HostFamily => ethertype_of_family(host_order(self.u32(at)?)),
            Coding::Family => ethertype_of_family(self.u32(at)?),
            Coding::Version => ethertype_of_version(self.u8(at)? >> 4),
            Coding::Always(ethertype) => ethertype,
            // Every frame has another coding than its link type.
            Coding::Wireless { .. } => return None,
        })
    }

    /// Where the source and the destination address are, if this frame has any.
    pub(super) const fn addresses(&self) -> Option<[usize; 2]> {
        self.link.addresses
    }

    /// The byte `offset` into the network layer.
    #[inline]
    pub(super) fn network_u8(&self, offset: usize) -> Option<u8> {
        self.u8(self.link.network_at + offset)
    }

    /// The 16 bits `offset` into the network layer.
    #[inline]
    pub(super) fn network_u16(&self, offset: usize) -> Option<u16> {
        self.u16(self.link.network_at + offset)
    }

    /// The 32 bits `offset` into the network layer.
    #[inline]
    pub(super) fn network_u32(&self, offset: usize) -> Option<u32> {
        self.u32(self.link.network_at + offset)
    }

    fn u8(&self, at: usize) -> Option<u8> {
        self.data.get(at).copied()
    }

    /// The 16 bits at `at` of the frame.
    #[inline]
    pub(super) fn u16(&self, at: usize) -> Option<u16> {
        self.data.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
    }

    /// The 32 bits at `at` of the frame.
    #[inline]
    pub(super) fn u32(&self, at: usize) -> Option<u32> {
        self.data.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
    }
}

/// PPP numbers IP its own way; what else has an Ethernet type of 0x0600 or more keeps its number.
const fn ethertype_of_ppp(protocol: u16) -> u16 {
    match protocol {
        0x0021 => IPV4,
        0x0057 => IPV6,
        IPV4 | IPV6 => 0,
        other => other,
    }
}

/// IPv4 is family 2 everywhere, IPv6 another one in each BSD; Linux' 10 is on no loopback of this
/// kind, and tcpdump does not take it from files either.
const fn ethertype_of_family(family: u32) -> u16 {
    match family {
        2 => IPV4,
        24 | 28 | 30 => IPV6,
        _ => 0,
    }
}

const fn ethertype_of_version(version: u8) -> u16 {
    match version {
        4 => IPV4,
        6 => IPV6,
        _ => 0,
    }
}

/// Families are small, so whichever reading is small is the right one.
const fn host_order(family: u32) -> u32 {
    if family > 0xffff { family.swap_bytes() } else { family }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn every_link_type_tells_ipv4_and_ipv6_its_own_way() {
        let cases: [(LinkType, &[u8], u16, usize); 12] = [
            (LinkType::NULL, &[2, 0, 0, 0], IPV4, 4),
            (LinkType::NULL, &[0, 0, 0, 2], IPV4, 4),
            (LinkType::NULL, &[30, 0, 0, 0], IPV6, 4),
            (LinkType::LOOP, &[0, 0, 0, 24], IPV6, 4),
            (LinkType::LOOP, &[24, 0, 0, 0], 0, 4),
            (LinkType::PPP, &[0xff, 3, 0, 0x21], IPV4, 4),
            (LinkType::PPP_HDLC, &[0xff, 3, 0, 0x57], IPV6, 4),
            (LinkType::PPP, &[0xff, 3, 8, 0], 0, 4),
            (LinkType::CISCO_HDLC, &[0x0f, 0, 8, 0], IPV4, 4),
            (LinkType::RAW, &[], IPV4, 0),
            (LinkType::IPV4, &[], IPV4, 0),
            (LinkType::IPV6, &[], IPV6, 0),
        ];
        for (link, head, ethertype, network_at) in cases {
            let bytes = [head, &[0x45, 99]].concat();
            let frame = Frame::new(Timestamp::EPOCH, link, &bytes);
            let headers = Headers::new(&frame, Link::of(link).unwrap());
            assert_eq!(headers.network_type(), Some(ethertype), "{link} {head:?}");
            assert_eq!(headers.network_u8(1), Some(99), "{link}");
            assert_eq!(network_at, head.len());
        }
    }

    #[test]
    fn unread_link_types_have_no_headers() {
        assert_eq!(Link::of(LinkType(195)), None);
        assert_eq!(Link::of(LinkType(u16::MAX)), None);
    }
}
