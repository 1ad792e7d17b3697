//! What is pushed to whoever looks: a ring of the last events, which everybody reads at his own pace.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use tokio::sync::watch;

use crate::time::now;

/// So many events are kept for those who were away: a quarter of an hour of seconds.
const MOST_EVENTS: usize = 1_000;
/// And so many bytes.
const MOST_BYTES: usize = 4 << 20;
/// What one answer takes out of the ring at once.
const MOST_AT_ONCE: usize = 64 << 10;

/// The events of a server. All readers share the bytes of an event: a reader costs its place.
#[derive(Clone, Debug)]
pub(crate) struct Events(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ring: Mutex<Ring>,
    /// The number of the newest event: readers wait for it to change.
    newest: watch::Sender<u64>,
}

#[derive(Debug)]
struct Ring {
    events: VecDeque<Event>,
    bytes: usize,
    /// The number of the newest event, or of the one before the first.
    newest: u64,
}

#[derive(Debug)]
struct Event {
    id: u64,
    text: Bytes,
}

/// Somebody's place in the events.
#[derive(Debug)]
pub(crate) struct Place {
    events: Events,
    changed: watch::Receiver<u64>,
    /// The last that was read.
    last: u64,
}

impl Default for Events {
    /// Numbers begin with the time in milliseconds: those of a server that was there before are older than the ring.
    fn default() -> Self {
        let newest = now().cast_unsigned() / 1_000_000;
        let ring = Ring { events: VecDeque::new(), bytes: 0, newest };
        Self(Arc::new(Inner { ring: Mutex::new(ring), newest: watch::Sender::new(newest) }))
    }
}

impl Events {
    /// Tells all readers; nobody is waited for.
    pub(crate) fn tell(&self, name: &str, data: &impl Serialize) {
        let Ok(data) = serde_json::to_string(data) else { return };
        let newest = self.lock().add(name, &data);
        self.0.newest.send_replace(newest);
    }

    /// The place behind an event that somebody has seen last, or behind all of them.
    pub(crate) fn place(&self, last_seen: Option<u64>) -> Place {
        let changed = self.0.newest.subscribe();
        let last = last_seen.unwrap_or_else(|| self.lock().newest);
        Place { events: self.clone(), changed, last }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// What is new, as it is sent; waits until there is something.
    pub(crate) async fn next(&mut self) -> Bytes {
        loop {
            self.changed.borrow_and_update();
            if let Some(text) = self.take() {
                return text;
            }
            // The sender lives as long as the events that are held here.
            if self.changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// What is new. Where something is missing, a gap says so, and the reader goes on with what comes next.
    fn take(&mut self) -> Option<Bytes> {
        let ring = self.events.lock();
        let oldest = ring.events.front().map_or(ring.newest + 1, |event| event.id);
        if self.last.saturating_add(1) < oldest || self.last > ring.newest {
            self.last = ring.newest;
            return Some(written(ring.newest, "gap", "{}"));
        }
        let behind = usize::try_from(self.last + 1 - oldest).unwrap_or(usize::MAX);
        let mut taken = BytesMut::new();
        for event in ring.events.iter().skip(behind) {
            if !taken.is_empty() && taken.len() + event.text.len() > MOST_AT_ONCE {
                break;
            }
            taken.extend_from_slice(&event.text);
            self.last = event.id;
        }
        (!taken.is_empty()).then(|| taken.freeze())
    }
}

impl Ring {
    fn add(&mut self, name: &str, data: &str) -> u64 {
        self.newest += 1;
        let text = written(self.newest, name, data);
        self.bytes += text.len();
        self.events.push_back(Event { id: self.newest, text });
        while self.events.len() > MOST_EVENTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.text.len();
        }
        self.newest
    }
}

/// An event of no number: whoever comes back does not begin behind it.
pub(crate) fn unnumbered(name: &str, data: &str) -> Bytes {
    format!("event: {name}\ndata: {data}\n\n").into()
}

/// JSON has no line ends, so that nothing in it ends the event.
fn written(id: u64, name: &str, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + 64);
    let _ = write!(text, "id: {id}\nevent: {name}\ndata: {data}\n\n");
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(place: &mut Place) -> Option<String> {
        place.take().map(|it| String::from_utf8(it.to_vec()).unwrap())
    }

    #[test]
    fn readers_go_on_where_they_were() {
        let events = Events::default();
        let mut place = events.place(None);
        assert_eq!(text(&mut place), None);
        events.tell("a", &1);
        events.tell("b", &"x\ny");
        let both = text(&mut place).unwrap();
        let first: u64 = both[4..].split('\n').next().unwrap().parse().unwrap();
        let second = first + 1;
        assert_eq!(
            both,
            format!(
                "id: {first}\nevent: a\ndata: 1\n\nid: {second}\nevent: b\ndata: \"x\\ny\"\n\n"
            )
        );
        assert_eq!(text(&mut place), None);
        let again = text(&mut events.place(Some(first))).unwrap();
        assert_eq!(again, format!("id: {second}\nevent: b\ndata: \"x\\ny\"\n\n"));
    }

    #[test]
    fn who_was_away_too_long_or_knows_another_server_is_told_of_a_gap() {
        let events = Events::default();
        let mut slow = events.place(None);
        (0..MOST_EVENTS + 1).for_each(|number| events.tell("a", &number));
        assert!(text(&mut slow).unwrap().contains("event: gap\n"));
        assert_eq!(text(&mut slow), None);
        events.tell("b", &1);
        assert!(text(&mut slow).unwrap().contains("event: b\n"));
        for strange in [0, 17, u64::MAX - 1] {
            let mut place = events.place(Some(strange));
            assert!(text(&mut place).unwrap().contains("event: gap\n"), "{strange}");
            assert_eq!(text(&mut place), None);
        }
    }

    #[test]
    fn the_ring_has_room_for_so_many_bytes_and_answers_are_cut() {
        let events = Events::default();
        let mut place = events.place(None);
        let large = "x".repeat(40 << 10);
        (0..300).for_each(|_| events.tell("a", &large));
        assert!(events.lock().bytes <= MOST_BYTES && events.lock().events.len() > 90);
        assert!(text(&mut place).unwrap().contains("event: gap\n"));
        (0..2).for_each(|_| events.tell("a", &large));
        assert!(text(&mut place).unwrap().len() < 50 << 10);
        assert!(text(&mut place).is_some() && text(&mut place).is_none());
    }
}
