//! The public API of every library as a list of its own: `api FOLDER [--write]` compares what rustdoc said in JSON into that
//! folder with the lists in `docs/api`, and prints what is there no more and what is new; or it writes the lists.
//!
//! What every type has is left out, and what only compilers ask for; that one is `Send`, or `Clone`, is a promise, and stands
//! there.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use public_api::Builder;

const OF_COMPILERS: [&str; 4] =
    ["Freeze for ", "Unpin for ", "UnwindSafe for ", "StructuralPartialEq for "];

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, writes) = asked()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let lists = root.join("docs/api");
    let mut changed = 0;
    for name in libraries(&root.join("crates"))? {
        let json = folder.join(format!("{}.json", name.replace('-', "_")));
        let list = lists.join(format!("{name}.txt"));
        let now = api(&json).map_err(|error| format!("{}: {error}", json.display()))?;
        if writes {
            fs::write(&list, now)?;
            continue;
        }
        let then =
            fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
        changed += compare(&name, &then, &now);
    }
    if changed > 0 {
        return Err(format!("{changed} lines of the public API changed").into());
    }
    Ok(())
}

fn asked() -> Result<(PathBuf, bool), Box<dyn Error>> {
    let asked: Vec<String> = env::args().skip(1).collect();
    match &asked[..] {
        [folder] => Ok((folder.into(), false)),
        [folder, option] if option == "--write" => Ok((folder.into(), true)),
        _ => Err("api FOLDER [--write]".into()),
    }
}

/// Names of packages that are libraries, by the folders they lie in.
fn libraries(crates: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(crates)? {
        let entry = entry?;
        if entry.path().join("src/lib.rs").exists() {
            let folder = entry.file_name().to_string_lossy().into_owned();
            names.insert(if folder == "netsift" { folder } else { format!("netsift-{folder}") });
        }
    }
    Ok(names)
}

fn api(json: &Path) -> Result<String, Box<dyn Error>> {
    let api = Builder::from_rustdoc_json(json).omit_blanket_impls(true).build()?;
    let is_promised = |line: &String| !OF_COMPILERS.iter().any(|name| line.contains(name));
    let lines = api.items().map(ToString::to_string).filter(is_promised);
    Ok(lines.map(|line| line + "\n").collect())
}

/// Prints the lines that only one of them has, and answers how many these are.
fn compare(name: &str, then: &str, now: &str) -> usize {
    let [then, now] = [then, now].map(|text| text.lines().collect::<BTreeSet<_>>());
    for gone in then.difference(&now) {
        println!("{name}: - {gone}");
    }
    for new in now.difference(&then) {
        println!("{name}: + {new}");
    }
    then.symmetric_difference(&now).count()
}
