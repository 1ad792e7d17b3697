//! Everything together: queues on disk before sinks, and servers that are away for a while.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::sinks::{Mail, MailSettings, Syslog, SyslogTransport, Webhook, WebhookSettings};
use netsift_alert::spool::{dead_letters, resend};
use netsift_alert::{Delivery, Dispatcher, Secret, Url};

use super::certificates::{Certificates, Fault};
use super::mail_server::{mail_server, python};
use super::peers::{Rsyslog, is_rsyslog_missing};
use super::server::{Server, free_port, request};
use super::{alert, believing, local, timeouts, until};

/// Between two alerts.
const PAUSE: Duration = Duration::from_millis(60);
/// So long all are there before and behind.
const THERE: Duration = Duration::from_secs(2);
/// What the program may take more, in bytes: queues lie on disk, however long somebody is away.
const MORE_MEMORY: u64 = 64 << 20;

fn name(n: usize) -> String {
    format!("number-{n}.")
}

#[test]
fn who_is_away_is_told_when_he_is_back_and_nobody_waits() {
    away_for(Duration::from_secs(3));
}

#[test]
#[ignore = "takes two or three minutes"]
fn who_is_away_for_a_minute_is_told_when_he_is_back_and_nobody_waits() {
    away_for(Duration::from_secs(60));
}

/// Receivers are killed or of no use for a while: every alert arrives at least once, or is a dead letter, nothing waits and
/// memory is bounded.
fn away_for(away: Duration) {
    let (false, Some(python)) = (is_rsyslog_missing(), python()) else { return };
    let certificates = Certificates::new(Fault::None);
    let folder = tempfile::tempdir().unwrap();
    let rsyslog = Rsyslog::new(&certificates);
    let mail_port = free_port();
    let is_useless = Arc::new(AtomicBool::new(false));
    let web = by_turns(&is_useless);
    let mut syslogd = rsyslog.start();
    let mut smtpd = mail_server(
        python,
        folder.path(),
        mail_port,
        &certificates.file("cert.pem"),
        &certificates.file("key.pem"),
    );

    let password = folder.path().join("password");
    std::fs::write(&password, "hunter2\n").unwrap();
    let mut mail = MailSettings::new("localhost", "a@example.org", vec!["b@example.org".into()]);
    (mail.port, mail.timeouts) = (Some(mail_port), timeouts(2.0, 2.0));
    mail.tls = believing(&certificates.file("ca.pem"));
    (mail.user, mail.password) = (Some("me".into()), Some(Secret::File(password)));
    let mut webhook = WebhookSettings::new(Url::Open(web.url()));
    webhook.http = local(timeouts(1.0, 1.0));
    let webhook = || Webhook::new(webhook.clone()).unwrap();
    let syslog = |transport| Syslog::new(rsyslog.sink(transport, &certificates)).unwrap();

    let mut delivery = Delivery::default();
    (delivery.retry.first, delivery.retry.longest) = (0.1, away.as_secs_f64() / 6.0);
    let queue = |name: &str| folder.path().join("queues").join(name);
    let dispatcher = Dispatcher::builder()
        .remote("tcp", syslog(SyslogTransport::Tcp), delivery.clone(), queue("tcp"))
        .remote("tls", syslog(SyslogTransport::Tls), delivery.clone(), queue("tls"))
        .remote("mail", Mail::new(mail).unwrap(), delivery.clone(), queue("mail"))
        .remote("web", webhook(), delivery, queue("web"))
        .start()
        .unwrap();

    let times = |long: Duration| (long.as_secs_f64() / PAUSE.as_secs_f64()) as usize;
    let (gone, back) = (times(THERE), times(THERE + away));
    let alerts = times(THERE + away + THERE);
    let (mut longest, memory) = (Duration::ZERO, memory());
    for n in 0..alerts {
        if n == gone {
            // rsyslog writes what it has read; the mail server has written what it has taken.
            Command::new("kill").arg(syslogd.0.id().to_string()).status().unwrap();
            syslogd.0.wait().unwrap();
            smtpd.0.kill().unwrap();
            smtpd.0.wait().unwrap();
            is_useless.store(true, Ordering::SeqCst);
        }
        if n == back {
            let failing = dispatcher.states().all();
            assert!(failing.iter().all(|state| state.failures > 0), "{failing:?}");
            println!("as they come back: {failing:?}");
            syslogd = rsyslog.start();
            smtpd = mail_server(
                python,
                folder.path(),
                mail_port,
                &certificates.file("cert.pem"),
                &certificates.file("key.pem"),
            );
            is_useless.store(false, Ordering::SeqCst);
        }
        let began = Instant::now();
        dispatcher.tell(alert(&name(n)));
        longest = longest.max(began.elapsed());
        thread::sleep(PAUSE);
    }
    // Less than the shortest timeout of a sink: a busy machine takes its time, too.
    assert!(longest < Duration::from_millis(900), "{longest:?}");
    let (told, patience) = (Instant::now(), away * 4 + Duration::from_secs(60));
    let waits = || dispatcher.states().all().iter().any(|state| state.waiting > 0);
    while waits() && told.elapsed() < patience {
        thread::sleep(PAUSE);
    }
    let more = self::memory().saturating_sub(memory);
    println!(
        "{alerts} alerts to four, away for {away:?}: the longest hand-over took {longest:?}, all was told {:?} behind the \
         last, {more} bytes of memory more",
        told.elapsed()
    );
    assert!(more < MORE_MEMORY, "{more} bytes more");
    let states = dispatcher.finish(Duration::from_secs(10));
    for state in &states {
        let counts = (state.delivered + state.dead, state.waiting, state.overflowed);
        assert_eq!(counts, (alerts as u64, 0, 0), "{state:?}");
        assert!(state.dead == 0 || state.name == "web", "{state:?}");
    }
    // Who redirected has refused, for ever: that is tried again when somebody says so.
    let (dead, web_dead) = (dead_letters(&queue("web")).unwrap(), states[3].dead);
    assert_eq!((dead, dead > 0), (web_dead, true));
    let resent = resend(&queue("web"), &mut webhook()).unwrap();
    assert_eq!((resent.delivered, resent.failed), (dead, 0));

    let mails = || std::fs::read_to_string(folder.path().join("mails")).unwrap_or_default();
    let count = |all: &str, n: usize| all.matches(&name(n)).count();
    until("syslog, twice", || {
        let heard: String = rsyslog.heard().iter().map(|it| it["data"].to_string()).collect();
        (0..alerts).all(|n| count(&heard, n) >= 2)
    });
    let (web, mails) = (web.heard().concat(), mails());
    for n in 0..alerts {
        assert!(count(&web, n) >= 1, "{n} is not on the web");
        assert!(count(&mails, n) >= 1, "{n} is in no mail");
    }
    drop((syslogd, smtpd));
}

#[test]
fn an_alert_that_a_receiver_answers_500_holds_up_no_other_across_a_restart() {
    const ALERTS: usize = 40;
    let web = Server::new(|_, mut stream, notes| {
        let heard = request(&mut stream);
        let is_bad = heard.contains(&name(7));
        let answer = if is_bad { "500 Broken" } else { "200 OK" };
        notes.write(if is_bad { name(7) } else { heard });
        let _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
    });
    let folder = tempfile::tempdir().unwrap();
    let mut settings = WebhookSettings::new(Url::Open(web.url()));
    settings.http = local(timeouts(2.0, 2.0));
    let start = |delivery: Delivery| {
        let webhook = Webhook::new(settings.clone()).unwrap();
        Dispatcher::builder().remote("web", webhook, delivery, folder.path()).start().unwrap()
    };
    let until = |dispatcher: &Dispatcher, delivered: usize, dead: u64| {
        super::until("the others", || {
            let state = &dispatcher.states().all()[0];
            state.delivered == delivered as u64 && state.dead == dead
        });
    };
    // By default: the others wait for it some seconds and no day.
    let (dispatcher, began) = (start(Delivery::default()), Instant::now());
    (0..ALERTS).for_each(|n| dispatcher.tell(alert(&name(n))));
    until(&dispatcher, ALERTS - 1, 0);
    println!("{} of {ALERTS} arrived in {:?}", ALERTS - 1, began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!(dispatcher.finish(Duration::from_secs(10))[0].waiting, 1);

    let mut delivery = Delivery::default();
    (delivery.retry.first, delivery.retry.tries) = (0.02, 2);
    let dispatcher = start(delivery);
    for n in ALERTS..ALERTS + 6 {
        dispatcher.tell(alert(&name(n)));
        thread::sleep(Duration::from_millis(100));
    }
    until(&dispatcher, 6, 1);
    assert_eq!(dispatcher.finish(Duration::from_secs(10))[0].waiting, 0);
    assert_eq!(dead_letters(folder.path()).unwrap(), 1);
    let heard = web.heard().concat();
    for n in (0..ALERTS + 6).filter(|n| *n != 7) {
        assert!(heard.matches(&name(n)).count() >= 1, "{n} is not on the web");
    }
}

/// A receiver of HTTP that is there, and while it is useless stalls, drops, is broken, has no time or redirects, by turns.
fn by_turns(is_useless: &Arc<AtomicBool>) -> Server {
    let (seen, turn) = (Arc::clone(is_useless), AtomicUsize::new(0));
    Server::new(move |_, mut stream, notes| {
        let heard = request(&mut stream);
        let answer = if seen.load(Ordering::SeqCst) {
            match turn.fetch_add(1, Ordering::SeqCst) % 5 {
                0 => return thread::sleep(Duration::from_secs(5)),
                1 => return,
                2 => "500 Broken",
                3 => "302 Found\r\nLocation: http://127.0.0.1:1/",
                _ => "429 Slow\r\nRetry-After: 1",
            }
        } else {
            notes.write(heard);
            "200 OK"
        };
        let _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
    })
}

/// What this program has in memory, in bytes; 0 where that is not told.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1_024
}
