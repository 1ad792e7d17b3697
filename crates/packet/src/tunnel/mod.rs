//! Tunnels: packets carried by packets. Entered where the innermost headers are asked for.

pub(crate) mod capwap;
pub(crate) mod geneve;
pub(crate) mod gre;
pub(crate) mod gtpu;
pub(crate) mod ip_in_ip;
pub(crate) mod l2tp;
pub(crate) mod teredo;
pub(crate) mod vxlan;

/// The protocol number of a whole Ethernet frame inside GRE or Geneve.
const BRIDGED: u16 = 0x6558;
