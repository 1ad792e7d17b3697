//! Alerts to a program, as JSON on its standard input.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::remote::{clean, seconds};
use crate::{Alert, Form, Sink, SinkError};

/// The most bytes that are kept of what a program complains of; the rest is read and forgotten.
const MAX_COMPLAINT: u64 = 4_096;
/// The most bytes of it that are told.
const MAX_TOLD: usize = 200;
/// How long what a program said before it ended may take to be read. Only who left its group can keep that waiting.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is started, and with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ProgramSettings {
    /// The program: its path, or a name that is looked up once, at start. No shell sees it.
    pub program: PathBuf,
    /// What it is called with, as it stands here: nothing of an alert becomes an argument.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// The names of variables that it is given of the environment. Default: none, not even `PATH`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub environment: BTreeSet<String>,
    /// The words that its JSON is in. Default: an alert's own.
    #[serde(default)]
    pub form: Form,
    /// How long it may take, in seconds. Default: 30.
    #[serde(default = "timeout")]
    pub timeout: f64,
}

/// A program that is started for each delivery, and given an alert a line.
///
/// Once it has ended, or its time is up, what it has started and left behind is ended too (on Unix, where those are of one
/// group).
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, OsString)>,
    form: Form,
    timeout: Duration,
}

const fn timeout() -> f64 {
    30.0
}

impl ProgramSettings {
    /// Settings for a program, the rest as it is by default.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: BTreeSet::new(),
            form: Form::default(),
            timeout: timeout(),
        }
    }
}

impl Program {
    /// A sink with these settings; nothing is started yet.
    ///
    /// # Errors
    /// [`SinkError::Setting`] for what cannot be: a program that is not there, a variable that is not set.
    pub fn new(settings: ProgramSettings) -> Result<Self, SinkError> {
        let timeout = seconds("program.timeout", settings.timeout)?;
        let shown = settings.program.display();
        let rule = "the absolute path of a program, or the name of one that is in PATH";
        let path = find(&settings.program)
            .ok_or_else(|| SinkError::setting("program.program", shown, rule))?;
        if let Some(argument) = settings.arguments.iter().find(|it| it.contains('\0')) {
            return Err(SinkError::setting(
                "program.arguments",
                argument,
                "text without zero bytes",
            ));
        }
        let variable = |name: &String| {
            let is_name = !name.is_empty() && !name.contains(['=', '\0']);
            let value = is_name.then(|| std::env::var_os(name)).flatten();
            let rule = "names of variables that are set";
            let refuse = || SinkError::setting("program.environment", name, rule);
            value.map(|value| (name.clone(), value)).ok_or_else(refuse)
        };
        let environment = settings.environment.iter().map(variable).collect::<Result<_, _>>()?;
        let ProgramSettings { arguments, form, .. } = settings;
        Ok(Self { path, arguments, environment, form, timeout })
    }

    fn start(&self) -> Result<Child, SinkError> {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).env_clear().envs(self.environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().map_err(|source| self.failed(source))
    }

    fn target(&self) -> String {
        self.path.display().to_string()
    }

    fn failed(&self, source: io::Error) -> SinkError {
        SinkError::Unreachable { target: self.target(), source }
    }
}

impl Sink for Program {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        if alerts.is_empty() {
            return Ok(());
        }
        let mut input = Vec::new();
        for alert in alerts {
            self.form.write(alert, &mut input);
        }
        let mut child = self.start()?;
        // Threads of their own: a program may read nothing, or complain without end.
        let fed = child.stdin.take().map(|pipe| thread::spawn(move || feed(pipe, &input)));
        let complaint = child.stderr.take().map(complaint);
        let ended = wait(&mut child, self.timeout);
        end(&mut child);
        drop(fed);
        let complaint = complaint.and_then(|said| said.recv_timeout(LAST_WORDS).ok());
        match ended.map_err(|source| self.failed(source))? {
            Some(status) if status.success() => Ok(()),
            Some(status) => {
                let line = complaint.unwrap_or_default();
                let answer = format!("{status} {}", clean(line.trim(), MAX_TOLD));
                let answer = answer.trim_end().to_owned();
                Err(SinkError::Busy { target: self.target(), answer, wait: None })
            }
            None => Err(SinkError::Silent { target: self.target(), waited: self.timeout }),
        }
    }
}

/// A program that has heard enough closes its input: that is its right.
fn feed(mut pipe: impl Write, input: &[u8]) {
    let _ = pipe.write_all(input);
}

/// The first line of what a program complains of, as soon as it is there. The rest is read and forgotten, so that it can go
/// on.
fn complaint(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let (mut pipe, mut said) = (BufReader::new(pipe), Vec::new());
        let _ = pipe.by_ref().take(MAX_COMPLAINT).read_until(b'\n', &mut said);
        let _ = send.send(String::from_utf8_lossy(&said).into_owned());
        let _ = io::copy(&mut pipe, &mut io::sink());
    });
    receive
}

/// How it ended; nothing if its time is up. It is not taken off the system's list yet: its number is still its own.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let (until, mut pause) = (Instant::now() + timeout, Duration::from_millis(1));
    loop {
        if has_ended(child)? {
            kill_group(child);
            return child.wait().map(Some);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Ends it with all that it has started, and takes it off the system's list.
fn end(child: &mut Child) {
    if !matches!(child.try_wait(), Ok(Some(_))) {
        kill_group(child);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Whether it has ended. Asked so that it stays on the system's list, and its group's number is nobody else's.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
    use nix::unistd::Pid;
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
    let status = waitid(Id::Pid(Pid::from_raw(child.id() as i32)), flags)?;
    Ok(status != WaitStatus::StillAlive)
}

#[cfg(unix)]
fn kill_group(child: &Child) {
    use nix::sys::signal::{Signal, killpg};
    let _ = killpg(nix::unistd::Pid::from_raw(child.id() as i32), Signal::SIGKILL);
}

#[cfg(not(unix))]
fn has_ended(child: &mut Child) -> io::Result<bool> {
    child.try_wait().map(|status| status.is_some())
}

#[cfg(not(unix))]
fn kill_group(_: &Child) {}

/// The file of a program: of a name, the first in `PATH`.
fn find(program: &Path) -> Option<PathBuf> {
    if program.is_absolute() {
        return Some(program.to_owned()).filter(|path| is_program(path));
    }
    // A path that begins where the program was started is another one tomorrow.
    if program.components().count() != 1 {
        return None;
    }
    let paths = std::env::var_os("PATH")?;
    let mut found = std::env::split_paths(&paths).map(|folder| folder.join(program));
    found.find(|path| path.is_absolute() && is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::sample;

    fn shell(script: &str, timeout: f64) -> Program {
        let mut settings = ProgramSettings::new("/bin/sh");
        settings.arguments = vec!["-c".into(), script.into()];
        settings.timeout = timeout;
        Program::new(settings).unwrap()
    }

    #[test]
    fn alerts_are_lines_of_json_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let hostile = "$(touch /nowhere)\n`id`\0'\"; exit 1";
        let alerts = [sample(hostile), sample("b")];
        shell(&format!("cat > {}; env >> {0}", path.display()), 5.0).accept(&alerts).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        for alert in &alerts {
            assert_eq!(&serde_json::from_str::<Alert>(lines.next().unwrap()).unwrap(), alert);
        }
        // What a shell sets by itself.
        assert!(lines.all(|line| ["PWD=", "SHLVL=", "_="].iter().any(|it| line.starts_with(it))));
    }

    #[test]
    fn who_reads_nothing_or_complains_without_end_holds_nobody_up() {
        let many = vec![sample(&"x".repeat(100_000)); 20];
        shell("exit 0", 5.0).accept(&many).unwrap();
        let error =
            shell("echo 'no\u{1b}[31m' >&2; yes >&2 & sleep 0.1; exit 3", 5.0).accept(&many);
        let error = error.unwrap_err();
        assert!(error.may_pass());
        let error = error.to_string();
        assert_eq!(error, "/bin/sh cannot take it now: exit status: 3 no\\u{1b}[31m");
    }

    #[test]
    fn who_takes_too_long_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}; wait", path.display());
        let began = Instant::now();
        let error = shell(&script, 0.5).accept(&[sample("a")]).unwrap_err();
        assert!(matches!(error, SinkError::Silent { .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(3));
        let pid: i32 = std::fs::read_to_string(&path).unwrap().trim().parse().unwrap();
        is_gone(pid);
    }

    #[test]
    fn what_is_left_behind_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}", path.display());
        shell(&script, 5.0).accept(&[sample("a")]).unwrap();
        is_gone(std::fs::read_to_string(&path).unwrap().trim().parse().unwrap());
    }

    /// Its parent is init by now, which may take a moment to notice, or never does in a container: a zombie is gone.
    fn is_gone(pid: i32) {
        let until = Instant::now() + Duration::from_secs(2);
        let runs = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let state =
                stat.rsplit_once(") ").map_or('Z', |(_, rest)| rest.chars().next().unwrap());
            state != 'Z'
        };
        while runs() {
            assert!(Instant::now() < until, "{pid} still runs");
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn no_zombie_is_left() {
        let mut program = shell("exit 0", 5.0);
        for _ in 0..20 {
            program.accept(&[sample("a")]).unwrap();
        }
        let own = std::process::id().to_string();
        let children = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let stat = std::fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
            let mut rest = stat.rsplit_once(") ")?.1.split(' ');
            Some((rest.next()?.to_owned(), rest.next()?.to_owned(), stat.clone()))
        });
        let zombies: Vec<_> = children
            .filter(|(state, parent, stat)| state == "Z" && *parent == own && stat.contains("(sh)"))
            .collect();
        // Other tests of this process start programs, too, and reap them a moment later.
        assert!(zombies.len() < 5, "{zombies:?}");
    }

    #[test]
    fn settings_that_cannot_be_are_refused() {
        for program in ["/nowhere", "bin/sh", "./sh", "/bin", "/etc/passwd", "no-such-program", ""]
        {
            let error = Program::new(ProgramSettings::new(program)).err().unwrap().to_string();
            assert!(error.starts_with("program.program is "), "{error}");
        }
        assert_eq!(
            Program::new(ProgramSettings::new("sh")).unwrap().path.file_name().unwrap(),
            "sh"
        );
        let mut settings = ProgramSettings::new("sh");
        settings.environment.insert("NETSIFT_IS_NOT_SET".into());
        assert!(Program::new(settings).is_err());
    }
}
