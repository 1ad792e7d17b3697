//! A filter as a flat list of steps that jump forward only, so that every run ends.

use super::condition::Condition;
use super::headers::{Headers, Link};
use crate::Frame;

/// A compiled filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    steps: Box<[Step]>,
    needs_lan: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    condition: Condition,
    /// How many VLAN tags the text before this condition has asked for.
    tags: u16,
    if_true: Target,
    if_false: Target,
}

/// The number of a step, or one of two ends that lie beyond every step.
type Target = u16;
const ACCEPT: Target = Target::MAX;
const REJECT: Target = Target::MAX - 1;

impl Program {
    /// Whether tcpdump would have taken this filter for that link.
    pub(super) fn fits(&self, link: Link) -> bool {
        link.is_lan() || !self.needs_lan
    }

    /// Whether `frame` ends at ACCEPT; a frame cut short on the way does not.
    #[inline]
    pub(super) fn accepts(&self, frame: &Frame<'_>, link: Link) -> bool {
        let headers = Headers::new(frame, link);
        let mut next = if self.steps.is_empty() { ACCEPT } else { 0 };
        while let Some(step) = self.steps.get(usize::from(next)) {
            next = match step.condition.holds(&headers.behind_tags(step.tags)) {
                Some(true) => step.if_true,
                Some(false) => step.if_false,
                None => REJECT,
            };
        }
        next == ACCEPT
    }
}

/// Writes the steps in the order of the text and fills in their targets as these become known.
#[derive(Default)]
pub(super) struct Builder {
    steps: Vec<Step>,
    tags: u16,
}

/// A finished part of a filter: where it starts and the steps that still have to learn where to go.
pub(super) struct Block {
    entry: Target,
    on_true: Vec<Exit>,
    on_false: Vec<Exit>,
}

#[derive(Clone, Copy)]
struct Exit {
    step: Target,
    answer: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    And,
    Or,
}

impl Builder {
    /// A block of one condition. A VLAN condition moves all later ones behind its tag, on whatever
    /// branch they are: so it is in libpcap.
    pub(super) fn condition(&mut self, condition: Condition) -> Block {
        // The cap on the text keeps the number of steps far below the two ends.
        let step = Target::try_from(self.steps.len()).unwrap_or(REJECT);
        let tags = self.tags;
        self.steps.push(Step { condition, tags, if_true: REJECT, if_false: REJECT });
        if matches!(condition, Condition::Vlan { .. }) {
            self.tags = tags.saturating_add(1);
        }
        let exit = |answer| vec![Exit { step, answer }];
        Block { entry: step, on_true: exit(true), on_false: exit(false) }
    }

    /// `left` and `right`, which was built directly after it, as one block.
    pub(super) fn join(&mut self, joint: Joint, left: Block, right: Block) -> Block {
        let entry = left.entry;
        match joint {
            Joint::And => {
                self.lead(&left.on_true, right.entry);
                let on_false = merged(left.on_false, right.on_false);
                Block { entry, on_true: right.on_true, on_false }
            }
            Joint::Or => {
                self.lead(&left.on_false, right.entry);
                let on_true = merged(left.on_true, right.on_true);
                Block { entry, on_true, on_false: right.on_false }
            }
        }
    }

    /// The program whose whole text is `block`; without one it accepts everything.
    pub(super) fn finish(mut self, block: Option<Block>) -> Program {
        if let Some(block) = block {
            self.lead(&block.on_true, ACCEPT);
            self.lead(&block.on_false, REJECT);
        }
        let needs_lan = self.steps.iter().any(|step| step.condition.needs_lan());
        Program { steps: self.steps.into_boxed_slice(), needs_lan }
    }

    fn lead(&mut self, exits: &[Exit], target: Target) {
        for exit in exits {
            if let Some(step) = self.steps.get_mut(usize::from(exit.step)) {
                match exit.answer {
                    true => step.if_true = target,
                    false => step.if_false = target,
                }
            }
        }
    }
}

impl Block {
    /// The block that accepts what this one rejects.
    pub(super) fn negated(self) -> Self {
        Self { entry: self.entry, on_true: self.on_false, on_false: self.on_true }
    }
}

/// Appends the shorter list to the longer one, so that long chains cost no square.
fn merged(left: Vec<Exit>, right: Vec<Exit>) -> Vec<Exit> {
    let (mut long, short) = if left.len() < right.len() { (right, left) } else { (left, right) };
    long.extend(short);
    long
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LinkType, Timestamp};

    #[test]
    fn jumps_give_the_truth_tables_of_both_joints() {
        for (joint, expected) in [(Joint::And, [0, 0, 0, 1]), (Joint::Or, [0, 1, 1, 1])] {
            for (row, expected) in expected.into_iter().enumerate() {
                let mut builder = Builder::default();
                let left = builder.condition(constant(row & 2 != 0));
                let right = builder.condition(constant(row & 1 != 0));
                let block = builder.join(joint, left, right);
                assert_eq!(accepts(&builder.finish(Some(block))), expected == 1, "{joint:?} {row}");
            }
        }
    }

    #[test]
    fn a_negated_join_is_the_complement() {
        let mut builder = Builder::default();
        let left = builder.condition(constant(true));
        let right = builder.condition(constant(false)).negated();
        let block = builder.join(Joint::And, left, right).negated();
        assert!(!accepts(&builder.finish(Some(block))));
    }

    #[test]
    fn all_jumps_go_forward() {
        let mut builder = Builder::default();
        let mut block = builder.condition(constant(true));
        for i in 0..100 {
            let next = builder.condition(constant(i % 3 == 0)).negated();
            block = builder.join([Joint::And, Joint::Or][i % 2], block, next).negated();
        }
        for (number, step) in builder.finish(Some(block)).steps.iter().enumerate() {
            assert!(usize::from(step.if_true.min(step.if_false)) > number);
        }
    }

    fn constant(answer: bool) -> Condition {
        if answer { Condition::Greater(0) } else { Condition::Greater(1) }
    }

    fn accepts(program: &Program) -> bool {
        let frame = Frame::new(Timestamp::EPOCH, LinkType::RAW, &[]);
        program.accepts(&frame, Link::of(LinkType::RAW).unwrap())
    }
}
