//! Alerts as text messages, through a gateway that takes HTTP.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use ureq::http::Method;

use crate::remote::{
    Batch, Client, Context, HttpSettings, Progress, Request, Revealed, Secret, Template,
};
use crate::{Alert, Sink, SinkError};

/// What is said where nothing else is asked for.
const TEXT: &str = "{level} {score}: {what} {source} {target} +{others}";
/// What a single message holds.
const LONGEST: usize = 160;
/// Ten messages that a phone puts together.
const MAX_LONGEST: usize = 1_530;
/// A list of numbers that is longer was not meant to be woken.
const MAX_NUMBERS: usize = 50;
/// Words of templates that are not of alerts: the number, the message.
const OWN: [&str; 2] = ["to", "text"];

/// Which gateway is called, how, and who is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SmsSettings {
    /// The address of the gateway. Behind the host it may hold `{to}`, `{text}`, [fields](crate::template_fields) of alerts,
    /// and `secrets` by their names. What is secret must not stand here itself.
    pub url: String,
    /// The numbers: digits, with or without `+` before them.
    pub to: Vec<String>,
    /// How it is called. Default: POST.
    #[serde(default)]
    pub method: SmsMethod,
    /// What its body is. Default: a form.
    #[serde(default)]
    pub kind: SmsBody,
    /// The body, with the same fields as the address: `to={to}&text={text}`, or `{"to": "{to}", "text": "{text}"}`. Default:
    /// none.
    #[serde(default)]
    pub body: String,
    /// What the message says. Default: `{level} {score}: {what} {source} {target} +{others}`.
    #[serde(default = "text")]
    pub text: String,
    /// The most characters of a message, 1 to 1530. Default: 160, which is one. A message is cut at a word, and is ASCII: one
    /// other letter would halve the room.
    #[serde(default = "longest")]
    pub longest: usize,
    /// Secrets by names of one's own, in small letters, for address and body.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Secret>,
    /// Headers beside the usual ones: each value is a secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Secret>,
    /// Where requests may go, and how long is waited.
    #[serde(default)]
    pub http: HttpSettings,
}

/// How a gateway is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "HTTP's words")]
pub enum SmsMethod {
    Get,
    #[default]
    Post,
    Put,
}

/// What a body is, and so what is escaped in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsBody {
    /// `application/x-www-form-urlencoded`.
    #[default]
    Form,
    /// JSON.
    Json,
    /// Text.
    Text,
}

/// A gateway of text messages.
pub struct Sms {
    settings: SmsSettings,
    client: Client,
    url: Template,
    body: Template,
    text: Template,
    secrets: Vec<Revealed>,
    progress: Progress,
}

fn text() -> String {
    TEXT.to_owned()
}

const fn longest() -> usize {
    LONGEST
}

impl SmsSettings {
    /// Settings for a gateway and those who are told, the rest as it is by default.
    #[must_use]
    pub fn new(url: impl Into<String>, to: Vec<String>) -> Self {
        Self {
            url: url.into(),
            to,
            method: SmsMethod::default(),
            kind: SmsBody::default(),
            body: String::new(),
            text: text(),
            longest: LONGEST,
            secrets: BTreeMap::new(),
            headers: BTreeMap::new(),
            http: HttpSettings::default(),
        }
    }

    /// Where its secrets stand.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.values().chain(self.headers.values())
    }

    fn check(&self) -> Result<(), SinkError> {
        let refuse = |name: &str, value: &str, rule| {
            Err(SinkError::setting(&format!("sms.{name}"), value, rule))
        };
        if !(1..=MAX_NUMBERS).contains(&self.to.len()) {
            return refuse("to", &self.to.len().to_string(), "1 to 50 numbers");
        }
        if let Some(number) = self.to.iter().find(|number| !is_number(number)) {
            return refuse("to", number, "3 to 15 digits, with or without + before them");
        }
        if !(1..=MAX_LONGEST).contains(&self.longest) {
            return refuse("longest", &self.longest.to_string(), "1 to 1530 characters");
        }
        let is_word = |name: &str| name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
        let is_fine = |name: &String| !name.is_empty() && is_word(name) && !OWN.contains(&&**name);
        if let Some(name) = self.secrets.keys().find(|name| !is_fine(name)) {
            return refuse("secrets", name, "names of small letters, other than to and text");
        }
        if self.method == SmsMethod::Get && !self.body.is_empty() {
            return refuse("body", &self.body, "left out: GET has none");
        }
        Ok(())
    }
}

impl Sms {
    /// A sink with these settings; nobody is called yet.
    ///
    /// # Errors
    /// [`SinkError::Setting`] and [`SinkError::Field`] for what cannot be, [`SinkError::File`] for what cannot be read.
    pub fn new(settings: SmsSettings) -> Result<Self, SinkError> {
        settings.check()?;
        let client = Client::new("sms", &settings.http, &settings.headers)?;
        let names = settings.secrets.keys().map(String::as_str);
        let own: Vec<_> = OWN.into_iter().chain(names).collect();
        let url = Template::new("sms.url", &settings.url, Context::Url, &own)?;
        // What is put in must not choose whom secrets are sent to.
        let is_fixed = url.start().split_once("://").is_some_and(|(_, host)| host.contains('/'));
        if !is_fixed {
            let rule = "an address whose fields stand behind https://host/";
            return Err(SinkError::setting("sms.url", "without that", rule));
        }
        let (alerts, filled) = ([Alert::test(0)], vec!["0"; own.len()]);
        let filled = Batch::of(&alerts).map(|batch| url.render(&batch, &filled));
        client.check("sms.url", &filled.unwrap_or_default())?;
        let context = match settings.kind {
            SmsBody::Form => Context::Url,
            SmsBody::Json => Context::Json,
            SmsBody::Text => Context::Text,
        };
        // No body is none of JSON either.
        let context = if settings.body.is_empty() { Context::Text } else { context };
        let body = Template::new("sms.body", &settings.body, context, &own)?;
        let text = Template::new("sms.text", &settings.text, Context::Text, &[])?;
        let reveal =
            |(name, secret): (&String, &Secret)| secret.reveal(&format!("sms.secrets.{name}"));
        let secrets = settings.secrets.iter().map(reveal).collect::<Result<_, _>>()?;
        let progress = Progress::default();
        Ok(Self { settings, client, url, body, text, secrets, progress })
    }

    fn send(&self, batch: &Batch<'_>, to: &str) -> Result<(), SinkError> {
        let text = short(&self.text.render(batch, &[]), self.settings.longest);
        let secrets = self.secrets.iter().map(Revealed::text);
        let own: Vec<_> = [to, text.as_str()].into_iter().chain(secrets).collect();
        let url = self.url.render_secret(batch, &own);
        let body = self.body.render_secret(batch, &own);
        self.client.send(&Request {
            url: url.text(),
            method: match self.settings.method {
                SmsMethod::Get => Method::GET,
                SmsMethod::Post => Method::POST,
                SmsMethod::Put => Method::PUT,
            },
            content_type: match self.settings.kind {
                SmsBody::Form => "application/x-www-form-urlencoded",
                SmsBody::Json => "application/json",
                SmsBody::Text => "text/plain; charset=utf-8",
            },
            headers: Vec::new(),
            body: body.text().as_bytes(),
            secrets: &own[OWN.len()..],
        })
    }
}

impl Sink for Sms {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        let Some(batch) = Batch::of(alerts) else { return Ok(()) };
        self.progress.with(&batch);
        let mut failed = Vec::new();
        for to in &self.settings.to {
            if self.progress.is_done(to) {
                continue;
            }
            match self.send(&batch, to) {
                Ok(()) => self.progress.done(to),
                Err(error) => failed.push((to.as_str(), error)),
            }
        }
        // Those who have it are not told again by the next try, as long as there is one.
        let mut waits = |(to, error): &(&str, SinkError)| {
            error.may_pass() && self.progress.waits_for(to, Instant::now())
        };
        if let Some(place) = failed.iter().position(&mut waits) {
            return Err(failed.swap_remove(place).1);
        }
        let told_some = self.progress.has_begun();
        self.progress.forget();
        match failed.first() {
            None => Ok(()),
            Some(_) if !told_some => Err(failed.swap_remove(0).1),
            Some((_, error)) => Err(partly(error, &failed)),
        }
    }

    fn is_amid(&self) -> bool {
        self.progress.has_begun()
    }
}

/// Some have it, and these never will.
fn partly(error: &SinkError, failed: &[(&str, SinkError)]) -> SinkError {
    let (target, answer) = match error {
        SinkError::Refused { target, answer } => (target.clone(), answer.clone()),
        other => (String::from("sms"), other.to_string()),
    };
    let who: Vec<_> = failed.iter().map(|(to, _)| *to).collect();
    SinkError::Partly { target, who: who.join(", "), answer }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (3..=15).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit())
}

/// The start of a text as phones have it: ASCII, and no longer than asked for, cut behind a word.
fn short(text: &str, longest: usize) -> String {
    let mut short = String::new();
    let mut left = longest;
    for c in text.chars() {
        let c = if c.is_ascii() && !c.is_ascii_control() && c != '`' { c } else { '?' };
        // These are two characters of a message.
        let cost = if "[]{}\\^~|".contains(c) { 2 } else { 1 };
        if cost > left {
            // A word of half the message is cut inside.
            let word = short.rfind(' ').filter(|at| *at > longest / 2);
            short.truncate(word.unwrap_or(short.len()));
            break;
        }
        left -= cost;
        short.push(c);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_behind_a_word() {
        assert_eq!(short("one two three", 13), "one two three");
        assert_eq!(short("one two three", 12), "one two");
        assert_eq!(short("one two three", 8), "one two");
        assert_eq!(short(&"x".repeat(500), 160), "x".repeat(160));
        assert_eq!(short("é\n[[[[", 7), "??[[");
    }

    #[test]
    fn settings_that_cannot_be_are_refused() {
        let refused = |change: fn(&mut SmsSettings)| {
            let mut settings =
                SmsSettings::new("https://gate.example/send", vec!["+4912345".into()]);
            change(&mut settings);
            Sms::new(settings).err().unwrap().to_string()
        };
        for (error, start) in [
            (refused(|it| it.to.clear()), "sms.to is \"0\""),
            (refused(|it| it.to.push("+49\r\n1".into())), "sms.to is "),
            (refused(|it| it.longest = 0), "sms.longest is \"0\""),
            (refused(|it| it.body = "{txt}".into()), "sms.body: there is no {txt}, but {text}"),
            (refused(|it| it.url = "https://{to}/".into()), "sms.url is "),
            (refused(|it| it.url = "https://gate{to}/".into()), "sms.url is "),
            (refused(|it| it.url = "http://gate/".into()), "sms.url is "),
            (
                refused(|it| {
                    it.kind = SmsBody::Json;
                    it.body = "{text}".into();
                }),
                "sms.body is ",
            ),
            (
                refused(|it| {
                    it.method = SmsMethod::Get;
                    it.body = "a".into();
                }),
                "sms.body is ",
            ),
        ] {
            assert!(error.starts_with(start), "{error}");
        }
    }
}
