//! Alerts by mail.

mod mailbox;
mod message;
mod smtp;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};

use crate::remote::{
    Batch, Connection, Context, Progress, Revealed, Secret, Template, Timeouts, TlsSettings,
    own_name, server_name,
};
use crate::time::now_seconds;
use crate::{Alert, Sink, SinkError};
use mailbox::Mailbox;
use message::Message;
use smtp::{Answer, Dialogue};

/// What a mail is called where nothing else is asked for.
const SUBJECT: &str = "[netsift] {title}";
/// A list of recipients that is longer is a mailing list's work; every server takes 100 (RFC 5321, 4.5.3.1.8).
const MAX_RECIPIENTS: usize = 100;
/// How long a server may take to say goodbye, which nobody waits for.
const GOODBYE: Duration = Duration::from_secs(1);

/// Which server is called, and who is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MailSettings {
    /// The server: a name or an address.
    pub host: String,
    /// Its port. Default: 587 with STARTTLS, 465 with TLS, 25 in the open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the way there is kept secret. Default: by STARTTLS, without which nothing is sent.
    #[serde(default)]
    pub security: MailSecurity,
    /// The name to log in with. Default: none, and no log-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// Who writes: `alerts@example.org`, or `netsift <alerts@example.org>`.
    pub from: String,
    /// Who is told, in the same form.
    pub to: Vec<String>,
    /// What mails are called, with [fields](crate::template_fields) of the worst alert. Default: `[netsift] {title}`.
    #[serde(default = "subject")]
    pub subject: String,
    /// How long is waited.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// Whose certificates are believed.
    #[serde(default)]
    pub tls: TlsSettings,
}

/// How the way to the server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// By TLS, which is asked for in the open. A server that does not offer it gets nothing.
    #[default]
    StartTls,
    /// By TLS from the first byte.
    Tls,
    /// Not at all: whoever says so allows it. No password is sent then.
    Open,
}

/// A server of mail.
pub struct Mail {
    host: String,
    port: u16,
    security: MailSecurity,
    timeouts: Timeouts,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    login: Option<(String, Revealed)>,
    own_name: String,
    from: Mailbox,
    to: Vec<Mailbox>,
    subject: Template,
    progress: Progress,
}

fn subject() -> String {
    SUBJECT.to_owned()
}

impl MailSettings {
    /// Settings for a server, who writes and who is told, the rest as it is by default.
    #[must_use]
    pub fn new(host: impl Into<String>, from: impl Into<String>, to: Vec<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            security: MailSecurity::default(),
            user: None,
            password: None,
            from: from.into(),
            to,
            subject: subject(),
            timeouts: Timeouts::default(),
            tls: TlsSettings::default(),
        }
    }

    /// Where its secrets stand.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.password.iter()
    }

    fn login(&self) -> Result<Option<(String, Revealed)>, SinkError> {
        let refuse = |name, value: &str, rule| Err(SinkError::setting(name, value, rule));
        match (&self.user, &self.password) {
            (None, None) => Ok(None),
            (Some(user), Some(_)) if self.security == MailSecurity::Open => {
                refuse("mail.user", user, "left out, since a password is not sent in the open")
            }
            (Some(user), Some(_)) if user.is_empty() || user.contains(char::is_control) => {
                refuse("mail.user", user, "a name of one line")
            }
            (Some(user), Some(password)) => {
                Ok(Some((user.clone(), password.reveal("mail.password")?)))
            }
            (Some(_), None) => refuse("mail.password", "not set", "set, as mail.user is"),
            (None, Some(_)) => refuse("mail.user", "not set", "set, as mail.password is"),
        }
    }
}

impl Mail {
    /// A sink with these settings; nobody is called yet.
    ///
    /// # Errors
    /// [`SinkError::Setting`] and [`SinkError::Field`] for what cannot be, [`SinkError::File`] for what cannot be read.
    pub fn new(settings: MailSettings) -> Result<Self, SinkError> {
        settings.timeouts.check("mail")?;
        let name = server_name("mail.host", &settings.host)?;
        let login = settings.login()?;
        let (port, is_secret) = match settings.security {
            MailSecurity::StartTls => (587, true),
            MailSecurity::Tls => (465, true),
            MailSecurity::Open => (25, false),
        };
        let tls = is_secret.then(|| settings.tls.config("mail.tls")).transpose()?;
        if !(1..=MAX_RECIPIENTS).contains(&settings.to.len()) {
            let rule = "1 to 100 addresses";
            return Err(SinkError::setting("mail.to", settings.to.len(), rule));
        }
        let to = settings.to.iter().map(|text| Mailbox::new("mail.to", text));
        Ok(Self {
            port: settings.port.unwrap_or(port),
            security: settings.security,
            timeouts: settings.timeouts,
            tls: tls.map(|config| (config, name)),
            login,
            own_name: own_name().unwrap_or_else(|| "localhost".to_owned()),
            from: Mailbox::new("mail.from", &settings.from)?,
            to: to.collect::<Result<_, _>>()?,
            subject: Template::new("mail.subject", &settings.subject, Context::Text, &[])?,
            progress: Progress::default(),
            host: settings.host,
        })
    }

    /// A dialogue with the server, as far as it will take a mail.
    fn connect(&self) -> Result<Dialogue, SinkError> {
        let mut connection = Connection::open(&self.host, self.port, self.timeouts.connect())?;
        if let (MailSecurity::Tls, Some((config, name))) = (self.security, &self.tls) {
            connection.secure(config, name)?;
        }
        connection.within(self.timeouts.answer());
        let mut dialogue = Dialogue::new(connection, &self.own_name)?;
        if let (MailSecurity::StartTls, Some((config, name))) = (self.security, &self.tls) {
            dialogue.start_tls(config, name, &self.own_name)?;
        }
        if let Some((user, password)) = &self.login {
            dialogue.log_in(user, password)?;
        }
        Ok(dialogue)
    }

    fn message(&self, batch: &Batch<'_>) -> Message<'_> {
        let subject = self.subject.render(batch, &[]);
        Message::new(&self.from, &self.to, &subject, batch, now_seconds())
    }
}

impl Sink for Mail {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        let Some(batch) = Batch::of(alerts) else { return Ok(()) };
        self.progress.with(&batch);
        let mut dialogue = self.connect()?;
        dialogue.ok(&format!("MAIL FROM:<{}>", self.from.address))?;
        let (mut taken, mut later, mut never) = (Vec::new(), Vec::new(), Vec::new());
        for to in self.to.iter().map(|to| to.address.as_str()) {
            if self.progress.is_done(to) {
                continue;
            }
            match dialogue.ask(&format!("RCPT TO:<{to}>"))? {
                answer if answer.is_yes() => taken.push(to),
                answer if answer.may_pass() => later.push((to, answer)),
                answer => never.push((to, answer)),
            }
        }
        if !taken.is_empty() {
            dialogue.send(self.message(&batch).to_string().as_bytes())?;
            taken.iter().for_each(|to| self.progress.done(to));
        }
        dialogue.bye(GOODBYE);
        for (to, answer) in later {
            if self.progress.waits_for(to, Instant::now()) {
                return Err(dialogue.error(&answer));
            }
            never.push((to, answer));
        }
        let told_some = self.progress.has_begun();
        self.progress.forget();
        match never.first() {
            None => Ok(()),
            Some((_, answer)) if !told_some => Err(dialogue.error(answer)),
            Some((_, answer)) => Err(partly(&dialogue, &never, answer)),
        }
    }

    fn is_amid(&self) -> bool {
        self.progress.has_begun()
    }
}

/// Some have it, and these never will.
fn partly(dialogue: &Dialogue, never: &[(&str, Answer)], first: &Answer) -> SinkError {
    let who: Vec<_> = never.iter().map(|(to, _)| *to).collect();
    let (target, who) = (dialogue.target().to_owned(), who.join(", "));
    SinkError::Partly { target, who, answer: first.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_are_refused() {
        let refused = |change: fn(&mut MailSettings)| {
            let mut settings = MailSettings::new("mail.example", "a@b", vec!["c@d".into()]);
            change(&mut settings);
            Mail::new(settings).err().unwrap().to_string()
        };
        let password = || Some(Secret::Env("PATH".into()));
        assert!(Mail::new(MailSettings::new("mail.example", "a@b", vec!["c@d".into()])).is_ok());
        for (error, start) in [
            (refused(|it| it.host = "a/b".into()), "mail.host is "),
            (refused(|it| it.to.clear()), "mail.to is \"0\""),
            (refused(|it| it.to.push("a@b\r\nBcc: e@f".into())), "mail.to is "),
            (refused(|it| it.from = "nobody".into()), "mail.from is \"nobody\""),
            (refused(|it| it.user = Some("me".into())), "mail.password is "),
            (refused(|it| it.subject = "{titel}".into()), "mail.subject: there is no {titel}"),
        ] {
            assert!(error.starts_with(start), "{error}");
        }
        let mut open = MailSettings::new("mail.example", "a@b", vec!["c@d".into()]);
        (open.security, open.user, open.password) =
            (MailSecurity::Open, Some("me".into()), password());
        assert!(Mail::new(open).err().unwrap().to_string().starts_with("mail.user is \"me\""));
        let literal = "host = \"a\"\nfrom = \"a@b\"\nto = [\"c@d\"]\npassword = \"hunter2\"";
        let error = toml::from_str::<MailSettings>(literal).unwrap_err();
        assert!(error.message().contains("{ env = \"NAME\" }"), "{error}");
    }
}
