//! What is pushed: to many, in order, and not to those who do not read.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use netsift_dashboard::Vitals;
use serde_json::{Value, json};

use crate::logins::Browser;
use crate::made::{BEGAN, Running, alert, awaits};
use crate::raw::{Ask, ask, connect, get, post};

/// Somebody who listens.
pub(crate) struct Listener {
    lines: BufReader<TcpStream>,
}

/// What is heard.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) id: Option<u64>,
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl Listener {
    pub(crate) fn open(to: SocketAddr) -> Self {
        Self::by(to, &get("/api/v1/events")).unwrap()
    }

    fn behind(to: SocketAddr, id: u64) -> Self {
        Self::by(to, &get("/api/v1/events").header("Last-Event-ID", &id.to_string())).unwrap()
    }

    /// Listens; or what was answered instead.
    fn by(to: SocketAddr, ask: &Ask) -> Result<Self, u16> {
        let mut stream = connect(to);
        stream.write_all(&ask.bytes(to)).unwrap();
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let status: u16 = line.split(' ').nth(1).unwrap().parse().unwrap();
        if status != 200 {
            return Err(status);
        }
        let mut listener = Self { lines };
        assert_eq!(listener.next().unwrap().name, "hello");
        Ok(listener)
    }

    /// What comes next; nothing at the end.
    pub(crate) fn next(&mut self) -> Option<Heard> {
        let (mut id, mut name, mut line) = (None, String::new(), String::new());
        while self.lines.read_line(&mut line).ok()? > 0 {
            match line.trim_end().split_once(": ") {
                Some(("id", text)) => id = text.parse().ok(),
                Some(("event", text)) => text.clone_into(&mut name),
                Some(("data", text)) => {
                    return Some(Heard { id, name, data: serde_json::from_str(text).unwrap() });
                }
                _ => {}
            }
            line.clear();
        }
        None
    }

    /// The next of a kind.
    pub(crate) fn next_of(&mut self, name: &str) -> Heard {
        loop {
            let heard = self.next().expect(name);
            if heard.name == name {
                return heard;
            }
        }
    }
}

#[test]
fn what_is_new_is_pushed_to_all() {
    let running = Running::start();
    let board = running.dashboard.as_ref().unwrap().board();
    let mut both = [Listener::open(running.address()), Listener::open(running.address())];
    // The watcher has to have seen what was there before.
    std::thread::sleep(Duration::from_millis(700));
    board.vitals(Vitals { at: BEGAN, ..Vitals::default() });
    board.vitals(Vitals { at: BEGAN + 2_000_000_000, packets: 10, flows: 4, ..Vitals::default() });
    board.trouble("<b>\nfull");
    for listener in &mut both {
        let vitals = listener.next_of("vitals").data;
        assert_eq!((&vitals["packets"], &vitals["totals"]["flows"]), (&json!(5.0), &json!(4)));
        assert_eq!(listener.next_of("trouble").data["text"], json!("<b>\nfull"));
    }
    let mut new = alert(2);
    new.count = 9;
    running.history.hand().alert(new.clone());
    running.history.hand().alert(alert(100));
    let path = format!("/api/v1/alerts/{}/acknowledge", new.id);
    for listener in &mut both {
        let alerts = listener.next_of("alerts").data;
        assert_eq!(alerts, json!({ "ids": [new.id, alert(100).id] }), "names, and nothing else");
    }
    assert_eq!(running.as_page(post(&path, &json!({}))).send(running.address()).status, 200);
    for listener in &mut both {
        let change = listener.next_of("change").data;
        let expected = json!({ "what": "acknowledged", "subject": new.id, "who": "local" });
        assert_eq!(change, expected);
    }
}

#[test]
fn who_comes_back_goes_on_and_who_was_away_too_long_hears_of_it() {
    let mut running = Running::start();
    let board = running.dashboard.as_ref().unwrap().board();
    let mut listener = Listener::open(running.address());
    (0..3).for_each(|number| board.trouble(&number.to_string()));
    let first = listener.next().unwrap();
    drop(listener);
    let mut again = Listener::behind(running.address(), first.id.unwrap());
    let next = again.next().unwrap();
    assert_eq!((next.data, next.id), (json!({ "text": "1" }), first.id.map(|id| id + 1)));
    (0..1_500).for_each(|number| board.trouble(&number.to_string()));
    let mut late = Listener::behind(running.address(), first.id.unwrap());
    assert_eq!(late.next().unwrap().name, "gap");
    board.trouble("after");
    assert_eq!(late.next().unwrap().data["text"], json!("after"));
    drop(board);
    let last = again.next_of("trouble").id.unwrap();
    running.restart();
    let mut other = Listener::behind(running.address(), last);
    assert_eq!(other.next().unwrap().name, "gap", "of another server's events");
    for strange in ["", "x", "-1", "99999999999999999999999"] {
        let ask = get("/api/v1/events").header("Last-Event-ID", strange);
        assert!(Listener::by(running.address(), &ask).is_ok(), "{strange}");
    }
}

#[test]
fn who_never_reads_is_dropped_and_keeps_nobody_waiting() {
    let running = Running::with(|mut settings| {
        settings.limits.patience_seconds = 1;
        settings
    });
    let board = running.dashboard.as_ref().unwrap().board();
    let deaf = connect(running.address());
    let request = get("/api/v1/events").bytes(running.address());
    (&deaf).write_all(&request).unwrap();
    awaits(|| streams(&running) == 1, "the stream");
    let mut listener = Listener::open(running.address());
    let large = "x".repeat(1_000);
    let dropped = || {
        (0..200).for_each(|_| board.trouble(&large));
        running.house.refused.lock().unwrap().iter().any(|it| it.code == "slow_reader")
    };
    let reads = std::thread::spawn(move || {
        let mut heard = 0;
        while let Some(it) = listener.next() {
            heard += 1;
            if it.data["text"] == json!("the end") {
                break;
            }
        }
        heard
    });
    awaits(dropped, "its end");
    board.trouble("the end");
    assert!(reads.join().unwrap() > 200);
    assert_eq!(running.refused(), [(408, "slow_reader")], "told once");
    awaits(|| streams(&running) == 0, "its place back");
}

#[test]
fn streams_have_an_end() {
    let running = Running::with(|mut settings| {
        settings.limits.streams = 2;
        settings
    });
    let to = running.address();
    let held = [Listener::open(to), Listener::open(to)];
    let more = get("/api/v1/events").send(to);
    assert_eq!((more.status, &*more.code(), more.header("retry-after")), (503, "busy", Some("5")));
    assert_eq!(running.refused(), [(503, "busy")], "told once");
    assert_eq!(get("/api/v1/alerts").send(to).status, 200, "everything else goes on");
    drop(held);
    awaits(|| Listener::by(to, &get("/api/v1/events")).is_ok(), "a place");
}

#[test]
fn a_stream_ends_with_its_session() {
    let (running, token) = Running::guarded();
    let to = running.address();
    let browser = Browser::of(&post("/api/v1/session", &json!({ "token": token })).send(to));
    let mut listener = Listener::by(to, &browser.asks(get("/api/v1/events"))).ok().unwrap();
    assert_eq!(browser.asks(ask("DELETE", "/api/v1/session")).send(to).status, 200);
    let board = running.dashboard.as_ref().unwrap().board();
    board.trouble("secret");
    while let Some(heard) = listener.next() {
        assert_ne!(heard.name, "trouble");
    }
}

/// How many are open, by the server's own count.
fn streams(running: &Running) -> u32 {
    let text = get("/metrics").send(running.address()).text();
    let line = text.lines().find(|line| line.starts_with("netsift_dashboard_streams "));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}
