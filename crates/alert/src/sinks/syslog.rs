//! Alerts to syslog: RFC 5424, over UDP (RFC 5426), TCP (RFC 6587, with lengths) or TLS (RFC 5425).

use std::fmt::Write as _;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};

use super::cef::cef;
use crate::remote::{
    Connection, Timeouts, TlsSettings, clean, failed, is_name, own_name, resolve, server_name,
    target,
};
use crate::time::rfc3339_micros;
use crate::{Alert, Level, Sink, SinkError, clipped};

/// The longest datagram: what IPv6 carries without fragments (RFC 5426, 3.2).
const MAX_DATAGRAM: usize = 1_180;
/// The longest message on a stream: rsyslog cuts at 8,096 and tells the rest as another message.
const MAX_MESSAGE: usize = 8_000;
/// Every receiver takes as much (RFC 5424, 6.1).
const MIN_LONGEST: usize = 480;
/// The most bytes of a value of the structured data.
const MAX_VALUE: usize = 256;
/// So many datagrams are sent one behind the other, before it is looked whether anybody is there: a receiver's usual buffer
/// holds some ninety until it is read.
const DATAGRAMS: usize = 64;
/// So many messages are sent on one connection.
const MESSAGES: usize = 256;
/// What a receiver that is not there says of a datagram, it says at once.
const REFUSAL: Duration = Duration::from_millis(50);
/// A number for documentation (RFC 5612), for whoever has none of his own.
const ENTERPRISE: u32 = 32_473;

/// Where alerts go, and how they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SyslogSettings {
    /// The receiver: a name or an address.
    pub host: String,
    /// Its port. Default: 514, and 6514 with TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How messages get there. Default: UDP, which every receiver has, and which loses messages unnoticed.
    #[serde(default)]
    pub transport: SyslogTransport,
    /// How an alert is written. Default: as text, beside the facts as structured data.
    #[serde(default)]
    pub form: SyslogForm,
    /// What messages are counted to. Default: local0.
    #[serde(default)]
    pub facility: Facility,
    /// What this machine calls itself. Default: its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_name: Option<String>,
    /// The number under which the structured data is named, `alert@NUMBER`. Default: 32473, which is for documentation.
    #[serde(default = "enterprise")]
    pub enterprise: u32,
    /// The most bytes of a message. Default: 1180 by UDP, which no network tears apart; 8000 otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<usize>,
    /// Whether a connection stays open for what comes later. Default: no. Syslog knows no receipts: that the receiver closes
    /// a connection only when it has read all is the nearest to one, so each delivery has its own. One that stays open is
    /// looked at before it is written to, and what was under way as the receiver fell over is lost; it is for receivers that
    /// never close, and as many messages as wait go on one connection in any case.
    #[serde(default)]
    pub keep_open: bool,
    /// How long is waited.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// Whose certificates are believed.
    #[serde(default)]
    pub tls: TlsSettings,
}

/// How messages get to the receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SyslogTransport {
    /// A datagram each.
    #[default]
    Udp,
    /// One after the other, with their lengths.
    Tcp,
    /// The same inside TLS.
    Tls,
}

/// How an alert is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SyslogForm {
    /// Text for people, and structured data for programs.
    #[default]
    Plain,
    /// Common Event Format.
    Cef,
}

/// What messages are counted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "RFC 5424's words")]
pub enum Facility {
    Kern,
    User,
    Mail,
    Daemon,
    Auth,
    Syslog,
    Lpr,
    News,
    Uucp,
    Cron,
    AuthPriv,
    Ftp,
    Ntp,
    Audit,
    Alert,
    Clock,
    #[default]
    Local0,
    Local1,
    Local2,
    Local3,
    Local4,
    Local5,
    Local6,
    Local7,
}

/// A receiver of syslog.
pub struct Syslog {
    settings: SyslogSettings,
    port: u16,
    longest: usize,
    own_name: String,
    /// With TLS, how it is spoken and to whom.
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    socket: Option<UdpSocket>,
    connection: Option<Connection>,
}

const fn enterprise() -> u32 {
    ENTERPRISE
}

impl SyslogSettings {
    /// Settings for a receiver, the rest as it is by default.
    #[must_use]
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            transport: SyslogTransport::default(),
            form: SyslogForm::default(),
            facility: Facility::default(),
            own_name: None,
            enterprise: ENTERPRISE,
            longest: None,
            keep_open: false,
            timeouts: Timeouts::default(),
            tls: TlsSettings::default(),
        }
    }
}

impl Syslog {
    /// A sink with these settings; nobody is called yet.
    ///
    /// # Errors
    /// [`SinkError::Setting`] for what cannot be, [`SinkError::File`] for certificates that cannot be read.
    pub fn new(settings: SyslogSettings) -> Result<Self, SinkError> {
        settings.timeouts.check("syslog")?;
        let name = server_name("syslog.host", &settings.host)?;
        let is_tls = settings.transport == SyslogTransport::Tls;
        let is_udp = settings.transport == SyslogTransport::Udp;
        let tls = is_tls.then(|| settings.tls.config("syslog.tls")).transpose()?;
        if let Some(own) = settings.own_name.as_deref().filter(|own| !is_name(own)) {
            let rule = "a name of letters, digits, dots and dashes";
            return Err(SinkError::setting("syslog.own_name", own, rule));
        }
        let longest = settings.longest.unwrap_or(if is_udp { MAX_DATAGRAM } else { MAX_MESSAGE });
        if !(MIN_LONGEST..=65_000).contains(&longest) {
            return Err(SinkError::setting("syslog.longest", longest, "480 to 65000 bytes"));
        }
        Ok(Self {
            port: settings.port.unwrap_or(if is_tls { 6514 } else { 514 }),
            longest,
            // What is not known is a dash.
            own_name: settings.own_name.clone().or_else(own_name).unwrap_or_else(|| "-".into()),
            tls: tls.map(|config| (config, name)),
            socket: None,
            connection: None,
            settings,
        })
    }

    /// A message, without what a transport puts around it.
    fn message(&self, alert: &Alert) -> Vec<u8> {
        let priority = self.settings.facility as u8 * 8 + severity(alert.level);
        let (time, pid) = (rfc3339_micros(alert.nanos), std::process::id());
        let mut message = format!("<{priority}>1 {time} {} netsift {pid} alert ", self.own_name);
        let data = self.data(alert);
        // What has no room is left out whole: a half of it would be none. At least a third is kept for the text.
        let has_room = message.len() + data.len() < self.longest - self.longest / 3;
        message.push_str(if has_room && self.settings.form == SyslogForm::Plain {
            &data
        } else {
            "-"
        });
        message.push(' ');
        let room = self.longest.saturating_sub(message.len());
        let text = match self.settings.form {
            SyslogForm::Cef => cef(alert, room),
            SyslogForm::Plain => plain(alert, room),
        };
        message.push_str(&text);
        message.into_bytes()
    }

    /// The facts as structured data.
    fn data(&self, alert: &Alert) -> String {
        let peer = |peer: Option<crate::Peer>| peer.map(|peer| peer.to_string());
        let facts = [
            ("id", Some(alert.id.to_string())),
            ("level", Some(alert.level.to_string())),
            ("score", Some(format!("{:.1}", alert.score))),
            ("what", Some(alert.what.clone())),
            ("count", Some(alert.count.to_string())),
            ("source", peer(alert.source)),
            ("target", peer(alert.target)),
            ("protocol", alert.protocol.clone()),
            ("service", alert.service.clone()),
            ("action", Some(alert.action.to_string())),
            ("rule", Some(alert.rule.clone())),
        ];
        let mut data = format!("[alert@{}", self.settings.enterprise);
        for (name, value) in facts {
            if let Some(value) = value {
                let _ = write!(data, " {name}=\"{}\"", param(&value));
            }
        }
        data.push(']');
        data
    }

    fn send_datagrams(&mut self, messages: &[Vec<u8>]) -> Result<(), SinkError> {
        let wait = self.settings.timeouts.connect();
        let target = target(&self.settings.host, self.port);
        let failed = |error| failed(&target, wait, error);
        // A name may stand for another address by now; a socket that failed is not used again.
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => {
                let addresses = resolve(&self.settings.host, self.port, wait).map_err(failed)?;
                datagrams_to(&addresses).map_err(failed)?
            }
        };
        for message in messages {
            socket.send(message).map_err(failed)?;
        }
        // Nobody there: the system says so at the next look, if it is told at all.
        match socket.recv(&mut [0; 1]) {
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(failed(error))
            }
            _ => {
                self.socket = Some(socket);
                Ok(())
            }
        }
    }

    fn send_stream(&mut self, messages: &[Vec<u8>]) -> Result<(), SinkError> {
        let still_open =
            self.connection.take().and_then(|mut open| (!open.is_closed()).then_some(open));
        let mut connection = match still_open {
            Some(open) => open,
            None => self.connect()?,
        };
        connection.within(self.settings.timeouts.answer());
        let mut frames = Vec::new();
        for message in messages {
            frames.extend_from_slice(message.len().to_string().as_bytes());
            frames.push(b' ');
            frames.extend_from_slice(message);
        }
        connection.write(&frames)?;
        if !self.settings.keep_open {
            return connection.finish();
        }
        self.connection = Some(connection);
        Ok(())
    }

    fn connect(&self) -> Result<Connection, SinkError> {
        let wait = self.settings.timeouts.connect();
        let mut connection = Connection::open(&self.settings.host, self.port, wait)?;
        if let Some((config, name)) = &self.tls {
            connection.secure(config, name)?;
        }
        Ok(connection)
    }
}

impl Sink for Syslog {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        let messages: Vec<_> = alerts.iter().map(|alert| self.message(alert)).collect();
        match self.settings.transport {
            _ if messages.is_empty() => Ok(()),
            SyslogTransport::Udp => self.send_datagrams(&messages),
            SyslogTransport::Tcp | SyslogTransport::Tls => self.send_stream(&messages),
        }
    }

    fn at_once(&self) -> usize {
        match self.settings.transport {
            SyslogTransport::Udp => DATAGRAMS,
            SyslogTransport::Tcp | SyslogTransport::Tls => MESSAGES,
        }
    }
}

/// Notice, warning, error, critical.
const fn severity(level: Level) -> u8 {
    match level {
        Level::Low => 5,
        Level::Medium => 4,
        Level::High => 3,
        Level::Critical => 2,
    }
}

/// The alert as text, with what was counted and why. Text that is not ASCII begins with the mark that says it is UTF-8.
fn plain(alert: &Alert, most: usize) -> String {
    let mut text = clean(&alert.to_string(), most);
    for part in alert.names.iter().chain(&alert.evidence).chain(&alert.reasons) {
        if text.len() >= most {
            break;
        }
        text.push_str("; ");
        text.push_str(&clean(part, most));
    }
    const MARK: char = '\u{feff}';
    if text.is_ascii() && text.len() <= most {
        return text;
    }
    format!("{MARK}{}", clipped(&text, most.saturating_sub(MARK.len_utf8())))
}

/// Inside quotes, these three are escaped (RFC 5424, 6.3.3).
fn param(text: &str) -> String {
    let text = clean(text, MAX_VALUE);
    text.replace('\\', r"\\").replace('"', "\\\"").replace(']', r"\]")
}

/// A socket that sends to the first address that this machine has a way to.
fn datagrams_to(addresses: &[SocketAddr]) -> io::Result<UdpSocket> {
    let mut last = io::Error::from(ErrorKind::NotFound);
    for address in addresses {
        let any = if address.is_ipv4() {
            SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
        } else {
            SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
        };
        let opened = UdpSocket::bind(any).and_then(|socket| {
            socket.connect(address)?;
            socket.set_read_timeout(Some(REFUSAL))?;
            Ok(socket)
        });
        match opened {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::remote::sample;

    fn message(alert: &Alert, change: impl FnOnce(&mut SyslogSettings)) -> String {
        let mut settings = SyslogSettings::new("127.0.0.1");
        settings.own_name = Some("sensor".into());
        change(&mut settings);
        String::from_utf8(Syslog::new(settings).unwrap().message(alert)).unwrap()
    }

    #[test]
    fn a_message_is_what_the_standard_says() {
        let alert = sample("scan");
        let (id, pid) = (alert.id, std::process::id());
        // Facility 16, severity 3.
        let head = format!("<131>1 2026-09-21T14:13:20.000000Z sensor netsift {pid} alert ");
        let data = format!(
            "[alert@32473 id=\"{id}\" level=\"high\" score=\"71.5\" what=\"scan\" count=\"3\" \
             source=\"192.0.2.7\" target=\"198.51.100.9:22\" protocol=\"TCP\" service=\"ssh\" \
             action=\"block\" rule=\"guessed passwords\"]"
        );
        let text = "high 72 scan: 192.0.2.7 -> 198.51.100.9:22 TCP; scan; scan; scan";
        assert_eq!(message(&alert, |_| {}), format!("{head}{data} {text}"));
        let cef = message(&alert, |settings| settings.form = SyslogForm::Cef);
        assert!(cef.starts_with(&format!("{head}- CEF:0|netsift|")), "{cef}");
    }

    #[test]
    fn text_beyond_ascii_is_marked_as_utf_8() {
        let message = message(&sample("größer"), |_| {});
        assert!(message.contains("] \u{feff}high 72 größer"), "{message}");
    }

    #[test]
    fn hostile_text_stays_inside_its_quotes_and_its_line() {
        let hostile = "a\"]b\\\r\n<0>1 - - - - - - owned\u{202e}\0";
        let message = message(&sample(hostile), |_| {});
        assert!(
            message
                .contains(r#" what="a\"\]b\\\\u{d}\\u{a}<0>1 - - - - - - owned\\u{202e}\\u{0}""#)
        );
        assert!(!message.contains(char::is_control));
    }

    #[test]
    fn messages_have_room_where_they_go() {
        for hostile in ["a".repeat(100_000), "é]\"".repeat(50_000), "\n".repeat(100_000)] {
            for longest in [MIN_LONGEST, MAX_DATAGRAM, MAX_MESSAGE] {
                for form in [SyslogForm::Plain, SyslogForm::Cef] {
                    let message = message(&sample(&hostile), |settings| {
                        settings.longest = Some(longest);
                        settings.form = form;
                    });
                    assert!(message.len() <= longest, "{} of {longest}", message.len());
                    assert!(message.len() > longest / 2);
                }
            }
        }
    }

    #[test]
    fn settings_that_cannot_be_are_refused() {
        let refused = |change: fn(&mut SyslogSettings)| {
            let mut settings = SyslogSettings::new("sink.example");
            change(&mut settings);
            Syslog::new(settings).err().unwrap().to_string()
        };
        for (error, start) in [
            (refused(|it| it.host = "a b".into()), "syslog.host is \"a b\""),
            (refused(|it| it.longest = Some(100)), "syslog.longest is \"100\""),
            (refused(|it| it.own_name = Some("a\nb".into())), "syslog.own_name is "),
            (refused(|it| it.timeouts.connect = f64::NAN), "syslog.timeouts.connect is"),
        ] {
            assert!(error.starts_with(start), "{error}");
        }
        let settings: Result<SyslogSettings, _> = toml::from_str("host = \"a\"\nprot = 1");
        assert!(settings.is_err());
        let all = [Facility::Kern as u8, Facility::Local0 as u8, Facility::Local7 as u8];
        assert_eq!(all, [0, 16, 23]);
    }

    /// A value of the structured data, read as the standard says.
    fn read_back(message: &str, name: &str) -> String {
        let (_, rest) = message.split_once(&format!(" {name}=\"")).unwrap();
        let (mut value, mut chars) = (String::new(), rest.chars());
        loop {
            match chars.next().unwrap() {
                '"' => return value,
                '\\' => value.push(chars.next().unwrap()),
                other => value.push(other),
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was_cleaned(what: String) {
            let message = message(&sample(&what), |settings| settings.longest = Some(MAX_MESSAGE));
            prop_assert_eq!(read_back(&message, "what"), clean(&what, MAX_VALUE));
            prop_assert_eq!(read_back(&message, "rule"), "guessed passwords");
            prop_assert!(!message.contains(char::is_control));
        }
    }
}
