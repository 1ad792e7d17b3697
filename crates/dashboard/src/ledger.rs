//! Who was refused, told once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::answer::Why;
use crate::{House, Refused};

/// The same, to the same client, is told so often: what comes between is counted.
const QUIET: Duration = Duration::from_secs(10);
/// So many are told apart; what more there are is only counted.
const MOST_KINDS: usize = 1_000;
/// The most of an address of the page that is told.
const MOST_ASKED: usize = 200;

/// What was refused.
pub(crate) struct Ledger {
    house: Arc<dyn House>,
    told: Mutex<HashMap<(IpAddr, &'static str), Told>>,
    refused: AtomicU64,
}

struct Told {
    at: Instant,
    repeated: u64,
    /// The last that was only counted.
    last: Option<Refused>,
}

impl Ledger {
    pub(crate) fn new(house: Arc<dyn House>) -> Self {
        Self { house, told: Mutex::default(), refused: AtomicU64::new(0) }
    }

    /// How many there were.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Tells the house, unless the same was told a moment ago.
    pub(crate) fn note(&self, client: IpAddr, who: Option<&str>, why: Why, asked: &str) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let (status, code) = why.facts();
        let asked = netsift_alert::clipped(asked, MOST_ASKED).into_owned();
        let who = who.map(str::to_owned);
        let refused = Refused { client, who, status, code, asked, repeated: 0 };
        self.news(refused, Instant::now()).iter().for_each(|news| self.house.refused(news));
    }

    /// Tells what was only counted and is over: nothing that comes later would.
    pub(crate) fn catch_up(&self) {
        self.rest(Instant::now()).iter().for_each(|rest| self.house.refused(rest));
    }

    /// The same with how often it happened since it was told, if it is to be told now.
    fn news(&self, refused: Refused, now: Instant) -> Option<Refused> {
        let kind = (refused.client, refused.code);
        let mut told = self.lock();
        if let Some(before) = told.get_mut(&kind) {
            if now.duration_since(before.at) < QUIET {
                before.repeated += 1;
                before.last = Some(refused);
                return None;
            }
            (before.at, before.last) = (now, None);
            return Some(Refused { repeated: std::mem::take(&mut before.repeated), ..refused });
        }
        // Whoever comes from everywhere at once makes no room, and this is a thousand looks at most.
        if told.len() >= MOST_KINDS {
            told.retain(|_, last| now.duration_since(last.at) < QUIET);
        }
        let has_room = told.len() < MOST_KINDS;
        has_room.then(|| told.insert(kind, Told { at: now, repeated: 0, last: None }));
        has_room.then_some(refused)
    }

    /// The last of each kind that was only counted for long enough, with how many there were before it.
    fn rest(&self, now: Instant) -> Vec<Refused> {
        let mut told = self.lock();
        let due = told.values_mut().filter(|told| now.duration_since(told.at) >= QUIET);
        let rest = |told: &mut Told| {
            let last = told.last.take()?;
            told.at = now;
            Some(Refused { repeated: std::mem::take(&mut told.repeated) - 1, ..last })
        };
        due.filter_map(rest).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(IpAddr, &'static str), Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;
    impl House for Nobody {}

    fn refused(client: u32, code: &'static str, asked: &str) -> Refused {
        let (client, asked) = (IpAddr::V4(client.into()), asked.to_owned());
        Refused { client, who: None, status: 403, code, asked, repeated: 0 }
    }

    #[test]
    fn the_same_is_told_once_and_what_comes_between_is_counted() {
        let ledger = Ledger::new(Arc::new(Nobody));
        let now = Instant::now();
        let told = |code, now| ledger.news(refused(1, code, ""), now).map(|it| it.repeated);
        assert_eq!(told("csrf", now), Some(0));
        assert_eq!(told("csrf", now), None);
        assert_eq!(told("method", now), Some(0));
        assert_eq!(told("csrf", now + QUIET), Some(1));
        assert_eq!(told("csrf", now + QUIET * 2), Some(0));
        let many = (0..5_000).filter_map(|it| ledger.news(refused(it, "csrf", ""), now));
        assert!(many.count() <= MOST_KINDS);
        assert!(ledger.told.lock().unwrap().len() <= MOST_KINDS);
    }

    #[test]
    fn the_end_of_an_attack_is_told() {
        let ledger = Ledger::new(Arc::new(Nobody));
        let now = Instant::now();
        for place in 0..5 {
            ledger.news(refused(1, "csrf", &format!("POST /{place}")), now);
        }
        ledger.news(refused(2, "csrf", "once"), now);
        assert_eq!(ledger.rest(now + QUIET / 2), []);
        let last = Refused { repeated: 3, ..refused(1, "csrf", "POST /4") };
        assert_eq!(ledger.rest(now + QUIET), [last], "the fifth, and three before it");
        assert_eq!(ledger.rest(now + QUIET * 2), [], "and nothing twice");
        let again = ledger.news(refused(1, "csrf", "later"), now + QUIET * 2);
        assert_eq!(again.map(|it| it.repeated), Some(0));
    }
}
