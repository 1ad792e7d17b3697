//! What this crate refuses, and what those refuse that it speaks to.

use std::io;
use std::path::Path;
use std::time::Duration;

use thiserror::Error;

/// Why alerts did not arrive, or never can.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SinkError {
    /// A setting that cannot be.
    #[error("{setting} is {value:?}, and must be {rule}")]
    Setting {
        /// The setting, with what it belongs to.
        setting: String,
        /// What it was to be; of a secret never the secret.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A word of a template that stands for nothing.
    #[error("{setting}: there is no {{{field}}}, but {{{nearest}}}")]
    Field {
        /// The template.
        setting: String,
        /// The word.
        field: String,
        /// The nearest that there is.
        nearest: String,
    },
    /// A file that cannot be opened, read or written.
    #[error("{path}: cannot be {what}: {source}")]
    File {
        /// Which.
        path: String,
        /// What was to be done with it: `opened`, `written`.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A folder or a file that one has at a time, and somebody has.
    #[error("{path}: another sink or another program has it")]
    Taken {
        /// Which.
        path: String,
    },
    /// A folder of another user.
    #[error("{folder}: belongs to user {owner}, and this is user {own}: be that one")]
    Foreign {
        /// Which.
        folder: String,
        /// Whose it is.
        owner: u32,
        /// Who this is.
        own: u32,
    },
    /// Nobody answers, or not to the end.
    #[error("{target}: {source}")]
    Unreachable {
        /// Who was called.
        target: String,
        /// What the system said.
        source: io::Error,
    },
    /// No answer in time.
    #[error("{target}: no answer in {} s", .waited.as_secs_f64())]
    Silent {
        /// Who was called.
        target: String,
        /// How long was waited.
        waited: Duration,
    },
    /// Somebody answers that it cannot be now.
    #[error("{target} cannot take it now: {answer}")]
    Busy {
        /// Who was called.
        target: String,
        /// What was answered.
        answer: String,
        /// How long to wait, if that was said.
        wait: Option<Duration>,
    },
    /// Somebody answers that it will never be.
    #[error("{target} refuses: {answer}")]
    Refused {
        /// Who was called.
        target: String,
        /// What was answered.
        answer: String,
    },
    /// It has arrived, but not at some, and never will there. Another try would tell the others again.
    #[error("{target} takes it, but not for {who}: {answer}")]
    Partly {
        /// Who was called.
        target: String,
        /// For whom it is not taken, with commas between them.
        who: String,
        /// What was answered about the first of them.
        answer: String,
    },
}

impl SinkError {
    /// Whether it may be otherwise at another time.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::Setting { .. }
                | Self::Field { .. }
                | Self::Foreign { .. }
                | Self::Refused { .. }
                | Self::Partly { .. }
        )
    }

    /// What a setting cannot be.
    #[cfg(feature = "remote")]
    pub(crate) fn setting(setting: &str, value: impl ToString, rule: &'static str) -> Self {
        Self::Setting { setting: setting.to_owned(), value: value.to_string(), rule }
    }

    /// Refuses a setting unless its rule holds.
    pub(crate) fn unless(
        holds: bool,
        setting: impl Into<String>,
        value: impl ToString,
        rule: &'static str,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::Setting { setting: setting.into(), value: value.to_string(), rule })
    }

    /// What a file's error was about.
    pub(crate) fn of_file(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, what, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_not_tried_again() {
        let (target, answer) = ("a".to_owned(), "no".to_owned());
        let busy = SinkError::Busy { target: target.clone(), answer: answer.clone(), wait: None };
        assert!(busy.may_pass());
        assert!(!SinkError::Refused { target, answer }.may_pass());
    }
}
