//! How far a fit is, on the terminal; and its end, when the run is interrupted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use netsift::models::Watch;

use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// Shows how far the fits are, and ends them when the run is interrupted.
pub(crate) struct Bar {
    progress: Progress,
    interrupt: Arc<Interrupt>,
    fit: AtomicU64,
    fits: AtomicU64,
}

impl Bar {
    /// Of one fit, until it is said of how many.
    pub(crate) fn new(interrupt: &Arc<Interrupt>, quiet: bool) -> Self {
        let progress = if quiet { Progress::hidden() } else { Progress::of_fits() };
        let interrupt = Arc::clone(interrupt);
        Self { progress, interrupt, fit: AtomicU64::new(0), fits: AtomicU64::new(1) }
    }

    /// Says what is done.
    pub(crate) fn saying(self, what: &str) -> Self {
        self.progress.say(what.to_owned());
        self
    }

    /// Takes the bar off the terminal.
    pub(crate) fn clear(&self) {
        self.progress.clear();
    }
}

impl Watch for Bar {
    fn begins(&self, learner: &'static str, fit: usize, of: usize) {
        self.fit.store(fit as u64, Ordering::Relaxed);
        self.fits.store(of as u64, Ordering::Relaxed);
        self.progress.say(format!("{learner} ({} of {of} fits)", fit + 1));
        self.progress(0, 1);
    }

    fn progress(&self, done: usize, of: usize) {
        let part = (done as u64).saturating_mul(Progress::STEPS) / (of as u64).max(1);
        let before = self.fit.load(Ordering::Relaxed) * Progress::STEPS;
        let fits = self.fits.load(Ordering::Relaxed);
        self.progress.set(before + part.min(Progress::STEPS), fits * Progress::STEPS);
    }

    fn is_cancelled(&self) -> bool {
        self.interrupt.is_asked()
    }
}
