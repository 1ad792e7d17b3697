//! What an alert is called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::Peer;

/// What an alert is called: made of what it is about, so that the same traffic gives the same names, in every run and on
/// every machine. It is written as 16 hexadecimal digits, since scripts hold no number of 64 bits.
///
/// ```
/// use netsift_alert::AlertId;
///
/// let id: AlertId = "00c0ffee00c0ffee".parse()?;
/// assert_eq!(id.to_string(), "00c0ffee00c0ffee");
/// # Ok::<(), netsift_alert::NotAnId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(u64);

/// A text that names no alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

const DIGITS: usize = 16;

impl AlertId {
    /// The name of what began then, between these ends.
    #[must_use]
    pub fn of(first: i64, what: &str, ends: [Option<Peer>; 2]) -> Self {
        let mut hash = Fnv::default();
        hash.take(&first.to_le_bytes());
        hash.take(&(what.len() as u64).to_le_bytes());
        hash.take(what.as_bytes());
        for end in ends {
            // An end has no such text unless it is this end.
            hash.take(end.map_or_else(String::new, |end| end.to_string()).as_bytes());
            hash.take(&[0]);
        }
        Self(hash.0)
    }

    /// The number that it is written for.
    pub(crate) const fn number(self) -> u64 {
        self.0
    }
}

/// FNV-1a: names outlive versions of the program, so they must not hang on a library's hash.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$x}", self.0, width = DIGITS)
    }
}

impl FromStr for AlertId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let is_id = text.len() == DIGITS && text.bytes().all(|it| it.is_ascii_hexdigit());
        let number = is_id.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or(NotAnId)
    }
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an alert is named by {DIGITS} hexadecimal digits")
    }
}

impl std::error::Error for NotAnId {}

impl Serialize for AlertId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AlertId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str, port: Option<u16>) -> Option<Peer> {
        Some(Peer { address: address.parse().unwrap(), port })
    }

    #[test]
    fn names_stay_what_they_are_in_every_version() {
        let ends = [peer("192.0.2.7", None), peer("2001:db8::1", Some(22))];
        // FNV-1a of the same bytes by hand: first, length, text, ends.
        assert_eq!(AlertId::of(1, "scan", ends).to_string(), "276fe3eb12685846");
    }

    #[test]
    fn what_is_not_the_same_has_another_name() {
        let (one, other) = (peer("192.0.2.7", None), peer("192.0.2.8", Some(5)));
        let all = [
            AlertId::of(1, "a", [one, other]),
            AlertId::of(2, "a", [one, other]),
            AlertId::of(1, "b", [one, other]),
            AlertId::of(1, "a", [other, one]),
            AlertId::of(1, "a", [one, None]),
            AlertId::of(1, "a", [None, one]),
        ];
        let different: std::collections::BTreeSet<AlertId> = all.into_iter().collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn only_names_are_read_as_names() {
        for text in ["", "1", "00c0ffee00c0ffeg", "+0c0ffee00c0ffee", "00c0ffee00c0ffee0"] {
            assert_eq!(text.parse::<AlertId>(), Err(NotAnId), "{text}");
        }
        let id = AlertId::of(1, "a", [None, None]);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<AlertId>(&format!("\"{id}\"")).unwrap(), id);
    }
}
