//! Who has come in, for a while.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{By, Hashed, Who};

/// Whoever asks for nothing for so long has gone.
const IDLE: Duration = Duration::from_secs(12 * 3600);
/// And nobody stays for longer.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// So many at a time: the one that was idle longest ends when there is one more.
const MOST: usize = 1_000;

/// The sessions, by their secrets, hashed: whoever reads memory finds nothing to come in with.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<Hashed, Session>>);

struct Session {
    who: Who,
    began: Instant,
    seen: Instant,
}

impl Sessions {
    pub(super) fn begin(&self, who: &Who) {
        let By::Session { key, .. } = &who.by else { return };
        let now = Instant::now();
        let mut sessions = self.lock();
        sessions.retain(|_, session| session.holds(now));
        if sessions.len() >= MOST {
            let oldest = sessions.iter().min_by_key(|(_, it)| it.seen).map(|(key, _)| *key);
            oldest.and_then(|key| sessions.remove(&key));
        }
        sessions.insert(*key, Session { who: who.clone(), began: now, seen: now });
    }

    pub(super) fn who(&self, key: Hashed) -> Option<Who> {
        let now = Instant::now();
        let mut sessions = self.lock();
        let session = sessions.get_mut(&key).filter(|session| session.holds(now))?;
        session.seen = now;
        Some(session.who.clone())
    }

    pub(super) fn end(&self, key: &Hashed) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hashed, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn holds(&self, now: Instant) -> bool {
        now.duration_since(self.seen) < IDLE && now.duration_since(self.began) < LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn session(number: u32) -> (Hashed, Who) {
        let mut key = Hashed::default();
        key[..4].copy_from_slice(&number.to_le_bytes());
        let by = By::Session { key, csrf: String::new() };
        (key, Who { name: "ann".into(), role: Role::Viewer, by })
    }

    #[test]
    fn sessions_end_by_themselves_and_have_room_for_so_many() {
        let sessions = Sessions::default();
        (0..1_500).for_each(|number| sessions.begin(&session(number).1));
        assert_eq!(sessions.lock().len(), MOST);
        assert!(sessions.who(session(0).0).is_none() && sessions.who(session(1_499).0).is_some());
        let now = Instant::now();
        let one = Session { who: session(1).1, began: now, seen: now };
        assert!(one.holds(now + IDLE / 2) && !one.holds(now + IDLE));
        let used = Session { seen: now + LONGEST, ..one };
        assert!(!used.holds(now + LONGEST), "however often it is used");
    }
}
