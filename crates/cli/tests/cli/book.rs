//! The book's commands, and those of the program's own page, run page by page as they stand there, each page in an empty
//! folder.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Run;
use crate::captures::Folder;
use crate::live::{may_make_namespaces, skip};
use crate::pages::{book, prose};
use crate::readme::is_served;

const OWN_PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
/// How lines begin that stand indented, since nobody runs them here.
const NOT_RUN: [&str; 8] = [
    // It runs this test, and every example.
    ".ci/run",
    "cargo run --release --example ",
    // It measures for minutes, and wants a machine for itself.
    "benches/",
    "cargo bench ",
    "cargo run --profile dist -p netsift-benches ",
    // It changes the machine of whoever reads.
    "cargo install --path crates/cli",
    "sudo setcap ",
    // It watches an interface that not everybody has, until it is ended.
    "netsift serve --config netsift.toml --interface eth0",
];
/// What the book calls the program.
const PROGRAM: &str = "netsift() { \"$NETSIFT\" \"$@\"; }\n";
/// Interfaces are watched in a network of their own, in which nobody else speaks.
const OWN_NETWORK: &str = "ip link set lo up\n";

#[test]
fn commands_of_the_book_do_what_it_says() {
    let (mut commands, mut compared) = (0, 0);
    for path in pages() {
        let (run, told) = follow(&path);
        commands += run;
        compared += told;
    }
    assert!(commands > 0 && compared > 0, "{commands} commands, {compared} outputs");
}

#[test]
fn what_is_not_run_is_known_by_name() {
    let mut lines = Vec::new();
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        let indented =
            prose(&page).flat_map(str::lines).filter_map(|line| line.strip_prefix("    "));
        lines.extend(indented.map(str::to_owned));
    }
    for line in &lines {
        let is_known = NOT_RUN.iter().any(|start| line.starts_with(start));
        assert!(is_known, "nobody runs {line:?}: make a block of it, or say why not");
    }
    for start in NOT_RUN {
        assert!(lines.iter().any(|line| line.starts_with(start)), "{start:?} stands on no page");
    }
}

fn pages() -> impl Iterator<Item = PathBuf> {
    book().chain([PathBuf::from(OWN_PAGE)])
}

/// Does what a page says; how many blocks of commands were run, and of how many the output stands there.
fn follow(path: &Path) -> (usize, usize) {
    let page = fs::read_to_string(path).unwrap();
    let (folder, blocks) = (Folder::new(), blocks(&page));
    let (mut commands, mut compared) = (0, 0);
    for (at, (kind, text)) in blocks.iter().enumerate() {
        match *kind {
            "toml" => write(&folder, text),
            "sh" if text.contains("--interface") && !may_make_namespaces() => skip(),
            "sh" if is_served(text) => {
                #[cfg(feature = "dashboard")]
                text.lines().for_each(|line| serve(&folder, line));
            }
            "sh" => {
                let out = outcome(&folder, text);
                commands += 1;
                if let Some(("text", output)) = blocks.get(at + 1) {
                    assert_eq!(out.trim_end(), *output, "{}: {text}", path.display());
                    compared += 1;
                }
            }
            _ => {}
        }
    }
    (commands, compared)
}

/// What stands between fences: of which kind it is, and the text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = page.split("\n```").collect();
    assert!(parts.len() % 2 == 1, "a block does not end: {:?}", parts.last());
    parts.into_iter().skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect()
}

/// Makes the file that the block's first line names.
fn write(folder: &Folder, text: &str) {
    let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
    let name = name.filter(|name| name.ends_with(".toml") && !name.contains('/'));
    folder.put(name.unwrap_or_else(|| panic!("no file is named: {text}")), text.as_bytes());
}

/// Serves a page until it answers.
#[cfg(feature = "dashboard")]
fn serve(folder: &Folder, line: &str) {
    let line = line.replacen("netsift", env!("CARGO_BIN_EXE_netsift"), 1);
    crate::serving::served(&folder.path(""), &line);
}

/// What these commands print, which have to end well.
fn outcome(folder: &Folder, text: &str) -> String {
    let lines = text.replace("\\\n", "");
    assert!(lines.lines().all(is_ours), "more than netsift: {text}");
    let is_live = text.contains("--interface");
    let mut command = Command::new(if is_live { "unshare" } else { "sh" });
    if is_live {
        command.args(["-n", "sh"]);
    }
    let network = if is_live { OWN_NETWORK } else { "" };
    command.args(["-ec", &[network, PROGRAM, text].concat()]);
    command.env("NETSIFT", env!("CARGO_BIN_EXE_netsift")).stdin(Stdio::null());
    let told = Run::of(&command.current_dir(folder.path("")).output().unwrap());
    assert_eq!(told.code, 0, "{text}: {}", told.errors);
    told.out
}

/// Whether a line runs the program, with variables or without.
fn is_ours(line: &str) -> bool {
    line.split(' ').find(|word| !word.contains('=')) == Some("netsift")
}
