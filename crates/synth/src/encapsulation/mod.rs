//! Packets behind any link layer and inside any tunnel: what parsers are tried on.
//!
//! An [`Envelope`] grows from the inside out, and is closed by the link layer it travels on. Lengths and
//! checksums are right at every step.
//!
//! ```
//! use netsift_synth::encapsulation::{Envelope, every_shape};
//!
//! # fn main() -> Result<(), netsift_synth::SynthError> {
//! let ping = [
//!     0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0x66, 0xdd, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
//!     8, 0, 0xf7, 0xfd, 0, 1, 0, 1, // echo
//! ];
//! let frame = Envelope::of_ip(&ping)?.vxlan(42)?.vlan(7)?.ethernet();
//! assert_eq!(frame.bytes.len(), 14 + 4 + 20 + 8 + 8 + 14 + ping.len());
//! assert!(every_shape(&ping)?.len() > 20);
//! # Ok(())
//! # }
//! ```

mod fragment;
mod link;
mod tunnel;

use netsift_packet::{Frame, LinkType, Timestamp};

use crate::SynthError;

/// A packet with the headers put around it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What the first byte is the first byte of.
    kind: EtherType,
    bytes: Vec<u8>,
}

/// A frame ready for a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosed {
    /// What the first byte is the first byte of.
    pub link: LinkType,
    /// The frame.
    pub bytes: Vec<u8>,
}

/// A payload type as Ethernet names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EtherType(u16);

impl EtherType {
    const IPV4: Self = Self(0x0800);
    const IPV6: Self = Self(0x86dd);
    const VLAN: Self = Self(0x8100);
    const SERVICE_VLAN: Self = Self(0x88a8);
    const MPLS: Self = Self(0x8847);
    const PPPOE: Self = Self(0x8864);
    /// An Ethernet frame inside something else.
    const ETHERNET: Self = Self(0x6558);

    fn name(self) -> &'static str {
        match self {
            Self::IPV4 => "IPv4",
            Self::IPV6 => "IPv6",
            Self::VLAN | Self::SERVICE_VLAN => "a VLAN tag",
            Self::MPLS => "an MPLS label",
            Self::PPPOE => "PPPoE",
            _ => "an Ethernet frame",
        }
    }
}

impl Envelope {
    /// A packet that begins with its IPv4 or IPv6 header.
    ///
    /// # Errors
    /// [`SynthError::NotIp`] for anything else.
    pub fn of_ip(packet: &[u8]) -> Result<Self, SynthError> {
        let version = packet.first().map_or(0, |first| first >> 4);
        let (kind, header) = match version {
            4 => (EtherType::IPV4, 20),
            6 => (EtherType::IPV6, 40),
            _ => return Err(SynthError::NotIp { version }),
        };
        if packet.len() < header {
            return Err(SynthError::NotIp { version: 0 });
        }
        Ok(Self { kind, bytes: packet.to_vec() })
    }

    /// The bytes so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn behind(self, kind: EtherType, header: &[u8]) -> Self {
        Self { kind, bytes: [header, &self.bytes].concat() }
    }

    /// Holds the payload to these kinds.
    fn only(self, layer: &'static str, kinds: &[EtherType]) -> Result<Self, SynthError> {
        match kinds.contains(&self.kind) {
            true => Ok(self),
            false => Err(SynthError::Mismatch { layer, payload: self.kind.name() }),
        }
    }
}

impl Enclosed {
    /// The frame as a capture would hand it over.
    #[must_use]
    pub fn frame(&self, time: Timestamp) -> Frame<'_> {
        Frame::new(time, self.link, &self.bytes)
    }
}

/// A length for a field of 16 bits.
fn length(layer: &'static str, length: usize) -> Result<[u8; 2], SynthError> {
    const LIMIT: usize = u16::MAX as usize;
    match u16::try_from(length) {
        Ok(short) => Ok(short.to_be_bytes()),
        Err(_) => Err(SynthError::TooLong { layer, length, limit: LIMIT }),
    }
}

/// `packet` in every shape that fits it, each with its name.
///
/// # Errors
/// [`SynthError::NotIp`] for anything but an IP packet, [`SynthError::TooLong`] for one that leaves no room for
/// a header around it.
pub fn every_shape(packet: &[u8]) -> Result<Vec<(&'static str, Enclosed)>, SynthError> {
    let bare = || Envelope::of_ip(packet);
    let mut shapes = vec![
        ("ethernet", bare()?.ethernet()),
        ("vlan", bare()?.vlan(5)?.ethernet()),
        ("qinq", bare()?.vlan(5)?.service_vlan(6)?.ethernet()),
        ("mpls", bare()?.mpls(&[16, 17])?.ethernet()),
        ("pppoe", bare()?.pppoe(9)?.ethernet()),
        ("vlan-pppoe", bare()?.pppoe(9)?.vlan(7)?.ethernet()),
        ("linux-sll", bare()?.linux_sll()),
        ("linux-sll2", bare()?.linux_sll2()),
        ("raw-ip", bare()?.raw()?),
        ("null", bare()?.null()?),
        ("loop", bare()?.openbsd_loop()?),
        ("ppp", bare()?.ppp()?),
        ("ppp-hdlc", bare()?.ppp_hdlc()?),
        ("cisco-hdlc", bare()?.cisco_hdlc()),
        ("ieee802-11", bare()?.ieee802_11()),
        ("radiotap", bare()?.radiotap()),
        ("in-ipv4", bare()?.ipv4()?.ethernet()),
        ("in-ipv6", bare()?.ipv6()?.ethernet()),
        ("gre", bare()?.gre(None)?.ethernet()),
        ("gre-key", bare()?.gre(Some(7))?.ethernet()),
        ("gre-ethernet", bare()?.inner_ethernet().gre(None)?.ethernet()),
        ("vxlan", bare()?.vxlan(42)?.ethernet()),
        ("geneve", bare()?.geneve(43)?.ethernet()),
        ("gtp-u", bare()?.gtp_u(44)?.ethernet()),
    ];
    if bare()?.kind == EtherType::IPV6 {
        shapes.push(("teredo", bare()?.teredo()?.ethernet()));
        shapes.push(("ipv6-hop-by-hop", bare()?.hop_by_hop()?.ethernet()));
        shapes.push(("ipv6-routing", bare()?.routing()?.ethernet()));
        shapes.push(("ipv6-destination-options", bare()?.destination_options()?.ethernet()));
        let all = bare()?.destination_options()?.routing()?.hop_by_hop()?;
        shapes.push(("ipv6-extensions", all.ethernet()));
    }
    for fragment in bare()?.fragments(64)? {
        shapes.push(("fragment", fragment.ethernet()));
    }
    Ok(shapes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(version: u8) -> Vec<u8> {
        let payload = [0u8; 100];
        match version {
            4 => {
                let mut head =
                    [0x45, 0, 0, 120, 0, 9, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
                let checksum = crate::checksum::finish(crate::checksum::sum(&head));
                head[10..12].copy_from_slice(&checksum.to_be_bytes());
                [&head[..], &payload].concat()
            }
            _ => {
                let mut head = [0; 40];
                head[..8].copy_from_slice(&[0x60, 0, 0, 0, 0, 100, 17, 64]);
                [&head[..], &payload].concat()
            }
        }
    }

    #[test]
    fn only_whole_ip_headers_are_enclosed() {
        assert_eq!(Envelope::of_ip(&[]), Err(SynthError::NotIp { version: 0 }));
        assert_eq!(Envelope::of_ip(&[0x50; 60]), Err(SynthError::NotIp { version: 5 }));
        assert_eq!(Envelope::of_ip(&[0x45; 19]), Err(SynthError::NotIp { version: 0 }));
    }

    #[test]
    fn every_shape_ends_with_the_packet() {
        for version in [4, 6] {
            let inner = packet(version);
            for (name, shape) in every_shape(&inner).unwrap() {
                let tail = &inner[inner.len() - 20..];
                assert!(name == "fragment" || shape.bytes.ends_with(tail), "{name}");
            }
        }
    }

    #[test]
    fn what_cannot_carry_it_says_so() {
        let tagged = Envelope::of_ip(&packet(4)).unwrap().vlan(1).unwrap();
        let refused = SynthError::Mismatch { layer: "raw IP", payload: "a VLAN tag" };
        assert_eq!(tagged.raw(), Err(refused));
        assert!(Envelope::of_ip(&packet(4)).unwrap().teredo().is_err());
        let large = [&packet(4)[..], &vec![0; 65_500]].concat();
        let large = Envelope::of_ip(&large).unwrap();
        assert!(matches!(large.ipv4(), Err(SynthError::TooLong { layer: "IPv4", .. })));
    }
}
