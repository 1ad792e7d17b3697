//! `netsift detect` on an interface: in a network namespace of its own, joined to another from which a capture is played.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::{interrupt, run};

/// The program on one end of a wire. Both ends vanish with the processes that hold their namespaces.
const BEGIN: &str = r#"
set -e
unshare -n sleep 90 & other=$!
trap 'kill $other $detect 2>/dev/null || true' EXIT
sleep 0.3
plug_in() {
    ip link add here type veth peer name there netns $other
    ip link set here addrgenmode none
    nsenter -t $other -n ip link set there addrgenmode none
    ip link set here up
    nsenter -t $other -n ip link set there up
}
play() {
    nsenter -t $other -n tcpreplay -q -i there "$@" >> sent.txt 2>&1
    sleep 1
}
# Waits until the program has said so, so many times.
said() {
    tries=0
    until [ "$(grep -c "$1" errors.txt)" -ge "$2" ]; do
        tries=$((tries + 1))
        [ $tries -lt 200 ]
        sleep 0.1
    done
}
plug_in
"$NETSIFT" detect --interface here --backend "$BACKEND" $KNOWN --json --predictions told.csv > alerts.jsonl 2> errors.txt &
detect=$!
sleep 1.5
"#;

const ONCE: &str = "play played.pcap";

/// As fast as they can be sent, and no time is left to read them.
const AT_ONCE: &str = "nsenter -t $other -n tcpreplay -q -t -i there played.pcap >> sent.txt 2>&1";

/// The interface goes down and comes up, and is taken away and made again, between one capture and the next.
const WITH_FLAPS: &str = r#"
play -x 4 1.pcap
ip link set here down
said "here is down; waiting" 1
ip link set here up
said "here is back after" 1
play -x 4 2.pcap
ip link delete here
said "here is gone; waiting" 1
plug_in
said "here is back after" 2
play -x 4 3.pcap
"#;

const END: &str = r#"
kill -INT $detect
wait $detect
"#;

/// A model and a list for the program.
const KNOWN: [&str; 4] = ["--model", "flows.nsm", "--lists", "bad.txt=high"];

/// Does this beside the program, which has these options too; nothing if this machine cannot, which is told.
fn played(folder: &Path, backend: &str, known: &[&str], script: &str) -> Option<Output> {
    let mut command = Command::new("unshare");
    let script = [BEGIN, script, END].join("\n");
    command.args(["-n", "sh", "-c", &script]).current_dir(folder);
    command.env("NETSIFT", env!("CARGO_BIN_EXE_netsift")).env("BACKEND", backend);
    command.env("KNOWN", known.join(" "));
    let output = command.output().unwrap();
    let can = |program: &str| {
        Command::new(program).arg("--version").output().is_ok_and(|it| it.status.success())
    };
    if can("tcpreplay") && may_make_namespaces() {
        return Some(output);
    }
    skip();
    None
}

pub(crate) fn may_make_namespaces() -> bool {
    Command::new("unshare").args(["-n", "true"]).status().is_ok_and(|it| it.success())
}

pub(crate) fn skip() {
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "no namespaces, or no tcpreplay");
    // Past the harness, which swallows what tests print.
    let skipped =
        b"skipped: live detection needs the right to make network namespaces, and tcpreplay\n";
    let _ = std::io::stderr().write_all(skipped);
}

/// What was told of whom, however often.
fn told(lines: &str) -> BTreeSet<String> {
    let fact = |line: &str| {
        let alert: Value = serde_json::from_str(line).unwrap();
        let address = |peer: &str| alert[peer]["address"].to_string();
        format!("{} {} {}", alert["what"], address("source"), address("target"))
    };
    lines.lines().map(fact).collect()
}

/// How many packets each two ends have sent each other.
fn packets(told: &Path) -> BTreeMap<String, u64> {
    let mut packets = BTreeMap::new();
    for line in fs::read_to_string(told).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let is_end = cells[8] != "early";
        let mut ends = [format!("{} {}", cells[1], cells[2]), format!("{} {}", cells[3], cells[4])];
        ends.sort();
        let count: u64 = cells[7].parse().unwrap();
        *packets.entry(format!("{ends:?} {}", cells[5])).or_default() += u64::from(is_end) * count;
    }
    packets
}

fn backends() -> &'static [&'static str] {
    if cfg!(feature = "live-pcap") { &["pnet", "libpcap"] } else { &["pnet"] }
}

/// How bad these terms make something, from 0 to 100. What its host did before depends on which flow ends first, and is left
/// out.
fn own_score<'t>(terms: impl Iterator<Item = (&'t str, f64)>) -> String {
    let own = terms.filter(|(of, _)| *of != "host");
    let safe: f64 = own.map(|(_, risk)| 1.0 - risk).product();
    format!("{:.0}", 100.0 * (1.0 - safe))
}

/// What is said of the flows between two ends: class, who speaks, and how bad that is.
fn said(told: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut said: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in fs::read_to_string(told).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let mut ends = [format!("{} {}", cells[1], cells[2]), format!("{} {}", cells[3], cells[4])];
        ends.sort();
        let (class, level, has_terms) = (cells[9], cells[15], !cells[19].is_empty());
        let terms = cells[19].split("; ").filter(|_| has_terms);
        let terms: Vec<_> = terms
            .map(|it| (it.split(' ').next().unwrap(), it.rsplit(' ').next().unwrap()))
            .map(|(of, risk)| (of, risk.parse().unwrap()))
            .collect();
        let speakers: Vec<_> = terms.iter().map(|it| it.0).filter(|of| *of != "host").collect();
        let is_told = !level.is_empty();
        let words = format!("{class} {speakers:?} {is_told} {}", own_score(terms.into_iter()));
        said.entry(format!("{ends:?} {}", cells[5])).or_default().insert(words);
    }
    said
}

/// How bad each thing is that was told, and to whom it was done.
fn levels(lines: &str) -> BTreeSet<String> {
    let fact = |line: &str| {
        let alert: Value = serde_json::from_str(line).unwrap();
        let address = |peer: &str| alert[peer]["address"].to_string();
        let (source, target) = (address("source"), address("target"));
        let terms = alert["terms"].as_array().unwrap().iter();
        let terms: Vec<_> =
            terms.map(|it| (it["of"].as_str().unwrap(), it["risk"].as_f64().unwrap())).collect();
        let is_alone = terms.iter().all(|(of, _)| *of != "host");
        let own = own_score(terms.into_iter());
        // Levels are those of the policy.
        let at_least = ["low", "medium", "high", "critical"]
            [(own.parse::<usize>().unwrap() / 20).clamp(1, 4) - 1];
        assert!(!is_alone || alert["level"] == at_least, "{alert}");
        format!("{} {source} {target} {own}", alert["what"])
    };
    lines.lines().map(fact).collect()
}

/// A model that asks nothing that depends on when packets come, and a list of where some hosts are.
fn learn(folder: &Path) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let [capture, labels, flows] = ["learned.pcap", "labels.csv", "flows.csv"].map(path);
    let mix = ["--mix", "web=6,syn-scan=2,ssh-brute-force=2", "--packets", "20000", "--seed", "9"];
    let words = ["synth", "-o", &capture, "--labels", &labels];
    assert_eq!(run(&[&words[..], &mix].concat()).code, 0);
    let words = ["extract", &capture, "--label-file", &labels, "-o", &flows, "-q"];
    assert_eq!(run(&words).code, 0);
    let columns = "Total Fwd Packet,Total Bwd packets,Total Length of Fwd Packet,SYN Flag Count";
    let words = ["train", &flows, "--label", "Label", "--model", "decision-tree", "-q"];
    let model = path("flows.nsm");
    let trained = run(&[&words[..], &["--keep", columns, "-o", &model]].concat());
    assert_eq!(trained.code, 0, "{}", trained.errors);
    fs::write(path("bad.txt"), "2001:db8:1::/48\n").unwrap();
}

/// In times that are those of the sending, and behind a queue, verdicts are those of the capture.
#[test]
fn verdicts_on_an_interface_are_those_of_the_capture() {
    for backend in backends() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let capture = path("played.pcap").to_str().unwrap().to_owned();
        let mix = "web=6,syn-scan=2,ssh-brute-force=2";
        let made = ["synth", "-o", &capture, "--mix", mix, "--seed", "3", "--duration", "6"];
        assert_eq!(run(&made).code, 0);
        learn(folder.path());
        let mut command = crate::program();
        command.args(["detect", "played.pcap", "--json", "--predictions", "file.csv"]);
        let file = command.args(KNOWN).current_dir(&folder).output().unwrap();
        assert!(file.status.success(), "{file:?}");
        let file = String::from_utf8(file.stdout).unwrap();
        let Some(output) = played(folder.path(), backend, &KNOWN, ONCE) else { return };
        let read = |name: &str| fs::read_to_string(path(name)).unwrap_or_default();
        let words = format!("{output:?}\n{}\n{}", read("errors.txt"), read("sent.txt"));
        assert!(output.status.success(), "{words}");
        let expected = packets(&path("file.csv"));
        assert!(expected.len() > 20, "{words}");
        assert_eq!(packets(&path("told.csv")), expected, "{words}");
        let of_file = said(&path("file.csv"));
        // A packet that is read late may be a flow of its own, of which no model is asked.
        let asked = |mut flows: BTreeSet<String>| {
            flows.retain(|it| !it.starts_with(' '));
            flows
        };
        for (ends, live) in said(&path("told.csv")) {
            let file = of_file.get(&ends).cloned().unwrap_or_default();
            assert_eq!(asked(live), asked(file), "{ends}\n{words}");
        }
        for speaker in ["model", "list"] {
            let speaks = |flows: &BTreeSet<String>| flows.iter().any(|it| it.contains(speaker));
            assert!(of_file.values().any(speaks), "{speaker}");
        }
        let alerts = levels(&file);
        assert!(alerts.iter().any(|alert| alert.contains("-scan")), "{alerts:?}");
        let live = levels(&read("alerts.jsonl"));
        assert!(alerts.is_subset(&live), "{alerts:?}\n{live:?}\n{words}");
        // Here, too, what is read late is a flow of its own: the list speaks of its ends, and no model.
        let ends = |alert: &str| alert.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" ");
        let known: BTreeSet<_> = alerts.iter().map(|alert| ends(alert)).collect();
        let is_late =
            |alert: &String| alert.starts_with("\"bad.txt\"") && known.contains(&ends(alert));
        assert!(live.difference(&alerts).all(is_late), "{alerts:?}\n{live:?}\n{words}");
    }
}

/// What was sent before the program is asked to end is judged, though hardly any of it has been by then.
#[test]
fn what_was_captured_when_the_end_is_asked_for_is_judged() {
    for backend in backends() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let made = ["synth", "-o", &path("played.pcap"), "--mix", "web", "--packets", "20000"];
        assert_eq!(run(&made).code, 0);
        let file = run(&["detect", &path("played.pcap"), "--predictions", &path("file.csv")]);
        assert_eq!(file.code, 0, "{}", file.errors);
        let Some(output) = played(folder.path(), backend, &[], AT_ONCE) else { return };
        let said = fs::read_to_string(path("errors.txt")).unwrap();
        assert!(output.status.success(), "{said}");
        let dropped = said.lines().any(|line| {
            let count = line.split_whitespace().last();
            line.trim().starts_with("dropped") && !matches!(count, Some("0" | "unknown"))
        });
        assert!(said.contains("dropped by the kernel"), "{said}");
        let expected = packets(Path::new(&path("file.csv")));
        assert!(!dropped && packets(Path::new(&path("told.csv"))) == expected, "{backend}: {said}");
    }
}

/// Files are made by whoever writes them in the end: what could not get its name then is said at once.
#[test]
fn tables_are_made_by_the_user_that_the_program_becomes() {
    if !may_make_namespaces() {
        return skip();
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    for owner in ["root", "nobody"] {
        let at = folder.path().join(owner);
        fs::create_dir(&at).unwrap();
        assert!(Command::new("chown").arg(owner).arg(&at).status().unwrap().success());
        let script = "ip link set lo up && exec \"$NETSIFT\" detect -i lo --user nobody --backend pnet \
                      --duration 1s --predictions \"$TABLE\"";
        let mut command = Command::new("unshare");
        command.args(["-n", "sh", "-c", script]).env("NETSIFT", env!("CARGO_BIN_EXE_netsift"));
        let output = command.env("TABLE", at.join("told.csv")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let made: Vec<_> = fs::read_dir(&at).unwrap().map(|it| it.unwrap().file_name()).collect();
        if owner == "root" {
            let refused = format!("told.csv in {}", at.display());
            assert!(said.contains("user nobody may not make") && said.contains(&refused), "{said}");
            assert_eq!((output.status.code(), made.len()), (Some(1), 0), "{said}");
        } else {
            assert_eq!(
                (output.status.code(), &made[..]),
                (Some(0), &["told.csv".into()][..]),
                "{said}"
            );
        }
    }
}

/// What the user that the program becomes cannot read is said at once, asked for in vain, and read when it can be.
#[test]
fn what_is_known_is_read_again_by_the_user_that_the_program_becomes() {
    if !may_make_namespaces() {
        return skip();
    }
    let folder = tempfile::tempdir().unwrap();
    let (list, policy) = (folder.path().join("list.txt"), folder.path().join("policy.toml"));
    fs::write(&list, "192.0.2.1\n").unwrap();
    fs::write(&policy, "[levels]\nlow = 30\n").unwrap();
    fs::set_permissions(&policy, Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    let script = "ip link set lo up && exec \"$NETSIFT\" detect -i lo --user nobody --backend pnet \
                  --duration 20s -q --lists \"$AT/list.txt\" --policy \"$AT/policy.toml\"";
    let mut command = Command::new("unshare");
    command.args(["-n", "sh", "-c", script]).env("NETSIFT", env!("CARGO_BIN_EXE_netsift"));
    let command = command.env("AT", folder.path()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut until = |text: &str| {
        let mut said = Vec::new();
        for line in errors.by_ref().map(Result::unwrap) {
            if line.contains(text) {
                return said;
            }
            said.push(line);
        }
        panic!("no {text:?}: {said:?}");
    };
    until("list.txt cannot be read again with the rights that are left: Permission denied");
    until("policy.toml cannot be read again with the rights that are left: Permission denied");
    interrupt(&child, "-HUP");
    let said = until("lists: kept as before");
    assert!(said.iter().all(|line| line.contains("cannot read")), "{said:?}");
    until("the policy: kept as before");
    // The list is in reach now, and the policy still is for others.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    until("lists: read again");
    fs::set_permissions(&policy, Permissions::from_mode(0o644)).unwrap();
    interrupt(&child, "-HUP");
    until("the policy: read again");
    interrupt(&child, "-INT");
    assert!(child.wait().unwrap().success());
}

/// An interface that is lost and comes back is said, and waited for: what comes before and after is counted and told.
#[test]
fn an_interface_may_come_and_go() {
    for backend in backends() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (mut expected, mut scans) = (BTreeMap::new(), Vec::new());
        for part in ["1", "2", "3"] {
            let (capture, table) = (path(&format!("{part}.pcap")), path(&format!("{part}.csv")));
            let mix = ["--mix", "web=6,syn-scan=2", "--seed", part, "--duration", "6"];
            assert_eq!(run(&[&["synth", "-o", &capture][..], &mix].concat()).code, 0);
            let file = run(&["detect", &capture, "--json", "--predictions", &table]);
            for (ends, count) in packets(Path::new(&table)) {
                *expected.entry(ends).or_default() += count;
            }
            let mut of_part = told(&file.out);
            of_part.retain(|alert| alert.contains("-scan"));
            assert!(!of_part.is_empty(), "{part}");
            scans.push(of_part);
        }
        let Some(output) = played(folder.path(), backend, &[], WITH_FLAPS) else { return };
        let read = |name: &str| fs::read_to_string(path(name)).unwrap_or_default();
        let said = format!("{output:?}\n{}\n{}", read("errors.txt"), read("sent.txt"));
        assert!(output.status.success(), "{said}");
        assert_eq!(packets(Path::new(&path("told.csv"))), expected, "{said}");
        let alerts = told(&read("alerts.jsonl"));
        for (part, scans) in scans.iter().enumerate() {
            assert!(scans.is_subset(&alerts), "part {part}: {scans:?} of {alerts:?}\n{said}");
        }
    }
}

/// The program on the loopback interface of a network of its own, with these options.
fn on_loopback(folder: &Path, options: &[&str]) -> Command {
    let script = "ip link set lo up && exec \"$NETSIFT\" detect -i lo --backend pnet \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-n", "sh", "-c", script, "sh"]).args(options).current_dir(folder);
    command.env("NETSIFT", env!("CARGO_BIN_EXE_netsift")).stderr(Stdio::piped());
    command
}

#[test]
fn what_a_killed_run_has_written_outlives_the_next_start() {
    if !may_make_namespaces() {
        return skip();
    }
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let options = ["--predictions", "told.csv", "--keep-privileges", "--duration"];
    let mut killed =
        on_loopback(folder.path(), &[&options[..], &["60s"]].concat()).spawn().unwrap();
    let partial = folder.path().join("told.csv.partial");
    while !fs::read_to_string(&partial).is_ok_and(|written| !written.is_empty()) {
        crate::pause(50);
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let written = read("told.csv.partial") + "a row\n";
    fs::write(&partial, &written).unwrap();
    let next = on_loopback(folder.path(), &[&options[..], &["1s"]].concat()).output().unwrap();
    let said = String::from_utf8(next.stderr).unwrap();
    assert!(next.status.success() && said.contains("is called told.csv.partial.1 now"), "{said}");
    assert_eq!(read("told.csv.partial.1"), written);
    assert!(read("told.csv").starts_with("Timestamp,") && !partial.exists());
}

/// Nothing of such flows ends because nothing more comes, as on interfaces it often does.
#[test]
fn a_model_of_flows_that_end_by_packets_alone_is_told() {
    if !may_make_namespaces() {
        return skip();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let capture = path("usual.pcap");
    assert_eq!(run(&["synth", "--packets", "4000", "--mix", "web", "-o", &capture]).code, 0);
    let say = "flows of the profile cic end by packets alone";
    for (profile, is_told) in [("cic", true), ("native", false)] {
        let model = path(profile);
        let words =
            ["train", &capture, "--model", "hbos", "--profile", profile, "-o", &model, "-q"];
        let trained = run(&words);
        assert_eq!(trained.code, 0, "{}", trained.errors);
        let options = ["--anomaly", &model, "--duration", "1s"];
        let output = on_loopback(folder.path(), &options).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.success(), said.contains(say)), (true, is_told), "{said}");
        assert!(!run(&["detect", &capture, "--anomaly", &model]).errors.contains(say));
    }
}
