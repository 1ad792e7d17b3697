//! Text of attackers, in every form that goes over the network, as whoever receives it reads it.

use std::io::Read;
use std::process::Command;

use netsift_alert::sinks::{
    Mail, MailSecurity, MailSettings, Sms, SmsSettings, Syslog, SyslogForm, SyslogSettings,
    SyslogTransport, Webhook, WebhookSettings,
};
use netsift_alert::{Alert, Sink, Url};

use super::server::Server;
use super::smtp::speak;
use super::{HOSTILE, alert, local, timeouts, until};

/// One alert whose every text is hostile, and as long as attackers can make it.
fn hostile() -> Alert {
    let mut alert = alert(&HOSTILE.repeat(400));
    alert.rule = HOSTILE.into();
    alert.protocol = Some(HOSTILE.into());
    alert.service = Some(HOSTILE.into());
    alert.packets = Some(HOSTILE.into());
    alert
}

#[test]
fn mails_have_the_headers_that_they_should_have() {
    let server = Server::new(|_, stream, notes| speak(stream, notes, |_| None));
    let mut settings = MailSettings::new("localhost", "a@b", vec!["c@d".into()]);
    (settings.port, settings.security) = (Some(server.port), MailSecurity::Open);
    settings.subject = "{what} {names}".into();
    Mail::new(settings).unwrap().accept(&[hostile()]).unwrap();
    let heard = server.heard();
    let mail = heard.iter().find(|it| it.contains("Subject: ")).unwrap();
    // An outside judge: Python's parser of mails.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail");
    std::fs::write(&path, mail.strip_suffix(".\r\n").unwrap()).unwrap();
    let script = "import sys, email, email.policy\n\
        m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n\
        print(sorted(m.keys()))\n\
        print([p.get_content_type() for p in m.walk()], m.defects)\n\
        print(ascii(m['Subject'])[:40])\n\
        t = m.get_body(('plain',)).get_content(); h = m.get_body(('html',)).get_content()\n\
        print(any(ord(c) < 32 and c not in '\\r\\n' for c in t + h), '<script' in h)\n";
    let output = Command::new("python3").args(["-c", script]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = "['Auto-Submitted', 'Content-Type', 'Date', 'From', 'In-Reply-To', 'MIME-Version', \
        'Message-ID', 'References', 'Subject', 'To']\n\
        ['multipart/alternative', 'text/plain', 'text/html'] []\n\
        'x\\\\u{d}\\\\u{a}Bcc: evil@example.org\\\\u{d\n\
        False False\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[test]
fn frames_of_syslog_are_as_many_as_alerts() {
    for form in [SyslogForm::Plain, SyslogForm::Cef] {
        let server = Server::new(|_, mut stream, notes| {
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            notes.write(text);
        });
        let mut settings = SyslogSettings::new("127.0.0.1");
        (settings.port, settings.transport) = (Some(server.port), SyslogTransport::Tcp);
        settings.form = form;
        Syslog::new(settings).unwrap().accept(&[hostile(), hostile()]).unwrap();
        until("frames", || !server.heard().is_empty());
        let heard = server.heard().remove(0);
        // What splits at line ends, at zero bytes or by lengths finds two.
        assert!(!heard.contains(char::is_control), "{heard}");
        let (length, rest) = heard.split_once(' ').unwrap();
        let (first, second) = rest.split_at(length.parse().unwrap());
        assert!(first.len() <= 8_000 && first.starts_with("<131>1 "), "{first}");
        assert!(second.split_once(' ').unwrap().1.starts_with("<131>1 "), "{second}");
    }
}

#[test]
fn bodies_are_json_and_forms_have_their_fields() {
    let server = Server::http("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let mut settings = WebhookSettings::new(Url::Open(server.url()));
    settings.http = local(timeouts(5.0, 5.0));
    settings.template = Some(r#"{"t":"{title} {names} {rule}","n":{score},"all":{alerts}}"#.into());
    Webhook::new(settings).unwrap().accept(&[hostile()]).unwrap();
    let mut settings = SmsSettings::new(server.url(), vec!["555".into()]);
    settings.http = local(timeouts(5.0, 5.0));
    settings.body = "to={to}&text={text}".into();
    Sms::new(settings).unwrap().accept(&[hostile()]).unwrap();
    let heard = server.heard();
    let (head, body) = heard[0].split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["all"][0]["what"], hostile().what);
    assert!(!body["t"].as_str().unwrap().contains(char::is_control));
    assert!(!head.contains("evil"), "{head}");
    let form = heard[1].split_once("\r\n\r\n").unwrap().1;
    assert_eq!(form.matches('&').count(), 1, "{form}");
    assert!(form.starts_with("to=555&text=high%2072%3A%20x%5Cu%7Bd%7D%5Cu%7Ba%7DBcc"), "{form}");
}
