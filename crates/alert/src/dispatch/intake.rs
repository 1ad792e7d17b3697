//! From the hand of who tells alerts into the queue of a sink.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::post::{Post, Stage};
use super::state::Part;
use crate::limit::Limiter;
use crate::{Alert, Limit, time};

/// So many alerts are put in the queue at once.
const AT_ONCE: usize = 1_024;
/// So long who is patient waits for a sink that takes nothing: as long as a disk may be busy, and not for ever.
const STILL: Duration = Duration::from_secs(60);

/// Takes alerts and puts those that are within the limit in the queue, in a thread of its own: a slow disk stops nobody.
pub(super) struct Intake {
    pub(super) alerts: Receiver<Arc<Alert>>,
    pub(super) limiter: Limiter,
    /// The limit that holds, which may change meanwhile.
    pub(super) limit: Arc<Mutex<Limit>>,
    pub(super) post: Arc<Post>,
    /// Whether a sink that works is waited for.
    pub(super) is_patient: bool,
}

impl Intake {
    /// Until nobody can tell alerts any more.
    pub(super) fn run(mut self) {
        let mut is_over = false;
        while !is_over {
            let first = self.first();
            is_over = first.is_err();
            let some = first.into_iter().flatten().chain(self.alerts.try_iter()).take(AT_ONCE);
            let now = Instant::now();
            self.limiter.set(*self.limit.lock().unwrap_or_else(PoisonError::into_inner));
            let mut more = self.limiter.turn(now);
            let mut batch = Vec::new();
            let mut limited = 0;
            for alert in some {
                if self.limiter.passes(&alert, now) {
                    batch.push(Arc::unwrap_or_clone(alert));
                } else {
                    limited += 1;
                }
            }
            self.post.gauges.limited.add(limited);
            if is_over {
                more = more.or_else(|| self.limiter.rest());
            }
            self.post.gauges.handed.add(more.iter().len() as u64);
            batch.extend(more);
            self.put(&batch);
        }
        self.post.reach(Stage::Draining);
    }

    /// Waits for an alert; nothing if something else is to be done, an error if there will be none.
    fn first(&self) -> Result<Option<Arc<Alert>>, RecvTimeoutError> {
        let Some(due) = self.limiter.due() else {
            return self.alerts.recv().map(Some).map_err(RecvTimeoutError::from);
        };
        match self.alerts.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => Ok(None),
            received => received.map(Some),
        }
    }

    fn put(&self, mut batch: &[Alert]) {
        let gauges = &self.post.gauges;
        while !batch.is_empty() {
            let mut inner = self.post.lock();
            if self.is_patient {
                inner = self.post.with_room(inner, STILL);
            }
            let appended = inner.queue.append(time::now(), batch);
            self.post.notify(&inner);
            drop(inner);
            let taken = match appended {
                Ok(taken) => taken,
                Err(error) => {
                    gauges.unwritten.add(batch.len() as u64);
                    return self.post.failed(Part::Queue, &error);
                }
            };
            batch = batch.get(taken..).unwrap_or_default();
            if taken > 0 {
                self.post.succeeded(Part::Queue);
            }
            // What has no room though it was waited for gets none.
            if taken == 0 || !self.is_patient {
                return gauges.overflowed.add(batch.len() as u64);
            }
        }
    }
}
