//! Settings, as everybody may see them who may look.

use serde_json::{Map, Value};

use crate::watch::Config;

/// What may hold what nobody should see, though it is no secret by its kind: bodies and arguments of somebody's own.
const HIDDEN: [&str; 3] = ["arguments", "body", "template"];

/// Secrets stand in variables and files, and where they do is shown. Of an address in the open, what stands behind its host
/// is hidden: there may be a key in it.
pub(super) fn shown(config: &Config) -> Value {
    // Texts, numbers and lists, which all have a form in JSON.
    let mut shown = serde_json::to_value(config).unwrap_or_default();
    hide(&mut shown);
    shown
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(parts) => parts_of(parts),
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

fn parts_of(parts: &mut Map<String, Value>) {
    for (name, value) in parts {
        match value {
            Value::String(url) if name == "url" => *url = host_of(url),
            Value::String(text) if HIDDEN.contains(&name.as_str()) => *text = "(hidden)".into(),
            Value::Array(items) if HIDDEN.contains(&name.as_str()) => {
                *value = Value::String(format!("({} hidden)", items.len()));
            }
            other => hide(other),
        }
    }
}

/// `https://example.org/…`
fn host_of(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(hidden)".into() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Whoever writes a password into an address is refused elsewhere, and is not shown here either.
    let host = host.rsplit('@').next().unwrap_or_default();
    if host == rest { url.to_owned() } else { format!("{scheme}://{host}/…") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown_wherever_it_stands() {
        let text = "
            [sinks.chat.webhook]
            url = 'https://hooks.example/services/HIDDEN?key=HIDDEN'
            template = '{\"key\": \"HIDDEN\"}'
            headers = { Authorization = { env = 'CHAT_KEY' } }
            [sinks.other.webhook]
            url = { file = 'webhook.url' }
            [sinks.run.program]
            program = '/bin/true'
            arguments = ['--key', 'HIDDEN']
            [sinks.text.sms]
            url = 'https://sms.example/HIDDEN'
            to = ['1']
            body = 'key=HIDDEN'
            secrets = { key = { env = 'SMS_KEY' } }
            [sinks.mail.mail]
            host = 'mail.example'
            from = 'a@b'
            to = ['c@d']
            password = { file = 'mail.password' }
            [dashboard]
            users = [{ name = 'ann', password_hash = '$argon2id$HIDDEN' }]
        ";
        let shown = shown(&Config::from_toml(text).unwrap()).to_string();
        assert!(!shown.contains("HIDDEN"), "{shown}");
        for part in [
            "CHAT_KEY",
            "webhook.url",
            "SMS_KEY",
            "mail.password",
            "https://hooks.example/…",
            "ann",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }

    #[test]
    fn of_an_address_its_host_is_shown() {
        for (url, expected) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/", "https://a.example/…"),
            ("https://a.example?k=v", "https://a.example/…"),
            ("https://ann:geheim@a.example", "https://a.example/…"),
            ("geheim", "(hidden)"),
        ] {
            assert_eq!(host_of(url), expected);
        }
    }
}
