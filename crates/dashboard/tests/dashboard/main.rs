//! The server as its neighbours see it: over raw sockets of loopback, friends and strangers alike.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attacks;
mod changes;
mod events;
mod framing;
mod limits;
mod logins;
mod made;
mod proxies;
mod raw;
mod schema;
mod shapes;
mod tls;
mod uploads;
mod watchers;
