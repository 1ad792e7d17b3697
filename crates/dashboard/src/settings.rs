//! Where it listens, who may look and change, and how much of everything there may be.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use netsift_alert::Network;
use serde::{Deserialize, Serialize};

use crate::DashboardError;
use crate::login::password;

/// How a dashboard is served. Every setting has a default; what is not known is refused.
///
/// ```
/// use netsift_dashboard::Settings;
///
/// let settings = Settings::default().listen(([127, 0, 0, 1], 0).into()).host("sift.example");
/// assert_eq!(settings.hosts, ["sift.example"]);
/// assert!(settings.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// Where it listens. Default: port 8050 of 127.0.0.1, where nobody needs a login.
    pub listen: SocketAddr,
    /// Names by which browsers may call it, beside `localhost` and the address that they reach. Default: none. A page of
    /// somebody else's, under a name that he points here, is refused so.
    pub hosts: Vec<String>,
    /// Proxies that are believed, as networks: who asks through one of them is whom its header `X-Forwarded-For` names last
    /// that is no such proxy, and came by TLS if its `X-Forwarded-Proto` says so. Default: none, and nobody is believed.
    pub proxies: Vec<Network>,
    /// Whether whoever is on this machine needs a login, too. Default: only where others are expected, which is where it
    /// listens elsewhere than on loopback, or names or proxies are told. Others need one always: who comes from elsewhere,
    /// or through a proxy that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<bool>,
    /// Who may log in with a password. Default: nobody.
    pub users: Vec<User>,
    /// The file of tokens, hashed. Default: `netsift-token` beside the history. Where a login is needed, there are no users
    /// and there is no such file, one is made, with a token that is shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// The certificates of the server, in PEM, its own first. Default: none, and no TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// The key of its certificate, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// Where reports of captures are kept. Default: a folder beside the history, by its name with `-reports` behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<PathBuf>,
    /// How much of everything there may be.
    pub limits: Limits,
}

/// Somebody who may log in with a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name, which stands beside what somebody changes.
    pub name: String,
    /// What somebody of this name may do. Default: look.
    #[serde(default)]
    pub role: Role,
    /// The password, hashed by Argon2 (`$argon2id$…`): see [`hash_password`](crate::hash_password).
    #[serde(skip_serializing)]
    pub password_hash: String,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look.
    #[default]
    Viewer,
    /// Look, and change what can be changed.
    Operator,
}

/// How much of everything there may be: what is beyond is refused, and costs little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// Open streams of events: each open page has one. Default: 256. One address has an eighth of them, or eight; all
    /// of them where it listens on loopback, as behind a proxy that is not believed.
    pub streams: usize,
    /// Open connections, those of streams among them. Default: 512, so that streams never take all of them.
    /// One address has as many of them as of streams: an eighth, or eight.
    pub connections: usize,
    /// Requests a minute of one address. Default: 3,000: a page makes some ten when it is opened.
    pub requests_a_minute: u32,
    /// Failed logins a minute of one address; of all together, ten times as many. Default: 6.
    pub logins_a_minute: u32,
    /// How large a capture may be that is uploaded, in MiB. Default: 256.
    pub upload_megabytes: u32,
    /// How long its upload may take, and the report of it, in seconds each. Default: 120.
    pub upload_seconds: u32,
    /// How many reports are kept: the oldest goes when there is one more. Default: 50.
    pub reports: usize,
    /// How long somebody may keep others waiting, in seconds: for a head, for a body that is no upload, for what was sent to
    /// be read. Default: 15.
    pub patience_seconds: u32,
}

/// The most names, proxies and users: each request is held against them.
const MOST_NAMES: usize = 64;

impl Settings {
    /// Where it listens.
    #[must_use]
    pub fn listen(self, listen: SocketAddr) -> Self {
        Self { listen, ..self }
    }

    /// One more name by which browsers may call it.
    #[must_use]
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// One more network of proxies that are believed.
    #[must_use]
    pub fn proxy(mut self, network: Network) -> Self {
        self.proxies.push(network);
        self
    }

    /// Whether whoever is on this machine needs a login, too.
    #[must_use]
    pub fn login(self, is_needed: bool) -> Self {
        Self { login: Some(is_needed), ..self }
    }

    /// One more who may log in with a password.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// The file of tokens.
    #[must_use]
    pub fn token_file(self, path: impl Into<PathBuf>) -> Self {
        Self { token_file: Some(path.into()), ..self }
    }

    /// TLS with these certificates and this key, files in PEM.
    #[must_use]
    pub fn tls(self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { certificate: Some(certificate.into()), key: Some(key.into()), ..self }
    }

    /// Whether somebody of this machine has to log in to see anything. Others have to, however this is.
    #[must_use]
    pub fn needs_login(&self) -> bool {
        self.login.unwrap_or_else(|| self.expects_others())
    }

    /// Whether others than those of this machine are expected. Behind a proxy they all seem to be of this machine: that there
    /// is one, only the names tell by which it is called.
    pub(crate) fn expects_others(&self) -> bool {
        let is_here = self.listen.ip().to_canonical().is_loopback();
        !is_here || !self.proxies.is_empty() || !self.hosts.is_empty()
    }

    /// Whether every setting is within its rules.
    ///
    /// # Errors
    /// [`DashboardError::Setting`] of the first that is not.
    pub fn check(&self) -> Result<(), DashboardError> {
        let refuse = |setting: &str, value: String, rule| {
            Err(DashboardError::Setting { setting: setting.to_owned(), value, rule })
        };
        if self.certificate.is_some() != self.key.is_some() {
            return refuse("certificate", "alone".into(), "together with a key");
        }
        if self.hosts.len() > MOST_NAMES {
            return refuse("hosts", format!("of {} names", self.hosts.len()), "of at most 64");
        }
        if let Some(host) = self.hosts.iter().find(|host| !is_host(host)) {
            return refuse("hosts", format!("{host:?}"), "names of hosts, without a port");
        }
        if self.proxies.len() > MOST_NAMES {
            return refuse("proxies", format!("{} networks", self.proxies.len()), "at most 64");
        }
        if let Some(all) = self.proxies.iter().find(|network| network.is_all()) {
            return refuse("proxies", format!("{all}, which is everybody"), "networks of your own");
        }
        if self.users.len() > MOST_NAMES {
            return refuse("users", format!("{} of them", self.users.len()), "at most 64");
        }
        for (place, user) in self.users.iter().enumerate() {
            let is_name = (1..=64).contains(&user.name.len())
                && !user.name.contains(char::is_control)
                && self.users.iter().take(place).all(|other| other.name != user.name);
            if !is_name {
                let rule = "a name of at most 64 bytes that nobody else has";
                return refuse("users.name", format!("{:?}", user.name), rule);
            }
            if !password::is_hash(&user.password_hash) {
                let rule = "an Argon2 hash, `$argon2id$…`";
                return refuse("users.password_hash", format!("no hash, of {}", user.name), rule);
            }
        }
        self.limits.check()
    }
}

/// Letters, digits, dots and hyphens, or an address.
fn is_host(text: &str) -> bool {
    let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_');
    (1..=253).contains(&text.len()) && (text.chars().all(is_part) || is_address(text))
}

fn is_address(text: &str) -> bool {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    bare.is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
}

impl Limits {
    fn check(&self) -> Result<(), DashboardError> {
        let whole = [
            ("limits.streams", self.streams as u64, 1, 100_000, "from 1 to 100000"),
            ("limits.connections", self.connections as u64, 1, 100_000, "from 1 to 100000"),
            (
                "limits.requests_a_minute",
                self.requests_a_minute.into(),
                10,
                1_000_000,
                "from 10 to 1000000",
            ),
            ("limits.logins_a_minute", self.logins_a_minute.into(), 1, 1_000, "from 1 to 1000"),
            ("limits.upload_megabytes", self.upload_megabytes.into(), 1, 65_536, "from 1 to 65536"),
            ("limits.upload_seconds", self.upload_seconds.into(), 1, 86_400, "from 1 to 86400"),
            ("limits.reports", self.reports as u64, 1, 10_000, "from 1 to 10000"),
            ("limits.patience_seconds", self.patience_seconds.into(), 1, 600, "from 1 to 600"),
        ];
        match whole.into_iter().find(|(_, value, least, most, _)| !(least..=most).contains(&value))
        {
            None => Ok(()),
            Some((setting, value, .., rule)) => {
                let (setting, value) = (setting.to_owned(), value.to_string());
                Err(DashboardError::Setting { setting, value, rule })
            }
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8050).into(),
            hosts: Vec::new(),
            proxies: Vec::new(),
            login: None,
            users: Vec::new(),
            token_file: None,
            certificate: None,
            key: None,
            reports: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            streams: 256,
            connections: 512,
            requests_a_minute: 3_000,
            logins_a_minute: 6,
            upload_megabytes: 256,
            upload_seconds: 120,
            reports: 50,
            patience_seconds: 15,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_slips_are_refused() {
        let text = toml::to_string(&Settings::default()).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), Settings::default());
        for (text, says) in [
            ("listne = '127.0.0.1:1'", "listne"),
            ("hosts = ['a b']", "hosts is \"a b\""),
            ("hosts = ['a:80']", "without a port"),
            ("certificate = 'a.pem'", "together with a key"),
            ("proxies = ['0.0.0.0/0']", "which is everybody"),
            ("proxies = ['::/0']", "networks of your own"),
            ("proxies = ['10.0.0.1/8']", "10.0.0.1/8"),
            ("limits = { streams = 0 }", "limits.streams is 0"),
            ("users = [{ name = 'ann', password_hash = 'hunter2' }]", "an Argon2 hash"),
        ] {
            let read = toml::from_str::<Settings>(text).map_err(|error| error.to_string());
            let said = read.and_then(|it| it.check().map_err(|error| error.to_string()));
            let said = said.unwrap_err();
            assert!(said.contains(says) && !said.contains("hunter2"), "{text}: {said}");
        }
    }

    #[test]
    fn only_loopback_that_expects_nobody_else_needs_no_login() {
        for (listen, needs) in [
            ("127.0.0.1:1", false),
            ("127.9.0.1:1", false),
            ("[::1]:1", false),
            ("[::ffff:127.0.0.1]:1", false),
            ("0.0.0.0:1", true),
            ("[::]:1", true),
            ("192.0.2.1:1", true),
        ] {
            let settings = Settings::default().listen(listen.parse().unwrap());
            assert_eq!(settings.needs_login(), needs, "{listen}");
        }
        let proxy = || Settings::default().proxy("127.0.0.1".parse().unwrap());
        let named = || Settings::default().host("sift.example");
        for settings in [Settings::default(), proxy(), named()] {
            assert_eq!(settings.needs_login(), settings != Settings::default(), "{settings:?}");
            assert!(settings.clone().login(true).needs_login());
            assert!(!settings.login(false).needs_login());
        }
        for (text, said) in
            [("", None), ("login = true", Some(true)), ("login = false", Some(false))]
        {
            assert_eq!(toml::from_str::<Settings>(text).unwrap().login, said);
        }
    }
}
