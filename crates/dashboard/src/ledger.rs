//! Who was refused, told once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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
        let Some(repeated) = self.news(client, code, Instant::now()) else { return };
        let asked = netsift_alert::clipped(asked, MOST_ASKED).into_owned();
        let who = who.map(str::to_owned);
        self.house.refused(&Refused { client, who, status, code, asked, repeated });
    }

    /// How often it happened since it was told, if it is to be told now.
    fn news(&self, client: IpAddr, code: &'static str, now: Instant) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = told.get_mut(&(client, code)) {
            if now.duration_since(last.at) < QUIET {
                last.repeated += 1;
                return None;
            }
            last.at = now;
            return Some(std::mem::take(&mut last.repeated));
        }
        // Whoever comes from everywhere at once makes no room, and this is a thousand looks at most.
        if told.len() >= MOST_KINDS {
            told.retain(|_, last| now.duration_since(last.at) < QUIET);
        }
        let has_room = told.len() < MOST_KINDS;
        has_room.then(|| told.insert((client, code), Told { at: now, repeated: 0 }));
        has_room.then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;
    impl House for Nobody {}

    #[test]
    fn the_same_is_told_once_and_what_comes_between_is_counted() {
        let ledger = Ledger::new(Arc::new(Nobody));
        let (now, client) = (Instant::now(), [192, 0, 2, 1].into());
        assert_eq!(ledger.news(client, "csrf", now), Some(0));
        assert_eq!(ledger.news(client, "csrf", now), None);
        assert_eq!(ledger.news(client, "method", now), Some(0));
        assert_eq!(ledger.news(client, "csrf", now + QUIET), Some(1));
        assert_eq!(ledger.news(client, "csrf", now + QUIET * 2), Some(0));
        let many = (0..5_000_u32).filter_map(|it| ledger.news(IpAddr::V4(it.into()), "csrf", now));
        assert!(many.count() <= MOST_KINDS);
        assert!(ledger.told.lock().unwrap().len() <= MOST_KINDS);
    }
}
