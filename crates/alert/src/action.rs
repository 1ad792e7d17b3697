//! What is recommended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is recommended to be done. Nothing here does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Nothing: let it pass.
    Allow,
    /// Keep an eye on it.
    Watch,
    /// Let less of it pass.
    RateLimit,
    /// Let none of it pass.
    Block,
    /// Take the host off the network: it is one of ours, and no longer ours alone.
    Isolate,
}

impl Action {
    /// All of them, the mildest first.
    pub const ALL: [Self; 5] =
        [Self::Allow, Self::Watch, Self::RateLimit, Self::Block, Self::Isolate];

    /// Its name, as files and people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Watch => "watch",
            Self::RateLimit => "rate-limit",
            Self::Block => "block",
            Self::Isolate => "isolate",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_written_by_their_names() {
        for action in Action::ALL {
            assert_eq!(serde_json::to_string(&action).unwrap(), format!("{:?}", action.name()));
        }
    }
}
