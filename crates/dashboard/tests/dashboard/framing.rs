//! Requests whose ends two readers would find in two places: one of them would be fooled.

use std::io::Write;

use crate::made::Running;
use crate::raw::{Answer, connect, exchange, rest};

/// What would be answered if it were taken for a request of its own.
const HIDDEN: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn head(lines: &str) -> String {
    format!(
        "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{lines}\r\n"
    )
}

#[test]
fn what_could_hide_a_request_is_refused_and_ends_the_connection() {
    let running = Running::start();
    for (lines, status) in [
        ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 411),
        ("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", 411),
        ("Transfer-Encoding: chunked\r\n", 411),
        ("Transfer-Encoding: gzip, chunked\r\n", 411),
        ("Transfer-Encoding: chunked, identity\r\n", 400),
        ("Transfer-Encoding : chunked\r\n", 400),
        ("Transfer-Encoding: xchunked\r\n", 400),
        ("Content-Length: 4\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 4, 5\r\n", 400),
        ("Content-Length: +4\r\n", 400),
        ("Content-Length: -4\r\n", 400),
        ("Content-Length: 0x4\r\n", 400),
        ("Content-Length: 99999999999999999999\r\n", 400),
        ("Content-Length : 4\r\n", 400),
        ("Content-Length:\r\n 4\r\n", 400),
        ("X: a\r\n folded\r\n", 400),
        ("X\0: a\r\n", 400),
    ] {
        let bytes = head(lines) + "0\r\n\r\n" + HIDDEN;
        let mut stream = connect(running.address());
        stream.write_all(bytes.as_bytes()).unwrap();
        let all = rest(&mut stream);
        let answer = Answer::read(&all).unwrap_or_else(|| panic!("{lines}: no answer"));
        assert_eq!(answer.status, status, "{lines}");
        let text = String::from_utf8_lossy(&all);
        assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{lines}: {text}");
    }
    running.awaits("bad_request");
    let refused = running.refused();
    assert_eq!(refused.len(), 2, "each kind once: {refused:?}");
}

#[test]
fn what_is_no_http_is_refused() {
    let running = Running::start();
    let to = running.address();
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(100));
    for (bytes, status) in [
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        ("GET / HTTP/3.0\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("GE\0T / HTTP/1.1\r\n\r\n", 400),
        (&long, 404),
    ] {
        let bytes = bytes.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        if let Some(answer) = exchange(to, bytes.as_bytes()) {
            assert_eq!(answer.status, status, "{bytes:?}");
        }
    }
    running.awaits("bad_request");
}

#[test]
fn requests_in_one_line_are_answered_one_by_one() {
    let running = Running::start();
    let (mut stream, to) = (connect(running.address()), running.address());
    let one = format!("GET /healthz HTTP/1.1\r\nHost: {to}\r\n\r\n");
    let last = format!("GET /healthz HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n\r\n");
    stream.write_all((one.repeat(3) + &last).as_bytes()).unwrap();
    let text = String::from_utf8(rest(&mut stream)).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 4);
    // Behind a refusal nothing is answered that may be part of what was refused.
    let mut stream = connect(to);
    let refused = "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    stream.write_all((refused.to_owned() + &last).as_bytes()).unwrap();
    let text = String::from_utf8(rest(&mut stream)).unwrap();
    assert!(text.starts_with("HTTP/1.1 421") && text.matches("HTTP/1.1 ").count() == 1, "{text}");
}
