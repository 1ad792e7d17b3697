//! `synth`: captures and labels that agree, out of settings that all count.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::captures::Folder;
use crate::{program, run, run_with_input, text};

/// The bytes on standard output.
fn made(arguments: &[&str]) -> Vec<u8> {
    let output = program().args(["synth", "-o", "-"]).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn summary(capture: &[u8]) -> Value {
    serde_json::from_str(&run_with_input(&["inspect", "--json", "-"], capture).fine()).unwrap()
}

#[test]
fn labels_and_capture_tell_of_the_same_packets() {
    let folder = Folder::new();
    let (capture, labels) = (folder.path("x.pcap"), folder.path("x.csv"));
    let run_ = run(&["synth", "-o", text(&capture), "--labels", text(&labels), "-n", "3000"]);
    assert_eq!((run_.code, run_.out.as_str()), (0, ""));
    let told = summary(&fs::read(&capture).unwrap());
    let table = fs::read_to_string(&labels).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(
        rows[0].join(","),
        "start,end,src,dst,src_port,dst_port,protocol,class,family,attack,packets,bytes"
    );
    let sum = |column: usize| -> u64 {
        rows[1..].iter().map(|r| r[column].parse::<u64>().unwrap()).sum()
    };
    assert_eq!(
        (told["packets"].as_u64(), told["wire_bytes"].as_u64()),
        (Some(sum(10)), Some(sum(11)))
    );
    assert_eq!(told["packets"], 3000);
    assert!(told["rejects"].as_array().unwrap().is_empty());
    let mut classes = BTreeMap::new();
    rows[1..].iter().for_each(|row| *classes.entry(row[7]).or_insert(0_u64) += 1);
    for (class, flows) in classes {
        let line =
            run_.errors.lines().find(|line| line.trim_start().starts_with(&format!("{class} ")));
        let flows_told = line.unwrap().split_whitespace().nth(1).unwrap();
        assert_eq!(flows_told.replace(',', ""), flows.to_string(), "{class}");
    }
}

#[test]
fn the_same_wish_makes_the_same_bytes_and_every_setting_counts() {
    let base = made(&[]);
    assert_eq!(summary(&base)["packets"], 5000);
    assert!(made(&[]) == base, "a second run made other bytes");
    for setting in [
        &["--packets", "4999"][..],
        &["--duration", "5"],
        &["--seed", "2"],
        &["--mix", "benign"],
        &["--flows-per-second", "50"],
        &["--packets-per-flow", "200"],
        &["--hosts", "40"],
        &["--ipv6", "1"],
        &["--loss", "0.2"],
        &["--round-trip", "0.1,0.2"],
        &["--warm-up", "3"],
        &["--start", "2020-01-01"],
        &["--format", "pcapng"],
        &["--resolution", "us"],
    ] {
        assert!(made(setting) != base, "{setting:?} changed nothing");
    }
}

#[test]
fn settings_do_what_they_say() {
    let names = |told: &Value, section: &str| -> Vec<String> {
        let lines = told[section].as_array().unwrap();
        lines.iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
    };
    let told =
        summary(&made(&["--ipv6", "1", "--start", "2020-01-01T00:00:00Z", "--duration", "5"]));
    assert_eq!(names(&told, "network"), ["IPv6"]);
    let start = 1_577_836_800_000_000_000;
    let (first, last) = (told["first_ns"].as_u64().unwrap(), told["last_ns"].as_u64().unwrap());
    assert!(first >= start && last < start + 5_000_000_000, "{first} to {last}");
    let told = summary(&made(&["--mix", "icmp-tunnel", "--ipv6", "0", "--format", "pcapng"]));
    assert_eq!(
        (names(&told, "transport"), &told["formats"][0]),
        (vec!["ICMP".into()], &"pcapng".into())
    );
}

#[test]
fn the_name_of_the_file_tells_the_format() {
    let folder = Folder::new();
    let path = folder.path("x.pcapng");
    assert_eq!(run(&["synth", "-n", "10", "-o", text(&path)]).code, 0);
    assert_eq!(fs::read(&path).unwrap()[..4], [0x0a, 0x0d, 0x0d, 0x0a]);
}
