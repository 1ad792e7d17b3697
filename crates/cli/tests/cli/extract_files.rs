//! `extract`: where captures come from, and where rows go.

use std::fs;
use std::io::{Read, Write};

use crate::captures::{Folder, all_kinds, pcap, two_flows};
use crate::{Run, interrupt, on_a_pipe, pause, run, run_with_input, text, unpacked};

fn rows(captures: &[&str]) -> String {
    run(&[&["extract", "-q"], captures].concat()).fine()
}

#[test]
fn captures_are_one_however_they_are_named() {
    let folder = Folder::new();
    let frames = two_flows();
    let expected = run_with_input(&["extract", "-", "-q"], &pcap(&frames)).fine();
    let one = folder.put("day-1.pcap", &pcap(&frames[..2]));
    let other = folder.put("day-2.pcap", &pcap(&frames[2..]));
    folder.put("notes.txt", b"no capture");
    assert_eq!(rows(&[text(&other), text(&one)]), expected);
    assert_eq!(rows(&[text(&folder.path("day-*.pcap"))]), expected);
    assert_eq!(rows(&[text(&folder.path("d?y-[12].pcap"))]), expected);
    let told = run(&["extract", "-q", text(&folder.path(""))]);
    assert_eq!((told.code, told.out), (0, expected.clone()));
    assert_eq!(told.errors, "netsift: 1 files in folders are no captures\n");
    // What there is by that very name is no pattern.
    let odd = folder.put("day-[12].pcap", &pcap(&frames));
    assert_eq!(rows(&[text(&odd)]), expected);
    let summary = run(&["inspect", text(&folder.path("day-?.pcap"))]).fine();
    assert!(summary.contains("packets    4\n"), "{summary}");
}

#[test]
fn a_capture_without_a_packet_is_a_table_without_a_row() {
    let told = run_with_input(&["extract", "-", "--features", "end"], &pcap(&[]));
    assert_eq!((told.code, told.out.lines().count()), (0, 1));
    assert!(told.errors.contains("rows written"), "{}", told.errors);
}

#[test]
fn an_output_gets_its_name_when_it_is_whole() {
    let folder = Folder::new();
    let whole = pcap(&two_flows());
    let capture = folder.put("x.pcap", &whole);
    let (output, partial) = (folder.put("x.csv", b"of yesterday"), folder.path("x.csv.partial"));
    let arguments = ["extract", "-q", "-o", text(&output)];
    let cut = &whole[..whole.len() - 1];
    let told = run_with_input(&[&arguments[..], &["-"]].concat(), cut);
    assert_eq!((told.code, fs::read(&output).unwrap()), (1, b"of yesterday".to_vec()));
    let lines: Vec<&str> = told.errors.lines().collect();
    assert!(lines[0].ends_with(&format!("read until then is in {}", partial.display())));
    assert!(
        lines.len() == 2 && lines[1].contains("is cut: 64 bytes needed, 63 there"),
        "{lines:?}"
    );
    assert!(lines[1].contains("after 3 packets"), "{lines:?}");
    // Both flows were begun before the cut.
    assert_eq!(fs::read_to_string(&partial).unwrap().lines().count(), 3);
    run(&[&arguments[..], &[text(&capture)]].concat()).fine();
    let table = fs::read_to_string(&output).unwrap();
    assert!(table.starts_with("Flow ID,") && !partial.exists(), "{table}");
    assert_eq!(table.lines().count(), 3);
}

#[cfg(unix)]
#[test]
fn links_stay_and_devices_are_written_as_they_are() {
    let folder = Folder::new();
    let capture = folder.put("x.pcap", &pcap(&two_flows()));
    let (table, link) = (folder.put("table.csv", b""), folder.path("link.csv"));
    std::os::unix::fs::symlink(&table, &link).unwrap();
    run(&["extract", "-q", text(&capture), "-o", text(&link)]).fine();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&table).unwrap().lines().count(), 3);
    run(&["extract", "-q", text(&capture), "-o", "/dev/null"]).fine();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

/// Rounds of two flows, each of which ends when the next round comes.
fn rounds() -> Vec<u8> {
    let mut frames = Vec::new();
    for round in 0..20 {
        let later = round * 100_000_000;
        frames.extend(two_flows().into_iter().map(|(time, frame)| (time + later, frame)));
    }
    pcap(&frames)
}

/// Less than there is between two rounds.
const ROUND: [&str; 2] = ["--active-timeout", "50s"];

#[cfg(unix)]
#[test]
fn an_interrupted_run_that_waits_keeps_its_rows() {
    for (signal, rows_before) in [("-INT", 39), ("-TERM", 0)] {
        let folder = Folder::new();
        let output = folder.put("x.csv", b"of yesterday");
        let partial = folder.path("x.csv.partial");
        let arguments = ["extract", "-", "-o", text(&output), ROUND[0], ROUND[1]];
        let mut child = on_a_pipe(&arguments, &rounds());
        // Rows are not kept back from who looks at a pipe; nor need they have been written before.
        let rows = || fs::read_to_string(&partial).unwrap_or_default().lines().count();
        while rows() < rows_before.max(1) {
            pause(20);
        }
        pause(if rows_before == 0 { 400 } else { 0 });
        let open = child.stdin.take();
        interrupt(&child, signal);
        let told = Run::of(&child.wait_with_output().unwrap());
        drop(open);
        assert_eq!((told.code, told.errors.lines().count()), (130, 1), "{}", told.errors);
        assert!(told.errors.starts_with("netsift: interrupted: what was read until then is in "));
        assert!(told.errors.ends_with("; flows that were open then are lost\n"), "{}", told.errors);
        let rows = fs::read_to_string(&partial).unwrap();
        // Those of the last round were open: forty flows, less two.
        assert_eq!((rows.lines().count(), rows.ends_with('\n')), (1 + 38, true));
        assert_eq!(fs::read(&output).unwrap(), b"of yesterday");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_that_reads_keeps_its_open_flows_too() {
    let folder = Folder::new();
    let partial = folder.path("x.csv.partial");
    let output = folder.path("x.csv");
    let arguments = ["extract", "-", "-q", "-o", text(&output), ROUND[0], ROUND[1]];
    let mut child = on_a_pipe(&arguments, &rounds());
    let mut stdin = child.stdin.take().unwrap();
    let more = pcap(&two_flows())[24..].to_vec();
    // Until nobody reads any more.
    let writer = std::thread::spawn(move || while stdin.write_all(&more).is_ok() {});
    while !partial.exists() {
        pause(5);
    }
    pause(100);
    interrupt(&child, "-INT");
    let told = Run::of(&child.wait_with_output().unwrap());
    writer.join().unwrap();
    assert_eq!((told.code, told.errors.lines().count()), (130, 1), "{}", told.errors);
    assert!(told.errors.ends_with("are told as far as they were seen\n"), "{}", told.errors);
    let rows = fs::read_to_string(&partial).unwrap();
    assert!(rows.lines().count() > 40 && rows.ends_with('\n'));
    assert!(rows.lines().last().unwrap().contains(",input,"));
}

#[test]
fn rows_are_packed_as_the_name_says() {
    let folder = Folder::new();
    let capture = folder.put("x.pcap", &pcap(&two_flows()));
    let plain = run(&["extract", "-q", text(&capture)]).fine();
    for name in ["x.csv.gz", "x.csv.zst"] {
        let output = folder.path(name);
        run(&["extract", "-q", text(&capture), "-o", text(&output)]).fine();
        assert_eq!(unpacked(&output), plain);
    }
    for name in ["x.arff", "x.xlsx", "x.parquet.gz"] {
        let told = run(&["extract", "-q", text(&capture), "-o", text(&folder.path(name))]);
        assert_eq!((told.code, told.errors.lines().count()), (2, 1), "{}", told.errors);
        assert!(!folder.path(name).exists());
    }
}

#[cfg(unix)]
#[test]
fn what_was_packed_before_an_interruption_can_be_read() {
    let folder = Folder::new();
    let (output, partial) = (folder.path("x.csv.gz"), folder.path("x.csv.gz.partial"));
    let arguments = ["extract", "-", "-o", text(&output), ROUND[0], ROUND[1]];
    let mut child = on_a_pipe(&arguments, &rounds());
    while !partial.exists() {
        pause(5);
    }
    pause(400);
    let open = child.stdin.take();
    interrupt(&child, "-INT");
    let told = Run::of(&child.wait_with_output().unwrap());
    drop(open);
    assert_eq!(told.code, 130, "{}", told.errors);
    let rows = unpacked(&partial);
    assert_eq!((rows.lines().count(), rows.ends_with('\n')), (1 + 38, true));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let folder = Folder::new();
    let capture = folder.path("x.pcap");
    assert_eq!(run(&["synth", "-n", "20000", "-o", text(&capture)]).code, 0);
    for workers in ["1", "2"] {
        let mut child = on_a_pipe(&["extract", text(&capture), "--workers", workers], b"");
        let mut few = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut few).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    }
}

#[test]
fn a_broken_capture_of_several_costs_the_others_nothing() {
    let folder = Folder::new();
    let whole = pcap(&all_kinds());
    folder.put("1.pcap", &whole[..whole.len() - 1]);
    folder.put("2.pcap", &pcap(&two_flows()));
    let told = run(&["extract", "-q", text(&folder.path(""))]);
    let with_both = run(&["extract", "-q", text(&folder.path("2.pcap"))]).fine();
    assert_eq!(told.code, 1);
    assert!(with_both.lines().all(|row| told.out.contains(row)));
    assert!(told.errors.lines().next().unwrap().contains("went to standard output"));
}
