//! What remote sinks share: secrets, templates, connections that end in time, safe texts.

mod address;
mod batch;
mod clean;
mod connection;
mod facts;
mod field;
mod http;
mod own_name;
mod secret;
mod template;
mod tls;

pub use address::is_public;
pub use connection::Timeouts;
pub use field::template_fields;
pub use http::{HttpSettings, Url};
pub use secret::Secret;
pub use tls::TlsSettings;

pub(crate) use batch::{Batch, Progress};
pub(crate) use clean::{clean, start};
pub(crate) use connection::{Connection, failed, resolve, seconds, target};
pub(crate) use facts::facts;
#[cfg(test)]
pub(crate) use field::sample;
pub(crate) use http::{Client, Request};
pub(crate) use own_name::{is_name, own_name};
pub(crate) use secret::Revealed;
pub(crate) use template::{Context, Template, escape};
pub(crate) use tls::server_name;
