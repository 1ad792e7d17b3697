//! Mixes: which classes, and how many flows of each.

use std::str::FromStr;

use crate::{Class, SynthError, random::Rng};

/// Shares of flows by class; they need not add up to anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    shares: Vec<(Class, f64)>,
}

impl Mix {
    /// A mix without any class.
    #[must_use]
    pub fn empty() -> Self {
        Self { shares: Vec::new() }
    }

    /// One class and nothing else.
    #[must_use]
    pub fn only(class: Class) -> Self {
        Self::empty().with(class, 1.0)
    }

    /// The benign classes of the default mix, in its shares.
    #[must_use]
    pub fn benign() -> Self {
        let shares = Self::default().shares;
        Self { shares: shares.into_iter().filter(|(class, _)| !class.is_attack()).collect() }
    }

    /// The same mix with this share for `class`; 0 takes it out.
    #[must_use]
    pub fn with(mut self, class: Class, share: f64) -> Self {
        self.shares.retain(|(other, _)| *other != class);
        self.shares.push((class, share));
        self
    }

    /// The share of `class`.
    #[must_use]
    pub fn share(&self, class: Class) -> f64 {
        self.shares.iter().find(|(other, _)| *other == class).map_or(0.0, |(_, share)| *share)
    }

    /// The classes with a share, in the order of [`Class::ALL`] whatever order they were given in.
    pub(crate) fn weights(&self) -> Result<Weights, SynthError> {
        if let Some((class, share)) = self.shares.iter().find(|(_, s)| !s.is_finite() || *s < 0.0) {
            return Err(SynthError::Share { class: *class, share: *share });
        }
        let shares = || Class::ALL.iter().map(|class| (*class, self.share(*class)));
        let total: f64 = shares().map(|(_, share)| share).sum();
        if total <= 0.0 || !total.is_finite() {
            return Err(SynthError::EmptyMix);
        }
        let weight = |share: f64| (share / total * WHOLE) as u64;
        let weights: Vec<_> = shares()
            .map(|(class, share)| (class, weight(share)))
            .filter(|(_, weight)| *weight > 0)
            .collect();
        let sum = weights.iter().map(|(_, weight)| weight).sum();
        let first = weights.first().ok_or(SynthError::EmptyMix)?.0;
        Ok(Weights { weights, sum, first })
    }
}

impl Default for Mix {
    /// Two thirds benign, every class often enough to be learned.
    fn default() -> Self {
        Self { shares: DEFAULT.to_vec() }
    }
}

impl FromStr for Mix {
    type Err = SynthError;

    /// `web=10,dns=5,syn-flood=1`; a name without a share has share 1.
    fn from_str(text: &str) -> Result<Self, SynthError> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).try_fold(
            Self::empty(),
            |mix, part| {
                let (name, share) = part.split_once('=').unwrap_or((part, "1"));
                let class: Class = name.trim().parse()?;
                let share = share.trim().parse().unwrap_or(f64::NAN);
                if share.is_nan() {
                    return Err(SynthError::Share { class, share });
                }
                Ok(mix.with(class, share))
            },
        )
    }
}

/// A mix that classes can be drawn from.
pub(crate) struct Weights {
    weights: Vec<(Class, u64)>,
    sum: u64,
    first: Class,
}

impl Weights {
    pub(crate) fn draw(&self, rng: &mut Rng) -> Class {
        let mut left = rng.below(self.sum);
        for (class, weight) in &self.weights {
            if left < *weight {
                return *class;
            }
            left -= weight;
        }
        self.first
    }

    /// Packets a flow of this mix has where `volume` is 1, and how many of them grow with the volume.
    pub(crate) fn packets_per_flow(&self) -> (f64, f64) {
        let mean = |part: fn(&(f64, f64)) -> f64| {
            let sum: f64 =
                self.weights.iter().map(|(class, w)| part(&cost(*class)) * *w as f64).sum();
            sum / self.sum as f64
        };
        (mean(|(fixed, _)| *fixed), mean(|(_, growing)| *growing))
    }
}

/// Fine enough for shares of one in a billion, and sums that stay below 64 bits.
const WHOLE: f64 = (1u64 << 32) as f64;

const DEFAULT: [(Class, f64); 21] = [
    (Class::Web, 14.0),
    (Class::Dns, 9.0),
    (Class::Video, 5.0),
    (Class::FileTransfer, 5.0),
    (Class::Chat, 6.0),
    (Class::Voip, 4.0),
    (Class::Ssh, 5.0),
    (Class::IotHeartbeat, 5.0),
    (Class::Vpn, 4.0),
    (Class::Tor, 4.0),
    (Class::Monitoring, 6.0),
    (Class::SynScan, 5.0),
    (Class::UdpScan, 4.0),
    (Class::SynFlood, 5.0),
    (Class::UdpFlood, 3.0),
    (Class::SlowHttp, 3.0),
    (Class::SshBruteForce, 4.0),
    (Class::DnsTunnel, 3.0),
    (Class::IcmpTunnel, 2.0),
    (Class::Beacon, 4.0),
    (Class::Exfiltration, 3.0),
];

/// Packets of a flow of this class: those that every flow has, and those that grow with the volume.
/// The line through what a million packets of each class have at a quarter of the volume and at the whole; a test
/// holds the mix to it.
fn cost(class: Class) -> (f64, f64) {
    match class {
        Class::Web => (17.2, 17.5),
        Class::Dns => (4.0, 0.0),
        Class::Video => (42.7, 145.8),
        Class::FileTransfer => (15.9, 172.4),
        Class::Chat => (30.4, 0.0),
        Class::Voip => (0.0, 105.0),
        Class::Ssh => (21.0, 32.0),
        Class::IotHeartbeat => (20.3, 0.0),
        Class::Vpn => (22.7, 66.5),
        Class::Tor => (36.4, 39.9),
        Class::Monitoring => (8.3, 0.0),
        Class::SynScan => (2.0, 0.0),
        Class::UdpScan => (1.8, 0.0),
        Class::SynFlood => (2.4, 0.0),
        Class::UdpFlood => (0.0, 10.4),
        Class::SlowHttp => (23.6, 0.0),
        Class::SshBruteForce => (23.7, 0.0),
        Class::DnsTunnel => (5.4, 19.0),
        Class::IcmpTunnel => (3.0, 18.0),
        Class::Beacon => (29.4, 0.0),
        Class::Exfiltration => (25.8, 188.6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_command_lines_say() {
        let mix: Mix = "web=3, syn-flood ,dns=0".parse().unwrap();
        assert_eq!((mix.share(Class::Web), mix.share(Class::SynFlood)), (3.0, 1.0));
        let weights = mix.weights().unwrap();
        let mut rng = Rng::seeded(1);
        let web = (0..4_000).filter(|_| weights.draw(&mut rng) == Class::Web).count();
        assert!((2_850..3_150).contains(&web), "three of four, {web}");
    }

    #[test]
    fn refuses_what_is_no_mix() {
        assert!(matches!("flute=1".parse::<Mix>(), Err(SynthError::UnknownClass { .. })));
        assert!(matches!("web=x".parse::<Mix>(), Err(SynthError::Share { .. })));
        assert!(matches!(Mix::empty().weights(), Err(SynthError::EmptyMix)));
        let below = Mix::only(Class::Web).with(Class::Dns, -1.0).weights();
        assert!(matches!(below, Err(SynthError::Share { class: Class::Dns, .. })));
    }

    #[test]
    fn the_order_in_which_shares_are_given_does_not_matter() {
        let one = "web=1,dns=2".parse::<Mix>().unwrap().weights().unwrap();
        let other = "dns=2,web=1".parse::<Mix>().unwrap().weights().unwrap();
        assert_eq!(one.weights, other.weights);
    }

    #[test]
    fn the_default_knows_every_class() {
        assert_eq!(Mix::default().weights().unwrap().weights.len(), Class::ALL.len());
        assert!(Mix::benign().share(Class::SynFlood) == 0.0);
    }
}
