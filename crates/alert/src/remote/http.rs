//! Requests that go where they should, and nowhere else.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use ureq::http::{self, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use zeroize::Zeroizing;

use super::connection::resolve;
use super::{Revealed, Secret, Timeouts, TlsSettings, clean, is_public};
use crate::SinkError;
use crate::time::{now_seconds, parse_http_date};

/// The most bytes of an answer's head: no receiver of messages has more to say.
const MAX_HEAD: usize = 32 * 1024;
/// The most bytes of an answer that are read: a receiver says in its first line what is wrong.
const MAX_ANSWER: u64 = 2_048;
/// The most bytes of an answer that are told.
const MAX_TOLD: usize = 200;
/// The longest that somebody may ask to wait.
const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);
/// A secret that is shorter stands in many texts by chance: so do words of addresses, as `send`.
const MIN_SECRET: usize = 8;
/// Headers that belong to the connection.
const NOT_SETTABLE: [HeaderName; 5] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::CONTENT_TYPE,
];

/// Where requests may go, and how long is waited for answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HttpSettings {
    /// Whether the target may be private: this machine, the own network, a cloud's metadata. Default: no. The address is
    /// checked that is connected to, whatever a name stood for before.
    pub allow_private: bool,
    /// Whether the target may be called without TLS, by `http://`. Default: no.
    pub allow_plain: bool,
    /// How long is waited.
    pub timeouts: Timeouts,
    /// Whose certificates are believed.
    pub tls: TlsSettings,
}

/// An address to call: in the open, or a secret where it holds one, as those of Slack, Discord and Teams do.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Url {
    /// As it is. It must hold no password.
    Open(String),
    /// Where it stands.
    Secret(Secret),
}

/// Who makes requests. There are no redirects: a receiver that has moved is another receiver.
pub(crate) struct Client {
    agent: ureq::Agent,
    settings: HttpSettings,
    headers: Vec<(HeaderName, HeaderValue, Revealed)>,
}

/// One request.
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    pub(crate) method: Method,
    pub(crate) content_type: &'static str,
    /// Beside those of the client.
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: &'a [u8],
    /// What is secret in the body.
    pub(crate) secrets: &'a [&'a str],
}

impl Client {
    /// A client whose every request bears these headers.
    pub(crate) fn new(
        setting: &str,
        settings: &HttpSettings,
        headers: &BTreeMap<String, Secret>,
    ) -> Result<Self, SinkError> {
        settings.timeouts.check(&format!("{setting}.http"))?;
        let roots = settings.tls.roots(&format!("{setting}.http.tls"))?;
        let roots: Vec<_> = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let Timeouts { connect, answer } = settings.timeouts;
        let config = ureq::Agent::config_builder()
            .proxy(None) // a proxy would be who resolves names, unchecked
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_response_header_size(MAX_HEAD)
            .max_idle_connections(0) // a connection that was left open may be dead by now
            .timeout_resolve(Some(settings.timeouts.connect()))
            .timeout_connect(Some(settings.timeouts.connect()))
            .timeout_global(Some(Duration::from_secs_f64(connect + answer)))
            .user_agent(concat!("netsift/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        let resolver = Checked { allow_private: settings.allow_private };
        let agent = ureq::Agent::with_parts(config, DefaultConnector::default(), resolver);
        let headers = headers.iter().map(|(name, value)| self::header(setting, name, value));
        Ok(Self { agent, settings: settings.clone(), headers: headers.collect::<Result<_, _>>()? })
    }

    /// Refuses an address that will not be called. Its path and what stands behind are not shown.
    pub(crate) fn check(&self, setting: &str, url: &str) -> Result<(), SinkError> {
        let refuse = |rule| Err(SinkError::setting(setting, shown(url), rule));
        let Ok(uri) = url.parse::<Uri>() else { return refuse("an address, as https://host/path") };
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if self.settings.allow_plain => {}
            Some("http") => return refuse("https://, or http.allow_plain be set"),
            _ => return refuse("an address that begins with https://"),
        }
        match uri.authority() {
            Some(it) if it.as_str().contains('@') => {
                refuse("without a name and a password, which are secrets and go into headers")
            }
            Some(it) if !it.host().is_empty() => Ok(()),
            _ => refuse("an address with a host"),
        }
    }

    /// Makes a request, and says whether it was taken.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<(), SinkError> {
        let target = shown(request.url);
        let mut built = http::Request::builder().method(request.method.clone()).uri(request.url);
        for (name, value, _) in &self.headers {
            built = built.header(name, value);
        }
        for (name, value) in &request.headers {
            built = built.header(name, value);
        }
        let unfit = |_| refused(&target, "the request has no form in HTTP");
        let answer = if request.method == Method::GET {
            self.agent.run(built.body(()).map_err(unfit)?)
        } else {
            let built = built.header(header::CONTENT_TYPE, request.content_type);
            self.agent.run(built.body(request.body).map_err(unfit)?)
        };
        let mut answer = answer.map_err(|error| self.failed(&target, error))?;
        if answer.status().is_success() {
            return Ok(());
        }
        let mut said = Vec::new();
        // What cannot be read is not told: the status says enough.
        let _ = answer.body_mut().as_reader().take(MAX_ANSWER).read_to_end(&mut said);
        Err(self.unwelcome(&target, request, &answer, &String::from_utf8_lossy(&said)))
    }

    /// What an answer means that is not "yes".
    fn unwelcome(
        &self,
        target: &str,
        request: &Request<'_>,
        answer: &http::Response<ureq::Body>,
        said: &str,
    ) -> SinkError {
        let status = answer.status();
        let told = if self.is_secret_in(request, said) {
            "what it says holds a secret".to_owned()
        } else {
            clean(said.trim(), MAX_TOLD)
        };
        let told = format!("{} {told}", status.as_u16());
        if status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        {
            let wait = answer.headers().get(header::RETRY_AFTER).and_then(wait);
            return SinkError::Busy { target: target.to_owned(), answer: told, wait };
        }
        refused(target, told.trim_end())
    }

    /// Whether an answer repeats what is secret in the request.
    fn is_secret_in(&self, request: &Request<'_>, said: &str) -> bool {
        let path = request.url.splitn(4, '/').nth(3).unwrap_or_default();
        let parts = path.split(['/', '?', '&', '=']);
        let headers = self.headers.iter().flat_map(|(_, _, value)| value.text().split(' '));
        let own = request.secrets.iter().copied();
        let mut secrets =
            parts.chain(headers).chain(own).filter(|secret| secret.len() >= MIN_SECRET);
        secrets.any(|secret| said.contains(secret))
    }

    /// What an error of the client means. None of its texts is told that may hold the address.
    fn failed(&self, target: &str, error: ureq::Error) -> SinkError {
        let unreachable = |source| SinkError::Unreachable { target: target.to_owned(), source };
        match error {
            ureq::Error::Timeout(_) => self.silent(target),
            ureq::Error::Other(other) if other.is::<NotPublic>() => {
                refused(target, &other.to_string())
            }
            ureq::Error::Io(error)
                if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) =>
            {
                self.silent(target)
            }
            ureq::Error::Io(error) => unreachable(error),
            ureq::Error::Rustls(error) => unreachable(io::Error::other(error)),
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
                unreachable(io::Error::new(ErrorKind::InvalidData, "what it says is no HTTP"))
            }
            ureq::Error::HostNotFound => unreachable(ErrorKind::NotFound.into()),
            _ => unreachable(io::Error::other("the request failed")),
        }
    }

    fn silent(&self, target: &str) -> SinkError {
        let Timeouts { connect, answer } = self.settings.timeouts;
        let waited = Duration::from_secs_f64(connect + answer);
        SinkError::Silent { target: target.to_owned(), waited }
    }
}

impl Url {
    /// The address itself; `must_hide` if it holds a secret by what it is.
    pub(crate) fn reveal(&self, setting: &str, must_hide: bool) -> Result<Revealed, SinkError> {
        match self {
            Self::Open(url) if must_hide => {
                let rule =
                    "{ env = \"NAME\" } or { file = \"PATH\" }, since whoever has it can post";
                Err(SinkError::setting(setting, shown(url), rule))
            }
            Self::Open(url) => Ok(Zeroizing::new(url.clone()).into()),
            Self::Secret(secret) => secret.reveal(setting),
        }
    }

    /// Where it stands, if it is secret.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Open(_) => None,
            Self::Secret(secret) => Some(secret),
        }
    }
}

/// Of an address, what may be told: scheme, host and port.
pub(crate) fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "no address".to_owned() };
    let host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    clean(&format!("{scheme}://{host}"), MAX_TOLD)
}

/// How long an answer asks to wait: seconds, or a date.
fn wait(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => (parse_http_date(text)? - now_seconds()) as f64,
    };
    let wait = Duration::try_from_secs_f64(seconds.max(0.0)).ok()?;
    Some(wait.min(MAX_WAIT))
}

fn refused(target: &str, answer: &str) -> SinkError {
    SinkError::Refused { target: target.to_owned(), answer: answer.to_owned() }
}

fn header(
    setting: &str,
    name: &str,
    value: &Secret,
) -> Result<(HeaderName, HeaderValue, Revealed), SinkError> {
    let setting = format!("{setting}.headers.{name}");
    let known = HeaderName::from_bytes(name.as_bytes()).ok();
    let Some(name) = known.filter(|name| !NOT_SETTABLE.contains(name)) else {
        return Err(SinkError::setting(&setting, name, "the name of a header that may be set"));
    };
    let secret = value.reveal(&setting)?;
    let Ok(mut text) = HeaderValue::from_str(secret.text()) else {
        return Err(SinkError::setting(&setting, value, "text that a header can hold"));
    };
    text.set_sensitive(true);
    Ok((name, text, secret))
}

/// Resolves names, and gives only addresses that may be called: the connection goes to what is given here.
#[derive(Debug)]
struct Checked {
    allow_private: bool,
}

/// A target that may not be called.
#[derive(Debug)]
struct NotPublic(std::net::IpAddr);

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        let found = resolve(host, uri.port_u16().unwrap_or(default), *timeout.after)?;
        let mut allowed = self.empty();
        let may_be_called = |ip| self.allow_private || is_public(ip);
        let most = 16; // as many as the library holds
        for address in found.iter().filter(|address| may_be_called(address.ip())).take(most) {
            allowed.push(*address);
        }
        match found.first() {
            Some(first) if allowed.is_empty() => {
                Err(ureq::Error::Other(Box::new(NotPublic(first.ip()))))
            }
            _ => Ok(allowed),
        }
    }
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is private, and http.allow_private is not set", self.0)
    }
}

impl std::error::Error for NotPublic {}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(url) => f.debug_tuple("Open").field(&shown(url)).finish(),
            Self::Secret(secret) => f.debug_tuple("Secret").field(secret).finish(),
        }
    }
}

impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Url;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address, { env = \"NAME\" } or { file = \"PATH\" }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Url, E> {
                Ok(Url::Open(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Url, A::Error> {
                Secret::deserialize(MapAccessDeserializer::new(map)).map(Url::Secret)
            }
        }
        from.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_what_is_secret() {
        for (url, expected) in [
            ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com"),
            ("https://me:pass@gate.example:8443?key=1", "https://gate.example:8443"),
            ("https://host\\token", "https://host"),
            ("token", "no address"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn addresses_that_will_not_be_called_are_refused() {
        let mut settings = HttpSettings::default();
        let client = |settings: &_| Client::new("a", settings, &BTreeMap::new()).unwrap();
        let plain = client(&settings);
        for url in ["http://a/", "ftp://a/", "a", "https://u:p@a/", "https://", "https://a b/"] {
            let error = plain.check("webhook.url", url).unwrap_err().to_string();
            assert!(error.starts_with("webhook.url is ") && !error.contains("u:p"), "{error}");
        }
        plain.check("a", "https://a/b?c=d").unwrap();
        settings.allow_plain = true;
        client(&settings).check("a", "http://[::1]:8080/").unwrap();
    }

    #[test]
    fn waits_are_seconds_or_dates_and_bounded() {
        let wait = |text: &str| wait(&HeaderValue::from_str(text).unwrap());
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("0.5"), Some(Duration::from_millis(500)));
        for text in ["-1", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(wait(text), Some(Duration::ZERO));
        }
        assert_eq!(wait("99999999"), Some(MAX_WAIT));
        for text in ["", "soon", "NaN", "inf", "1e400"] {
            assert_eq!(
                wait(text).filter(|wait| !wait.is_zero() && *wait < MAX_WAIT),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn addresses_in_settings_are_open_or_stand_elsewhere() {
        let url = |text| serde_json::from_str::<Url>(text);
        assert_eq!(url(r#""https://a/""#).unwrap(), Url::Open("https://a/".into()));
        assert_eq!(url(r#"{"env":"A"}"#).unwrap(), Url::Secret(Secret::Env("A".into())));
        assert!(url(r#"{"path":"A"}"#).is_err());
        assert_eq!(format!("{:?}", url(r#""https://a/token""#).unwrap()), r#"Open("https://a")"#);
    }
}
