//! Mail against servers that do what they should not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::sinks::{Mail, MailSecurity, MailSettings};
use netsift_alert::{Secret, Sink, SinkError};

use super::certificates::{Certificates, Fault, accept};
use super::server::{Notes, Server};
use super::{alert, believing, timeouts};

/// Speaks SMTP as a server: `answers` says what it answers to a line, where that is not what servers usually answer. Mails
/// that were taken are noted whole, and so are lines.
pub(crate) fn speak(
    stream: impl Read + Write,
    notes: &Notes,
    answers: impl Fn(&str) -> Option<String>,
) {
    let mut stream = BufReader::new(stream);
    if stream.get_mut().write_all(b"220 test\r\n").is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if !matches!(stream.read_line(&mut line), Ok(1..)) {
            return;
        }
        let said = line.trim_end().to_owned();
        notes.write(said.clone());
        let usual = match said.get(..4).unwrap_or_default() {
            "EHLO" => "250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
            "AUTH" => "235 in",
            "DATA" => "354 go",
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        let answer = answers(&said).unwrap_or_else(|| usual.to_owned());
        if stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).is_err() {
            return;
        }
        if answer.starts_with("354") {
            let mut mail = String::new();
            while !mail.ends_with("\r\n.\r\n") {
                if !matches!(stream.read_line(&mut mail), Ok(1..)) {
                    return;
                }
            }
            notes.write(mail);
            let _ = stream.get_mut().write_all(b"250 taken\r\n");
        }
    }
}

fn open(port: u16, to: &[&str]) -> MailSettings {
    let to = to.iter().map(|to| (*to).to_owned()).collect();
    let mut settings = MailSettings::new("localhost", "netsift <alerts@example.org>", to);
    (settings.port, settings.security) = (Some(port), MailSecurity::Open);
    settings.timeouts = timeouts(2.0, 2.0);
    settings
}

/// What was said, without mails.
fn lines(server: &Server) -> Vec<String> {
    server.heard().into_iter().filter(|it| !it.contains("\r\n")).collect()
}

#[test]
fn recipients_are_told_apart() {
    // One is taken, one is busy once, one is refused for ever.
    let server = Server::new(|place, stream, notes| {
        speak(stream, notes, |line| match line {
            "RCPT TO:<later@b>" if place == 0 => Some("451 grey".into()),
            "RCPT TO:<never@b>" => Some("550-5.1.1 no\r\n550 such user".into()),
            _ => None,
        });
    });
    let mut mail = Mail::new(open(server.port, &["now@b", "later@b", "never@b"])).unwrap();
    let alerts = [alert("a")];
    let error = mail.accept(&alerts).unwrap_err();
    assert!(matches!(&error, SinkError::Busy { answer, .. } if answer == "451 grey"), "{error}");
    let error = mail.accept(&alerts).unwrap_err();
    let SinkError::Partly { who, answer, .. } = &error else { panic!("{error}") };
    assert_eq!((who.as_str(), answer.as_str()), ("never@b", "550 5.1.1 no"));
    let lines = lines(&server);
    let second = &lines[lines.iter().position(|it| it == "QUIT").unwrap() + 1..];
    assert!(!second.iter().any(|line| line.contains("now@b")), "{second:?}");
    assert_eq!(server.heard().iter().filter(|it| it.contains("Subject: ")).count(), 2);
}

#[test]
fn answers_mean_what_their_numbers_say() {
    for (at, answer, may_pass) in [
        ("MAIL", "450 later", true),
        ("MAIL", "550 never", false),
        ("RCPT", "550 no such user", false),
        ("RCPT", "421 going down", true),
        ("DATA", "452 full", true),
        ("EHLO", "554 go away", false),
        ("MAIL", "nonsense", true),
        ("MAIL", "999 nonsense", true),
    ] {
        let server = Server::new(move |_, stream, notes| {
            speak(stream, notes, |line| line.starts_with(at).then(|| answer.to_owned()));
        });
        let error =
            Mail::new(open(server.port, &["c@d"])).unwrap().accept(&[alert("a")]).unwrap_err();
        assert_eq!(error.may_pass(), may_pass, "{at} {answer}: {error}");
    }
}

#[test]
fn who_stalls_drips_drops_or_talks_without_end_is_left_in_time() {
    let greets_and_stalls = Server::new(|_, mut stream, _| {
        stream.write_all(b"220 test\r\n").unwrap();
        thread::sleep(Duration::from_secs(20));
    });
    let drips = Server::new(|_, mut stream, _| {
        while stream.write_all(b"2").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let drops = Server::new(|_, stream, _| drop(stream));
    let one_line = Server::new(|_, mut stream, _| while stream.write_all(&[b'2'; 999]).is_ok() {});
    let many_lines = Server::new(
        |_, mut stream, _| {
            while stream.write_all(b"220-and another one\r\n").is_ok() {}
        },
    );
    // What has no end is left before the time is up.
    for (server, wait) in [
        (greets_and_stalls, 2.0),
        (drips, 2.0),
        (drops, 20.0),
        (one_line, 20.0),
        (many_lines, 20.0),
    ] {
        let began = Instant::now();
        let mut settings = open(server.port, &["c@d"]);
        settings.timeouts = timeouts(wait, wait);
        let error = Mail::new(settings).unwrap().accept(&[alert("a")]).unwrap_err();
        assert!(error.may_pass(), "{error}");
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    }
}

fn with_start_tls(port: u16, certificates: &Certificates) -> MailSettings {
    let folder = certificates.file("password");
    std::fs::write(&folder, "hunter2\n").unwrap();
    let mut settings = open(port, &["c@d"]);
    settings.security = MailSecurity::StartTls;
    (settings.user, settings.password) = (Some("me".into()), Some(Secret::File(folder)));
    settings.tls = believing(&certificates.file("ca.pem"));
    settings
}

/// Speaks up to STARTTLS, answers that, and goes on inside TLS.
fn speak_start_tls(
    config: &std::sync::Arc<rustls::ServerConfig>,
    mut stream: TcpStream,
    notes: &Notes,
    answer: &str,
) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    stream.write_all(b"220 test\r\n").unwrap();
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    stream.write_all(b"250-test\r\n250 STARTTLS\r\n").unwrap();
    lines.read_line(&mut line).unwrap();
    notes.write(line.clone());
    stream.write_all(answer.as_bytes()).unwrap();
    // Inside, the dialogue begins with EHLO: the greeting of `speak` is said here by nobody.
    let mut inside = accept(config, stream);
    let mut hello = [0; 512];
    let Ok(1..) = inside.read(&mut hello) else { return };
    notes.write("inside");
    if inside.write_all(b"250-test\r\n250 AUTH PLAIN\r\n").is_ok() {
        speak(Silenced(inside), notes, |_| None);
    }
}

/// Leaves the first greeting out.
struct Silenced<S>(S);

impl<S: Read> Read for Silenced<S> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(into)
    }
}

impl<S: Write> Write for Silenced<S> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes == b"220 test\r\n" { Ok(bytes.len()) } else { self.0.write(bytes) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn passwords_and_mails_are_sent_inside_tls_only() {
    let certificates = Certificates::new(Fault::None);
    let config = certificates.config();
    let server = Server::new(move |_, stream, notes| {
        speak_start_tls(&config, stream, notes, "220 go\r\n");
    });
    let settings = with_start_tls(server.port, &certificates);
    Mail::new(settings).unwrap().accept(&[alert("a")]).unwrap();
    let heard = server.heard();
    let place = |what: &str| heard.iter().position(|it| it.starts_with(what)).unwrap();
    // printf '\0me\0hunter2' | base64
    assert!(place("inside") < place("AUTH PLAIN AG1lAGh1bnRlcjI="));
    assert!(place("AUTH") < place("MAIL FROM:<alerts@example.org>"));
}

#[test]
fn no_tls_is_no_mail() {
    let certificates = Certificates::new(Fault::None);
    let without = Server::new(|_, stream, notes| speak(stream, notes, |_| None));
    let settings = with_start_tls(without.port, &certificates);
    let error = Mail::new(settings).unwrap().accept(&[alert("a")]).unwrap_err();
    assert!(error.may_pass() && error.to_string().contains("no STARTTLS"), "{error}");
    let all = without.heard().join("\n");
    assert!(!all.contains("AUTH") && !all.contains("MAIL") && !all.contains("hunter2"), "{all}");
}

#[test]
fn what_is_said_before_tls_does_not_count_inside() {
    let certificates = Certificates::new(Fault::None);
    let config = certificates.config();
    let server = Server::new(move |_, stream, notes| {
        speak_start_tls(&config, stream, notes, "220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n");
    });
    let settings = with_start_tls(server.port, &certificates);
    let error = Mail::new(settings).unwrap().accept(&[alert("a")]).unwrap_err();
    assert!(error.to_string().contains("before TLS"), "{error}");
    assert!(!server.heard().contains(&"inside".to_owned()));
}

#[test]
fn wrong_passwords_are_told_and_never_shown() {
    let certificates = Certificates::new(Fault::None);
    let config = certificates.config();
    let server = Server::new(move |_, stream, notes| {
        let stream = accept(&config, stream);
        let no = |line: &str| format!("535 5.7.8 {line} is hunter2, and that is wrong");
        speak(stream, notes, |line| line.starts_with("AUTH").then(|| no(line)));
    });
    let mut settings = with_start_tls(server.port, &certificates);
    settings.security = MailSecurity::Tls;
    let error = Mail::new(settings).unwrap().accept(&[alert("a")]).unwrap_err();
    assert!(!error.may_pass());
    let text = format!("{error} {error:?}");
    assert!(text.contains("535 5.7.8 to the password"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("AG1l"), "{text}");
}
