//! Bytes of a captured frame to the facts of a packet.

pub mod cic;
mod error;
pub mod filter;
mod frame;
mod link_type;
mod mac;
mod protocol;
mod time;

pub use error::{Field, Layer, ParseError, Reason};
pub use filter::{Filter, FilterError};
pub use frame::{Frame, FrameSource};
pub use link_type::LinkType;
pub use mac::MacAddr;
pub use protocol::Protocol;
pub use time::Timestamp;
