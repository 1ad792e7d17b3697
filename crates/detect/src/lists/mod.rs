//! What others know: lists of networks, names and fingerprints, those who talk most, and what is allowed whatever is said
//! of it.
//!
//! [`ListOptions`] say what a list is called, how bad a hit is and how to read it; [`ListOptions::read`] makes a [`List`]
//! of any reader, with a [`LoadReport`] of what it held. [`Lists`] asks several at once. Formats are told by themselves:
//! plain lists and netsets of FireHOL, Spamhaus' DROP as text and as JSON lines, hosts files, and tables such as those of
//! abuse.ch. [`Talkers`] makes a list of what was seen, and an [`AllowList`] wins over them all.
//!
//! ```
//! use netsift_alert::Level;
//! use netsift_detect::lists::{Defect, ListOptions};
//!
//! # fn main() -> Result<(), netsift_detect::DetectError> {
//! let file = b"# first_seen,dst_ip,dst_port\n2026-01-01,203.0.113.9,443\n2026-01-02,10.0.0.1,80\n";
//! let options = ListOptions::new("c2").severity(Level::Critical).category("botnet");
//! let list = options.read(&file[..])?;
//!
//! assert!(list.address("203.0.113.9".parse().unwrap()).is_some());
//! assert_eq!(list.report().to_string(), "c2: 1 of 2 entries (CSV); 1 local (line 3)");
//! assert_eq!(list.report().count(Defect::Local), 1);
//! # Ok(())
//! # }
//! ```

mod allow;
mod fields;
mod fingerprints;
mod format;
mod halves;
mod intake;
mod limits;
mod lines;
mod list;
mod local;
mod name;
mod names;
mod options;
mod range;
mod reader;
mod report;
mod set;
mod spans;
mod talkers;
mod tree;

pub use allow::{AllowEntry, AllowList, Allowed, Subject};
pub use fingerprints::Fingerprint;
pub use format::ListFormat;
pub use list::{Entry, Hit, List, ListKind};
pub use local::LocalEntries;
pub use options::ListOptions;
pub use range::AddressRange;
pub use report::{Defect, DefectFacts, LoadReport};
pub use set::Lists;
pub use talkers::{Talker, Talkers};
