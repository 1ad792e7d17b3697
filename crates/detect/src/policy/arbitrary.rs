//! Policies made of any bytes, for fuzz harnesses of others.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use netsift_detect::{PathBuilder, Policy};
//!
//! let bytes: Vec<u8> = (0..200).collect();
//! let policy = Policy::arbitrary_take_rest(Unstructured::new(&bytes))?;
//! // What your program does with a policy goes here, and whatever the policy says must not break it.
//! let path = PathBuilder::new().policy(policy).start(|_verdict, _alert| ());
//! assert!(path.is_ok());
//! # Ok::<(), arbitrary::Error>(())
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use arbitrary::{Arbitrary, Error, Result, Unstructured};
use netsift_alert::{Action, Level};

use super::actions::Actions;
use super::{
    AnomalyPolicy, BehaviourPolicy, ClassPolicy, EarlyPolicy, ExplainPolicy, HostPolicy, Levels,
    ListPolicy, Policy, Rule, SPEAKERS, Severities, Side, When,
};
use crate::behaviour::{
    BeaconConfig, BehaviourConfig, BruteForceConfig, BulkUploadConfig, DnsTunnelConfig,
    HorizontalScanConfig, IcmpSweepConfig, Kind, PasswordSprayConfig, SynFloodConfig,
    UdpFloodConfig, VerticalScanConfig,
};
use crate::lists::{AllowEntry, AllowList};
use crate::own;

/// More rules and entries than these find nothing that fewer do not.
const RULES: usize = 4;
const ENTRIES: usize = 3;
/// Classes that are told, and harmless ones.
const CLASSES: [&str; 4] = ["benign", "scan", "Flood", "exfiltration"];
const NETWORKS: [&str; 4] = ["10.0.0.0/8", "192.0.2.1", "198.18.0.1-198.18.0.9", "2001:db8::/32"];

/// Every value within its rule; small where it says how much is awaited or kept, so that it is reached.
impl<'a> Arbitrary<'a> for Policy {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let policy = Self {
            levels: levels(u)?,
            classes: ClassPolicy {
                default: share(u)?,
                severity: Severities::of_classes().with(severities(u, &CLASSES)?),
                unknown_below: share(u)?,
            },
            anomaly: AnomalyPolicy { from: share(u)?, weight: share(u)? },
            behaviour: BehaviourPolicy {
                severity: Severities::of_behaviours()
                    .with(severities(u, &Kind::ALL.map(Kind::name))?),
                thresholds: thresholds(u)?,
            },
            lists: ListPolicy {
                low: share(u)?,
                medium: share(u)?,
                high: share(u)?,
                critical: share(u)?,
            },
            hosts: HostPolicy {
                share: share(u)?,
                half_life: u.int_in_range(1..=3_600_u16)?.into(),
                most: u.int_in_range(1..=64)?,
            },
            early: EarlyPolicy {
                packets: u.int_in_range(0..=20)?,
                seconds: u.int_in_range(0..=300_u16)?.into(),
                models: u.arbitrary()?,
            },
            allow: allowed(u)?,
            actions: actions(u)?,
            explain: ExplainPolicy {
                reasons: u.int_in_range(0..=5)?,
                burst: u.int_in_range(0..=4)?,
                every: u.int_in_range(1..=100)?,
            },
        };
        policy.check().map(|()| policy).map_err(|_| Error::IncorrectFormat)
    }
}

/// None lower than the one before it.
fn levels(u: &mut Unstructured<'_>) -> Result<Levels> {
    let mut from = [1_u8; 4];
    for score in &mut from {
        *score = u.int_in_range(1..=100)?;
    }
    from.sort_unstable();
    let [low, medium, high, critical] = from.map(f64::from);
    Ok(Levels { low, medium, high, critical })
}

/// Of some of these names.
fn severities(u: &mut Unstructured<'_>, names: &[&str]) -> Result<BTreeMap<String, f64>> {
    let mut severities = BTreeMap::new();
    for name in names {
        if u.arbitrary()? {
            severities.insert((*name).to_owned(), share(u)?);
        }
    }
    Ok(severities)
}

fn thresholds(u: &mut Unstructured<'_>) -> Result<BehaviourConfig> {
    Ok(BehaviourConfig {
        tracks: u.int_in_range(1..=64)?,
        growth: f64::from(u.int_in_range(2..=10_u8)?),
        vertical_scan: VerticalScanConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            ports: count(u)?,
            failed_share: share(u)?,
        },
        horizontal_scan: HorizontalScanConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            hosts: count(u)?,
            failed_share: share(u)?,
        },
        icmp_sweep: IcmpSweepConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            hosts_of_network: count(u)?,
            hosts: count(u)?,
            silent_share: share(u)?,
        },
        syn_flood: SynFloodConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            half_open: count(u)?,
            half_open_share: share(u)?,
            senders: count(u)?,
        },
        udp_flood: UdpFloodConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            datagrams: count(u)?,
            datagrams_inside: count(u)?,
            flows: count(u)?,
            unanswered_share: share(u)?,
            answered_share: share(u)?,
        },
        brute_force: BruteForceConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            logins: count(u)?,
            logins_of_programs: count(u)?,
            failed_share: share(u)?,
        },
        password_spray: PasswordSprayConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            hosts: count(u)?,
            hosts_of_programs: count(u)?,
            failed_share: share(u)?,
        },
        beacon: BeaconConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            calls: u.int_in_range(4..=32)?,
            jitter: share(u)?,
            shortest_gap_seconds: share(u)?,
            shortest_span_seconds: window(u)?.into(),
            most_bytes: count(u)?,
        },
        dns_tunnel: DnsTunnelConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            names: count(u)?,
            questions: count(u)?,
            name_length: u.int_in_range(1..=60)?,
            question_bytes: count(u)?,
            entropy_bits: u.int_in_range(0..=8_u8)?.into(),
        },
        bulk_upload: BulkUploadConfig {
            enabled: u.arbitrary()?,
            window_seconds: window(u)?,
            bytes: count(u)?,
            sent_share: share(u)?,
        },
    })
}

/// Entries that each say something.
fn allowed(u: &mut Unstructured<'_>) -> Result<AllowList> {
    let entries =
        (0..u.int_in_range(0..=ENTRIES)?).map(|_| entry(u)).collect::<Result<Vec<_>>>()?;
    AllowList::try_from(entries).map_err(|_| Error::IncorrectFormat)
}

fn entry(u: &mut Unstructured<'_>) -> Result<AllowEntry> {
    let entry = AllowEntry { port: u.arbitrary()?, ..AllowEntry::default() };
    Ok(match u.int_in_range(0..=2_u8)? {
        0 => AllowEntry { network: Some((*u.choose(&NETWORKS)?).to_owned()), ..entry },
        1 => AllowEntry { class: Some((*u.choose(&CLASSES)?).to_owned()), ..entry },
        _ => AllowEntry { domain: Some("*.example.org".to_owned()), ..entry },
    })
}

fn actions(u: &mut Unstructured<'_>) -> Result<Actions> {
    let inside = if u.arbitrary()? { own::usual() } else { Vec::new() };
    let rules = (0..u.int_in_range(0..=RULES)?).map(|place| rule(u, place));
    Ok(Actions { inside, rules: rules.collect::<Result<_>>()? })
}

fn rule(u: &mut Unstructured<'_>, place: usize) -> Result<Rule> {
    let mut when = When { host: u.int_in_range(0..=100_u8)?.into(), ..When::default() };
    if u.arbitrary()? {
        when.at_least = Some(*u.choose(&Level::ALL)?);
    }
    if u.arbitrary()? {
        when.of.push((*u.choose(&SPEAKERS)?).to_owned());
    }
    if u.arbitrary()? {
        when.says.push((*u.choose(&CLASSES)?).to_owned());
    }
    if u.arbitrary()? {
        when.source = Some(*u.choose(&[Side::Inside, Side::Outside])?);
    }
    let name: Arc<str> = format!("rule {place}").into();
    Ok(Rule { name, when, action: *u.choose(&Action::ALL)? })
}

fn share(u: &mut Unstructured<'_>) -> Result<f64> {
    Ok(f64::from(u.int_in_range(0..=100_u8)?) / 100.0)
}

fn window(u: &mut Unstructured<'_>) -> Result<u32> {
    u.int_in_range(1..=600)
}

fn count(u: &mut Unstructured<'_>) -> Result<u64> {
    u.int_in_range(1..=100)
}

#[cfg(test)]
mod tests {
    // Properties have a trait of this name, too.
    use arbitrary::Arbitrary;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever comes out of bytes holds, and is the same when it was written and read.
        #[test]
        fn arbitrary_policies_hold_and_are_written_as_they_are(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let policy = Policy::arbitrary_take_rest(Unstructured::new(&bytes)).unwrap();
            prop_assert!(policy.check().is_ok());
            let written = policy.to_toml().unwrap();
            prop_assert_eq!(Policy::from_toml(&written).unwrap().to_toml().unwrap(), written);
        }
    }
}
