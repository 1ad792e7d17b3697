//! What traffic is wished for.

use netsift_packet::Timestamp;

use crate::{Mix, SynthError, mix::Weights, random::SECOND};

/// A wish for traffic: every setter states its default and the reason for it.
///
/// The same scenario makes the same frames and labels on every machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub(crate) seed: u64,
    pub(crate) mix: Mix,
    pub(crate) packets: Option<u64>,
    pub(crate) duration: Option<f64>,
    pub(crate) flows_per_second: Option<f64>,
    pub(crate) packets_per_flow: Option<f64>,
    pub(crate) hosts: u32,
    pub(crate) ipv6: f64,
    pub(crate) loss: f64,
    pub(crate) round_trip: (f64, f64),
    pub(crate) warm_up: Option<f64>,
    pub(crate) start: Timestamp,
}

impl Scenario {
    /// Traffic without end of the default mix.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            mix: Mix::default(),
            packets: None,
            duration: None,
            flows_per_second: None,
            packets_per_flow: None,
            hosts: 400,
            ipv6: 0.2,
            loss: 0.002,
            round_trip: (0.000_2, 0.4),
            warm_up: None,
            start: Timestamp::from_secs_nanos(1_750_000_000, 0),
        }
    }

    /// The classes and their shares of flows. Default: every class, two thirds benign, so that a first try
    /// shows all there is.
    #[must_use]
    pub fn mix(self, mix: Mix) -> Self {
        Self { mix, ..self }
    }

    /// Ends after this many packets; flows that still run are cut there. Default: no such end.
    #[must_use]
    pub fn packets(self, packets: u64) -> Self {
        Self { packets: Some(packets), ..self }
    }

    /// Ends after this many seconds. Default: no such end.
    #[must_use]
    pub fn duration(self, seconds: f64) -> Self {
        Self { duration: Some(seconds), ..self }
    }

    /// How many flows begin a second. Default: with a wished number of packets, as many as make them last
    /// two minutes, but from 5 to 500; otherwise 50.
    #[must_use]
    pub fn flows_per_second(self, flows: f64) -> Self {
        Self { flows_per_second: Some(flows), ..self }
    }

    /// The mean number of packets a flow, which bulk is scaled to as far as the mix has any. Default: as
    /// the classes come, so that their sizes overlap as they were tuned to.
    #[must_use]
    pub fn packets_per_flow(self, packets: f64) -> Self {
        Self { packets_per_flow: Some(packets), ..self }
    }

    /// How many hosts of its own the scenario has. Default: 400, enough that training and test share none.
    #[must_use]
    pub fn hosts(self, hosts: u32) -> Self {
        Self { hosts, ..self }
    }

    /// The share of flows over IPv6, 0 to 1; an attack keeps to one address of its target. Default: 0.2.
    #[must_use]
    pub fn ipv6(self, share: f64) -> Self {
        Self { ipv6: share, ..self }
    }

    /// The share of segments lost, 0 to 0.2. Default: 0.002, as on a healthy line with some radio in it.
    #[must_use]
    pub fn loss(self, share: f64) -> Self {
        Self { loss: share, ..self }
    }

    /// Shortest and longest round trip in seconds. Default: 0.2 to 400 ms, from the same room to a satellite.
    #[must_use]
    pub fn round_trip(self, shortest: f64, longest: f64) -> Self {
        Self { round_trip: (shortest, longest), ..self }
    }

    /// For how many seconds traffic has run before the first frame, so that flows are cut at the start as
    /// in a real capture. Default: 10, but 0 where fewer than 10,000 packets are wished for, since a small
    /// capture is worth more with whole flows.
    #[must_use]
    pub fn warm_up(self, seconds: f64) -> Self {
        Self { warm_up: Some(seconds), ..self }
    }

    /// The time of the capture's start. Default: a fixed moment in June 2025, since the same scenario makes
    /// the same bytes.
    #[must_use]
    pub fn start(self, start: Timestamp) -> Self {
        Self { start, ..self }
    }

    /// The scenario in the engine's units.
    pub(crate) fn check(&self) -> Result<Terms, SynthError> {
        let weights = self.mix.weights()?;
        let (fixed, growing) = weights.packets_per_flow();
        within("hosts", self.hosts.into(), 1.0, 16_000_000.0, "it is from 1 to 16,000,000")?;
        within("ipv6", self.ipv6, 0.0, 1.0, "it is a share from 0 to 1")?;
        within("loss", self.loss, 0.0, 0.2, "it is a share from 0 to 0.2")?;
        let seconds = "it is from 0 to 1,000,000,000 seconds";
        within(
            "warm_up",
            self.warm_up.unwrap_or(0.0),
            0.0,
            1e5,
            "it is from 0 to 100,000 seconds",
        )?;
        within("duration", self.duration.unwrap_or(0.0), 0.0, 1e9, seconds)?;
        let (shortest, longest) = self.round_trip;
        within("round_trip", shortest, 1e-6, 60.0, "it is from a microsecond to a minute")?;
        within("round_trip", longest, shortest, 60.0, "the longest is not below the shortest")?;
        let wished = self.packets_per_flow.unwrap_or(fixed + growing);
        within("packets_per_flow", wished, 1.0, 1e6, "it is from 1 to 1,000,000")?;
        let volume = ((wished - fixed) / growing).clamp(1.0 / 64.0, 1e5);
        let volume = if volume.is_nan() { 1.0 } else { volume };
        let rate = self.flows_per_second.unwrap_or_else(|| match self.packets {
            Some(packets) => {
                (packets as f64 / (fixed + growing * volume) / 120.0).clamp(5.0, 500.0)
            }
            None => 50.0,
        });
        within("flows_per_second", rate, 1e-3, 1e8, "it is from 0.001 to 100,000,000")?;
        let small = self.packets.is_some_and(|packets| packets < 10_000);
        let warm_up = self.warm_up.unwrap_or(if small { 0.0 } else { 10.0 });
        Ok(Terms {
            weights,
            volume: (volume * 256.0) as u64,
            gap: (SECOND as f64 / rate) as u64,
            ipv6: (self.ipv6 * 1e6) as u64,
            loss: (self.loss * 1e6) as u64,
            round_trip: (nanos(shortest), nanos(longest)),
            warm_up: nanos(warm_up),
            end: self.duration.map_or(u64::MAX, |duration| nanos(warm_up + duration)),
            packets: self.packets.unwrap_or(u64::MAX),
        })
    }
}

/// A scenario that is sound, in whole numbers.
pub(crate) struct Terms {
    pub(crate) weights: Weights,
    /// In 1/256.
    pub(crate) volume: u64,
    /// Mean time between beginnings of flows, in nanoseconds.
    pub(crate) gap: u64,
    /// In a million.
    pub(crate) ipv6: u64,
    /// In a million.
    pub(crate) loss: u64,
    pub(crate) round_trip: (u64, u64),
    pub(crate) warm_up: u64,
    pub(crate) end: u64,
    pub(crate) packets: u64,
}

fn within(
    parameter: &'static str,
    value: f64,
    low: f64,
    high: f64,
    rule: &'static str,
) -> Result<(), SynthError> {
    match (low..=high).contains(&value) {
        true => Ok(()),
        false => Err(SynthError::Setting { parameter, value, rule }),
    }
}

fn nanos(seconds: f64) -> u64 {
    (seconds * SECOND as f64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_values_are_refused_by_name() {
        let refused = |scenario: Scenario| match scenario.check() {
            Err(SynthError::Setting { parameter, .. }) => parameter,
            _ => "nothing",
        };
        let scenario = || Scenario::new(1);
        assert_eq!(refused(scenario()), "nothing");
        assert_eq!(refused(scenario().hosts(0)), "hosts");
        assert_eq!(refused(scenario().ipv6(1.1)), "ipv6");
        assert_eq!(refused(scenario().loss(f64::NAN)), "loss");
        assert_eq!(refused(scenario().duration(-1.0)), "duration");
        assert_eq!(refused(scenario().round_trip(0.2, 0.1)), "round_trip");
        assert_eq!(refused(scenario().flows_per_second(0.0)), "flows_per_second");
        assert_eq!(refused(scenario().packets_per_flow(0.5)), "packets_per_flow");
        assert_eq!(refused(scenario().warm_up(f64::INFINITY)), "warm_up");
    }

    #[test]
    fn small_captures_have_whole_flows() {
        assert_eq!(Scenario::new(1).packets(100).check().unwrap().warm_up, 0);
        assert_eq!(Scenario::new(1).packets(10_000).check().unwrap().warm_up, 10 * SECOND);
    }
}
