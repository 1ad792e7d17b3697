//! What pages repeat of the code: how many there are, of which version, by what names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use netsift::history::{History, HistorySettings};
use netsift::packet::LinkType;
use netsift::watch::Config;

use crate::models::Place;
use crate::pages::{ROOT, of_crates};

#[test]
fn link_types_are_counted() {
    let count = format!("{} link types", LinkType::PARSED.len());
    for name in ["README.md", "crates/packet/README.md", "docs/src/formats.md"] {
        assert!(page(name).contains(&count), "{name} does not say {count}");
    }
}

#[test]
fn every_kind_of_sink_has_a_row() {
    let refused = Config::from_toml("[sinks.a.x]\n").unwrap_err().to_string();
    let known = refused.split('`').skip(1).step_by(2);
    let known: BTreeSet<&str> = known.filter(|name| !["x", "delivery"].contains(name)).collect();
    assert!(known.contains("mail"), "{refused}");
    let page = page("docs/src/alerts.md");
    let told: BTreeSet<&str> =
        rows(&page, "| kind |").map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(told, known);
}

#[test]
fn versions_of_files_are_those_that_are_written() {
    let place = Place::new();
    place.trained(&["--model", "dummy", "-q"]);
    place.fine(&["synth", "-o", "a.pcap", "--packets", "500"]);
    place.fine(&["extract", "a.pcap", "-q", "-o", "rows.csv", "--state", "open.flows"]);
    drop(History::open(HistorySettings::new(place.path("kept.db"))).unwrap());
    let page = page("docs/src/formats.md");
    for (name, kind) in [("m.nsm", "BNDL"), ("open.flows", "FLOW")] {
        let version = version_of_container(&place.path(name), kind);
        let said = format!("kind `{kind}`, version {version}");
        assert!(page.contains(&said), "not said: {said}");
    }
    let said = format!("schema version {}.", version_of_database(&place.path("kept.db")));
    assert!(page.contains(&said), "not said: {said}");
}

#[test]
fn features_of_crates_are_those_of_their_manifests() {
    for path in of_crates() {
        let page = fs::read_to_string(&path).unwrap();
        let manifest = fs::read_to_string(path.with_file_name("Cargo.toml")).unwrap();
        assert_eq!(told_features(&page), features(&manifest), "{}", path.display());
    }
}

#[test]
fn features_of_the_facade_are_those_of_its_table() {
    let page = page("crates/netsift/README.md");
    let manifest = self::page("crates/netsift/Cargo.toml");
    let (_, behind) = manifest.split_once("\ndefault = [").unwrap();
    let defaults: BTreeSet<&str> =
        behind.split(']').next().unwrap().split('"').skip(1).step_by(2).collect();
    let told = rows(&page, "| feature |").filter(|row| row[1] == "yes");
    assert_eq!(told.map(|row| row[0].trim_matches('`')).collect::<BTreeSet<_>>(), defaults);
}

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(name)).unwrap()
}

/// The cells of each row of the table that begins so.
fn rows<'a>(page: &'a str, head: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let (_, table) = page.split_once(head).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>())
}

/// What stands in a container's header behind its magic: four letters of a kind, and a version.
fn version_of_container(path: &Path, kind: &str) -> u16 {
    let file = fs::read(path).unwrap();
    assert_eq!(&file[8..12], kind.as_bytes());
    u16::from_le_bytes([file[12], file[13]])
}

/// What stands in the header of an SQLite file as `user_version`.
fn version_of_database(path: &Path) -> u32 {
    let file = fs::read(path).unwrap();
    assert!(file.starts_with(b"SQLite format 3\0"));
    u32::from_be_bytes([file[60], file[61], file[62], file[63]])
}

fn features(manifest: &str) -> BTreeSet<&str> {
    let Some((_, behind)) = manifest.split_once("\n[features]\n") else { return BTreeSet::new() };
    let lines = behind.split("\n[").next().unwrap_or_default().lines();
    let names =
        lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name).filter(|name| *name != "default").collect()
}

/// What a page names in its sentence on features, or in its table of them.
fn told_features(page: &str) -> BTreeSet<&str> {
    if let Some((_, behind)) = page.split_once("\nFeatures: ") {
        let sentence = behind.split("\n\n").next().unwrap_or_default();
        return sentence.split('`').skip(1).step_by(2).collect();
    }
    if !page.contains("| feature |") {
        return BTreeSet::new();
    }
    rows(page, "| feature |").map(|row| row[0].trim_matches('`')).collect()
}
