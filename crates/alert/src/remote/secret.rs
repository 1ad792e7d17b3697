//! Secrets: where they stand, and what they are.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::SinkError;

/// The most bytes that a secret has. A file that holds more was not meant.
const MAX_SECRET: u64 = 16 * 1024;

/// Where a secret stands: never the secret, so that it can be shown and written.
///
/// In a file of settings it is `{ env = "NAME" }` or `{ file = "PATH" }`; a text in its place is refused, since settings are
/// copied, shown and kept in versions.
///
/// ```
/// use netsift_alert::Secret;
///
/// let secret: Secret = serde_json::from_str(r#"{ "file": "/etc/netsift/password" }"#)?;
/// assert_eq!(secret, Secret::File("/etc/netsift/password".into()));
/// assert!(serde_json::from_str::<Secret>(r#""hunter2""#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Secret {
    /// In a variable of the environment.
    Env(String),
    /// In a file; a line end behind it is not part of it.
    File(PathBuf),
}

/// A secret in memory: shown as nothing, and wiped when it is no longer needed.
#[derive(Clone)]
pub(crate) struct Revealed(Zeroizing<String>);

impl Secret {
    /// What its owner should hear about it, if anything: that others can read its file.
    #[must_use]
    pub fn caution(&self) -> Option<String> {
        match self {
            Self::File(path) if others_can_read(path) => {
                Some(format!("{}: others can read it; `chmod 600` keeps them out", path.display()))
            }
            _ => None,
        }
    }

    /// The secret itself.
    pub(crate) fn reveal(&self, setting: &str) -> Result<Revealed, SinkError> {
        let refuse = |rule| Err(SinkError::setting(setting, self, rule));
        let text = match self {
            Self::Env(name) => {
                // A name that no variable can have would be a panic.
                let is_name = !name.is_empty() && !name.contains(['=', '\0']);
                let Some(value) = is_name.then(|| std::env::var_os(name)).flatten() else {
                    return refuse("the name of a variable that is set");
                };
                value.into_string().ok().map(Zeroizing::new)
            }
            Self::File(path) => read(path)?,
        };
        match text {
            Some(text) if text.len() as u64 > MAX_SECRET => refuse("a secret of at most 16 KiB"),
            Some(text) if !text.is_empty() && !text.contains(char::is_control) => {
                Ok(Revealed(text))
            }
            _ => refuse("a secret of one line of text, which is not empty"),
        }
    }
}

/// The text of a file, at most a byte more than a secret has.
fn read(path: &PathBuf) -> Result<Option<Zeroizing<String>>, SinkError> {
    let failed = |source| {
        let path = path.display().to_string();
        SinkError::File { path, what: "read", source }
    };
    // Room for all of it: text that grows would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_SECRET as usize + 2));
    File::open(path)
        .map_err(failed)?
        .take(MAX_SECRET + 2)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(std::str::from_utf8(line).ok().map(|text| Zeroizing::new(text.to_owned())))
}

#[cfg(unix)]
fn others_can_read(path: &PathBuf) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &PathBuf) -> bool {
    false
}

impl Revealed {
    /// What it is. Who writes it anywhere but to whom it is for makes it known.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl From<Zeroizing<String>> for Revealed {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(..)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "{{ env = {name:?} }}"),
            Self::File(path) => write!(f, "{{ file = {path:?} }}"),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Place)
    }
}

struct Place;

impl<'de> Visitor<'de> for Place {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{ env = \"NAME\" } or { file = \"PATH\" }")
    }

    /// The text itself is no part of the error: it may be the secret.
    fn visit_str<E: de::Error>(self, _: &str) -> Result<Secret, E> {
        Err(E::custom(
            "a secret does not stand in settings: put it in a variable or a file, and write \
             { env = \"NAME\" } or { file = \"PATH\" } here",
        ))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
        let secret = match map.next_key::<String>()?.as_deref() {
            Some("env") => Secret::Env(map.next_value()?),
            Some("file") => Secret::File(map.next_value()?),
            Some(other) => return Err(de::Error::unknown_field(other, &["env", "file"])),
            None => return Err(de::Error::custom("a secret has `env` or `file`")),
        };
        match map.next_key::<String>()? {
            None => Ok(secret),
            Some(_) => Err(de::Error::custom("a secret has either `env` or `file`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &[u8]) -> (tempfile::TempDir, Secret) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, text).unwrap();
        (folder, Secret::File(path))
    }

    #[test]
    fn files_are_read_without_their_line_end() {
        for text in ["s3cret", "s3cret\n", "s3cret\r\n"] {
            let (_folder, secret) = file(text.as_bytes());
            assert_eq!(secret.reveal("a").unwrap().text(), "s3cret");
        }
        let most = vec![b'x'; MAX_SECRET as usize];
        let (_folder, secret) = file(&most);
        assert!(secret.reveal("a").is_ok());
    }

    #[test]
    fn what_is_no_secret_is_refused_without_showing_it() {
        let long = vec![b'x'; MAX_SECRET as usize + 1];
        for text in [&b""[..], b"\n", b"top\nsecret", b"top\0secret", b"\xff\xfe", &long] {
            let (_folder, secret) = file(text);
            let error = secret.reveal("mail.password").unwrap_err().to_string();
            assert!(error.starts_with("mail.password is "), "{error}");
            assert!(!error.contains("secret of at most") || text.len() > 100, "{error}");
            assert!(!error.contains("top"), "{error}");
        }
        for name in ["", "A=B", "A\0B", "NETSIFT_IS_NOT_SET"] {
            assert!(Secret::Env(name.into()).reveal("a").is_err());
        }
    }

    #[test]
    fn settings_hold_places_and_never_secrets() {
        let json = |text| serde_json::from_str::<Secret>(text);
        let error = json(r#""hunter2""#).unwrap_err().to_string();
        assert!(error.contains("{ env = ") && !error.contains("hunter2"), "{error}");
        for text in ["{}", r#"{"env":"A","file":"B"}"#, r#"{"value":"A"}"#, "1"] {
            assert!(json(text).is_err(), "{text}");
        }
        let secret = json(r#"{"env":"PATH"}"#).unwrap();
        assert_eq!(serde_json::to_string(&secret).unwrap(), r#"{"env":"PATH"}"#);
        assert_eq!(format!("{:?}", secret.reveal("a").unwrap()), "Revealed(..)");
    }

    #[cfg(unix)]
    #[test]
    fn files_that_others_can_read_are_told() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, secret) = file(b"a");
        let Secret::File(path) = &secret else { unreachable!() };
        for (mode, is_told) in [(0o600, false), (0o640, true), (0o604, true)] {
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
            assert_eq!(secret.caution().is_some(), is_told, "{mode:o}");
        }
    }
}
