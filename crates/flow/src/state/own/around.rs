//! What stood around the IP header of a flow's first packet.

use netsift_packet::{MacAddr, Tunnel};
use serde::{Deserialize, Serialize};

use crate::record::Around;

/// How many VLAN ids are kept: two tags are usual, and each kept one costs every flow.
const MAX_VLANS: usize = 4;

/// Link-layer addresses, VLAN ids and tunnel of a flow's first packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AroundState {
    /// The source's and the destination's.
    pub(crate) macs: Option<([u8; 6], [u8; 6])>,
    vlans: [u16; MAX_VLANS],
    vlan_count: u8,
    tunnel: u8,
    pub(crate) tunnel_id: u32,
}

/// Tunnels by the number that is kept of them, from 1 on.
const TUNNELS: [Tunnel; 8] = [
    Tunnel::IpInIp,
    Tunnel::Gre,
    Tunnel::Vxlan,
    Tunnel::Geneve,
    Tunnel::GtpU,
    Tunnel::Teredo,
    Tunnel::L2tp,
    Tunnel::Capwap,
];

impl AroundState {
    /// What stood around a packet.
    pub(crate) fn of(around: &Around, forward: bool) -> Self {
        let ends = |(src, dst): (MacAddr, MacAddr)| if forward { (src, dst) } else { (dst, src) };
        let number = TUNNELS.iter().position(|known| Some(*known) == around.tunnel);
        let mut kept = Self {
            macs: around.macs.map(ends).map(|(src, dst)| (src.0, dst.0)),
            tunnel: number.map_or(0, |number| number as u8 + 1),
            tunnel_id: around.tunnel_id,
            ..Self::default()
        };
        for (place, id) in kept.vlans.iter_mut().zip(around.vlans.as_slice()) {
            *place = *id;
            kept.vlan_count += 1;
        }
        kept
    }

    /// Whether its counts and numbers are such: checked on what is read from a file.
    pub(crate) fn is_sound(&self) -> bool {
        usize::from(self.vlan_count) <= MAX_VLANS && usize::from(self.tunnel) <= TUNNELS.len()
    }

    pub(crate) fn vlans(&self) -> &[u16] {
        self.vlans.get(..usize::from(self.vlan_count)).unwrap_or_default()
    }

    pub(crate) fn tunnel(&self) -> Option<Tunnel> {
        TUNNELS.get(usize::from(self.tunnel).checked_sub(1)?).copied()
    }
}
