//! What a person watches: a live page, and the API below it, out of one program.
//!
//! A [`Dashboard`] serves what a history holds, and pushes what is new to whoever looks. The page is HTML, CSS and plain
//! JavaScript, embedded in the program; nothing is asked of any other machine. What is only known while detection runs is
//! told to its [`Board`]; what whoever runs it lets the page see and do beside the history is a [`House`].

mod board;
mod error;
mod events;
mod house;
mod login;
mod random;
mod server;
mod settings;
mod time;

pub use board::{Board, Vitals};
pub use error::DashboardError;
pub use house::{Curve, Drift, House, Knowledge, ListFacts, Metric, Mode, ModelFacts, Refused};
pub use login::password::hash_password;
pub use netsift_alert::SinkState;
pub use server::Dashboard;
pub use settings::{Limits, Role, Settings, User};
