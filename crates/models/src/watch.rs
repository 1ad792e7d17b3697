//! Long work, watched and ended by who asked for it.

/// Is told how far a fit is, and may end it.
pub trait Watch: Sync {
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
