//! What hosts do over many flows, in bounded memory.
//!
//! [`Behaviour`] takes an [`Observation`] for each flow that a flow table tells, and tells a [`Finding`] when one of its
//! rules holds. A rule looks at the flows of one subject (a pair of hosts, a server's port, a caller and the place it
//! calls) over a sliding window; [`BehaviourConfig`] has the rules in words, their thresholds and the reasons for them.
//!
//! - **Counted once.** A flow may be told early and again at its end. What counts flows knows them by who, whom and
//!   when, so the second telling only adds what has become known; what adds up packets and bytes takes flows at their
//!   ends. A connection is held to have failed once its flow is over: until then it may still be answered.
//! - **Told once.** A finding is told again only once a window has passed or it has grown by [`BehaviourConfig::growth`].
//! - **In any order.** Flows are told when they end and count when they began: a window is wide enough for those that
//!   come late, and their order does not matter. A time far from all others is left out, unless many in a row agree.
//! - **Bounded.** Every rule follows at most [`BehaviourConfig::tracks`] subjects and keeps a sample of fixed size of
//!   each: exact while it is small, an estimate beyond. Who is idle or least suspicious makes room. Floods from random
//!   sources are found by their victim.
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
