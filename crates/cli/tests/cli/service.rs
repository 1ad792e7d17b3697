//! The example of a systemd unit: what it starts is a command of the program, with rights that suffice.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::captures::pcap;
use crate::{Run, program};

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/systemd/netsift.service");
const CONFIG: &str = "/etc/netsift/netsift.toml";

fn of(key: &str) -> Vec<String> {
    let unit = fs::read_to_string(UNIT).unwrap();
    let values = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    values.map(str::to_owned).collect()
}

/// What it starts, with a configuration that is here.
fn started(config: &str) -> Vec<String> {
    let command = of("ExecStart").concat();
    let words: Vec<String> = command.replace(CONFIG, config).split(' ').map(Into::into).collect();
    assert!(command.contains(CONFIG) && words[0].ends_with("/netsift"), "{command}");
    words[1..].to_vec()
}

#[test]
fn its_command_is_understood_and_its_configuration_asked() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("netsift.toml");
    fs::write(&config, "[source]\ninterface = 'no such'\n").unwrap();
    let arguments = started(config.to_str().unwrap());
    let told = Run::of(&program().args(&arguments).output().unwrap());
    assert_eq!(told.code, 1, "{}", told.errors);
    assert!(told.errors.contains("there is no such interface"), "{}", told.errors);
}

/// Captures on the loopback interface as the unit would: as nobody, with the right to capture alone.
#[cfg(target_os = "linux")]
#[test]
fn its_rights_suffice() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let rights = of("AmbientCapabilities").concat().replace("CAP_", "+").to_lowercase();
    assert_eq!(of("CapabilityBoundingSet").concat(), of("AmbientCapabilities").concat());
    fs::write(at.join("n.toml"), "[source]\ninterface = 'lo'\n[history]\npath = 'h.db'\n").unwrap();
    let own = Command::new("chown").args(["-R", "65534:65534"]).arg(at).status();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]);
    for kind in ["--inh-caps", "--ambient-caps", "--bounding-set"] {
        command.arg(format!("{kind}=-all,{rights}"));
    }
    // Nobody may look into the folder of the build: the program is run from a copy.
    let copy = at.join("netsift");
    fs::copy(env!("CARGO_BIN_EXE_netsift"), &copy).unwrap();
    command.arg(&copy).args(started("n.toml")).args(["--duration", "1s"]).current_dir(at);
    let Ok(output) = command.output() else { return skipped("no setpriv") };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("setpriv:") || !own.is_ok_and(|it| it.success()) {
        return skipped(&said);
    }
    assert!(output.status.success(), "{said}");
    assert!(at.join("h.db").exists());
}

/// People do by hand what the service does, as its user: that is one that stays, and is made beside it.
#[test]
fn its_user_is_one_that_stays() {
    let users =
        fs::read_to_string(Path::new(UNIT).with_file_name("netsift-sysusers.conf")).unwrap();
    let made = users.lines().find_map(|line| line.strip_prefix("u ")?.split(' ').next());
    assert_eq!(made, Some(of("User").concat().as_str()));
    assert_eq!((of("User"), of("DynamicUser")), (of("Group"), Vec::new()));
    assert!(users.contains(&format!(" /var/lib/{}", of("StateDirectory").concat())), "{users}");
}

/// The commands that the unit shows for its user, in the folder of its files.
#[test]
fn what_its_comments_show_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let config =
        "[sinks.log.json_lines]\npath = 'alerts.jsonl'\n[history]\npath = 'netsift-history.db'\n";
    fs::write(at.join("n.toml"), config).unwrap();
    fs::write(at.join("none.pcap"), pcap(&[])).unwrap();
    let run =
        |words: &str| Run::of(&program().args(words.split(' ')).current_dir(at).output().unwrap());
    assert_eq!(run("detect --config n.toml none.pcap -q").code, 0);
    let unit = fs::read_to_string(UNIT).unwrap();
    let shown = unit.lines().filter_map(|line| line.strip_prefix("#   sudo -u netsift netsift "));
    let shown: Vec<String> = shown.map(|words| words.replace(CONFIG, "n.toml")).collect();
    assert_eq!(shown.len(), 4);
    for words in shown {
        let told = run(&words);
        assert_eq!(told.code, 0, "{words}: {}", told.errors);
    }
}

/// systemd's own opinion, where it is installed.
#[test]
fn systemd_finds_nothing_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, unit) = (env!("CARGO_BIN_EXE_netsift"), fs::read_to_string(UNIT).unwrap());
    let path = folder.path().join("netsift.service");
    fs::write(&path, unit.replace("/usr/local/bin/netsift", copy)).unwrap();
    let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output();
    let Ok(output) = verified else { return eprintln!("SKIPPED: systemd-analyze is missing") };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("netsift.service"), "{said}");
}

#[cfg(target_os = "linux")]
fn skipped(why: &str) {
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{why}");
    eprintln!("SKIPPED: rights can be given away by root alone: {why}");
}
