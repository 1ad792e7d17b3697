//! The flow table: records in, flows out.

mod ages;
mod clock;
mod counts;
mod kept;
mod queues;
mod slots;
mod young;

use netsift_packet::Timestamp;

pub use counts::{Counts, Evictions};

pub(crate) use clock::{Clock, Moment};

use ages::{Ages, Class};
use slots::Slots;
use young::Young;

use crate::key::Key;
use crate::profile::{Arrival, Fate, Profile};
use crate::state::Own;
use crate::{End, Flow, FlowConfig, Record};

/// Open flows, fed with records, telling the flows that end.
///
/// Time is what the records say. Nothing is allocated for a packet.
pub struct FlowTable {
    config: FlowConfig,
    slots: Slots,
    ages: Ages,
    /// Empty unless flows are told after a time.
    young: Young,
    clock: Clock,
    counts: Counts,
    /// Bytes that flows hold beyond their own size.
    heap: usize,
    /// Memory of flows that have gone, for those that come: boxes, which go from flow to flow as they are.
    #[allow(clippy::vec_box)]
    spare: Vec<Box<Own>>,
}

/// How many flows' memory waits for others: as many as come and go in turns, and not as many as a flood leaves.
const MOST_SPARE: usize = 4_096;

impl FlowTable {
    /// An empty table.
    #[must_use]
    pub fn new(config: FlowConfig) -> Self {
        Self {
            config,
            slots: Slots::new(),
            ages: Ages::new(config.idle_timeout_nanos(), config.linger_nanos()),
            young: Young::new(),
            clock: Clock::new(config.idle_timeout_nanos()),
            counts: Counts::default(),
            heap: 0,
            spare: Vec::new(),
        }
    }

    /// Takes a record to its flow. Flows that end by it, or have ended before it, are told.
    #[inline]
    pub fn push(&mut self, record: &Record<'_>, told: impl FnMut(&Flow)) {
        let moment = self.clock.see(record.time.as_nanos());
        self.push_at(record, moment, told);
    }

    /// It is this late though no packet says so: flows that have been silent too long are told; and so are, where rows are
    /// asked for [after a time](crate::Early::nanos), flows of several packets that began so long ago and go on. The earliest
    /// time there is says that packets alone tell how late it is, and of the latter none is told then.
    pub fn advance(&mut self, now: Timestamp, mut told: impl FnMut(&Flow)) {
        let is_known = now.as_nanos() > i64::MIN;
        let now = self.clock.set(now.as_nanos());
        self.advance_to(now, &mut told);
        if is_known {
            self.tell_lasting(now, &mut told);
        }
    }

    /// No more records come: all open flows are told, and the table is empty.
    pub fn finish(&mut self, mut told: impl FnMut(&Flow)) {
        for number in 0..self.slots.bound() {
            if self.ages.leave(number) {
                let end =
                    self.slots.get(number).map_or(End::Input, |flow| end_of(flow, End::Input));
                self.end(number, end, &mut told);
            }
        }
    }

    /// The open flow between the ends of a record. The record may still be one that ends it.
    #[must_use]
    pub fn find(&self, record: &Record<'_>) -> Option<&Flow> {
        let (key, _) = Key::of(record);
        let number = self.slots.find(self.slots.hash(&key), &key)?;
        self.slots.get(number)
    }

    /// How many flows are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether no flow is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the open flows take. The table itself takes some 20 bytes for each flow that was open at once, and as many
    /// more where flows are told after a time, and keeps the memory of flows that have gone for those to come.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.len() * size_of::<Flow>() + self.heap
    }

    /// What has been counted so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &FlowConfig {
        &self.config
    }

    /// As [`push`](Self::push), at a time that a clock in front of several tables tells.
    #[inline(always)]
    pub(crate) fn push_at(
        &mut self,
        record: &Record<'_>,
        moment: Moment,
        mut told: impl FnMut(&Flow),
    ) {
        let Moment { now, touched } = moment;
        if self.ages.is_due(now) {
            self.expire(now, &mut told);
        }
        self.counts.packets += 1;
        self.counts.bytes += u64::from(record.wire_len);
        let (key, from_low) = Key::of(record);
        let arrival = Arrival { time: record.time.as_nanos(), now, touched, from_low };
        let hash = self.slots.hash(&key);
        match self.slots.find(hash, &key) {
            Some(number) => self.join(number, record, arrival, &mut told),
            None => self.begin((hash, key), record, arrival, &mut told),
        }
    }

    /// As [`advance`](Self::advance), by a clock in front of several tables.
    pub(crate) fn advance_to(&mut self, now: i64, mut told: impl FnMut(&Flow)) {
        if self.ages.is_due(now) {
            self.expire(now, &mut told);
        }
    }

    /// Tells the flows that have lasted long enough to be told early, at a time that a clock in front of several tables tells.
    /// One of a single packet is told when another comes: there is no talk before that.
    pub(crate) fn tell_lasting(&mut self, now: i64, mut told: impl FnMut(&Flow)) {
        let Some(nanos) = self.config.early_rows().nanos else { return };
        while let Some(number) = self.young.next(now.saturating_sub(nanos)) {
            let goes_on = |flow: &Flow| flow.packets() > 1 && !flow.teardown.is_over();
            if self.slots.get(number).is_some_and(goes_on) {
                self.tell_so_far(number, &mut told);
            }
        }
    }

    #[inline(always)]
    fn join(
        &mut self,
        number: u32,
        record: &Record<'_>,
        arrival: Arrival,
        told: &mut impl FnMut(&Flow),
    ) {
        let (profile, config) = (self.config.profile(), &self.config);
        let Some(state) = self.slots.get_mut(number) else { return };
        self.counts.late += u64::from(arrival.time < state.last);
        let was_over = state.teardown.is_over();
        let fate = profile.judge(state, record, arrival, config);
        match fate {
            Fate::Joins | Fate::Ends(_) => {
                let growth = profile.add(state, record, arrival, config);
                state.touched = arrival.touched;
                self.heap = self.heap.saturating_add_signed(growth);
            }
            Fate::Dropped => self.counts.dropped += 1,
            Fate::Restarts(end) => return self.restart(number, record, (arrival, end), told),
        }
        if let Fate::Ends(end) = fate {
            return self.end(number, end, told);
        }
        if state.teardown.is_over() && !was_over {
            self.ages.leave(number);
            self.ages.enter(number, state);
        }
        self.tell_early(number, told);
        self.make_room(told);
    }

    fn begin(
        &mut self,
        (hash, key): (u64, Key),
        record: &Record<'_>,
        arrival: Arrival,
        told: &mut impl FnMut(&Flow),
    ) {
        while self.slots.len() >= self.config.flows() && self.evict(told) {}
        let mut state = Flow::new((self.config.profile(), key), arrival.from_low, arrival.time);
        state.touched = arrival.touched;
        state.own = self.spare.pop();
        self.config.profile().begin(&mut state, record, arrival, &self.config);
        self.heap += state.heap();
        let number = self.slots.insert(hash, state);
        if let Some(state) = self.slots.get(number) {
            self.ages.enter(number, state);
        }
        self.watch_age(number, arrival.now);
        self.tell_early(number, told);
        self.make_room(told);
    }

    fn restart(
        &mut self,
        number: u32,
        record: &Record<'_>,
        (arrival, end): (Arrival, End),
        told: &mut impl FnMut(&Flow),
    ) {
        let profile = self.config.profile();
        let Some(state) = self.slots.get_mut(number) else { return };
        let heap = state.heap();
        tell(state, end, &mut self.counts, told);
        profile.restart(state, record, arrival, (end, &self.config));
        state.touched = arrival.touched;
        self.heap = self.heap + state.heap() - heap;
        self.ages.leave(number);
        self.ages.enter(number, state);
        self.watch_age(number, arrival.now);
        self.tell_early(number, told);
        self.make_room(told);
    }

    /// Has a flow told once it has lasted long enough, where that was asked for.
    fn watch_age(&mut self, number: u32, since: i64) {
        if self.config.early_rows().nanos.is_some() {
            self.young.enter(number, since);
        }
    }

    /// Tells a flow and forgets it.
    fn end(&mut self, number: u32, end: End, told: &mut impl FnMut(&Flow)) {
        let Some(state) = self.slots.get_mut(number) else { return };
        tell(state, end, &mut self.counts, told);
        self.heap -= state.heap();
        state.fork = None;
        let own = state.own.take().filter(|_| self.spare.len() < MOST_SPARE);
        self.spare.extend(own.map(Own::emptied));
        self.ages.leave(number);
        self.young.leave(number);
        self.slots.remove(number);
    }

    #[cold]
    fn expire(&mut self, now: i64, told: &mut impl FnMut(&Flow)) {
        while let Some(number) = self.ages.expired(now, &self.slots) {
            let Some(state) = self.slots.get(number) else { continue };
            match self.config.profile() {
                Profile::Native => self.end(number, end_of(state, End::Idle), told),
                // Their flows end by packets alone.
                _ => self.ages.park(number, state),
            }
        }
    }

    /// Makes flows go until the rest takes no more bytes than it may.
    #[inline(always)]
    fn make_room(&mut self, told: &mut impl FnMut(&Flow)) {
        while self.bytes() > self.config.bytes() && self.evict(told) {}
    }

    fn evict(&mut self, told: &mut impl FnMut(&Flow)) -> bool {
        let Some((number, class)) = self.ages.expendable(&self.slots) else { return false };
        let evictions = &mut self.counts.evictions;
        *match class {
            Class::Over => &mut evictions.over,
            Class::Single => &mut evictions.single,
            Class::Settled => &mut evictions.settled,
        } += 1;
        let end = self.slots.get(number).map_or(End::Evicted, |flow| end_of(flow, End::Evicted));
        self.end(number, end, told);
        true
    }

    /// Tells how far a flow is that goes on, where that was asked for.
    #[inline(always)]
    fn tell_early(&mut self, number: u32, told: &mut impl FnMut(&Flow)) {
        let early = self.config.early_rows();
        if early.packets.is_none() && early.nanos.is_none() {
            return;
        }
        let Some(state) = self.slots.get(number) else { return };
        let enough = early.packets.is_some_and(|packets| state.packets() >= packets)
            || early.nanos.is_some_and(|nanos| state.duration_nanos() >= nanos);
        if enough && !state.snapped {
            self.young.leave(number);
            self.tell_so_far(number, told);
        }
    }

    /// Tells what a flow has come to that goes on.
    fn tell_so_far(&mut self, number: u32, told: &mut impl FnMut(&Flow)) {
        let Some(state) = self.slots.get_mut(number) else { return };
        state.snapped = true;
        let mut so_far = state.clone();
        so_far.profile.close(&mut so_far);
        so_far.end = End::Early;
        self.counts.early += 1;
        told(&so_far);
    }
}

/// Why a flow ends that no packet of its own ends: its connection may have been over.
fn end_of(flow: &Flow, otherwise: End) -> End {
    if flow.profile == Profile::Native && flow.teardown.has_ended() {
        crate::profile::ended(flow)
    } else {
        otherwise
    }
}

/// Tells a flow that ends, if its profile tells such flows.
fn tell(flow: &mut Flow, end: End, counts: &mut Counts, told: &mut impl FnMut(&Flow)) {
    let profile = flow.profile;
    flow.end = end;
    profile.close(flow);
    let is_told = profile.tells(flow.packets());
    counts.ended(end, flow.packets(), is_told);
    if is_told {
        told(flow);
    }
}
