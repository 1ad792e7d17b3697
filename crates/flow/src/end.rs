//! Why flows are told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a flow is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum End {
    /// Both ends have sent their last byte.
    Fin,
    /// One end has reset the connection.
    Rst,
    /// It was silent for longer than the idle timeout.
    Idle,
    /// It lasted longer than the active timeout, and goes on as another.
    Active,
    /// An ICMP message of another kind came (`cic-fixed`).
    Icmp,
    /// There was no more room for it.
    Evicted,
    /// There are no more packets.
    Input,
    /// It goes on: this is what it is so far.
    Early,
}

impl End {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Fin,
        Self::Rst,
        Self::Idle,
        Self::Active,
        Self::Icmp,
        Self::Evicted,
        Self::Input,
        Self::Early,
    ];

    /// Its name, as rows tell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Rst => "rst",
            Self::Idle => "idle",
            Self::Active => "active",
            Self::Icmp => "icmp",
            Self::Evicted => "evicted",
            Self::Input => "input",
            Self::Early => "early",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
