//! The book's commands, run page by page as they stand there, each page in an empty folder.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Run;
use crate::captures::Folder;
use crate::live::{may_make_namespaces, skip};

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src");
/// What the book calls the program.
const PROGRAM: &str = "netsift() { \"$NETSIFT\" \"$@\"; }\n";
/// Interfaces are watched in a network of their own, in which nobody else speaks.
const OWN_NETWORK: &str = "ip link set lo up\n";

#[test]
fn commands_of_the_book_do_what_it_says() {
    let (mut commands, mut compared) = (0, 0);
    for entry in fs::read_dir(PAGES).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let (run, told) = follow(&path);
            commands += run;
            compared += told;
        }
    }
    assert!(commands > 0 && compared > 0, "{commands} commands, {compared} outputs");
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

/// What these commands print, which have to end well.
fn outcome(folder: &Folder, text: &str) -> String {
    let lines = text.replace("\\\n", "");
    assert!(lines.lines().all(|line| line.starts_with("netsift ")), "more than netsift: {text}");
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
