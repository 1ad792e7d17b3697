//! `netsift detect --config`, and what makes, checks and tries a configuration.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::thread::JoinHandle;

use serde_json::Value;

use crate::captures::{ethernet, pcap};
use crate::{Run, program, run};

/// A scan among usual traffic.
fn scan(folder: &Path) {
    let path = folder.join("scan.pcap").to_str().unwrap().to_owned();
    run(&["synth", "-o", &path, "--mix", "web=6,syn-scan=1", "--seed", "7", "--packets", "20000"]);
}

/// The program, started in a folder.
fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = program();
    let command = command.args(arguments).current_dir(folder).stdin(Stdio::null());
    Run::of(&command.output().unwrap())
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_configuration_to_begin_with_tells_keeps_and_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    scan(at);
    assert_eq!(run_in(at, &["config", "init", "n.toml"]).code, 0);
    assert_eq!(run_in(at, &["config", "init", "n.toml"]).code, 1, "it is not written over");
    assert_eq!(run_in(at, &["config", "check", "n.toml"]).fine(), "n.toml: sound\n");
    assert!(!at.join("alerts.jsonl").exists(), "a check writes nothing");
    let told = run_in(at, &["detect", "--config", "n.toml", "scan.pcap"]);
    assert_eq!(told.code, 0, "{}", told.errors);
    assert!(told.out.contains("-scan"), "{}", told.out);
    let alerts = lines(&at.join("alerts.jsonl"));
    assert!(alerts.iter().any(|alert| alert["what"].as_str().unwrap().ends_with("-scan")));
    let row = |name: &str| told.errors.lines().find(|line| line.trim_start().starts_with(name));
    let delivered = row("file").unwrap().split_whitespace().nth(1).unwrap();
    assert_eq!(delivered.replace(',', "").parse::<usize>().unwrap(), alerts.len());
    let kept = run_in(at, &["history", "netsift-history.db", "alerts", "--json"]).fine();
    let ids = |all: Vec<Value>| -> std::collections::BTreeSet<String> {
        all.iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect()
    };
    let kept: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(ids(kept), ids(alerts));
}

#[test]
fn what_a_configuration_cannot_say_is_told_with_what_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (text, part) in [
        ("[sink.a]\n", "did you mean \"sinks\"?"),
        ("[source]\nbackend = 'pcap'\ninterface = 'lo'\n", "source.backend: "),
        ("[source]\nfilter = 'tcp por 80'\n", "source.filter: "),
        ("[source]\nsnap_len = 0\ninterface = 'lo'\n", "source.snap_len: from 1 to 1048576 bytes"),
        ("[source]\nbuffer = 513\ninterface = 'lo'\n", "source.buffer: from 1 to 512 MiB"),
        ("[sinks.a.webhook]\nurl = 'http://example.org/'\n", "sinks.a: webhook.url"),
        ("[sinks.a.mail]\nhost = 'a'\nfrom = 'a@b'\nto = ['c@d']\npassword = 'x'\n", "env"),
        ("[source]\ninterface = 'lo'\nuser = 'a'\nkeep_privileges = true\n", "are to be kept"),
        ("not toml", "line 1"),
    ] {
        fs::write(at.join("bad.toml"), text).unwrap();
        let captures = if text.contains("interface") { None } else { Some("nothing.pcap") };
        let words = ["detect", "--config", "bad.toml"].into_iter().chain(captures);
        let told = run_in(at, &words.collect::<Vec<_>>());
        assert_ne!(told.code, 0, "{text}");
        assert!(told.errors.contains(part), "{text}: {}", told.errors);
    }
    fs::write(at.join("big.toml"), vec![b'#'; 2 << 20]).unwrap();
    assert!(run_in(at, &["config", "check", "big.toml"]).errors.contains("at most 1048576 bytes"));
    assert_eq!(run_in(at, &["config", "check", "none.toml"]).code, 1);
}

/// All that is said, tables included, in either form; a list has what would move a terminal, or end a line.
#[test]
fn the_log_is_events_if_that_is_wanted_and_lines_if_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    scan(at);
    fs::write(at.join("list.txt"), "192.0.2.1\nno \u{1b}[31m\u{202e}address\n").unwrap();
    let told = |form: &str| {
        let config = format!(
            "[log]\nform = '{form}'\n[knowledge]\nlists = [{{ path = 'list.txt' }}]\n\
             [sinks.hook.webhook]\nurl = 'http://127.0.0.1:9/'\n\
             http = {{ allow_plain = true, allow_private = true }}\n[queues]\npatience = 0.5\n"
        );
        fs::write(at.join("n.toml"), config).unwrap();
        let told = run_in(at, &["detect", "--config", "n.toml", "scan.pcap"]);
        assert_eq!(told.code, 0, "{}", told.errors);
        assert!(!told.errors.contains('\u{1b}') && !told.errors.contains('\u{202e}'));
        told.errors
    };
    let events = told("json");
    let events: Vec<Value> =
        events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |part: &str| {
        let mut events = events.iter();
        let found = events.find(|event| event["said"].as_str().unwrap().contains(part));
        found.unwrap_or_else(|| panic!("{part}: {events:?}"))
    };
    assert_eq!(said("list.txt: ")["level"], "INFO");
    assert_eq!(said("sink hook: ")["level"], "WARN");
    assert!(said("sink hook: ")["sink"] == "hook" && said("sink hook: ")["error"].is_string());
    let all = said("In all");
    assert!(all["timestamp"].as_str().unwrap().starts_with("20"), "{all}");
    assert!(all["packets"] == 20_000 && all["flows"].as_u64().unwrap() > 100, "{all}");
    let sink = said("Sink");
    assert!(sink["sink"] == "hook" && sink["delivered"] == 0 && sink["waiting"].is_u64(), "{sink}");
    assert!(said("Worst hosts")["score"].is_number() && sink["last_error"].is_string());
    let lines = told("text");
    assert!(lines.lines().any(|line| line.starts_with("netsift: ") && line.contains("list.txt: ")));
    assert!(lines.lines().any(|line| line.starts_with("netsift: sink hook: ")));
}

#[test]
fn a_check_tells_all_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("list.txt"), "192.0.2.1\n").unwrap();
    fs::write(at.join("policy.toml"), "[levels]\nhi = 3\n").unwrap();
    let config = "[source]\ncaptures = ['no-*.pcap']\nfilter = 'tcp por 80'\n[knowledge]\nmodel = 'none.nsm'\n\
                  policy = 'policy.toml'\nlists = [{ path = 'list.txt' }, { path = 'lost.txt' }]\n\
                  [grouping]\nwindow = 0.0\n";
    fs::write(at.join("n.toml"), config).unwrap();
    let told = run_in(at, &["config", "check", "n.toml"]);
    assert_eq!(told.code, 2);
    let parts = [
        "n.toml: line 2: no file matches \"no-*.pcap\"",
        "n.toml: line 3: source.filter: ",
        "n.toml: line 5: cannot read none.nsm",
        "n.toml: line 6: policy.toml: ",
        "n.toml: line 7: cannot read lost.txt",
        "n.toml: line 9: grouping.window",
        "n.toml: 6 faults",
    ];
    // What is read of a sound list is no fault.
    let said = told.errors.lines().filter(|line| !line.contains("entries"));
    let said: Vec<&str> = said.filter_map(|line| line.strip_prefix("netsift: ")).collect();
    assert_eq!(said.len(), parts.len(), "{}", told.errors);
    for (said, part) in said.iter().zip(parts) {
        assert!(said.starts_with(part), "{part}: {}", told.errors);
    }
    let sound = "[source]\nfilter = 'tcp port 80'\n[knowledge]\nlists = [{ path = 'list.txt' }]\n";
    fs::write(at.join("n.toml"), sound).unwrap();
    let told = run_in(at, &["config", "check", "n.toml"]);
    assert_eq!((told.code, told.out.as_str()), (0, "n.toml: sound\n"), "{}", told.errors);
}

/// Ten faults of other kinds: names, values, files, secrets, routes.
#[test]
fn ten_faults_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("file"), "").unwrap();
    let config = "\
[source]
buffer = 5000
[sinks.a.json_lines]
path = 'no/alerts.jsonl'
rotation = { keep = 2000 }
[sinks.b.csv]
path = 'alerts.csv'
[sinks.c.csv]
path = './alerts.csv'
[sinks.d.webhook]
url = { env = 'NETSIFT_NOBODY_SETS_THIS' }
[sinks.e.webhook]
url = 'https://example.org/'
[[routes]]
to = ['a', 'bb', 'x']
[queues]
folder = 'file/queues'
patiance = 3
[history]
path = 'no/history.db'
[packets]
folder = 'file'
ring_mib = 0
";
    fs::write(at.join("n.toml"), config).unwrap();
    let told = run_in(at, &["config", "check", "n.toml"]);
    assert_eq!((told.code, told.out.as_str()), (2, ""));
    let parts = [
        "line 2: source.buffer: from 1 to 512 MiB",
        "line 5: sinks.a: rotation.keep is \"2000\", and must be at most 1000",
        "line 9: sinks.c: writes \"./alerts.csv\", as sinks.b does",
        "line 11: sinks.d: webhook.url is \"{ env = ",
        "line 15: routes.0.to: there is no sink \"bb\"",
        "line 17: queues.folder: file/queues cannot be written by this user: ",
        "line 18: queues.patiance: unknown field `patiance`",
        "line 20: history.path: no/history.db cannot be written by this user: ",
        "line 22: packets.folder: file cannot be written by this user: ",
        "line 23: packets.ring_mib: from 1 to 65536 MiB",
    ];
    for part in parts {
        assert!(
            told.errors.contains(&format!("netsift: n.toml: {part}")),
            "{part}: {}",
            told.errors
        );
    }
    assert!(told.errors.contains("line 4: sinks.a.path: no/alerts.jsonl"), "{}", told.errors);
    assert!(told.errors.contains("n.toml: 11 faults"), "{}", told.errors);
    let names = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.count(), 2, "nothing is written");
}

#[test]
fn who_is_named_from_the_beginning_is_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let init = |more: &[&str]| run_in(at, &[&["config", "init", "n.toml"], more].concat());
    for (more, part) in [
        (&["--mail", "ann@example.org"][..], "--mail-server"),
        (&["--mail", "no address", "--mail-server", "mail.example.org"], "mail.from"),
        (&["--mail", "a@b", "--mail-server", "mail.example.org:smtp"], "no port"),
        (&["--webhook", "https://hooks.example/secret"], "--webhook"),
    ] {
        let told = init(more);
        assert_ne!(told.code, 0, "{more:?}");
        assert!(told.errors.contains(part), "{part}: {}", told.errors);
        assert!(!at.join("n.toml").exists());
    }
    let server = "ann@mail.example.org:465";
    let more = ["--mail", "ann@example.org", "--mail-server", server, "--secrets", "s"];
    let told = init(&more);
    assert_eq!(told.code, 0, "{}", told.errors);
    assert!(told.errors.contains("s/mail.password is to be written"), "{}", told.errors);
    let check = run_in(at, &["config", "check", "n.toml"]);
    assert!(check.code == 2 && check.errors.contains("s/mail.password"), "{}", check.errors);
    fs::create_dir(at.join("s")).unwrap();
    fs::write(at.join("s/mail.password"), "hunter2\n").unwrap();
    assert_eq!(run_in(at, &["config", "check", "n.toml"]).out, "n.toml: sound\n");
    let text = fs::read_to_string(at.join("n.toml")).unwrap();
    assert!(text.contains("security = \"tls\"") && text.contains("user = \"ann\""), "{text}");
}

/// Without a configuration, too, people read few lines of many alerts; programs get each.
#[test]
fn people_are_told_few_of_many_and_programs_all() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    scan(at);
    fs::write(at.join("all.txt"), "198.18.0.0/15\n2001:db8::/32\n").unwrap();
    let told = |more: &[&str]| {
        let told =
            run_in(at, &[&["detect", "-q", "scan.pcap", "--lists", "all.txt=high"], more].concat());
        assert_eq!(told.code, 0, "{}", told.errors);
        told.out
    };
    let (people, programs) = (told(&[]), told(&["--json"]));
    let heads = people.lines().filter(|line| line.starts_with("20")).count();
    assert!(heads * 4 < programs.lines().count() * 3, "{heads}: {people}");
    // Whatever is left at the end is printed with its count.
    let last = people.lines().filter_map(|line| line.trim().split_once(" times since "));
    let most = last.filter_map(|(count, _)| count.parse::<usize>().ok()).max();
    assert!(most > Some(10), "{people}");
}

/// One SYN to each host of 10.0.0.0/8 from the first on, so many a second.
fn sweep(targets: u32, a_second: u64) -> Vec<u8> {
    let frame = |target: u32| {
        let [_, b, c, d] = target.to_be_bytes();
        let ip = [0x45, 0, 0, 40, 0, 1, 0, 0, 60, 6, 0, 0, 203, 0, 113, 9, 10, b, c, d];
        let tcp = [0x9c, 0x40, 0, 22, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0];
        let micros = 1_790_000_000_000_000 + u64::from(target) * 1_000_000 / a_second;
        (micros, ethernet(0x0800, &[ip, tcp].concat()))
    };
    pcap(&(0..targets).map(frame).collect::<Vec<_>>())
}

/// Whether it takes a minute or more than an hour.
#[test]
fn a_scan_of_100_000_targets_is_one_alert_with_how_many() {
    const TARGETS: u32 = 100_000;
    for a_second in [2_000, 25] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("sweep.pcap"), sweep(TARGETS, a_second)).unwrap();
        fs::write(at.join("n.toml"), "[sinks.log.json_lines]\npath = 'alerts.jsonl'\n").unwrap();
        let told = run_in(at, &["detect", "-q", "--config", "n.toml", "sweep.pcap"]);
        assert_eq!(told.code, 0, "{}", told.errors);
        let told = lines(&at.join("alerts.jsonl"));
        let ids: BTreeSet<&str> = told.iter().map(|alert| alert["id"].as_str().unwrap()).collect();
        assert_eq!((ids.len(), told[0]["what"].as_str()), (1, Some("horizontal-scan")), "{told:?}");
        assert!(told.len() <= 12, "told {} times", told.len());
        let evidence = told.last().unwrap()["evidence"][0].as_str().unwrap();
        assert!(evidence.contains(" hosts") && evidence.contains("203.0.113.9"), "{evidence}");
        println!("{a_second} a second: told {} times, at last {evidence}", told.len());
    }
}

#[test]
fn what_cannot_be_is_said_once_and_with_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("empty.toml"), "").unwrap();
    fs::write(at.join("local.toml"), "[sinks.a.csv]\npath = 'a.csv'\n").unwrap();
    for (words, code, said) in [
        ("config check none.toml", 1, "cannot read none.toml: "),
        ("config init no/n.toml", 1, "make its folder first"),
        ("config init empty.toml", 1, "it is not written over"),
        ("alerts test --config empty.toml", 2, "see what `netsift config init` writes"),
        ("alerts resend --config local.toml", 0, "is told on this machine, and has no queue"),
    ] {
        let told = run_in(at, &words.split(' ').collect::<Vec<_>>());
        assert_eq!(told.code, code, "{words}: {}", told.errors);
        assert!(told.errors.contains(said), "{words}: {}", told.errors);
        assert!(told.errors.matches("none.toml").count() <= 1, "{}", told.errors);
    }
}

/// A file can wait: where there is room for one at a time, all of it arrives.
#[test]
fn nothing_of_a_capture_is_lost_to_what_is_slow() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    scan(at);
    let config = "[sinks.log.json_lines]\npath = 'alerts.jsonl'\n[sinks.log.delivery]\nwaiting = 1\n\
                  [history]\npath = 'h.db'\ncommit_seconds = 60.0\nkeep = { flows = true }\n\
                  room = { alerts = 1, verdicts = 1, flows = 1 }\n[log]\nform = 'json'\n";
    fs::write(at.join("n.toml"), config).unwrap();
    let told = run_in(at, &["detect", "--config", "n.toml", "scan.pcap"]);
    assert_eq!(told.code, 0, "{}", told.errors);
    let events: Vec<Value> =
        told.errors.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().all(|event| event["level"] == "INFO"), "{}", told.errors);
    let flows = events.iter().find_map(|event| event["flows"].as_u64()).unwrap();
    let kept = |what| run_in(at, &["history", "h.db", what, "--json"]).fine().lines().count();
    assert_eq!((kept("verdicts") + kept("flows")) as u64, flows, "{}", told.errors);
    let sink = events.iter().find(|event| event["sink"] == "log").unwrap();
    assert_eq!(sink["delivered"], lines(&at.join("alerts.jsonl")).len());
    assert!(sink["lost"] == 0 && sink["delivered"].as_u64() > Some(0), "{sink}");
}

/// A web server that takes so many messages, and answers what they said.
fn receiver(messages: usize) -> (u16, JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let take = move |_| message(&listener.accept().unwrap().0);
    (port, std::thread::spawn(move || (0..messages).map(take).collect()))
}

fn message(stream: &TcpStream) -> Value {
    let answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    serde_json::from_str(&posted(stream, answer)).unwrap()
}

/// What is posted to a web server that answers so.
pub(crate) fn posted(mut stream: &TcpStream, answer: &str) -> String {
    let (mut reader, mut length) = (BufReader::new(stream), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(answer.as_bytes()).unwrap();
    String::from_utf8(body).unwrap()
}

fn hook(port: u16) -> String {
    format!(
        "[sinks.hook.webhook]\nurl = 'http://127.0.0.1:{port}/'\n\
         http = {{ allow_plain = true, allow_private = true }}\n\
         [sinks.file.json_lines]\npath = 'alerts.jsonl'\n"
    )
}

#[test]
fn sinks_are_tried_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (port, taken) = receiver(1);
    fs::write(at.join("n.toml"), hook(port)).unwrap();
    let told = run_in(at, &["alerts", "test", "--config", "n.toml"]);
    assert_eq!(told.code, 0, "{}", told.errors);
    assert_eq!(taken.join().unwrap()[0]["alerts"][0]["what"], "test");
    assert_eq!(lines(&at.join("alerts.jsonl"))[0]["what"], "test");
    // Nobody is there any more.
    let told = run_in(at, &["alerts", "test", "--config", "n.toml", "hook"]);
    assert_eq!(told.code, 1);
    assert!(told.errors.contains("127.0.0.1") && told.errors.contains("1 of 1 sinks failed"));
    let told = run_in(at, &["alerts", "test", "--config", "n.toml", "hok"]);
    assert!(told.errors.contains("did you mean \"hook\"?"), "{}", told.errors);
}

#[test]
fn a_test_leaves_counts_to_whoever_counts() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("n.toml"), "[sinks.counts.prometheus]\npath = 'n.prom'\n").unwrap();
    let counts = "netsift_alerts_total{level=\"high\",what=\"scan\"} 5\n";
    fs::write(at.join("n.prom"), counts).unwrap();
    let told = run_in(at, &["alerts", "test", "--config", "n.toml"]);
    assert_eq!(told.code, 0, "{}", told.errors);
    assert!((told.out + &told.errors).contains("can be written; tests are not counted"));
    assert_eq!(fs::read_to_string(at.join("n.prom")).unwrap(), counts);
    fs::write(at.join("n.toml"), "[sinks.counts.prometheus]\npath = 'none/n.prom'\n").unwrap();
    let told = run_in(at, &["alerts", "test", "--config", "n.toml"]);
    assert_eq!(told.code, 1, "{}", told.errors);
}

#[test]
fn what_a_receiver_missed_arrives_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    scan(at);
    // A port that was somebody's a moment ago, and is nobody's now.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    fs::write(at.join("n.toml"), hook(port) + "[queues]\npatience = 0.2\n").unwrap();
    let told = run_in(at, &["detect", "--config", "n.toml", "scan.pcap"]);
    assert_eq!(told.code, 0, "{}", told.errors);
    assert!(told.errors.contains("sink hook: "), "{}", told.errors);
    let missed = lines(&at.join("alerts.jsonl"));
    assert!(!missed.is_empty());
    let (port, taken) = receiver(missed.len());
    let back = hook(port) + "[queues]\npatience = 20.0\n";
    fs::write(at.join("n.toml"), back).unwrap();
    fs::write(at.join("none.pcap"), &fs::read(at.join("scan.pcap")).unwrap()[..24]).unwrap();
    let told = run_in(at, &["detect", "--config", "n.toml", "none.pcap"]);
    assert_eq!(told.code, 0, "{}", told.errors);
    let arrived: Vec<Value> =
        taken.join().unwrap().into_iter().map(|it| it["alerts"][0].clone()).collect();
    let id = |alert: &Value| (alert["id"].to_string(), alert["count"].to_string());
    assert!(missed.iter().map(id).eq(arrived.iter().map(id)));
}
