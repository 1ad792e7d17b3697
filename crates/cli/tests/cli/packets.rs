//! `netsift detect --save-packets`: what is saved is what the capture holds of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use netsift::capture;
use netsift::packet::{FrameSource, Packet};
use serde_json::Value;

use crate::captures::{Folder, ethernet, ipv4, pcap, udp};
use crate::{Run, run, text};

/// A frame as captures hold it: nanoseconds, wire length, bytes.
type Held = (i64, u32, Vec<u8>);

fn frames(path: &Path) -> Vec<Held> {
    let mut capture = capture::open(path).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = capture.next_frame().unwrap() {
        frames.push((frame.time.as_nanos(), frame.wire_len, frame.data.to_vec()));
    }
    frames
}

/// Where traffic, labels, saved captures and a list of all hosts are.
struct Stage {
    folder: Folder,
    capture: PathBuf,
    saved: PathBuf,
}

impl Stage {
    fn new(mix: &str) -> Self {
        let folder = Folder::new();
        let [capture, labels, saved] =
            ["made.pcap", "made.csv", "to/saved"].map(|name| folder.path(name));
        // No list has addresses that every site uses for itself, as those of version 4 here are: they have names.
        folder.put("hosts.txt", b"2001:db8::/32\n");
        folder.put("names.txt", b"*.example.com\n*.example.org\n*.example.net\n");
        let made = ["synth", "-o", text(&capture), "--labels", text(&labels), "--mix", mix];
        assert_eq!(run(&[&made[..], &["--seed", "7", "--packets", "8000"]].concat()).code, 0);
        Self { folder, capture, saved }
    }

    fn detect(&self, more: &[&str]) -> Run {
        let saved = ["--json", "--save-packets", text(&self.saved)];
        let detected = run(&[&["detect", text(&self.capture)], &saved[..], more].concat());
        assert_eq!(detected.code, 0, "{}", detected.errors);
        detected
    }

    /// With hosts and names on lists, so that many flows are alerts.
    fn listed(&self, more: &[&str]) -> Run {
        let lists = ["hosts.txt", "names.txt"].map(|name| self.folder.path(name));
        self.detect(&[&["--lists", text(&lists[0]), "--lists", text(&lists[1])], more].concat())
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(&self.saved).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn alerts(run: &Run) -> Vec<Value> {
    run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// An end of an alert as an address and a port, 0 where there is none.
fn end(alert: &Value, end: &str) -> (String, u64) {
    let peer = &alert[end];
    (peer["address"].as_str().unwrap_or_default().to_owned(), peer["port"].as_u64().unwrap_or(0))
}

/// Both ends of a packet.
fn ends(bytes: &[u8]) -> Option<[(String, u64); 2]> {
    let frame = capture::Frame::new(Default::default(), netsift::packet::LinkType::ETHERNET, bytes);
    let packet = Packet::parse(frame).ok()?;
    let ((src, dst), (from, to)) = (packet.addresses()?, packet.ports().unwrap_or_default());
    Some([(src.to_string(), from.into()), (dst.to_string(), to.into())])
}

fn is_listed(alert: &Value) -> bool {
    alert["what"].as_str().unwrap().ends_with(".txt")
}

/// Whether an alert says that packets are missing.
fn is_partial(alert: &Value) -> bool {
    let evidence = alert["evidence"].as_array().unwrap();
    evidence.iter().any(|line| line.as_str().unwrap().contains("had left the ring"))
}

#[test]
fn the_packets_of_a_flow_are_those_of_the_capture() {
    let stage = Stage::new("web=3,dns=3,monitoring=1");
    // Told at its end, a flow has all its packets in the time that its alert names.
    let policy = stage.folder.put("policy.toml", b"[early]\npackets = 0\nseconds = 0.0\n");
    let told = stage.listed(&["--policy", text(&policy)]);
    let all = frames(&stage.capture);
    let told_alerts = alerts(&told);
    assert!(told_alerts.len() > 50, "{}", told_alerts.len());
    let names: BTreeSet<String> =
        told_alerts.iter().map(|it| it["packets"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, stage.names());
    for alert in told_alerts.iter().filter(|alert| is_listed(alert)) {
        let name = alert["packets"].as_str().unwrap();
        assert_eq!(name, format!("{}.pcapng", alert["id"].as_str().unwrap()));
        assert!(!is_partial(alert), "{alert}");
        let [one, other] = ["source", "target"].map(|it| end(alert, it));
        let times = alert["first"].as_i64().unwrap()..=alert["nanos"].as_i64().unwrap();
        let of_flow = all.iter().filter(|(nanos, _, bytes)| {
            let is_it = ends(bytes).is_some_and(|[from, to]| {
                (&from, &to) == (&one, &other) || (&from, &to) == (&other, &one)
            });
            is_it && times.contains(nanos)
        });
        let expected: Vec<Held> = of_flow.cloned().collect();
        assert!(!expected.is_empty());
        assert!(frames(&stage.saved.join(name)) == expected, "{alert}");
    }
    judged_by_tshark(&stage, &told_alerts);
}

/// The same as tshark finds it, by a filter in its own language.
fn judged_by_tshark(stage: &Stage, alerts: &[Value]) {
    let is_there = Command::new("tshark").arg("-v").output().is_ok_and(|it| it.status.success());
    if !is_there {
        assert!(std::env::var_os("NETSIFT_CI").is_none(), "no tshark");
        return;
    }
    let fields = ["frame.time_epoch", "frame.len", "frame.protocols", "tcp.seq_raw", "dns.id"];
    let read = |capture: &Path, filter: &str| {
        let mut command = Command::new("tshark");
        command.args(["-r", text(capture), "-Y", filter, "-T", "fields"]);
        let output = command.args(fields.iter().flat_map(|it| ["-e", it])).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let (mut v4, mut v6) = (0, 0);
    for alert in alerts.iter().filter(|alert| is_listed(alert)).step_by(alerts.len() / 12) {
        let [(one, from), (other, to)] = ["source", "target"].map(|it| end(alert, it));
        let protocol = alert["protocol"].as_str().unwrap().to_lowercase();
        let ip = if one.contains(':') { "ipv6" } else { "ip" };
        let way = |(one, from): (&str, u64), (other, to): (&str, u64)| {
            let ports = format!("{protocol}.srcport=={from} && {protocol}.dstport=={to}");
            let ports = if from == 0 { protocol.clone() } else { ports };
            format!("({ip}.src=={one} && {ip}.dst=={other} && {ports})")
        };
        let (one, other) = ((one.as_str(), from), (other.as_str(), to));
        let filter = format!("{} || {}", way(one, other), way(other, one));
        let saved = read(&stage.saved.join(alert["packets"].as_str().unwrap()), "frame");
        assert!(!saved.is_empty());
        assert_eq!(saved, read(&stage.capture, &filter), "{filter}");
        *if ip == "ip" { &mut v4 } else { &mut v6 } += 1;
    }
    assert!(v4 > 2 && v6 > 2, "{v4} {v6}");
}

/// All that the labels call a scan is saved, and nothing else.
#[test]
fn the_packets_of_a_scan_are_those_that_the_labels_name() {
    let stage = Stage::new("web=6,syn-scan=1");
    let told = stage.detect(&[]);
    let labels = fs::read_to_string(stage.folder.path("made.csv")).unwrap();
    let all = frames(&stage.capture);
    let told_alerts = alerts(&told);
    let scans = told_alerts.iter().filter(|it| it["what"].as_str().unwrap().ends_with("-scan"));
    let mut judged = 0;
    for scan in scans {
        let [(offender, _), (victim, port)] = ["source", "target"].map(|it| end(scan, it));
        let called = ports_called(scan).unwrap_or(port);
        let is_it = |cells: &[&str]| {
            let is_port = called == 0 || cells[5] == called.to_string();
            let is_victim = victim.is_empty() || cells[3] == victim;
            cells[7] == "syn-scan" && cells[2] == offender && is_victim && is_port
        };
        let cells = labels.lines().map(|line| line.split(',').collect::<Vec<&str>>());
        let end = |host: &str, port: &str| (host.to_owned(), port.parse::<u64>().unwrap());
        let probes: BTreeSet<[(String, u64); 2]> = cells
            .filter(|cells| is_it(cells))
            .map(|cells| [end(cells[2], cells[4]), end(cells[3], cells[5])])
            .collect();
        assert!(probes.len() > 5, "{scan}");
        let is_probe = |(_, _, bytes): &&Held| {
            let ends = ends(bytes);
            ends.is_some_and(|[from, to]| {
                probes.contains(&[from.clone(), to.clone()]) || probes.contains(&[to, from])
            })
        };
        let saved = frames(&stage.saved.join(scan["packets"].as_str().unwrap()));
        // What came after the last that counts is there as far as it had come when it was told.
        let until = saved.last().unwrap().0;
        assert!(until >= scan["nanos"].as_i64().unwrap() && !is_partial(scan), "{scan}");
        let in_time = all.iter().filter(|(nanos, ..)| *nanos <= until);
        let expected: Vec<&Held> = in_time.filter(is_probe).collect();
        assert!(saved.iter().eq(expected.iter().copied()), "{} {}", saved.len(), expected.len());
        judged += 1;
    }
    assert!(judged > 1, "{}", told.out);
}

/// The port that a sentence about a scan names in brackets.
fn ports_called(scan: &Value) -> Option<u64> {
    let sentence = scan["evidence"][0].as_str()?;
    let (protocol, _) = sentence.split_once('(')?.1.split_once(')')?;
    protocol.strip_prefix("TCP ")?.parse().ok()
}

#[test]
fn files_are_their_owners_and_whole() {
    let stage = Stage::new("web=1");
    fs::create_dir_all(&stage.saved).unwrap();
    // A draft that a killed run has left, and what is none of ours.
    fs::write(stage.saved.join("00c0ffee00c0ffee.pcapng.partial"), "a part").unwrap();
    fs::write(stage.saved.join("notes.pcapng"), "mine").unwrap();
    let told = stage.listed(&[]);
    let mut names = stage.names();
    assert!(names.remove("notes.pcapng"));
    assert!(names.len() > 10 && names.iter().all(|name| name.ends_with(".pcapng")), "{names:?}");
    #[cfg(unix)]
    for name in &names {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(stage.saved.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert!(told.errors.contains("alerts with saved packets"), "{}", told.errors);
    let list = stage.folder.path("hosts.txt");
    let table = ["--lists", text(&list), "-q", "--save-packets", text(&stage.saved)];
    let told = run(&[&["detect", text(&stage.capture)], &table[..]].concat()).out;
    assert!(told.lines().any(|line| line.starts_with("    packets in ")), "{told}");
}

/// A flow that is told at its second packet is saved again when it is over.
#[test]
fn what_was_told_early_has_all_its_packets_in_the_end() {
    let stage = Stage::new("web=1");
    let policy = stage.folder.put("policy.toml", b"[early]\npackets = 2\n");
    let told = stage.listed(&["--policy", text(&policy)]);
    let all = frames(&stage.capture);
    let (mut whole, mut longer) = (0, 0);
    for alert in alerts(&told).iter().filter(|alert| is_listed(alert)) {
        let [one, other] = ["source", "target"].map(|it| end(alert, it));
        let is_it = |(_, _, bytes): &&Held| {
            ends(bytes).is_some_and(|[from, to]| {
                (&from, &to) == (&one, &other) || (&from, &to) == (&other, &one)
            })
        };
        let saved = frames(&stage.saved.join(alert["packets"].as_str().unwrap())).len();
        whole += usize::from(saved == all.iter().filter(is_it).count());
        longer += usize::from(saved > 3);
    }
    assert!(whole > 20 && longer > 20, "{whole} {longer}");
}

#[test]
fn a_storm_takes_no_more_room_than_it_is_given() {
    let stage = Stage::new("web=5,syn-scan=5");
    let told = stage.listed(&["--saved-mib", "1"]);
    let lengths = fs::read_dir(&stage.saved).unwrap().map(|it| it.unwrap().metadata().unwrap());
    assert!(lengths.map(|it| it.len()).sum::<u64>() <= 1 << 20);
    assert!(told.errors.contains("no room, see --saved-mib"), "{}", told.errors);
    let told_alerts = alerts(&told);
    let named: BTreeSet<String> = told_alerts
        .iter()
        .filter_map(|alert| alert["packets"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(named, stage.names());
    assert!(told_alerts.len() > named.len());
    // What the first run has filled is full for the next, which keeps what is there.
    let again = stage.listed(&["--saved-mib", "1"]);
    assert!(again.errors.contains("no room"), "{}", again.errors);
    assert_eq!(stage.names(), named);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_once_and_alerts_go_on() {
    let stage = Stage::new("web=1");
    let saved = stage.folder.put("file", b"no folder").join("below");
    let list = stage.folder.path("hosts.txt");
    let arguments = ["--json", "--lists", text(&list), "--save-packets", text(&saved)];
    let told = run(&[&["detect", text(&stage.capture)], &arguments[..]].concat());
    assert_eq!(told.code, 0);
    let said: Vec<&str> =
        told.errors.lines().filter(|line| line.contains("packets cannot be saved")).collect();
    assert!(said.len() == 1 && said[0].contains("below"), "{}", told.errors);
    assert!(told.errors.contains("could not be written"), "{}", told.errors);
    let told_alerts = alerts(&told);
    assert!(told_alerts.len() > 10 && told_alerts.iter().all(|alert| alert["packets"].is_null()));
    for (arguments, says) in [
        (&["--save-packets", "x", "--ring", "0"][..], "--ring"),
        (&["--save-packets", "x", "--saved-mib", "0"], "--saved-mib"),
        (&["--ring", "8"], "--save-packets"),
    ] {
        let refused = run(&[&["detect", text(&stage.capture)], arguments].concat());
        assert!(refused.code == 2 && refused.errors.contains(says), "{}", refused.errors);
    }
}

/// Two flows, of which only one fits into the ring with all that comes after it.
#[test]
fn what_has_left_the_ring_is_told() {
    let folder = Folder::new();
    let datagram = |source: u16, at: u64| {
        let mut packet = ipv4(17, [1, 2], &udp(source, 9, &[0; 1_200]));
        // Lists know no addresses of one's own.
        packet[12..14].copy_from_slice(&[8, 8]);
        (at * 1_000, ethernet(0x0800, &packet))
    };
    let old = (0..10).map(|at| datagram(1_000, at));
    let new = (10..3_000).map(|at| datagram(2_000, at));
    let path = folder.put("long.pcap", &pcap(&old.chain(new).collect::<Vec<_>>()));
    let (list, saved) = (folder.put("all.txt", b"8.8.0.0/16\n"), folder.path("saved"));
    let arguments = ["--json", "--lists", text(&list), "--ring", "1", "--save-packets"];
    let told = run(&[&["detect", text(&path)], &arguments[..], &[text(&saved)]].concat());
    assert_eq!(told.code, 0, "{}", told.errors);
    let of_port = |port: u64| {
        let all = alerts(&told);
        let is_it = |it: &Value| it["source"]["port"] == port && is_listed(it);
        all.into_iter().find(is_it).unwrap()
    };
    assert!(of_port(1_000)["packets"].is_null());
    assert!(told.errors.contains("all had left the ring"), "{}", told.errors);
    let partial = of_port(2_000);
    let saved = frames(&saved.join(partial["packets"].as_str().unwrap())).len();
    assert!((300..900).contains(&saved), "{saved}");
    let said = format!("{saved} of 2990 packets; the others had left the ring");
    assert!(partial["evidence"].to_string().contains(&said), "{partial}");
}
