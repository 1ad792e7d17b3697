//! What is only known while detection runs, as whoever runs it tells it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::events::Events;
use crate::time::{millis, now};

/// How it goes: totals since detection began, and what waits at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// When, in nanoseconds since 1970 by the clock of the machine.
    pub at: i64,
    /// Packets so far.
    pub packets: u64,
    /// Bytes so far.
    pub bytes: u64,
    /// Flows that ended so far.
    pub flows: u64,
    /// Alerts so far.
    pub alerts: u64,
    /// Packets that the system had no room for, where it says so.
    pub kernel_drops: Option<u64>,
    /// Packets that the interface had no room for, where it says so.
    pub interface_drops: Option<u64>,
    /// Packets that the queue between reading and detection had no room for.
    pub queue_drops: u64,
    /// Batches that wait between the two.
    pub batches_waiting: u64,
    /// How many could.
    pub batches_room: u64,
    /// Flows that wait for a model.
    pub flows_waiting: u64,
    /// Memory of the program, in bytes.
    pub resident: Option<u64>,
    /// How the history is written, where that is this program's business.
    pub history: Option<Keeping>,
}

/// How a history is written: how many records it holds too few.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Keeping {
    /// Those that found no room, or could not be written, and never will be.
    pub lost: u64,
    /// Those that wait to be written.
    pub waiting: u64,
    /// What is wrong now, if something is: that the disk is full.
    pub trouble: Option<String>,
}

/// Where whoever runs detection tells how it goes. Telling costs a lock for vitals, and an atomic addition for a
/// strangeness.
#[derive(Clone, Debug)]
pub struct Board(Arc<Inner>);

/// How many seconds are remembered: an hour, for whoever opens a page.
const SECONDS: usize = 3_600;
/// Bins of strangeness, from 0 to 1.
const BINS: usize = 100;

#[derive(Debug)]
struct Inner {
    seconds: Mutex<Seconds>,
    strangeness: [AtomicU64; BINS],
    events: Events,
}

#[derive(Debug, Default)]
struct Seconds {
    began: Option<i64>,
    last: Vitals,
    rows: VecDeque<Second>,
    strange_from: Option<f64>,
}

/// What happened in a second: how much of it, and how it was at its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Second {
    pub(crate) at: f64,
    packets: f64,
    bytes: f64,
    flows: f64,
    alerts: f64,
    dropped: f64,
    batches_waiting: u64,
    batches_room: u64,
    flows_waiting: u64,
    resident: Option<u64>,
}

/// How much there was since it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) flows: u64,
    pub(crate) alerts: u64,
    pub(crate) kernel_drops: Option<u64>,
    pub(crate) interface_drops: Option<u64>,
    pub(crate) queue_drops: u64,
    pub(crate) history: Option<Keeping>,
}

/// How strange flows were.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Strangeness {
    bins: Vec<u64>,
    threshold: Option<f64>,
}

/// All that is known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Told {
    now: f64,
    began: Option<f64>,
    rows: Vec<Second>,
    pub(crate) totals: Totals,
    strangeness: Strangeness,
}

/// An event: a second, and all since it began.
#[derive(Serialize)]
struct News {
    #[serde(flatten)]
    second: Second,
    totals: Totals,
}

impl Board {
    pub(crate) fn new(events: Events) -> Self {
        let strangeness = std::array::from_fn(|_| AtomicU64::new(0));
        Self(Arc::new(Inner { seconds: Mutex::default(), strangeness, events }))
    }

    /// How it goes now: once a second. The first says from where on things are counted.
    pub fn vitals(&self, vitals: Vitals) {
        let (mut seconds, totals) = (self.lock(), Totals::of(&vitals));
        let Some(second) = seconds.add(vitals) else { return };
        drop(seconds);
        let news = News { second, totals };
        self.0.events.tell("vitals", &news);
    }

    /// How strange a flow was: what share of usual flows is less strange, from 0 to 1.
    pub fn strangeness(&self, quantile: f64) {
        if quantile.is_finite() {
            let bin = (quantile.clamp(0.0, 1.0) * BINS as f64) as usize;
            if let Some(bin) = self.0.strangeness.get(bin.min(BINS - 1)) {
                bin.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// From which strangeness on something is told of it.
    pub fn strange_from(&self, quantile: f64) {
        self.lock().strange_from = Some(quantile).filter(|it| it.is_finite());
    }

    /// Something is wrong that whoever looks should know.
    pub fn trouble(&self, text: &str) {
        let text = netsift_alert::clipped(text, MOST_TROUBLE);
        self.0.events.tell("trouble", &serde_json::json!({ "text": text }));
    }

    /// The last so many seconds, and what there was in all.
    pub(crate) fn told(&self, last_seconds: usize) -> Told {
        let seconds = self.lock();
        let behind = seconds.rows.len().saturating_sub(last_seconds);
        let load = |bin: &AtomicU64| bin.load(Ordering::Relaxed);
        Told {
            now: millis(now()),
            began: seconds.began.map(millis),
            rows: seconds.rows.iter().skip(behind).copied().collect(),
            totals: Totals::of(&seconds.last),
            strangeness: Strangeness {
                bins: self.0.strangeness.iter().map(load).collect(),
                threshold: seconds.strange_from,
            },
        }
    }

    /// The last that was told, if anything was.
    pub(crate) fn last(&self) -> Option<Vitals> {
        let seconds = self.lock();
        seconds.began.map(|_| seconds.last.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Seconds> {
        self.0.seconds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Longer texts are cut.
const MOST_TROUBLE: usize = 1_024;

impl Seconds {
    /// The second between the last vitals and these; nothing of the first ones.
    fn add(&mut self, vitals: Vitals) -> Option<Second> {
        let last = std::mem::replace(&mut self.last, vitals);
        let vitals = &self.last;
        let Some(_) = self.began else {
            self.began = Some(vitals.at);
            return None;
        };
        let elapsed = vitals.at.saturating_sub(last.at).max(1) as f64 / 1e9;
        let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / elapsed;
        let second = Second {
            at: millis(vitals.at),
            packets: rate(vitals.packets, last.packets),
            bytes: rate(vitals.bytes, last.bytes),
            flows: rate(vitals.flows, last.flows),
            alerts: rate(vitals.alerts, last.alerts),
            dropped: rate(vitals.dropped(), last.dropped()),
            batches_waiting: vitals.batches_waiting,
            batches_room: vitals.batches_room,
            flows_waiting: vitals.flows_waiting,
            resident: vitals.resident,
        };
        if self.rows.len() == SECONDS {
            self.rows.pop_front();
        }
        self.rows.push_back(second);
        Some(second)
    }
}

impl Vitals {
    fn dropped(&self) -> u64 {
        let parts =
            [self.kernel_drops.unwrap_or(0), self.interface_drops.unwrap_or(0), self.queue_drops];
        parts.into_iter().fold(0, u64::saturating_add)
    }
}

impl Totals {
    fn of(vitals: &Vitals) -> Self {
        Self {
            packets: vitals.packets,
            bytes: vitals.bytes,
            flows: vitals.flows,
            alerts: vitals.alerts,
            kernel_drops: vitals.kernel_drops,
            interface_drops: vitals.interface_drops,
            queue_drops: vitals.queue_drops,
            history: vitals.history.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rates_of_what_came_between_and_an_hour_is_kept() {
        let board = Board::new(Events::default());
        assert_eq!((board.last(), board.told(900).rows.len()), (None, 0));
        for second in 0..4_000_u32 {
            let at = i64::from(second) * 2_000_000_000;
            let packets = u64::from(second) * 10;
            board.vitals(Vitals { at, packets, queue_drops: packets / 2, ..Vitals::default() });
        }
        let told = board.told(usize::MAX);
        assert_eq!((told.rows.len(), told.began), (SECONDS, Some(0.0)));
        let last = told.rows.last().unwrap();
        assert_eq!((last.packets, last.dropped, last.at), (5.0, 2.5, 7_998_000.0));
        assert_eq!((told.totals.packets, board.told(2).rows.len()), (39_990, 2));
    }

    #[test]
    fn strangeness_has_a_bin_for_every_number_and_none_for_what_is_none() {
        let board = Board::new(Events::default());
        for it in [0.0, 0.999, 1.0, 7.0, -1.0, f64::NAN, f64::INFINITY] {
            board.strangeness(it);
        }
        board.strange_from(0.99);
        let told = board.told(1).strangeness;
        assert_eq!((told.bins[0], told.bins[99], told.bins.iter().sum::<u64>()), (2, 3, 5));
        assert_eq!(told.threshold, Some(0.99));
    }

    #[test]
    fn counts_that_go_back_are_no_negative_rates() {
        let board = Board::new(Events::default());
        board.vitals(Vitals { at: 2, packets: 9, ..Vitals::default() });
        board.vitals(Vitals { at: 1, packets: 3, ..Vitals::default() });
        assert_eq!(board.told(1).rows[0].packets, 0.0);
    }
}
