//! Everything together: queues on disk before sinks, and servers that are away for a while.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::sinks::{Mail, MailSettings, Syslog, SyslogTransport, Webhook, WebhookSettings};
use netsift_alert::{Delivery, Dispatcher, Secret, Url};

use super::certificates::{Certificates, Fault};
use super::peers::{Rsyslog, is_rsyslog_missing, mail_server, python};
use super::server::{Server, free_port, request};
use super::{alert, believing, local, timeouts, until};

const ALERTS: usize = 120;
const AWAY: std::ops::Range<usize> = 30..80;

fn name(n: usize) -> String {
    format!("number-{n}.")
}

#[test]
fn who_is_away_is_told_when_he_is_back_and_nobody_waits() {
    let (false, Some(python)) = (is_rsyslog_missing(), python()) else { return };
    let certificates = Certificates::new(Fault::None);
    let folder = tempfile::tempdir().unwrap();
    let rsyslog = Rsyslog::new(&certificates);
    let mail_port = free_port();
    // A receiver that is there and of no use meanwhile: it stalls, drops, redirects or is broken, by turns.
    let is_useless = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_useless);
    let web = Server::new(move |place, mut stream, notes| {
        let heard = request(&mut stream);
        let answer = match place % 4 {
            _ if !seen.load(Ordering::SeqCst) => {
                notes.write(heard);
                "200 OK"
            }
            0 => return thread::sleep(Duration::from_secs(5)),
            1 => return,
            2 => "500 Broken",
            _ => "429 Slow\r\nRetry-After: 1",
        };
        let _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
    });
    let mut syslogd = rsyslog.start();
    let mut smtpd = mail_server(python, folder.path(), mail_port, &certificates);

    let password = folder.path().join("password");
    std::fs::write(&password, "hunter2\n").unwrap();
    let mut mail = MailSettings::new("localhost", "a@example.org", vec!["b@example.org".into()]);
    (mail.port, mail.timeouts) = (Some(mail_port), timeouts(2.0, 2.0));
    mail.tls = believing(&certificates.file("ca.pem"));
    (mail.user, mail.password) = (Some("me".into()), Some(Secret::File(password)));
    let mut webhook = WebhookSettings::new(Url::Open(web.url()));
    webhook.http = local(timeouts(1.0, 1.0));
    let syslog = |transport| Syslog::new(rsyslog.sink(transport, &certificates)).unwrap();

    let mut delivery = Delivery::default();
    (delivery.retry.first, delivery.retry.longest) = (0.1, 0.5);
    let queue = |name: &str| folder.path().join("queues").join(name);
    let dispatcher = Dispatcher::builder()
        .remote("tcp", syslog(SyslogTransport::Tcp), delivery.clone(), queue("tcp"))
        .remote("tls", syslog(SyslogTransport::Tls), delivery.clone(), queue("tls"))
        .remote("mail", Mail::new(mail).unwrap(), delivery.clone(), queue("mail"))
        .remote("web", Webhook::new(webhook).unwrap(), delivery, queue("web"))
        .start()
        .unwrap();

    let mut longest = Duration::ZERO;
    for n in 0..ALERTS {
        if n == AWAY.start {
            // rsyslog writes what it has read; the mail server has written what it has taken.
            Command::new("kill").arg(syslogd.0.id().to_string()).status().unwrap();
            syslogd.0.wait().unwrap();
            smtpd.0.kill().unwrap();
            smtpd.0.wait().unwrap();
            is_useless.store(true, Ordering::SeqCst);
        }
        if n == AWAY.end {
            let failing = dispatcher.states().all();
            assert!(
                failing.iter().all(|state| state.failures > 0 && state.dead == 0),
                "{failing:?}"
            );
            syslogd = rsyslog.start();
            smtpd = mail_server(python, folder.path(), mail_port, &certificates);
            is_useless.store(false, Ordering::SeqCst);
        }
        let began = Instant::now();
        dispatcher.tell(alert(&name(n)));
        longest = longest.max(began.elapsed());
        thread::sleep(Duration::from_millis(60));
    }
    // Less than the shortest timeout of a sink: a busy machine takes its time, too.
    assert!(longest < Duration::from_millis(900), "{longest:?}");
    let states = dispatcher.finish(Duration::from_secs(60));
    for state in &states {
        let counts = (state.delivered, state.dead, state.waiting, state.overflowed);
        assert_eq!(counts, (ALERTS as u64, 0, 0, 0), "{state:?}");
    }
    let mails = || std::fs::read_to_string(folder.path().join("mails")).unwrap_or_default();
    let count = |all: &str, n: usize| all.matches(&name(n)).count();
    until("syslog, twice", || {
        let heard: String = rsyslog.heard().iter().map(|it| it["data"].to_string()).collect();
        (0..ALERTS).all(|n| count(&heard, n) >= 2)
    });
    let (web, mails) = (web.heard().concat(), mails());
    for n in 0..ALERTS {
        assert!(count(&web, n) >= 1, "{n} is not on the web");
        assert!(count(&mails, n) >= 1, "{n} is in no mail");
    }
    drop((syslogd, smtpd));
}
