//! Floods that were told: what each of their senders is said to do is known by then.

use netsift_packet::Timestamp;

use crate::Conversation;
use crate::behaviour::{Finding, Kind};

/// So many are remembered at most: each flow that would be told is held against all of them.
const MOST: usize = 64;

/// Floods from many senders, or from forged ones, that were told.
#[derive(Debug, Default)]
pub(super) struct Floods {
    /// The last told last.
    told: Vec<Finding>,
}

impl Floods {
    /// Whether this is one that speaks for its flows. Of one sender there are few alerts anyhow, and who that is counts.
    pub(super) fn is_one(finding: &Finding) -> bool {
        matches!(finding.kind, Kind::SynFlood | Kind::UdpFlood) && finding.offender.is_none()
    }

    /// One was told, perhaps again.
    pub(super) fn add(&mut self, mut flood: Finding) {
        let same =
            |it: &Finding| (it.kind, it.victim, it.port) == (flood.kind, flood.victim, flood.port);
        if let Some(place) = self.told.iter().position(same) {
            let before = self.told.remove(place);
            // Flows that began before may still be to come; what began in another flood may not.
            if until(&before) >= flood.first {
                flood.first = flood.first.min(before.first);
            }
        }
        if self.told.len() >= MOST {
            self.told.remove(0);
        }
        self.told.push(flood);
    }

    /// Whether a flow is part of one.
    pub(super) fn cover(&self, flow: &Conversation) -> bool {
        if self.told.is_empty() {
            return false;
        }
        let seen = flow.observation();
        self.told.iter().any(|flood| flood.concerns(&seen))
    }
}

fn until(flood: &Finding) -> Timestamp {
    flood.last.plus_nanos(flood.window)
}
