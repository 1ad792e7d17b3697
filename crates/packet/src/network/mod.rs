//! Network layers: IP in both versions with what may stand between it and the transport, and ARP.

pub(crate) mod ah;
pub(crate) mod arp;
pub(crate) mod ipv4;
pub(crate) mod ipv6;
pub(crate) mod ipv6_extension;
