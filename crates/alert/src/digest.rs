//! Many alerts in one message.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::more::More;
use crate::{Alert, AlertId};

/// So many alerts are named in one message at the most; the rest is one more, which counts them.
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

    /// Whether all that waits goes into one message.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.every.is_zero()
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

/// All that waits, as one message: of each alert what was told last, the worst first. However many there are, no more than
/// twice [`MAX_DIGEST`] are in memory.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// In the order in which they were told first.
    latest: Vec<Alert>,
    places: HashMap<AlertId, usize>,
    /// The least of them, counted.
    more: Option<More>,
}

impl Gathered {
    pub(crate) fn add(&mut self, alert: Alert) {
        let place = *self.places.entry(alert.id).or_insert(self.latest.len());
        match self.latest.get_mut(place) {
            Some(before) => *before = alert,
            None => self.latest.push(alert),
        }
        if self.latest.len() == 2 * MAX_DIGEST {
            self.count_the_least();
        }
    }

    pub(crate) fn message(mut self) -> Vec<Alert> {
        self.count_the_least();
        self.latest.extend(self.more.map(More::alert));
        self.latest
    }

    fn count_the_least(&mut self) {
        // Of equals the first stays first.
        self.latest.sort_by_key(|alert| Reverse((alert.level, (alert.score * 1_000.0) as i64)));
        for alert in self.latest.drain(MAX_DIGEST.min(self.latest.len())..) {
            More::add(&mut self.more, &alert);
        }
        let places = self.latest.iter().enumerate();
        self.places = places.map(|(place, alert)| (alert.id, place)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::more::stands_for;
    use crate::{Level, example};

    fn gathered(alerts: impl IntoIterator<Item = Alert>) -> Vec<Alert> {
        let mut gathered = Gathered::default();
        alerts.into_iter().for_each(|alert| gathered.add(alert));
        gathered.message()
    }

    #[test]
    fn a_message_is_due_once_for_all_that_wait() {
        let (mut digest, start) = (Digest::new(Duration::from_secs(60)), Instant::now());
        let due = start + Duration::from_secs(60);
        assert_eq!(digest.due(start), due);
        assert_eq!(digest.due(start + Duration::from_secs(50)), due);
        digest.sent();
        assert_eq!(digest.due(due), due + Duration::from_secs(60));
        assert!(digest.is_wanted() && !Digest::new(Duration::ZERO).is_wanted());
    }

    #[test]
    fn what_grew_is_in_it_once_and_the_worst_leads() {
        let (one, other) = (example("a", 1), example("b", 2));
        let grown = Alert { count: 9, ..one.clone() };
        assert_eq!(gathered([one.clone(), other.clone(), grown.clone()]), [grown, other.clone()]);
        let worst = Alert { level: Level::Critical, ..example("c", 3) };
        assert_eq!(gathered([one.clone(), other.clone(), worst.clone()]), [worst, one, other]);
    }

    #[test]
    fn however_many_there_are_the_worst_are_named_and_the_rest_is_counted() {
        let level = |number: i64| if number % 100 == 99 { Level::Critical } else { Level::Low };
        let alerts =
            (0..50_000).map(|number| Alert { level: level(number), ..example("a", number) });
        let told = gathered(alerts);
        assert_eq!(told.len(), MAX_DIGEST + 1);
        let worst = told.iter().filter(|alert| alert.level == Level::Critical).count();
        assert_eq!((worst, told[499].nanos), (500, 49_999), "all of them, in their order");
        let more = &told[MAX_DIGEST];
        assert_eq!((more.what.as_str(), more.level), ("and 49000 more", Level::Low));
        assert_eq!(told.iter().map(stands_for).sum::<u64>(), 50_000);
    }
}
