//! An alert as plain facts: what was seen, between whom, how bad it is, why, and what to do.
//!
//! An [`Alert`] knows no packet, no flow and no model. Who tells it to people needs nothing else, and who makes one can be
//! any program.
//!
//! ```
//! use netsift_alert::{Action, Alert, AlertId, Level, Peer};
//!
//! let source = Peer { address: [192, 0, 2, 7].into(), port: None };
//! let target = Peer { address: [198, 51, 100, 9].into(), port: Some(22) };
//! let first = 1_789_999_999_000_000_000;
//! let alert = Alert {
//!     id: AlertId::of(first, "brute force", [Some(source), Some(target)]),
//!     nanos: 1_790_000_000_000_000_000,
//!     first,
//!     count: 1,
//!     level: Level::High,
//!     score: 71.5,
//!     what: "brute force".into(),
//!     source: Some(source),
//!     target: Some(target),
//!     protocol: Some("TCP".into()),
//!     service: Some("ssh".into()),
//!     names: Vec::new(),
//!     terms: Vec::new(),
//!     reasons: Vec::new(),
//!     evidence: vec!["180 short connections to port 22 in 60 s".into()],
//!     packets: None,
//!     action: Action::Block,
//!     rule: "what is high".into(),
//! };
//! assert_eq!(alert.to_string(), "high 72 brute force: 192.0.2.7 -> 198.51.100.9:22 TCP");
//! ```

mod action;
mod alert;
mod digest;
mod dispatch;
mod error;
mod forms;
mod group;
mod id;
mod level;
mod limit;
mod network;
mod note;
mod pattern;
#[cfg(feature = "remote")]
mod remote;
mod route;
mod silence;
mod sink;
pub mod sinks;
pub mod spool;
mod text;
mod time;
mod which;

pub use action::Action;
#[cfg(test)]
pub(crate) use alert::example;
pub use alert::{Alert, Peer, Term};
pub use dispatch::{Delivery, Dispatcher, DispatcherBuilder, Notice, Retry, SinkState, States};
pub use error::SinkError;
pub use forms::Form;
pub use group::{GroupCounts, Grouper, Grouping};
pub use id::{AlertId, NotAnId};
pub use level::Level;
pub use limit::Limit;
pub use network::{Network, NotANetwork};
pub use note::{Note, NoteKind};
pub use pattern::{NotAPattern, Pattern};
#[cfg(feature = "remote")]
pub use remote::{HttpSettings, Secret, Timeouts, TlsSettings, Url, is_public, template_fields};
pub use route::Route;
pub use silence::{MAX_SILENCES, Silence, Silences};
pub use sink::Sink;
pub use text::{MAX_LIST, MAX_TEXT, clipped, printable};
pub use which::Which;
