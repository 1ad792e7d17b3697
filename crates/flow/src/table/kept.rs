//! Open flows on their way to a file and back.

use super::FlowTable;
use crate::Flow;
use crate::key::Key;

impl FlowTable {
    /// The numbers of the open flows, in no order.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.numbers()
    }

    /// The open flow of that number.
    pub(crate) fn flow(&self, number: u32) -> Option<&Flow> {
        self.slots.get(number)
    }

    /// Takes in a flow that was open elsewhere, at this time; `false` if its key is there already. What there is no room
    /// for is told.
    pub(crate) fn take_in(&mut self, flow: Flow, now: i64, mut told: impl FnMut(&Flow)) -> bool {
        let hash = self.slots.hash(&flow.key);
        if self.slots.find(hash, &flow.key).is_some() {
            return false;
        }
        while self.slots.len() >= self.config.flows() && self.evict(&mut told) {}
        self.heap += flow.heap();
        // One that begins in the future would keep those behind it waiting.
        let since = Some(flow.first.min(now)).filter(|_| !flow.snapped);
        let number = self.slots.insert(hash, flow);
        since.into_iter().for_each(|since| self.watch_age(number, since));
        if let Some(flow) = self.slots.get(number) {
            self.ages.enter(number, flow);
        }
        self.make_room(&mut told);
        true
    }

    /// Adds to the segments that a flow has seen. It may have had to go in the meantime.
    pub(crate) fn take_in_segments(
        &mut self,
        key: &Key,
        segments: Vec<u128>,
        mut told: impl FnMut(&Flow),
    ) {
        let Some(number) = self.slots.find(self.slots.hash(key), key) else { return };
        let Some(flow) = self.slots.get_mut(number) else { return };
        let heap = flow.heap();
        flow.fork.get_or_insert_default().seen.extend(segments);
        self.heap = self.heap + flow.heap() - heap;
        self.make_room(&mut told);
    }
}
