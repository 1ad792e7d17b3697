//! What was told and seen, kept in a file that outlives the program and can be asked.
//!
//! A [`History`] is an SQLite database that a thread of its own writes: alerts, verdicts and flows by choice, scores of
//! hosts, counts per minute, who talked most in an hour. A [`Reader`] asks it, at the same time and from any program; a
//! [`Desk`] keeps what people say of alerts. What is kept is plain facts: packets, flows of a flow table and models are
//! not known here.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//!
//! use netsift_alert::Peer;
//! use netsift_history::{Flow, FlowsAsked, History, HistorySettings, Reader, Said, Volume};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("history.db");
//! let history = History::open(HistorySettings::new(&path))?;
//! history.hand().flow(Flow {
//!     first: 1_790_000_000_000_000_000,
//!     last: 1_790_000_001_000_000_000,
//!     source: Peer { address: [192, 0, 2, 7].into(), port: Some(40_000) },
//!     target: Peer { address: [198, 51, 100, 9].into(), port: Some(22) },
//!     protocol: "TCP".into(),
//!     service: Some("ssh".into()),
//!     names: Vec::new(),
//!     sent: Volume { packets: 20, bytes: 2_100 },
//!     received: Volume { packets: 21, bytes: 4_000 },
//!     said: Some(Said { class: Some("brute force".into()), score: 71.5, ..Said::default() }),
//! });
//! assert!(history.flush(Duration::from_secs(10)));
//!
//! let mut asked = FlowsAsked::default();
//! asked.address = Some([198, 51, 100, 9].into());
//! let page = Reader::open(&path)?.flows(&asked)?;
//! assert_eq!((page.rows.len(), page.total.counted), (1, 1));
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//!
//! - **Handing over never waits** for the disk, unless a [`Hand`] is patient. What waits to be written has room, a stated number of records for alerts,
//!   for verdicts and for flows each; what finds none is lost and counted. Alerts are written before verdicts, and those
//!   before flows.
//! - **What is told as written is there** after the program was killed, at whatever moment: a transaction is in the file
//!   whole or not at all, and [`History::flush`] answers after it. After a loss of power the last moments may be missing,
//!   and the file is sound (SQLite's `synchronous = NORMAL` with a write-ahead log): waiting for the disk at every commit
//!   would cost more than those moments are worth.
//! - **A full disk** loses nothing that is in the file. The batch that finds no room waits and is tried again, later and
//!   later, half a minute apart at most; [`HistoryState::trouble`] says so meanwhile.
//! - **A damaged file** is moved aside, under its name with `.damaged-` and the time behind it, and a new one is begun.
//!   Files up to 64 MiB are looked through when they are opened; in larger ones damage is found where it is met. A file
//!   that is no history, or a newer program's, is refused and left as it is.
//! - **A row that cannot be read** takes no other with it: answers leave it out and count or name it, and [`Reader::check`]
//!   names all of them.
//! - **Texts stay as they are**, whatever is in them, up to [`MOST_TEXT`] bytes each and [`MOST_ALERT_TEXT`] or
//!   [`MOST_FLOW_TEXT`] together, and lists up to [`MOST_LISTED`]. What is cut ends with a mark that says how much is
//!   missing. Numbers that are none become 0.
//! - **Every answer has a bound**: in rows ([`MOST_ROWS`]), in what is counted ([`MOST_COUNTED`]) and in time
//!   ([`Reader::within`]).
//! - **It does not grow for ever**: see [`Retention`].

mod address;
mod ask;
mod bounded;
mod desk;
mod error;
mod file;
mod history;
mod queue;
mod record;
mod retain;
mod schema;
mod settings;
mod tally;
mod trouble;
mod write;
mod writer;

pub use ask::{
    AlertGroup, AlertList, AlertRow, AlertSort, AlertsAsked, Bin, CountBy, CountsAsked, FlowRow,
    FlowsAsked, Group, Held, HostSeen, Key, MOST_BINS, MOST_COUNTED, MOST_RANKED, MOST_ROWS,
    MOST_SEARCHED, Mark, News, NotAKey, Page, Ranked, Reader, Times, Top, Total,
};
pub use bounded::{MOST_ALERT_TEXT, MOST_FLOW_TEXT, MOST_LISTED, MOST_TEXT};
pub use desk::{Desk, MOST_ALLOWANCES};
pub use error::HistoryError;
pub use history::{Hand, History, HistoryState};
pub use queue::Numbers;
pub use record::{
    Acknowledgement, Allowance, Change, Comment, Flow, HostScore, Said, SilenceRecord, Volume,
};
pub use settings::{HistorySettings, Keep, Retention, Room};
pub use tally::OTHERS;
