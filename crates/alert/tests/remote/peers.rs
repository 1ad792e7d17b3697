//! Real servers: rsyslog over UDP, TCP and TLS, and aiosmtpd with STARTTLS, killed and brought back.

use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use netsift_alert::sinks::{
    Mail, MailSettings, Syslog, SyslogForm, SyslogSettings, SyslogTransport,
};
use netsift_alert::{Alert, Secret, Sink};

use super::certificates::{Certificates, Fault};
use super::mail_server::{Running, mail_server, python, skipped};
use super::server::free_port;
use super::{HOSTILE, alert, believing, timeouts, until};

/// Whether rsyslog is missing, with its TLS.
pub(crate) fn is_rsyslog_missing() -> bool {
    let is_missing =
        !Command::new("rsyslogd").arg("-v").output().is_ok_and(|it| it.status.success());
    if is_missing {
        skipped("rsyslog");
    }
    is_missing
}

/// A receiver of syslog that writes each message to a file: a name and what rsyslog made of it, as JSON.
pub(crate) struct Rsyslog {
    folder: tempfile::TempDir,
    udp: u16,
    tcp: u16,
    tls: u16,
}

impl Rsyslog {
    pub(crate) fn new(certificates: &Certificates) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let this = Self { folder, udp: free_port(), tcp: free_port(), tls: free_port() };
        let path = |name: &str| certificates.file(name).display().to_string();
        let config = format!(
            r#"
global(workDirectory="{folder}" defaultNetstreamDriver="gtls"
    defaultNetstreamDriverCAFile="{ca}" defaultNetstreamDriverCertFile="{cert}"
    defaultNetstreamDriverKeyFile="{key}")
module(load="imudp") module(load="imtcp") module(load="imptcp")
template(name="facts" type="list" option.jsonf="on") {{
    property(outname="severity" name="syslogseverity" format="jsonf")
    property(outname="facility" name="syslogfacility" format="jsonf")
    property(outname="host" name="hostname" format="jsonf")
    property(outname="app" name="app-name" format="jsonf")
    property(outname="data" name="structured-data" format="jsonf")
    property(outname="text" name="msg" format="jsonf")
}}
ruleset(name="keep") {{ action(type="omfile" file="{folder}/heard" template="facts") }}
input(type="imudp" address="127.0.0.1" port="{udp}" ruleset="keep")
input(type="imptcp" address="127.0.0.1" port="{tcp}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="{tls}" ruleset="keep" streamDriver.name="gtls"
    streamDriver.mode="1" streamDriver.authMode="anon")
"#,
            folder = this.folder.path().display(),
            ca = path("ca.pem"),
            cert = path("cert.pem"),
            key = path("key.pem"),
            udp = this.udp,
            tcp = this.tcp,
            tls = this.tls,
        );
        std::fs::write(this.file("config"), config).unwrap();
        this
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn start(&self) -> Running {
        let log = std::fs::File::create(self.file("log")).unwrap();
        let mut command = Command::new("rsyslogd");
        command.args(["-n", "-f"]).arg(self.file("config")).arg("-i").arg(self.file("pid"));
        command.stdout(Stdio::null()).stderr(log);
        let running = Running(command.spawn().unwrap());
        until("rsyslog listens", || {
            [self.tcp, self.tls].iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok())
        });
        running
    }

    pub(crate) fn heard(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.file("heard")).unwrap_or_default();
        // The last line may be half written yet.
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn sink(
        &self,
        transport: SyslogTransport,
        certificates: &Certificates,
    ) -> SyslogSettings {
        let mut settings = SyslogSettings::new("127.0.0.1");
        settings.port = Some(match transport {
            SyslogTransport::Udp => self.udp,
            SyslogTransport::Tcp => self.tcp,
            SyslogTransport::Tls => self.tls,
        });
        settings.transport = transport;
        settings.own_name = Some("sensor".into());
        settings.timeouts = timeouts(3.0, 3.0);
        settings.tls = believing(&certificates.file("ca.pem"));
        settings
    }
}

/// Tries until it is taken, as the queue before a sink does.
fn deliver(sink: &mut impl Sink, alert: &Alert) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while let Err(error) = sink.accept(std::slice::from_ref(alert)) {
        assert!(error.may_pass(), "{error}");
        assert!(std::time::Instant::now() < end, "{error}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn rsyslog_reads_what_is_meant() {
    if is_rsyslog_missing() {
        return;
    }
    let certificates = Certificates::new(Fault::None);
    let server = Rsyslog::new(&certificates);
    let _running = server.start();
    for transport in [SyslogTransport::Udp, SyslogTransport::Tcp, SyslogTransport::Tls] {
        for form in [SyslogForm::Plain, SyslogForm::Cef] {
            let before = server.heard().len();
            let mut settings = server.sink(transport, &certificates);
            settings.form = form;
            let mut syslog = Syslog::new(settings).unwrap();
            let hostile = alert(&HOSTILE.repeat(200));
            syslog.accept(&[alert("größer"), hostile]).unwrap();
            until("both messages", || server.heard().len() == before + 2);
            for heard in &server.heard()[before..] {
                let fact = |name: &str| heard[name].as_str().unwrap().to_owned();
                assert_eq!(
                    ["severity", "facility", "host", "app"].map(fact),
                    ["3", "16", "sensor", "netsift"]
                );
                let (data, text) = (fact("data"), fact("text"));
                assert!(!format!("{data}{text}").contains(char::is_control), "{heard}");
                match form {
                    SyslogForm::Plain => assert!(data.starts_with("[alert@32473 id=\""), "{data}"),
                    _ => assert!(text.starts_with("CEF:0|netsift|"), "{text}"),
                }
            }
        }
    }
}

#[test]
fn rsyslog_killed_and_brought_back_hears_every_alert() {
    if is_rsyslog_missing() {
        return;
    }
    let certificates = Certificates::new(Fault::None);
    let server = Rsyslog::new(&certificates);
    for transport in [SyslogTransport::Tcp, SyslogTransport::Tls] {
        let mut running = server.start();
        let mut syslog = Syslog::new(server.sink(transport, &certificates)).unwrap();
        for n in 0..30 {
            // Ended as people end it: what it has read, it writes. Then it is away for a while.
            if n % 10 == 5 {
                Command::new("kill").arg(running.0.id().to_string()).status().unwrap();
                running.0.wait().unwrap();
                assert!(syslog.accept(&[alert("away")]).unwrap_err().may_pass());
                running = server.start();
            }
            deliver(&mut syslog, &alert(&format!("{transport:?}-{n}")));
        }
        until("all of them", || {
            let heard = server.heard();
            let has =
                |n| heard.iter().any(|it| it.to_string().contains(&format!("{transport:?}-{n}\\")));
            (0..30).all(has)
        });
    }
}

#[test]
fn aiosmtpd_killed_and_brought_back_takes_every_mail() {
    let Some(python) = python() else { return };
    let certificates = Certificates::new(Fault::None);
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::File::create(&password).unwrap().write_all(b"hunter2\n").unwrap();
    let port = free_port();
    let mut running = mail_server(
        python,
        folder.path(),
        port,
        &certificates.file("cert.pem"),
        &certificates.file("key.pem"),
    );
    let to = ["one@example.org", "Zwei Ö <two@example.org>"].map(str::to_owned);
    let mut settings = MailSettings::new("localhost", "netsift <alerts@example.org>", to.to_vec());
    settings.port = Some(port);
    settings.timeouts = timeouts(3.0, 3.0);
    settings.tls = believing(&certificates.file("ca.pem"));
    (settings.user, settings.password) = (Some("me".into()), Some(Secret::File(password)));
    let mut mail = Mail::new(settings.clone()).unwrap();
    for n in 0..9 {
        if n % 3 == 1 {
            running.0.kill().unwrap();
            running.0.wait().unwrap();
            assert!(mail.accept(&[alert("away")]).unwrap_err().may_pass());
            running = mail_server(
                python,
                folder.path(),
                port,
                &certificates.file("cert.pem"),
                &certificates.file("key.pem"),
            );
        }
        deliver(&mut mail, &alert(&format!("größer {n} {HOSTILE}")));
    }
    settings.to.push("never@example.org".into());
    let error = Mail::new(settings).unwrap().accept(&[alert("last")]).unwrap_err();
    assert!(error.to_string().contains("but not for never@example.org: 550 "), "{error}");
    drop(running);
    let text = std::fs::read_to_string(folder.path().join("mails")).unwrap();
    let mails: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(mails.len(), 10);
    for (n, mail) in mails.iter().take(9).enumerate() {
        let start = format!("[netsift] high 72 größer {n} x\\u{{d}}\\u{{a}}Bcc: evil@example.org");
        assert!(mail["subject"].as_str().unwrap().starts_with(&start), "{mail}");
        assert_eq!(mail["tls"], true);
        assert_eq!(mail["to"], serde_json::json!(["one@example.org", "two@example.org"]));
        assert_eq!(mail["defects"], 0);
        assert!(mail["text"].as_str().unwrap().contains(&format!("größer {n}")));
        assert!(!mail["html"].as_str().unwrap().contains("<script"));
    }
}
