//! An interface over time: found by its name, looked at, lost, waited for, silent.

use std::time::{Duration, Instant};

use netsift_packet::LinkType;

use super::interfaces::{ANY, Interface, InterfaceKind, interfaces};
use crate::{CaptureError, LiveFault, Loss, limits};

/// How alike a name must be to be the one that was meant.
const ALIKE: f64 = 0.6;

/// What to open: an interface that is there and up, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// Its number; 0 for all interfaces, as packet sockets have it.
    pub(crate) index: u32,
    pub(crate) links: Links,
    pub(crate) is_loopback: bool,
}

/// What frames begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    One(LinkType),
    /// Some with the header of Ethernet, some without any.
    Mixed,
    /// Nobody but libpcap may know.
    Unknown {
        hardware: u16,
    },
}

impl Target {
    /// Finds an interface by its name.
    pub(crate) fn find(name: &str) -> Result<Self, CaptureError> {
        let interfaces = interfaces()?;
        if name == ANY {
            return Ok(Self::any(&interfaces));
        }
        let found = interfaces.iter().find(|interface| interface.name == name);
        let fault = match found {
            None => no_such(name, &interfaces),
            Some(interface) if interface.is_up => return Ok(Self::of(interface)),
            Some(_) => LiveFault::Down { interface: name.to_owned() },
        };
        Err(CaptureError::Live { interface: name.to_owned(), source: fault })
    }

    pub(crate) fn is_any(&self) -> bool {
        self.name == ANY
    }

    fn of(interface: &Interface) -> Self {
        let links = match (interface.link_type(), interface.kind) {
            (Some(link), _) => Links::One(link),
            (None, InterfaceKind::Other(hardware)) => Links::Unknown { hardware },
            (None, _) => Links::Mixed,
        };
        Self {
            name: interface.name.clone(),
            index: interface.index,
            links,
            is_loopback: interface.kind == InterfaceKind::Loopback,
        }
    }

    /// Interfaces may come and go: a tunnel may be among them later.
    fn any(interfaces: &[Interface]) -> Self {
        let is_loopback = interfaces.iter().any(|i| i.kind == InterfaceKind::Loopback);
        Self { name: ANY.to_owned(), index: 0, links: Links::Mixed, is_loopback }
    }

    /// What became of it, if it is no longer what was opened.
    pub(crate) fn look(&self) -> Option<Loss> {
        if self.is_any() {
            return None;
        }
        // A list that cannot be had says nothing of the interface.
        let interfaces = interfaces().ok()?;
        match interfaces.iter().find(|interface| interface.name == self.name) {
            None => Some(Loss::Gone),
            Some(interface) if interface.index != self.index => Some(Loss::Replaced),
            Some(interface) if !interface.is_up => Some(Loss::Down),
            Some(_) => None,
        }
    }
}

fn no_such(name: &str, interfaces: &[Interface]) -> LiveFault {
    let known: Vec<String> = interfaces.iter().map(|interface| interface.name.clone()).collect();
    let likeness = |known: &String| strsim::jaro_winkler(known, name);
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let nearest = nearest.filter(|nearest| likeness(nearest) >= ALIKE).cloned();
    LiveFault::NoSuchInterface { nearest, known }
}

/// When an interface that was lost is tried again.
#[derive(Debug)]
pub(crate) struct Retry {
    pub(crate) lost: Instant,
    next: Instant,
    wait: Duration,
}

impl Retry {
    pub(crate) fn new(now: Instant) -> Self {
        Self { lost: now, next: now + limits::FIRST_RETRY, wait: limits::FIRST_RETRY }
    }

    /// How long it is until the next try.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        self.next.saturating_duration_since(now)
    }

    /// A try failed: the next wait is twice as long.
    pub(crate) fn failed(&mut self, now: Instant) {
        self.wait = (self.wait * 2).min(limits::LAST_RETRY);
        self.next = now + self.wait;
    }
}

/// How long there was no packet, and whether that is worth a word.
#[derive(Debug)]
pub(crate) struct Silence {
    limit: Option<Duration>,
    since: Instant,
    /// How long the silence must last to be told next.
    next: Duration,
}

impl Silence {
    pub(crate) fn new(limit: Option<Duration>, now: Instant) -> Self {
        Self { limit, since: now, next: limit.unwrap_or_default() }
    }

    pub(crate) fn broken(&mut self, now: Instant) {
        *self = Self::new(self.limit, now);
    }

    /// How long it has lasted, each time that it has lasted twice as long as when it was told.
    pub(crate) fn told(&mut self, now: Instant) -> Option<Duration> {
        let lasting = now.saturating_duration_since(self.since);
        let is_told = self.limit.is_some() && lasting >= self.next;
        if is_told {
            self.next = lasting.saturating_mul(2);
        }
        is_told.then_some(lasting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(name: &str, kind: InterfaceKind) -> Interface {
        Interface {
            name: name.to_owned(),
            index: 7,
            kind,
            mac: None,
            addresses: Vec::new(),
            is_up: true,
            is_running: true,
        }
    }

    #[test]
    fn a_name_that_is_like_none_has_no_nearest() {
        let there = ["lo", "enp3s0"].map(|name| interface(name, InterfaceKind::Ethernet));
        let nearest = |name: &str| match no_such(name, &there) {
            LiveFault::NoSuchInterface { nearest, known } => {
                assert_eq!(known, ["lo", "enp3s0"]);
                nearest
            }
            other => panic!("{other}"),
        };
        assert_eq!(nearest("enp3so").as_deref(), Some("enp3s0"));
        assert_eq!(nearest("wwq"), None);
    }

    #[test]
    fn frames_of_all_interfaces_are_guessed_since_a_tunnel_may_come() {
        let there = [InterfaceKind::Ethernet, InterfaceKind::Loopback];
        let there = there.map(|kind| interface("x", kind));
        assert_eq!(Target::any(&there).links, Links::Mixed);
    }

    #[test]
    fn what_an_interface_is_says_what_its_frames_begin_with() {
        let links = |kind| Target::of(&interface("x", kind)).links;
        assert_eq!(links(InterfaceKind::Loopback), Links::One(LinkType::ETHERNET));
        assert_eq!(links(InterfaceKind::Tunnel), Links::One(LinkType::RAW));
        assert_eq!(links(InterfaceKind::Other(32)), Links::Unknown { hardware: 32 });
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut now = Instant::now();
        let mut retry = Retry::new(now);
        let waits = [0; 7].map(|_| {
            let wait = retry.left(now);
            now += wait;
            assert_eq!(retry.left(now), Duration::ZERO);
            retry.failed(now);
            wait.as_millis()
        });
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
    }

    #[test]
    fn silence_is_told_when_it_has_doubled() {
        let start = Instant::now();
        let mut silence = Silence::new(Some(Duration::from_secs(10)), start);
        let mut told = |seconds| silence.told(start + Duration::from_secs(seconds)).is_some();
        let times = [9, 10, 11, 19, 20, 39, 40].map(&mut told);
        assert_eq!(times, [false, true, false, false, true, false, true]);
        silence.broken(start + Duration::from_secs(41));
        assert_eq!(silence.told(start + Duration::from_secs(50)), None);
        assert!(Silence::new(None, start).told(start + Duration::from_secs(99)).is_none());
    }
}
