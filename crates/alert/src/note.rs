//! What people say of alerts.

use serde::{Deserialize, Serialize};

use crate::AlertId;

/// What somebody said of an alert. Who keeps alerts keeps notes with them; the last acknowledgement counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Of which.
    pub of: AlertId,
    /// When, by the clock of the machine.
    #[serde(with = "crate::time")]
    pub at: i64,
    /// Who.
    pub who: String,
    /// What it does.
    pub kind: NoteKind,
    /// What was said beside; of a comment all there is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What a note does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoteKind {
    /// Somebody has seen to it.
    Acknowledged,
    /// Nobody has, after all.
    Reopened,
    /// Something is said of it.
    Comment,
}

impl NoteKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Acknowledged, Self::Reopened, Self::Comment];

    /// Its name, as files and people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Reopened => "reopened",
            Self::Comment => "comment",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_written_with_their_times() {
        let text = r#"{"of":"00c0ffee00c0ffee","at":"2026-01-31T18:00:00Z","who":"me","kind":"acknowledged"}"#;
        let note: Note = serde_json::from_str(text).unwrap();
        assert_eq!(note.at, 1_769_882_400_000_000_000);
        assert_eq!(serde_json::to_string(&note).unwrap(), text);
        for kind in NoteKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.name()));
        }
    }
}
