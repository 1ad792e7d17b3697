//! Passwords, hashed so that guessing is dear.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use crate::{DashboardError, random};

/// Longer ones are no passwords, and cost time.
pub(super) const MOST_PASSWORD: usize = 256;

/// A password as it stands in settings: hashed by Argon2id, with its salt and its cost.
///
/// ```
/// let hash = netsift_dashboard::hash_password("correct horse battery")?;
/// assert!(hash.starts_with("$argon2id$"));
/// # Ok::<(), netsift_dashboard::DashboardError>(())
/// ```
///
/// # Errors
/// [`DashboardError::Password`] for one of less than 8 bytes or more than 256, [`DashboardError::Randomness`].
pub fn hash_password(password: &str) -> Result<String, DashboardError> {
    if !(8..=MOST_PASSWORD).contains(&password.len()) {
        return Err(DashboardError::Password);
    }
    let salt = random::bytes::<16>()?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash: PasswordHash| hash.to_string()).map_err(|_| DashboardError::Password)
}

/// Whether it is a hash that passwords can be held against.
pub(crate) fn is_hash(text: &str) -> bool {
    PasswordHash::new(text)
        .is_ok_and(|it| it.algorithm.as_str().starts_with("argon2") && it.hash.is_some())
}

/// Whether the password is the one that was hashed. It takes tens of milliseconds and 19 MiB.
pub(super) fn fits(password: &str, hash: &str) -> bool {
    let hash = PasswordHash::new(hash);
    hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash() {
        let hash = hash_password("correct horse").unwrap();
        assert!(is_hash(&hash) && fits("correct horse", &hash));
        assert!(!fits("correct horsf", &hash) && !fits("", &hash) && !fits("correct horse", "x"));
        assert_ne!(hash, hash_password("correct horse").unwrap(), "salted");
        for no_hash in ["", "hunter2", "$argon2id$", "$2b$12$abc"] {
            assert!(!is_hash(no_hash), "{no_hash}");
        }
        assert!(hash_password("short").is_err() && hash_password(&"x".repeat(257)).is_err());
    }
}
