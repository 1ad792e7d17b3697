//! What is told of the writing when it changes.

use std::time::{Duration, Instant};

use crate::HistoryError;

/// What goes wrong and well by turns is told so often: a disk that is almost full takes what is short.
const QUIET: Duration = Duration::from_secs(60);

/// Who is told of trouble, or that it is over.
type Teller = Box<dyn Fn(Option<&HistoryError>) + Send>;

/// Tells what is new, and nothing twice.
pub(crate) struct Trouble {
    teller: Teller,
    /// Whether trouble was told that is not over.
    is_told: bool,
    told: Option<Instant>,
}

impl Trouble {
    pub(crate) fn new(teller: impl Fn(Option<&HistoryError>) + Send + 'static) -> Self {
        Self { teller: Box::new(teller), is_told: false, told: None }
    }

    pub(crate) fn failed(&mut self, error: &HistoryError) {
        if !self.is_told && self.told.is_none_or(|told| told.elapsed() >= QUIET) {
            (self.is_told, self.told) = (true, Some(Instant::now()));
            (self.teller)(Some(error));
        }
    }

    pub(crate) fn worked(&mut self) {
        if std::mem::take(&mut self.is_told) {
            (self.teller)(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn trouble_and_its_end_are_news_once() {
        let heard: Arc<Mutex<Vec<bool>>> = Arc::default();
        let kept = Arc::clone(&heard);
        let mut news = Trouble::new(move |trouble| kept.lock().unwrap().push(trouble.is_some()));
        let error = HistoryError::Missing { path: "h.db".into() };
        news.worked();
        for _ in 0..3 {
            news.failed(&error);
            news.failed(&error);
            news.worked();
            news.worked();
        }
        assert_eq!(*heard.lock().unwrap(), [true, false], "by turns");
        news.told = Instant::now().checked_sub(QUIET);
        news.failed(&error);
        assert_eq!(*heard.lock().unwrap(), [true, false, true]);
    }
}
