//! Flows to verdicts.
//!
//! [`behaviour`] watches what hosts do over many flows: scans, floods, guessed passwords, regular calls home, data in
//! names, bulk uploads. It takes an [`Observation`](behaviour::Observation) for each flow and tells a
//! [`Finding`](behaviour::Finding) with its evidence once for what may be a million flows. Time is what the flows say,
//! and memory is bounded whatever they are.
//!
//! ```
//! use netsift_detect::behaviour::{Behaviour, BehaviourConfig, Kind, Observation, Opening};
//! use netsift_packet::{Protocol, Timestamp};
//!
//! # fn main() -> Result<(), netsift_detect::DetectError> {
//! let mut behaviour = Behaviour::new(BehaviourConfig::default())?;
//! let mut findings = Vec::new();
//! for port in 20..40 {
//!     let (source, target) = (([10, 0, 0, 9], 50_000).into(), ([10, 0, 0, 1], port).into());
//!     let mut seen = Observation::new(source, target, Protocol::TCP, Timestamp::EPOCH);
//!     seen.opening = Opening::Refused;
//!     behaviour.observe(&seen, |finding| findings.push(finding));
//! }
//! let [scan, ..] = &findings[..] else { panic!("nothing was found") };
//! assert_eq!(scan.kind, Kind::VerticalScan);
//! assert_eq!(scan.offender, Some([10, 0, 0, 9].into()));
//! println!("{scan}");
//! # Ok(())
//! # }
//! ```

pub mod behaviour;
mod error;

pub use error::DetectError;
