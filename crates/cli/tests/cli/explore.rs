//! `explore`: captures as a summary, a page, JSON, plots and tables.

use std::fs;

use serde_json::Value;

use crate::captures::{Folder, all_kinds, ethernet, ipv4, pcap, udp};
use crate::{run, run_with_input, text};

/// A folder with made traffic in it.
fn folder() -> Folder {
    let folder = Folder::new();
    let capture = folder.path("made.pcap");
    let made = run(&["synth", "-o", text(&capture), "--packets", "3000", "--seed", "5"]);
    assert_eq!(made.code, 0, "{}", made.errors);
    folder
}

#[test]
fn the_summary_tells_who_when_and_what_is_strange() {
    let folder = folder();
    let told = run(&["explore", text(&folder.path("made.pcap"))]).fine();
    for said in ["Packets", "3,000", "UTC", "Applications", "DNS", "are strange, the first:"] {
        assert!(told.contains(said), "{said} in {told}");
    }
    assert!(told.lines().all(|line| line.chars().count() < 200), "{told}");
}

#[test]
fn a_page_json_plots_and_tables_tell_the_same() {
    let folder = folder();
    let file = |name| folder.path(name);
    let (page, strange, packets) = (file("made.html"), file("strange.csv"), file("packets.csv"));
    let plots = file("plots");
    let told = run(&[
        "explore",
        text(&file("made.pcap")),
        "-o",
        text(&page),
        "--static",
        "--anomalies-csv",
        text(&strange),
        "--packets-csv",
        text(&packets),
        "--plots",
        text(&plots),
        "--json",
        "--busiest",
        "3",
        "--top",
        "2",
    ])
    .fine();
    let numbers: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(numbers["frames"]["all"]["packets"], 3_000);

    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("3,000") && page.contains("made.pcap") && page.contains("--busiest 3"));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    let busiest = numbers["sources"]["by_bytes"][0]["address"].as_str().unwrap();
    assert!(page.contains(busiest), "{busiest}");
    let listed = numbers["matches"]["top"].as_array().unwrap();
    let is_busiest = |it: &Value| it["subject"].as_str().is_some_and(|it| it.contains(busiest));
    assert!((1..=3).contains(&listed.len()) && listed.iter().any(is_busiest), "{listed:?}");

    let sources = numbers["sources"]["by_bytes"].as_array().unwrap();
    assert_eq!(sources.len(), 2, "more are ranked, and no more told than were asked for");

    let found = numbers["anomalies"]["found"].as_u64().unwrap();
    let lines = fs::read_to_string(&strange).unwrap().lines().count() as u64;
    assert!(found > 0 && lines == found + 1, "{found} {lines}");
    assert_eq!(fs::read_to_string(&packets).unwrap().lines().count(), 3_001);
    let drawn: Vec<_> = fs::read_dir(&plots).unwrap().map(|file| file.unwrap().path()).collect();
    for ending in ["svg", "png"] {
        let of = drawn.iter().filter(|path| path.extension().is_some_and(|it| it == ending));
        assert!(of.count() >= 8, "{drawn:?}");
    }
}

#[test]
fn a_pipe_is_explored_and_an_empty_capture_too() {
    let told = run_with_input(&["explore", "--json", "-"], &pcap(&all_kinds())).fine();
    let numbers: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(numbers["frames"]["all"]["packets"], 8);
    let told = run_with_input(&["explore", "-"], &pcap(&[])).fine();
    assert!(told.contains("Packets            0"), "{told}");
    let busiest = run_with_input(&["explore", "--busiest", "3", "-"], &pcap(&all_kinds()));
    assert_eq!(busiest.code, 2, "{}", busiest.errors);
}

#[test]
fn what_is_cut_is_told_and_does_not_pass_for_the_whole() {
    let folder = folder();
    let whole = fs::read(folder.path("made.pcap")).unwrap();
    let (cut, page) = (folder.path("cut.pcap"), folder.path("cut.html"));
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let told = run(&["explore", text(&cut), "-o", text(&page), "--static"]);
    assert_eq!(told.code, 1, "{}", told.errors);
    assert!(told.out.contains("Packets") && told.errors.contains("not whole"), "{}", told.errors);
    assert!(!page.exists() && folder.path("cut.html.partial").exists());
}

#[test]
fn charts_of_a_broken_capture_do_not_pass_for_the_whole() {
    let folder = folder();
    let whole = fs::read(folder.path("made.pcap")).unwrap();
    let (cut, plots) = (folder.put("cut.pcap", &whole[..whole.len() / 2]), folder.path("plots"));
    let told = run(&["explore", text(&cut), "--plots", text(&plots)]);
    assert_eq!(told.code, 1, "{}", told.errors);
    assert!(
        told.errors.contains("not whole:") && told.errors.contains("charts"),
        "{}",
        told.errors
    );
    let names: Vec<_> = fs::read_dir(&plots).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(names.len() >= 16, "{names:?}");
    assert!(names.iter().all(|name| name.to_string_lossy().ends_with(".partial")), "{names:?}");
}

#[test]
fn a_folder_for_charts_that_cannot_be_is_refused_before_anything_is_read() {
    let folder = Folder::new();
    let (file, capture) = (folder.put("file", b"x"), folder.path("nowhere.pcap"));
    for plots in [file.clone(), file.join("below")] {
        let told = run(&["explore", text(&capture), "--plots", text(&plots)]);
        assert!(told.code != 0 && told.errors.contains("cannot write"), "{}", told.errors);
        assert!(!told.errors.contains("nowhere.pcap"), "{}", told.errors);
    }
    let plots = folder.path("plots");
    let told = run(&["explore", text(&capture), "--plots", text(&plots)]);
    assert!(told.code != 0 && !plots.exists(), "an empty folder is left behind: {}", told.errors);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_read() {
    for (wrong, said) in [
        (["--contamination", "1"], "contamination"),
        (["--contamination", "nan"], "contamination"),
        (["--busiest", "0"], "talkers"),
        (["--busiest", "100001"], "talkers"),
        (["--top", "0"], "lines of a list"),
        (["--exact", "5"], "hosts counted exactly"),
    ] {
        let told = run(&["explore", "nowhere.pcap", "--lists", "nowhere.txt", wrong[0], wrong[1]]);
        assert_eq!(told.code, 2, "{wrong:?}: {}", told.errors);
        assert!(told.errors.contains(said) && !told.errors.contains("nowhere"), "{}", told.errors);
    }
}

#[test]
fn json_is_not_mixed_with_a_file_on_standard_output() {
    let folder = folder();
    let capture = folder.path("made.pcap");
    for option in ["-o", "--anomalies-csv", "--packets-csv"] {
        let told = run(&["explore", text(&capture), "--json", option, "-"]);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{option}");
        assert!(told.errors.contains("--json and --"), "{}", told.errors);
    }
}

#[test]
fn captures_in_folders_are_told_with_their_sums() {
    let folder = folder();
    let captures = folder.path("captures");
    fs::create_dir(&captures).unwrap();
    let whole = fs::read(folder.path("made.pcap")).unwrap();
    let files = [
        ("a.pcap", whole.clone()),
        ("b.pcap", pcap(&all_kinds())),
        ("empty.pcap", pcap(&[])),
        ("cut.pcap", whole[..whole.len() - 7].to_vec()),
    ];
    for (name, bytes) in &files {
        fs::write(captures.join(name), bytes).unwrap();
    }
    let page = folder.path("page.html");
    let told = run(&["explore", text(&captures), "-o", text(&page), "--static"]);
    assert_eq!(told.code, 1, "{}", told.errors);
    let page = fs::read_to_string(folder.path("page.html.partial")).unwrap();
    for (name, bytes) in &files {
        let input = netsift::report::Input::of(*name, &bytes[..]).unwrap();
        assert!(page.contains(&input.blake3), "{name} with {}", input.blake3);
    }
}

#[test]
fn losses_are_told_once_however_often_captures_are_read() {
    let folder = folder();
    let captures = folder.path("captures");
    fs::create_dir(&captures).unwrap();
    fs::rename(folder.path("made.pcap"), captures.join("made.pcap")).unwrap();
    fs::write(captures.join("notes.txt"), "no capture").unwrap();
    let told = run(&["explore", text(&captures), "--busiest", "3"]);
    assert_eq!((told.code, told.errors.lines().count()), (0, 1), "{}", told.errors);
    assert!(told.errors.contains("1 files in folders are no captures"), "{}", told.errors);
}

/// A flow of TCP in one segment.
fn segment(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let ports = ports.map(u16::to_be_bytes).concat();
    let head = [0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0x20, 0x01, 0, 0, 0, 0];
    ethernet(0x0800, &ipv4(6, [1, 2], &[&ports[..], &head, payload].concat()))
}

/// What a client of TLS 1.2 says first, to a server of this name (RFC 5246, RFC 6066).
fn client_hello(name: &[u8]) -> Vec<u8> {
    let counted = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
    let names = counted(&[&[0][..], &counted(name)].concat());
    let extensions = counted(&[&[0, 0][..], &counted(&names)].concat());
    let hello = [&[3, 3][..], &[7; 32], &[0], &[0, 2, 0x13, 0x01], &[1, 0], &extensions].concat();
    let handshake = [&[1, 0][..], &counted(&hello)].concat();
    [&[22, 3, 1][..], &counted(&handshake)].concat()
}

/// Hosts whose names are scripts: `NETSIFT_PAGES` says where their pages are kept, for the browser test.
#[test]
fn names_that_are_scripts_are_text_on_the_page() {
    let script = |number: u8| format!("<script>alert({number})</script>");
    let question = {
        let label = script(1);
        let head = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, label.len() as u8];
        [&head[..], label.as_bytes(), &[4], b"test", &[0, 0, 1, 0, 1]].concat()
    };
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", script(3));
    let mut frames = vec![
        (1_000_000, ethernet(0x0800, &ipv4(17, [1, 53], &udp(5_000, 53, &question)))),
        (2_000_000, segment([5_001, 443], &client_hello(script(2).as_bytes()))),
        (3_000_000, segment([5_002, 80], request.as_bytes())),
    ];
    // A table is filtered where it has enough rows.
    let others = (10..40).map(|host| ipv4(17, [host, 2], &udp(6_000, 123, &[host; 48])));
    frames.extend((4_000_000..).step_by(500_000).zip(others.map(|it| ethernet(0x0800, &it))));
    let folder = Folder::new();
    let capture = folder.put("scripts.pcap", &pcap(&frames));
    let kept = std::env::var_os("NETSIFT_PAGES").map(std::path::PathBuf::from);
    let pages = kept.unwrap_or_else(|| folder.path(""));
    for (name, look) in
        [("explored-static.html", Some("--static")), ("explored-interactive.html", None)]
    {
        let page = pages.join(name);
        let arguments = ["explore", text(&capture), "-o", text(&page)];
        run(&arguments.into_iter().chain(look).collect::<Vec<_>>()).fine();
        let page = fs::read_to_string(&page).unwrap();
        for number in 1..=3 {
            assert!(
                page.contains(&format!("&lt;script&gt;alert({number})&lt;/script&gt;")),
                "{number}"
            );
            assert!(!page.contains(&script(number)), "{number}");
        }
    }
}

#[test]
fn nothing_is_written_where_what_is_asked_for_cannot_be() {
    let folder = folder();
    let capture = folder.path("made.pcap");
    let (capture, page) = (text(&capture), folder.path("page.html"));
    for wrong in [
        ["--contamination", "2"],
        ["--top", "0"],
        ["--exact", "5"],
        ["--anomalies", "hosts"],
        ["--lists", "nowhere.txt"],
        ["--anomalies-csv", text(&page)],
    ] {
        let arguments = [&["explore", capture, "-o", text(&page)], &wrong[..]].concat();
        let told = run(&arguments);
        assert!(told.code != 0 && !told.errors.is_empty(), "{wrong:?}");
        assert_eq!(told.errors.lines().count(), 1, "{wrong:?}: {}", told.errors);
        assert!(!page.exists() && !folder.path("page.html.partial").exists(), "{wrong:?}");
    }
    assert_eq!(run(&["explore", capture, "-o", capture]).code, 2);
}
