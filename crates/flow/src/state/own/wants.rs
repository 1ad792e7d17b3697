//! Which parts of our own features were picked: what was not is not paid for.

use std::ops::BitOr;

use serde::{Deserialize, Serialize};

use crate::Group;

/// A set of parts of [`Own`](super::Own).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wants(u16);

impl Wants {
    pub(crate) const NOTHING: Self = Self(0);
    /// Frame lengths.
    pub(crate) const WIRE: Self = Self(1);
    pub(crate) const HISTOGRAMS: Self = Self(1 << 1);
    pub(crate) const SEQUENCE: Self = Self(1 << 2);
    pub(crate) const ENTROPY: Self = Self(1 << 3);
    pub(crate) const NETWORK: Self = Self(1 << 4);
    pub(crate) const TCP: Self = Self(1 << 5);
    pub(crate) const AROUND: Self = Self(1 << 6);
    pub(crate) const APPLICATION: Self = Self(1 << 7);
    pub(crate) const TLS: Self = Self(1 << 8);
    pub(crate) const DNS: Self = Self(1 << 9);
    pub(crate) const HTTP: Self = Self(1 << 10);
    /// What is read from payloads.
    pub(crate) const PAYLOADS: Self = Self(0b1111 << 7);
    pub(crate) const ALL: Self = Self((1 << 11) - 1);

    #[inline(always)]
    pub(crate) const fn contains(self, part: Self) -> bool {
        self.0 & part.0 != 0
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn nothing(self) -> bool {
        self.0 == 0
    }

    /// The groups of columns that it serves, as a user names them.
    pub(crate) fn names(self) -> String {
        let is_served = |group: &&Group| self.contains(group.wants());
        let names: Vec<&str> =
            Group::ALL.iter().filter(is_served).map(|group| group.name()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

impl BitOr for Wants {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
