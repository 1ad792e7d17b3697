//! What hosts have done so far, decaying.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::quality::RandomState;
use netsift_packet::Timestamp;

use crate::policy::HostPolicy;
use crate::score::points;

/// Scores of hosts: each verdict that is told adds to that of who did it, as one more term; in a half-life a score loses
/// half.
#[derive(Debug)]
pub struct Hosts {
    policy: HostPolicy,
    scores: HashMap<IpAddr, Score, RandomState>,
    /// The time that was told last.
    now: i64,
}

#[derive(Clone, Copy, Debug)]
struct Score {
    /// From 0 to 100, at that time.
    points: f64,
    nanos: i64,
}

impl Hosts {
    /// No host has done anything.
    #[must_use]
    pub fn new(policy: HostPolicy) -> Self {
        Self { policy, scores: HashMap::default(), now: i64::MIN }
    }

    /// Goes on with another policy.
    pub fn follow(&mut self, policy: HostPolicy) {
        self.policy = policy;
    }

    /// It is this late, by a clock that no single packet moves. One that goes back makes nobody worse or better.
    pub fn advance(&mut self, now: Timestamp) {
        let now = now.as_nanos();
        if now < self.now {
            let (before, half_life) = (self.now, self.policy.half_life);
            for score in self.scores.values_mut() {
                *score = Score { points: score.at(before, half_life), nanos: now };
            }
        }
        self.now = now;
    }

    /// Adds a verdict of this score to a host's, and tells the sum.
    pub fn add(&mut self, host: IpAddr, score: f64) -> f64 {
        let before = self.of(host);
        let risk = self.policy.share * score / 100.0;
        let points = points([before / 100.0, risk]);
        if !self.scores.contains_key(&host) && self.scores.len() >= self.policy.most {
            self.forget();
        }
        self.scores.insert(host, Score { points, nanos: self.now });
        points
    }

    /// The score of a host now.
    #[must_use]
    pub fn of(&self, host: IpAddr) -> f64 {
        self.scores.get(&host).map_or(0.0, |score| self.decayed(*score))
    }

    /// The worst hosts, so many at most, the worst first.
    #[must_use]
    pub fn worst(&self, most: usize) -> Vec<(IpAddr, f64)> {
        let mut all: Vec<_> =
            self.scores.iter().map(|(&host, &score)| (host, self.decayed(score))).collect();
        all.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        all.truncate(most);
        all
    }

    fn decayed(&self, score: Score) -> f64 {
        score.at(self.now, self.policy.half_life)
    }

    /// Leaves out the better half, so that it is long until the next time.
    fn forget(&mut self) {
        let mut points: Vec<f64> = self.scores.values().map(|&score| self.decayed(score)).collect();
        if points.is_empty() {
            return;
        }
        let middle = points.len() / 2;
        let (_, &mut bound, _) = points.select_nth_unstable_by(middle, f64::total_cmp);
        // Of those that are as bad as the middle one, as many as there is room for.
        let mut room = points.iter().filter(|it| **it <= bound).count().saturating_sub(middle);
        let (now, half_life) = (self.now, self.policy.half_life);
        self.scores.retain(|_, score| {
            let points = score.at(now, half_life);
            let fits = points == bound && room > 0;
            room -= usize::from(fits);
            points > bound || fits
        });
    }
}

impl Score {
    /// What is left of it, with this half-life in seconds.
    fn at(self, now: i64, half_life: f64) -> f64 {
        let lives = now.saturating_sub(self.nanos) as f64 / (half_life * 1e9);
        self.points * (-lives).exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn hosts(most: usize) -> Hosts {
        Hosts::new(HostPolicy { share: 0.5, half_life: 3_600.0, most })
    }

    fn host(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn scores_add_up_and_fade() {
        let mut hosts = hosts(9);
        let start = Timestamp::EPOCH;
        hosts.advance(start);
        assert_eq!(hosts.add(host(1), 80.0), 40.0);
        assert_eq!(hosts.add(host(1), 80.0), 64.0);
        hosts.advance(start.plus_nanos(HOUR));
        assert_eq!(hosts.of(host(1)), 32.0);
        // A clock that goes back neither ages nor refreshes, and goes on from there.
        hosts.advance(start.plus_nanos(-HOUR));
        assert_eq!(hosts.worst(1), [(host(1), 32.0)]);
        hosts.advance(start);
        assert_eq!(hosts.worst(1), [(host(1), 16.0)]);
        assert_eq!(hosts.of(host(3)), 0.0);
    }

    #[test]
    fn of_too_many_hosts_the_worse_are_kept() {
        let mut hosts = hosts(100);
        for number in 0..10_000_u32 {
            hosts.add(host(number), if number == 5 { 99.0 } else { 20.0 });
            assert!(hosts.scores.len() <= 100);
        }
        assert_eq!(hosts.worst(1)[0].0, host(5));
    }
}
