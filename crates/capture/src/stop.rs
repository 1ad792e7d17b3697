//! A wish to end, told from one thread to those that wait in another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Ends a source from elsewhere: from a handler of signals, from another thread. Clones mean the same end.
///
/// The source ends as it would by itself: what it has found is handed over, then it says that there is no more.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_asked: AtomicBool,
    /// Held while the wish is told, so that nobody looks before and sleeps after.
    telling: Mutex<()>,
    told: Condvar,
}

impl Stop {
    /// A wish that was not uttered yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the end, and wakes who waits.
    pub fn stop(&self) {
        let _telling = self.shared.telling.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.is_asked.store(true, Ordering::Release);
        self.shared.told.notify_all();
    }

    /// Whether the end was asked for.
    #[must_use]
    #[inline]
    pub fn is_asked(&self) -> bool {
        self.shared.is_asked.load(Ordering::Acquire)
    }

    /// Waits so long, or until the end is asked for; whether it was.
    pub fn wait(&self, patience: Duration) -> bool {
        let Some(until) = Instant::now().checked_add(patience) else { return self.wait_for_ever() };
        let mut telling = self.shared.telling.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.is_asked() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.told.wait_timeout(telling, left);
            telling = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// For a patience that no clock can hold.
    fn wait_for_ever(&self) -> bool {
        let mut telling = self.shared.telling.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.is_asked() {
            telling = self.shared.told.wait(telling).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn who_waits_is_woken() {
        let stop = Stop::new();
        let waiting = [Duration::from_secs(60), Duration::MAX].map(|patience| {
            let stop = stop.clone();
            thread::spawn(move || stop.wait(patience))
        });
        let asked = Instant::now();
        stop.stop();
        assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
        assert!(asked.elapsed() < Duration::from_secs(30));
        assert!(stop.is_asked());
    }

    #[test]
    fn a_wait_that_nobody_ends_takes_its_time() {
        let (stop, began) = (Stop::new(), Instant::now());
        assert!(!stop.wait(Duration::from_millis(30)));
        assert!(began.elapsed() >= Duration::from_millis(30));
    }
}
