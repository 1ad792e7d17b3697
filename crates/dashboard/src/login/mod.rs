//! Who somebody is: a token, a name with its password, or a session that began with one of them.

pub(crate) mod password;
mod sessions;
mod tokens;

use std::net::IpAddr;
use std::path::PathBuf;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::answer::{Problem, Why};
use crate::rates::{EVERYBODY, Rates};
use crate::{DashboardError, Role, Settings, User, random};
use sessions::Sessions;
use tokens::Tokens;

/// The cookie of a session.
pub(crate) const COOKIE_NAME: &str = "netsift_session";
/// What others make of their failed logins together, beside those of one address.
const TOGETHER: u32 = 10;
/// Passwords that are tried at a time: each takes 19 MiB.
const AT_A_TIME: usize = 2;

/// A secret, hashed: what is kept and compared. Comparing hashes takes as long as it takes, and tells nothing of secrets.
type Hashed = [u8; 32];

/// Who may come in, and who has.
pub(crate) struct Logins {
    needs_login: bool,
    users: Vec<User>,
    /// The hash of a password that nobody has: names that are not known take as long as those that are.
    nobody: String,
    tokens: Tokens,
    sessions: Sessions,
    /// What pages send along where nobody logs in.
    csrf: String,
    failures: Rates,
    failures_together: Rates,
    trying: Semaphore,
}

/// Who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) by: By,
}

/// By what somebody is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// By being on this machine.
    Place,
    /// By a token in the request itself, which no other page can put there.
    Token,
    /// By a session.
    Session {
        /// Its secret, hashed.
        key: Hashed,
        /// What its pages send along.
        csrf: String,
    },
}

/// What somebody logs in with.
pub(crate) enum Claim<'a> {
    Token(&'a str),
    Password { user: &'a str, password: &'a str },
}

impl Logins {
    /// Reads the tokens that there are; makes one if nobody could come in. Answers that one, too.
    pub(crate) fn new(
        settings: &Settings,
        token_file: PathBuf,
    ) -> Result<(Self, Option<String>), DashboardError> {
        let needs_login = settings.needs_login();
        let makes = needs_login && settings.users.is_empty();
        let (tokens, new) = Tokens::read_or_make(token_file, makes)?;
        let guesses = settings.limits.logins_a_minute;
        let logins = Self {
            needs_login,
            users: settings.users.clone(),
            nobody: if needs_login {
                password::hash_password(&random::word()?)?
            } else {
                String::new()
            },
            tokens,
            sessions: Sessions::default(),
            csrf: random::word()?,
            failures: Rates::new(guesses),
            failures_together: Rates::new(guesses.saturating_mul(TOGETHER)),
            trying: Semaphore::new(AT_A_TIME),
        };
        Ok((logins, new))
    }

    pub(crate) const fn needs_login(&self) -> bool {
        self.needs_login
    }

    /// With what one can log in.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        let kinds = [("token", !self.tokens.is_empty()), ("password", !self.users.is_empty())];
        kinds.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect()
    }

    /// Who asks, by what the request says; nobody where it says nothing that holds.
    pub(crate) fn who(&self, headers: &HeaderMap, client: IpAddr) -> Result<Option<Who>, Problem> {
        if !self.needs_login {
            return Ok(Some(Who { name: "local".into(), role: Role::Operator, by: By::Place }));
        }
        if let Some(said) = headers.get(AUTHORIZATION) {
            let token = said.to_str().ok().and_then(|said| said.strip_prefix("Bearer "));
            let token = token.ok_or_else(|| Problem::new(Why::WrongLogin, "say `Bearer TOKEN`"))?;
            let role = self.tried(client, || Ok(self.tokens.role(token.trim())))?;
            return Ok(Some(Who { name: "token".into(), role, by: By::Token }));
        }
        Ok(cookie(headers).and_then(|secret| self.sessions.who(hashed(secret))))
    }

    /// Begins a session; answers who it is of, and its secret.
    pub(crate) fn enter(
        &self,
        claim: &Claim<'_>,
        client: IpAddr,
    ) -> Result<(Who, String), Problem> {
        let (name, role) = self.tried(client, || match claim {
            Claim::Token(token) => {
                Ok(self.tokens.role(token).map(|role| ("token".to_owned(), role)))
            }
            Claim::Password { user, password } => self.user(user, password),
        })?;
        let fault = |_| Problem::fault();
        let (secret, csrf) = (random::word().map_err(fault)?, random::word().map_err(fault)?);
        let who = Who { name, role, by: By::Session { key: hashed(&secret), csrf } };
        self.sessions.begin(&who);
        Ok((who, secret))
    }

    /// Ends a session.
    pub(crate) fn leave(&self, who: &Who) {
        if let By::Session { key, .. } = &who.by {
            self.sessions.end(key);
        }
    }

    /// Whether somebody who came in still is.
    pub(crate) fn holds(&self, who: &Who) -> bool {
        match &who.by {
            By::Session { key, .. } => self.sessions.who(*key).is_some(),
            By::Place | By::Token => true,
        }
    }

    /// What pages of somebody send along with changes; nothing for programs.
    pub(crate) fn csrf<'a>(&'a self, who: &'a Who) -> Option<&'a str> {
        match &who.by {
            By::Place => Some(&self.csrf),
            By::Session { csrf, .. } => Some(csrf),
            By::Token => None,
        }
    }

    /// Whether somebody is who he says, unless he was wrong too often: then nothing is looked at.
    fn tried<T>(
        &self,
        client: IpAddr,
        claim: impl FnOnce() -> Result<Option<T>, Problem>,
    ) -> Result<T, Problem> {
        if !self.failures.has(client) || !self.failures_together.has(EVERYBODY) {
            return Err(Problem::new(Why::TooMany, "too many failed logins: wait a minute"));
        }
        claim()?.ok_or_else(|| {
            self.failures.take(client);
            self.failures_together.take(EVERYBODY);
            Problem::new(Why::WrongLogin, "this is no login that is known here")
        })
    }

    fn user(&self, name: &str, password: &str) -> Result<Option<(String, Role)>, Problem> {
        // Whoever tries many at once finds no place: nobody waits in a line.
        let place = self.trying.try_acquire();
        let _place = place.map_err(|_| Problem::busy("others log in at this moment"))?;
        let user = self.users.iter().find(|user| user.name == name);
        let hash = user.map_or(self.nobody.as_str(), |user| &user.password_hash);
        let is_short = password.len() <= password::MOST_PASSWORD;
        let fits = is_short && password::fits(password, hash);
        Ok(user.filter(|_| fits).map(|user| (user.name.clone(), user.role)))
    }
}

/// The secret of a session.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

fn hashed(secret: &str) -> Hashed {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn logins(folder: &std::path::Path) -> (Logins, Option<String>) {
        let settings = Settings::default().listen(([0, 0, 0, 0], 0).into());
        Logins::new(&settings, folder.join("token")).unwrap()
    }

    #[test]
    fn a_token_is_made_once_and_holds_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (first, token) = logins(folder.path());
        let token = token.unwrap();
        let kept = std::fs::read_to_string(folder.path().join("token")).unwrap();
        assert!(!kept.contains(&token), "only its hash");
        let (second, none) = logins(folder.path());
        assert_eq!(none, None);
        for logins in [&first, &second] {
            let (who, secret) = logins.enter(&Claim::Token(&token), CLIENT).unwrap();
            assert_eq!(who.role, Role::Operator);
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, format!("a=b; {COOKIE_NAME}={secret}").parse().unwrap());
            assert_eq!(logins.who(&headers, CLIENT).unwrap(), Some(who.clone()));
            logins.leave(&who);
            assert_eq!(logins.who(&headers, CLIENT).unwrap(), None);
        }
    }

    #[test]
    fn who_guesses_is_not_listened_to_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let (logins, token) = logins(folder.path());
        let token = token.unwrap();
        for _ in 0..6 {
            let wrong = logins.enter(&Claim::Token("guess"), CLIENT);
            assert_eq!(wrong.unwrap_err().why, Why::WrongLogin);
        }
        let right = logins.enter(&Claim::Token(&token), CLIENT);
        assert_eq!(right.unwrap_err().why, Why::TooMany, "nothing is said of the right one either");
        assert!(logins.enter(&Claim::Token(&token), [192, 0, 2, 2].into()).is_ok());
        let many: Vec<_> = (0..200_u8)
            .map(|last| logins.enter(&Claim::Token("x"), [198, 51, 100, last].into()))
            .map(|it| it.unwrap_err().why)
            .collect();
        assert_eq!(
            many.iter().filter(|why| **why == Why::WrongLogin).count(),
            54,
            "of all together"
        );
    }

    #[test]
    fn names_need_their_own_passwords() {
        let folder = tempfile::tempdir().unwrap();
        let user = |name: &str, role, password: &str| {
            let password_hash = password::hash_password(password).unwrap();
            User { name: name.into(), role, password_hash }
        };
        let settings = Settings::default()
            .listen(([0, 0, 0, 0], 0).into())
            .user(user("ann", Role::Operator, "password of ann"))
            .user(user("bob", Role::Viewer, "password of bob"));
        let (logins, token) = Logins::new(&settings, folder.path().join("token")).unwrap();
        assert_eq!((token, logins.kinds()), (None, vec!["password"]));
        let enter = |user, password| logins.enter(&Claim::Password { user, password }, CLIENT);
        assert_eq!(enter("ann", "password of ann").unwrap().0.role, Role::Operator);
        assert_eq!(enter("bob", "password of bob").unwrap().0.role, Role::Viewer);
        for (user, password) in [("ann", "password of bob"), ("cat", "password of ann"), ("", "")] {
            assert_eq!(enter(user, password).unwrap_err().why, Why::WrongLogin);
        }
    }
}
