//! What the path judges by, and how it is replaced while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use netsift_flow::FlowConfig;

use crate::DetectError;
use crate::lists::{AllowEntry, AllowList, Allowed, Lists, Subject};
use crate::models::{Models, check_same};
use crate::policy::Policy;

/// What verdicts are made of.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Setup {
    /// The models.
    pub models: Models,
    /// The lists.
    pub lists: Lists,
    /// What verdicts mean.
    pub policy: Policy,
    /// What is allowed beside the policy: another policy leaves it as it is.
    pub beside: AllowList,
}

impl Setup {
    /// What allows it, in words, if anything does.
    pub(crate) fn allows(&self, subject: &Subject<'_>) -> Option<Box<str>> {
        let by_policy = self.policy.allow.allows(subject).map(|allowed| allowed.to_string());
        let beside = || self.beside.allows(subject).map(noted);
        by_policy.or_else(beside).map(Into::into)
    }
}

/// What is allowed beside the policy has no place in a file: its note says what it is.
fn noted(allowed: Allowed<'_>) -> String {
    match allowed {
        Allowed::Entry { entry: AllowEntry { note: Some(note), .. }, .. } => note.clone(),
        other => other.to_string(),
    }
}

/// Replaces models, lists and policy of a path that runs. What is refused leaves all as it was.
///
/// What comes after the change is judged anew; no packet and no flow is lost. A clone controls the same path.
#[derive(Clone, Debug)]
pub struct Control(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    setup: Mutex<Arc<Setup>>,
    /// Rises with each change, so that whoever judges need not lock to see that there was none.
    changes: AtomicU64,
    /// How flows are read: that cannot change without losing those that are open.
    reading: FlowConfig,
}

impl Control {
    pub(super) fn new(setup: Setup, reading: FlowConfig) -> Self {
        let (setup, changes) = (Mutex::new(Arc::new(setup)), AtomicU64::new(0));
        Self(Arc::new(Shared { setup, changes, reading }))
    }

    /// Puts other models in the place of those that are there.
    ///
    /// # Errors
    /// [`DetectError::OtherFlows`] for models that learned from flows which are cut in another way, and
    /// [`DetectError::NotKept`] for those that learned what is not kept of flows here.
    pub fn models(&self, models: Models) -> Result<(), DetectError> {
        if let Some(reading) = models.reading()? {
            check_same(&self.0.reading, &reading)?;
            models.check_kept(&self.0.reading)?;
        }
        self.change(|setup| setup.models = models);
        Ok(())
    }

    /// Puts other lists in the place of those that are there.
    pub fn lists(&self, lists: Lists) {
        self.change(|setup| setup.lists = lists);
    }

    /// Puts another policy in the place of that which is there. What hosts have done so far is not forgotten, but for
    /// behaviours whose window is another now. When flows that go on are judged stays as it was: the
    /// flows that are open know their time already.
    ///
    /// # Errors
    /// What [`Policy::check`] says.
    pub fn policy(&self, policy: Policy) -> Result<(), DetectError> {
        policy.check()?;
        self.change(|setup| setup.policy = policy);
        Ok(())
    }

    /// Allows this beside what the policy does, in the place of what was allowed so before. Another policy leaves it as it
    /// is. Of a verdict that is allowed by an entry with a note, the note is told.
    pub fn allow(&self, beside: AllowList) {
        self.change(|setup| setup.beside = beside);
    }

    /// How flows are read.
    pub(super) fn reading(&self) -> &FlowConfig {
        &self.0.reading
    }

    /// What verdicts are made of at this moment.
    #[must_use]
    pub fn setup(&self) -> Arc<Setup> {
        Arc::clone(&self.lock())
    }

    fn change(&self, change: impl FnOnce(&mut Setup)) {
        let mut setup = self.lock();
        change(Arc::make_mut(&mut setup));
        self.0.changes.fetch_add(1, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Setup>> {
        // Whoever panicked had changed nothing, or all.
        self.0.setup.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One view of what is judged by: it changes only where its owner looks.
#[derive(Clone)]
pub(crate) struct View {
    control: Control,
    setup: Arc<Setup>,
    changes: u64,
}

impl View {
    pub(crate) fn of(control: &Control) -> Self {
        let changes = control.0.changes.load(Ordering::Acquire);
        Self { setup: Arc::clone(&control.lock()), changes, control: control.clone() }
    }

    /// Whether something has changed; if so, it is seen from now on.
    pub(crate) fn look(&mut self) -> bool {
        if self.control.0.changes.load(Ordering::Acquire) == self.changes {
            return false;
        }
        *self = Self::of(&self.control);
        true
    }

    pub(crate) fn setup(&self) -> &Setup {
        &self.setup
    }
}
