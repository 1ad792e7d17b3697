//! Ctrl-C and SIGTERM end a run early and in order.

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, INTERRUPTED};

/// How long a run has to see that it shall end. It looks after every packet: a run that does not see it waits
/// for its input.
const GRACE: Duration = Duration::from_millis(300);

/// Whether the run shall end, and who ends it.
#[derive(Default)]
pub(crate) struct Interrupt {
    is_asked: AtomicBool,
    is_seen: AtomicBool,
}

impl Interrupt {
    /// Watches from now on. A run that waits for its input is ended by `last_words`, and a second signal ends
    /// everything at once.
    pub(crate) fn watch(
        last_words: impl Fn() + Send + Sync + 'static,
    ) -> Result<Arc<Self>, Failure> {
        let interrupt = Arc::new(Self::default());
        let (watched, last_words) = (Arc::clone(&interrupt), Arc::new(last_words));
        ctrlc::set_handler(move || {
            if watched.is_asked.swap(true, Ordering::Relaxed) {
                exit(INTERRUPTED.into());
            }
            let (watched, last_words) = (Arc::clone(&watched), Arc::clone(&last_words));
            // Beside the watching, so that a second signal is heard.
            thread::spawn(move || {
                thread::sleep(GRACE);
                if watched.is_mine() {
                    last_words();
                    exit(INTERRUPTED.into());
                }
            });
        })?;
        Ok(interrupt)
    }

    #[inline]
    pub(crate) fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::Relaxed)
    }

    /// From here on the run ends by itself; if it is being ended already, this waits for that.
    pub(crate) fn see(&self) {
        while !self.is_mine() {
            thread::park();
        }
    }

    /// Whether nobody else ends the run.
    fn is_mine(&self) -> bool {
        !self.is_seen.swap(true, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_ends_a_run() {
        let interrupt = Interrupt::default();
        interrupt.see();
        assert!(!interrupt.is_mine());
    }
}
