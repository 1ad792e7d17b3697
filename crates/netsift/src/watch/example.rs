//! A configuration to begin with.

use netsift_alert::Url;
use netsift_alert::sinks::{MailSettings, WebhookSettings};
use serde::Serialize;
use toml::{Table, Value};

use super::{Config, WatchError};

/// What stands in the example of each, up to the next empty line.
const CHAT: &str = "# [sinks.chat.webhook]";
const MAIL: &str = "# [sinks.mail.mail]";
/// What such a sink gets: few enough to read.
const CHAT_GETS: &str = "\
[sinks.chat.delivery]
at_least = \"medium\"
limit = { alerts = 20, seconds = 3600.0 }  # beyond that, one says how many more there were
";
const MAIL_GETS: &str = "\
[sinks.mail.delivery]
at_least = \"medium\"
digest = 600.0                       # one message for ten minutes
";

impl Config {
    /// A file to begin with, which works as it is.
    pub const EXAMPLE: &str = include_str!("example.toml");

    /// The same with somebody who is told by mail, by a web address, or both.
    ///
    /// ```
    /// use netsift::alert::sinks::MailSettings;
    /// use netsift::watch::Config;
    ///
    /// let mail = MailSettings::new("mail.example.org", "netsift@example.org", vec!["ann@example.org".into()]);
    /// let config = Config::from_toml(&Config::example(Some(&mail), None)?)?;
    /// assert!(config.sinks.contains_key("mail"));
    /// # Ok::<(), netsift::watch::WatchError>(())
    /// ```
    ///
    /// # Errors
    /// None that was read.
    pub fn example(
        mail: Option<&MailSettings>,
        webhook: Option<&WebhookSettings>,
    ) -> Result<String, WatchError> {
        let mut text = Self::EXAMPLE.to_owned();
        if let Some(settings) = webhook {
            let usual = WebhookSettings::new(Url::Open(String::new()));
            let said = said(settings, &usual)?;
            text = replaced(&text, CHAT, &format!("[sinks.chat.webhook]\n{said}{CHAT_GETS}"));
        }
        if let Some(settings) = mail {
            let said = said(settings, &MailSettings::new("", "", Vec::new()))?;
            text = replaced(&text, MAIL, &format!("[sinks.mail.mail]\n{said}{MAIL_GETS}"));
        }
        Ok(text)
    }
}

/// What is not as usual, a line each.
fn said<T: Serialize>(settings: &T, usual: &T) -> Result<String, WatchError> {
    let table = |it| {
        Table::try_from(it).map_err(|source| WatchError::Unwritten { source: Box::new(source) })
    };
    let lines = unusual(table(settings)?, &table(usual)?).into_iter();
    Ok(lines.map(|(key, value)| format!("{key} = {value}\n")).collect())
}

fn unusual(table: Table, usual: &Table) -> Table {
    let differing = table.into_iter().filter_map(|(key, value)| match (value, usual.get(&key)) {
        (value, Some(usual)) if value == *usual => None,
        (Value::Table(table), Some(Value::Table(usual))) => {
            Some((key, Value::Table(unusual(table, usual))))
        }
        (value, _) => Some((key, value)),
    });
    differing.collect()
}

/// The text with another paragraph instead of the one that begins so.
fn replaced(text: &str, start: &str, paragraph: &str) -> String {
    let Some((before, rest)) = text.split_once(start) else { return text.to_owned() };
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    format!("{before}{paragraph}\n{after}")
}

#[cfg(test)]
mod tests {
    use netsift_alert::Secret;
    use netsift_alert::sinks::WebhookForm;

    use super::*;
    use crate::watch::SinkKind;

    /// Every line that is said is read as it was meant, and the rest stays as it is.
    #[test]
    fn who_is_named_is_told() {
        let to = vec!["ann \"a\" <ann@example.org>".to_owned(), "bob@example.org".into()];
        let mut mail = MailSettings::new("mail.example.org", "n@example.org", to);
        (mail.user, mail.port) = (Some("ann".into()), Some(2525));
        mail.password = Some(Secret::File("a folder/mail.password".into()));
        let mut webhook = WebhookSettings::new(Url::Secret(Secret::Env("URL".into())));
        webhook.form = WebhookForm::Slack;
        webhook.http.allow_private = true;
        let text = Config::example(Some(&mail), Some(&webhook)).unwrap();
        let config = Config::from_toml(&text).unwrap();
        assert_eq!(config.sinks["mail"].kind, SinkKind::Mail(mail.clone()));
        assert_eq!(config.sinks["chat"].kind, SinkKind::Webhook(webhook));
        assert!(text.contains("\nhttp = { allow_private = true }\n"), "{text}");
        assert!(text.contains("\n# [[routes]]") && !text.contains(MAIL) && !text.contains(CHAT));
        let plain = Config::from_toml(Config::EXAMPLE).unwrap();
        let rest = |mut config: Config| {
            config.sinks.retain(|name, _| !["mail", "chat"].contains(&name.as_str()));
            config
        };
        assert_eq!((rest(config), plain.sinks.len()), (plain, 2));
        let text = Config::example(Some(&mail), None).unwrap();
        assert!(text.contains(CHAT) && !text.contains(MAIL));
        assert_eq!(Config::example(None, None).unwrap(), Config::EXAMPLE);
    }
}
