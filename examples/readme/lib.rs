//! The example of the README, so that it cannot rot. `cargo test -p netsift-examples --doc` compiles it; a library that is
//! published cannot, since its package has no file beside itself.

/// The README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
