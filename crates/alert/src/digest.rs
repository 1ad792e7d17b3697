//! Many alerts in one message.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::Alert;

/// So many alerts are in one message at the most; more are in the next one.
pub(crate) const MAX_DIGEST: usize = 1_000;

/// When the next message is due: so long after the first alert that waits for it.
#[derive(Debug)]
pub(crate) struct Digest {
    every: Duration,
    due: Option<Instant>,
}

impl Digest {
    pub(crate) fn new(every: Duration) -> Self {
        Self { every, due: None }
    }

    /// How many alerts go into one message.
    pub(crate) fn most(&self, without: usize) -> usize {
        if self.every.is_zero() { without } else { MAX_DIGEST }
    }

    /// There are alerts that wait: when they are due.
    pub(crate) fn due(&mut self, now: Instant) -> Instant {
        *self.due.get_or_insert_with(|| now.checked_add(self.every).unwrap_or(now))
    }

    /// The message is out.
    pub(crate) fn sent(&mut self) {
        self.due = None;
    }
}

/// What was told of the same alert several times, once: as it was told last, where it was told first.
pub(crate) fn latest(alerts: Vec<Alert>) -> Vec<Alert> {
    let mut places = HashMap::new();
    let mut latest: Vec<Alert> = Vec::with_capacity(alerts.len());
    for alert in alerts {
        let place = *places.entry(alert.id).or_insert(latest.len());
        match latest.get_mut(place) {
            Some(before) => *before = alert,
            None => latest.push(alert),
        }
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn a_message_is_due_once_for_all_that_wait() {
        let (mut digest, start) = (Digest::new(Duration::from_secs(60)), Instant::now());
        let due = start + Duration::from_secs(60);
        assert_eq!(digest.due(start), due);
        assert_eq!(digest.due(start + Duration::from_secs(50)), due);
        digest.sent();
        assert_eq!(digest.due(due), due + Duration::from_secs(60));
        assert_eq!((digest.most(1), Digest::new(Duration::ZERO).most(1)), (MAX_DIGEST, 1));
    }

    #[test]
    fn what_grew_is_in_it_once() {
        let (one, other) = (example("a", 1), example("b", 2));
        let grown = Alert { count: 9, ..one.clone() };
        assert_eq!(latest(vec![one, other.clone(), grown.clone()]), [grown, other]);
    }
}
