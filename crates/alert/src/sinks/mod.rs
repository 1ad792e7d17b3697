//! Those who tell alerts: each a file of one shape, settings, the sink, how it tells.

mod cef;
mod mail;
mod program;
mod sms;
mod syslog;
mod webhook;

pub use mail::{Mail, MailSecurity, MailSettings};
pub use program::{Program, ProgramSettings};
pub use sms::{Sms, SmsBody, SmsMethod, SmsSettings};
pub use syslog::{Facility, Syslog, SyslogForm, SyslogSettings, SyslogTransport};
pub use webhook::{Webhook, WebhookForm, WebhookSettings};
