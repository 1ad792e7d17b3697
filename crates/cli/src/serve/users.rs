//! Who may log in with a password, from a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use netsift::dashboard::{Role, User};

use crate::failure::Failure;

/// A thousand users take less.
const MOST_BYTES: u64 = 1 << 18;

/// Lines of `NAME:ROLE:HASH`; empty ones, and those behind a `#`, say nothing.
pub(super) fn read(path: &Path) -> Result<Vec<User>, Failure> {
    let mut text = String::new();
    let file = File::open(path).map_err(Failure::unread(path))?;
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(Failure::unread(path))?;
    let is_said = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| is_said(line));
    let user = |(place, line): (usize, &str)| {
        user(line).ok_or_else(|| Failure::NotAUser { path: path.to_owned(), line: place + 1 })
    };
    lines.map(user).collect()
}

fn user(line: &str) -> Option<User> {
    let mut parts = line.splitn(3, ':');
    let (name, role, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let role = match role {
        "viewer" => Role::Viewer,
        "operator" => Role::Operator,
        _ => return None,
    };
    Some(User { name: name.to_owned(), role, password_hash: hash.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_a_name_a_role_and_a_hash() {
        let ann = user("ann:operator:$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA").unwrap();
        assert_eq!((ann.name.as_str(), ann.role), ("ann", Role::Operator));
        assert!(ann.password_hash.ends_with("$c2FsdA$aGFzaA"));
        for line in ["ann", "ann:operator", "ann:root:$argon2id$", ":"] {
            assert!(user(line).is_none(), "{line}");
        }
    }
}
