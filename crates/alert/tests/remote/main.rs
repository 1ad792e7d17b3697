//! Remote sinks against servers: ones of our own that do what servers should not, and real ones.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::print_stdout)]

mod certificates;
mod dispatched;
mod http;
mod injection;
mod mail_server;
mod peers;
mod server;
mod settings;
mod smtp;
mod syslog;
mod tls;

use std::time::{Duration, Instant};

use netsift_alert::{Alert, AlertId, HttpSettings, Level, Peer, Timeouts, TlsSettings};

/// Text as attackers like it: for every form something that would end a field, a line or a header.
const HOSTILE: &str = "x\r\nBcc: evil@example.org\r\n\r\n<script>\"'`|\\=]{what}</script>\0\u{1b}[31m\
                       \u{202e}<!channel> @everyone <0>1 - - - - - - owned =cmd %0d%0a &to=1";

/// A high one with this text wherever others may have written one.
fn alert(what: &str) -> Alert {
    let source = Some(Peer { address: [192, 0, 2, 7].into(), port: None });
    let target = Some(Peer { address: [198, 51, 100, 9].into(), port: Some(22) });
    Alert {
        level: Level::High,
        score: 71.5,
        what: what.into(),
        source,
        target,
        names: vec![what.into()],
        reasons: vec![what.into()],
        evidence: vec![what.into()],
        id: AlertId::of(1_789_999_999_000_000_000, what, [source, target]),
        ..Alert::test(1_790_000_000_000_000_000)
    }
}

/// Short enough for a test that waits for it, long enough for a busy machine.
fn timeouts(connect: f64, answer: f64) -> Timeouts {
    let mut timeouts = Timeouts::default();
    (timeouts.connect, timeouts.answer) = (connect, answer);
    timeouts
}

/// Servers of these tests are on this machine.
fn local(timeouts: Timeouts) -> HttpSettings {
    let mut http = HttpSettings::default();
    (http.allow_private, http.allow_plain, http.timeouts) = (true, true, timeouts);
    http
}

fn believing(ca_file: &std::path::Path) -> TlsSettings {
    let mut tls = TlsSettings::default();
    tls.ca_file = Some(ca_file.to_owned());
    tls
}

/// Waits until something holds, or fails.
fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
