//! Which flows have been silent for how long, without touching any other flow when a packet comes.
//!
//! A wheel of lists by time: a flow is entered by when it was last touched, and stays there however often
//! it is touched again. Whoever takes it out looks at the flow and, if it was touched since, enters it anew.

use super::queues::Queues;
use super::slots::Slots;
use crate::state::Flow;

/// How finely an idle timeout is measured by the wheel.
const TICKS: i64 = 128;
/// How many lists a wheel has: more than the ticks that a flow can wait in it.
const SLOTS: i64 = 2 * TICKS;
/// The lists of a class: its wheel, and one of flows that have waited longer and are kept all the same.
const LISTS: usize = SLOTS as usize + 1;

/// What a flow is evicted by, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Its connection is over.
    Over,
    /// It has had one packet.
    Single,
    /// All others.
    Settled,
}

const CLASSES: [Class; 3] = [Class::Over, Class::Single, Class::Settled];

impl Class {
    /// The class of a flow as it is now.
    pub(super) fn of(state: &Flow) -> Self {
        match (state.teardown.is_over(), state.packets()) {
            (true, _) => Self::Over,
            (_, 0 | 1) => Self::Single,
            _ => Self::Settled,
        }
    }
}

/// Flows by class and by when they were last touched.
pub(super) struct Ages {
    queues: Queues,
    wheels: [Wheel; CLASSES.len()],
    /// How long a tick is, in nanoseconds.
    width: i64,
    /// The tick it is, and when the next begins.
    now: i64,
    due: i64,
}

#[derive(Clone, Copy)]
struct Wheel {
    /// The silence that ends a flow, in ticks.
    silence: i64,
    /// Flows in the wheel.
    count: usize,
    /// No flow was entered before this tick.
    oldest: i64,
}

impl Ages {
    /// For flows that end after a silence of `idle` nanoseconds, or of `linger` once their connection is over.
    pub(super) fn new(idle: i64, linger: i64) -> Self {
        let width = idle / TICKS + 1;
        let wheel = |silence: i64| Wheel { silence: silence / width + 1, count: 0, oldest: 0 };
        Self {
            queues: Queues::new(LISTS * CLASSES.len()),
            wheels: [wheel(linger.min(idle)), wheel(idle), wheel(idle)],
            width,
            now: 0,
            due: i64::MIN,
        }
    }

    /// Enters a flow.
    pub(super) fn enter(&mut self, number: u32, state: &Flow) {
        let class = Class::of(state);
        // Lists a turn apart are one: nothing is entered further back than a turn.
        let tick = self.tick(state.touched).clamp(self.now.saturating_sub(SLOTS - 1), self.now);
        let wheel = &mut self.wheels[class as usize];
        wheel.oldest = if wheel.count == 0 { tick } else { wheel.oldest.min(tick) };
        wheel.count += 1;
        self.queues.push(list(class, tick), number);
    }

    /// Takes a flow out, wherever it is; `false` if there is none of that number.
    pub(super) fn leave(&mut self, number: u32) -> bool {
        let Some(list) = self.queues.remove(number) else { return false };
        if list % LISTS != PARKED {
            self.wheels[list / LISTS].count -= 1;
        }
        true
    }

    /// Keeps a flow that has waited longer than the wheel turns.
    pub(super) fn park(&mut self, number: u32, state: &Flow) {
        self.queues.push(Class::of(state) as usize * LISTS + PARKED, number);
    }

    /// Whether flows may have become too old by `now`.
    #[inline(always)]
    pub(super) fn is_due(&self, now: i64) -> bool {
        now >= self.due
    }

    /// Takes out the next flow that has been silent too long by `now`; `None` if there is no more.
    pub(super) fn expired(&mut self, now: i64, slots: &Slots) -> Option<u32> {
        self.now = self.tick(now);
        for class in CLASSES {
            let until = self.now.saturating_sub(self.wheels[class as usize].silence + 1);
            if let Some(number) = self.take(class, until, until, slots) {
                return Some(number);
            }
        }
        self.due = self.now.saturating_add(1).saturating_mul(self.width);
        None
    }

    /// Takes out the flow that is to go if one must, and tells why it is the one.
    pub(super) fn expendable(&mut self, slots: &Slots) -> Option<(u32, Class)> {
        for class in CLASSES {
            let found =
                self.parked(class, slots).or_else(|| self.take(class, i64::MAX, i64::MIN, slots));
            if let Some(number) = found {
                return Some((number, class));
            }
        }
        None
    }

    /// Takes the flow of that class that was touched first out of the wheel, if it was entered in tick `until` or
    /// before; one that was touched in tick `over` or before is taken wherever it is. Others that are not what
    /// they were entered as are entered anew on the way.
    ///
    /// That ends: a flow entered anew lies behind `until`, or less than a turn after the list it was taken from,
    /// since whatever is older than a silence has been taken out at every tick. After a leap of more than a turn
    /// all flows were touched in `over` or before.
    fn take(&mut self, class: Class, until: i64, over: i64, slots: &Slots) -> Option<u32> {
        loop {
            let wheel = &mut self.wheels[class as usize];
            if wheel.count == 0 || wheel.oldest > until {
                return None;
            }
            let tick = wheel.oldest;
            let Some(number) = self.queues.first(list(class, tick)) else {
                // The next flow is less than a turn away.
                wheel.oldest += 1;
                continue;
            };
            self.leave(number);
            let Some(state) = slots.get(number) else { continue };
            let touched = self.tick(state.touched);
            // A time that the clock has not come to in all that while was never believed.
            let is_forged = tick <= over && touched > self.now;
            if Class::of(state) == class && (touched.min(self.now) <= tick.max(over) || is_forged) {
                return Some(number);
            }
            self.enter(number, state);
        }
    }

    /// Takes out the flow of that class that was parked first and not touched since.
    fn parked(&mut self, class: Class, slots: &Slots) -> Option<u32> {
        let list = class as usize * LISTS + PARKED;
        while let Some(number) = self.queues.first(list) {
            self.leave(number);
            let Some(state) = slots.get(number) else { continue };
            let silence = self.due.saturating_sub(state.touched);
            let is_old = self.tick(silence) > self.wheels[class as usize].silence;
            if Class::of(state) == class && is_old {
                return Some(number);
            }
            self.enter(number, state);
        }
        None
    }

    fn tick(&self, time: i64) -> i64 {
        time.div_euclid(self.width)
    }
}

/// The place of the list of parked flows among those of a class.
const PARKED: usize = SLOTS as usize;

fn list(class: Class, tick: i64) -> usize {
    class as usize * LISTS + tick.rem_euclid(SLOTS) as usize
}
