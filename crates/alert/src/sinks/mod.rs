//! Who alerts are told to, a file each: its settings, how it is made of them, and how it takes alerts.

#[cfg(feature = "remote")]
mod cef;
mod csv;
mod json_lines;
#[cfg(feature = "remote")]
mod mail;
#[cfg(feature = "remote")]
mod program;
mod prometheus;
mod rotation;
#[cfg(feature = "remote")]
mod sms;
#[cfg(feature = "remote")]
mod syslog;
mod terminal;
#[cfg(feature = "remote")]
mod webhook;

pub use csv::{CSV_HEAD, CsvFile, CsvSettings, csv_rows, without_formulas};
pub use json_lines::{JsonLines, JsonLinesSettings};
#[cfg(feature = "remote")]
pub use mail::{Mail, MailSecurity, MailSettings};
#[cfg(feature = "remote")]
pub use program::{Program, ProgramSettings};
pub use prometheus::{Prometheus, PrometheusSettings, Tally};
pub use rotation::Rotation;
#[cfg(feature = "remote")]
pub use sms::{Sms, SmsBody, SmsMethod, SmsSettings};
#[cfg(feature = "remote")]
pub use syslog::{Facility, Syslog, SyslogForm, SyslogSettings, SyslogTransport};
pub use terminal::{Colour, Stream, Terminal, TerminalSettings};
#[cfg(feature = "remote")]
pub use webhook::{Webhook, WebhookForm, WebhookSettings};
