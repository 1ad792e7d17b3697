//! What is worth telling who runs the program.

use std::fmt;

use netsift_history::HistoryError;

use super::WatchError;

/// A silence or an allowance that somebody asked for, and that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Which of both: `silence` or `allowance`.
    pub what: &'static str,
    /// Its number in the history.
    pub id: i64,
    /// Why it does not.
    pub why: String,
}

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
    /// These silences and allowances of the history do not hold, which were not told before; all others do.
    LeftOut(&'a [LeftOut]),
    /// Silences and allowances of the history cannot be taken up; those before hold on.
    WishesFail(&'a WatchError),
}

/// So many are named that do not hold.
const NAMED: usize = 5;

impl LeftOut {
    pub(super) fn new(what: &'static str, id: i64, why: &dyn fmt::Display) -> Self {
        Self { what, id, why: why.to_string() }
    }

    /// Those whose rows cannot be read.
    pub(super) fn unread(what: &'static str, ids: &[i64]) -> impl Iterator<Item = Self> {
        ids.iter().map(move |id| Self::new(what, *id, &"cannot be read"))
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, id, why } = self;
        write!(f, "{what} {id}: {why}")
    }
}

impl Notice<'_> {
    /// Whether something that was wrong is so no longer.
    #[must_use]
    pub fn is_good(&self) -> bool {
        match self {
            Self::Sink(notice) => !matches!(notice, netsift_alert::Notice::Failing { .. }),
            Self::HistoryFails(_) | Self::LeftOut(_) | Self::WishesFail(_) => false,
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
            Self::LeftOut(left_out) => {
                left_out.iter().take(NAMED).try_for_each(|it| write!(f, "{it}; "))?;
                match left_out.len().saturating_sub(NAMED) {
                    0 => f.write_str("the others hold"),
                    more => write!(f, "and {more} more; the others hold"),
                }
            }
            Self::WishesFail(error) => {
                write!(f, "silences and allowances: {error}; those before hold on")
            }
        }
    }
}
