//! What hosts do over many flows, in bounded memory.
//!
//! [`Behaviour`] takes an [`Observation`] for each flow that a flow table tells, and tells a [`Finding`] when one of its
//! rules holds. A rule looks at the flows of one subject (a pair of hosts, a server's port, a caller and the place it
//! calls) over a sliding window; [`BehaviourConfig`] has the rules in words, their thresholds and the reasons for them.
//!
//! - **Counted once.** A flow may be told early and again at its end. What counts flows knows them by who, whom and
//!   when, so the second telling only adds what has become known; what adds up packets and bytes takes flows at their
//!   ends. A connection is held to have failed once its flow is over: until then it may still be answered. So how soon
//!   silence is seen is decided by the idle timeout of the flow table (two minutes by default), or by its room: a flood
//!   that fills it is told at once.
//! - **Told once.** A finding is told again only once a window has passed or it has grown by [`BehaviourConfig::growth`].
//! - **In any order.** Flows are told when they end and count when they began: a window is wide enough for those that
//!   come late, and their order does not matter. A time far from all others is left out, unless many in a row agree.
//! - **Bounded.** Every rule follows at most [`BehaviourConfig::tracks`] subjects and keeps a sample of fixed size of
//!   each: exact while it is small, an estimate beyond. Who is idle makes room before more memory is taken, and who is least
//!   suspicious once there is no more. Floods from random sources are found by their victim.
//!
//! ```
//! use netsift_detect::behaviour::{Behaviour, BehaviourConfig, Observation};
//! use netsift_flow::{FlowTable, Columns, Profile};
//!
//! # fn main() -> Result<(), netsift_detect::DetectError> {
//! let mut behaviour = Behaviour::new(BehaviourConfig::default())?;
//! let mut table = FlowTable::new(Columns::all(Profile::Native).config());
//! // table.push(&record, ...) with every packet's record, as here:
//! table.finish(|flow| {
//!     behaviour.observe(&Observation::of(flow), |finding| println!("{finding}"));
//! });
//! # Ok(())
//! # }
//! ```

mod clock;
mod config;
mod finding;
mod logins;
mod observation;
mod rules;
mod sample;
#[cfg(test)]
mod staged;
mod tally;
mod tracks;

pub use config::{
    BeaconConfig, BehaviourConfig, BruteForceConfig, BulkUploadConfig, DnsTunnelConfig,
    HorizontalScanConfig, IcmpSweepConfig, PasswordSprayConfig, SynFloodConfig, UdpFloodConfig,
    VerticalScanConfig,
};
pub use finding::{EXAMPLES, Example, Finding, Kind};
pub use observation::{Observation, Opening, Volume};

use crate::DetectError;
use clock::Clock;
use tracks::Tracks;

/// Follows hosts and tells what they are up to.
pub struct Behaviour {
    clock: Clock,
    counts: BehaviourCounts,
    vertical_scan: Tracks<VerticalScanConfig>,
    horizontal_scan: Tracks<HorizontalScanConfig>,
    icmp_sweep: Tracks<IcmpSweepConfig>,
    syn_flood: Tracks<SynFloodConfig>,
    udp_flood: Tracks<UdpFloodConfig>,
    brute_force: Tracks<BruteForceConfig>,
    password_spray: Tracks<PasswordSprayConfig>,
    beacon: Tracks<BeaconConfig>,
    dns_tunnel: Tracks<DnsTunnelConfig>,
    bulk_upload: Tracks<BulkUploadConfig>,
}

/// What was seen and told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BehaviourCounts {
    /// Observations.
    pub observations: u64,
    /// Of these, left out since their time is far from all others.
    pub untimely: u64,
    /// Findings told.
    pub findings: u64,
    /// Subjects that made room for others.
    pub evicted: u64,
}

/// The same for every rule: a list that only this file has.
macro_rules! each {
    ($behaviour:expr, $tracks:ident => $what:expr) => {{
        let Behaviour {
            vertical_scan,
            horizontal_scan,
            icmp_sweep,
            syn_flood,
            udp_flood,
            brute_force,
            password_spray,
            beacon,
            dns_tunnel,
            bulk_upload,
            ..
        } = $behaviour;
        each!(@ $tracks => $what; vertical_scan horizontal_scan icmp_sweep syn_flood udp_flood
            brute_force password_spray beacon dns_tunnel bulk_upload)
    }};
    (@ $tracks:ident => $what:expr; $($field:ident)*) => {
        [$({ let $tracks = $field; $what }),*]
    };
}

impl Behaviour {
    /// Nothing seen so far.
    ///
    /// # Errors
    /// [`DetectError::Setting`] for a threshold that cannot be.
    pub fn new(config: BehaviourConfig) -> Result<Self, DetectError> {
        let config = config.checked()?;
        let BehaviourConfig { tracks, growth, .. } = config;
        let limits = (tracks, growth);
        Ok(Self {
            clock: Clock::default(),
            counts: BehaviourCounts::default(),
            vertical_scan: Tracks::new(config.vertical_scan, limits),
            horizontal_scan: Tracks::new(config.horizontal_scan, limits),
            icmp_sweep: Tracks::new(config.icmp_sweep, limits),
            syn_flood: Tracks::new(config.syn_flood, limits),
            udp_flood: Tracks::new(config.udp_flood, limits),
            brute_force: Tracks::new(config.brute_force, limits),
            password_spray: Tracks::new(config.password_spray, limits),
            beacon: Tracks::new(config.beacon, limits),
            dns_tunnel: Tracks::new(config.dns_tunnel, limits),
            bulk_upload: Tracks::new(config.bulk_upload, limits),
        })
    }

    /// Takes a flow, at its end or before it, and tells what comes of it.
    pub fn observe(&mut self, seen: &Observation<'_>, mut told: impl FnMut(Finding)) {
        self.counts.observations += 1;
        let Some(moment) = self.clock.see(seen.last.as_nanos()) else {
            self.counts.untimely += 1;
            return;
        };
        if moment.went_back {
            each!(&mut *self, tracks => tracks.forget());
        }
        let mut findings = 0;
        let mut told = |finding| {
            findings += 1;
            told(finding);
        };
        each!(&mut *self, tracks => tracks.observe(seen, moment.now, &mut told));
        self.counts.findings += findings;
    }

    /// What was seen and told so far.
    #[must_use]
    pub fn counts(&self) -> BehaviourCounts {
        let evicted = each!(self, tracks => tracks.evicted()).iter().sum();
        BehaviourCounts { evicted, ..self.counts }
    }

    /// Bytes that what is followed takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        each!(self, tracks => tracks.bytes()).iter().sum()
    }

    /// Bytes that it can take at most with its configuration.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        each!(self, tracks => tracks.max_bytes()).iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use netsift_packet::{Protocol, Timestamp};
    use proptest::prelude::*;

    use super::staged::{inside, opened, outside, told, told_with};
    use super::*;

    fn small() -> BehaviourConfig {
        BehaviourConfig { tracks: 64, ..BehaviourConfig::default() }
    }

    /// A connection from a sender that nobody has seen, at ten thousand a second.
    fn forged(step: u32) -> Observation<'static> {
        let sender: IpAddr = step.wrapping_mul(2_654_435_761).to_be_bytes().into();
        opened(Opening::Unanswered, sender, (inside(1), 80), f64::from(step) / 1e4)
    }

    #[test]
    fn a_flood_from_random_senders_is_found_by_its_victim_in_bounded_memory() {
        let mut behaviour = Behaviour::new(small()).unwrap();
        let mut findings = Vec::new();
        for step in 0..200_000 {
            behaviour.observe(&forged(step), |finding| findings.push(finding));
            // A scan goes on meanwhile, and is found though others come and go.
            if step % 20 == 0 && step < 1_000 {
                let (port, at) = (20 + (step / 20) as u16, f64::from(step) / 1e4);
                let probe = opened(Opening::Refused, outside(9), (inside(2), port), at);
                behaviour.observe(&probe, |finding| findings.push(finding));
            }
        }
        let (scans, floods): (Vec<_>, Vec<_>) =
            findings.iter().partition(|it| it.kind == Kind::VerticalScan);
        assert!(!scans.is_empty() && floods.len() < 20, "{} {}", scans.len(), floods.len());
        assert!(floods.iter().all(|it| (it.kind, it.victim) == (Kind::SynFlood, Some(inside(1)))));
        let count = floods.last().unwrap().count;
        assert!((30_000..400_000).contains(&count), "{count}");
        assert!(behaviour.bytes() <= behaviour.max_bytes());
        assert!(behaviour.counts().evicted > 100_000);
    }

    #[test]
    fn memory_follows_who_is_there_and_not_who_was() {
        let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
        let mut hour = |hour: u32| {
            for step in 0..400 {
                let number = 400 * hour + step;
                let host: IpAddr = (0x0b00_0000 + number).to_be_bytes().into();
                let at = f64::from(hour) * 3_600.0 + f64::from(step);
                behaviour.observe(&opened(Opening::Refused, host, (inside(1), 22), at), drop);
            }
            behaviour.bytes()
        };
        let first = hour(0);
        let last = (1..20).map(&mut hour).last().unwrap();
        assert!(last < 2 * first, "{last} {first}");
    }

    #[test]
    fn who_is_suspicious_stays_while_others_come_and_go() {
        let probe = |port: u16, step: u32| {
            opened(Opening::Refused, outside(9), (inside(2), port), f64::from(step) / 1e4)
        };
        // Three at once, and then one for every two hundred that others send.
        let slow = (0..1_000).flat_map(|step| {
            let port = (step % 200 == 0).then_some(23 + (step / 200) as u16);
            port.map(|port| probe(port, step)).into_iter().chain([forged(step)])
        });
        let found = told_with(small(), (20..23).map(|port| probe(port, 0)).chain(slow));
        assert!(found.iter().any(|it| it.kind == Kind::VerticalScan), "{found:?}");
    }

    #[test]
    fn the_bytes_told_are_those_allocated() {
        let config = BehaviourConfig { tracks: 1_000, ..BehaviourConfig::default() };
        let mut told = (0, 0);
        let allocated = allocation_counter::measure(|| {
            let mut behaviour = Behaviour::new(config).unwrap();
            for step in 0..20_000 {
                behaviour.observe(&forged(step), drop);
                let host = |last: u32| -> IpAddr { (0xcb00_7100 + last).to_be_bytes().into() };
                let (who, whom) = (host(step % 90), (host(step % 70), (step % 977) as u16));
                behaviour.observe(&opened(Opening::Refused, who, whom, 0.1), drop);
            }
            told = (behaviour.bytes() as u64, behaviour.max_bytes() as u64);
            std::mem::forget(behaviour);
        });
        let current = allocated.bytes_current as u64;
        assert!(current <= told.0 && told.0 <= told.1, "{current} {told:?}");
        assert!(told.0 < 2 * current, "{current} {told:?}");
    }

    #[test]
    fn the_default_bound_is_what_its_documentation_says() {
        let behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
        let megabytes = behaviour.max_bytes() >> 20;
        assert!((200..450).contains(&megabytes), "{megabytes} MiB");
    }

    #[test]
    fn clocks_that_leap_hide_nothing_that_comes_after() {
        let day = 86_400.0;
        let scan = |start: f64, host| {
            (20..60).map(move |port| {
                let at = start + f64::from(port) / 100.0;
                opened(Opening::Refused, outside(host), (inside(2), port), at)
            })
        };
        for start in [30.0 * day, -30.0 * day, 1_000.0, -1_000.0] {
            let found = told(scan(0.0, 1).chain(scan(start, 2)));
            let who: Vec<_> = found.iter().filter_map(|finding| finding.offender).collect();
            assert!(who.contains(&outside(1)) && who.contains(&outside(2)), "{start}: {who:?}");
        }
        // Half of a scan on either side of a clock set back: nothing adds up, and nothing is left over.
        let halves = scan(0.0, 1).take(5).chain(scan(-30.0 * day, 1).take(20));
        let found = told(halves);
        assert!(found.iter().all(|finding| finding.first.as_secs() < 0), "{found:?}");
    }

    #[test]
    fn what_is_not_asked_for_is_not_told() {
        let mut config = BehaviourConfig::default();
        config.syn_flood.enabled = false;
        assert_eq!(told_with(config, (0..100).map(forged)), []);
    }

    fn any_host() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            (0_u8..6).prop_map(inside),
            (0_u8..6).prop_map(outside),
            any::<u32>().prop_map(|bits| IpAddr::V4(bits.into())),
            any::<u128>().prop_map(|bits| IpAddr::V6(bits.into())),
        ]
    }

    fn any_volume() -> impl Strategy<Value = Volume> {
        let count = || prop_oneof![0_u64..20, any::<u64>()];
        (count(), count(), count()).prop_map(|(packets, data_packets, bytes)| Volume {
            packets,
            data_packets,
            bytes,
        })
    }

    fn any_observation() -> impl Strategy<Value = Observation<'static>> {
        let openings = [
            Opening::Missed,
            Opening::Unanswered,
            Opening::Refused,
            Opening::HalfOpen,
            Opening::Aborted,
            Opening::Established,
        ];
        let names = [None, Some(""), Some("."), Some("a.b"), Some("x.aaaaaaaaaa.example.com")];
        let protocols = [Protocol::TCP, Protocol::UDP, Protocol::ICMP, Protocol(77)];
        let ports = || prop_oneof![Just(22_u16), Just(53), Just(443), any::<u16>()];
        let time = prop_oneof![0_i64..600_000_000_000, any::<i64>()];
        (
            (any_host(), ports(), any_host(), ports()),
            prop::sample::select(protocols.to_vec()),
            (time.clone(), time),
            (any_volume(), any_volume()),
            prop::sample::select(openings.to_vec()),
            (prop::sample::select(names.to_vec()), any::<bool>()),
        )
            .prop_map(
                |(ends, protocol, times, volumes, opening, (dns_name, has_ended))| {
                    let (source, destination) =
                        (SocketAddr::new(ends.0, ends.1), SocketAddr::new(ends.2, ends.3));
                    let first = Timestamp::from_nanos(times.0);
                    Observation {
                        last: Timestamp::from_nanos(times.1),
                        sent: volumes.0,
                        received: volumes.1,
                        opening,
                        icmp_type: Some(8),
                        dns_name,
                        has_ended,
                        ..Observation::new(source, destination, protocol, first)
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn nothing_panics_and_memory_stays_bounded(
            seen in prop::collection::vec(any_observation(), 1..300),
        ) {
            let tiny = BehaviourConfig { tracks: 3, ..BehaviourConfig::default() };
            let mut behaviour = Behaviour::new(tiny).unwrap();
            for observation in &seen {
                let mut findings = Vec::new();
                behaviour.observe(observation, |finding| findings.push(finding));
                for finding in findings {
                    prop_assert!(finding.examples.len() <= EXAMPLES);
                    prop_assert!(finding.first <= finding.last, "{finding}");
                    prop_assert!((0.0..=1.0).contains(&finding.share), "{finding}");
                    let _ = finding.concerns(observation);
                }
                prop_assert!(behaviour.bytes() <= behaviour.max_bytes());
            }
        }

        /// Failed tries only, and few: what succeeds in between decides by when it came.
        #[test]
        fn order_within_the_window_changes_nothing(
            tries in prop::collection::vec((0_u8..3, 0_u8..9, 20_u16..30, 0_u32..100), 1..60),
            order in any::<prop::sample::Index>(),
        ) {
            let of = |tries: &[(u8, u8, u16, u32)]| {
                let flows = tries.iter().map(|&(who, whom, port, at)| {
                    opened(Opening::Refused, outside(who), (inside(whom), port), f64::from(at))
                });
                let mut found: Vec<_> = told(flows)
                    .iter()
                    .map(|it| (it.kind, it.offender, it.victim, it.port))
                    .collect();
                found.sort_unstable();
                found.dedup();
                found
            };
            let as_they_came = of(&tries);
            let mut turned = tries.clone();
            turned.rotate_left(order.index(tries.len()));
            prop_assert_eq!(of(&turned), as_they_came.clone());
            turned.reverse();
            prop_assert_eq!(of(&turned), as_they_came.clone());
            turned.sort_unstable();
            prop_assert_eq!(of(&turned), as_they_came);
        }
    }
}
