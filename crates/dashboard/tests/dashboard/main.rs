//! The server as its neighbours see it: over raw sockets of loopback, friends and strangers alike.

mod attacks;
mod changes;
mod events;
mod framing;
mod limits;
mod logins;
mod made;
mod raw;
mod schema;
mod shapes;
mod tls;
mod uploads;
mod watchers;
