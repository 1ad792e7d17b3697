//! From the hand of who tells alerts into the queue of a sink.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::post::{Post, Stage};
use super::state::Part;
use crate::limit::Limiter;
use crate::{Alert, Limit, time};

/// So many alerts are put in the queue at once.
const AT_ONCE: usize = 1_024;

/// Takes alerts and puts those that are within the limit in the queue, in a thread of its own: a slow disk stops nobody.
pub(super) struct Intake {
    pub(super) alerts: Receiver<Arc<Alert>>,
    pub(super) limiter: Limiter,
    /// The limit that holds, which may change meanwhile.
    pub(super) limit: Arc<Mutex<Limit>>,
    pub(super) post: Arc<Post>,
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

    fn put(&self, batch: &[Alert]) {
        if batch.is_empty() {
            return;
        }
        let (all, gauges) = (batch.len() as u64, &self.post.gauges);
        let mut inner = self.post.lock();
        let appended = inner.queue.append(time::now(), batch);
        self.post.notify(&inner);
        drop(inner);
        match appended {
            Ok(taken) => {
                gauges.overflowed.add(all - taken as u64);
                if taken > 0 {
                    self.post.succeeded(Part::Queue);
                }
            }
            Err(error) => {
                gauges.unwritten.add(all);
                self.post.failed(Part::Queue, &error);
            }
        }
    }
}
