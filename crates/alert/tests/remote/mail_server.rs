//! Python's server of mail, for the tests of this crate and of the program.

use std::fs::File;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const SCRIPT: &str = include_str!("mail_server.py");

/// A program that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The Python that knows the server of mail: another one may stand before the system's.
pub(crate) fn python() -> Option<&'static str> {
    let knows = |python: &&str| {
        let output = Command::new(python).args(["-c", "import aiosmtpd"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(knows);
    if found.is_none() {
        skipped("aiosmtpd");
    }
    found
}

/// It wants STARTTLS and a password, refuses `never@`, and keeps mails as JSON in a file of the folder, `mails`.
pub(crate) fn mail_server(
    python: &str,
    folder: &Path,
    port: u16,
    certificate: &Path,
    key: &Path,
) -> Running {
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT, &port.to_string()]).arg(folder.join("mails"));
    command.arg(certificate).arg(key);
    let log = File::create(folder.join("log")).unwrap();
    let running = Running(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    let end = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < end, "the mail server does not listen");
        sleep(Duration::from_millis(20));
    }
    running
}

/// Says aloud that something is missing; where all has to be there, that is a failure.
pub(crate) fn skipped(what: &str) {
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{what} is missing");
    eprintln!("SKIPPED: {what} is missing");
}
