//! `netsift detect` on captures: good, broken, empty; with lists, policies and models that change.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{program, records, run};

/// A scan among usual traffic, and where it lies.
fn scan(folder: &Path) -> String {
    let path = folder.join("scan.pcap").to_str().unwrap().to_owned();
    run(&["synth", "-o", &path, "--mix", "web=6,syn-scan=1", "--seed", "7", "--packets", "20000"]);
    path
}

fn alerts(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_alert_says_what_who_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let told = run(&["detect", &scan(folder.path())]);
    assert_eq!(told.code, 0);
    let line = told.out.lines().find(|line| line.contains("-scan  ")).unwrap();
    assert!(
        line.contains(" medium ") && line.contains(" -> ") && line.contains("watch: "),
        "{line}"
    );
    assert!(told.out.lines().any(|line| line.starts_with("    ") && line.contains(" tried ")));
    assert!(told.errors.contains("packets") && told.errors.contains("20,000"), "{}", told.errors);
    assert!(told.errors.contains("Worst hosts"));
    let as_json = run(&["detect", "--json", "-q", &scan(folder.path())]);
    assert_eq!((as_json.code, as_json.errors.as_str()), (0, ""));
    let alerts = alerts(&as_json.out);
    assert!(alerts.iter().any(|alert| alert["what"].as_str().unwrap().ends_with("-scan")));
    for alert in &alerts {
        assert!(alert["score"].as_f64().unwrap() >= 20.0 && alert["rule"].is_string());
        assert!(!alert["evidence"].as_array().unwrap().is_empty());
    }
}

#[test]
fn hosts_on_a_list_are_told_and_allowed_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let (list, policy) = (folder.path().join("all.txt"), folder.path().join("policy.toml"));
    fs::write(&list, "198.18.0.0/15\n2001:db8::/32\nno address\n").unwrap();
    let list = format!("{}=critical", list.display());
    let capture = scan(folder.path());
    let told = run(&["detect", "--json", "--lists", &list, &capture]);
    assert!(told.errors.contains("all.txt: ") && told.errors.contains("line 3"), "{}", told.errors);
    let listed = |out: &str| {
        let all = alerts(out);
        all.iter().filter(|alert| alert["what"] == "all.txt" && alert["action"] == "block").count()
    };
    assert!(listed(&told.out) > 10);
    fs::write(
        &policy,
        "[[allow]]\nnetwork = \"198.18.0.0/15\"\n[[allow]]\nnetwork = \"2001:db8::/32\"\n",
    )
    .unwrap();
    let policy = policy.to_str().unwrap();
    let told = run(&["detect", &capture, "--json", "--lists", &list, "--policy", policy]);
    assert_eq!(listed(&told.out), 0);
    assert!(told.errors.contains("allowed by the policy"));
}

/// A model of applications calls every flow something that the policy does not know.
#[test]
fn a_model_whose_classes_are_all_bad_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (capture, rules, flows) = (path("c.pcap"), path("c.csv"), path("flows.csv"));
    let (model, policy) = (path("m.nsm"), path("p.toml"));
    let mix = ["--mix", "web,dns", "--seed", "1", "--packets", "3000"];
    assert_eq!(run(&[&["synth", "-o", &capture, "-l", &rules][..], &mix].concat()).code, 0);
    assert_eq!(run(&["extract", &capture, "-q", "--label-file", &rules, "-o", &flows]).code, 0);
    let trained = ["train", &flows, "--label", "Label", "--model", "decision-tree", "-o", &model];
    assert_eq!(run(&trained).code, 0);
    let told = run(&["detect", &capture, "--model", &model]);
    let expected =
        "no class of the model (dns, web) does no harm by the policy, so every flow is told";
    assert!(told.code == 0 && told.errors.contains(expected), "{}", told.errors);
    fs::write(&policy, "[classes.severity]\nweb = 0.0\n").unwrap();
    let told = run(&["detect", &capture, "--model", &model, "--policy", &policy]);
    assert!(told.code == 0 && !told.errors.contains("no class of the model"), "{}", told.errors);
}

#[test]
fn the_policy_that_is_printed_is_the_one_that_holds() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(&["detect", "--print-policy"]).fine();
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, &printed).unwrap();
    let capture = scan(folder.path());
    let told = |more: &[&str]| run(&[&["detect", "--json", "-q", &capture], more].concat()).fine();
    assert_eq!(told(&["--policy", policy.to_str().unwrap()]), told(&[]));
    fs::write(&policy, "[levels]\nlow = 30\nhi = 3\n").unwrap();
    let wrong = run(&["detect", &capture, "--policy", policy.to_str().unwrap()]);
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.errors.contains("policy.toml") && wrong.errors.contains("line 3"),
        "{}",
        wrong.errors
    );
    assert!(wrong.errors.contains("hi"), "{}", wrong.errors);
    assert_eq!(wrong.errors.lines().count(), 1, "{}", wrong.errors);
}

#[test]
fn what_is_said_of_every_flow_and_its_features_are_tables() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (told, features) = (of("told.csv"), of("features.csv"));
    let capture = scan(folder.path());
    let arguments = ["detect", &capture, "--predictions", &told, "--flow-features", &features];
    let run = run(&arguments);
    assert_eq!(run.code, 0, "{}", run.errors);
    let lines = |path: &str| fs::read_to_string(path).unwrap().lines().count();
    assert!(lines(&told) > 100);
    assert_eq!(lines(&told), lines(&features));
    assert!(fs::read_to_string(&told).unwrap().starts_with("Timestamp,Src IP,Src Port,Dst IP"));
}

#[test]
fn what_cannot_be_is_refused_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let capture = scan(folder.path());
    let text = folder.path().join("text").to_str().unwrap().to_owned();
    fs::write(&text, "no capture, no model, no policy").unwrap();
    for (arguments, code, says) in [
        (vec!["detect"], 2, "nothing to detect in"),
        (vec!["detect", &text], 1, "neither pcap nor pcapng"),
        (vec!["detect", &capture, "--model", &text], 1, "not a model file"),
        (vec!["detect", &capture, "--policy", &text], 1, "this is no policy"),
        (vec!["detect", &capture, "--policy", "/dev/zero"], 1, "/dev/zero"),
        (vec!["detect", &capture, "--user", "nobody"], 2, "--user is of interfaces"),
        (vec!["detect", &capture, "--snap-len", "96"], 2, "--snap-len is of interfaces"),
        (vec!["detect", &capture, "--buffer", "64"], 2, "--buffer is of interfaces"),
        (vec!["detect", &capture, "--speed", "0"], 1, "0 times"),
        (vec!["detect", "--interface", "no such"], 1, "there is no such interface"),
        (vec!["detect", &capture, "--predictions", "told.xlsx"], 2, "told.xlsx"),
    ] {
        let told = run(&arguments);
        assert_eq!((told.code, told.out.as_str()), (code, ""), "{arguments:?}: {}", told.errors);
        assert!(told.errors.contains(says), "{arguments:?}: {}", told.errors);
        assert_eq!(told.errors.lines().count(), 1, "{}", told.errors);
    }
}

#[test]
fn a_cut_capture_is_told_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let capture = scan(folder.path());
    let bytes = fs::read(&capture).unwrap();
    let cut = folder.path().join("cut.pcap");
    fs::write(&cut, &bytes[..bytes.len() - 7]).unwrap();
    let told = run(&["detect", cut.to_str().unwrap()]);
    assert_eq!(told.code, 1);
    assert!(told.out.contains("-scan"));
    assert!(told.errors.contains("cut.pcap"), "{}", told.errors);
}

#[test]
fn count_and_duration_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let capture = scan(folder.path());
    let packets = |more: [&str; 2]| {
        let told = run(&["detect", &capture, more[0], more[1]]).errors;
        let line = told.lines().find(|line| line.trim_start().starts_with("packets ")).unwrap();
        line.split_whitespace().last().unwrap().replace(',', "").parse::<u64>().unwrap()
    };
    assert_eq!(packets(["--count", "1234"]), 1_234);
    let whole = packets(["--duration", "1s"]);
    assert!((1..20_000).contains(&whole));
    // One time is wild, early on: its packet is left out.
    let mut bytes = fs::read(&capture).unwrap();
    let nth = records(&bytes)[10].start;
    bytes[nth..nth + 4].copy_from_slice(&[0xff; 4]);
    fs::write(&capture, bytes).unwrap();
    assert_eq!(packets(["--duration", "1s"]), whole - 1);
}

/// The features of flows are those that the models have learned, timeouts included.
#[test]
fn features_of_flows_are_written_beside_models_with_other_timeouts() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (model, features) = (of("m.nsm"), of("features.csv"));
    let capture = scan(folder.path());
    let train = ["train", &capture, "--idle-timeout", "30s", "--model", "hbos", "-o", &model, "-q"];
    let trained = run(&train);
    assert_eq!(trained.code, 0, "{}", trained.errors);
    let told = run(&["detect", &capture, "--anomaly", &model, "--flow-features", &features]);
    assert_eq!(told.code, 0, "{}", told.errors);
    assert!(fs::read_to_string(&features).unwrap().lines().count() > 100);
}

#[test]
fn the_busiest_hosts_are_a_list_that_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let capture = scan(folder.path());
    let told = run(&["detect", "--json", "-q", "--busiest", "1", &capture]);
    assert_eq!(told.code, 0, "{}", told.errors);
    let busiest = "busiest hosts of these captures";
    let all = alerts(&told.out);
    let hit: Vec<&Value> = all.iter().filter(|alert| alert["what"] == busiest).collect();
    assert!(!hit.is_empty() && hit.iter().all(|alert| alert["level"] == "low"));
    // One host it is, on either end.
    let (one, ends) = (&hit[0], ["source", "target"]);
    let address = |alert: &Value, end: &str| alert[end]["address"].as_str().unwrap().to_owned();
    let is_in_all =
        |host: &String| hit.iter().all(|alert| ends.iter().any(|end| address(alert, end) == *host));
    assert!(ends.iter().map(|end| address(one, end)).any(|host| is_in_all(&host)));
    let told = run(&["detect", "--busiest", "1", "-"]);
    assert_eq!((told.code, told.errors.contains("captures in files")), (2, true));
}

/// A list changes while packets come through a pipe: what comes then is judged by the new one, and a list that cannot be
/// read leaves the old one.
#[test]
fn a_list_is_read_again_when_its_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(scan(folder.path())).unwrap();
    let list = folder.path().join("list.txt");
    fs::write(&list, "192.0.2.1\n").unwrap();
    let mut command = program();
    command
        .args(["detect", "-", "--json", "-q", "--lists"])
        .arg(format!("{}=high", list.display()));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    stdin.write_all(&bytes[..bytes.len() / 2]).unwrap();
    let mut until = |text: &str| {
        let found = errors.by_ref().map(Result::unwrap).find(|line| line.contains(text));
        assert!(found.is_some(), "{text}");
    };
    until("1 of 1 entries");
    fs::write(&list, "").unwrap();
    until("lists: read again");
    fs::write(&list, "198.18.0.0/15\n2001:db8::/32\n").unwrap();
    until("lists: read again");
    fs::write(&list, [0; 100]).unwrap();
    until("lists: kept as before");
    #[cfg(unix)]
    {
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        until("lists: kept as before");
    }
    stdin.write_all(&bytes[bytes.len() / 2..]).unwrap();
    drop(stdin);
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    let alerts = alerts(&String::from_utf8(out.stdout).unwrap());
    assert!(alerts.iter().any(|alert| alert["what"] == "list.txt"));
}

/// What is known is read in order, and the policy, a pipe, is waited for: the list has been read by then.
#[cfg(unix)]
#[test]
fn a_list_that_changes_while_the_rest_is_read_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (list, policy) = (folder.path().join("list.txt"), folder.path().join("policy"));
    fs::write(&list, "192.0.2.1\n").unwrap();
    assert!(Command::new("mkfifo").arg(&policy).status().unwrap().success());
    let mut command = program();
    command.args(["detect", "-", "--lists"]).arg(&list).arg("--policy").arg(&policy);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Opens when somebody reads.
    let mut pipe = fs::OpenOptions::new().write(true).open(&policy).unwrap();
    fs::write(&list, "192.0.2.1\n192.0.2.2\n").unwrap();
    pipe.write_all(b"[levels]\nlow = 30\n").unwrap();
    drop(pipe);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&fs::read(scan(folder.path())).unwrap()).unwrap();
    std::thread::sleep(Duration::from_millis(2_500));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    std::thread::sleep(Duration::from_millis(1_500));
    drop(stdin);
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success(), "{said}");
    let heard = said.find("the policy: kept as before, since").unwrap_or_else(|| panic!("{said}"));
    assert!(
        said[..heard].contains("2 of 2 entries") && said.contains("policy is no file"),
        "{said}"
    );
    assert!(said[..heard].contains("lists: read again"), "{said}");
}

/// A signal ends a run that waits for packets, with all told that there is.
#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_everything_told() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(scan(folder.path())).unwrap();
    let told = folder.path().join("told.csv");
    let mut command = program();
    command.args(["detect", "-", "--predictions"]).arg(&told);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&bytes).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    let asked = Instant::now();
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let out = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(20));
    let errors = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success(), "{errors}");
    assert!(errors.contains("flows"), "{errors}");
    assert!(fs::read_to_string(&told).unwrap().lines().count() > 100);
    drop(stdin);
}
