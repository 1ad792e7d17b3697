//! An alert as plain facts (what was seen, between whom, how bad it is, why, and what to do), and its way to people.
//!
//! An [`Alert`] knows no packet, no flow and no model. Who tells it to people needs nothing else, and who makes one can be
//! any program. On its way
//!
//! - a [`Grouper`] makes few of many: what is the same is told once, and again only if it grows;
//! - [`Silences`] keep back what somebody knows of, for a while;
//! - a [`Dispatcher`] hands it to all that its [`Route`]s say, each as it wants it ([`Delivery`]: from which level on, how
//!   many, how often), and nobody waits for anybody: who is out of reach has a queue on disk ([`spool`]);
//! - a [`Sink`] tells it: [`sinks`] has files, terminals and counters, in [`Form`]s that others read; and with the feature
//!   `remote` syslog, web addresses, mail, SMS and programs.
//!
//! Every setting is a plain struct that `serde` reads, so that a configuration is the sum of them.
//!
//! ```
//! # use netsift_alert::{Action, Alert, AlertId, Level};
//! use netsift_alert::sinks::{JsonLines, JsonLinesSettings};
//! use netsift_alert::{Delivery, Dispatcher, Grouper, Grouping, Silences};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("alerts.jsonl");
//! # let alert = |nanos: i64| Alert { id: AlertId::of(nanos, "scan", [None, None]), nanos, first: nanos, count: 1, host: None,
//! #     level: Level::High, score: 65.0, what: "scan".into(), source: None, target: None, protocol: None, service: None,
//! #     names: vec![], terms: vec![], reasons: vec![], evidence: vec![], packets: None, action: Action::Watch,
//! #     rule: "none".into() };
//! # let alerts = (0..1_000).map(alert);
//! let file: JsonLinesSettings = toml::from_str(&format!("path = {path:?}\nform = \"eve\""))?;
//! let high: Delivery = toml::from_str("at_least = \"high\"\nlimit = { alerts = 100, seconds = 60.0 }")?;
//! let dispatcher = Dispatcher::builder().local("file", JsonLines::new(file)?, high).start()?;
//! let (mut grouper, mut silences) = (Grouper::new(Grouping::default())?, Silences::default());
//! let mut tell = |group| {
//!     if !silences.silence(&group) {
//!         dispatcher.tell(group);
//!     }
//! };
//! alerts.for_each(|alert| grouper.accept(alert, &mut tell));
//! grouper.finish(&mut tell);
//! let states = dispatcher.finish(Duration::from_secs(5));
//! assert_eq!(states[0].delivered, 2); // the first of a thousand, and how many there were
//! # Ok(())
//! # }
//! ```
//!
//! An alert by itself:
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
//!     host: Some(35.8),
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
mod lock;
mod more;
mod network;
mod pattern;
mod private;
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
pub use forms::{Form, harmless_json};
pub use group::{Group, GroupCounts, Grouper, Grouping};
pub use id::{AlertId, NotAnId};
pub use level::Level;
pub use limit::Limit;
pub use lock::Held;
pub use network::{Network, NotANetwork};
pub use pattern::{NotAPattern, Pattern};
pub use private::private_file;
#[cfg(feature = "remote")]
pub use remote::{HttpSettings, Secret, Timeouts, TlsSettings, Url, is_public, template_fields};
pub use route::Route;
pub use silence::{MAX_SILENCES, Silence, Silences};
pub use sink::Sink;
pub use text::{MAX_LIST, MAX_TEXT, clipped, printable};
pub use which::Which;
