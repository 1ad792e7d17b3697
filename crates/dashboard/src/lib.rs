//! What a person watches: a live page, and the API below it, out of one program.
//!
//! A [`Dashboard`] serves what a history holds, and pushes what is new to whoever looks. The page is HTML, CSS and plain
//! JavaScript, embedded in the program; nothing is asked of any other machine. What is only known while detection runs is
//! told to its [`Board`]; what whoever runs it lets the page see and do beside the history is a [`House`].

mod answer;
mod api;
mod archive;
mod ask;
mod board;
mod error;
mod events;
mod gate;
mod house;
mod ledger;
mod listener;
mod login;
mod metrics;
mod news;
mod openapi;
mod pages;
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

pub use board::{Board, Vitals};
pub use error::DashboardError;
pub use house::{Curve, Drift, House, Knowledge, ListFacts, Metric, Mode, ModelFacts, Refused};
pub use login::password::hash_password;
pub use netsift_alert::SinkState;
pub use server::Dashboard;
pub use settings::{Limits, Role, Settings, User};
