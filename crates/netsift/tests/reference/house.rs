//! The rules of the house, held against the code: who imports whom, who names which foreign crate, what
//! shape the layers have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Foreign crates that one crate alone may name.
const SOLE_OWNERS: [(&str, &str); 11] = [
    ("argon2", "netsift-dashboard"),
    ("axum", "netsift-dashboard"),
    ("bincode", "netsift-container"),
    ("hyper", "netsift-dashboard"),
    ("pcap", "netsift-capture"),
    ("plotly", "netsift-report"),
    ("plotters", "netsift-report"),
    ("pnet_datalink", "netsift-capture"),
    ("pnet_packet", "netsift-packet"),
    ("rusqlite", "netsift-history"),
    ("tokio", "netsift-dashboard"),
];
/// Files beside the layers that are none: types of what TCP's header holds.
const NO_LAYERS: [&str; 4] = ["mod.rs", "tcp_flags.rs", "tcp_header.rs", "tcp_options.rs"];
/// No file is longer: a reader keeps one in mind.
const MAX_LINES: usize = 800;
/// But one: a table is looked up, not read.
const FEATURE_TABLE: &str = "flow/src/features/table.rs";
/// An example is read at once; the one that goes the whole way has some lines more.
const EXAMPLE_LINES: usize = 80;
const QUICKSTART_LINES: usize = 100;

#[test]
fn crates_import_what_the_table_allows() {
    let table = import_table();
    let packages = packages();
    let crates: BTreeSet<_> = packages.iter().filter_map(Package::room).collect();
    let rows: BTreeSet<_> = table.keys().map(String::as_str).collect();
    assert_eq!(crates, rows, "crates, and rows of the table in ARCHITECTURE.md");
    for package in &packages {
        let Some(room) = package.room() else { continue };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.is_normal) {
            let name = dependency.name.as_str();
            if !packages.iter().any(|package| package.name == name) {
                continue;
            }
            let imported = name.strip_prefix("netsift-").unwrap_or(name);
            let allowed = &table[room];
            assert!(
                allowed.contains(imported) || allowed.contains("all"),
                "{room} names {imported}"
            );
            assert!(
                room != "netsift" || dependency.is_optional,
                "netsift cannot do without {imported}"
            );
        }
    }
}

#[test]
fn foreign_crates_are_named_by_their_sole_owners() {
    for (foreign, owner) in SOLE_OWNERS {
        let packages = packages();
        let names = |package: &&Package| package.dependencies.iter().any(|d| d.name == foreign);
        let naming: Vec<_> = packages.iter().filter(names).map(|p| p.name.as_str()).collect();
        assert_eq!(naming, [owner], "who names {foreign}");
    }
}

#[test]
fn no_foreign_type_is_in_the_api_of_packet() {
    for file in rust_files(&root().join("crates/packet/src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let imports = text.split("use pnet_packet::").skip(1);
        let imported = imports.flat_map(|rest| words(rest.split(';').next().unwrap_or_default()));
        let imported: BTreeSet<_> =
            imported.filter(|word| word.starts_with(char::is_uppercase)).collect();
        for signature in public_signatures(&text) {
            let foreign =
                words(signature).find(|word| imported.contains(word) || word.contains("pnet"));
            assert_eq!(foreign, None, "{}: {signature}", file.display());
        }
    }
}

#[test]
fn layers_have_one_shape() {
    let mut layers = 0;
    for folder in ["link", "network", "transport", "tunnel"] {
        for file in rust_files(&root().join("crates/packet/src").join(folder)) {
            let name = file.file_name().unwrap().to_str().unwrap();
            if !NO_LAYERS.contains(&name) {
                has_the_shape_of_a_layer(&file);
                layers += 1;
            }
        }
    }
    assert!(layers > 25, "only {layers} layers were found");
}

#[test]
fn files_are_short_and_every_package_takes_the_lints() {
    for file in rust_files(root()) {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        let is_short = lines <= MAX_LINES || file.ends_with(FEATURE_TABLE);
        assert!(is_short, "{}: {lines} lines", file.display());
    }
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"), "unsafe code is not forbidden");
    for package in packages() {
        let manifest = std::fs::read_to_string(&package.manifest).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{} has lints of its own",
            package.name
        );
    }
}

#[test]
fn examples_are_as_short_as_their_page_says() {
    let examples = rust_files(&root().join("examples"));
    assert!(examples.iter().any(|file| file.ends_with("quickstart.rs")), "{examples:?}");
    for file in examples {
        let is_quickstart = file.ends_with("quickstart.rs");
        let most = if is_quickstart { QUICKSTART_LINES } else { EXAMPLE_LINES };
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= most, "{}: {lines} lines, of {most}", file.display());
    }
}

#[test]
fn every_member_and_every_foreign_dependency_says_why() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = |start: &str, end: &str| {
        let (_, behind) = manifest.split_once(start).unwrap();
        behind.split(end).next().unwrap().to_owned()
    };
    for member in section("members = [\n", "\n]").lines() {
        assert!(member.contains('#'), "no reason for the member {member}");
    }
    // A comment speaks for the lines below it, up to a blank line or one of our own crates.
    let mut reason = false;
    for line in section("[workspace.dependencies]\n", "\n[").lines() {
        match line {
            _ if line.starts_with('#') => reason = true,
            _ if line.is_empty() || line.starts_with("netsift") => reason = false,
            _ => assert!(reason, "no reason for the dependency {line}"),
        }
    }
}

/// A package of the workspace.
struct Package {
    name: String,
    manifest: PathBuf,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    is_normal: bool,
    is_optional: bool,
}

impl Package {
    /// Its name in the table; nothing for benches, examples and fuzz bodies.
    fn room(&self) -> Option<&str> {
        let folder = self.manifest.parent()?;
        (folder.parent()?.file_name()? == "crates").then(|| folder.file_name()?.to_str())?
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn packages() -> Vec<Package> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        is_normal: value["kind"].is_null(),
        is_optional: value["optional"].as_bool().unwrap(),
    };
    let package = |value: &Value| Package {
        name: text(&value["name"]),
        manifest: text(&value["manifest_path"]).into(),
        dependencies: value["dependencies"].as_array().unwrap().iter().map(dependency).collect(),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// Crate to what it may import, as ARCHITECTURE.md has it.
fn import_table() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, table) = text.split_once("| crate | may import |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let name = cells.next().unwrap().to_owned();
        let allowed = words(cells.next().unwrap()).map(str::to_owned).collect();
        (name, allowed)
    };
    rows.map(row).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Every `.rs` file below `folder`, build outputs left out.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            files.extend(rust_files(&path));
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
    files
}

/// What is public, each up to its body.
fn public_signatures(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("pub ").map(|(at, _)| at);
    let starts = starts.filter(|at| text[..*at].trim_end_matches(' ').ends_with('\n'));
    starts.map(|at| text[at..].split(['{', ';', '=']).next().unwrap_or_default())
}

fn has_the_shape_of_a_layer(file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.display();
    assert!(text.starts_with("//! "), "{name} does not open with what it is");
    let steps: Vec<_> = text.lines().filter(|line| line.contains("fn step")).collect();
    let packet = ["packet", "_"].map(|packet| {
        format!("pub(crate) fn step<'a>({packet}: &mut Packet<'a>, rest: Rest<'a>) -> Step<'a> {{")
    });
    assert!(
        matches!(&steps[..], [step] if packet.iter().any(|form| form == step)),
        "{name}: {steps:?}"
    );
    let (_, tests) =
        text.split_once("\n#[cfg(test)]\n").unwrap_or_else(|| panic!("{name}: no tests"));
    assert!(tests.contains("mod tests {\n"), "{name}: its tests are not in `mod tests`");
    let behind = tests.split_once("\n}\n").map(|(_, behind)| behind);
    assert_eq!(behind, Some(""), "{name}: something stands behind the tests");
}
