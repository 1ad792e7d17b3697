//! Connections that are opened and left alone.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Extent, Rule, SECOND};
use crate::behaviour::config::SynFloodConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::{Observation, Opening, is_group};
use crate::behaviour::sample::{Sample, examples, span};

impl Rule for SynFloodConfig {
    /// Whom, and which port.
    type Key = (IpAddr, u16);
    /// The senders, one for each connection.
    type Track = Sample<IpAddr>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>) -> Option<Self::Key> {
        is_left_open(seen)?;
        Some((seen.destination.ip(), seen.destination.port()))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>) {
        let (sender, at) = (seen.source, seen.first.as_nanos());
        let is_left_open = is_left_open(seen) == Some(true);
        track.enter_as(&(sender, at), (sender.ip(), at), is_left_open, self.window());
    }

    fn extent(&self, track: &Self::Track) -> Option<Extent> {
        track.census(self.window()).reaches(self.half_open, self.half_open_share)
    }

    fn finding(&self, &(victim, port): &Self::Key, track: &Self::Track) -> Finding {
        let census = track.census(self.window());
        let senders = examples(track.counted(self.window()));
        let sole_sender = if let [sender] = senders[..] { Some(sender) } else { None };
        Finding {
            offender: sole_sender,
            victim: Some(victim),
            port: Some(port),
            window: self.window(),
            count: census.counted,
            is_estimate: census.is_estimate,
            share: census.share,
            examples: senders.into_iter().map(Example::Host).collect(),
            ..Finding::new(Kind::SynFlood, Protocol::TCP, span(track.counted(self.window())))
        }
    }
}

/// Whether a connection was opened and left alone; nothing if that is not known.
fn is_left_open(seen: &Observation<'_>) -> Option<bool> {
    match seen.opening {
        _ if is_group(seen.destination.ip()) => None,
        Opening::Missed => None,
        Opening::Established => Some(false),
        // Who refuses is not flooded, and who asks again means to connect.
        Opening::Refused => Some(false),
        Opening::Aborted => Some(true),
        Opening::HalfOpen => seen.has_ended.then_some(true),
        Opening::Unanswered => seen.has_ended.then_some(seen.sent.packets == 1),
    }
}
