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
//!   come late, and their order does not matter. A time far from all others is put aside until others agree with it, or
//!   the machine's clock does ([`Behaviour::advance`]), and left out if none does.
//! - **Bounded.** Every rule follows at most [`BehaviourConfig::tracks`] subjects (that of calls home four times as many) and keeps a sample of fixed size of
//!   each: exact while it is small, an estimate beyond. Who is idle makes room before more memory is taken, and who is least
//!   suspicious once there is no more. Floods from random sources are found by their victim.
//! - **Not to be foreseen.** Which things a sample keeps is decided by a seed: that of [`Behaviour::seed`], or else the
//!   facts of the first flow. So the same capture gives the same findings, and whoever sends packets does not know what will
//!   be kept of them.
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
//! behaviour.finish(|finding| println!("{finding}"));
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

use netsift_packet::Timestamp;

use crate::DetectError;
use crate::lists::AddressRange;
use crate::own;
use clock::{Clock, Moment, STEP, Seen};
use observation::Kept;
use rules::{Beside, OverPorts};
use sample::Secret;
use tracks::Tracks;

/// Follows hosts and tells what they are up to.
pub struct Behaviour {
    clock: Clock,
    /// What was seen at times that are doubted, in a row.
    doubted: Vec<Kept>,
    beside: Beside,
    is_seeded: bool,
    counts: BehaviourCounts,
    subjects: Subjects,
}

/// What each rule follows.
struct Subjects {
    vertical_scan: Tracks<VerticalScanConfig>,
    horizontal_scan: Tracks<HorizontalScanConfig>,
    icmp_sweep: Tracks<IcmpSweepConfig>,
    syn_flood: Tracks<SynFloodConfig>,
    flood_over_ports: Tracks<OverPorts>,
    udp_flood: Tracks<UdpFloodConfig>,
    brute_force: Tracks<BruteForceConfig>,
    password_spray: Tracks<PasswordSprayConfig>,
    beacon: Tracks<BeaconConfig>,
    dns_tunnel: Tracks<DnsTunnelConfig>,
    bulk_upload: Tracks<BulkUploadConfig>,
}

/// So many callers are followed for each subject of another rule: a slow one is in no hurry, and whoever looks at pages all day
/// makes as many in the meantime.
const CALLERS: u32 = 4;

/// What was seen and told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BehaviourCounts {
    /// Observations.
    pub observations: u64,
    /// Of these, left out since their time is far from all others, and none came that agrees.
    pub untimely: u64,
    /// Findings told.
    pub findings: u64,
    /// Subjects that made room for others.
    pub evicted: u64,
}

/// The same for every rule: a list that only this file has.
macro_rules! each {
    ($subjects:expr, $tracks:ident => $what:expr) => {{
        let Subjects {
            vertical_scan,
            horizontal_scan,
            icmp_sweep,
            syn_flood,
            flood_over_ports,
            udp_flood,
            brute_force,
            password_spray,
            beacon,
            dns_tunnel,
            bulk_upload,
        } = $subjects;
        each!(@ $tracks => $what; vertical_scan horizontal_scan icmp_sweep syn_flood
            flood_over_ports udp_flood brute_force password_spray beacon dns_tunnel bulk_upload)
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
        Ok(Self {
            clock: Clock::new(STEP),
            doubted: Vec::new(),
            beside: Beside { inside: own::usual(), secret: Secret::of(()) },
            is_seeded: false,
            counts: BehaviourCounts::default(),
            subjects: Subjects::new(&config),
        })
    }

    /// With samples drawn by this seed: of an interface, one that is drawn by chance. Default: the facts of the first flow,
    /// which nobody can foresee who sends some of what is captured, and which are the same whenever a capture is read.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        (self.beside.secret, self.is_seeded) = (Secret::of(seed), true);
        self
    }

    /// With these as one's own networks: calls within them are no calls home. Default: those that are nobody's else.
    #[must_use]
    pub fn inside(mut self, networks: &[AddressRange]) -> Self {
        self.beside.inside = networks.to_vec();
        self
    }

    /// With flows that are told up to so many nanoseconds after their last packet, as the idle timeout of a flow table has it:
    /// a time that lies further from the others than twice that is doubted, and none within an hour. Default: half an hour.
    #[must_use]
    pub fn patience(mut self, nanos: i64) -> Self {
        self.clock = Clock::new(STEP.max(nanos.saturating_mul(2)));
        self
    }

    /// Goes on by other thresholds, and with others as one's own networks. What was collected stays, but for rules that are
    /// not asked for any more, or whose window is another.
    ///
    /// # Errors
    /// As [`new`](Self::new); then all is as it was.
    pub fn follow(
        &mut self,
        config: BehaviourConfig,
        inside: &[AddressRange],
    ) -> Result<(), DetectError> {
        let config = config.checked()?;
        self.subjects.follow(&config, self.clock.now().unwrap_or(i64::MIN));
        self.beside.inside = inside.to_vec();
        Ok(())
    }

    /// It is this late by the machine's clock, where flows are of the present: after hours without any, the next one is not
    /// doubted.
    pub fn advance(&mut self, now: Timestamp) {
        self.clock.is_told(now.as_nanos());
    }

    /// The latest time of flows that is believed.
    #[must_use]
    pub fn now(&self) -> Option<Timestamp> {
        self.clock.now().map(Timestamp::from_nanos)
    }

    /// Takes a flow, at its end or before it, and tells what comes of it.
    pub fn observe(&mut self, seen: &Observation<'_>, mut told: impl FnMut(Finding)) {
        self.counts.observations += 1;
        if !self.is_seeded {
            let who = (seen.source, seen.destination, seen.first, seen.last);
            (self.beside.secret, self.is_seeded) = (Secret::of(who), true);
        }
        match self.clock.see(seen.last.as_nanos()) {
            Seen::Timely(moment) => {
                self.leave_doubted_but(0);
                self.enter(seen, moment.now, &mut told);
            }
            Seen::Leapt(moment, before) => {
                self.leave_doubted_but(before);
                self.leap(moment, &mut told);
                self.enter(seen, moment.now, &mut told);
            }
            Seen::Doubted(before) => {
                self.leave_doubted_but(before);
                self.doubted.push(Kept::of(seen));
            }
        }
    }

    /// Nothing more comes: what was doubted last is looked at, too, since there is nothing left that it could spoil.
    pub fn finish(&mut self, mut told: impl FnMut(Finding)) {
        if let Some(moment) = self.clock.end() {
            self.leap(moment, &mut told);
        }
    }

    /// Of what was doubted, the last so many were seen in a row: all of it, or nothing.
    fn leave_doubted_but(&mut self, in_a_row: usize) {
        if in_a_row == 0 {
            self.counts.untimely += self.doubted.len() as u64;
            self.doubted.clear();
        }
    }

    /// Time has leapt: what was doubted was right.
    fn leap(&mut self, moment: Moment, told: &mut impl FnMut(Finding)) {
        if moment.went_back {
            each!(&mut self.subjects, tracks => tracks.forget());
        }
        for kept in std::mem::take(&mut self.doubted) {
            self.enter(&kept.seen(), moment.now, told);
        }
    }

    fn enter(&mut self, seen: &Observation<'_>, now: i64, told: &mut impl FnMut(Finding)) {
        let mut findings = 0;
        let mut told = |finding| {
            findings += 1;
            told(finding);
        };
        let at = (now, &self.beside);
        each!(&mut self.subjects, tracks => tracks.observe(seen, at, &mut told));
        self.counts.findings += findings;
    }

    /// What was seen and told so far.
    #[must_use]
    pub fn counts(&self) -> BehaviourCounts {
        let evicted = each!(&self.subjects, tracks => tracks.evicted()).iter().sum();
        BehaviourCounts { evicted, ..self.counts }
    }

    /// Bytes that what is followed takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        each!(&self.subjects, tracks => tracks.bytes()).iter().sum()
    }

    /// Bytes that it can take at most with its configuration.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        each!(&self.subjects, tracks => tracks.max_bytes()).iter().sum()
    }
}

impl Subjects {
    fn new(config: &BehaviourConfig) -> Self {
        let limits = (config.tracks, config.growth);
        Self {
            vertical_scan: Tracks::new(config.vertical_scan, limits),
            horizontal_scan: Tracks::new(config.horizontal_scan, limits),
            icmp_sweep: Tracks::new(config.icmp_sweep, limits),
            syn_flood: Tracks::new(config.syn_flood, limits),
            flood_over_ports: Tracks::new(OverPorts(config.syn_flood), limits),
            udp_flood: Tracks::new(config.udp_flood, limits),
            brute_force: Tracks::new(config.brute_force, limits),
            password_spray: Tracks::new(config.password_spray, limits),
            beacon: Tracks::new(config.beacon, of_callers(config)),
            dns_tunnel: Tracks::new(config.dns_tunnel, limits),
            bulk_upload: Tracks::new(config.bulk_upload, limits),
        }
    }

    fn follow(&mut self, config: &BehaviourConfig, now: i64) {
        let limits = (config.tracks, config.growth);
        self.vertical_scan.follow(config.vertical_scan, limits, now);
        self.horizontal_scan.follow(config.horizontal_scan, limits, now);
        self.icmp_sweep.follow(config.icmp_sweep, limits, now);
        self.syn_flood.follow(config.syn_flood, limits, now);
        self.flood_over_ports.follow(OverPorts(config.syn_flood), limits, now);
        self.udp_flood.follow(config.udp_flood, limits, now);
        self.brute_force.follow(config.brute_force, limits, now);
        self.password_spray.follow(config.password_spray, limits, now);
        self.beacon.follow(config.beacon, of_callers(config), now);
        self.dns_tunnel.follow(config.dns_tunnel, limits, now);
        self.bulk_upload.follow(config.bulk_upload, limits, now);
    }
}

/// How many callers are followed, and what is news of them.
fn of_callers(config: &BehaviourConfig) -> (u32, f64) {
    (config.tracks.saturating_mul(CALLERS), config.growth)
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
        let latest = (20..400).map(&mut hour).last().unwrap();
        assert!(latest <= last * 11 / 10, "{latest} after weeks, {last} after a day");
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
        assert!((200..600).contains(&megabytes), "{megabytes} MiB");
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

    /// Probes of one host's ports, a second apart.
    fn probes(
        ports: std::ops::Range<u16>,
        start: f64,
    ) -> impl Iterator<Item = Observation<'static>> {
        let at = move |port: u16| start + f64::from(port);
        ports.map(move |port| opened(Opening::Refused, outside(1), (inside(2), port), at(port)))
    }

    /// Connections from senders that nobody has seen, so many seconds later.
    fn forged_at(start: f64) -> impl Fn(u32) -> Observation<'static> {
        move |step| opened(Opening::Refused, outside(100), (inside(step as u8), 9), start)
    }

    const DAY: f64 = 86_400.0;

    #[test]
    fn a_leap_after_which_time_goes_on_leaves_nothing_out() {
        for start in [DAY, -DAY] {
            let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
            behaviour.observe(&forged(0), drop);
            let mut kinds = Vec::new();
            probes(20..26, start).for_each(|it| behaviour.observe(&it, |it| kinds.push(it.kind)));
            assert_eq!(kinds, [], "so few may be wrong, as long as more may come");
            behaviour.finish(|finding| kinds.push(finding.kind));
            assert_eq!((&kinds[..], behaviour.counts().untimely), (&[Kind::VerticalScan][..], 0));
            // With more behind it, it is told before the end.
            let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
            behaviour.observe(&forged(0), drop);
            let mut ports = Vec::new();
            probes(20..36, start).for_each(|it| behaviour.observe(&it, |it| ports.push(it.count)));
            assert_eq!((&ports[..], behaviour.counts().untimely), (&[6][..], 0));
        }
    }

    #[test]
    fn after_hours_of_silence_the_machine_says_how_late_it_is() {
        let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
        behaviour.observe(&forged(0), drop);
        behaviour.advance(Timestamp::from_nanos((DAY * 1e9) as i64));
        let mut kinds = Vec::new();
        probes(20..26, DAY).for_each(|it| behaviour.observe(&it, |it| kinds.push(it.kind)));
        assert_eq!((kinds, behaviour.counts().untimely), (vec![Kind::VerticalScan], 0));
        assert_eq!(behaviour.now(), Some(Timestamp::from_nanos(((DAY + 25.0) * 1e9) as i64)));
    }

    #[test]
    fn flows_that_are_told_hours_late_are_not_doubted_where_that_is_usual() {
        let hour = 3_600.0;
        let kinds = |mut behaviour: Behaviour| {
            let mut kinds = Vec::new();
            let flows = probes(20..26, 0.0).zip((0..).map(forged_at(3.0 * hour)));
            for (late, other) in flows {
                behaviour.observe(&other, drop);
                behaviour.observe(&late, |finding| kinds.push(finding.kind));
            }
            (kinds, behaviour.counts().untimely)
        };
        let new = || Behaviour::new(BehaviourConfig::default()).unwrap();
        let patient = new().patience((2.0 * hour * 1e9) as i64);
        assert_eq!(kinds(patient), (vec![Kind::VerticalScan], 0));
        assert_eq!(kinds(new()), (vec![], 5), "and the last is doubted still");
        assert_eq!(kinds(new().patience(i64::MAX)).0, [Kind::VerticalScan]);
    }

    #[test]
    fn one_wild_time_spoils_nothing_and_is_left_out() {
        let wild = |at| opened(Opening::Refused, outside(1), (inside(2), 19), at);
        for at in [500.0 * DAY, -500.0 * DAY] {
            let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
            behaviour.advance(Timestamp::from_nanos(0));
            let flows = probes(20..23, 0.0).chain([wild(at)]).chain(probes(23..26, 0.0));
            let mut counts = Vec::new();
            flows.for_each(|it| behaviour.observe(&it, |it| counts.push(it.count)));
            assert_eq!((&counts[..], behaviour.counts().untimely), (&[6][..], 1));
        }
    }

    /// Ports that are open to hide those that are closed, for who knows the seed.
    #[test]
    fn what_is_crafted_against_one_seed_is_found_by_others() {
        let secret = Secret::of(1_u64);
        let mut ports: Vec<u16> = (1..3_000).collect();
        ports.sort_by_key(|port| secret.hash(port));
        let crafted = ports.iter().enumerate().map(|(step, &port)| {
            let is_open = step < sample::CAPACITY;
            let opening = if is_open { Opening::Established } else { Opening::Refused };
            let seen = opened(opening, outside(1), (inside(2), port), step as f64 / 1e3);
            let said = Volume { packets: 5, data_packets: 2, bytes: 90 };
            if is_open { Observation { sent: said, received: said, ..seen } } else { seen }
        });
        let crafted: Vec<_> = crafted.collect();
        let is_found = |mut behaviour: Behaviour| {
            let mut is_found = false;
            for seen in &crafted {
                behaviour.observe(seen, |it| is_found |= it.kind == Kind::VerticalScan);
            }
            is_found
        };
        let new = || Behaviour::new(BehaviourConfig::default()).unwrap();
        assert!(!is_found(new().seed(1)), "for who knows it");
        assert!((2..50).all(|seed| is_found(new().seed(seed))));
        assert!(is_found(new()), "of which nobody knows what came first");
    }

    #[test]
    fn the_same_traffic_gives_the_same_findings() {
        let of = || told((0..5_000).map(forged));
        assert_eq!(of(), of());
        assert!(of().iter().any(|finding| finding.is_estimate));
    }

    #[test]
    fn other_thresholds_leave_what_was_collected() {
        let config = BehaviourConfig::default();
        let networks = own::usual();
        let kinds = |change: fn(&mut BehaviourConfig)| {
            let mut behaviour = Behaviour::new(config).unwrap();
            probes(20..25, 0.0).for_each(|it| behaviour.observe(&it, drop));
            let mut other = config;
            change(&mut other);
            behaviour.follow(other, &networks).unwrap();
            let mut kinds = Vec::new();
            probes(25..26, 0.0).for_each(|it| behaviour.observe(&it, |it| kinds.push(it.kind)));
            kinds
        };
        assert_eq!(kinds(|config| config.beacon.calls = 20), [Kind::VerticalScan]);
        assert_eq!(kinds(|config| config.tracks = 1), [Kind::VerticalScan]);
        assert_eq!(kinds(|config| config.beacon.window_seconds = 60), [Kind::VerticalScan]);
        assert_eq!(kinds(|config| config.vertical_scan.ports = 7), []);
        assert_eq!(
            kinds(|config| config.vertical_scan.window_seconds = 299),
            [],
            "sums over another"
        );
        assert_eq!(kinds(|config| config.vertical_scan.enabled = false), []);
        let mut behaviour = Behaviour::new(config).unwrap();
        assert!(behaviour.follow(BehaviourConfig { tracks: 0, ..config }, &networks).is_err());
    }

    #[test]
    fn of_fewer_subjects_the_most_suspicious_stay() {
        let mut behaviour = Behaviour::new(BehaviourConfig::default()).unwrap();
        (0..2_000).for_each(|step| behaviour.observe(&forged(step), drop));
        probes(20..25, 0.0).for_each(|it| behaviour.observe(&it, drop));
        behaviour.follow(small(), &own::usual()).unwrap();
        assert!(behaviour.bytes() <= behaviour.max_bytes());
        let mut kinds = Vec::new();
        probes(25..26, 0.0).for_each(|it| behaviour.observe(&it, |it| kinds.push(it.kind)));
        assert_eq!(kinds, [Kind::VerticalScan]);
    }

    #[test]
    fn within_ones_own_networks_nobody_calls_home_or_uploads() {
        let call = |step: u32| {
            let to = (outside(9), 443);
            let seen = super::staged::talked(inside(1), to, f64::from(step) * 60.0, (4, 400));
            let sent = Volume { packets: 9, data_packets: 9, bytes: 1 << 30 };
            [seen, Observation { sent, source: (inside(7), 1).into(), ..seen }]
        };
        let kinds = |behaviour: &mut Behaviour| {
            let mut kinds = Vec::new();
            (0..20)
                .flat_map(call)
                .for_each(|it| behaviour.observe(&it, |finding| kinds.push(finding.kind)));
            (kinds.contains(&Kind::Beacon), kinds.contains(&Kind::BulkUpload))
        };
        let new = || Behaviour::new(BehaviourConfig::default()).unwrap();
        assert_eq!(kinds(&mut new()), (true, true));
        let own = ["203.0.113.0/24".parse().unwrap()];
        assert_eq!(kinds(&mut new().inside(&own)), (false, false));
        let mut behaviour = new();
        behaviour.follow(BehaviourConfig::default(), &own).unwrap();
        assert_eq!(kinds(&mut behaviour), (false, false));
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
