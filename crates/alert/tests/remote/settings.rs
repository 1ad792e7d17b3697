//! Settings as a file has them.

use std::fmt::Debug;

use netsift_alert::sinks::{
    MailSettings, ProgramSettings, SmsSettings, SyslogSettings, WebhookSettings,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is read is written and read again as the same, defaults are those that are documented, and what is not known is
/// refused.
fn holds<S: Serialize + DeserializeOwned + PartialEq + Debug>(
    least: S,
    least_text: &str,
    most: &str,
) {
    assert_eq!(toml::from_str::<S>(least_text).unwrap(), least);
    for text in [least_text, most] {
        let settings: S = toml::from_str(text).unwrap();
        let written = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<S>(&written).unwrap(), settings, "{written}");
        let error = toml::from_str::<S>(&format!("unheard_of = 1\n{text}")).unwrap_err();
        assert!(error.message().contains("unheard_of"), "{error}");
    }
}

#[test]
fn settings_are_read_as_they_are_written() {
    holds(
        SyslogSettings::new("log.example"),
        "host = 'log.example'",
        "host = 'log.example'\nport = 6514\ntransport = 'tls'\nform = 'cef'\nfacility = 'authpriv'\nown_name = 'a'\n\
         enterprise = 1\nlongest = 500\nkeep_open = true\ntimeouts = { connect = 1.0, answer = 2.0 }\n\
         tls.ca_file = 'ca.pem'",
    );
    holds(
        WebhookSettings::new(netsift_alert::Url::Open("https://a/b".into())),
        "url = 'https://a/b'",
        "url = { env = 'A' }\nform = 'json'\ntemplate = '{}'\nheaders.Authorization = { file = 'b' }\n\
         signature = { env = 'C' }\nhttp = { allow_private = true, allow_plain = true }",
    );
    holds(
        MailSettings::new("mail.example", "a@b", vec!["c@d".into()]),
        "host = 'mail.example'\nfrom = 'a@b'\nto = ['c@d']",
        "host = 'mail.example'\nfrom = 'a@b'\nto = ['c@d']\nport = 1\nsecurity = 'tls'\nuser = 'me'\n\
         password = { file = 'p' }\nsubject = '{title}'",
    );
    holds(
        SmsSettings::new("https://a/b", vec!["555".into()]),
        "url = 'https://a/b'\nto = ['555']",
        "url = 'https://a/b'\nto = ['555']\nmethod = 'GET'\nkind = 'json'\nbody = '{}'\ntext = '{what}'\nlongest = 70\n\
         secrets.key = { env = 'A' }\nheaders.X = { env = 'B' }",
    );
    holds(
        ProgramSettings::new("tell"),
        "program = 'tell'",
        "program = '/bin/tell'\narguments = ['-a']\nenvironment = ['HOME']\nform = 'eve'\ntimeout = 5.0",
    );
}

#[test]
fn passwords_in_settings_are_refused_with_advice_and_not_shown() {
    let texts = [
        "url = 'https://a'\nsignature = 'hunter2'",
        "url = 'https://a'\nheaders.Authorization = 'hunter2'",
    ];
    for text in texts {
        let error = toml::from_str::<WebhookSettings>(text).unwrap_err();
        assert!(error.message().contains("put it in a variable or a file"), "{error}");
        assert!(!error.message().contains("hunter2"), "{error}");
    }
}

#[test]
fn fields_of_templates_are_told_once_each() {
    let names: Vec<_> = netsift_alert::template_fields().map(|(name, _)| name).collect();
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len());
    assert!(names.contains(&"title") && names.contains(&"alerts"));
}
