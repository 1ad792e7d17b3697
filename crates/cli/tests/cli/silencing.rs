//! What changes while `netsift detect --config` runs: silences by command, and what its configuration says on SIGHUP.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::{Run, SCAN, made, program};

/// For what the program says: more than it ever needs, on a busy machine too.
const LONGEST: Duration = Duration::from_secs(60);
/// So many bytes of a capture are a few packets, of which nothing is told.
const BEGINNING: usize = 4_096;
const SINK: &str = "[sinks.log.json_lines]\npath = 'alerts.jsonl'\n[history]\npath = 'h.db'\n";

/// The program on a pipe, with the first packets.
struct Running {
    folder: tempfile::TempDir,
    child: Child,
    stdin: ChildStdin,
    errors: Receiver<String>,
}

impl Running {
    fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("n.toml"), config).unwrap();
        let mut command = program();
        command.args(["detect", "-", "--config", "n.toml", "--status", "200ms"]);
        command.current_dir(folder.path()).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, errors) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        stdin.write_all(&scan(folder.path())[..BEGINNING]).unwrap();
        let running = Self { folder, child, stdin, errors };
        // It hears signals by then.
        running.until("packets/s");
        running
    }

    fn until(&self, text: &str) {
        let mut said = String::new();
        while !said.contains(text) {
            let line = self.errors.recv_timeout(LONGEST);
            said += &line.unwrap_or_else(|error| panic!("{text}: {error}: {said}"));
        }
    }

    fn history(&self, arguments: &[&str]) -> Run {
        let mut command = program();
        command.args(["history", "h.db"]).args(arguments).current_dir(self.folder.path());
        Run::of(&command.output().unwrap())
    }

    #[cfg(unix)]
    fn configure(&self, config: &str) {
        fs::write(self.folder.path().join("n.toml"), config).unwrap();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    }

    /// Feeds it a scan to the end; what the file was told, and what the history has.
    fn told(mut self) -> [Vec<String>; 2] {
        let at = self.folder.path();
        self.stdin.write_all(&scan(at)[BEGINNING..]).unwrap();
        drop(self.stdin);
        assert!(self.child.wait().unwrap().success());
        let kept = program().args(["history", "h.db", "alerts", "--json"]).current_dir(at).output();
        let file = fs::read_to_string(at.join("alerts.jsonl")).unwrap();
        [file, Run::of(&kept.unwrap()).fine()].map(|lines| {
            let what = |line: &str| {
                serde_json::from_str::<Value>(line).unwrap()["what"].as_str().unwrap().to_owned()
            };
            lines.lines().map(what).collect()
        })
    }
}

fn scan(folder: &Path) -> Vec<u8> {
    let path = folder.join("scan.pcap");
    if !path.exists() {
        made(&path, SCAN, "20000");
    }
    fs::read(path).unwrap()
}

fn is_scan(what: &&String) -> bool {
    what.ends_with("-scan")
}

#[test]
fn what_is_silenced_by_command_is_kept_and_not_told() {
    let running = Running::start(SINK);
    let silence =
        ["silence", "--what", "*scan*", "--for", "4h", "--comment", "ours", "--by", "ann"];
    let told = running.history(&silence);
    assert_eq!((told.code, told.out.as_str()), (0, ""), "{}", told.errors);
    assert!(told.errors.contains("silence 1, until 20"), "{}", told.errors);
    running.until("silences: one of the history holds");
    let listed = running.history(&["silences"]).fine();
    assert!(listed.contains("what *scan*") && listed.contains("ann  ours"), "{listed}");
    let [file, history] = running.told();
    assert_eq!(file.iter().find(is_scan), None);
    assert!(history.iter().any(|what| is_scan(&what)), "{history:?}");
}

#[test]
fn what_is_allowed_by_command_is_no_alert() {
    let running = Running::start(SINK);
    let mut number = 0;
    for class in ["vertical-scan", "horizontal-scan"] {
        number += 1;
        let allow = ["allow", "--class", class, "--comment", "ours", "--by", "ann"];
        let told = running.history(&allow);
        assert_eq!((told.code, told.out.as_str()), (0, ""), "{}", told.errors);
        let said = format!("allowance {number}: class {class}");
        assert!(told.errors.contains(&said), "{}", told.errors);
    }
    running.until("allowances: 2 of the history hold");
    let listed = running.history(&["allowances", "--json"]).fine();
    let first: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!((&first["who"], &first["entry"]["class"]), (&"ann".into(), &"vertical-scan".into()));
    let [file, history] = running.told();
    assert_eq!(file.iter().chain(&history).find(is_scan), None, "what is allowed is no alert");
}

#[test]
fn what_is_disallowed_is_told_again() {
    let running = Running::start(SINK);
    assert_eq!(running.history(&["allow", "--network", "10.0.0.0/8"]).code, 0);
    running.until("allowances: one of the history holds");
    assert!(running.history(&["allowances"]).fine().contains("network 10.0.0.0/8"));
    assert_eq!(running.history(&["disallow", "1"]).code, 0);
    running.until("allowances: none of the history holds any more");
    for (words, code, part) in [
        (&["disallow", "1"][..], 1, "there is no allowance 1"),
        (&["allow"], 2, "--network"),
        (&["allow", "--network", "10.0.0.1/8"], 2, "an address, a/n or a-b"),
        (&["allow", "--source", "0.0.0.0/0"], 2, "not all there are"),
    ] {
        let told = running.history(words);
        assert!(told.code == code && told.errors.contains(part), "{words:?}: {}", told.errors);
    }
    let [file, _] = running.told();
    assert!(file.iter().any(|what| is_scan(&what)), "{file:?}");
}

#[test]
fn what_is_lifted_is_told_again() {
    let running = Running::start(SINK);
    assert_eq!(running.history(&["silence", "--what", "*scan*", "--for", "1d"]).code, 0);
    running.until("silences: one of the history holds");
    assert_eq!(running.history(&["lift", "1"]).code, 0);
    running.until("silences: none of the history holds any more");
    let again = running.history(&["lift", "1"]);
    assert!(again.code == 1 && again.errors.contains("there is no silence 1"), "{}", again.errors);
    let [file, _] = running.told();
    assert!(file.iter().any(|what| is_scan(&what)), "{file:?}");
}

/// One that was asked for before the start holds from the first alert on, also of captures in files.
#[test]
fn a_silence_outlives_the_program_and_an_alert_that_is_seen_can_be_silent() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    scan(at);
    fs::write(at.join("n.toml"), SINK).unwrap();
    let run_in = |arguments: &[&str]| {
        Run::of(&program().args(arguments).current_dir(at).stdin(Stdio::null()).output().unwrap())
    };
    let detect = || {
        let told = run_in(&["detect", "--config", "n.toml", "scan.pcap", "-q"]);
        assert_eq!(told.code, 0, "{}", told.errors);
        let text = fs::read_to_string(at.join("alerts.jsonl")).unwrap();
        fs::remove_file(at.join("alerts.jsonl")).unwrap();
        let of = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let all: Vec<Value> = text.lines().map(of).collect();
        let mut ids: Vec<_> = all.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let before = detect();
    let seen = run_in(&["history", "h.db", "ack", &before[0], "--for", "8h"]);
    assert!(
        seen.code == 0 && seen.errors.contains(&format!("alert {}", before[0])),
        "{}",
        seen.errors
    );
    assert_eq!(detect(), before[1..]);
    for (words, part) in [
        (&["silence", "--for", "4h"][..], "--what"),
        (&["silence", "--what", "scan"], "--for"),
        (&["silence", "--what", "scan", "--for", "0s"], "like 30m"),
        (&["silence", "--what", "scan", "--for", "4"], "like 30m"),
        (&["silence", "--source", "192.0.2.1/24", "--for", "1h"], "--source"),
    ] {
        let told = run_in(&[&["history", "h.db"], words].concat());
        assert!(told.code == 2 && told.errors.contains(part), "{words:?}: {}", told.errors);
    }
}

#[cfg(unix)]
#[test]
fn a_hangup_has_silences_routes_and_limits_read_again() {
    let running = Running::start(SINK);
    let silence = "[[silences]]\nwhich = { what = ['*scan*'] }\nuntil = '2100-01-01T00:00:00Z'\n";
    running.configure(&format!("{SINK}{silence}"));
    running.until("silences, routes and limits: read again");
    let [file, history] = running.told();
    assert_eq!(file.iter().find(is_scan), None);
    assert!(history.iter().any(|what| is_scan(&what)), "{history:?}");
}

#[cfg(unix)]
#[test]
fn a_bad_configuration_leaves_the_old_and_another_sink_waits_for_the_next_start() {
    let running = Running::start(SINK);
    for (bad, part) in [
        ("[[routes]]\nto = ['fax']\n", "there is no sink \"fax\""),
        ("[sinks.log.delivery]\ndigest = 5.0\n", "log.digest"),
        ("not toml", "line 5"),
    ] {
        running.configure(&format!("{SINK}{bad}"));
        running.until(part);
        running.until("silences, routes and limits: kept as before");
    }
    let more = "[sinks.table.csv]\npath = 'alerts.csv'\n[source]\nfilter = 'tcp'\n";
    running.configure(&format!("{SINK}{more}"));
    running.until("silences, routes and limits: read again");
    running.until("taken up by the next one: source, sinks.table");
    let [file, _] = running.told();
    assert!(file.iter().any(|what| is_scan(&what)), "{file:?}");
}

/// Who has no sinks reads them here, and is spared the same.
#[test]
fn what_is_silenced_is_not_printed_either() {
    let folder = tempfile::tempdir().unwrap();
    scan(folder.path());
    let silence = "[[silences]]\nuntil = '2099-01-01T00:00:00Z'\nwhich = { what = ['*scan*'] }\n";
    let printed = |config: &str| {
        fs::write(folder.path().join("n.toml"), config).unwrap();
        let detect = ["detect", "--config", "n.toml", "scan.pcap", "-q"];
        let output = program().args(detect).current_dir(folder.path()).output().unwrap();
        let told = Run::of(&output).fine();
        told.lines().filter(|line| line.contains("-scan  ")).count()
    };
    assert_eq!((printed("").min(1), printed(silence)), (1, 0));
}
