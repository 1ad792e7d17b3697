//! Syslog against receivers that come and go.

use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::sinks::{Syslog, SyslogSettings, SyslogTransport};
use netsift_alert::{Delivery, Dispatcher, Sink, SinkError};

use super::server::{Server, free_port};
use super::{alert, timeouts, until};

fn settings(port: u16, transport: SyslogTransport) -> SyslogSettings {
    let mut settings = SyslogSettings::new("127.0.0.1");
    (settings.port, settings.transport) = (Some(port), transport);
    settings.timeouts = timeouts(2.0, 2.0);
    settings
}

/// Messages out of frames with lengths (RFC 6587, 3.4.1).
fn messages(mut frames: &str) -> Vec<String> {
    let mut messages = Vec::new();
    while let Some((length, rest)) = frames.split_once(' ') {
        let (message, behind) = rest.split_at(length.parse().unwrap());
        messages.push(message.to_owned());
        frames = behind;
    }
    assert_eq!(frames, "");
    messages
}

#[test]
fn datagrams_hold_one_message_each() {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let port = receiver.local_addr().unwrap().port();
    let mut syslog = Syslog::new(settings(port, SyslogTransport::Udp)).unwrap();
    syslog.accept(&[alert("one"), alert(&"long".repeat(30_000))]).unwrap();
    let mut buffer = [0; 2_000];
    let length = receiver.recv(&mut buffer).unwrap();
    assert!(std::str::from_utf8(&buffer[..length]).unwrap().contains("what=\"one\""));
    let length = receiver.recv(&mut buffer).unwrap();
    assert!((600..=1_180).contains(&length));
    assert!(std::str::from_utf8(&buffer[..length]).unwrap().ends_with('…'));
}

#[test]
fn datagrams_to_nobody_are_no_delivery_and_later_ones_arrive() {
    let port = free_port();
    let mut syslog = Syslog::new(settings(port, SyslogTransport::Udp)).unwrap();
    for _ in 0..3 {
        let error = syslog.accept(&[alert("a")]).unwrap_err();
        assert!(matches!(error, SinkError::Unreachable { .. }), "{error}");
    }
    let receiver = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    syslog.accept(&[alert("b")]).unwrap();
    let mut buffer = [0; 2_000];
    let length = receiver.recv(&mut buffer).unwrap();
    assert!(std::str::from_utf8(&buffer[..length]).unwrap().contains("what=\"b\""));
}

#[test]
fn a_delivery_is_over_when_the_receiver_has_read_it() {
    let server = Server::new(|_, mut stream, notes| {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        notes.write(text);
    });
    let mut syslog = Syslog::new(settings(server.port, SyslogTransport::Tcp)).unwrap();
    syslog.accept(&[alert("one"), alert("two\u{e9}")]).unwrap();
    until("both", || !server.heard().is_empty());
    let messages = messages(&server.heard()[0]);
    assert_eq!(messages.len(), 2);
    assert!(messages[1].contains("\u{feff}high 72 two\u{e9}"), "{}", messages[1]);

    // Who falls over with something unread has not taken it; who reads nothing is not waited for.
    let falls = Server::new(|_, stream, _| {
        thread::sleep(Duration::from_millis(200));
        drop(stream);
    });
    let error =
        Syslog::new(settings(falls.port, SyslogTransport::Tcp)).unwrap().accept(&[alert("a")]);
    assert!(matches!(error, Err(SinkError::Unreachable { .. })), "{error:?}");
    let stalls = Server::new(|_, _stream, _| thread::sleep(Duration::from_secs(20)));
    let error =
        Syslog::new(settings(stalls.port, SyslogTransport::Tcp)).unwrap().accept(&[alert("a")]);
    assert!(matches!(error, Err(SinkError::Silent { .. })), "{error:?}");
}

#[test]
fn alerts_that_wait_go_together() {
    const ALERTS: usize = 2_000;
    for transport in [SyslogTransport::Udp, SyslogTransport::Tcp] {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = receiver.local_addr().unwrap().port();
        let heard = thread::spawn(move || {
            receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            (0..ALERTS).filter(|_| receiver.recv(&mut [0; 2_000]).is_ok()).count()
        });
        let server = Server::new(|_, mut stream, notes| {
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            notes.write(text);
        });
        let port = if transport == SyslogTransport::Udp { port } else { server.port };
        let syslog = Syslog::new(settings(port, transport)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let delivery = Delivery::default();
        let dispatcher =
            Dispatcher::builder().remote("syslog", syslog, delivery, folder.path()).start();
        let (dispatcher, began) = (dispatcher.unwrap(), Instant::now());
        (0..ALERTS).for_each(|n| dispatcher.tell(alert(&format!("n{n}."))));
        until("all of them", || dispatcher.states().all()[0].delivered == ALERTS as u64);
        let rate = ALERTS as f64 / began.elapsed().as_secs_f64();
        println!("{transport:?}: {rate:.0} alerts a second");
        assert!(rate > 100.0, "{transport:?}: {rate:.0} a second");
        assert_eq!(dispatcher.finish(Duration::from_secs(5))[0].failures, 0);
        if transport == SyslogTransport::Udp {
            assert_eq!(heard.join().unwrap(), ALERTS);
            continue;
        }
        until("the last", || server.heard().concat().contains(&format!("n{}.", ALERTS - 1)));
        let heard = server.heard();
        assert!(heard.len() < ALERTS / 10, "{} connections", heard.len());
        assert_eq!(heard.iter().map(|it| messages(it).len()).sum::<usize>(), ALERTS);
    }
}

#[test]
fn an_open_connection_that_the_receiver_closed_swallows_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut settings = settings(port, SyslogTransport::Tcp);
    settings.keep_open = true;
    let mut syslog = Syslog::new(settings).unwrap();
    let (send, receive) = mpsc::channel();
    // Each connection is closed behind its second message, as by a receiver that is started anew.
    let receiver = thread::spawn(move || {
        for stream in listener.incoming().take(3) {
            let (mut stream, mut seen, mut byte) = (stream.unwrap(), String::new(), [0]);
            while seen.matches("netsift").count() < 2 || !seen.ends_with('#') {
                match stream.read(&mut byte) {
                    Ok(1) => seen.push(char::from(byte[0])),
                    _ => break,
                }
            }
            send.send(seen).unwrap();
        }
    });
    for n in 0..6 {
        let mut alert = alert(&format!("n{n}"));
        (alert.names, alert.reasons, alert.evidence) = (vec!["#".into()], vec![], vec![]);
        syslog.accept(&[alert]).unwrap();
        // Time for the end of the connection to arrive.
        thread::sleep(Duration::from_millis(100));
    }
    receiver.join().unwrap();
    let all: String = receive.iter().collect();
    for n in 0..6 {
        assert_eq!(all.matches(&format!("what=\"n{n}\"")).count(), 1, "{all}");
    }
}

#[test]
fn who_comes_back_is_told_again() {
    let port = free_port();
    for keep_open in [false, true] {
        let mut settings = settings(port, SyslogTransport::Tcp);
        settings.keep_open = keep_open;
        let mut syslog = Syslog::new(settings).unwrap();
        assert!(syslog.accept(&[alert("a")]).unwrap_err().may_pass());
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let reader = thread::spawn(move || {
            let mut text = vec![0; 10];
            listener.accept().unwrap().0.read_exact(&mut text).unwrap();
        });
        // What is unread as it closes may be told as an error: at least once, not just once.
        let _ = syslog.accept(&[alert("a")]);
        reader.join().unwrap();
    }
}
