//! Ctrl-C and SIGTERM end a run early and in order.

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, INTERRUPTED};
use crate::signals::{self, Signal};

/// How long a run has to see that it shall end. It looks after every packet: a run that does not see it waits
/// for its input.
const GRACE: Duration = Duration::from_millis(300);

/// Whether the run shall end, and who ends it.
#[derive(Default)]
pub(crate) struct Interrupt {
    is_asked: AtomicBool,
    /// Who ends the run: one of those below.
    ender: AtomicU8,
    /// Whether a hangup is a wish to read files again, and whether there was one.
    reads_again: AtomicBool,
    is_hung_up: AtomicBool,
}

const NOBODY: u8 = 0;
const RUN: u8 = 1;
const WATCH: u8 = 2;

impl Interrupt {
    /// Watches from now on. A run that waits for its input is ended by `last_words`, and a second signal ends
    /// everything at once.
    pub(crate) fn watch(
        last_words: impl Fn() + Send + Sync + 'static,
    ) -> Result<Arc<Self>, Failure> {
        let interrupt = Arc::new(Self::default());
        let (watched, last_words) = (Arc::clone(&interrupt), Arc::new(last_words));
        let mut last: Option<Instant> = None;
        signals::each(move |signal| {
            if signal == Signal::Hangup && watched.reads_again.load(Ordering::Relaxed) {
                watched.is_hung_up.store(true, Ordering::Relaxed);
                return;
            }
            // One wish may come twice, from the terminal and from whoever has started the run.
            if last.is_some_and(|last| last.elapsed() < GRACE) {
                return;
            }
            last = Some(Instant::now());
            if watched.is_asked.swap(true, Ordering::Relaxed) {
                exit(INTERRUPTED.into());
            }
            let (watched, last_words) = (Arc::clone(&watched), Arc::clone(&last_words));
            // Beside the watching, so that a second signal is heard.
            let end = move || {
                thread::sleep(GRACE);
                if watched.is_ended_by(WATCH) {
                    last_words();
                    exit(INTERRUPTED.into());
                }
            };
            // Without it, the run ends by itself or by a second signal.
            let _ = thread::Builder::new().name("interrupt".into()).spawn(end);
        })
        .map_err(Failure::Signals)?;
        Ok(interrupt)
    }

    /// From here on a hangup does not end the run: [`take_hangup`](Self::take_hangup) tells of it.
    pub(crate) fn survive_hangups(&self) {
        self.reads_again.store(true, Ordering::Relaxed);
    }

    /// Whether there was a hangup since this was last asked.
    pub(crate) fn take_hangup(&self) -> bool {
        self.is_hung_up.swap(false, Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::Relaxed)
    }

    /// From here on the run ends by itself; if it is being ended already, this waits for that.
    pub(crate) fn see(&self) {
        while !self.is_ended_by(RUN) {
            thread::park();
        }
    }

    /// Whether it was asked to end: a part of the run has, the run goes on, and the next signal counts as the first.
    pub(crate) fn take(&self) -> bool {
        self.is_asked.swap(false, Ordering::Relaxed)
    }

    /// Whether this one ends the run, which is whoever asks first.
    fn is_ended_by(&self, who: u8) -> bool {
        let before = self.ender.compare_exchange(NOBODY, who, Ordering::AcqRel, Ordering::Acquire);
        before.is_ok() || before == Err(who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_ends_a_run() {
        let interrupt = Interrupt::default();
        interrupt.see();
        assert!(!interrupt.is_ended_by(WATCH));
        // Who has seen it may look again.
        interrupt.see();
    }

    #[test]
    fn what_a_part_has_heard_does_not_end_the_whole() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.take());
        interrupt.is_asked.store(true, Ordering::Relaxed);
        assert!(interrupt.take() && !interrupt.is_asked());
    }
}
