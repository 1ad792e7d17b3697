//! What takes a permission, and permissions given up. Each is tried in a child, which is this very program.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use netsift_capture::{
    Backend, Batch, BatchSource, CaptureError, Fill, Live, LiveFault, LiveOptions, drop_privileges,
};

use super::wire::{self, HERE};
use super::{backends, on_a_wire};

/// The only capability that is left, as the kernel numbers them: CAP_NET_RAW.
const NET_RAW: u64 = 1 << 13;

/// Tells a child which back end it is to try; a test that is not started so does nothing.
const BACKEND: &str = "NETSIFT_TEST_BACKEND";

#[test]
fn without_permission_the_command_that_grants_it_is_told() {
    on_a_wire(|backend, _| {
        let mut nobody = Command::new("setpriv");
        nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]);
        // Where tests are built, strangers may not look.
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let program = folder.path().join("child of a test");
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let output = child(nobody.arg(&program), "child_without_permission", backend);
        let Some(output) = output else { return };
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        let command = format!("sudo setcap cap_net_raw+ep '{}'", program.display());
        assert!(said.contains(&command), "{backend}: {said}");
    });
}

#[test]
fn child_without_permission() {
    let Some(backend) = asked() else { return };
    let error = Live::open(HERE, LiveOptions::new().backend(backend)).unwrap_err();
    let CaptureError::Live { source: LiveFault::NoPermission { .. }, .. } = &error else {
        panic!("{error}: {:?}", error.source())
    };
    println!("{}", error.source().unwrap());
}

#[test]
fn privileges_are_dropped_and_interfaces_can_still_be_opened() {
    on_a_wire(|backend, _| {
        let mut program = Command::new(std::env::current_exe().unwrap());
        let Some(output) = child(&mut program, "child_that_drops_privileges", backend) else {
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    });
}

#[test]
fn child_that_drops_privileges() {
    let Some(backend) = asked() else { return };
    let mut live = Live::open("lo", LiveOptions::new().backend(backend)).unwrap();
    let privileges = drop_privileges(Some("nobody")).unwrap();
    assert_eq!((privileges.user.as_deref(), privileges.may_capture), (Some("nobody"), true));
    let others = fs::read_dir("/proc/self/task").unwrap().count() - 1;
    assert_eq!(privileges.older_threads, others);
    assert_eq!(privileges.is_root, privileges.user.is_none());

    let own = status("/proc/thread-self/status");
    for set in ["CapEff", "CapPrm"] {
        assert_eq!(hexadecimal(&own, set), NET_RAW, "{set}");
    }
    for set in ["CapInh", "CapAmb", "CapBnd"] {
        assert_eq!(hexadecimal(&own, set), 0, "{set}");
    }
    assert_eq!(field(&own, "NoNewPrivs"), "1");
    assert_eq!(field(&own, "Uid"), "65534\t65534\t65534\t65534");
    assert!(field(&own, "Groups").split_whitespace().all(|group| group != "0"), "{own}");
    for task in fs::read_dir("/proc/self/task").unwrap() {
        let status = status(task.unwrap().path().join("status").to_str().unwrap());
        assert_eq!(hexadecimal(&status, "CapPrm") & !NET_RAW, 0, "{status}");
        assert_eq!(field(&status, "Uid"), "65534\t65534\t65534\t65534");
    }

    assert!(fs::read("/etc/shadow").is_err(), "what root alone may read was read");
    assert_eq!(live.fill(&mut Batch::new()).unwrap(), Fill::More);
    Live::open("lo", LiveOptions::new().backend(backend)).unwrap();
    let again = drop_privileges(None).unwrap();
    assert_eq!((again.user, again.may_capture), (None, true));
    assert!(drop_privileges(Some("daemon")).is_err(), "who is not root became another");
}

#[test]
fn users_that_cannot_be_become_nobody() {
    // Refused before anything is given up: the test's own process goes on.
    for (user, reason) in
        [("no such user here", "there is no user"), ("root", "root is root"), ("", "no user")]
    {
        let error = drop_privileges(Some(user)).unwrap_err();
        let told = error.source().unwrap().to_string();
        assert!(told.contains(reason), "{user}: {told}");
    }
}

/// Runs one test of this program as a child in the namespace of the test, if it can be started.
fn child(program: &mut Command, test: &str, backend: Backend) -> Option<Output> {
    let name = format!("live::permissions::{test}");
    let output = program
        .args([name.as_str(), "--exact", "--nocapture"])
        .env(BACKEND, backend.to_string())
        .output();
    match output {
        Ok(output) => Some(output),
        Err(error) => {
            wire::skip(&format!("{} is missing: {error}", program.get_program().display()));
            None
        }
    }
}

fn asked() -> Option<Backend> {
    let asked = std::env::var(BACKEND).ok()?;
    backends().into_iter().find(|backend| backend.to_string() == asked)
}

fn status(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}

fn field<'a>(status: &'a str, name: &str) -> &'a str {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap().trim()
}

fn hexadecimal(status: &str, name: &str) -> u64 {
    u64::from_str_radix(field(status, name), 16).unwrap()
}
