//! Long work, watched and ended by who asked for it.

/// Is told how far a fit is, and may end it.
pub trait Watch: Sync {
    /// A fit begins, of several that are to be: which learner's, and its number from 0.
    fn begins(&self, learner: &'static str, fit: usize, of: usize) {
        let _ = (learner, fit, of);
    }

    /// So many steps are done, of so many. Steps are alike in time as far as that is known before.
    fn progress(&self, done: usize, of: usize) {
        let _ = (done, of);
    }

    /// Whether to end: then the fit is [`ModelError::Cancelled`](crate::ModelError::Cancelled).
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Nobody.
impl Watch for () {}
