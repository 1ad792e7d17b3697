//! Link layers: what stands in front of the network header.
//!
//! One file a layer, all of one shape: `step` reads the header and answers what comes next.

pub(crate) mod cisco_hdlc;
pub(crate) mod ethernet;
pub(crate) mod ieee80211;
pub(crate) mod llc;
pub(crate) mod mpls;
pub(crate) mod null;
pub(crate) mod ppp;
pub(crate) mod pppoe;
pub(crate) mod radiotap;
pub(crate) mod raw_ip;
pub(crate) mod sll;
pub(crate) mod sll2;
pub(crate) mod vlan;
