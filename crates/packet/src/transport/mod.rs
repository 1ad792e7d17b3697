//! Transport layers.

pub(crate) mod icmp;
pub(crate) mod icmpv6;
pub(crate) mod sctp;
pub(crate) mod tcp;
pub(crate) mod udp;

mod tcp_flags;
mod tcp_header;
mod tcp_options;

pub use tcp_flags::TcpFlags;
pub use tcp_header::TcpHeader;
pub use tcp_options::{SackBlocks, TcpOption, TcpOptions};
