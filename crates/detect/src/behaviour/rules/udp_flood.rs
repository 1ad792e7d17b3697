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
/// Among one's own hosts, so many: some write what they measure from a new port each time.
const MANY_NEAR: u64 = 10_000;
/// In fewer flows than make a flood, so many: a film in one has a thousand a second.
const MANY_OF_FEW: u64 = 200_000;
/// A stream of sound or pictures has so many datagrams within two seconds. Streams come from many places to a port each;
/// a flood that does has few datagrams from each.
const STREAM: u64 = 100;
/// Who reports something keeps its port: one sender that pours from so many is measured as anybody else is.
const NEW_PORTS: u64 = 8;
/// Ports that collect what one's own hosts send all the time and never answer: traps, logs, flow records, counters, sound
/// and pictures.
const COLLECTORS: [u16; 12] =
    [162, 514, 2055, 4739, 5004, 5140, 6343, 8125, 9995, 9996, 12_201, 25_826];

/// What a host gets.
#[derive(Clone, Debug, Default)]
pub(in crate::behaviour) struct Poured {
    /// Whether both ends are one's own.
    is_near: bool,
    /// Datagrams poured, those and single ones, those of all flows that are hardly answered, such flows, answers to them,
    /// and all datagrams.
    sums: Tally<6>,
    /// The ports that are poured at.
    ports: Sample<u16>,
    /// Who pours.
    senders: Sample<IpAddr>,
}

impl Rule for UdpFloodConfig {
    /// Whom, and whether by hosts of its own networks.
    type Key = (IpAddr, bool);
    type Track = Poured;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    fn watches(&self, seen: &Observation<'_>, beside: &Beside) -> Option<Self::Key> {
        let victim = seen.destination.ip();
        let is_near = is_near(seen, beside);
        let is_collected = is_near && COLLECTORS.contains(&seen.destination.port());
        let is_it = seen.protocol == Protocol::UDP && seen.has_ended && !is_group(victim);
        (is_it && !is_collected).then_some((victim, is_near))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let (at, window) = (seen.first.as_nanos(), self.window());
        // Of a flow that is longer than the window, what falls into one.
        let span = seen.last.as_nanos().saturating_sub(at).max(window).max(1);
        let within = |count: u64| (u128::from(count) * window.max(0) as u128 / span as u128) as u64;
        let (sent, answers) = (within(seen.sent.packets), within(seen.received.packets));
        track.is_near = is_near(seen, beside);
        if !seen.is_hardly_answered() {
            return track.sums.add(at, window, [0, 0, 0, 0, 0, sent]);
        }
        let is_poured = is_poured(seen);
        if is_poured {
            track.ports.enter(&beside.secret, (seen.destination.port(), at), true, window);
            track.senders.enter(&beside.secret, (seen.source.ip(), at), true, window);
        }
        let poured = if is_poured { sent } else { 0 };
        let hasty = poured + u64::from(sent == 1);
        track.sums.add(at, window, [poured, hasty, sent, 1, answers, sent]);
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        let [poured, hasty, unanswered, flows, answers, all] = track.sums.sums();
        let many = if track.is_near { MANY_NEAR } else { MANY };
        let is_poured = hasty >= self.datagrams && poured >= self.datagrams / 2 && {
            let least = self.least(track, flows);
            hasty >= least && poured >= least / 2
        };
        let is_flood = match flows >= self.flows {
            true => is_poured || unanswered >= many,
            false => unanswered >= MANY_OF_FEW,
        };
        let is_alone = unanswered as f64 >= all as f64 * self.unanswered_share;
        let is_ignored = || {
            let are_streams = unanswered >= flows.saturating_mul(STREAM);
            let is_ignored = answers as f64 <= unanswered as f64 * self.answered_share;
            // However it is shared out, this many is no stream and no report.
            is_ignored
                && (!are_streams || unanswered >= MANY_OF_FEW)
                && (!track.is_near || unanswered >= MANY_NEAR)
        };
        let is_of_one = || {
            let window = self.window();
            track.ports.census(window).all == 1 || track.senders.census(window).all == 1
        };
        let holds = is_flood && is_alone && (is_ignored() || is_of_one());
        holds.then(|| Extent { size: unanswered, last: track.sums.span().1 })
    }

    fn finding(&self, &(victim, _): &Self::Key, track: &Self::Track) -> Finding {
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

impl UdpFloodConfig {
    /// How many datagrams of so many flows make a flood.
    fn least(&self, track: &Poured, flows: u64) -> u64 {
        let is_of_one = || track.senders.census(self.window()).all == 1;
        let is_usual = !track.is_near || flows >= NEW_PORTS && is_of_one();
        if is_usual { self.datagrams } else { self.datagrams_inside }
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

/// Whether both ends are one's own.
fn is_near(seen: &Observation<'_>, beside: &Beside) -> bool {
    beside.is_inside(seen.source.ip()) && beside.is_inside(seen.destination.ip())
}

/// Whether datagrams were sent without waiting for answers, but for pauses. Answers come at once, too, and are no haste.
fn is_poured(seen: &Observation<'_>) -> bool {
    let gaps = seen.sent.packets.saturating_sub(1);
    let hasty = seen.hasty.saturating_sub(seen.received.packets);
    gaps > 0 && hasty.saturating_mul(4) >= gaps.saturating_mul(3)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use crate::behaviour::staged::{flow, inside, kinds, outside, told};
    use crate::behaviour::{Kind, Observation, Volume};
    use netsift_packet::Protocol;

    /// A flow of so many datagrams, so many of them answered, with gaps of so many milliseconds.
    fn poured(step: u8, port: u16, (sent, answers): (u64, u64), gap: u64) -> Observation<'static> {
        let seen = flow(Protocol::UDP, outside(step), (inside(1), port), f64::from(step));
        let gaps = if gap <= 200 { sent - 1 } else { 0 };
        Observation {
            sent: Volume { packets: sent, ..Volume::default() },
            received: Volume { packets: answers, ..Volume::default() },
            hasty: gaps + answers,
            last: seen.first.plus_nanos(((sent - 1) * gap * 1_000_000) as i64),
            ..seen
        }
    }

    #[test]
    fn datagrams_poured_in_several_flows_are_a_flood() {
        let flood = |flows| (0..flows).map(|step| poured(step, 27_015, (10, 0), 10));
        assert_eq!(kinds(flood(3)), [Kind::UdpFlood]);
        assert_eq!(kinds(flood(2)), []);
        let [flood] = &told(flood(3))[..] else { panic!("one finding") };
        assert_eq!((flood.victim, flood.port, flood.count), (Some(inside(1)), Some(27_015), 30));
    }

    #[test]
    fn pauses_hide_no_flood() {
        let pausing = |pauses| {
            (0..3).map(move |step| {
                let seen = poured(step, 27_015, (40, 0), 1);
                let last = seen.last.plus_nanos(pauses as i64 * 8_000_000_000);
                Observation { last, hasty: seen.hasty - pauses, ..seen }
            })
        };
        assert_eq!(kinds(pausing(3)), [Kind::UdpFlood], "thirteen at a time");
        assert_eq!(kinds(pausing(10)), [], "three or four at a time, as a question is");
    }

    #[test]
    fn questions_repeated_with_patience_are_no_flood() {
        assert_eq!(kinds((0..50).map(|step| poured(step, 53, (4, 0), 2_000))), []);
        assert_eq!(kinds((0..50).map(|step| poured(step, 53, (9, 4), 2_000))), [], "some answered");
    }

    #[test]
    fn a_server_that_answers_is_not_flooded() {
        let few = |step| poured(step, 4_433, (100, 40), 9);
        let all = |step| poured(step, 4_433, (100, 60), 9);
        assert_eq!(kinds((0..6).map(all)), []);
        assert_eq!(kinds((0..6).flat_map(|step| [all(step), few(step + 100)])), []);
    }

    #[test]
    fn calls_with_a_quiet_side_are_no_flood_and_the_same_from_one_sender_or_to_one_port_is() {
        let call = |step| poured(step, 16_384 + 2 * u16::from(step), (100, 30), 20);
        assert_eq!(kinds((0..20).map(call)), []);
        let same = |step| poured(step, 53, (100, 30), 20);
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

    /// The same between one's own hosts.
    fn near(seen: Observation<'static>) -> Observation<'static> {
        let IpAddr::V4(sender) = seen.source.ip() else { panic!("{seen:?}") };
        let source = (inside(100 + sender.octets()[3]), seen.source.port()).into();
        Observation { source, ..seen }
    }

    #[test]
    fn own_hosts_pour_more_before_it_is_a_flood() {
        let pouring = |flows| (0..flows).map(|step| near(poured(step, 27_015, (10, 0), 10)));
        assert_eq!(kinds(pouring(29)), []);
        assert_eq!(kinds(pouring(30)), [Kind::UdpFlood]);
        // One of them, by a new port each time.
        let of_one = |flows| {
            (0..flows).map(|step| Observation {
                source: (inside(99), 40_000 + u16::from(step)).into(),
                ..poured(step, 27_015, (10, 0), 10)
            })
        };
        assert_eq!(kinds(of_one(7)), []);
        assert_eq!(kinds(of_one(8)), [Kind::UdpFlood]);
    }

    #[test]
    fn who_collects_what_is_never_answered_is_not_flooded() {
        for port in super::COLLECTORS {
            let reports = (0..90).map(|step| near(poured(step, port, (10_000, 0), 1)));
            assert_eq!(kinds(reports), [], "{port}");
        }
        // Sound and pictures, of one's own hosts and of others: a port each.
        let stream = |step| poured(step, 16_384 + 2 * u16::from(step), (1_500, 0), 20);
        assert_eq!(kinds((0..20).map(stream)), []);
        assert_eq!(kinds((0..20).map(stream).map(near)), []);
        // A film, which nobody calls for again: half an hour of it is as much in each window as a minute's.
        let film = |sent, gap| kinds([poured(1, 1_234, (sent, 0), gap)]);
        assert_eq!((film(1_800_000, 1), film(200_000, 0)), (vec![], vec![Kind::UdpFlood]));
        // However they are shared out, so many are no streams, and no reports of one's own hosts.
        let bots = (0..3).map(|step| poured(step, 80 + u16::from(step), (100_000, 0), 0));
        assert_eq!(kinds(bots), [Kind::UdpFlood]);
        let single = (0..12_000_u32).map(|step| {
            let seen = near(poured(1, 9_999, (1, 0), 0));
            let source = std::net::SocketAddr::new(seen.source.ip(), 2_000 + step as u16);
            Observation {
                source,
                first: seen.first.plus_nanos(i64::from(step) * 1_000_000),
                ..seen
            }
        });
        assert!(kinds(single).contains(&Kind::UdpFlood));
        let from_outside = (0..3).map(|step| poured(step, 514, (10, 0), 10));
        assert_eq!(kinds(from_outside), [Kind::UdpFlood], "nobody else's logs");
    }
}
