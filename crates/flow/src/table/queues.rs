//! Lists of flows through their numbers: entered and left in constant time, nothing allocated a packet.

/// No flow.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    after: u32,
    list: u32,
}

#[derive(Clone, Copy, Debug)]
struct Ends {
    first: u32,
    last: u32,
}

/// Doubly linked lists; a number is in one of them at most.
#[derive(Debug)]
pub(super) struct Queues {
    links: Vec<Link>,
    lists: Vec<Ends>,
}

impl Queues {
    pub(super) fn new(lists: usize) -> Self {
        Self { links: Vec::new(), lists: vec![Ends { first: NONE, last: NONE }; lists] }
    }

    pub(super) fn push(&mut self, list: usize, number: u32) {
        let at = number as usize;
        if at >= self.links.len() {
            self.links.resize(at + 1, Link { before: NONE, after: NONE, list: NONE });
        }
        let Some(ends) = self.lists.get_mut(list) else { return };
        let before = std::mem::replace(&mut ends.last, number);
        match self.links.get_mut(before as usize) {
            Some(link) => link.after = number,
            None => ends.first = number,
        }
        self.links[at] = Link { before, after: NONE, list: list as u32 };
    }

    /// Takes a number out of its list, and tells which that was.
    pub(super) fn remove(&mut self, number: u32) -> Option<usize> {
        let link = self.links.get_mut(number as usize)?;
        let Link { before, after, list } =
            std::mem::replace(link, Link { before: NONE, after: NONE, list: NONE });
        let ends = self.lists.get_mut(list as usize)?;
        match self.links.get_mut(before as usize) {
            Some(link) => link.after = after,
            None => ends.first = after,
        }
        match self.links.get_mut(after as usize) {
            Some(link) => link.before = before,
            None => ends.last = before,
        }
        Some(list as usize)
    }

    pub(super) fn first(&self, list: usize) -> Option<u32> {
        self.lists.get(list).map(|ends| ends.first).filter(|&first| first != NONE)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lists_behave_as_lists(steps in prop::collection::vec((0u32..20, 0usize..3), 1..200)) {
            let mut queues = Queues::new(3);
            let mut model: [VecDeque<u32>; 3] = Default::default();
            for (number, list) in steps {
                let held = model.iter().any(|list| list.contains(&number));
                if held {
                    let held_by = model.iter().position(|list| list.contains(&number));
                    prop_assert_eq!(queues.remove(number), held_by);
                    model.iter_mut().for_each(|list| list.retain(|&other| other != number));
                } else {
                    queues.push(list, number);
                    model[list].push_back(number);
                }
                for (list, model) in model.iter().enumerate() {
                    prop_assert_eq!(queues.first(list), model.front().copied());
                }
            }
            for (list, model) in model.iter_mut().enumerate() {
                while let Some(number) = model.pop_front() {
                    prop_assert_eq!(queues.first(list), Some(number));
                    queues.remove(number);
                }
                prop_assert_eq!(queues.first(list), None);
            }
        }
    }
}
