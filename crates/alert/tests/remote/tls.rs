//! Certificates that should not be believed, by everything that speaks TLS.

use std::io::{Read, Write};
use std::net::TcpStream;

use netsift_alert::sinks::{
    Mail, MailSecurity, MailSettings, Syslog, SyslogSettings, SyslogTransport, Webhook,
    WebhookSettings,
};
use netsift_alert::{Sink, SinkError, Url};

use super::certificates::{Certificates, Fault, accept};
use super::server::{Notes, Server, request};
use super::smtp::speak;
use super::{alert, believing, local, timeouts};

const FAULTS: [Fault; 3] = [Fault::OtherName, Fault::Expired, Fault::SelfSigned];

/// A server that speaks TLS with such a certificate, and does that inside.
fn server(certificates: &Certificates, does: fn(&mut (dyn ReadWrite + '_), &Notes)) -> Server {
    let config = certificates.config();
    Server::new(move |_, stream: TcpStream, notes| {
        let mut stream = accept(&config, stream);
        does(&mut stream, notes);
    })
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

fn over_https(certificates: &Certificates, host: &str) -> (Result<(), SinkError>, Vec<String>) {
    let server = server(certificates, |mut stream, notes| {
        let heard = request(&mut stream);
        if !heard.is_empty() {
            notes.write(heard);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    let mut settings = WebhookSettings::new(Url::Open(format!("https://{host}:{}/", server.port)));
    settings.http = local(timeouts(5.0, 5.0));
    settings.http.tls = believing(&certificates.file("ca.pem"));
    (Webhook::new(settings).unwrap().accept(&[alert("a")]), server.heard())
}

fn over_syslog(certificates: &Certificates, host: &str) -> (Result<(), SinkError>, Vec<String>) {
    let server = server(certificates, |stream, notes| {
        let mut text = String::new();
        if stream.read_to_string(&mut text).is_ok() && !text.is_empty() {
            notes.write(text);
        }
    });
    let mut settings = SyslogSettings::new(host);
    (settings.port, settings.transport) = (Some(server.port), SyslogTransport::Tls);
    (settings.timeouts, settings.tls) =
        (timeouts(5.0, 5.0), believing(&certificates.file("ca.pem")));
    let result = Syslog::new(settings).unwrap().accept(&[alert("a")]);
    if result.is_ok() {
        super::until("the message", || !server.heard().is_empty());
    }
    (result, server.heard())
}

fn over_smtp(certificates: &Certificates, host: &str) -> (Result<(), SinkError>, Vec<String>) {
    let server = server(certificates, |stream, notes| speak(stream, notes, |_| None));
    let mut settings = MailSettings::new(host, "a@b", vec!["c@d".into()]);
    (settings.port, settings.security) = (Some(server.port), MailSecurity::Tls);
    (settings.timeouts, settings.tls) =
        (timeouts(5.0, 5.0), believing(&certificates.file("ca.pem")));
    (Mail::new(settings).unwrap().accept(&[alert("a")]), server.heard())
}

#[test]
fn certificates_are_believed_only_if_all_is_right() {
    let ways = [over_https, over_syslog, over_smtp];
    let good = Certificates::new(Fault::None);
    for way in ways {
        for host in ["localhost", "127.0.0.1"] {
            let (result, heard) = way(&good, host);
            result.unwrap();
            assert!(!heard.is_empty());
        }
    }
    for fault in FAULTS {
        let bad = Certificates::new(fault);
        for way in ways {
            let (result, heard) = way(&bad, "localhost");
            let error = result.unwrap_err();
            assert!(error.may_pass() && error.to_string().contains("certificate"), "{error}");
            assert!(heard.is_empty(), "{fault:?}: {heard:?}");
        }
    }
}
