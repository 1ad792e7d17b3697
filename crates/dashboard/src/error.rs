//! Why a dashboard cannot be served.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use netsift_history::HistoryError;
use thiserror::Error;

/// Why a dashboard cannot be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DashboardError {
    /// A setting that cannot be.
    #[error("dashboard.{setting} is {value}, and must be {rule}")]
    Setting {
        /// Its name.
        setting: String,
        /// What it was to be.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// Nobody can listen there.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be read or written.
    #[error("{}: cannot be {what}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What was to be done with it.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{}: is no {expected}", path.display())]
    Content {
        /// Which one.
        path: PathBuf,
        /// What it was to hold.
        expected: &'static str,
    },
    /// The certificate and its key do not fit, or are of a kind that is not known.
    #[error("{}: cannot be used for TLS: {source}", path.display())]
    Tls {
        /// The certificate.
        path: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
    /// The history cannot be asked.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// No threads can be started.
    #[error("no threads can be started: {source}")]
    Threads {
        /// What the system said.
        source: io::Error,
    },
    /// The system has no randomness.
    #[error("the system gives no random numbers")]
    Randomness,
    /// Argon2 refuses a password.
    #[error("a password must have from 8 to 256 bytes")]
    Password,
}
