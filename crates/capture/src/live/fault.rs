//! What stands against capturing on an interface, and against dropping privileges.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use netsift_packet::FilterError;
use thiserror::Error;

use crate::{Backend, Loss};

/// Why an interface cannot be captured on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LiveFault {
    /// It is not there.
    #[error("there is no such interface{}", others(.nearest.as_deref(), .known))]
    NoSuchInterface {
        /// The interface whose name is like it.
        nearest: Option<String>,
        /// Those there are.
        known: Vec<String>,
    },
    /// The process may not.
    #[error("no permission: it needs the capability CAP_NET_RAW; {}, or run it as root", granting(.program))]
    NoPermission {
        /// The program to which the capability can be granted.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is switched off.
    #[error("it is down; `ip link set {interface} up` switches it on")]
    Down {
        /// Its name.
        interface: String,
    },
    /// It went away, and it was asked not to wait for it.
    #[error("it {loss}")]
    Lost {
        /// What became of it.
        loss: Loss,
    },
    /// What its frames begin with is not known. libpcap may know.
    #[error("what frames of its hardware type, {hardware}, begin with is not known")]
    LinkType {
        /// The system's number for what it is.
        hardware: u16,
    },
    /// The filter is none.
    #[error("the filter {filter:?} cannot be used")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        source: FilterError,
    },
    /// libpcap does not take the filter.
    #[error("the filter {filter:?} cannot be used")]
    KernelFilter {
        /// The filter.
        filter: String,
        /// What libpcap said.
        source: io::Error,
    },
    /// This build lacks the back end.
    #[error("this build has no {backend}: build with the feature `live-pcap`")]
    NotBuilt {
        /// The back end.
        backend: Backend,
    },
    /// Too many files are open for a back end that watches only the first ones.
    #[error("{limit} files are open, and the system's way to wait for frames knows no more")]
    TooManyFiles {
        /// How many can be watched.
        limit: i32,
    },
    /// It could not be opened.
    #[error("it cannot be opened")]
    Open {
        /// What the system said.
        source: io::Error,
    },
}

impl LiveFault {
    /// For a socket that the system did not give: for want of a permission, or for another reason.
    pub(crate) fn unopened(source: io::Error) -> Self {
        if source.kind() != io::ErrorKind::PermissionDenied {
            return Self::Open { source };
        }
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("PROGRAM"));
        Self::NoPermission { program, source }
    }
}

/// Where dropping privileges failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PrivilegeFault {
    /// The user to become is not known.
    #[error("there is no user {user}")]
    NoSuchUser {
        /// Its name.
        user: String,
    },
    /// To become another user takes root.
    #[error("only root can become {user}")]
    NotRoot {
        /// The user to become.
        user: String,
    },
    /// The user to become is root, who has every privilege.
    #[error("{user} is root")]
    Root {
        /// The user to become.
        user: String,
    },
    /// The system refused a step.
    #[error("{step} failed")]
    Step {
        /// The step.
        step: PrivilegeStep,
        /// What the system said.
        source: io::Error,
    },
    /// Threads that ran before have kept theirs: capabilities belong to threads.
    #[error("{threads} other threads have kept capabilities: drop them before threads are started")]
    OtherThreads {
        /// How many.
        threads: usize,
    },
    /// Not on this system.
    #[error("this is only done on Linux")]
    NotHere,
}

/// A step of dropping privileges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrivilegeStep {
    /// Looking the user up.
    User,
    /// Keeping capabilities over the change of the user.
    Keep,
    /// Taking over the user's groups.
    Groups,
    /// Becoming the user.
    Become,
    /// Giving capabilities up.
    Capabilities,
    /// Refusing new privileges of programs that are started.
    NoNewPrivileges,
    /// Looking at what other threads have.
    Threads,
}

impl fmt::Display for PrivilegeStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "looking the user up",
            Self::Keep => "keeping capabilities for the new user",
            Self::Groups => "taking over the user's groups",
            Self::Become => "becoming the user",
            Self::Capabilities => "giving capabilities up",
            Self::NoNewPrivileges => "refusing new privileges",
            Self::Threads => "looking at the other threads",
        })
    }
}

fn others(nearest: Option<&str>, known: &[String]) -> String {
    let nearest = nearest.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
    match known {
        [] => format!("{nearest}; there is none at all"),
        known => format!("{nearest}; there are {}", known.join(", ")),
    }
}

/// The command that grants the capability, such that a shell takes it.
fn granting(program: &Path) -> String {
    let path = program.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    let path = if path.chars().all(is_plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    };
    format!("grant it with `sudo setcap cap_net_raw+ep {path}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_permission_names_a_command_that_a_shell_takes() {
        let told = |program: &str| {
            let source = io::Error::from(io::ErrorKind::PermissionDenied);
            LiveFault::NoPermission { program: program.into(), source }.to_string()
        };
        assert_eq!(
            told("/usr/bin/netsift"),
            "no permission: it needs the capability CAP_NET_RAW; \
             grant it with `sudo setcap cap_net_raw+ep /usr/bin/netsift`, or run it as root"
        );
        assert!(told("/my it's/x").contains(r"cap_net_raw+ep '/my it'\''s/x'`"));
    }

    #[test]
    fn no_such_interface_names_those_there_are() {
        let known = vec!["lo".to_owned(), "eth0".to_owned()];
        let fault = LiveFault::NoSuchInterface { nearest: Some("eth0".to_owned()), known };
        assert_eq!(
            fault.to_string(),
            "there is no such interface (did you mean eth0?); there are lo, eth0"
        );
    }
}
