//! Everything a packet tells, as numbers that can be compared one by one.

use std::fmt;
use std::net::IpAddr;

use netsift_packet::{MacAddr, Packet};

/// The facts of one packet, in the order of [`NAMES`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts([Option<u128>; NAMES.len()]);

/// What is told about the link comes first, and what hangs on the last header comes last.
const NAMES: [&str; 26] = [
    "source MAC",
    "destination MAC",
    "VLANs",
    "tunnel depth",
    "tunnel",
    "tunnel id",
    "ether type",
    "IP version",
    "source",
    "destination",
    "TTL",
    "DSCP",
    "ECN",
    "IP length",
    "source port",
    "destination port",
    "flags",
    "sequence",
    "acknowledgement",
    "window",
    "ICMP",
    "fragment",
    "IP id",
    "protocol",
    "IP header length",
    "payload length",
];
/// How many facts are about the link.
const OF_THE_LINK: usize = 3;
/// How many facts are known for sure only where no header is cut: behind a cut header may stand another
/// protocol or another fragment header, and a cut header does not say how long it is.
const EXTENTS: usize = 5;

impl Facts {
    pub(crate) fn of(packet: &Packet<'_>) -> Self {
        Self([
            packet.src_mac().map(mac),
            packet.dst_mac().map(mac),
            Some(vlans(packet)),
            Some(packet.tunnel_depth().into()),
            packet.tunnel().map(|tunnel| tunnel as u128),
            Some(packet.tunnel_id().into()),
            Some(packet.ether_type().into()),
            packet.ip_version().map(u128::from),
            packet.src().map(address),
            packet.dst().map(address),
            packet.ttl().map(u128::from),
            packet.dscp().map(u128::from),
            packet.ecn().map(u128::from),
            packet.ip_len().map(u128::from),
            packet.src_port().map(u128::from),
            packet.dst_port().map(u128::from),
            packet.flags().map(|flags| flags.0.into()),
            packet.seq().map(u128::from),
            packet.ack().map(u128::from),
            packet.window().map(u128::from),
            packet.icmp_type_code().map(|(kind, code)| u128::from(kind) << 8 | u128::from(code)),
            packet.fragment().map(|fragment| {
                u128::from(fragment.id) << 32
                    | u128::from(fragment.offset) << 1
                    | u128::from(fragment.more)
            }),
            packet.ip_id().map(u128::from),
            packet.protocol().map(|protocol| protocol.0.into()),
            packet.ip_header_len().map(u128::from),
            Some(packet.payload_len().into()),
        ])
    }

    /// Without those of the link.
    pub(crate) fn behind_the_link(&self) -> &[Option<u128>] {
        self.0.get(OF_THE_LINK..).unwrap_or_default()
    }

    /// The names of the facts that `whole` tells otherwise; what is not told here is no difference.
    pub(crate) fn contradictions(&self, whole: &Self, with_last: bool) -> Vec<&'static str> {
        let compared = if with_last { NAMES.len() } else { NAMES.len() - EXTENTS };
        let pairs = self.0.iter().zip(&whole.0).zip(NAMES).take(compared);
        let differing = pairs.filter(|((told, whole), _)| told.is_some() && told != whole);
        differing.map(|(_, name)| name).collect()
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = NAMES.iter().zip(&self.0).filter_map(|(name, fact)| Some((name, (*fact)?)));
        f.debug_map().entries(told).finish()
    }
}

fn mac(address: MacAddr) -> u128 {
    address.0.iter().fold(0, |number, &byte| number << 8 | u128::from(byte))
}

fn address(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn vlans(packet: &Packet<'_>) -> u128 {
    // Ids have twelve bits; the leading 1 keeps "no tag" and "tag 0" apart.
    packet.vlans().as_slice().iter().fold(1, |number, &id| number << 12 | u128::from(id))
}
