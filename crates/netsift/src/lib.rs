//! The stages of netsift under one roof.

pub use netsift_packet as packet;
