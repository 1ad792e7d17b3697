//! Readers of what a transport carries: names, hellos and heads.
//!
//! Each takes a payload slice (a datagram's, a segment's, or bytes that the caller put together),
//! borrows from it, allocates nothing and looks at no more than its caps say. A slice that ends too
//! early is [`ParseError::Truncated`](crate::ParseError::Truncated) with the bytes that are needed;
//! what more bytes cannot mend is [`ParseError::Invalid`](crate::ParseError::Invalid).

#[cfg(feature = "fingerprints")]
mod ascii;
#[cfg(feature = "fingerprints")]
pub mod community_id;
mod cursor;
pub mod dns;
#[cfg(test)]
mod hostile;
pub mod http;
pub mod quic;
mod text;
pub mod tls;
#[cfg(test)]
mod vectors;

#[cfg(feature = "fingerprints")]
pub use ascii::Ascii;
pub(crate) use cursor::Cursor;
pub use text::Text;
