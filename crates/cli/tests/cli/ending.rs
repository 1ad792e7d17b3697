//! `netsift detect` that is asked to end: what had come by then is judged.
#![cfg(unix)]

use std::fs;
use std::io::Read;

use crate::{interrupt, on_a_pipe, pause, run};

#[test]
fn what_came_through_a_pipe_that_stays_open_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("made.pcap").to_str().unwrap().to_owned();
    let made = ["synth", "--mix", "web", "--packets", "1500", "-o", &capture];
    assert_eq!(run(&made).code, 0);
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
