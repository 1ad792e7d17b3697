//! Much sent out.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND};
use crate::behaviour::config::BulkUploadConfig;
use crate::behaviour::finding::{Finding, Kind};
use crate::behaviour::observation::{Observation, is_group};
use crate::behaviour::tally::Tally;

impl Rule for BulkUploadConfig {
    /// Who, whom, and by which protocol.
    type Key = (IpAddr, IpAddr, Protocol);
    /// Bytes sent and received.
    type Track = Tally<2>;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>, beside: &Beside) -> Option<Self::Key> {
        let host = seen.destination.ip();
        let is_outside = !beside.is_inside(host) && !is_group(host);
        let is_it = is_outside && seen.has_ended && seen.sent.bytes > seen.received.bytes;
        is_it.then(|| (seen.source.ip(), host, seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, _: &Beside) {
        let bytes = [seen.sent.bytes, seen.received.bytes];
        // At its end: a long flow would lie before the window else.
        track.add(seen.last.as_nanos(), self.window(), bytes);
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        let [sent, received] = track.sums();
        let is_one_way = sent as f64 >= sent.saturating_add(received) as f64 * self.sent_share;
        let holds = sent >= self.bytes && is_one_way;
        holds.then(|| Extent { size: sent, last: track.span().1 })
    }

    fn finding(&self, &(offender, victim, protocol): &Self::Key, track: &Self::Track) -> Finding {
        let [sent, received] = track.sums();
        Finding {
            offender: Some(offender),
            victim: Some(victim),
            window: self.window(),
            count: sent,
            share: sent as f64 / sent.saturating_add(received).max(1) as f64,
            ..Finding::new(Kind::BulkUpload, protocol, track.span())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::staged::{inside, kinds, outside, talked, told};
    use crate::behaviour::{Kind, Observation, Volume};

    /// Ten megabytes out and this much back, every five minutes.
    fn uploads(count: u32, back: u64) -> Vec<Observation<'static>> {
        let upload = |step: u32| {
            let seen = talked(inside(1), (outside(1), 443), f64::from(step) * 300.0, (4, 100));
            let volume = |bytes| Volume { packets: 9_000, data_packets: 9_000, bytes };
            Observation { sent: volume(10_000_000), received: volume(back), ..seen }
        };
        (0..count).map(upload).collect()
    }

    #[test]
    fn much_out_and_little_back_is_an_upload_even_if_it_trickles() {
        let [upload] = &told(uploads(10, 100_000))[..] else { panic!("one finding") };
        assert_eq!((upload.kind, upload.count), (Kind::BulkUpload, 100_000_000));
        assert_eq!(kinds(uploads(9, 100_000)), []);
    }

    #[test]
    fn both_ways_inside_and_not_yet_over_is_none() {
        assert_eq!(kinds(uploads(40, 2_000_000)), []);
        let to = |seen| Observation { destination: (inside(2), 445).into(), ..seen };
        assert_eq!(kinds(uploads(40, 0).into_iter().map(to)), []);
        let open = |seen| Observation { has_ended: false, ..seen };
        assert_eq!(kinds(uploads(40, 0).into_iter().map(open)), []);
    }

    #[test]
    fn sizes_that_lie_do_not_overflow() {
        let huge = uploads(40, 0).into_iter().map(|seen| Observation {
            sent: Volume { packets: u64::MAX, data_packets: u64::MAX, bytes: u64::MAX },
            ..seen
        });
        assert!(!kinds(huge).is_empty());
    }
}
