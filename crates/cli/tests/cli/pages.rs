//! The pages that strangers read: links lead somewhere, the book is whole, and examples are those of the documentation.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What stands before the path of a file where a page is read away from the repository.
const ONLINE: &str = "https://github.com/netsift/netsift/blob/HEAD/";
/// Where the documentation of crates is read.
const DOCUMENTED: &str = "https://docs.rs/";
const ALONE: [&str; 7] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "FEATURES.md",
    "examples/README.md",
    "fuzz/README.md",
];
const BOOK: &str = "docs/src";

#[test]
fn links_lead_to_files_and_headings() {
    let alone = ALONE.iter().map(|page| Path::new(ROOT).join(page));
    let pages: Vec<PathBuf> = alone.chain(book()).chain(of_crates()).collect();
    let mut flaws = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        let wrong = links(&text).into_iter().filter_map(|link| flaw(page, link));
        flaws.extend(wrong.map(|flaw| format!("{}: {flaw}", page.display())));
    }
    assert!(flaws.is_empty(), "{flaws:#?}");
}

#[test]
fn pages_of_documentation_that_are_not_there_are_known() {
    for (path, found) in [
        ("netsift", None),
        ("serde/latest/serde", None),
        ("netsift-packet/latest/netsift_packet/filter/index.html", None),
        ("netsift-packet/latest/netsift_packet/filter/struct.Filter.html", None),
        ("netsift-flows", Some("such crate")),
        ("netsift-packet/latest/netsift_packet/filters/index.html", Some("such module")),
        ("netsift-packet/latest/netsift_packet/filter/struct.Filt.html", Some("such item")),
    ] {
        assert_eq!(unknown(path), found, "{path}");
    }
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let summary = fs::read_to_string(Path::new(ROOT).join(BOOK).join("SUMMARY.md")).unwrap();
    let listed: BTreeSet<&str> = links(&summary).into_iter().collect();
    let pages: Vec<PathBuf> = book().collect();
    let names = pages.iter().filter_map(|page| page.file_name()?.to_str());
    assert_eq!(names.filter(|name| *name != "SUMMARY.md").collect::<BTreeSet<_>>(), listed);
}

#[test]
fn examples_of_crates_are_those_of_their_documentation() {
    let mut compared = 0;
    for page in of_crates() {
        let documentation = page.with_file_name("src").join("lib.rs");
        let Ok(code) = fs::read_to_string(documentation) else { continue };
        let text = fs::read_to_string(&page).unwrap();
        let example = text.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("\n```"));
        let is_known = example.is_some_and(|(it, _)| examples(&code).iter().any(|one| one == it));
        assert!(is_known, "{} shows no example of the documentation", page.display());
        compared += 1;
    }
    assert!(compared > 0, "no example is compared");
}

pub(crate) fn book() -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(Path::new(ROOT).join(BOOK)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "md"))
}

pub(crate) fn of_crates() -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(Path::new(ROOT).join("crates")).unwrap();
    entries.map(|entry| entry.unwrap().path().join("README.md")).filter(|path| path.exists())
}

/// Where a page leads, code left out, and what it takes in of other files.
fn links(page: &str) -> Vec<&str> {
    let prose = prose(page).flat_map(|text| text.split('`').step_by(2));
    let links = prose.flat_map(|text| text.split("](").skip(1));
    let links = links.filter_map(|rest| Some(rest.split_once(')')?.0));
    let includes = page.split("{{#include ").skip(1);
    links.chain(includes.filter_map(|rest| Some(rest.split_once("}}")?.0))).collect()
}

/// What stands outside of fences.
pub(crate) fn prose(page: &str) -> impl Iterator<Item = &str> {
    page.split("\n```").step_by(2)
}

/// What is wrong with a link, if anything is. Pages of others are not asked for.
fn flaw(page: &Path, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    if let Some(path) = path.strip_prefix(DOCUMENTED) {
        return unknown(path).map(|what| format!("{link}: there is no {what}"));
    }
    let online = path.strip_prefix(ONLINE);
    if online.is_none() && path.contains("://") {
        return None;
    }
    let target = match (online, path) {
        (Some(path), _) => Path::new(ROOT).join(path),
        (None, "") => page.to_owned(),
        (None, path) => page.parent()?.join(path),
    };
    if !target.exists() {
        return Some(format!("{link} leads to no file"));
    }
    // What is built of the book holds its pages and nothing else; code is taken in.
    let leaves = online.is_none() && path.contains('/') && !path.ends_with(".rs");
    if leaves && page.parent()?.ends_with(BOOK) {
        return Some(format!("{link} leads out of the book"));
    }
    let is_known = |text: &str| anchors(text).contains(anchor);
    let is_sound = anchor.is_empty() || fs::read_to_string(&target).is_ok_and(|it| is_known(&it));
    (!is_sound).then(|| format!("{link} leads to no heading"))
}

/// What a page of documentation is about and the sources have not: a crate of ours, a module, something public in it.
fn unknown(path: &str) -> Option<&'static str> {
    let mut parts = path.split('/');
    let room = match parts.next()? {
        "netsift" => "netsift",
        name => name.strip_prefix("netsift-")?,
    };
    let mut place = Path::new(ROOT).join("crates").join(room).join("src");
    if !place.join("lib.rs").exists() {
        return Some("such crate");
    }
    // A version and the library's name come first, then modules, and a page at the end.
    for part in parts.skip(2) {
        if let Some(page) = part.strip_suffix(".html") {
            let (kind, name) = page.split_once('.')?;
            return (!declares(&place, &format!("pub {kind} {name}"))).then_some("such item");
        }
        place.push(part);
        if !place.join("mod.rs").exists() && !place.with_extension("rs").exists() {
            return Some("such module");
        }
    }
    None
}

/// Whether a module, or what it is made of, declares this.
fn declares(module: &Path, what: &str) -> bool {
    let is_declared = |file: &Path| {
        fs::read_to_string(file).is_ok_and(|code| {
            code.split(what).skip(1).any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        })
    };
    let mut below = fs::read_dir(module).into_iter().flatten().map(|entry| entry.unwrap().path());
    is_declared(&module.with_extension("rs"))
        || below.any(|path| is_declared(&path) || (path.is_dir() && declares(&path, what)))
}

/// What headings are called in addresses.
fn anchors(page: &str) -> BTreeSet<String> {
    let lines = prose(page).flat_map(str::lines);
    let headings = lines.filter(|line| line.trim_start_matches('#').starts_with(' '));
    headings
        .filter_map(|line| Some(line.strip_prefix('#')?.trim_start_matches('#')))
        .map(anchor)
        .collect()
}

fn anchor(heading: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
    heading.trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

/// The examples in a crate's documentation, as its readers see them.
fn examples(code: &str) -> Vec<String> {
    let lines = code.lines().filter_map(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let seen = lines.filter(|line| *line != "#" && !line.starts_with("# "));
    let text = seen.collect::<Vec<_>>().join("\n");
    let blocks = text.split("\n```").skip(1).step_by(2);
    blocks.map(|block| block.trim().to_owned()).collect()
}
