//! Flows made by hand, for the tests of the rules.

use std::net::{IpAddr, SocketAddr};

use netsift_packet::{Protocol, Timestamp};

use super::{Behaviour, BehaviourConfig, Finding, Kind, Observation, Opening, Volume};

/// A host of the test's own network.
pub(super) fn inside(last: u8) -> IpAddr {
    [10, 0, 0, last].into()
}

/// A host somewhere else.
pub(super) fn outside(last: u8) -> IpAddr {
    [203, 0, 113, last].into()
}

/// A flow from a port that depends on its time, so that no two are the same.
pub(super) fn flow(
    protocol: Protocol,
    source: IpAddr,
    (host, port): (IpAddr, u16),
    seconds: f64,
) -> Observation<'static> {
    let first = Timestamp::from_nanos((seconds * 1e9) as i64);
    let source = SocketAddr::new(source, 40_000 + first.as_micros().rem_euclid(9_973) as u16);
    Observation::new(source, SocketAddr::new(host, port), protocol, first)
}

/// A connection that came to this.
pub(super) fn opened(
    opening: Opening,
    source: IpAddr,
    destination: (IpAddr, u16),
    seconds: f64,
) -> Observation<'static> {
    Observation { opening, ..flow(Protocol::TCP, source, destination, seconds) }
}

/// A connection in which each side sent so many packets of so many bytes.
pub(super) fn talked(
    source: IpAddr,
    destination: (IpAddr, u16),
    seconds: f64,
    (packets, size): (u64, u64),
) -> Observation<'static> {
    let volume = Volume { packets: packets + 3, data_packets: packets, bytes: packets * size };
    let opened = opened(Opening::Established, source, destination, seconds);
    Observation { sent: volume, received: volume, ..opened }
}

/// What is told of flows by default.
pub(super) fn told<'a>(flows: impl IntoIterator<Item = Observation<'a>>) -> Vec<Finding> {
    told_with(BehaviourConfig::default(), flows)
}

/// What is told of flows by this configuration.
pub(super) fn told_with<'a>(
    config: BehaviourConfig,
    flows: impl IntoIterator<Item = Observation<'a>>,
) -> Vec<Finding> {
    let mut behaviour = Behaviour::new(config).unwrap();
    let mut findings = Vec::new();
    for flow in flows {
        behaviour.observe(&flow, |finding| findings.push(finding));
    }
    findings
}

/// The kinds of what is told of flows.
pub(super) fn kinds<'a>(flows: impl IntoIterator<Item = Observation<'a>>) -> Vec<Kind> {
    told(flows).iter().map(|finding| finding.kind).collect()
}
