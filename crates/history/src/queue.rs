//! What waits to be written: a room for each kind, and a hand-over that never waits.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use netsift_alert::Alert;

use crate::settings::Room;
use crate::{Flow, HostScore};

/// How many records go into one transaction at most. It is written page by page, and the more records share a page, the
/// less a record costs; others who write wait half a second for it.
pub(crate) const BATCH: usize = 25_000;

/// A disk may be busy for a while; who waits for one that takes nothing would wait for ever.
const STILL: Duration = Duration::from_secs(60);

/// Numbers of records, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Numbers {
    /// Alerts, each time one was told.
    pub alerts: u64,
    /// Flows of which something is said.
    pub verdicts: u64,
    /// Flows of which nothing is said.
    pub flows: u64,
    /// Scores of hosts.
    pub hosts: u64,
}

/// What is written in one transaction.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) alerts: Vec<Alert>,
    pub(crate) verdicts: Vec<Flow>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) hosts: Vec<HostScore>,
}

/// Between those who hand over and the one who writes.
pub(crate) struct Queue {
    room: Room,
    /// So long who is patient waits for room.
    still: Duration,
    state: Mutex<State>,
    /// There is something to do for the writer.
    filled: Condvar,
    /// There is room, or a batch is settled, or stuck.
    settled: Condvar,
}

#[derive(Default)]
struct State {
    alerts: VecDeque<Alert>,
    verdicts: VecDeque<Flow>,
    flows: VecDeque<Flow>,
    hosts: VecDeque<HostScore>,
    /// What was let in.
    taken: Numbers,
    /// Of that, what is written or given up.
    settled: Numbers,
    /// What found no room.
    refused: Numbers,
    is_urgent: bool,
    /// What was taken last cannot be written: nobody waits for room.
    is_stuck: bool,
    is_closed: bool,
}

impl Queue {
    pub(crate) fn new(room: Room) -> Self {
        let state = Mutex::default();
        Self { room, still: STILL, state, filled: Condvar::new(), settled: Condvar::new() }
    }

    pub(crate) fn alert(&self, alert: Alert, waits: bool) -> bool {
        self.offer(alert, self.room.alerts, waits, |state| &mut state.alerts, |sum| &mut sum.alerts)
    }

    pub(crate) fn verdict(&self, flow: Flow, waits: bool) -> bool {
        self.offer(
            flow,
            self.room.verdicts,
            waits,
            |state| &mut state.verdicts,
            |sum| &mut sum.verdicts,
        )
    }

    pub(crate) fn flow(&self, flow: Flow, waits: bool) -> bool {
        self.offer(flow, self.room.flows, waits, |state| &mut state.flows, |sum| &mut sum.flows)
    }

    pub(crate) fn host(&self, host: HostScore, waits: bool) -> bool {
        self.offer(host, self.room.verdicts, waits, |state| &mut state.hosts, |sum| &mut sum.hosts)
    }

    /// Waits for a batch: until there are records enough, or for so long. Nothing once it is closed and empty.
    pub(crate) fn take(&self, longest: Duration) -> Option<Batch> {
        let until = Instant::now() + longest;
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if state.waiting() >= BATCH || state.is_urgent || state.is_closed || left.is_zero() {
                break;
            }
            state = self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.is_urgent = false;
        let batch = state.batch();
        self.settled.notify_all();
        match state.is_closed && batch.is_empty() {
            true => None,
            false => Some(batch),
        }
    }

    /// Lets time go by, unless it is closed meanwhile; answers whether it is.
    pub(crate) fn rest(&self, longest: Duration) -> bool {
        let until = Instant::now() + longest;
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if state.is_closed || left.is_zero() {
                return state.is_closed;
            }
            state = self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// These are written or given up.
    pub(crate) fn settle(&self, numbers: Numbers) {
        let mut state = self.lock();
        state.settled.add(numbers);
        state.is_stuck = false;
        drop(state);
        self.settled.notify_all();
    }

    /// What was taken cannot be written for now.
    pub(crate) fn stick(&self) {
        self.lock().is_stuck = true;
        self.settled.notify_all();
    }

    /// Waits until everything that was let in so far is written or given up; answers whether it is.
    pub(crate) fn drained(&self, longest: Duration) -> bool {
        let until = Instant::now() + longest;
        let mut state = self.lock();
        let goal = state.taken;
        while !state.settled.reaches(goal) {
            state.is_urgent = true;
            self.filled.notify_all();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state =
                self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_all();
        self.settled.notify_all();
    }

    pub(crate) fn refused(&self) -> Numbers {
        self.lock().refused
    }

    pub(crate) fn waiting(&self) -> Numbers {
        let state = self.lock();
        state.taken.less(state.settled)
    }

    fn offer<T>(
        &self,
        one: T,
        room: usize,
        waits: bool,
        queue: fn(&mut State) -> &mut VecDeque<T>,
        number: fn(&mut Numbers) -> &mut u64,
    ) -> bool {
        let (mut state, until) = (self.lock(), Instant::now() + self.still);
        while waits && !state.is_closed && !state.is_stuck && queue(&mut state).len() >= room {
            state.is_urgent = true;
            self.filled.notify_all();
            let left = until.saturating_duration_since(Instant::now());
            // A disk that takes nothing for so long is as good as one that fails.
            state.is_stuck = left.is_zero();
            state =
                self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let is_taken = !state.is_closed && queue(&mut state).len() < room;
        if is_taken {
            queue(&mut state).push_back(one);
            *number(&mut state.taken) += 1;
        } else {
            *number(&mut state.refused) += 1;
        }
        if is_taken && state.waiting() == BATCH {
            self.filled.notify_all();
        }
        is_taken
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.alerts.len() + self.verdicts.len() + self.flows.len() + self.hosts.len()
    }

    /// The oldest of each kind: alerts before verdicts before the rest.
    fn batch(&mut self) -> Batch {
        let mut room = BATCH;
        Batch {
            alerts: front(&mut self.alerts, &mut room),
            verdicts: front(&mut self.verdicts, &mut room),
            hosts: front(&mut self.hosts, &mut room),
            flows: front(&mut self.flows, &mut room),
        }
    }
}

fn front<T>(queue: &mut VecDeque<T>, room: &mut usize) -> Vec<T> {
    let taken: Vec<T> = queue.drain(..queue.len().min(*room)).collect();
    *room -= taken.len();
    taken
}

impl Batch {
    pub(crate) fn numbers(&self) -> Numbers {
        Numbers {
            alerts: self.alerts.len() as u64,
            verdicts: self.verdicts.len() as u64,
            flows: self.flows.len() as u64,
            hosts: self.hosts.len() as u64,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.numbers() == Numbers::default()
    }
}

impl Numbers {
    /// All of them together.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.alerts + self.verdicts + self.flows + self.hosts
    }

    pub(crate) const fn add(&mut self, more: Self) {
        self.alerts += more.alerts;
        self.verdicts += more.verdicts;
        self.flows += more.flows;
        self.hosts += more.hosts;
    }

    const fn less(&self, done: Self) -> Self {
        Self {
            alerts: self.alerts - done.alerts,
            verdicts: self.verdicts - done.verdicts,
            flows: self.flows - done.flows,
            hosts: self.hosts - done.hosts,
        }
    }

    const fn reaches(&self, goal: Self) -> bool {
        self.alerts >= goal.alerts
            && self.verdicts >= goal.verdicts
            && self.flows >= goal.flows
            && self.hosts >= goal.hosts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(nanos: i64) -> HostScore {
        HostScore { address: [192, 0, 2, 1].into(), nanos, score: 1.0 }
    }

    #[test]
    fn what_finds_no_room_is_counted_and_the_rest_comes_in_order() {
        let queue = Queue::new(Room { alerts: 1, verdicts: 2, flows: 1 });
        let taken: Vec<bool> = (0..3).map(|nanos| queue.host(host(nanos), false)).collect();
        assert_eq!(taken, [true, true, false]);
        assert_eq!((queue.refused().hosts, queue.waiting().hosts), (1, 2));
        let batch = queue.take(Duration::ZERO).unwrap();
        assert_eq!(batch.hosts.iter().map(|host| host.nanos).collect::<Vec<_>>(), [0, 1]);
        assert!(!queue.drained(Duration::ZERO));
        queue.settle(batch.numbers());
        assert!(queue.drained(Duration::ZERO));
        assert!(queue.host(host(3), false));
        queue.close();
        assert!(!queue.host(host(4), false) && queue.refused().hosts == 2);
        assert_eq!(queue.take(Duration::from_secs(60)).unwrap().numbers().total(), 1);
        assert!(queue.take(Duration::from_secs(60)).is_none());
    }

    #[test]
    fn who_is_patient_waits_for_room_and_not_for_what_is_stuck() {
        let queue = Queue::new(Room { alerts: 1, verdicts: 2, flows: 1 });
        let began = Instant::now();
        std::thread::scope(|scope| {
            let told = scope.spawn(|| (0..100).all(|nanos| queue.host(host(nanos), true)));
            let mut taken = 0;
            while taken < 100 {
                let batch = queue.take(Duration::from_secs(1)).unwrap();
                taken += batch.hosts.len();
                queue.settle(batch.numbers());
            }
            assert!(told.join().unwrap());
        });
        assert_eq!(queue.refused().hosts, 0);
        // For who waits a batch is taken at once, and not when its second is over.
        assert!(began.elapsed() < Duration::from_secs(20));
        queue.stick();
        let taken: Vec<bool> = (0..3).map(|nanos| queue.host(host(nanos), true)).collect();
        assert_eq!(taken, [true, true, false]);
    }

    #[test]
    fn nobody_is_patient_for_ever() {
        let room = Room { alerts: 1, verdicts: 2, flows: 1 };
        let queue = Queue { still: Duration::from_millis(50), ..Queue::new(room) };
        let taken: Vec<bool> = (0..5).map(|nanos| queue.host(host(nanos), true)).collect();
        assert_eq!(taken, [true, true, false, false, false]);
        // As soon as something is written, it is worth waiting again.
        let batch = queue.take(Duration::ZERO).unwrap();
        queue.settle(batch.numbers());
        assert!(queue.host(host(5), true) && !queue.lock().is_stuck);
    }
}
