//! From questions to opinions: what models say of flows.

use std::sync::mpsc::{Receiver, SyncSender};

use netsift_models::ModelError;
use netsift_packet::Timestamp;

use super::control::{Control, View};
use super::counts::{Count, Counters};
use super::usher::Docket;
use crate::Conversation;
use crate::models::{Explaining, Opinion, Question};
use crate::policy::ExplainPolicy;
use crate::score::points;

/// Flows with what models say of them, on their way to the court.
pub(super) struct Batch {
    pub(super) flows: Vec<(Conversation, Opinion)>,
    /// What a model said instead of an answer.
    pub(super) trouble: Option<ModelError>,
    /// How late it was by the clock of the machine, if somebody has told.
    pub(super) now: Option<Timestamp>,
}

const SECOND: i64 = 1_000_000_000;

/// Asks the models about a worker's flows, in a thread of its own: making flows and asking about them take about as long.
pub(super) struct Assessor {
    view: View,
    counters: Counters,
    court: SyncSender<Batch>,
    budget: Budget,
}

/// How many flows may be explained now.
#[derive(Clone, Copy, Default)]
struct Budget {
    spent: usize,
    /// Flows that were judged since one more could be explained.
    judged: u64,
    /// Up to when seconds were counted, by the machine's clock.
    until: Option<Timestamp>,
}

impl Budget {
    fn left(self, policy: ExplainPolicy) -> usize {
        // Who wants no reasons gets none explained.
        if policy.reasons == 0 { 0 } else { policy.burst.saturating_sub(self.spent) }
    }

    /// Earns one a second, where the machine's clock is told: where little goes on, flows alone would earn one in hours.
    fn rest(&mut self, now: Timestamp) {
        let seconds = self.until.map_or(0, |until| now.nanos_since(until) / SECOND);
        let earned = usize::try_from(seconds).unwrap_or(0);
        self.spent = self.spent.saturating_sub(earned);
        if self.until.is_none_or(|until| now < until) || earned > 0 {
            self.until = Some(now);
        }
    }

    fn settle(&mut self, explained: usize, judged: u64, policy: ExplainPolicy) {
        let every = policy.every.max(1);
        self.judged += judged;
        let earned = usize::try_from(self.judged / every).unwrap_or(usize::MAX);
        self.judged %= every;
        self.spent = (self.spent + explained).saturating_sub(earned);
    }
}

impl Assessor {
    pub(super) fn new(control: &Control, counters: Counters, court: SyncSender<Batch>) -> Self {
        Self { view: View::of(control), counters, court, budget: Budget::default() }
    }

    /// Asks until nothing more comes.
    pub(super) fn sit(mut self, dockets: &Receiver<Docket>) {
        while let Ok(docket) = dockets.recv() {
            self.view.look();
            let batch = self.assess(docket);
            // Nobody is there any more if whoever is told has panicked, which is seen at the end.
            let _ = self.court.send(batch);
        }
    }

    fn assess(&mut self, Docket { flows, question, trouble, now }: Docket) -> Batch {
        now.into_iter().for_each(|now| self.budget.rest(now));
        let (opinions, said) = self.opinions(question);
        let mut opinions = opinions.into_iter();
        let flows = flows.into_iter().map(|(flow, is_asked)| {
            let opinion = if is_asked { opinions.next() } else { None };
            (flow, opinion.unwrap_or_default())
        });
        Batch { flows: flows.collect(), trouble: trouble.or(said), now }
    }

    fn opinions(&mut self, question: Question) -> (Vec<Opinion>, Option<ModelError>) {
        let asked = question.flows() as u64;
        let policy = &self.view.setup().policy;
        let is_told = |opinion: &Opinion| {
            let risks = opinion.terms(policy).map(|term| term.risk);
            policy.levels.of(points(risks)).is_some()
        };
        let explaining = Explaining {
            reasons: policy.explain.reasons,
            most: self.budget.left(policy.explain),
            is_told: &is_told,
        };
        let (told, trouble) = question.opinions(policy.classes.unknown_below, explaining);
        let explained = told.iter().filter(|it| !it.reasons.is_empty()).count();
        self.budget.settle(explained, asked, policy.explain);
        if trouble.is_some() {
            self.counters.add(Count::Unscored, asked);
        }
        (told, trouble)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_comes_back_one_by_one() {
        let policy = ExplainPolicy { reasons: 3, burst: 4, every: 100 };
        let mut budget = Budget::default();
        assert_eq!(budget.left(policy), 4);
        budget.settle(4, 150, policy);
        assert_eq!(budget.left(policy), 1);
        budget.settle(1, 50, policy);
        assert_eq!(budget.left(policy), 1);
        // Nothing is saved beyond the burst.
        budget.settle(0, 1_000_000, policy);
        assert_eq!(budget.left(policy), 4);
    }

    #[test]
    fn where_little_goes_on_seconds_earn_as_flows_do() {
        let policy = ExplainPolicy { reasons: 3, burst: 4, every: 100 };
        let mut budget = Budget::default();
        let mut left = |explained, millis: i64| {
            budget.rest(Timestamp::from_micros(millis * 1_000));
            budget.settle(explained, 1, policy);
            budget.left(policy)
        };
        assert_eq!(left(4, 50_000), 0, "the first time says nothing");
        assert_eq!((left(0, 50_900), left(0, 51_100)), (0, 1), "parts of a second add up");
        assert_eq!(left(0, 53_100), 3);
        assert_eq!(left(0, 999_000), 4, "nothing is saved beyond the burst");
        assert_eq!(left(4, 20_000), 0, "a clock that was set back");
        assert_eq!(left(0, 22_000), 2);
    }
}
