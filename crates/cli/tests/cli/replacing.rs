//! `netsift detect` whose lists, models and policy change while packets come: what is good is taken, what is bad is said, and
//! nothing is lost.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::{interrupt, pause, program, run};

/// How many packets are fed, and in how many portions.
const PACKETS: &str = "12000";
const PORTIONS: usize = 6;
/// For what the program says: reading a million lines takes seconds without optimisation, on a busy machine more.
const LONGEST: Duration = Duration::from_secs(120);

/// The program on a pipe that is fed a capture in portions.
struct Running {
    folder: tempfile::TempDir,
    child: Child,
    stdin: ChildStdin,
    errors: Receiver<String>,
    capture: Vec<u8>,
    fed: usize,
}

impl Running {
    /// Of files in a folder; told.csv has what is said of every flow.
    fn start(folder: tempfile::TempDir, arguments: &[&str]) -> Self {
        let path = folder.path().join("fed.pcap");
        let made = ["synth", "--mix", "web", "--ipv6", "0.5", "--packets", PACKETS, "-o"];
        assert_eq!(run(&[&made[..], &[path.to_str().unwrap()]].concat()).code, 0);
        let mut command = program();
        command.args(["detect", "-", "--predictions", "told.csv"]).args(arguments);
        // What is resident shall be what is in use: glibc keeps more and more of what large lists have given back.
        command.current_dir(folder.path()).env("MALLOC_MMAP_THRESHOLD_", "131072");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, errors) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, stdin, errors, capture: fs::read(path).unwrap(), fed: 0, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Feeds the next portion, and leaves time for it to be judged.
    fn feed(&mut self) {
        let end = |portion: usize| self.capture.len() * portion / PORTIONS;
        self.stdin.write_all(&self.capture[end(self.fed)..end(self.fed + 1)]).unwrap();
        self.fed += 1;
        pause(1_000);
    }

    /// What it says until it says this.
    fn until(&self, text: &str) -> String {
        let mut said = String::new();
        while !said.contains(text) {
            let line = self.errors.recv_timeout(LONGEST);
            assert!(line.is_ok(), "{text}: {said}");
            said += &(line.unwrap() + "\n");
        }
        said
    }

    /// Puts a file in the place of another, as a whole.
    fn rename(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path("new"), bytes).unwrap();
        fs::rename(self.path("new"), self.path(name)).unwrap();
    }

    /// Feeds the rest and ends it: every packet was seen. The rows of what was said of flows, in their order.
    fn end(mut self) -> Vec<Vec<String>> {
        while self.fed < PORTIONS {
            self.feed();
        }
        let Self { folder, mut child, stdin, errors, .. } = self;
        drop(stdin);
        assert!(child.wait().unwrap().success());
        let said: Vec<String> = errors.iter().collect();
        let packets = said.iter().find(|line| line.trim_start().starts_with("packets "));
        assert!(packets.is_some_and(|line| line.ends_with(" 12,000")), "{said:?}");
        let told = fs::read_to_string(folder.path().join("told.csv")).unwrap();
        let row = |line: &str| line.split(',').map(str::to_owned).collect();
        told.lines().skip(1).map(row).collect()
    }
}

const QUANTILE: usize = 12;
const SCORE: usize = 13;

/// Where synth has hosts over IPv6.
const HOSTS: &str = "2001:db8::/32\n";

/// A million networks that nobody calls; behind them perhaps one in which everybody is.
fn networks(has_hosts: bool) -> String {
    let network = |number: u32| {
        let [a, b, c, _] = (0x1400_0000 + number * 512).to_be_bytes();
        format!("{a}.{b}.{c}.0/24\n")
    };
    let hosts = if has_hosts { HOSTS } else { "" };
    (0..1_000_000).map(network).collect::<String>() + hosts
}

/// The scores of the flows between hosts over IPv6, in the order in which they were told.
fn scores_of_hosts(rows: &[Vec<String>]) -> Vec<f64> {
    let of_hosts = rows.iter().filter(|row| row[1].starts_with("2001:db8:"));
    of_hosts.map(|row| row[SCORE].parse().unwrap()).collect()
}

/// Bytes of a program that are resident.
#[cfg(target_os = "linux")]
fn resident(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() << 10
}

/// Files come by another name and become the list at once, or are written in its place bit by bit; some are damaged. Until
/// there is a good one the one before it serves.
#[test]
fn a_list_of_a_million_is_replaced_and_no_packet_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (with, without) = (networks(true), networks(false));
    fs::write(folder.path().join("list.txt"), &with).unwrap();
    let mut running = Running::start(folder, &["--lists", "list.txt=high"]);
    running.until("list.txt: 1");
    running.feed();
    #[cfg(target_os = "linux")]
    let before = resident(&running.child);
    running.rename("list.txt", &with);
    running.feed();
    let said = running.until("lists: read again");
    assert!(said.contains("list.txt: 1000001 of 1000001 entries"), "{said}");
    running.rename("list.txt", &without);
    running.until("lists: read again");
    running.feed();
    let mut file = File::create(running.path("list.txt")).unwrap();
    for half in [&with[..with.len() / 2], &with[with.len() / 2..]] {
        file.write_all(half.as_bytes()).unwrap();
        pause(300);
    }
    drop(file);
    running.until("lists: read again");
    running.feed();
    let holes = [&without.as_bytes()[..without.len() / 2], &[0; 1_000_000]].concat();
    running.rename("list.txt", holes);
    assert!(running.until("lists: kept as before").contains("binary data"));
    running.rename("list.txt", running.capture.clone());
    assert!(running.until("lists: kept as before").contains("a capture of packets"));
    running.feed();
    #[cfg(target_os = "linux")]
    {
        let after = resident(&running.child);
        assert!(after < before + before / 10 + (16 << 20), "{before} {after}");
    }
    let scores = scores_of_hosts(&running.end());
    let hits: Vec<bool> = scores.iter().map(|score| *score > 0.0).collect();
    // Both first lists have the hosts, the third has not, the fourth has, and those behind it are none.
    let runs: Vec<(bool, usize)> =
        hits.chunk_by(|one, other| one == other).map(|run| (run[0], run.len())).collect();
    let kinds: Vec<bool> = runs.iter().map(|(is_hit, _)| *is_hit).collect();
    assert_eq!(kinds, [true, false, true], "{runs:?}");
    assert!(runs.iter().all(|(_, flows)| *flows > 5), "{runs:?}");
}

fn trained(folder: &Path) -> Vec<u8> {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (usual, model) = (path("usual.pcap"), path("m.nsm"));
    assert_eq!(run(&["synth", "--packets", "4000", "--mix", "web", "-o", &usual]).code, 0);
    assert_eq!(run(&["train", &usual, "-o", &model, "-q"]).code, 0);
    fs::read(model).unwrap()
}

#[test]
fn a_bad_model_or_policy_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let model = trained(folder.path());
    // How bad a hit on a list is says which policy holds.
    let policy = |risk: &str| format!("[anomaly]\nweight = 0.0\n[lists]\nmedium = {risk}\n");
    fs::write(folder.path().join("p.toml"), policy("0.9")).unwrap();
    fs::write(folder.path().join("list.txt"), HOSTS).unwrap();
    let known = ["--anomaly", "m.nsm", "--policy", "p.toml", "--lists", "list.txt"];
    let mut running = Running::start(folder, &known);
    running.feed();
    running.rename("m.nsm", &model[..model.len() / 2]);
    assert!(running.until("models: kept as before").contains("m.nsm: "));
    running.rename("m.nsm", &running.capture);
    assert!(running.until("models: kept as before").contains("not a model file"));
    fs::remove_file(running.path("m.nsm")).unwrap();
    assert!(running.until("models: kept as before").contains("cannot read"));
    running.rename("p.toml", policy("7"));
    assert!(running.until("the policy: kept as before").contains("p.toml: "));
    running.feed();
    running.rename("m.nsm", &model);
    running.until("models: read again");
    running.rename("p.toml", policy("0.2"));
    running.until("the policy: read again");
    let rows = running.end();
    let ends = rows.iter().filter(|row| row[8] != "early");
    assert!(ends.clone().count() > 20);
    assert!(ends.clone().all(|row| row[QUANTILE].parse::<f64>().is_ok()), "a model was there");
    let scores = scores_of_hosts(&rows);
    let runs: Vec<u64> =
        scores.chunk_by(|one, other| one == other).map(|run| run[0].round() as u64).collect();
    assert_eq!(runs, [90, 20], "{scores:?}");
}

/// What takes long to read is not what the rest waits for with one half replaced.
#[test]
fn what_is_wished_for_together_is_replaced_together() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let list: Vec<String> = networks(true).lines().skip(800_000).map(str::to_owned).collect();
    fs::write(folder.path().join("list.txt"), list.join("\n")).unwrap();
    let mut running = Running::start(folder, &["--anomaly", "m.nsm", "--lists", "list.txt"]);
    running.until("list.txt: 2");
    running.feed();
    let began = Instant::now();
    interrupt(&running.child, "-HUP");
    running.until("models: read again");
    let first = began.elapsed();
    running.until("lists: read again");
    let both = began.elapsed();
    assert!(both < first * 2, "{first:?} {both:?}");
    running.end();
}

#[test]
fn what_of_a_policy_holds_from_the_start_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.toml"), "[early]\nseconds = 20.0\n").unwrap();
    let mut running = Running::start(folder, &["--policy", "p.toml"]);
    running.feed();
    let early = "[early] packets and seconds hold from the next start";
    running.rename("p.toml", "[early]\nseconds = 20.0\nmodels = true\n");
    assert!(!running.until("the policy: read again").contains(early));
    running.rename("p.toml", "[early]\nseconds = 20.0\npackets = 9\n");
    assert!(running.until("the policy: read again").contains(early));
    running.end();
}
