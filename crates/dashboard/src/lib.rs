//! What a person watches: a live page, and the API below it, out of one program.
//!
//! A [`Dashboard`] serves what a history holds, and pushes what is new to whoever looks. The page is HTML, CSS and plain
//! JavaScript, embedded in the program; nothing is asked of any other machine. What is only known while detection runs is
//! told to its [`Board`]; what whoever runs it lets the page see and do beside the history is a [`House`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use netsift_dashboard::{Dashboard, House, Settings};
//! use netsift_history::{History, HistorySettings};
//!
//! /// What runs here, as the page may see and change it: nothing beside the history.
//! struct Empty;
//!
//! impl House for Empty {}
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("netsift-dashboard-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("history.db");
//! let history = History::open(HistorySettings::new(&path))?;
//! let settings = Settings::default().listen(([127, 0, 0, 1], 0).into());
//! let dashboard = Dashboard::start(&settings, path, Arc::new(Empty))?;
//! println!("http://{}/", dashboard.address());
//! dashboard.stop();
//! # drop(history);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```

mod answer;
mod api;
mod archive;
mod ask;
mod board;
mod error;
mod events;
mod gate;
mod held;
mod house;
mod ledger;
mod listener;
mod login;
mod metrics;
mod news;
mod openapi;
mod pages;
mod proxies;
mod random;
mod rates;
mod reports;
mod route;
mod server;
mod settings;
mod shape;
mod shares;
mod stream;
mod time;
mod wire;

pub use board::{Board, Keeping, Vitals};
pub use error::DashboardError;
pub use house::{
    Curve, Drift, House, InUse, Knowledge, ListFacts, Metric, Mode, ModelFacts, Refused,
};
pub use login::password::hash_password;
pub use netsift_alert::SinkState;
pub use server::Dashboard;
pub use settings::{Limits, Role, Settings, User};
