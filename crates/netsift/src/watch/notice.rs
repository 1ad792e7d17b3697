//! What is worth telling who runs the program.

use std::fmt;

use netsift_history::HistoryError;

use super::WatchError;

/// What is worth telling who runs the program.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// A sink fails that worked before, or works again.
    Sink(&'a netsift_alert::Notice<'a>),
    /// The history cannot be written that could be before. What is to be kept waits meanwhile, as far as there is room.
    HistoryFails(&'a HistoryError),
    /// It can be written again.
    HistoryWorks,
    /// So many silences of the history hold from here on, which are others than before.
    Silences(usize),
    /// So much is allowed by the history from here on, which is other than before.
    Allowances(usize),
    /// Silences and allowances of the history cannot be taken up; those before hold on.
    WishesFail(&'a WatchError),
}

impl Notice<'_> {
    /// Whether something that was wrong is so no longer.
    #[must_use]
    pub fn is_good(&self) -> bool {
        match self {
            Self::Sink(notice) => !matches!(notice, netsift_alert::Notice::Failing { .. }),
            Self::HistoryFails(_) | Self::WishesFail(_) => false,
            Self::HistoryWorks | Self::Silences(_) | Self::Allowances(_) => true,
        }
    }
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sink(netsift_alert::Notice::Failing { sink, error }) => {
                write!(f, "sink {sink}: {error}")
            }
            Self::Sink(netsift_alert::Notice::Recovered { sink }) => {
                write!(f, "sink {sink}: works again")
            }
            Self::Sink(other) => write!(f, "{other:?}"),
            Self::HistoryFails(error) => write!(f, "history: {error}; detection goes on"),
            Self::HistoryWorks => f.write_str("history: is written again"),
            Self::Silences(0) => f.write_str("silences: none of the history holds any more"),
            Self::Silences(1) => f.write_str("silences: one of the history holds"),
            Self::Silences(number) => write!(f, "silences: {number} of the history hold"),
            Self::Allowances(0) => f.write_str("allowances: none of the history holds any more"),
            Self::Allowances(1) => f.write_str("allowances: one of the history holds"),
            Self::Allowances(number) => write!(f, "allowances: {number} of the history hold"),
            Self::WishesFail(error) => {
                write!(f, "silences and allowances: {error}; those before hold on")
            }
        }
    }
}
