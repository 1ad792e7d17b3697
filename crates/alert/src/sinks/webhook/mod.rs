//! Alerts to a web address: JSON of any shape, or messages of Slack, Discord and Teams.

mod discord;
mod slack;
mod teams;

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use ureq::http::{HeaderName, Method};

use crate::remote::{
    Batch, Client, Context, HttpSettings, Request, Revealed, Secret, Template, Url, facts,
};
use crate::time::now_seconds;
use crate::{Alert, Sink, SinkError};

/// What is sent where no template says otherwise: the alerts, whole.
const ALL: &str = "{\"alerts\":{alerts}}";
/// How many alerts a message of a chat tells; the rest it counts.
const MANY: usize = 10;
/// The most bytes of a fact in a message of a chat.
const MAX_FACT: usize = 300;

const TIMESTAMP: HeaderName = HeaderName::from_static("x-netsift-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-netsift-signature");

/// Where alerts go, and how they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WebhookSettings {
    /// The address. Those of Slack, Discord and Teams let anybody post who has them: they are secrets.
    pub url: Url,
    /// What is sent. Default: JSON.
    #[serde(default)]
    pub form: WebhookForm,
    /// JSON with [fields](crate::template_fields) of alerts inside strings, as `{"text": "{title}"}`; of the worst, if there
    /// are several. `{alert}` and `{alerts}` are JSON by themselves, and `{{` is always one brace. Default:
    /// `{"alerts": {alerts}}`. Only with the form `json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Headers beside the usual ones: each value is a secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Secret>,
    /// A key by which the receiver can tell who sent it: `X-Netsift-Signature` is then `v1=` and the HMAC-SHA256, in
    /// hexadecimal digits, of what `X-Netsift-Timestamp` says (seconds since 1970), a dot and the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Secret>,
    /// Where requests may go, and how long is waited.
    #[serde(default)]
    pub http: HttpSettings,
}

/// What is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum WebhookForm {
    /// JSON by a template.
    #[default]
    Json,
    /// A message of Slack's incoming webhooks.
    Slack,
    /// A message of Discord's webhooks.
    Discord,
    /// An adaptive card for a workflow of Teams.
    Teams,
}

/// A web address that is told.
///
/// ```
/// use netsift_alert::sinks::{Webhook, WebhookSettings};
/// use netsift_alert::Url;
///
/// let mut settings = WebhookSettings::new(Url::Open("https://alerts.example/in".into()));
/// settings.template = Some(r#"{"text": "{titel}"}"#.into());
/// let error = Webhook::new(settings).err().unwrap();
/// assert_eq!(error.to_string(), "webhook.template: there is no {titel}, but {title}");
/// ```
pub struct Webhook {
    client: Client,
    url: Revealed,
    form: WebhookForm,
    template: Template,
    signature: Option<Revealed>,
}

impl WebhookSettings {
    /// Settings for an address, the rest as it is by default.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url,
            form: WebhookForm::default(),
            template: None,
            headers: BTreeMap::new(),
            signature: None,
            http: HttpSettings::default(),
        }
    }

    /// Where its secrets stand.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.headers.values().chain(&self.signature).chain(self.url.secret())
    }
}

impl Webhook {
    /// A sink with these settings; nobody is called yet.
    ///
    /// # Errors
    /// [`SinkError::Setting`] and [`SinkError::Field`] for what cannot be, [`SinkError::File`] for what cannot be read.
    pub fn new(settings: WebhookSettings) -> Result<Self, SinkError> {
        let client = Client::new("webhook", &settings.http, &settings.headers)?;
        let is_chat = settings.form != WebhookForm::Json;
        let url = settings.url.reveal("webhook.url", is_chat)?;
        client.check("webhook.url", url.text())?;
        if let Some(template) = settings.template.as_ref().filter(|_| is_chat) {
            let rule = "left out: only the form json has a template";
            return Err(SinkError::setting("webhook.template", template, rule));
        }
        let template = settings.template.as_deref().unwrap_or(ALL);
        let template = Template::new("webhook.template", template, Context::Json, &[])?;
        let key = settings.signature.as_ref().map(|key| key.reveal("webhook.signature"));
        Ok(Self { client, url, form: settings.form, template, signature: key.transpose()? })
    }

    fn body(&self, batch: &Batch<'_>) -> String {
        match self.form {
            WebhookForm::Json => self.template.render(batch, &[]),
            WebhookForm::Slack => slack::message(batch).to_string(),
            WebhookForm::Discord => discord::message(batch).to_string(),
            WebhookForm::Teams => teams::message(batch).to_string(),
        }
    }
}

impl Sink for Webhook {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        let Some(batch) = Batch::of(alerts) else { return Ok(()) };
        let body = self.body(&batch);
        let headers = match &self.signature {
            Some(key) => signed(key, now_seconds(), body.as_bytes()),
            None => Vec::new(),
        };
        self.client.send(&Request {
            url: self.url.text(),
            method: Method::POST,
            content_type: "application/json",
            headers,
            body: body.as_bytes(),
            secrets: &[],
        })
    }
}

/// The headers by which a receiver can tell who sent a body, and when.
fn signed(key: &Revealed, seconds: i64, body: &[u8]) -> Vec<(HeaderName, String)> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.text().as_bytes()) else {
        return Vec::new();
    };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let digits: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    vec![(TIMESTAMP, seconds.to_string()), (SIGNATURE, format!("v1={digits}"))]
}

/// The facts of an alert, a line each as `line` writes it, as many as have room in `most` bytes.
fn lines(alert: &Alert, most: usize, line: impl Fn(&str, &str) -> String) -> String {
    let mut text = String::new();
    for (name, fact) in facts(alert, MAX_FACT) {
        let line = line(name, &fact);
        if text.len() + line.len() < most {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Text in which nothing has a meaning: code of Slack's and Discord's markup, where only the backtick ends it.
fn code(text: &str) -> String {
    // Discord shows nothing of code that is empty.
    let text = if text.is_empty() { "-" } else { text };
    format!("`{}`", text.replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::sample;

    #[test]
    fn signatures_are_those_of_openssl() {
        // printf '1790000000.{"a":1}' | openssl dgst -sha256 -hmac key
        let key = Revealed::from(zeroize::Zeroizing::new("key".to_owned()));
        let headers = signed(&key, 1_790_000_000, b"{\"a\":1}");
        assert_eq!(headers[0].1, "1790000000");
        let expected = "v1=7a4d26944722100249410c8c7f2e76c3cc6e9735fcc98b39e44a122da5490ffc";
        assert_eq!(headers[1].1, expected);
    }

    #[test]
    fn settings_that_cannot_be_are_refused() {
        let refused = |settings: &str| {
            let settings: WebhookSettings = toml::from_str(settings).unwrap();
            Webhook::new(settings).err().unwrap().to_string()
        };
        let slack = refused("url = \"https://hooks.slack.com/services/T/B/xyz\"\nform = \"slack\"");
        assert!(slack.contains("{ env = ") && !slack.contains("xyz"), "{slack}");
        let unknown = refused("url = \"https://a\"\ntemplate = '{\"a\":\"{wat}\"}'");
        assert_eq!(unknown, "webhook.template: there is no {wat}, but {what}");
        let header = refused("url = \"https://a\"\nheaders.Host = { env = \"PATH\" }");
        assert!(header.starts_with("webhook.headers.Host is \"Host\""), "{header}");
        assert!(toml::from_str::<WebhookSettings>("url = \"https://a\"\nmethod = 1").is_err());
    }

    #[test]
    fn the_usual_body_is_the_alerts_whole() {
        let hostile = "\"},{\"a\":\r\n\0\u{202e}<!channel>@everyone";
        let webhook = Webhook::new(WebhookSettings::new(Url::Open("https://a".into()))).unwrap();
        let alerts = [sample(hostile), sample("b")];
        let body = webhook.body(&Batch::of(&alerts).unwrap());
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        let back: Vec<Alert> = serde_json::from_value(value["alerts"].clone()).unwrap();
        assert_eq!(back, alerts);
    }
}
