//! `netsift serve`: the page over a capture, over what was recorded, and who gets in.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::{Run, SCAN, interrupt, made, program};

/// For what the program says: more than it ever needs, on a busy machine too.
const LONGEST: Duration = Duration::from_secs(60);

/// A port that is free.
const LISTEN: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// A line for a shell serves a page in this folder, and ends in order.
pub(crate) fn served(folder: &Path, line: &str) {
    let line = match line.contains("--listen ") {
        true => line.replace(":8050", ":0"),
        false => format!("{line} {}", LISTEN.join(" ")),
    };
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec {line}")]).current_dir(folder);
    let serving = Serving::of(shell);
    assert_eq!(serving.ask("/healthz", "").0, 200, "{line}");
    serving.end();
}

/// The program, serving.
struct Serving {
    child: Child,
    errors: Receiver<String>,
    /// What it has said so far.
    said: String,
    address: String,
}

impl Serving {
    /// Starts it in a folder; it listens when this returns.
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let own: &[&str] = if arguments.contains(&"--listen") { &[] } else { &LISTEN };
        let mut command = program();
        command.arg("serve").args(arguments).args(own).current_dir(folder);
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, errors) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let mut serving = Self { child, errors, said: String::new(), address: String::new() };
        let line = serving.until("the page is at ");
        let url = line.rsplit(' ').next().unwrap();
        let port = url.trim_end_matches('/').rsplit(':').next().unwrap();
        serving.address = format!("127.0.0.1:{port}");
        serving
    }

    /// The line that has this text.
    fn until(&mut self, text: &str) -> String {
        loop {
            let line = self.errors.recv_timeout(LONGEST);
            let line = line.unwrap_or_else(|error| panic!("{text}: {error}: {}", self.said));
            self.said += &format!("{line}\n");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The status and the body of an answer.
    fn ask(&self, path: &str, more: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        (status, if is_chunked { unchunked(body) } else { body.to_owned() })
    }

    fn json(&self, path: &str) -> Value {
        let (status, body) = self.ask(path, "");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Ends it as Ctrl-C does; all that it said.
    fn end(mut self) -> String {
        interrupt(&self.child, "-INT");
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{}", self.said);
        self.said.clone() + &self.errors.iter().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // What a test that failed has left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole += &rest[..length];
        body = rest[length..].strip_prefix("\r\n").unwrap_or_default();
    }
    whole
}

fn scan(folder: &Path) {
    made(&folder.join("scan.pcap"), SCAN, "20000");
}

#[test]
fn a_capture_is_judged_and_the_page_stays_until_it_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    scan(folder.path());
    let mut serving = Serving::start(folder.path(), &["scan.pcap", "--history", "h.db"]);
    serving.until("the page stays until Ctrl-C");
    assert_eq!(serving.ask("/healthz", "").0, 200);
    let session = serving.json("/api/v1/session");
    assert_eq!((&session["mode"], &session["needs_login"]), (&"replay".into(), &false.into()));
    let alerts = serving.json("/api/v1/alerts")["rows"].as_array().unwrap().len();
    assert!(alerts > 0, "{}", serving.said);
    let totals = &serving.json("/api/v1/vitals")["totals"];
    assert_eq!(totals["packets"], 20_000, "{totals}");
    let settings = serving.json("/api/v1/settings")["settings"].to_string();
    assert!(settings.contains("scan.pcap") && settings.contains("h.db"), "{settings}");
    serving.end();
    let told =
        program().args(["history", "h.db", "alerts", "--json"]).current_dir(folder.path()).output();
    assert_eq!(Run::of(&told.unwrap()).fine().lines().count(), alerts);
}

#[test]
fn what_was_recorded_is_shown_while_others_write_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    scan(at);
    let detect =
        |arguments: &[&str]| Run::of(&program().args(arguments).current_dir(at).output().unwrap());
    fs::write(
        at.join("n.toml"),
        "[sinks.log.json_lines]\npath = 'a.jsonl'\n[history]\npath = 'h.db'\n",
    )
    .unwrap();
    let saving = ["--save-packets", "evidence"];
    let made = [&["detect", "--config", "n.toml", "scan.pcap", "-q"], &saving[..]].concat();
    assert_eq!(detect(&made).code, 0);
    let serving = Serving::start(at, &["--history", "h.db"]);
    assert_eq!(serving.json("/api/v1/session")["mode"], "history");
    let rows = serving.json("/api/v1/alerts");
    let id = rows["rows"][0]["id"].as_str().unwrap();
    assert_eq!(detect(&["history", "h.db", "ack", id, "--by", "ann"]).code, 0);
    let alert = serving.json(&format!("/api/v1/alerts/{id}"));
    assert_eq!(alert["alert"]["acknowledged"]["who"], "ann", "{alert}");
    let saved = |serving: &Serving| {
        let told = serving.json("/api/v1/alerts");
        let rows = told["rows"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["packets"] == true)
    };
    assert_eq!(saved(&serving), None, "nobody said where they are");
    serving.end();
    let serving = Serving::start(at, &[&["--history", "h.db"], &saving[..]].concat());
    let id = saved(&serving).unwrap()["id"].as_str().unwrap().to_owned();
    let packets = TcpStream::connect(&serving.address).and_then(|mut stream| {
        let (path, host) = (format!("/api/v1/alerts/{id}/packets"), &serving.address);
        write!(stream, "HEAD {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    assert!(packets.unwrap().starts_with("HTTP/1.1 200"), "{id}");
    serving.end();
}

#[test]
fn without_a_history_it_is_said_where_things_are_kept_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    scan(folder.path());
    let mut serving = Serving::start(folder.path(), &["scan.pcap"]);
    serving.until("the page stays until Ctrl-C");
    let said = serving.end();
    let kept = said.split("what is shown is kept in ").nth(1).unwrap().split(' ').next().unwrap();
    assert!(kept.contains("netsift-") && !Path::new(kept).exists(), "{said}");
}

#[test]
fn elsewhere_than_on_loopback_a_token_is_needed_and_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    scan(folder.path());
    let arguments = ["scan.pcap", "--history", "h.db", "--listen", "0.0.0.0:0"];
    let mut serving = Serving::start(folder.path(), &arguments);
    let token = serving.until("its token").rsplit(' ').next().unwrap().to_owned();
    serving.until("without TLS");
    serving.until("the page stays until Ctrl-C");
    assert_eq!(serving.ask("/api/v1/alerts", "").0, 401);
    assert_eq!(serving.ask("/api/v1/alerts", "Authorization: Bearer guessed\r\n").0, 401);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(serving.ask("/api/v1/alerts", &bearer).0, 200);
    assert_eq!(serving.ask("/api/v1/session", "").0, 200);
    let said = serving.end();
    assert!(said.contains("page: refused 127.0.0.1"), "{said}");
    for file in fs::read_dir(folder.path()).unwrap().flatten() {
        let bytes = fs::read(file.path()).unwrap();
        let is_there = bytes.windows(token.len()).any(|part| part == token.as_bytes());
        assert!(!is_there, "{:?} has the token", file.path());
    }
    let mut again = Serving::start(folder.path(), &arguments);
    again.until("the page stays until Ctrl-C");
    assert_eq!(again.ask("/api/v1/alerts", &bearer).0, 200);
    assert!(!again.end().contains("its token"));
}

#[test]
fn whoever_is_here_logs_in_where_others_are_expected_or_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    scan(folder.path());
    for (arguments, status) in [
        (&["scan.pcap", "--login"][..], 401),
        (&["--login=yes", "scan.pcap"], 401),
        (&["scan.pcap", "--host", "sift.example"], 401),
        (&["scan.pcap", "--host", "sift.example", "--login=no"], 200),
        (&["scan.pcap"], 200),
    ] {
        let serving = Serving::start(folder.path(), arguments);
        assert_eq!(serving.ask("/api/v1/alerts", "").0, status, "{arguments:?}");
        assert_eq!(serving.ask("/api/v1/alerts", "Via: 1.1 sift\r\n").0, 401, "{arguments:?}");
        serving.end();
    }
}

#[test]
fn a_user_logs_in_with_the_password_that_was_hashed_here() {
    let folder = tempfile::tempdir().unwrap();
    let hash = crate::run_with_input(&["serve", "--hash-password"], b"correct horse\n").fine();
    fs::write(folder.path().join("users"), format!("# of the team\nann:operator:{hash}")).unwrap();
    scan(folder.path());
    let arguments = ["scan.pcap", "--listen", "0.0.0.0:0", "--user-file", "users"];
    let serving = Serving::start(folder.path(), &arguments);
    assert!(!serving.said.contains("its token"), "{}", serving.said);
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    let body = r#"{"user":"ann","password":"correct horse"}"#;
    write!(
        stream,
        "POST /api/v1/session HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        serving.address,
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("HttpOnly"), "{answer}");
    serving.end();
}

#[test]
fn made_traffic_shows_models_and_alerts() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["--demo"]);
    assert_eq!(serving.json("/api/v1/session")["mode"], "demo");
    let knowledge = serving.json("/api/v1/knowledge");
    let models = knowledge["models"].as_array().unwrap();
    assert_eq!(models.len(), 2, "{knowledge}");
    assert!(models.iter().all(|model| !model["metrics"].as_array().unwrap().is_empty()));
    assert!(
        models[1]["threshold"].as_f64().is_some_and(|it| it > 0.5),
        "{}",
        models[1]["threshold"]
    );
    for _ in 0..600 {
        if !serving.json("/api/v1/alerts")["rows"].as_array().unwrap().is_empty() {
            serving.end();
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("no alert within a minute: {}", serving.said);
}

#[test]
fn what_cannot_be_served_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    scan(at);
    fs::write(at.join("bad.toml"), "[history]\npath = 'h.db'\n[dashboard]\nhosts = ['a b']\n")
        .unwrap();
    fs::write(at.join("slip.toml"), "[dashboard]\nlisten_on = 1\n").unwrap();
    fs::write(at.join("users"), "ann:root:x\n").unwrap();
    fs::write(at.join("other.db"), "no history, but long enough to look like one").unwrap();
    for (arguments, code, part) in [
        (&["serve"][..], 2, "nothing to serve"),
        (&["serve", "--history", "none.db"], 1, "there is no such history"),
        (&["serve", "--history", "other.db"], 1, "is no history of netsift"),
        (&["serve", "--demo", "scan.pcap"], 2, "--demo"),
        (&["serve", "scan.pcap", "--certificate", "a.pem"], 2, "--key"),
        (&["serve", "scan.pcap", "--listen", "nowhere"], 2, "--listen"),
        (&["serve", "scan.pcap", "--login=perhaps"], 2, "--login"),
        (&["serve", "scan.pcap", "--user-file", "users"], 2, "line 1 is no user"),
        (&["serve", "scan.pcap", "--host", "a b"], 1, "dashboard.hosts"),
        (&["serve", "scan.pcap", "--config", "bad.toml"], 1, "names of hosts"),
        (&["config", "check", "bad.toml"], 2, "line 4: dashboard.hosts"),
        (&["config", "check", "slip.toml"], 2, "did you mean \"listen\"?"),
        (&["serve", "--hash-password"], 2, "from 8 to 256 bytes"),
    ] {
        let mut command = program();
        let told = command.args(arguments).current_dir(at).stdin(Stdio::null()).output().unwrap();
        let told = Run::of(&told);
        assert!(
            told.code == code && told.errors.contains(part),
            "{arguments:?}: {}: {}",
            told.code,
            told.errors
        );
    }
}
