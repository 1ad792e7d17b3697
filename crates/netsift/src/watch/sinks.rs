//! Who is told: a sink of one kind, and what it gets.

use std::path::Path;

use netsift_alert::sinks::{
    CsvFile, CsvSettings, JsonLines, JsonLinesSettings, Mail, MailSettings, Program,
    ProgramSettings, Prometheus, PrometheusSettings, Sms, SmsSettings, Syslog, SyslogSettings,
    Terminal, TerminalSettings, Webhook, WebhookSettings,
};
use netsift_alert::{Delivery, DispatcherBuilder, Secret, Sink, SinkError};
use serde::{Deserialize, Serialize};

use super::WatchError;

/// Who is told: of one kind, which is the name of its settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SinkConfig {
    /// What it gets, and how.
    pub delivery: Delivery,
    /// Lines of JSON in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_lines: Option<JsonLinesSettings>,
    /// A table in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv: Option<CsvSettings>,
    /// Lines for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalSettings>,
    /// Counts in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<PrometheusSettings>,
    /// A collector of messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syslog: Option<SyslogSettings>,
    /// A web address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookSettings>,
    /// Mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailSettings>,
    /// Short messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsSettings>,
    /// A program that is started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramSettings>,
}

/// The kinds, as they are named.
const KINDS: [&str; 9] =
    ["json_lines", "csv", "terminal", "prometheus", "syslog", "webhook", "mail", "sms", "program"];

/// A sink, and where what waits for it does so.
enum Made {
    /// In memory.
    Local(Box<dyn Sink>),
    /// On disk.
    Remote(Box<dyn Sink>),
}

impl SinkConfig {
    /// Refuses what cannot be. No file is written, and nobody is called.
    pub(super) fn check(&self, name: &str) -> Result<(), WatchError> {
        self.check_kind(name)?;
        let of_sink = |source| WatchError::Sink { name: name.to_owned(), source };
        self.delivery.check(name).map_err(of_sink)?;
        // Others show what is wrong with them where they are opened, which makes their files.
        self.remote().map(drop).map_err(of_sink)
    }

    /// Adds it to those that are told; if its kind has a queue, with that in this folder.
    pub(super) fn add(
        &self,
        builder: DispatcherBuilder,
        name: &str,
        queues: &Path,
    ) -> Result<DispatcherBuilder, WatchError> {
        self.check_kind(name)?;
        let made = self.made(&builder);
        let delivery = self.delivery.clone();
        match made.map_err(|source| WatchError::Sink { name: name.to_owned(), source })? {
            Made::Local(sink) => Ok(builder.local(name, sink, delivery)),
            Made::Remote(sink) => Ok(builder.remote(name, sink, delivery, queues.join(name))),
        }
    }

    /// One that is told without a queue: to try it, and to tell it what is left.
    pub(super) fn alone(&self, name: &str) -> Result<Box<dyn Sink>, WatchError> {
        self.check_kind(name)?;
        let made = self.made(&netsift_alert::Dispatcher::builder());
        match made.map_err(|source| WatchError::Sink { name: name.to_owned(), source })? {
            Made::Local(sink) | Made::Remote(sink) => Ok(sink),
        }
    }

    /// Where its secrets stand.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let webhook = self.webhook.iter().flat_map(WebhookSettings::secrets);
        let mail = self.mail.iter().flat_map(MailSettings::secrets);
        webhook.chain(mail).chain(self.sms.iter().flat_map(SmsSettings::secrets))
    }

    fn check_kind(&self, name: &str) -> Result<(), WatchError> {
        let named = [
            self.json_lines.is_some(),
            self.csv.is_some(),
            self.terminal.is_some(),
            self.prometheus.is_some(),
            self.syslog.is_some(),
            self.webhook.is_some(),
            self.mail.is_some(),
            self.sms.is_some(),
            self.program.is_some(),
        ];
        match named.into_iter().filter(|is_named| *is_named).count() {
            1 => Ok(()),
            found => Err(WatchError::Kinds { name: name.to_owned(), found, known: &KINDS }),
        }
    }

    fn made(&self, builder: &DispatcherBuilder) -> Result<Made, SinkError> {
        if let Some(sink) = self.remote()? {
            return Ok(Made::Remote(sink));
        }
        if let Some(settings) = &self.json_lines {
            return Ok(Made::Local(Box::new(JsonLines::new(settings.clone())?)));
        }
        if let Some(settings) = &self.csv {
            return Ok(Made::Local(Box::new(CsvFile::new(settings.clone())?)));
        }
        if let Some(settings) = &self.prometheus {
            let sink = Prometheus::new(settings.clone())?.with_states(builder.states());
            return Ok(Made::Local(Box::new(sink)));
        }
        Ok(Made::Local(Box::new(Terminal::new(self.terminal.unwrap_or_default())?)))
    }

    fn remote(&self) -> Result<Option<Box<dyn Sink>>, SinkError> {
        if let Some(settings) = &self.syslog {
            return Ok(Some(Box::new(Syslog::new(settings.clone())?)));
        }
        if let Some(settings) = &self.webhook {
            return Ok(Some(Box::new(Webhook::new(settings.clone())?)));
        }
        if let Some(settings) = &self.mail {
            return Ok(Some(Box::new(Mail::new(settings.clone())?)));
        }
        if let Some(settings) = &self.sms {
            return Ok(Some(Box::new(Sms::new(settings.clone())?)));
        }
        match &self.program {
            Some(settings) => Ok(Some(Box::new(Program::new(settings.clone())?))),
            None => Ok(None),
        }
    }
}
