//! The README's commands, run as they stand there.

use std::process::Command;

use crate::Run;
use crate::captures::Folder;

const README: &str = include_str!("../../../../README.md");
const PROGRAM: &str = "cargo run --release -p netsift-cli --";

/// Commands that are not run here: `.ci/run` runs the one, and the other runs this.
const ELSEWHERE: [&str; 2] = ["cargo run --release --example quickstart", "cargo test --workspace"];

/// Whether these commands tell servers elsewhere: others run them, with servers here.
pub(crate) fn is_first_steps(commands: &str) -> bool {
    commands.contains("mail.example.org")
}

/// Whether these commands serve a page until somebody ends them.
pub(crate) fn is_served(commands: &str) -> bool {
    commands.contains("netsift serve ")
}

/// The blocks of commands, each with the output that stands in the block behind it, if one does.
pub(crate) fn blocks() -> Vec<(String, Option<&'static str>)> {
    let blocks: Vec<&str> = README.split("\n```").collect();
    let commands = |at: usize| blocks.get(at)?.strip_prefix("sh\n");
    let output = |at: usize| blocks.get(at)?.strip_prefix("text\n");
    let block = |at: usize| {
        let commands = commands(at).filter(|commands| commands.contains(PROGRAM))?;
        Some((commands.replace(PROGRAM, env!("CARGO_BIN_EXE_netsift")), output(at + 2)))
    };
    (0..blocks.len()).filter_map(block).collect()
}

#[test]
fn what_is_not_run_here_is_known_by_name() {
    let blocks = README.split("\n```").filter_map(|block| block.strip_prefix("sh\n"));
    let others = blocks.filter(|commands| !commands.contains(PROGRAM)).flat_map(str::lines);
    let others: Vec<&str> = others.map(|line| line.split('#').next().unwrap().trim()).collect();
    assert_eq!(others, ELSEWHERE);
}

#[cfg(unix)]
#[test]
fn commands_of_the_readme_do_what_it_says() {
    let folder = Folder::new();
    let mut compared = 0;
    for (commands, output) in blocks() {
        if is_first_steps(&commands) {
            continue;
        }
        if is_served(&commands) {
            #[cfg(feature = "dashboard")]
            commands.lines().for_each(|line| crate::serving::served(&folder.path(""), line));
            continue;
        }
        let mut shell = Command::new("sh");
        let shell = shell.args(["-ec", &commands]).current_dir(folder.path(""));
        let told = Run::of(&shell.output().unwrap());
        assert_eq!(told.code, 0, "{commands}: {}", told.errors);
        if let Some(output) = output {
            assert_eq!(told.out.trim_end(), output, "{commands}");
            compared += 1;
        }
    }
    assert!(compared > 0, "no output is compared");
}
