//! `netsift detect` that is asked to end: what had come by then is judged.
#![cfg(unix)]

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::{Run, SCAN, interrupt, made, on_a_pipe, pause, program, records};

/// What somebody says, line by line, so that it need not be waited for without an end.
fn lines(of: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = channel();
    let lines = BufReader::new(of).lines();
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
    told
}

#[test]
fn what_came_through_a_pipe_that_stays_open_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("made.pcap");
    made(&capture, "web", "1500");
    let mut child = on_a_pipe(&["detect", "-"], &fs::read(&capture).unwrap());
    let _open = child.stdin.take();
    pause(1_500);
    interrupt(&child, "-INT");
    assert!(child.wait().unwrap().success());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let packets = said.lines().find(|line| line.trim_start().starts_with("packets "));
    assert!(packets.is_some_and(|line| line.ends_with(" 1,500")), "{said}");
}

/// A hundred packets a second are never a pause, and never many.
#[test]
fn alerts_of_a_pipe_that_drips_do_not_wait_for_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (capture, list) = (folder.path().join("made.pcap"), folder.path().join("list.txt"));
    made(&capture, "web", "1500");
    fs::write(&list, "198.18.0.0/15\n2001:db8::/32\n").unwrap();
    let bytes = fs::read(&capture).unwrap();
    let records = records(&bytes);
    let (at_once, dripping) = records.split_at(500);
    let arguments = ["detect", "-", "--json", "--lists", list.to_str().unwrap()];
    let mut child = on_a_pipe(&arguments, &bytes[..at_once[499].end]);
    let mut pipe = child.stdin.take().unwrap();
    let told = lines(child.stdout.take().unwrap());
    let mut alert = Err(RecvTimeoutError::Timeout);
    for record in dripping {
        pipe.write_all(&bytes[record.clone()]).unwrap();
        alert = told.recv_timeout(Duration::from_millis(10));
        if alert.is_ok() {
            break;
        }
    }
    assert!(alert.is_ok_and(|line| line.contains("list.txt")), "none before the end");
    drop(pipe);
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_last_packet_that_is_wanted_is_the_end_of_a_pipe_that_stays_open() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("made.pcap");
    made(&capture, "web", "1500");
    let mut child = on_a_pipe(&["detect", "-", "--count", "1500"], &fs::read(&capture).unwrap());
    let open = child.stdin.take();
    let has_ended = (0..300).any(|_| {
        pause(100);
        child.try_wait().unwrap().is_some()
    });
    drop(open);
    assert!(child.wait().unwrap().success());
    assert!(has_ended, "it waits for another packet");
}

/// Alerts go on, the run is summed up, and what was written of the table is kept. A shell sees to it that files stay small.
#[test]
fn a_table_without_room_is_told_of_at_once_and_ends_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    made(&folder.path().join("made.pcap"), SCAN, "20000");
    let small =
        "trap '' XFSZ; ulimit -f 16; exec \"$0\" detect made.pcap --json --predictions p.csv";
    let mut command = Command::new("sh");
    command.args(["-c", small, env!("CARGO_BIN_EXE_netsift")]).current_dir(folder.path());
    let told = Run::of(&command.output().unwrap());
    assert_eq!(told.code, 1, "{}", told.errors);
    assert!(told.out.contains("horizontal-scan"), "{}", told.out);
    let now = told.errors.find("no more rows of it are written").expect(&told.errors);
    let end = told.errors.find("20,000").expect(&told.errors);
    assert!(now < end && told.errors.contains("not whole: "), "{}", told.errors);
    let kept = fs::read_to_string(folder.path().join("p.csv.partial")).unwrap();
    assert!(kept.lines().count() > 10 && !folder.path().join("p.csv").exists(), "{kept}");
}

/// Also where nobody but the end would see it: the pipe stays open.
#[test]
fn features_without_room_are_told_of_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("made.pcap");
    made(&capture, SCAN, "20000");
    let small = "trap '' XFSZ; ulimit -f 16; exec \"$0\" detect - -q --flow-features f.csv";
    let mut command = Command::new("sh");
    command.args(["-c", small, env!("CARGO_BIN_EXE_netsift")]).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut open = child.stdin.take().unwrap();
    open.write_all(&fs::read(&capture).unwrap()).unwrap();
    let said = lines(child.stderr.take().unwrap());
    let line = said.recv_timeout(Duration::from_secs(30)).unwrap_or_default();
    let is_told =
        line.contains("f.csv: the table cannot be written") && line.contains("no more rows");
    assert!(is_told, "{line}");
    drop(open);
    let rest: Vec<String> = said.iter().collect();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest:?}");
    assert!(!rest.iter().any(|line| line.contains("no more rows")), "{rest:?}");
}

/// A disk that is full may have room again: all is judged, what is lost is counted, and the end says so.
#[test]
fn alerts_that_cannot_be_written_do_not_end_it() {
    // Not every system has it.
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else { return };
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("made.pcap");
    made(&capture, SCAN, "20000");
    let mut command = program();
    command.args(["detect", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.stdout(full).spawn().unwrap();
    let mut open = child.stdin.take().unwrap();
    open.write_all(&fs::read(&capture).unwrap()).unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("alerts cannot be written: No space left"), "{line}");
    pause(1_500);
    assert!(child.try_wait().unwrap().is_none(), "it has ended before its input");
    drop(open);
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest}");
    let row = |name: &str| {
        let found = rest.lines().find_map(|line| line.trim_start().strip_prefix(name));
        found.unwrap_or_else(|| panic!("no {name}: {rest}")).trim().to_owned()
    };
    assert_eq!(row("packets "), "20,000");
    let alerts = row("alerts ");
    assert_eq!(row("alerts that could not be written "), alerts);
    assert!(rest.contains(" alerts could not be written to standard output"), "{rest}");
    assert!(!rest.contains("cannot be written"), "{rest}");
}
