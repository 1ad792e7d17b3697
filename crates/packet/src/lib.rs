//! Bytes of a captured frame to the facts of a packet.
//!
//! [`Packet::parse`] reads the headers of a [`Frame`] from its link layer inwards, through VLAN tags,
//! tunnels and extension headers, and tells what it found. It copies nothing, allocates nothing, does
//! no I/O and knows no clock. Malformed bytes are data: they give a typed [`ParseError`], or a packet
//! that says how much of it was there.
//!
//! ```
//! use netsift_packet::{Frame, LinkType, Packet, Protocol, Timestamp};
//!
//! let bytes = [
//!     0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
//!     0xc0, 0x00, 0, 53, 0, 10, 0, 0, // UDP
//!     b'h', b'i',
//! ];
//! let packet = Packet::parse(Frame::new(Timestamp::EPOCH, LinkType::RAW, &bytes))?;
//! assert_eq!(packet.src().unwrap().to_string(), "10.0.0.1");
//! assert_eq!(packet.protocol(), Some(Protocol::UDP));
//! assert_eq!(packet.dst_port(), Some(53));
//! assert_eq!(packet.payload(), b"hi");
//! # Ok::<(), netsift_packet::ParseError>(())
//! ```

mod application;
#[cfg(feature = "arbitrary")]
mod arbitrary;
pub mod cic;
mod error;
mod ether_type;
pub mod filter;
mod frame;
mod link;
mod link_type;
mod mac;
mod network;
mod options;
mod packet;
mod protocol;
#[cfg(test)]
mod sample;
mod step;
mod time;
mod transport;
mod tunnel;
mod walk;

#[cfg(feature = "fingerprints")]
pub use application::{Ascii, community_id};
pub use application::{Text, dns, http, quic, tls};
pub use error::{Field, Layer, ParseError, Reason};
pub use ether_type::ether_type_name;
pub use filter::{Filter, FilterError};
pub use frame::{Frame, FrameSource};
pub use link_type::LinkType;
pub use mac::MacAddr;
pub use options::{
    DEFAULT_MAX_TUNNELS, Depth, MAX_HEADERS, MAX_IPV6_EXTENSIONS, MAX_MPLS_LABELS, MAX_VLAN_TAGS,
    ParseOptions,
};
pub use packet::{Fragment, Packet, Tunnel, VlanIds};
pub use protocol::Protocol;
pub use time::Timestamp;
pub use transport::{SackBlocks, TcpFlags, TcpHeader, TcpOption, TcpOptions};
