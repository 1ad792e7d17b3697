//! What hosts have done so far, decaying.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::quality::RandomState;
use netsift_packet::Timestamp;

use crate::behaviour::Kind;
use crate::policy::HostPolicy;
use crate::score::points;

/// Scores of hosts: each verdict that is told adds to that of who did it, as one more term; in a half-life a score loses
/// half. What a host was found to do is kept apart from what is said of its flows, so that it can speak beside others.
#[derive(Debug)]
pub struct Hosts {
    policy: HostPolicy,
    scores: HashMap<IpAddr, Score, RandomState>,
    /// The time that was told last.
    now: i64,
}

/// Risks from 0 to 1, at that time.
#[derive(Clone, Copy, Debug)]
struct Score {
    flows: f64,
    /// By kind of behaviour.
    deeds: [f64; KINDS],
    nanos: i64,
}

const KINDS: usize = Kind::ALL.len();
/// What is below it is shown as 0, and adds nothing to what is said of a host.
const NOTHING: f64 = 0.5;

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
                *score = Score { nanos: now, ..score.at(before, half_life) };
            }
        }
        self.now = now;
    }

    /// Adds a verdict on a flow of this score to a host's, and tells the sum.
    pub fn add(&mut self, host: IpAddr, score: f64) -> f64 {
        let risk = self.policy.share * score / 100.0;
        self.change(host, |before| before.flows = any([before.flows, risk]))
    }

    /// The same of a verdict on what the host was found to do.
    pub fn add_deed(&mut self, host: IpAddr, kind: Kind, score: f64) -> f64 {
        let risk = self.policy.share * score / 100.0;
        self.change(host, |before| {
            let Some(deed) = before.deeds.get_mut(kind as usize) else { return };
            // Whoever asks one place at regular times mostly asks others, too: that is no more than the first says.
            *deed = if kind == Kind::Beacon { deed.max(risk) } else { any([*deed, risk]) };
        })
    }

    /// What a host was found to do lately, beside this: the worst of it, and how probable all of it makes it that something
    /// is wrong.
    #[must_use]
    pub fn deeds(&self, host: IpAddr, beside: Option<Kind>) -> Option<(Kind, f64)> {
        let score = self.scores.get(&host)?.at(self.now, self.policy.half_life);
        let all = Kind::ALL.into_iter().zip(score.deeds);
        let others = all.filter(|&(kind, risk)| Some(kind) != beside && risk > 0.0);
        let (worst, _) = others.clone().max_by(|one, other| one.1.total_cmp(&other.1))?;
        Some((worst, any(others.map(|(_, risk)| risk))))
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

    /// Changes a host's risks as they are now, and tells its score.
    fn change(&mut self, host: IpAddr, change: impl FnOnce(&mut Score)) -> f64 {
        let nanos = self.now;
        let new = Score { flows: 0.0, deeds: [0.0; KINDS], nanos };
        if !self.scores.contains_key(&host) {
            self.make_room();
        }
        let mut score =
            self.scores.get(&host).map_or(new, |it| it.at(nanos, self.policy.half_life));
        change(&mut score);
        self.scores.insert(host, score);
        score.points()
    }

    fn decayed(&self, score: Score) -> f64 {
        score.at(self.now, self.policy.half_life).points()
    }

    /// Memory follows who is bad now, and not who ever was: before it grows, those go of whom nothing is left.
    fn make_room(&mut self) {
        if self.scores.len() == self.scores.capacity() {
            let (now, half_life) = (self.now, self.policy.half_life);
            self.scores.retain(|_, score| score.at(now, half_life).points() >= NOTHING);
            // Where hardly one went, the next ones would all look again. In a table of its own: one from which many went
            // keeps their places, and grows for fear of them.
            let room = self.scores.len() + self.scores.len() / 4;
            let mut kept = HashMap::with_capacity_and_hasher(room, RandomState::default());
            kept.extend(self.scores.drain());
            self.scores = kept;
        }
        if self.scores.len() >= self.policy.most {
            self.forget();
        }
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
            let points = score.at(now, half_life).points();
            let fits = points == bound && room > 0;
            room -= usize::from(fits);
            points > bound || fits
        });
    }
}

impl Score {
    /// What is left of it then, with this half-life in seconds.
    fn at(mut self, now: i64, half_life: f64) -> Self {
        let lives = now.saturating_sub(self.nanos) as f64 / (half_life * 1e9);
        let left = (-lives).exp2();
        self.flows *= left;
        self.deeds.iter_mut().for_each(|deed| *deed *= left);
        Self { nanos: now, ..self }
    }

    /// From 0 to 100.
    fn points(&self) -> f64 {
        points(self.deeds.into_iter().chain([self.flows]))
    }
}

/// How probable these risks make it that something is wrong, from 0 to 1.
fn any(risks: impl IntoIterator<Item = f64>) -> f64 {
    points(risks) / 100.0
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
    fn what_a_host_does_speaks_beside_what_else_it_does() {
        let mut hosts = hosts(9);
        hosts.advance(Timestamp::EPOCH);
        hosts.add(host(1), 90.0);
        assert_eq!(hosts.deeds(host(1), None), None, "of its flows alone");
        hosts.add_deed(host(1), Kind::VerticalScan, 50.0);
        hosts.add_deed(host(1), Kind::BruteForce, 70.0);
        let close = |told: Option<(Kind, f64)>, kind, risk: f64| {
            told.is_some_and(|(worst, all)| worst == kind && (all - risk).abs() < 1e-12)
        };
        assert!(close(hosts.deeds(host(1), None), Kind::BruteForce, 1.0 - 0.65 * 0.75));
        assert!(close(hosts.deeds(host(1), Some(Kind::BruteForce)), Kind::VerticalScan, 0.25));
        hosts.advance(Timestamp::EPOCH.plus_nanos(HOUR));
        assert!(close(hosts.deeds(host(1), Some(Kind::VerticalScan)), Kind::BruteForce, 0.175));
        assert_eq!(hosts.deeds(host(2), None), None);
    }

    #[test]
    fn scans_add_up_and_places_that_are_polled_do_not() {
        let mut hosts = hosts(9);
        hosts.advance(Timestamp::EPOCH);
        for _ in 0..20 {
            hosts.add_deed(host(1), Kind::Beacon, 50.0);
            hosts.add_deed(host(2), Kind::VerticalScan, 50.0);
        }
        assert_eq!(hosts.of(host(1)), 25.0);
        assert!(hosts.of(host(2)) > 99.0);
    }

    #[test]
    fn memory_follows_who_is_bad_and_not_who_ever_was() {
        let mut hosts = hosts(1_000_000);
        let mut capacities = Vec::new();
        for hour in 0..100_u32 {
            hosts.advance(Timestamp::EPOCH.plus_nanos(i64::from(hour) * HOUR));
            for number in 0..1_000 {
                hosts.add(host(1_000 * hour + number), 60.0);
            }
            capacities.push(hosts.scores.capacity());
        }
        // 30 points are less than one after six half-lives.
        assert!(capacities[99] <= capacities[12] && capacities[99] < 20_000, "{capacities:?}");
        assert!(hosts.of(host(99_999)) > 29.0 && hosts.of(host(95_999)) > 1.0);
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
