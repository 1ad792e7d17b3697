//! `explore`: captures as a summary, a page, JSON, plots and tables.

use std::fs;

use serde_json::Value;

use crate::captures::{Folder, all_kinds, pcap};
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
