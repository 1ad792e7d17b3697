//! `extract`: what goes wrong is told in one line, with the right exit code, and costs nobody a file.

use std::fs;

use crate::captures::{Folder, all_kinds, pcap, two_flows};
use crate::{program, run, run_with_input, text};

/// Exit code, and the one line on standard error without the program's name.
fn refused(arguments: &[&str], input: &[u8]) -> (i32, String) {
    let run = run_with_input(&[&["extract"], arguments].concat(), input);
    assert_eq!((run.out.as_str(), run.errors.lines().count()), ("", 1), "{}", run.errors);
    (run.code, run.errors.trim_end().strip_prefix("netsift: ").unwrap().to_owned())
}

#[test]
fn every_wrong_value_has_its_line() {
    for (arguments, said) in [
        (&[][..], "required arguments were not provided: <CAPTURE>..."),
        (&["x", "--profile", "cicc"], "a similar value exists: 'cic'"),
        (&["x", "--features", "flow duraton"], "near it: Flow Duration"),
        (&["x", "--features", "tcp,tsl"], "is named \"tsl\"; near it: tls"),
        (&["x", "--features", "zzz"], "is named \"zzz\"; see --list-features"),
        (&["x", "--features", ""], "is named \"\""),
        (&["x", "--features", "tls", "--profile", "cic"], "is named \"tls\""),
        (&["x", "--header", "2019"], "[possible values: current, 2018, 2017]"),
        (&["x", "--header", "2017", "--profile", "cic", "--json"], "which JSON cannot hold"),
        (&["x", "--json", "--parquet"], "cannot be used with"),
        (&["x", "--workers", "0"], "it must be 1 to 256"),
        (&["x", "--workers", "257"], "it must be 1 to 256"),
        (&["x", "--workers", "many"], "it must be 1 to 256"),
        (&["x", "--filter", "tcp por 80"], "at byte 4: \"por\""),
        (&["x", "--from", "noon"], "it is neither like 2025-06-15T12:30:00Z"),
        (&["x", "--from", "9", "--to", "8.5"], "is not before the time --to"),
        (&["x", "--idle-timeout", "soon"], "it is neither like 120s, 2m"),
        (&["x", "--idle-timeout", "0"], "idle timeout is 0 s, and must be 1 ms to 1 day"),
        (&["x", "--idle-timeout", "-5s"], "idle timeout is -5 s, and must be 1 ms to 1 day"),
        (&["x", "--active-timeout", "101d"], "is 8726400 s, and must be 1 ms to 100 days"),
        (&["x", "--active-timeout", "0.0005"], "active timeout is 0.0005 s, and must be"),
        (&["x", "--active-timeout", "2 months"], "it is neither like"),
        (&["x", "--active-timeout", "5s", "--profile", "cic"], "cic ends flows in its own way"),
        (&["x", "--idle-timeout", "5s", "--profile", "cic-fixed"], "is of the profile native"),
        (&["x", "--early", "bytes=5"], "is neither packets=N nor seconds=T"),
        (&["x", "--early", "packets=0"], "packets of an early row is 0, and must be 1 or more"),
        (&["x", "--early", "seconds=-1"], "time of an early row is -1 s, and must be above 0"),
        (&["x", "--early", "packets=3", "--profile", "packet"], "--early is of flows, and the"),
        (&["x", "--header", "2017", "--profile", "packet"], "packets; leave one of them out"),
        (&["x", "--max-flows", "0"], "must be 1 to 2147483648"),
        (&["x", "--max-flows", "-1"], "unexpected argument '-1'"),
        (&["x", "--last"], "--state <FILE>"),
        (&["x", "--state", "s", "-o", "s"], "the rows and the open flows would both go to s"),
        (&["x", "--list-features"], "cannot be used with"),
    ] {
        let (code, line) = refused(arguments, b"");
        assert_eq!(code, 2, "{arguments:?}: {line}");
        assert!(line.contains(said), "{arguments:?}: {line}");
    }
}

#[test]
fn what_is_no_capture_is_told_and_costs_no_output() {
    let folder = Folder::new();
    let output = folder.put("x.csv", b"of yesterday");
    for (capture, input, said) in [
        ("-", &b""[..], "standard input is empty"),
        ("-", b"hello, world", "is neither pcap nor pcapng"),
        ("nowhere.pcap", b"", "nowhere.pcap: cannot be opened"),
        ("a**[b", b"", "a**[b: cannot be opened"),
        ("no-*.pcap", b"", "no file matches \"no-*.pcap\"; check its name"),
    ] {
        let (code, line) = refused(&[capture, "-o", text(&output)], input);
        assert_eq!(code, 1, "{line}");
        assert!(line.contains(said), "{line}");
        assert_eq!(fs::read(&output).unwrap(), b"of yesterday");
        assert!(!folder.path("x.csv.partial").exists());
    }
}

#[test]
fn an_input_is_never_written() {
    let folder = Folder::new();
    let bytes = pcap(&all_kinds());
    let capture = folder.put("x.pcap", &bytes);
    let again = folder.path("again.pcap");
    fs::hard_link(&capture, &again).unwrap();
    // What would be written until the output is whole is written, too.
    let partial = folder.put("y.csv.partial", &bytes);
    for (output, input) in
        [(&capture, &capture), (&again, &capture), (&folder.path("y.csv"), &partial)]
    {
        for option in ["-o", "--state"] {
            let (code, line) = refused(&[text(input), option, text(output), "--csv"], b"");
            assert_eq!(code, 2);
            assert!(line.contains("would be lost if it were written, too"), "{line}");
        }
    }
    assert_eq!((fs::read(&capture).unwrap(), fs::read(&partial).unwrap()), (bytes.clone(), bytes));
    let from_stdin = program()
        .args(["extract", "-", "-o", text(&capture)])
        .stdin(fs::File::open(&capture).unwrap())
        .output()
        .unwrap();
    assert_eq!(from_stdin.status.code(), Some(2));
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let folder = Folder::new();
    let capture = folder.put("x.pcap", &pcap(&two_flows()));
    let (code, line) = refused(&[text(&capture), "-o", text(&folder.path("missing/x.csv"))], b"");
    assert_eq!(code, 1);
    assert!(line.starts_with("cannot write ") && line.ends_with("; make its folder first"));
    let (code, line) = refused(&[text(&capture), "-o", text(&folder.path("."))], b"");
    assert_eq!(code, 1, "{line}");
    assert!(line.ends_with("; name another place"), "{line}");
}

#[test]
fn open_flows_that_do_not_fit_are_told_and_stay() {
    let folder = Folder::new();
    let capture = folder.put("x.pcap", &pcap(&two_flows()));
    let state = folder.put("open.flows", b"no open flows");
    let (state, output) = (text(&state), folder.path("x.csv"));
    let arguments = [text(&capture), "--state", state, "-o", text(&output)];
    let (code, line) = refused(&arguments, b"");
    assert_eq!(code, 1);
    assert!(line.contains("open.flows: the open flows cannot be loaded: "), "{line}");
    assert!(line.ends_with("; name a file that --state wrote"), "{line}");
    assert!(!output.exists() && !folder.path("x.csv.partial").exists());
    assert_eq!(fs::read(state).unwrap(), b"no open flows");
    fs::remove_file(state).unwrap();
    run(&[&["extract", "-q"], &arguments[..]].concat()).fine();
    let kept = fs::read(state).unwrap();
    for (other, said) in [
        (&["--profile", "cic"][..], "the saved flows are of profile native"),
        (&["--features", "reference"], "the saved flows keep what the groups"),
    ] {
        let (code, line) = refused(&[&arguments[..], other].concat(), b"");
        assert_eq!(code, 2, "{line}");
        assert!(line.contains(said), "{line}");
    }
    // A part of a capture is no ground to go on from.
    let whole = pcap(&two_flows());
    let cut = &whole[..whole.len() - 1];
    let told = run_with_input(&["extract", "-q", "-", "--state", state], cut);
    assert_eq!((told.code, fs::read(state).unwrap()), (1, kept));
    assert_eq!(told.out.matches(",input,").count(), 2);
    assert!(!folder.path("open.flows.partial").exists());
}

#[test]
fn labels_that_are_none_are_told_with_their_line() {
    let folder = Folder::new();
    let capture = folder.put("x.pcap", &pcap(&two_flows()));
    let rules = folder.put("rules.csv", b"src,label\n10.0.0.1,a\n10.0.0.256,b\n");
    let (code, line) = refused(&[text(&capture), "--label-file", text(&rules)], b"");
    assert_eq!(code, 1);
    assert!(line.contains("rules.csv: line 3 of the labels: src is \"10.0.0.256\""), "{line}");
    fs::write(&rules, b"label\nall\n").unwrap();
    let (code, line) =
        refused(&[text(&capture), "--label-file", text(&rules), "-o", text(&rules)], b"");
    assert_eq!((code, fs::read(&rules).unwrap()), (2, b"label\nall\n".to_vec()));
    assert!(line.contains("would be lost"), "{line}");
    let (code, line) = refused(&[text(&capture), "--label-file", "nowhere.csv"], b"");
    assert_eq!(code, 1);
    assert!(line.starts_with("cannot read nowhere.csv: ") && line.ends_with("; check its name"));
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so() {
    for arguments in [&["x", "--parquet"][..], &["x", "-o", "x.parquet"]] {
        let (code, line) = refused(arguments, b"");
        assert_eq!(code, 2);
        assert!(line.starts_with("this build writes no Parquet; build it with"), "{line}");
    }
}
