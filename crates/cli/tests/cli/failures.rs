//! What goes wrong is told in one line, with the right exit code, and costs nobody a file.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::captures::{Folder, all_kinds, pcap};
use crate::{program, run, run_with_input, text};

/// Exit code, and the one line on standard error without the program's name.
fn refused(arguments: &[&str], input: &[u8]) -> (i32, String) {
    let run = run_with_input(arguments, input);
    assert_eq!(run.errors.lines().count(), 1, "{}", run.errors);
    (run.code, run.errors.trim_end().strip_prefix("netsift: ").unwrap().to_owned())
}

#[test]
fn a_cut_capture_is_read_up_to_the_cut() {
    let whole = pcap(&all_kinds());
    let cut = &whole[..whole.len() - 1];
    for arguments in [&["inspect", "--packets", "-"][..], &["inspect", "-"]] {
        let run = run_with_input(arguments, cut);
        assert_eq!(run.code, 1);
        assert!(run.errors.contains("the packet record is cut: 81 bytes needed, 80 there"));
        assert!(run.errors.contains("after 7 packets; what came before was read"));
        let told = run.out.contains("packets    7\n") || run.out.lines().count() == 7;
        assert!(told, "{}", run.out);
    }
}

#[test]
fn what_is_no_capture_is_told_with_a_remedy() {
    let inspect: &[&str] = &["inspect", "-"];
    let (code, line) = refused(inspect, b"");
    assert_eq!(code, 1);
    assert!(line.starts_with("standard input is empty"), "{line}");
    let (code, line) = refused(inspect, b"hello, world");
    assert_eq!(code, 1);
    assert!(
        line.ends_with("name a pcap or pcapng capture, plain or inside gzip or zstd"),
        "{line}"
    );
    let (code, line) = refused(&["inspect", "no\u{1b}[2Jwhere"], b"");
    assert_eq!(code, 1);
    assert!(line.starts_with(r"no\u{1b}[2Jwhere: cannot be opened: "), "{line}");
    assert!(line.ends_with("; check its name"), "{line}");
}

#[test]
fn every_broken_capture_of_a_folder_has_its_line_and_the_good_ones_are_read() {
    let folder = Folder::new();
    let whole = pcap(&all_kinds());
    folder.put("1.pcap", &whole[..whole.len() - 1]);
    folder.put("2.pcap", &whole);
    folder.put("3.pcap", &whole[..40]);
    let run = run(&["inspect", "-p", text(&folder.path(""))]);
    assert_eq!((run.code, run.out.lines().count()), (1, 15));
    let lines: Vec<&str> = run.errors.lines().collect();
    assert!(
        lines.len() == 2 && lines[0].contains("3.pcap: ") && lines[1].contains("1.pcap: "),
        "{lines:?}"
    );
}

#[test]
fn wrong_use_has_a_code_of_its_own() {
    for (arguments, said) in [
        (&["inspect"][..], "required arguments were not provided: <CAPTURE>..."),
        (&["inspect", "x", "--filter", "tcp por 80"], "at byte 4: \"por\""),
        (&["inspect", "x", "--from", "noon"], "it is neither like 2025-06-15T12:30:00Z"),
        (&["inspect", "x", "--from", "-"], "it is neither like"),
        (&["inspect", "x", "--from", "9", "--to", "8.5"], "is not before the time --to"),
        (&["inspect", "x", "--json", "--csv"], "cannot be used with '--csv'"),
        (&["inspect", "x", "--packets", "--top", "3"], "cannot be used with '--top"),
        (&["synth"], "--output <FILE>"),
        (&["synth", "-o", "x", "--mix", "web=1,flute"], "no class named \"flute\""),
        (&["synth", "-o", "-", "--ipv6", "1.5"], "--ipv6 is 1.5, but it is a share from 0 to 1"),
        (&["synth", "-o", "-", "--labels", "-"], "would both go to standard output"),
        (&["sift"], "unrecognized subcommand 'sift'"),
    ] {
        let (code, line) = refused(arguments, b"");
        assert_eq!(code, 2, "{arguments:?}: {line}");
        assert!(line.contains(said), "{arguments:?}: {line}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    assert!(run(&["--help"]).fine().contains("netsift inspect made.pcap"));
    assert!(run(&["inspect", "--help"]).fine().contains("SYN 2"));
    assert!(run(&["synth", "--help"]).fine().contains("ssh-brute-force"));
    assert_eq!(run(&["--version"]).fine(), format!("netsift {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_input_is_never_written() {
    let folder = Folder::new();
    let bytes = pcap(&all_kinds());
    let capture = folder.put("x.pcap", &bytes);
    let again = folder.path("again.pcap");
    fs::hard_link(&capture, &again).unwrap();
    let around = folder.path("../").join(folder.path("").file_name().unwrap()).join("x.pcap");
    for output in [&capture, &again, &around] {
        for input in [text(&capture), text(&folder.path(""))] {
            let (code, line) = refused(&["inspect", input, "-o", text(output)], b"");
            assert_eq!(code, 2);
            assert!(
                line.ends_with("would be lost if it were written, too; name another file"),
                "{line}"
            );
        }
    }
    assert_eq!(fs::read(&capture).unwrap(), bytes);
    let from_stdin = program()
        .args(["inspect", "-", "-o", text(&capture)])
        .stdin(fs::File::open(&capture).unwrap())
        .output()
        .unwrap();
    assert_eq!(from_stdin.status.code(), Some(2));
    assert_eq!(fs::read(&capture).unwrap(), bytes);
}

#[test]
fn an_output_survives_an_input_that_cannot_be_read() {
    let folder = Folder::new();
    let output = folder.put("rows.json", b"of yesterday");
    let (code, _) = refused(&["inspect", "-p", "-", "-o", text(&output)], b"no capture");
    assert_eq!((code, fs::read(&output).unwrap()), (1, b"of yesterday".to_vec()));
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let folder = Folder::new();
    let nowhere = folder.path("missing/x");
    let (code, line) = refused(&["synth", "-o", text(&nowhere)], b"");
    assert_eq!(code, 1);
    assert!(
        line.starts_with("cannot write ") && line.ends_with("; make its folder first"),
        "{line}"
    );
    let (code, line) = refused(&["synth", "-o", "-", "--start", "1950-01-01"], b"");
    assert_eq!(code, 1);
    assert!(line.contains("pcap holds the years 1970 to 2106; choose another --start"), "{line}");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let folder = Folder::new();
    let capture = folder.path("x.pcap");
    let made = run(&["synth", "-n", "20000", "-o", text(&capture)]);
    assert_eq!(made.code, 0);
    for arguments in
        [&["inspect", "--packets", text(&capture)][..], &["synth", "-o", "-", "-n", "20000"]]
    {
        let mut child = program()
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Reads a little, then closes the pipe on the rest of several megabytes.
        let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
        assert!(!reader.fill_buf().unwrap().is_empty());
        drop(reader);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    }
}

#[test]
fn a_capture_named_twice_is_refused_by_whatever_name() {
    let folder = Folder::new();
    let path = folder.put("one.pcap", &pcap(&all_kinds()));
    let other_name = folder.path("./one.pcap");
    for names in [[text(&path), text(&other_name)], ["-", "-"]] {
        let (code, line) = refused(&["inspect", names[0], names[1]], b"");
        assert_eq!(code, 2);
        assert!(line.contains("is named twice"), "{line}");
    }
}

#[test]
fn blocks_that_rows_pass_over_are_told() {
    let section = [
        &[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..],
        &[0xff; 8],
        &[28, 0, 0, 0],
    ];
    let of_no_interface = [
        &[6, 0, 0, 0, 36, 0, 0, 0][..],
        &[0; 12],
        &[4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4, 36, 0, 0, 0],
    ];
    let bytes = [section.concat(), of_no_interface.concat()].concat();
    for rows in ["--packets", "--csv"] {
        let run = run_with_input(&["inspect", rows, "-"], &bytes);
        assert_eq!(run.code, 0);
        let told = "netsift: 1 packets of unknown interfaces were passed over\n";
        assert_eq!(run.errors, told);
    }
}
