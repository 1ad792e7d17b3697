//! Webhooks and gateways of SMS against servers that do what they should not.

use std::io::Write;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::sinks::{Sms, SmsBody, SmsMethod, SmsSettings, Webhook, WebhookSettings};
use netsift_alert::{Secret, Sink, SinkError, Url};

use super::server::{Server, free_port, request};
use super::{alert, local, timeouts};

fn webhook(url: String, wait: f64) -> Webhook {
    let mut settings = WebhookSettings::new(Url::Open(url));
    settings.http = local(timeouts(wait, wait));
    Webhook::new(settings).unwrap()
}

/// What becomes of an alert that is sent there, and how long that takes. No secret is ever told.
fn sent(url: String) -> (Result<(), SinkError>, Duration) {
    sent_within(url, 1.0)
}

fn sent_within(url: String, wait: f64) -> (Result<(), SinkError>, Duration) {
    let began = Instant::now();
    let result = webhook(url, wait).accept(&[alert("scan")]);
    if let Err(error) = &result {
        assert!(!format!("{error} {error:?}").contains("token"), "{error}");
    }
    (result, began.elapsed())
}

#[test]
fn alerts_arrive_signed() {
    let server = Server::http("HTTP/1.1 204 No Content\r\n\r\n");
    let folder = tempfile::tempdir().unwrap();
    let secret = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        Secret::File(folder.path().join(name))
    };
    let mut settings = WebhookSettings::new(Url::Open(server.url()));
    settings.http = local(timeouts(5.0, 5.0));
    settings.template = Some("{\"text\": \"{title}\"}".into());
    settings.signature = Some(secret("key", "key"));
    settings.headers.insert("Authorization".into(), secret("token", "Bearer abc\n"));
    Webhook::new(settings).unwrap().accept(&[alert("scan"), alert("b")]).unwrap();
    let heard = server.heard().remove(0);
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /in/token123?key=token456 HTTP/1.1\r\n"), "{head}");
    for line in ["authorization: Bearer abc", "content-type: application/json"] {
        assert!(head.to_lowercase().contains(&line.to_lowercase()), "{head}");
    }
    let title = "high 72 scan: 192.0.2.7 -> 198.51.100.9:22 TCP (and 1 more)";
    assert_eq!(body, format!("{{\"text\": \"{title}\"}}"));
    let header = |name| head.lines().find_map(|line: &str| line.strip_prefix(name)).unwrap();
    let seconds: u64 = header("x-netsift-timestamp: ").parse().unwrap();
    // An outside judge: openssl's sum of the same bytes.
    let signed = format!("printf '%s' '{seconds}.{body}' | openssl dgst -sha256 -hmac key");
    let output = std::process::Command::new("sh").args(["-c", &signed]).output().unwrap();
    let expected = String::from_utf8(output.stdout).unwrap();
    let expected = expected.trim().rsplit(' ').next().unwrap();
    assert_eq!(header("x-netsift-signature: v1="), expected);
}

#[test]
fn who_may_answer_otherwise_later_is_tried_again() {
    for (answer, expected) in [
        ("HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\nwrong", None),
        ("HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", Some(7)),
        ("HTTP/1.1 429 No\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n", Some(3600)),
        ("HTTP/1.1 408 No\r\nContent-Length: 0\r\n\r\n", None),
    ] {
        let error = sent(Server::http(answer).url()).0.unwrap_err();
        assert!(error.may_pass(), "{error}");
        let SinkError::Busy { wait, .. } = error else { panic!("{error}") };
        assert_eq!(wait, expected.map(Duration::from_secs));
    }
}

#[test]
fn who_refuses_is_not_tried_again_and_tells_why() {
    let answer = "HTTP/1.1 404 No\r\nContent-Length: 22\r\n\r\nno_such\u{1b}[31m\r\nchannel";
    let error = sent(Server::http(answer).url()).0.unwrap_err();
    assert!(!error.may_pass());
    let text = error.to_string();
    assert!(text.ends_with(r"refuses: 404 no_such\u{1b}[31m\u{d}\u{a}channel"), "{text}");
    let echo = "HTTP/1.1 403 No\r\nContent-Length: 15\r\n\r\ntoken123 is bad";
    let error = sent(Server::http(echo).url()).0.unwrap_err();
    assert!(error.to_string().ends_with("403 what it says holds a secret"), "{error}");
}

#[test]
fn redirects_are_not_followed() {
    let other = Server::http("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for status in [301, 302, 303, 307, 308] {
        let location = other.url();
        let server = Server::new(move |_, mut stream, _| {
            request(&mut stream);
            let head = format!("HTTP/1.1 {status} Go\r\nLocation: {location}\r\n");
            let _ = write!(stream, "{head}Content-Length: 0\r\n\r\n");
        });
        let error = sent(server.url()).0.unwrap_err();
        assert!(matches!(error, SinkError::Refused { .. }), "{status}: {error}");
    }
    assert!(other.heard().is_empty());
}

#[test]
fn nobody_there_is_told_at_once() {
    let (result, took) = sent(format!("http://127.0.0.1:{}/", free_port()));
    assert!(matches!(result, Err(SinkError::Unreachable { .. })), "{result:?}");
    assert!(took < Duration::from_secs(1));
    let (result, _) = sent("http://no-such-host.invalid/".into());
    assert!(result.unwrap_err().may_pass());
}

#[test]
fn who_stalls_or_drips_is_left_in_time() {
    let stalls = Server::new(|_, mut stream, _| {
        request(&mut stream);
        thread::sleep(Duration::from_secs(20));
    });
    let drips = Server::new(|_, mut stream, _| {
        request(&mut stream);
        for byte in b"HTTP/1.1 200 OK\r\nX: ".iter().chain(std::iter::repeat(&b'x')) {
            if stream.write_all(&[*byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
    });
    for url in [stalls.url(), drips.url()] {
        let (result, took) = sent(url);
        assert!(matches!(result, Err(SinkError::Silent { .. })), "{result:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[test]
fn who_drops_or_talks_nonsense_may_do_otherwise_later() {
    let drops = Server::new(|_, mut stream, _| drop(request(&mut stream)));
    let drops_at_once = Server::new(|_, stream, _| drop(stream));
    let garbage = Server::http("\0\u{1}\u{2}SSH-2.0-what\r\n\r\n");
    let head_without_end = Server::new(|_, mut stream, _| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-Header: nonsense nonsense nonsense\r\n").is_ok() {}
    });
    let header_without_end = Server::new(|_, mut stream, _| {
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Header: ");
        while stream.write_all(&[b'x'; 1000]).is_ok() {}
    });
    for server in [drops, drops_at_once, garbage, head_without_end, header_without_end] {
        let (result, took) = sent_within(server.url(), 15.0);
        assert!(matches!(result, Err(SinkError::Unreachable { .. })), "{result:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[test]
fn a_body_without_end_is_not_read() {
    for (status, is_taken) in [(200, true), (400, false)] {
        let server = Server::new(move |_, mut stream, _| {
            request(&mut stream);
            let _ = write!(stream, "HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n");
            while stream.write_all(b"8\r\nnonsense\r\n").is_ok() {}
        });
        let (result, took) = sent_within(server.url(), 15.0);
        assert_eq!(result.is_ok(), is_taken, "{result:?}");
        assert!(result.is_ok() || !result.unwrap_err().may_pass());
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[test]
fn private_targets_are_called_only_if_that_is_allowed() {
    let server = Server::http("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    // Names and numbers that stand for this machine: what counts is the address in the end.
    for host in ["127.0.0.1", "localhost", "2130706433", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let mut settings =
            WebhookSettings::new(Url::Open(format!("http://{host}:{}/", server.port)));
        settings.http = local(timeouts(5.0, 5.0));
        settings.http.allow_private = false;
        let error = Webhook::new(settings).unwrap().accept(&[alert("a")]).unwrap_err();
        let text = error.to_string();
        assert!(!error.may_pass() && text.contains("is private"), "{host}: {text}");
    }
    assert!(server.heard().is_empty());
    sent(server.url()).0.unwrap();
}

#[test]
fn who_comes_back_is_told_again() {
    let port = free_port();
    let mut webhook = webhook(format!("http://127.0.0.1:{port}/"), 1.0);
    assert!(webhook.accept(&[alert("a")]).unwrap_err().may_pass());
    let server =
        Server::on(TcpListener::bind(("127.0.0.1", port)).unwrap(), |_, mut stream, notes| {
            notes.write(request(&mut stream));
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
    webhook.accept(&[alert("a")]).unwrap();
    webhook.accept(&[alert("b")]).unwrap();
    assert_eq!(server.heard().len(), 2);
}

#[test]
fn gateways_get_numbers_and_texts_escaped_for_where_they_stand() {
    let server = Server::http("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "k&y\n").unwrap();
    let send = |kind, method, url: &str, body: &str| {
        let mut settings = SmsSettings::new(
            format!("http://127.0.0.1:{}/{url}", server.port),
            vec!["+4912345".into(), "555".into()],
        );
        settings.http = local(timeouts(5.0, 5.0));
        (settings.kind, settings.method, settings.body) = (kind, method, body.into());
        settings.text = "{what} & {level}".into();
        settings.secrets.insert("key".into(), Secret::File(key.clone()));
        Sms::new(settings).unwrap().accept(&[alert("a\"=b\r\n")]).unwrap();
    };
    send(SmsBody::Form, SmsMethod::Post, "send", "to={to}&text={text}&key={key}");
    send(SmsBody::Json, SmsMethod::Put, "send", r#"{"to":["{to}"],"text":"{text}"}"#);
    send(SmsBody::Text, SmsMethod::Get, "send?to={to}&text={text}", "");
    let heard = server.heard();
    assert_eq!(heard.len(), 6);
    let text = "a%22%3Db%5Cu%7Bd%7D%5Cu%7Ba%7D%20%26%20high";
    assert!(heard[0].ends_with(&format!("\r\n\r\nto=%2B4912345&text={text}&key=k%26y")));
    assert!(heard[3].starts_with("PUT /send "), "{}", heard[3]);
    assert!(heard[3].ends_with("{\"to\":[\"555\"],\"text\":\"a\\\"=b\\\\u{d}\\\\u{a} & high\"}"));
    assert!(heard[5].starts_with(&format!("GET /send?to=555&text={text} ")), "{}", heard[5]);
}

#[test]
fn numbers_that_were_told_are_not_told_again() {
    // The second number is busy once, the third is refused for ever.
    let server = Server::new(|_, mut stream, notes| {
        let heard = request(&mut stream);
        let to = heard.rsplit_once("to=").unwrap().1.to_owned();
        let is_first = !notes.has(&to);
        notes.write(&to);
        let status = match to.as_str() {
            "222" if is_first => "503 Later",
            "333" => "400 No",
            _ => "200 OK",
        };
        let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
    });
    let numbers = ["111", "222", "333"].map(str::to_owned);
    let mut settings =
        SmsSettings::new(format!("http://127.0.0.1:{}/", server.port), numbers.to_vec());
    settings.http = local(timeouts(5.0, 5.0));
    settings.body = "to={to}".into();
    let mut sms = Sms::new(settings).unwrap();
    let alerts = [alert("a")];
    assert!(sms.accept(&alerts).unwrap_err().may_pass());
    let error = sms.accept(&alerts).unwrap_err();
    let SinkError::Partly { who, .. } = &error else { panic!("{error}") };
    assert_eq!((who.as_str(), error.may_pass()), ("333", false));
    assert_eq!(server.heard(), ["111", "222", "333", "222", "333"]);
}
