//! Tokens, as a file keeps them: hashed, a line each.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::{Hashed, hashed};
use crate::{DashboardError, Role, random};

/// A file of tokens is small: what is larger was not meant.
const MOST_BYTES: u64 = 64 << 10;

/// The tokens that hold. A line of their file is `operator` or `viewer`, and a SHA-256 sum in hexadecimal: tokens are made
/// of 256 random bits, which nobody finds by guessing what has such a sum.
pub(super) struct Tokens(HashMap<Hashed, Role>);

impl Tokens {
    /// The tokens of a file. Where there is none, one is made if it has to be, and told.
    pub(super) fn read_or_make(
        path: PathBuf,
        makes: bool,
    ) -> Result<(Self, Option<String>), DashboardError> {
        match fs::metadata(&path) {
            Ok(facts) if facts.len() <= MOST_BYTES => Ok((Self::read(path)?, None)),
            Ok(_) => Err(DashboardError::Content { path, expected: EXPECTED }),
            Err(error) if error.kind() == ErrorKind::NotFound && makes => Self::make(path),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok((Self(HashMap::new()), None)),
            Err(source) => Err(DashboardError::File { path, what: "read", source }),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What whoever has this token may do.
    pub(super) fn role(&self, token: &str) -> Option<Role> {
        self.0.get(&hashed(token)).copied()
    }

    fn read(path: PathBuf) -> Result<Self, DashboardError> {
        let text = fs::read_to_string(&path).map_err(|source| DashboardError::File {
            path: path.clone(),
            what: "read",
            source,
        })?;
        let lines = text.lines().map(str::trim);
        let tokens = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(token);
        let tokens: Option<HashMap<_, _>> = tokens.collect();
        tokens.map(Self).ok_or(DashboardError::Content { path, expected: EXPECTED })
    }

    fn make(path: PathBuf) -> Result<(Self, Option<String>), DashboardError> {
        let token = random::word()?;
        let hash = hashed(&token);
        let failed = |source| DashboardError::File { path: path.clone(), what: "written", source };
        // Nobody else's file is written into, and nobody else reads this one.
        let file = netsift_alert::private_file().write(true).create_new(true).open(&path);
        let mut file = file.map_err(failed)?;
        writeln!(file, "operator {}", hexadecimal(&hash)).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok((Self(HashMap::from([(hash, Role::Operator)])), Some(token)))
    }
}

const EXPECTED: &str = "file of tokens: lines of a role and a SHA-256 sum";

fn token(line: &str) -> Option<(Hashed, Role)> {
    let (role, sum) = line.split_once(' ')?;
    let role = match role {
        "operator" => Role::Operator,
        "viewer" => Role::Viewer,
        _ => return None,
    };
    let sum = sum.trim();
    let mut hash = Hashed::default();
    if sum.len() != 2 * hash.len() || !sum.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(sum.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some((hash, role))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tokens_are_read_line_by_line_and_others_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        let sum = hexadecimal(&hashed("t1"));
        fs::write(&path, format!("# ours\n\nviewer {sum}\n")).unwrap();
        let (tokens, _) = Tokens::read_or_make(path.clone(), true).unwrap();
        assert_eq!((tokens.role("t1"), tokens.role("t2")), (Some(Role::Viewer), None));
        let large = "#".repeat(70_000);
        for text in
            ["x", "viewer", "viewer 00", &format!("admin {sum}"), &format!("viewer é{sum}"), &large]
        {
            fs::write(&path, text).unwrap();
            let error = Tokens::read_or_make(path.clone(), true).err().unwrap();
            assert!(matches!(error, DashboardError::Content { .. }), "{text}: {error}");
        }
        let none = Tokens::read_or_make(folder.path().join("none"), false).unwrap();
        assert!(none.0.is_empty() && none.1.is_none());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        Tokens::read_or_make(path.clone(), true).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
