//! Bytes of a captured frame to the facts of a packet.

mod application;
mod error;
mod frame;
mod link_type;
mod mac;
mod protocol;
mod time;

#[cfg(feature = "fingerprints")]
pub use application::community_id;
pub use application::{Text, dns, http, quic, tls};
pub use error::{Field, Layer, ParseError, Reason};
pub use frame::{Frame, FrameSource};
pub use link_type::LinkType;
pub use mac::MacAddr;
pub use protocol::Protocol;
pub use time::Timestamp;
