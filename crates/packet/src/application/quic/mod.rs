//! QUIC's long headers, and (feature `quic`) the ClientHello inside Initial packets.
//!
//! ```
//! use netsift_packet::quic::LongHeader;
//!
//! # let datagram = b"\xc3\x00\x00\x00\x01\x02\xab\xcd\x00\x00\x40\x1412345678901234567890";
//! let header = LongHeader::parse(datagram)?;
//! println!("{} {:?} to {:02x?}", header.version, header.kind, header.destination);
//! # Ok::<(), netsift_packet::ParseError>(())
//! ```

#[cfg(feature = "quic")]
mod assembler;
mod header;
#[cfg(feature = "quic")]
mod initial;
mod varint;
mod version;

#[cfg(feature = "quic")]
pub use assembler::{InitialAssembler, MAX_CRYPTO};
pub use header::{LongHeader, PacketKind, Versions};
#[cfg(feature = "quic")]
pub use initial::{InitialKeys, MAX_PACKET, Side};
pub use version::Version;
