//! How many crates come with a stage that is embedded alone: a promise to who embeds it.

use std::collections::BTreeSet;
use std::process::Command;

/// A crate, and the most crates that it is, with itself and as it comes.
const BUDGETS: [(&str, usize); 4] = [
    ("netsift-packet", 32),
    ("netsift-flow", 40),
    ("netsift-metrics", 24),
    // smartcore brings what it needs.
    ("netsift-models", 60),
];

#[test]
fn stages_stay_lean() {
    for (stage, most) in BUDGETS {
        let crates = crates(stage);
        let is_itself = |name: &String| name.starts_with(&format!("{stage} "));
        assert!(crates.iter().any(is_itself), "{stage} is none of {crates:?}");
        assert!(crates.len() <= most, "{stage} is {} crates of {most}: {crates:?}", crates.len());
    }
}

/// Names and versions of all crates that are built for one, as it is without its tests.
fn crates(stage: &str) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args([
        "tree",
        "--locked",
        "--offline",
        "-p",
        stage,
        "-e",
        "normal,build",
        "--prefix",
        "none",
    ]);
    let tree = tree.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    // A name, a version, and more words for what was listed before.
    let named = |line: &str| line.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
    lines.lines().map(named).collect()
}
