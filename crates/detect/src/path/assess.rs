//! From flows to opinions: what a worker's flows come to.

use std::sync::mpsc::SyncSender;

use netsift_flow::{Flow, Sink};
use netsift_models::ModelError;
use netsift_packet::Timestamp;

use super::control::{Control, View};
use super::counts::{Count, Counters};
use crate::Conversation;
use crate::models::{Council, Explaining, Opinion};
use crate::policy::ExplainPolicy;
use crate::score::points;

/// So many flows are shown to the models together: more would not be quicker, and would wait longer.
const TOGETHER: usize = 1024;

/// Flows with what models say of them, on their way to the court.
pub(super) struct Batch {
    pub(super) flows: Vec<(Conversation, Opinion)>,
    /// What a model said instead of an answer.
    pub(super) trouble: Option<ModelError>,
    /// How late it was by the clock of the machine, if somebody has told.
    pub(super) now: Option<Timestamp>,
}

/// Is shown every flow as it is told, before its verdict.
pub type Witness = Box<dyn FnMut(&Flow) + Send>;

/// Gathers a worker's flows, asks the models, and hands over what they say.
pub(crate) struct Assessor {
    view: View,
    council: Council,
    /// Flows whose opinions are asked for, and those that are judged without.
    pending: Vec<(Conversation, bool)>,
    counters: Counters,
    court: SyncSender<Batch>,
    witness: Option<Witness>,
    budget: Budget,
    now: Option<Timestamp>,
}

/// How many flows may be explained now.
#[derive(Clone, Copy, Default)]
struct Budget {
    spent: usize,
    /// Flows that were judged since one more could be explained.
    judged: u64,
}

impl Budget {
    fn left(self, policy: ExplainPolicy) -> usize {
        // Who wants no reasons gets none explained.
        if policy.reasons == 0 { 0 } else { policy.burst.saturating_sub(self.spent) }
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
    pub(super) fn new(
        control: &Control,
        council: Council,
        counters: Counters,
        court: SyncSender<Batch>,
        witness: Option<Witness>,
    ) -> Self {
        let (pending, budget) = (Vec::new(), Budget::default());
        let view = View::of(control);
        Self { view, council, pending, counters, court, witness, budget, now: None }
    }

    /// Hands over what there is, and sees what has been replaced.
    pub(super) fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.hand_over();
        }
        // With nothing on its way too: what was replaced is not kept because nothing comes.
        if self.view.look() {
            // What models say of flows was found when they were put there.
            let trouble = match Council::of(&self.view.setup().models) {
                Ok(council) => {
                    self.council = council;
                    None
                }
                Err(error) => Some(error),
            };
            let _ = self.court.send(Batch { flows: Vec::new(), trouble, now: self.now });
        }
    }

    fn hand_over(&mut self) {
        let (opinions, trouble) = match self.opinions() {
            Ok(opinions) => (opinions, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut opinions = opinions.into_iter();
        let flows = self.pending.drain(..).map(|(flow, is_asked)| {
            let opinion = if is_asked { opinions.next() } else { None };
            (flow, opinion.unwrap_or_default())
        });
        let batch = Batch { flows: flows.collect(), trouble, now: self.now };
        // Nobody is there any more if whoever is told has panicked, which is seen at the end.
        let _ = self.court.send(batch);
    }

    fn opinions(&mut self) -> Result<Vec<Opinion>, ModelError> {
        let asked = self.pending.iter().filter(|(_, is_asked)| *is_asked).count();
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
        let told = self.council.opinions(asked, policy.classes.unknown_below, explaining);
        let explained =
            |told: &Vec<Opinion>| told.iter().filter(|it| !it.reasons.is_empty()).count();
        self.budget.settle(told.as_ref().map_or(0, explained), asked as u64, policy.explain);
        if told.is_err() {
            self.counters.add(Count::Unscored, asked as u64);
        }
        told
    }
}

impl Sink for Assessor {
    fn take(&mut self, flow: &Flow) {
        if let Some(witness) = &mut self.witness {
            witness(flow);
        }
        let conversation = Conversation::of(flow);
        let setup = self.view.setup();
        let is_asked = !conversation.goes_on() || setup.policy.early.models;
        if is_asked {
            self.council.take(flow);
        }
        self.pending.push((conversation, is_asked));
        self.counters.add(Count::Waiting, 1);
        if self.pending.len() >= TOGETHER {
            self.flush();
        }
    }

    fn advanced(&mut self, now: Timestamp) {
        // The earliest time says that nobody knows it.
        self.now = Some(now).filter(|now| now.as_nanos() > i64::MIN);
        self.flush();
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
}
