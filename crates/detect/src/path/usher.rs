//! From flows to questions: what a worker's flows look like to the models.

use std::sync::mpsc::SyncSender;

use netsift_flow::{Flow, Sink};
use netsift_models::ModelError;
use netsift_packet::Timestamp;

use super::control::{Control, View};
use super::counts::{Count, Counters};
use crate::Conversation;
use crate::models::{Council, Question};

/// So many flows are shown to the models together: more would not be quicker, and would wait longer.
const TOGETHER: usize = 1024;

/// Flows on their way to those who are asked about them.
#[derive(Default)]
pub(super) struct Docket {
    /// Flows whose opinions are asked for, and those that are judged without.
    pub(super) flows: Vec<(Conversation, bool)>,
    /// What is asked, of the former.
    pub(super) question: Question,
    /// What a model said when it was to be asked.
    pub(super) trouble: Option<ModelError>,
    /// How late it was by the clock of the machine, if somebody has told.
    pub(super) now: Option<Timestamp>,
}

/// Is shown every flow as it is told, before its verdict.
pub type Witness = Box<dyn FnMut(&Flow) + Send>;

/// Gathers a worker's flows and hands them on, many at a time.
pub(crate) struct Usher {
    view: View,
    council: Council,
    flows: Vec<(Conversation, bool)>,
    counters: Counters,
    assessor: SyncSender<Docket>,
    witness: Option<Witness>,
    now: Option<Timestamp>,
}

impl Usher {
    pub(super) fn new(
        control: &Control,
        council: Council,
        counters: Counters,
        assessor: SyncSender<Docket>,
        witness: Option<Witness>,
    ) -> Self {
        let (view, flows) = (View::of(control), Vec::new());
        Self { view, council, flows, counters, assessor, witness, now: None }
    }

    /// Hands on what there is, and sees what has been replaced.
    pub(super) fn flush(&mut self) {
        if !self.flows.is_empty() {
            let next = Vec::with_capacity(self.flows.len());
            let flows = std::mem::replace(&mut self.flows, next);
            let asked = flows.iter().filter(|(_, is_asked)| *is_asked).count();
            let question = self.council.question(asked);
            self.hand_on(Docket { flows, question, trouble: None, now: self.now });
        }
        // With nothing on its way too: what was replaced is not kept because nothing comes.
        if self.view.look() {
            let trouble = match Council::of(&self.view.setup().models) {
                Ok(council) => {
                    self.council = council;
                    None
                }
                Err(error) => Some(error),
            };
            // So that those behind look, too.
            self.hand_on(Docket { trouble, now: self.now, ..Docket::default() });
        }
    }

    fn hand_on(&self, docket: Docket) {
        // Nobody is there any more if whoever is told has panicked, which is seen at the end.
        let _ = self.assessor.send(docket);
    }
}

impl Sink for Usher {
    fn take(&mut self, flow: &Flow) {
        if let Some(witness) = &mut self.witness {
            witness(flow);
        }
        let conversation = Conversation::of(flow);
        let is_asked = !conversation.goes_on() || self.view.setup().policy.early.models;
        if is_asked {
            self.council.take(flow);
        }
        self.flows.push((conversation, is_asked));
        self.counters.add(Count::Waiting, 1);
        if self.flows.len() >= TOGETHER {
            self.flush();
        }
    }

    fn advanced(&mut self, now: Timestamp) {
        // The earliest time says that nobody knows it.
        self.now = Some(now).filter(|now| now.as_nanos() > i64::MIN);
        self.flush();
    }
}
