//! Too much of everything: refused early, and no more expensive than that.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::made::{Running, alert, awaits};
use crate::raw::{Answer, LONGEST, ask, connect, exchange, get, post, rest};

/// A server that waits for nobody for long.
fn hasty() -> Running {
    Running::with(|mut settings| {
        settings.limits.patience_seconds = 1;
        settings.limits.upload_seconds = 1;
        settings
    })
}

#[test]
fn oversized_everything_is_refused() {
    let running = Running::with(|mut settings| {
        settings.limits.upload_megabytes = 1;
        settings
    });
    let to = running.address();
    let comment = |text: &str| {
        let path = format!("/api/v1/alerts/{}/comments", alert(2).id);
        running.as_page(post(&path, &json!({ "text": text }))).send(to)
    };
    assert_eq!(get("/").header("X", &"a".repeat(40 << 10)).send(to).status, 431);
    let many = (0..100).fold(get("/"), |ask, number| ask.header(&format!("X-{number}"), "a"));
    assert_eq!(many.send(to).status, 431);
    running.awaits("head_too_large");
    assert_eq!(get(&format!("/?{}", "a".repeat(9 << 10))).send(to).status, 414);
    assert_eq!(get(&format!("/api/v1/alerts?text={}", "a".repeat(65))).send(to).status, 400);
    assert_eq!(get(&format!("/api/v1/alerts?{}", "limit=1&".repeat(500))).send(to).status, 400);
    let large = comment(&"a".repeat(70 << 10));
    assert_eq!((large.status, &*large.code()), (413, "too_large"));
    assert_eq!(comment(&"é".repeat(4_001)).status, 400);
    assert_eq!(comment(&"é".repeat(4_000)).status, 200);
    // Refused by what it says, before it is sent.
    let capture = running.as_page(ask("POST", "/api/v1/reports")).bytes(to);
    let text = String::from_utf8(capture)
        .unwrap()
        .replace("Connection", "Content-Length: 9999999\r\nConnection");
    let upload = exchange(to, text.as_bytes()).unwrap();
    assert_eq!((upload.status, upload.header("connection")), (413, Some("close")));
    let refused = running.refused();
    for expected in
        [(431, "head_too_large"), (414, "too_long"), (413, "too_large"), (400, "bad_request")]
    {
        assert_eq!(
            refused.iter().filter(|it| **it == expected).count(),
            1,
            "{expected:?} in {refused:?}"
        );
    }
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    let sent = ask("POST", "/api/v1/silences").header("Content-Type", "application/json");
    assert_eq!(running.as_page(sent.body(deep.into_bytes())).send(to).status, 400);
}

#[test]
fn who_sends_slowly_is_not_waited_for() {
    let running = hasty();
    let to = running.address();
    // Heads and bodies, a byte now and then.
    let csrf = running.csrf();
    let body = format!(
        "POST /api/v1/silences HTTP/1.1\r\nHost: {to}\r\nX-Netsift-Csrf: {csrf}\r\nOrigin: http://{to}\r\n\
         Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{{"
    );
    for (start, code) in [("GET / HTTP/1.1\r\nHost: ", "too_late"), (&body, "too_late")] {
        let (mut stream, began) = (connect(to), Instant::now());
        stream.write_all(start.as_bytes()).unwrap();
        let mut drips = stream.try_clone().unwrap();
        let dripping = std::thread::spawn(move || {
            while began.elapsed() < Duration::from_secs(5) && drips.write_all(b"a").is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let mut bytes = Vec::new();
        let mut part = [0; 1024];
        while let Ok(read) = stream.read(&mut part) {
            bytes.extend_from_slice(&part[..read]);
            if read == 0 || Answer::read(&bytes).is_some_and(|it| !it.body.is_empty()) {
                break;
            }
        }
        assert!(began.elapsed() < Duration::from_secs(4), "{start}");
        let answer = Answer::read(&bytes).unwrap();
        assert_eq!((answer.status, &*answer.code()), (408, code), "{start}");
        drop(stream);
        dripping.join().unwrap();
    }
    assert_eq!(running.refused(), [(408, "too_late")], "told once");
    // Whoever says nothing at all is let go, and nobody hears of it.
    let (mut idle, began) = (connect(to), Instant::now());
    assert!(rest(&mut idle).is_empty() && began.elapsed() < Duration::from_secs(10));
    assert_eq!(running.refused(), []);
}

#[test]
fn a_capture_that_comes_slowly_is_given_up_and_leaves_nothing() {
    let running = hasty();
    let to = running.address();
    let head =
        String::from_utf8(running.as_page(ask("POST", "/api/v1/reports")).bytes(to)).unwrap();
    let mut stream = connect(to);
    let head = head.replace("Connection: close", "Content-Length: 1000");
    stream.write_all((head + "half").as_bytes()).unwrap();
    let busy = || running.as_page(ask("POST", "/api/v1/reports").body(b"x".to_vec())).send(to);
    awaits(
        || std::fs::read_dir(running.folder().join("h.db-reports")).is_ok_and(|it| it.count() == 2),
        "the file",
    );
    assert_eq!((busy().status, &*busy().code()), (503, "busy"), "one at a time");
    let answer = Answer::read(&rest(&mut stream)).unwrap();
    assert_eq!((answer.status, &*answer.code()), (408, "too_late"));
    let folder = running.folder().join("h.db-reports");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "the lock alone");
    assert_eq!(busy().status, 202);
}

#[test]
fn the_page_and_whether_all_is_well_wait_for_no_question() {
    let running = hasty();
    let to = running.address();
    running.house.is_slow.store(true, Ordering::Relaxed);
    let asked: Vec<_> = (0..6)
        .map(|_| {
            let mut stream = connect(to);
            stream.write_all(&get("/api/v1/settings").bytes(to)).unwrap();
            stream
        })
        .collect();
    awaits(|| get("/api/v1/alerts").send(to).status == 503, "that all places are taken");
    for path in ["/", "/alerts", "/assets/app.js", "/robots.txt", "/healthz", "/api/v1/session"] {
        assert_eq!(get(path).send(to).status, 200, "{path}");
    }
    running.house.is_slow.store(false, Ordering::Relaxed);
    drop(asked);
}

#[test]
fn connections_have_an_end() {
    let running = Running::with(|mut settings| {
        settings.limits.connections = 3;
        settings
    });
    let to = running.address();
    let held: Vec<_> = (0..3).map(|_| connect(to)).collect();
    awaits(
        || exchange(to, get("/healthz").bytes(to).as_slice()).is_some_and(|it| it.status == 503),
        "503",
    );
    running.awaits("busy");
    drop(held);
    awaits(
        || exchange(to, get("/healthz").bytes(to).as_slice()).is_some_and(|it| it.status == 200),
        "200",
    );
}

/// Whoever holds all that one address may leaves places for the next.
#[cfg(target_os = "linux")]
#[test]
fn one_address_does_not_hold_all_connections_and_streams() {
    let running = Running::with(|mut settings| {
        (settings.limits.streams, settings.limits.connections) = (80, 160);
        settings.listen(([0, 0, 0, 0], 0).into())
    });
    let asks = |from: [u8; 4], path: &str| {
        let mut stream = sent_from(from, &running, path);
        (status(&mut stream), stream)
    };
    let (one, other) = ([127, 0, 0, 1], [127, 0, 0, 2]);
    let streams: Vec<_> = (0..10).map(|_| asks(one, "/api/v1/events")).collect();
    assert!(streams.iter().all(|(status, _)| status == "200"));
    assert_eq!(asks(one, "/api/v1/events").0, "503");
    assert_eq!(asks(other, "/api/v1/events").0, "200");
    let held: Vec<_> = (0..12).map(|_| connect_from(one, here(&running))).collect();
    awaits(|| asks(one, "/healthz").0 == "503", "that all of its places are taken");
    assert_eq!(asks(other, "/healthz").0, "200");
    drop(held);
    awaits(|| asks(one, "/healthz").0 == "200", "a place");
}

/// Slow questions and downloads of one are not in the way of others.
#[cfg(target_os = "linux")]
#[test]
fn one_address_does_not_hold_all_questions_and_downloads() {
    let running = Running::with(|mut settings| {
        settings.limits.patience_seconds = 5;
        settings.listen(([0, 0, 0, 0], 0).into())
    });
    let (one, other) = ([127, 0, 0, 1], [127, 0, 0, 2]);
    let asks = |from: [u8; 4], path: &str| status(&mut sent_from(from, &running, path));
    let packets = std::fs::File::create(running.house.packets.join("a.pcap")).unwrap();
    packets.set_len(64 << 20).unwrap();
    let download = format!("/api/v1/alerts/{}/packets", alert(0).id);
    let mut held: Vec<_> = (0..3).map(|_| sent_from(one, &running, &download)).collect();
    assert!(held.iter_mut().all(|stream| status(stream) == "200"));
    assert_eq!((&*asks(one, &download), &*asks(other, &download)), ("503", "200"));
    running.house.is_slow.store(true, Ordering::Relaxed);
    held.extend((0..3).map(|_| sent_from(one, &running, "/api/v1/settings")));
    awaits(|| asks(one, "/api/v1/alerts") == "503", "that all of its places are taken");
    assert_eq!(asks(other, "/api/v1/alerts"), "200");
    running.house.is_slow.store(false, Ordering::Relaxed);
    awaits(|| asks(one, "/api/v1/alerts") == "200", "a place");
}

#[cfg(target_os = "linux")]
fn here(running: &Running) -> SocketAddr {
    ([127, 0, 0, 1], running.address().port()).into()
}

/// A question with the token, from an address.
#[cfg(target_os = "linux")]
fn sent_from(from: [u8; 4], running: &Running, path: &str) -> TcpStream {
    let (to, token) = (here(running), running.dashboard.as_ref().unwrap().new_token().unwrap());
    let mut stream = connect_from(from, to);
    let bearer = format!("Bearer {token}");
    let _ = stream.write_all(&get(path).header("Authorization", &bearer).bytes(to));
    stream
}

#[cfg(target_os = "linux")]
fn status(stream: &mut TcpStream) -> String {
    let mut status = [0; 12];
    let _ = stream.read_exact(&mut status);
    String::from_utf8_lossy(&status[9..]).into_owned()
}

#[cfg(target_os = "linux")]
fn connect_from(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(to).await.unwrap()
    });
    let stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(LONGEST)).unwrap();
    stream
}

#[test]
fn requests_have_a_rate() {
    let running = Running::with(|mut settings| {
        settings.limits.requests_a_minute = 10;
        settings
    });
    let to = running.address();
    let statuses: Vec<_> = (0..15).map(|_| get("/healthz").send(to).status).collect();
    assert!(statuses[..10].iter().all(|it| *it == 200), "{statuses:?}");
    assert!(statuses[11..].contains(&429), "{statuses:?}");
    let answer = get("/").send(to);
    assert_eq!((answer.status, &*answer.code()), (429, "too_many"));
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(running.refused(), [(429, "too_many")], "told once");
}
