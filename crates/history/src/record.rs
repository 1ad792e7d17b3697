//! What is handed over to be kept: plain facts.

use std::net::IpAddr;

use netsift_alert::{Level, Peer, Silence};
use serde::{Deserialize, Serialize};

/// A flow, and what was said of it, if something was: then it is a verdict.
///
/// Texts may hold what attackers wrote. They are kept as they are, up to the length that the crate's page says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// The time of the first packet, in nanoseconds since 1970.
    pub first: i64,
    /// The time of the last packet.
    pub last: i64,
    /// Who opened it.
    pub source: Peer,
    /// Who was called.
    pub target: Peer,
    /// The protocol behind IP.
    pub protocol: String,
    /// What was spoken, as far as it was told.
    pub service: Option<String>,
    /// Names that were asked for or called.
    pub names: Vec<String>,
    /// What the source sent.
    pub sent: Volume,
    /// What the target sent.
    pub received: Volume,
    /// What is said of it.
    pub said: Option<Said>,
}

/// How much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// How many packets.
    pub packets: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What is said of a flow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What it is, if that is known.
    pub class: Option<String>,
    /// How probable that is.
    pub probability: Option<f64>,
    /// How strange it is: what share of usual flows is less strange.
    pub quantile: Option<f64>,
    /// How bad it is, from 0 to 100.
    pub score: f64,
    /// How bad it is, in a word; nothing below the lowest level.
    pub level: Option<Level>,
}

/// The score of a host at a time. Of a minute, the last one is kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostScore {
    /// Which host.
    pub address: IpAddr,
    /// When, in nanoseconds since 1970.
    pub nanos: i64,
    /// From 0 to 100.
    pub score: f64,
}

/// That somebody has seen an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// When.
    pub nanos: i64,
    /// Who.
    pub who: String,
}

/// What somebody said of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// When.
    pub nanos: i64,
    /// Who.
    pub who: String,
    /// What.
    pub text: String,
}

/// A silence that somebody asked for while alerts came: whoever tells them takes it up from here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SilenceRecord {
    /// Its number.
    pub id: i64,
    /// When it was asked for, in nanoseconds since 1970.
    pub since: i64,
    /// What is not told, and until when.
    pub silence: Silence,
}

/// What somebody has allowed: whoever judges takes it up from here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Its number.
    pub id: i64,
    /// Since when, in nanoseconds since 1970.
    pub since: i64,
    /// Who said so.
    pub who: String,
    /// Why.
    pub comment: String,
    /// What is allowed, as an object of JSON.
    pub entry: String,
}

/// A change that somebody made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub nanos: i64,
    /// Who.
    pub who: String,
    /// What was done: `acknowledged`, `commented`, `silenced`, `allowed`.
    pub what: String,
    /// To what.
    pub subject: String,
    /// How.
    pub detail: String,
}

impl Flow {
    pub(crate) fn packets(&self) -> u64 {
        self.sent.packets.saturating_add(self.received.packets)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.sent.bytes.saturating_add(self.received.bytes)
    }

    /// Its class; of one without, none.
    pub(crate) fn class(&self) -> &str {
        self.said.as_ref().and_then(|said| said.class.as_deref()).unwrap_or_default()
    }
}
