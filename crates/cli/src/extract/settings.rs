//! What was asked for, as flows understand it.

use std::collections::BTreeSet;

use clap::ValueEnum;
use netsift::flow::{
    Columns, Early, FACTS, FlowConfig, FlowError, Group, MOST_WORKERS, PACKET_FACTS,
    PACKET_FEATURES, PacketColumns, Profile, Spelling,
};
use thiserror::Error;

use crate::failure::Failure;
use crate::time::{NotADuration, parse_duration};

/// How near a name has to be to be worth telling (two letters of three exchanged are enough), and how many are.
const LEAST_NEARNESS: f64 = 0.6;
const MAX_NEAR: usize = 3;

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ProfileName {
    /// What is right: timeouts, TCP teardown, IPv6, tunnels, fragments
    Native,
    /// Exactly what CICFlowMeter writes
    Cic,
    /// Exactly what its corrected fork writes
    CicFixed,
    /// A row for each packet instead of each flow
    Packet,
}

impl ProfileName {
    /// How flows are read; `None` where rows are packets.
    pub(super) const fn of_flows(self) -> Option<Profile> {
        match self {
            Self::Native => Some(Profile::Native),
            Self::Cic => Some(Profile::Cic),
            Self::CicFixed => Some(Profile::CicFixed),
            Self::Packet => None,
        }
    }
}

/// The columns of rows of packets.
pub(super) fn packet_columns(names: &[String]) -> Result<PacketColumns, Failure> {
    PacketColumns::pick(names.iter().map(String::as_str)).map_err(|error| match error {
        FlowError::UnknownPacketColumn { name } => Failure::UnknownName {
            of: "column or group of packets",
            near: nearest(&name, packet_names().iter().copied()),
            name,
        },
        other => Failure::Flows(other),
    })
}

fn packet_names() -> Vec<&'static str> {
    let features = PACKET_FEATURES.iter().map(|feature| (feature.name, feature.group));
    let facts = PACKET_FACTS.iter().map(|fact| (fact.name, fact.group));
    features.chain(facts).flat_map(|(name, group)| [name.current, group.name()]).collect()
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Header {
    /// As CICFlowMeter writes it today
    Current,
    /// As in the tables of CSE-CIC-IDS2018
    #[value(name = "2018")]
    In2018,
    /// As in the tables of CIC-IDS2017, where one column stands twice
    #[value(name = "2017")]
    In2017,
}

impl From<Header> for Spelling {
    fn from(header: Header) -> Self {
        match header {
            Header::Current => Self::Current,
            Header::In2018 => Self::In2018,
            Header::In2017 => Self::In2017,
        }
    }
}

/// What was asked for; the rest stays as the profile has it.
pub(super) struct Settings {
    pub(super) profile: Profile,
    pub(super) idle_timeout: Option<i64>,
    pub(super) active_timeout: Option<i64>,
    pub(super) early: Option<Early>,
    pub(super) max_flows: Option<usize>,
}

impl Settings {
    pub(super) fn columns(&self, names: &[String], header: Header) -> Result<Columns, Failure> {
        let columns = Columns::pick(self.profile, names.iter().map(String::as_str));
        let columns = columns.map_err(|error| match error {
            FlowError::UnknownColumn { name, profile } => Failure::UnknownName {
                of: "column, group or set of columns",
                near: near(&name, profile),
                name,
            },
            other => Failure::Flows(other),
        })?;
        Ok(columns.spelt(header.into()))
    }

    pub(super) fn config(&self, columns: &Columns) -> Result<FlowConfig, Failure> {
        self.refuse_timeouts_of_others()?;
        let config = set(columns.config(), self.idle_timeout, FlowConfig::idle_timeout)?;
        let config = set(config, self.active_timeout, FlowConfig::active_timeout)?;
        let config = set(config, self.early, FlowConfig::early)?;
        set(config, self.max_flows, FlowConfig::max_flows)
    }

    fn refuse_timeouts_of_others(&self) -> Result<(), Failure> {
        let asked =
            [("--idle-timeout", self.idle_timeout), ("--active-timeout", self.active_timeout)];
        match asked.iter().find(|(_, timeout)| timeout.is_some()) {
            Some((option, _)) if self.profile != Profile::Native => {
                Err(Failure::NotOfProfile { option, profile: self.profile.name() })
            }
            _ => Ok(()),
        }
    }
}

/// The default stays where nothing is asked for.
fn set<T>(
    config: FlowConfig,
    value: Option<T>,
    setter: impl Fn(FlowConfig, T) -> Result<FlowConfig, FlowError>,
) -> Result<FlowConfig, Failure> {
    match value {
        Some(value) => setter(config, value).map_err(Failure::Flows),
        None => Ok(config),
    }
}

/// What may have been meant, the nearest first.
fn near(name: &str, profile: Profile) -> Vec<String> {
    let columns = Columns::all(profile);
    let names = columns.headings().map(|(name, _)| name);
    let facts = FACTS.iter().filter(|_| profile == Profile::Native);
    let groups = columns.features().iter().map(|feature| feature.group);
    let groups: BTreeSet<Group> = groups.chain(facts.map(|fact| fact.group)).collect();
    nearest(name, names.chain(groups.iter().map(|group| group.name())))
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let lowered = name.to_lowercase();
    let nearness =
        |known: &str| strsim::normalized_damerau_levenshtein(&lowered, &known.to_lowercase());
    let mut near: Vec<_> = known.map(|known| (nearness(known), known)).collect();
    near.retain(|(nearness, _)| *nearness >= LEAST_NEARNESS);
    near.sort_by(|(a, one), (b, other)| b.total_cmp(a).then(one.cmp(other)));
    near.dedup();
    near.iter().take(MAX_NEAR).map(|(_, name)| (*name).to_owned()).collect()
}

/// Why a text does not say when rows are told early.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum EarlyError {
    #[error("{0:?} is neither packets=N nor seconds=T")]
    NeitherLimit(String),
    #[error("{0:?} is no number of packets")]
    Packets(String),
    #[error("{0:?} is no time: {1}")]
    Seconds(String, NotADuration),
}

/// Reads `packets=N,seconds=T`, or one of the two.
pub(super) fn parse_early(text: &str) -> Result<Early, EarlyError> {
    let mut early = Early::default();
    for part in text.split(',').map(str::trim) {
        match part.split_once('=') {
            Some(("packets", number)) => {
                let packets = number.parse().map_err(|_| EarlyError::Packets(number.to_owned()))?;
                early.packets = Some(packets);
            }
            Some(("seconds", time)) => {
                let nanos = parse_duration(time)
                    .map_err(|error| EarlyError::Seconds(time.to_owned(), error))?;
                early.nanos = Some(nanos);
            }
            _ => return Err(EarlyError::NeitherLimit(part.to_owned())),
        }
    }
    Ok(early)
}

pub(super) fn parse_workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(workers) if (1..=MOST_WORKERS).contains(&workers) => Ok(workers),
        _ => Err(format!("it must be 1 to {MOST_WORKERS}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_early_rows_are_read() {
        let early = |packets, nanos| Ok(Early { packets, nanos });
        assert_eq!(parse_early("packets=10"), early(Some(10), None));
        assert_eq!(parse_early("seconds=2.5, packets=3"), early(Some(3), Some(2_500_000_000)));
        assert_eq!(parse_early(""), Err(EarlyError::NeitherLimit(String::new())));
        assert_eq!(parse_early("bytes=3"), Err(EarlyError::NeitherLimit("bytes=3".into())));
        assert_eq!(parse_early("packets=-1"), Err(EarlyError::Packets("-1".into())));
        let soon = EarlyError::Seconds("soon".into(), NotADuration);
        assert_eq!(parse_early("seconds=soon"), Err(soon));
    }

    #[test]
    fn near_names_are_found_whatever_their_case() {
        assert_eq!(near("flow duraton", Profile::Native)[0], "Flow Duration");
        assert_eq!(near("entropi", Profile::Native)[0], "entropy");
        assert!(near("zzz", Profile::Native).is_empty());
    }
}
