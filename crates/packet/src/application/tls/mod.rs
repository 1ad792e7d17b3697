//! TLS and DTLS hellos: versions, names, protocols, cipher suites and extensions.
//!
//! A hello that was cut is `Truncated`, so that no fingerprint is ever made of half a hello; one with a
//! lie among its extensions is what stands before it, and says so. [`ClientHelloStart`] tells what is there of a cut one.
//!
//! ```
//! use netsift_packet::{ParseError, tls::ClientHello};
//!
//! # let stream = b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03";
//! match ClientHello::parse(stream) {
//!     Ok(hello) => println!("{:?} {:?}", hello.server_name(), hello.alpn().next()),
//!     Err(ParseError::Truncated { needed, had, .. }) => println!("{had} of {needed} bytes"),
//!     Err(error) => println!("no hello: {error}"),
//! }
//! ```

mod client_hello;
mod client_hello_start;
mod extension;
mod handshake;
#[cfg(feature = "fingerprints")]
mod ja3;
#[cfg(feature = "fingerprints")]
mod ja4;
mod server_hello;
mod version;

pub use client_hello::ClientHello;
pub use client_hello_start::ClientHelloStart;
pub use extension::{Codes, Extension, Extensions, Protocols};
pub use handshake::{Carrier, MAX_HELLO};
#[cfg(feature = "fingerprints")]
pub use ja3::{Ja3, Ja3s};
#[cfg(feature = "fingerprints")]
pub use ja4::{Ja4, Ja4s};
pub use server_hello::ServerHello;
pub use version::{Version, is_grease};
