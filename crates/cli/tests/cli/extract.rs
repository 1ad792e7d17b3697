//! `extract`: flows as rows, of the columns and in the form that was asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::captures::{Folder, all_kinds, hostile_request, pcap, two_flows};
use crate::{Run, run, run_with_input, text};

/// Rows on standard output, each a map from heading to cell; no cell of these tests holds a comma.
fn rows(arguments: &[&str], capture: &[u8]) -> Vec<BTreeMap<String, String>> {
    let table = run_with_input(&[&["extract", "-", "-q"], arguments].concat(), capture).fine();
    let mut lines = table.lines().map(|line| line.split(',').map(str::to_owned));
    let headings: Vec<String> = lines.next().unwrap().collect();
    lines.map(|cells| headings.iter().cloned().zip(cells).collect()).collect()
}

fn cells<'a>(row: &'a BTreeMap<String, String>, names: &[&str]) -> Vec<&'a str> {
    names.iter().map(|name| row[*name].as_str()).collect()
}

fn made(packets: &str) -> (Folder, String) {
    let folder = Folder::new();
    let capture = folder.path("made.pcap");
    let made = run(&["synth", "-o", text(&capture), "-n", packets]);
    assert_eq!(made.code, 0, "{}", made.errors);
    (folder, text(&capture).to_owned())
}

fn sorted(table: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = table.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_flow_is_a_row_of_what_its_packets_add_up_to() {
    let rows = rows(&[], &pcap(&two_flows()));
    assert_eq!(rows.len(), 2);
    let names = [
        "Flow ID",
        "Timestamp",
        "Flow Duration",
        "Total Fwd Packet",
        "Total Bwd packets",
        "Total Length of Fwd Packet",
        "Total Length of Bwd Packet",
        "Flow IAT Max",
        "End",
    ];
    let talk = ["10.0.0.1-10.0.0.2-5000-6000-17", "1970-01-01T00:00:01Z", "2000000", "2", "1"];
    assert_eq!(cells(&rows[0], &names), [&talk[..], &["16", "23", "1999500", "input"]].concat());
    let single = ["10.0.0.3-10.0.0.2-7000-6000-17", "1970-01-01T00:00:02Z", "0", "1", "0"];
    assert_eq!(cells(&rows[1], &names), [&single[..], &["0", "0", "0", "input"]].concat());
}

#[test]
fn each_profile_has_its_flows_and_columns() {
    let capture = pcap(&two_flows());
    let cic = rows(&["--profile", "cic"], &capture);
    // CICFlowMeter keeps flows of one packet to itself.
    assert_eq!((cic.len(), cic[0].len()), (1, 84));
    assert_eq!(
        cells(&cic[0], &["Timestamp", "Flow IAT Max", "Label"]),
        ["01/01/1970 12:00:01 AM", "1999500.0", "NeedManualLabel"]
    );
    let fixed = rows(&["--profile", "cic-fixed"], &capture);
    assert_eq!((fixed.len(), fixed[0].len()), (2, 94));
}

#[test]
fn headings_are_spelt_as_asked_for() {
    let heading = |header: &str| {
        let arguments = ["extract", "-", "-q", "--profile", "cic", "--header", header];
        let table = run_with_input(&arguments, &pcap(&two_flows())).fine();
        let width = table.lines().map(|line| line.split(',').count());
        let widths: Vec<usize> = width.collect();
        assert_eq!(widths[0], widths[1]);
        (table.lines().next().unwrap().to_owned(), widths[0])
    };
    let (current, width) = heading("current");
    assert!(current.starts_with("Flow ID,Src IP,Src Port,") && width == 84, "{current}");
    let (of_2018, width) = heading("2018");
    assert!(of_2018.contains(",Tot Fwd Pkts,") && width == 84, "{of_2018}");
    let (of_2017, width) = heading("2017");
    assert!(of_2017.starts_with("Flow ID, Source IP,") && width == 85, "{of_2017}");
    assert_eq!(of_2017.matches(" Fwd Header Length").count(), 2);
}

#[test]
fn columns_are_those_picked() {
    let heading = |features: &str| {
        let arguments = ["extract", "-", "-q", "--features", features];
        let table = run_with_input(&arguments, &pcap(&two_flows())).fine();
        let heading = table.lines().next().unwrap().to_owned();
        heading.split_once("Timestamp").unwrap().1.to_owned()
    };
    assert_eq!(heading("end"), ",End");
    // In the order of the table, whatever the spelling and the order of the names.
    assert_eq!(heading("tot bwd pkts, Flow Duration"), ",Flow Duration,Total Bwd packets");
    assert_eq!(heading("icmp,End"), ",ICMP Code,ICMP Type,End");
    let (all, reference) = (heading("all"), heading("reference"));
    assert!(all.starts_with(&reference) && reference.ends_with(",ICMP Code,ICMP Type"));
}

#[test]
fn the_list_has_the_columns_of_a_row() {
    for profile in ["native", "cic", "cic-fixed"] {
        let list = run(&["extract", "--list-features", "--profile", profile]).fine();
        let names: Vec<&str> =
            list.lines().skip(1).map(|l| l.split("  ").next().unwrap()).collect();
        let arguments = ["extract", "-", "-q", "--profile", profile];
        let table = run_with_input(&arguments, &pcap(&[])).fine();
        let heading = table.trim_end().strip_suffix(",Label").unwrap_or(table.trim_end());
        assert_eq!(names.join(","), heading);
    }
    let list = run(&["extract", "--list-features", "--features", "icmp"]).fine();
    let line = list.lines().find(|line| line.starts_with("ICMP Type ")).unwrap();
    let words: Vec<&str> = line.split_whitespace().take(4).collect();
    assert_eq!(words, ["ICMP", "Type", "icmp", "code"]);
    assert!(!list.contains("Flow Duration"));
}

#[test]
fn json_tells_what_csv_tells() {
    let capture = pcap(&two_flows());
    let told = run_with_input(&["extract", "-", "-q", "--json"], &capture).fine();
    let objects: Vec<Value> = told.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let rows = rows(&[], &capture);
    assert_eq!(objects.len(), rows.len());
    for (object, row) in objects.iter().zip(&rows) {
        let object = object.as_object().unwrap();
        assert_eq!(object.len(), row.len());
        for (name, value) in object {
            match value {
                Value::String(text) => assert_eq!(text, &row[name]),
                Value::Null => assert_eq!("", row[name]),
                number => {
                    // By default serde_json's reader may be off by a bit.
                    let (told, cell) =
                        (number.as_f64().unwrap(), row[name].parse::<f64>().unwrap());
                    assert!((told - cell).abs() <= told.abs() * f64::EPSILON, "{name}: {cell}");
                }
            }
        }
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_written_on_request_and_by_name() {
    let folder = Folder::new();
    let capture = folder.put("x.pcap", &pcap(&two_flows()));
    let table = folder.path("x.parquet");
    run(&["extract", text(&capture), "-q", "-o", text(&table)]).fine();
    let by_name = std::fs::read(table).unwrap();
    let asked =
        crate::program().args(["extract", text(&capture), "-q", "--parquet"]).output().unwrap();
    assert!(by_name.starts_with(b"PAR1") && by_name.ends_with(b"PAR1"));
    assert!(asked.stdout == by_name);
}

#[test]
fn no_text_of_a_capture_is_a_formula() {
    let table = run_with_input(
        &["extract", "-", "-q", "--features", "HTTP Host"],
        &pcap(&hostile_request()),
    );
    assert!(table.fine().ends_with(",\"'=cmd|calc\"\n"));
}

#[test]
fn packets_are_those_selected() {
    let capture = pcap(&two_flows());
    let ids = |arguments: &[&str]| -> Vec<String> {
        rows(arguments, &capture).into_iter().map(|row| row["Flow ID"].clone()).collect()
    };
    let [talk, single] = ["10.0.0.1-10.0.0.2-5000-6000-17", "10.0.0.3-10.0.0.2-7000-6000-17"];
    assert_eq!(ids(&["--filter", "src port 7000"]), [single]);
    assert_eq!(ids(&["--from", "1.5", "--to", "2.5"]), [single]);
    assert_eq!(ids(&["--from", "2.5"]), [talk]);
    assert_eq!(ids(&["--to", "0.5"]), [""; 0]);
}

#[test]
fn flows_end_when_they_are_told_to() {
    let capture = pcap(&two_flows());
    let ends = |arguments: &[&str]| -> Vec<String> {
        rows(arguments, &capture).into_iter().map(|row| row["End"].clone()).collect()
    };
    assert_eq!(ends(&["--idle-timeout", "1500ms"]), ["idle", "input", "input"]);
    assert_eq!(ends(&["--idle-timeout", "2s"]), ["input"; 2]);
    assert_eq!(ends(&["--active-timeout", "1s"]), ["active", "input", "input"]);
    assert_eq!(ends(&["--max-flows", "1"]), ["evicted", "evicted", "input"]);
    assert_eq!(ends(&["--early", "packets=3"]), ["early", "input", "input"]);
    assert_eq!(ends(&["--early", "seconds=1"]), ["early", "input", "input"]);
    assert_eq!(ends(&["--early", "packets=1,seconds=9"]), ["early", "early", "input", "input"]);
}

#[test]
fn several_workers_write_the_same_rows() {
    let (_folder, capture) = made("20000");
    for profile in ["native", "cic", "cic-fixed"] {
        let table = |workers| {
            run(&["extract", &capture, "-q", "--profile", profile, "--workers", workers]).fine()
        };
        let alone = table("1");
        assert!(alone.lines().count() > 100);
        for workers in ["2", "3"] {
            assert_eq!(sorted(&alone), sorted(&table(workers)), "{profile}");
        }
    }
}

#[test]
fn captures_in_parts_go_on_where_the_last_one_ended() {
    let (folder, capture) = made("6000");
    let times = run(&["inspect", "--csv", &capture]).fine();
    let time = times.lines().nth(3_000).unwrap().split(',').nth(1).unwrap();
    let (seconds, nanos) = time.split_at(time.len() - 9);
    let (middle, state) = (format!("{seconds}.{nanos}"), folder.path("open.flows"));
    let part = |arguments: &[&str]| {
        let arguments = [&["extract", &capture, "-q", "--state", text(&state)], arguments].concat();
        run(&arguments).fine()
    };
    let first = part(&["--to", &middle]);
    let kept = std::fs::read(&state).unwrap();
    let second = part(&["--from", &middle, "--last", "--workers", "2"]);
    assert_eq!(std::fs::read(&state).unwrap(), kept);
    let whole = run(&["extract", &capture, "-q"]).fine();
    assert!(first.lines().count() > 2 && second.lines().count() > first.lines().count());
    let rows = first.lines().chain(second.lines().skip(1)).collect::<Vec<_>>().join("\n");
    assert_eq!(sorted(&rows), sorted(&whole));
}

#[test]
fn flows_are_labelled_by_the_rules_of_a_table() {
    let folder = Folder::new();
    let rules = folder.put("rules.csv", b"src,dst_port,label\n10.0.0.3,,=odd\n10.0.0.1,80,web\n");
    let told = |arguments: &[&str]| {
        let rules = ["extract", "-", "--label-file", text(&rules)];
        run_with_input(&[&rules, arguments].concat(), &pcap(&two_flows()))
    };
    let run = told(&["--features", "end"]);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines[0].ends_with(",End,Label"), "{}", lines[0]);
    assert!(lines[1].ends_with(",input,NeedManualLabel"), "{}", lines[1]);
    assert!(lines[2].ends_with(",input,\"'=odd\""), "{}", lines[2]);
    assert_eq!(figures(&run)["rows without a label"], 1);
    let cic =
        told(&["--profile", "cic-fixed", "--features", "icmp", "-q", "--workers", "2"]).fine();
    assert!(
        cic.contains(",-1,-1,NeedManualLabel\n") && cic.contains(",-1,-1,\"'=odd\"\n"),
        "{cic}"
    );
}

#[test]
fn labels_of_made_traffic_are_found_again() {
    let folder = Folder::new();
    let (capture, labels) = (folder.path("made.pcap"), folder.path("made.csv"));
    let made = run(&["synth", "-o", text(&capture), "-l", text(&labels), "-n", "20000"]);
    assert_eq!(made.code, 0, "{}", made.errors);
    let rows = run(&["extract", text(&capture), "-q", "--label-file", text(&labels)]).fine();
    let mut found = BTreeMap::new();
    for row in rows.lines().skip(1) {
        *found.entry(row.rsplit(',').next().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(found.get("NeedManualLabel"), None);
    let labels = std::fs::read_to_string(labels).unwrap();
    let classes: BTreeSet<&str> =
        labels.lines().skip(1).map(|line| line.split(',').nth(7).unwrap()).collect();
    assert_eq!(found.keys().map(String::as_str).collect::<BTreeSet<_>>(), classes);
}

/// The figures of the summary by their names, shares left out.
fn figures(run: &Run) -> BTreeMap<String, u64> {
    let lines = run.errors.lines().filter(|line| line.starts_with("  "));
    let figure = |line: &str| {
        let mut parts = line.trim().split("  ").map(str::trim).filter(|part| !part.is_empty());
        let (name, number) = (parts.next()?, parts.next()?);
        Some((name.to_owned(), number.replace(',', "").parse().ok()?))
    };
    lines.filter_map(figure).collect()
}

#[test]
fn every_packet_read_is_in_a_line_of_the_summary() {
    let told = run_with_input(&["extract", "-", "--to", "107"], &pcap(&all_kinds()));
    let figures = figures(&told);
    let expected = [
        ("in rows", 5),
        ("not selected", 1),
        ("rejected: no IP packet", 1),
        ("rejected: IPv4 cut short", 1),
        ("all that were read", 8),
        ("fragments tied to their first", 1),
        ("packets damaged inside, read up to there", 1),
        ("open at the end of the input", 4),
        ("rows written", 4),
    ];
    for (name, number) in expected {
        assert_eq!(figures.get(name), Some(&number), "{name}: {}", told.errors);
    }
    assert_eq!((told.code, told.out.lines().count()), (0, 5));
}

#[test]
fn the_summary_adds_up_in_every_profile() {
    let (folder, capture) = made("5000");
    let state = folder.path("open.flows");
    let with_state = ["--state", text(&state)];
    for arguments in [&["--profile", "cic"][..], &["--profile", "cic-fixed"], &[], &with_state] {
        let told = run(&[&["extract", &capture, "-f", "tcp or udp"], arguments].concat());
        let figures = figures(&told);
        let kinds = ["in rows", "in flows", "left out", "not selected", "rejected"];
        let parts = figures.iter().filter(|(name, _)| kinds.iter().any(|k| name.starts_with(k)));
        let sum: u64 = parts.map(|(_, packets)| packets).sum();
        assert_eq!((sum, figures["all that were read"]), (5_000, 5_000), "{}", told.errors);
        assert_eq!(figures["rows written"], figures["all"]);
        assert_eq!(told.out.lines().count() as u64, figures["all"] + 1);
    }
}

#[test]
fn a_packet_is_a_row_where_that_is_asked_for() {
    let rows = rows(&["--profile", "packet", "--features", "length,TTL"], &pcap(&two_flows()));
    assert_eq!(rows.len(), 4);
    let names = ["Frame", "Src IP", "Src Port", "Dst Port", "Payload Length", "TTL"];
    assert_eq!(cells(&rows[0], &names), ["1", "10.0.0.1", "5000", "6000", "10", "57"]);
    for option in ["--early=packets=3", "--workers=2", "--header=2017", "--state=x"] {
        let run = run(&["extract", "x.pcap", "--profile", "packet", option]);
        assert_eq!(run.code, 2, "{option}: {}", run.errors);
    }
}
