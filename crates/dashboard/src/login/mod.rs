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
use crate::gate::Caller;
use crate::rates::{EVERYBODY, Rates};
use crate::{DashboardError, Role, Settings, User, random};
use sessions::Sessions;
use tokens::Tokens;

/// The cookie of a session.
pub(crate) const COOKIE_NAME: &str = "netsift_session";
/// Passwords that are wrong, of all addresses together, beside those of one address.
const TOGETHER: u32 = 10;
/// Passwords that are tried at a time: each takes 19 MiB.
const AT_A_TIME: usize = 2;

const WRONG: &str = "this is no login that is known here";
const TOO_OFTEN: &str = "too many failed logins: wait a minute";

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
        let makes = (needs_login || settings.expects_others()) && settings.users.is_empty();
        let (tokens, new) = Tokens::read_or_make(token_file, makes)?;
        let guesses = settings.limits.logins_a_minute;
        let logins = Self {
            needs_login,
            users: settings.users.clone(),
            nobody: match settings.users.is_empty() {
                true => String::new(),
                false => password::hash_password(&random::word()?)?,
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

    /// Whether a login is asked of whoever this is.
    pub(crate) const fn asks(&self, caller: Caller) -> bool {
        self.needs_login || !caller.is_local
    }

    /// What somebody who is not known should do.
    pub(crate) fn advice(&self) -> &'static str {
        match self.kinds().is_empty() {
            true => {
                "a login is needed from elsewhere, and none is set up: see `login` of the settings"
            }
            false => "log in first",
        }
    }

    /// With what one can log in.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        let kinds = [("token", !self.tokens.is_empty()), ("password", !self.users.is_empty())];
        kinds.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect()
    }

    /// Who asks, by what the request says; nobody where it says nothing that holds.
    pub(crate) fn who(&self, headers: &HeaderMap, caller: Caller) -> Result<Option<Who>, Problem> {
        if !self.asks(caller) {
            return Ok(Some(Who { name: "local".into(), role: Role::Operator, by: By::Place }));
        }
        if let Some(token) = bearer(headers) {
            let role = self.token(token, caller.client)?;
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
        let (name, role) = match claim {
            Claim::Token(token) => ("token".to_owned(), self.token(token, client)?),
            Claim::Password { user, password } => self.user(user, password, client)?,
        };
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

    /// What whoever has this token may do. Nobody guesses 256 bits: the right one holds however often others were wrong, be
    /// it from the same address.
    fn token(&self, token: &str, client: IpAddr) -> Result<Role, Problem> {
        self.tokens.role(token.trim()).ok_or_else(|| match self.failures.take(client) {
            true => Problem::new(Why::WrongLogin, WRONG),
            false => Problem::new(Why::TooMany, TOO_OFTEN),
        })
    }

    /// Who has this name and password. Where they were wrong too often, from one address or from all together, nothing is
    /// looked at.
    fn user(&self, name: &str, password: &str, client: IpAddr) -> Result<(String, Role), Problem> {
        if !self.failures.has(client) || !self.failures_together.has(EVERYBODY) {
            return Err(Problem::new(Why::TooMany, TOO_OFTEN));
        }
        self.named(name, password)?.ok_or_else(|| {
            self.failures.take(client);
            self.failures_together.take(EVERYBODY);
            Problem::new(Why::WrongLogin, WRONG)
        })
    }

    fn named(&self, name: &str, password: &str) -> Result<Option<(String, Role)>, Problem> {
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

/// The token that a request brings. Logins of other schemes are somebody else's, such as those of a proxy.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let said = headers.get_all(AUTHORIZATION).into_iter().filter_map(|it| it.to_str().ok());
    let mut pairs = said.filter_map(|it| it.trim().split_once(' '));
    pairs.find(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer")).map(|(_, token)| token)
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
    const CALLER: Caller = Caller { client: CLIENT, here: CLIENT, is_tls: false, is_local: false };

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
            assert_eq!(logins.who(&headers, CALLER).unwrap(), Some(who.clone()));
            logins.leave(&who);
            assert_eq!(logins.who(&headers, CALLER).unwrap(), None);
        }
    }

    #[test]
    fn who_guesses_tokens_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let (logins, token) = logins(folder.path());
        let token = token.unwrap();
        let guess = |client| logins.enter(&Claim::Token("guess"), client).unwrap_err().why;
        assert!((0..6).all(|_| guess(CLIENT) == Why::WrongLogin) && guess(CLIENT) == Why::TooMany);
        assert!(logins.enter(&Claim::Token(&token), CLIENT).is_ok(), "from his address, too");
        let many = (0..200_u8).map(|last| guess([198, 51, 100, last].into()));
        assert!(many.into_iter().all(|why| why == Why::WrongLogin), "there is no limit of all");
    }

    #[test]
    fn who_guesses_passwords_is_not_listened_to_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let token = Tokens::read_or_make(path.clone(), true).unwrap().1.unwrap();
        let password_hash = password::hash_password("password of ann").unwrap();
        let ann = User { name: "ann".into(), role: Role::Operator, password_hash };
        let mut settings = Settings::default().listen(([0, 0, 0, 0], 0).into()).user(ann);
        settings.limits.logins_a_minute = 1;
        let (logins, _) = Logins::new(&settings, path).unwrap();
        let enter = |password, client| {
            let entered = logins.enter(&Claim::Password { user: "ann", password }, client);
            entered.map_err(|it| it.why)
        };
        assert_eq!(enter("guess", CLIENT), Err(Why::WrongLogin));
        let right = enter("password of ann", CLIENT);
        assert_eq!(right, Err(Why::TooMany), "nothing is said of the right one either");
        assert!(enter("password of ann", [192, 0, 2, 2].into()).is_ok());
        let many = (0..30_u8).map(|last| enter("guess", [198, 51, 100, last].into()));
        let heard = many.filter(|it| *it == Err(Why::WrongLogin)).count();
        // What comes back meanwhile is little.
        assert!((9..12).contains(&heard), "{heard} of all together");
        assert!(logins.enter(&Claim::Token(&token), CLIENT).is_ok(), "tokens are not guessed");
    }

    #[test]
    fn only_whoever_is_on_this_machine_may_need_no_login() {
        let folder = tempfile::tempdir().unwrap();
        let of = |settings: &Settings| Logins::new(settings, folder.path().join("none")).unwrap();
        let (here, token) = of(&Settings::default());
        let local = Caller { is_local: true, ..CALLER };
        assert!(token.is_none() && !here.asks(local) && here.asks(CALLER));
        assert_eq!(here.who(&HeaderMap::new(), CALLER).unwrap(), None);
        assert_eq!(here.who(&HeaderMap::new(), local).unwrap().unwrap().by, By::Place);
        assert!(here.advice().contains("none is set up"));
        let (both, token) = of(&Settings::default().host("sift.example").login(false));
        assert!(!both.asks(local) && both.asks(CALLER));
        assert!(token.is_some() && both.advice() == "log in first", "others have a way in");
    }

    #[test]
    fn only_bearers_bring_tokens() {
        let said = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(said(&["Bearer a"]).as_deref(), Some("a"));
        assert_eq!(said(&["Basic YTpi", "bearer a"]).as_deref(), Some("a"));
        for other in [&[][..], &["Basic YTpi"], &["Bearer"], &["a"], &["Negotiate Bearer"]] {
            assert_eq!(said(other), None, "{other:?}");
        }
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
