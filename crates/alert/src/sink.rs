//! Who alerts are handed to.

use std::path::Path;

use crate::{Alert, SinkError};

/// Somebody who tells alerts to people or programs: a file, a mail server, a web address.
///
/// ```
/// use netsift_alert::{Alert, Sink, SinkError};
///
/// /// Remembers how many there were.
/// struct Counter(usize);
///
/// impl Sink for Counter {
///     fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
///         self.0 += alerts.len();
///         Ok(())
///     }
/// }
/// ```
pub trait Sink: Send {
    /// Takes alerts: one, or as many as it takes [at once](Self::at_once), or those of a digest, which are told together. What
    /// is told again has the same [`id`](Alert::id).
    ///
    /// # Errors
    /// Why they did not arrive, as far as is known: those of which [`SinkError::may_pass`] holds are worth another try with
    /// the same alerts, even if some of them have arrived.
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError>;

    /// How many alerts it is handed together at the most, if so many wait and nobody asked for a digest. Default: one, for
    /// whom each is a message to people.
    fn at_once(&self) -> usize {
        1
    }

    /// Does what it has put off. Called when nothing waits for it, and at the end.
    ///
    /// # Errors
    /// Why it could not be done; it is asked again after the next alerts.
    fn settle(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    /// Whether some of several have had what it was handed last, and it remembers who until the others have it: what is handed
    /// over next is the same then. Default: no.
    fn is_amid(&self) -> bool {
        false
    }

    /// The file that it writes, which no other sink may. Default: none.
    fn file(&self) -> Option<&Path> {
        None
    }
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        (**self).accept(alerts)
    }

    fn at_once(&self) -> usize {
        (**self).at_once()
    }

    fn settle(&mut self) -> Result<(), SinkError> {
        (**self).settle()
    }

    fn is_amid(&self) -> bool {
        (**self).is_amid()
    }

    fn file(&self) -> Option<&Path> {
        (**self).file()
    }
}
