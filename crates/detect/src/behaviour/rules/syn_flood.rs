//! Connections that are opened and left alone.

use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND};
use crate::behaviour::config::SynFloodConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::{Observation, Opening, is_group};
use crate::behaviour::sample::{Sample, examples};

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

    fn watches(&self, seen: &Observation<'_>, _: &Beside) -> Option<Self::Key> {
        is_left_open(seen)?;
        Some((seen.destination.ip(), seen.destination.port()))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let (sender, at) = (seen.source, seen.first.as_nanos());
        let is_left_open = is_left_open(seen) == Some(true);
        track.enter_as(
            beside.secret.hash(&(sender, at)),
            (sender.ip(), at),
            is_left_open,
            self.window(),
        );
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        track.reaches(self.half_open, self.half_open_share, self.window())
    }

    fn finding(&self, &(victim, port): &Self::Key, track: &Self::Track) -> Finding {
        let senders = examples(track.counted(self.window()));
        let sole_sender = if let [sender] = senders[..] { Some(sender) } else { None };
        Finding {
            offender: sole_sender,
            victim: Some(victim),
            port: Some(port),
            examples: senders.into_iter().map(Example::Host).collect(),
            ..track.finding(Kind::SynFlood, Protocol::TCP, self.window())
        }
    }
}

/// Whether a connection was opened and left alone; nothing if that is not known.
fn is_left_open(seen: &Observation<'_>) -> Option<bool> {
    match seen.opening {
        _ if is_group(seen.destination.ip()) => None,
        Opening::Missed => None,
        Opening::Established => Some(false),
        // Who refuses is not flooded.
        Opening::Refused => Some(false),
        Opening::Aborted => Some(true),
        Opening::HalfOpen => seen.has_ended.then_some(true),
        // Who asks again means to connect, and waits a second before. The same at once, twice, is no other flood.
        Opening::Unanswered => seen.has_ended.then_some(seen.hasty + 1 >= seen.sent.packets),
    }
}

/// The same, poured over the ports of a host: none of them has much of it. Senders count, and not connections: one sender on
/// many ports scans.
#[derive(Clone, Copy, Debug)]
pub(in crate::behaviour) struct OverPorts(pub(in crate::behaviour) SynFloodConfig);

impl Rule for OverPorts {
    /// Whom.
    type Key = IpAddr;
    /// The senders, and a port of each.
    type Track = Sample<(IpAddr, u16)>;

    fn is_enabled(&self) -> bool {
        self.0.enabled
    }

    fn window(&self) -> i64 {
        self.0.window()
    }

    fn watches(&self, seen: &Observation<'_>, _: &Beside) -> Option<Self::Key> {
        has_come_to_nothing(seen)?;
        Some(seen.destination.ip())
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let (sender, port, at) = (seen.source.ip(), seen.destination.port(), seen.first.as_nanos());
        let counts = has_come_to_nothing(seen) == Some(true);
        track.enter_as(beside.secret.hash(&sender), ((sender, port), at), counts, self.window());
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        let extent = track.reaches(self.0.senders, self.0.half_open_share, self.window())?;
        let mut ports: Vec<u16> = track.counted(self.window()).map(|it| it.value.1).collect();
        let all = ports.len();
        ports.sort_unstable();
        ports.dedup();
        (ports.len() * 2 > all).then_some(extent)
    }

    fn finding(&self, &victim: &Self::Key, track: &Self::Track) -> Finding {
        let senders = examples(track.counted(self.window())).into_iter();
        Finding {
            victim: Some(victim),
            examples: senders.map(|(sender, _)| Example::Host(sender)).collect(),
            ..track.finding(Kind::SynFlood, Protocol::TCP, self.window())
        }
    }
}

/// Whether a connection came to nothing: closed ports answer a flood that does not care which are open.
fn has_come_to_nothing(seen: &Observation<'_>) -> Option<bool> {
    is_left_open(seen).map(|is_left_open| is_left_open || seen.opening == Opening::Refused)
}

#[cfg(test)]
mod tests {
    use crate::behaviour::staged::{inside, kinds, opened, outside, talked, told};
    use crate::behaviour::{Kind, Observation, Opening, Volume};

    /// Connections from as many senders, a tenth of a second apart.
    fn flood(count: u32, opening: Opening) -> Vec<Observation<'static>> {
        let sender = |step: u32| (0x0b00_0000 + step * 7_919).to_be_bytes().into();
        let to = |step| opened(opening, sender(step), (inside(1), 443), f64::from(step) / 10.0);
        (0..count).map(to).collect()
    }

    #[test]
    fn connections_left_alone_are_a_flood_of_their_victim() {
        for opening in [Opening::Unanswered, Opening::HalfOpen, Opening::Aborted] {
            assert_eq!(kinds(flood(30, opening)), [Kind::SynFlood], "{opening:?}");
            assert_eq!(kinds(flood(29, opening)), []);
        }
        let [flood] = &told(flood(30, Opening::HalfOpen))[..] else { panic!("one finding") };
        assert_eq!((flood.offender, flood.victim), (None, Some(inside(1))));
        assert_eq!((flood.port, flood.count), (Some(443), 30));
    }

    #[test]
    fn what_is_sent_twice_is_a_flood_too() {
        let twice = |hasty| {
            flood(30, Opening::Unanswered).into_iter().map(move |seen| Observation {
                sent: Volume { packets: 2, ..Volume::default() },
                hasty,
                ..seen
            })
        };
        assert_eq!((kinds(twice(1)), kinds(twice(0))), (vec![Kind::SynFlood], vec![]));
    }

    /// Connections from as many senders, each to a port of its own.
    fn poured(count: u32, opening: Opening) -> Vec<Observation<'static>> {
        let mut flood = flood(count, opening);
        for (step, seen) in flood.iter_mut().enumerate() {
            seen.destination.set_port(1 + (step * 331 % 60_000) as u16);
        }
        flood
    }

    #[test]
    fn a_flood_over_all_ports_is_one_of_the_host() {
        for opening in [Opening::Unanswered, Opening::HalfOpen, Opening::Refused] {
            // So many are estimated.
            assert_eq!(kinds(poured(180, opening)), [Kind::SynFlood], "{opening:?}");
            assert_eq!(kinds(poured(55, opening)), []);
        }
        let [flood] = &told(poured(180, Opening::Refused))[..] else { panic!("one finding") };
        assert_eq!((flood.victim, flood.port, flood.offender), (Some(inside(1)), None, None));
        assert_eq!(kinds(poured(200, Opening::Established)), [], "many who connect");
    }

    #[test]
    fn a_dead_server_and_a_closed_port_are_not_flooded() {
        let again = flood(200, Opening::Unanswered)
            .into_iter()
            .map(|seen| Observation { sent: Volume { packets: 3, ..Volume::default() }, ..seen });
        assert_eq!(kinds(again), []);
        assert_eq!(kinds(flood(200, Opening::Refused)), []);
    }

    #[test]
    fn a_server_at_work_is_not_flooded() {
        let work = (0..200).map(|step| {
            talked(outside(step as u8), (inside(1), 443), f64::from(step) / 10.0, (4, 500))
        });
        assert_eq!(
            kinds(flood(40, Opening::HalfOpen).into_iter().zip(work).flat_map(<[_; 2]>::from)),
            []
        );
    }

    #[test]
    fn a_long_flood_is_told_now_and_then_and_its_size_estimated() {
        let told = told(flood(20_000, Opening::Unanswered));
        assert!((15..60).contains(&told.len()), "{}", told.len());
        let last = told.last().unwrap();
        // Ten a second over two minutes.
        assert!(last.is_estimate && (500..2_400).contains(&last.count), "{last}");
    }

    #[test]
    fn one_sender_is_named() {
        let one = (0..30).map(|step| {
            opened(Opening::HalfOpen, outside(1), (inside(1), 22), f64::from(step) / 3.0)
        });
        assert_eq!(told(one)[0].offender, Some(outside(1)));
    }
}
