//! Who is told from the beginning.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use netsift::alert::sinks::{Mail, MailSecurity, MailSettings, WebhookForm, WebhookSettings};
use netsift::alert::{Secret, Url};
use netsift::watch::{Config, WatchError};

use crate::failure::Failure;

/// Where secrets stand: a variable, or a file of a folder that is named.
const PASSWORD: Place = Place { variable: "NETSIFT_MAIL_PASSWORD", file: "mail.password" };
const URL: Place = Place { variable: "NETSIFT_WEBHOOK_URL", file: "webhook.url" };
/// The port at which TLS is spoken from the first byte.
const TLS_PORT: u16 = 465;

/// Who is to be told.
#[derive(Args)]
#[command(next_help_heading = "Who is told")]
pub(super) struct Receivers {
    /// Tell this address by mail; for several, say it again
    #[arg(long, value_name = "ADDRESS", requires = "mail_server")]
    mail: Vec<String>,

    /// The server that takes mail, and the name to log in with: [USER@]HOST[:PORT]
    #[arg(long, value_name = "SERVER", requires = "mail", value_parser = server)]
    mail_server: Option<Server>,

    /// Who writes the mail [default: the user of the server if that is an address, or else who is told first]
    #[arg(long, value_name = "ADDRESS", requires = "mail")]
    mail_from: Option<String>,

    /// How the way to the server is kept secret [default: tls at port 465, starttls elsewhere]
    #[arg(long, value_name = "HOW", requires = "mail")]
    mail_security: Option<Security>,

    /// Tell a web address, in this form
    #[arg(long, value_name = "FORM")]
    webhook: Option<Form>,

    /// That address may be in a network of one's own, and be called without TLS
    #[arg(long, requires = "webhook")]
    webhook_private: bool,

    /// The password and the web address stand in files of this folder, mail.password and webhook.url [default: in the
    /// variables NETSIFT_MAIL_PASSWORD and NETSIFT_WEBHOOK_URL]
    #[arg(long, value_name = "DIR")]
    secrets: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Security {
    Starttls,
    Tls,
    /// Not at all; no password is sent then
    Open,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// An object with all that is known of an alert
    Json,
    Slack,
    Discord,
    Teams,
}

/// A server of mail as it is named on the command line.
#[derive(Clone, Debug, PartialEq)]
struct Server {
    user: Option<String>,
    host: String,
    port: Option<u16>,
}

/// Where a secret may stand.
struct Place {
    variable: &'static str,
    file: &'static str,
}

impl Receivers {
    /// A configuration that tells them.
    pub(super) fn example(&self) -> Result<String, Failure> {
        let mail = self.mail_server.as_ref().map(|server| self.mail(server));
        if let Some(mail) = &mail {
            // Whether the password is there is seen later.
            let mut open = mail.clone();
            (open.user, open.password) = (None, None);
            Mail::new(open).map_err(WatchError::from)?;
        }
        let webhook = self.webhook.map(|form| self.webhook(form));
        Ok(Config::example(mail.as_ref(), webhook.as_ref())?)
    }

    fn mail(&self, server: &Server) -> MailSettings {
        let Server { user, host, port } = server;
        let address = user.as_ref().filter(|user| user.contains('@'));
        let from = self.mail_from.as_ref().or(address).or(self.mail.first());
        let from = from.cloned().unwrap_or_default();
        let mut settings = MailSettings::new(host, from, self.mail.clone());
        settings.port = *port;
        settings.security = match self.mail_security {
            Some(Security::Tls) => MailSecurity::Tls,
            Some(Security::Starttls) => MailSecurity::StartTls,
            Some(Security::Open) => MailSecurity::Open,
            None if *port == Some(TLS_PORT) => MailSecurity::Tls,
            None => MailSecurity::StartTls,
        };
        settings.user.clone_from(user);
        settings.password = user.as_ref().map(|_| self.secret(&PASSWORD));
        settings
    }

    fn webhook(&self, form: Form) -> WebhookSettings {
        let mut settings = WebhookSettings::new(Url::Secret(self.secret(&URL)));
        settings.form = match form {
            Form::Json => WebhookForm::Json,
            Form::Slack => WebhookForm::Slack,
            Form::Discord => WebhookForm::Discord,
            Form::Teams => WebhookForm::Teams,
        };
        settings.http.allow_private = self.webhook_private;
        settings.http.allow_plain = self.webhook_private;
        settings
    }

    fn secret(&self, place: &Place) -> Secret {
        match &self.secrets {
            Some(folder) => Secret::File(folder.join(place.file)),
            None => Secret::Env(place.variable.into()),
        }
    }
}

fn server(text: &str) -> Result<Server, String> {
    // Names to log in with are often addresses.
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, text),
    };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
            (host, Some(port))
        }
        _ => (place, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    match host.is_empty() || user.as_ref().is_some_and(String::is_empty) {
        true => Err("it is [USER@]HOST[:PORT]".into()),
        false => Ok(Server { user, host, port }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_as_people_write_them() {
        for (text, user, host, port) in [
            ("mail.example.org", None, "mail.example.org", None),
            ("ann@mail.example.org", Some("ann"), "mail.example.org", None),
            ("ann@a.example@mail.example:465", Some("ann@a.example"), "mail.example", Some(465)),
            ("[::1]:25", None, "::1", Some(25)),
            ("::1", None, "::1", None),
        ] {
            let (user, host) = (user.map(str::to_owned), host.to_owned());
            assert_eq!(server(text), Ok(Server { user, host, port }), "{text}");
        }
        for text in ["", "ann@", "@mail.example", "mail.example:smtp", "mail.example:70000"] {
            assert!(server(text).is_err(), "{text}");
        }
    }
}
