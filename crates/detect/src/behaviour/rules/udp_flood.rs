//! Datagrams that nobody answers.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND, Track};
use crate::behaviour::config::UdpFloodConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::{Observation, is_group};
use crate::behaviour::sample::{Sample, examples};
use crate::behaviour::tally::Tally;

/// So many datagrams are a flood however they share out over flows: each may have a sender of its own.
const MANY: u64 = 1_000;
/// Who repeats a question waits longer than this for the answer; who pours does not wait.
const PATIENCE: i64 = SECOND / 5;

/// What a host gets.
#[derive(Clone, Debug, Default)]
pub(in crate::behaviour) struct Poured {
    /// Datagrams poured, those and single ones, those of all flows that are hardly answered, such flows, answers to them,
    /// and all datagrams.
    sums: Tally<6>,
    /// The ports that are poured at.
    ports: Sample<u16>,
    /// Who pours.
    senders: Sample<IpAddr>,
}

impl Rule for UdpFloodConfig {
    /// Whom.
    type Key = IpAddr;
    type Track = Poured;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>, _: &Beside) -> Option<Self::Key> {
        let victim = seen.destination.ip();
        let is_it = seen.protocol == Protocol::UDP && seen.has_ended && !is_group(victim);
        is_it.then_some(victim)
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let (sent, answers) = (seen.sent.packets, seen.received.packets);
        let (at, window) = (seen.first.as_nanos(), self.window());
        if !seen.is_hardly_answered() {
            return track.sums.add(at, window, [0, 0, 0, 0, 0, sent]);
        }
        let gaps = i64::try_from(sent - 1).unwrap_or(i64::MAX);
        let is_single = gaps == 0;
        let is_poured = !is_single && seen.last.nanos_since(seen.first) / gaps <= PATIENCE;
        if is_poured {
            track.ports.enter(&beside.secret, (seen.destination.port(), at), true, window);
            track.senders.enter(&beside.secret, (seen.source.ip(), at), true, window);
        }
        let poured = if is_poured { sent } else { 0 };
        let hasty = poured + u64::from(is_single);
        track.sums.add(at, window, [poured, hasty, sent, 1, answers, sent]);
    }

    fn extent(&self, track: &Self::Track) -> Option<Extent> {
        let [poured, hasty, unanswered, flows, answers, all] = track.sums.sums();
        let is_poured = hasty >= self.datagrams && poured >= self.datagrams / 2;
        let is_flood = is_poured && flows >= self.flows || unanswered >= MANY;
        let is_alone = unanswered as f64 >= all as f64 * self.unanswered_share;
        let is_ignored = || answers as f64 <= unanswered as f64 * self.answered_share;
        let is_of_one = || {
            let window = self.window();
            track.ports.census(window).all == 1 || track.senders.census(window).all == 1
        };
        let holds = is_flood && is_alone && (is_ignored() || is_of_one());
        holds.then(|| Extent { size: unanswered, last: track.sums.span().1 })
    }

    fn finding(&self, &victim: &Self::Key, track: &Self::Track) -> Finding {
        let [_, _, unanswered, _, _, all] = track.sums.sums();
        let ports = examples(track.ports.live(self.window()));
        let senders = examples(track.senders.live(self.window()));
        Finding {
            offender: if let [sender] = senders[..] { Some(sender) } else { None },
            victim: Some(victim),
            port: if let [port] = ports[..] { Some(port) } else { None },
            window: self.window(),
            count: unanswered,
            share: unanswered as f64 / all.max(1) as f64,
            examples: senders.into_iter().map(Example::Host).collect(),
            ..Finding::new(Kind::UdpFlood, Protocol::UDP, track.sums.span())
        }
    }
}

impl Track for Poured {
    const MAX_HEAP: usize = Sample::<u16>::MAX_HEAP + Sample::<IpAddr>::MAX_HEAP;

    fn heap(&self) -> usize {
        self.ports.heap() + self.senders.heap()
    }

    fn weight(&self) -> usize {
        self.sums.recent() as usize
    }

    fn clear(&mut self) {
        self.ports.clear();
        self.senders.clear();
        self.sums = Tally::default();
    }
}

#[cfg(test)]
mod tests {
    use crate::behaviour::staged::{flow, inside, kinds, outside, told};
    use crate::behaviour::{Kind, Observation, Volume};
    use netsift_packet::Protocol;

    /// A flow of so many datagrams, so many of them answered, over so many milliseconds.
    fn poured(
        step: u8,
        port: u16,
        (sent, answers): (u64, u64),
        millis: i64,
    ) -> Observation<'static> {
        let seen = flow(Protocol::UDP, outside(step), (inside(1), port), f64::from(step));
        Observation {
            sent: Volume { packets: sent, ..Volume::default() },
            received: Volume { packets: answers, ..Volume::default() },
            last: seen.first.plus_nanos(millis * 1_000_000),
            ..seen
        }
    }

    #[test]
    fn datagrams_poured_in_several_flows_are_a_flood() {
        let flood = |flows| (0..flows).map(|step| poured(step, 27_015, (10, 0), 100));
        assert_eq!(kinds(flood(3)), [Kind::UdpFlood]);
        assert_eq!(kinds(flood(2)), []);
        let [flood] = &told(flood(3))[..] else { panic!("one finding") };
        assert_eq!((flood.victim, flood.port, flood.count), (Some(inside(1)), Some(27_015), 30));
    }

    #[test]
    fn questions_repeated_with_patience_are_no_flood() {
        assert_eq!(kinds((0..50).map(|step| poured(step, 53, (4, 0), 6_000))), []);
    }

    #[test]
    fn a_server_that_answers_is_not_flooded() {
        let few = |step| poured(step, 4_433, (100, 40), 900);
        let all = |step| poured(step, 4_433, (100, 60), 900);
        assert_eq!(kinds((0..6).map(all)), []);
        assert_eq!(kinds((0..6).flat_map(|step| [all(step), few(step + 100)])), []);
    }

    #[test]
    fn calls_with_a_quiet_side_are_no_flood_and_the_same_from_one_sender_or_to_one_port_is() {
        let call = |step| poured(step, 16_384 + 2 * u16::from(step), (100, 30), 2_000);
        assert_eq!(kinds((0..20).map(call)), []);
        let same = |step| poured(step, 53, (100, 30), 2_000);
        assert!(kinds((0..20).map(same)).contains(&Kind::UdpFlood));
        let sender = (outside(1), 9).into();
        let from_one = (0..20).map(call).map(|seen| Observation { source: sender, ..seen });
        assert!(kinds(from_one).contains(&Kind::UdpFlood));
    }

    #[test]
    fn single_datagrams_of_many_senders_are_a_flood() {
        let one = |step: u32| Observation {
            source: ((0x0b00_0000 + step * 7_919).to_be_bytes(), 9).into(),
            ..flow(Protocol::UDP, outside(1), (inside(1), 80), f64::from(step) / 100.0)
        };
        assert_eq!(kinds((0..1_000).map(one)), [Kind::UdpFlood]);
        assert_eq!(kinds((0..999).map(one)), []);
    }
}
