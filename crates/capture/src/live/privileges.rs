//! Privileges dropped once the interface is open: what reads the world's bytes should not be able to do much else.

use crate::CaptureError;

/// What a process kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Privileges {
    /// The user it became, if it became another.
    pub user: Option<String>,
    /// Whether it is root still: what root owns it may still change, without any capability.
    pub is_root: bool,
    /// Whether it may still open interfaces (`CAP_NET_RAW`), which it needs for one that comes back.
    pub may_capture: bool,
    /// Threads that ran before. They have no capability either, but programs they start could get new ones: the
    /// refusal of those belongs to threads, as capabilities do.
    pub older_threads: usize,
}

/// Gives up what the process may do beyond capturing: it becomes `user` if one is named and it is root, keeps no
/// capability but `CAP_NET_RAW`, and programs that it starts get no new privileges.
///
/// Linux has privileges by thread: call it where interfaces are open and other threads are not started yet, which then
/// inherit what is left. Threads that have kept more make it fail.
///
/// # Errors
/// If any step fails, and on systems other than Linux. The process may have lost some privileges then and not others:
/// it should end.
pub fn drop_privileges(user: Option<&str>) -> Result<Privileges, CaptureError> {
    system::drop_privileges(user).map_err(|source| CaptureError::Privileges { source })
}

#[cfg(target_os = "linux")]
mod system {
    use std::ffi::CString;
    use std::{fs, io};

    use caps::{CapSet, Capability, CapsHashSet};
    use nix::sys::prctl;
    use nix::unistd::{Uid, User, geteuid, initgroups, setresgid, setresuid};

    use super::Privileges;
    use crate::{PrivilegeFault, PrivilegeStep as Step};

    pub(super) fn drop_privileges(user: Option<&str>) -> Result<Privileges, PrivilegeFault> {
        let user = user.map(find).transpose()?;
        let held = at(Step::Capabilities, caps::read(None, CapSet::Permitted))?;
        let mut kept = CapsHashSet::new();
        kept.extend(held.get(&Capability::CAP_NET_RAW));
        give_up_for_children(&held)?;
        let became = user.map(become_user).transpose()?;
        keep_only(&kept)?;
        at(Step::NoNewPrivileges, prctl::set_no_new_privs())?;
        let (older_threads, privileged) = other_threads(&kept)?;
        if privileged > 0 {
            return Err(PrivilegeFault::OtherThreads { threads: privileged });
        }
        let (is_root, may_capture) = (geteuid().is_root(), !kept.is_empty());
        Ok(Privileges { user: became, is_root, may_capture, older_threads })
    }

    fn find(name: &str) -> Result<User, PrivilegeFault> {
        let found = at(Step::User, User::from_name(name))?;
        let user = found.ok_or_else(|| PrivilegeFault::NoSuchUser { user: name.to_owned() })?;
        if user.uid.is_root() {
            return Err(PrivilegeFault::Root { user: name.to_owned() });
        }
        Ok(user)
    }

    /// Capabilities that programs started later could regain. To clear the last set takes a capability of its own;
    /// without it no program gets more than the refusal of new privileges allows.
    fn give_up_for_children(held: &CapsHashSet) -> Result<(), PrivilegeFault> {
        at(Step::Capabilities, caps::clear(None, CapSet::Ambient))?;
        at(Step::Capabilities, caps::clear(None, CapSet::Inheritable))?;
        if held.contains(&Capability::CAP_SETPCAP) {
            let bounding = at(Step::Capabilities, caps::read(None, CapSet::Bounding))?;
            for capability in bounding {
                at(Step::Capabilities, caps::drop(None, CapSet::Bounding, capability))?;
            }
        }
        Ok(())
    }

    /// Every thread becomes the user, as the C library sees to; this one alone keeps capabilities, all of them for now.
    fn become_user(user: User) -> Result<String, PrivilegeFault> {
        if geteuid() == user.uid {
            return Ok(user.name);
        }
        if !geteuid().is_root() {
            return Err(PrivilegeFault::NotRoot { user: user.name });
        }
        let name = CString::new(user.name.as_str()).map_err(io::Error::from);
        let name = at(Step::User, name)?;
        at(Step::Keep, prctl::set_keepcaps(true))?;
        at(Step::Groups, initgroups(&name, user.gid))?;
        at(Step::Become, setresgid(user.gid, user.gid, user.gid))?;
        at(Step::Become, setresuid(user.uid, user.uid, user.uid))?;
        at(Step::Keep, prctl::set_keepcaps(false))?;
        // What was dropped must not be to be had again.
        match setresuid(Uid::from_raw(0), Uid::from_raw(0), Uid::from_raw(0)) {
            Err(_) => Ok(user.name),
            Ok(()) => Err(PrivilegeFault::Root { user: user.name }),
        }
    }

    /// Effective ones can be raised only from those permitted, and those permitted never.
    fn keep_only(kept: &CapsHashSet) -> Result<(), PrivilegeFault> {
        at(Step::Capabilities, caps::clear(None, CapSet::Effective))?;
        at(Step::Capabilities, caps::set(None, CapSet::Permitted, kept))?;
        at(Step::Capabilities, caps::set(None, CapSet::Effective, kept))
    }

    /// How many other threads there are, and how many of them may do more than what was kept.
    fn other_threads(kept: &CapsHashSet) -> Result<(usize, usize), PrivilegeFault> {
        let own = nix::unistd::gettid().as_raw();
        let (mut others, mut privileged) = (0, 0);
        for task in at(Step::Threads, fs::read_dir("/proc/self/task"))? {
            let name = at(Step::Threads, task)?.file_name();
            let thread = name.to_str().and_then(|name| name.parse::<i32>().ok());
            let Some(thread) = thread.filter(|&thread| thread != own) else { continue };
            // A thread that has ended meanwhile has none.
            let Ok(permitted) = caps::read(Some(thread), CapSet::Permitted) else { continue };
            others += 1;
            privileged += usize::from(!permitted.is_subset(kept));
        }
        Ok((others, privileged))
    }

    fn at<T, E>(step: Step, outcome: Result<T, E>) -> Result<T, PrivilegeFault>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        outcome.map_err(|error| PrivilegeFault::Step { step, source: io::Error::other(error) })
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Privileges;
    use crate::PrivilegeFault;

    pub(super) fn drop_privileges(_: Option<&str>) -> Result<Privileges, PrivilegeFault> {
        Err(PrivilegeFault::NotHere)
    }
}
