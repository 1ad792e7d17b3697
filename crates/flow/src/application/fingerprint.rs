//! A fingerprint as it is kept: in place, since every flow of TLS has three.

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// The longest, which is JA4.
const LONGEST: usize = 36;

/// Text of at most [`LONGEST`] bytes. It is saved as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    bytes: [u8; LONGEST],
    len: u8,
}

impl Fingerprint {
    /// `None` if it is too long.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, len: text.len() as u8 })
    }

    pub(super) fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.len.into()).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.as_str().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Box::<str>::deserialize(from)?;
        Self::of(&text).ok_or_else(|| D::Error::invalid_length(text.len(), &"a fingerprint"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_saved_as_text_and_nothing_longer_is_loaded() {
        let text = "t13d1516h2_8daaf6152771_e5627efa2ab1";
        let saved = serde_json::to_string(&Fingerprint::of(text)).unwrap();
        assert_eq!(saved, format!("\"{text}\""));
        let loaded: Fingerprint = serde_json::from_str(&saved).unwrap();
        assert_eq!(loaded.as_str(), text);
        assert!(serde_json::from_str::<Fingerprint>(&format!("\"{text}0\"")).is_err());
        assert!(Fingerprint::of(&text[1..]).is_some_and(|shorter| shorter.as_str() == &text[1..]));
    }
}
