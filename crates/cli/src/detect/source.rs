//! Where packets come from: interfaces, or captures at a pace.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use netsift::capture::{
    Backend, CaptureError, CaptureSet, Live, LiveOptions, Pace, Paced, QueueOptions, Queued, Stop,
    WhenFull, drop_privileges, interfaces,
};
use netsift::packet::Filter;
#[cfg(feature = "dashboard")]
use netsift::serve::DemoTraffic;
use netsift::watch as config;

use super::packets::within;
use crate::failure::{Failure, tell};
use crate::output::STREAM;
use crate::reading::named;
use crate::table::Table;

/// How often a source that brings nothing is asked what it has.
const PATIENCE: Duration = Duration::from_millis(100);

/// The most MiB that the kernel may keep.
const MOST_BUFFER: u32 = LiveOptions::MAX_BUFFER_LEN >> 20;

/// Where packets are to come from.
#[derive(Args, Default)]
pub(crate) struct Origin {
    /// Captures, folders of captures, patterns of names ("day-*.pcap"), or - for standard input
    #[arg(value_name = "CAPTURE")]
    pub(crate) captures: Vec<PathBuf>,

    /// Capture on this interface; "any" for all of them
    #[arg(short, long, value_name = "NAME", conflicts_with = "captures", help_heading = "Live")]
    interface: Option<String>,

    /// Made traffic, without end.
    #[cfg(feature = "dashboard")]
    #[arg(skip)]
    pub(crate) is_demo: bool,

    /// Tell which interfaces there are
    #[arg(long, help_heading = "Live")]
    pub(crate) list_interfaces: bool,

    /// What frames are read with: pnet needs nothing installed, libpcap has the kernel's times and counts of drops
    /// [default: libpcap, if this build has it]
    #[arg(long, value_name = "NAME", help_heading = "Live")]
    backend: Option<BackendName>,

    /// Take only what is for this machine
    #[arg(long, help_heading = "Live")]
    no_promiscuous: bool,

    /// Keep so many bytes of each frame; how long it was is known nevertheless [default: 262144, whole frames]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(LiveOptions::MAX_SNAP_LEN)), help_heading = "Live")]
    snap_len: Option<u32>,

    /// How many MiB of frames the kernel keeps until they are read [default: 32]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_BUFFER)), help_heading = "Live")]
    buffer: Option<u32>,

    /// Become this user once the interface is open
    #[arg(long, value_name = "NAME", help_heading = "Live")]
    user: Option<String>,

    /// Keep all privileges; without this, all but the right to capture are given up once the interface is open
    #[arg(long, conflicts_with = "user", help_heading = "Live")]
    keep_privileges: bool,

    /// Replay captures at this many times the speed of their recording [default: as fast as they are read]
    #[arg(long, value_name = "TIMES", conflicts_with = "interface")]
    speed: Option<f64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum BackendName {
    Pnet,
    #[cfg(feature = "live-pcap")]
    Libpcap,
}

/// An open source.
pub(super) enum Source {
    Live(Box<Live>),
    Captures(Box<Paced<CaptureSet>>),
    #[cfg(feature = "dashboard")]
    Made(Box<Paced<DemoTraffic>>),
}

impl Source {
    pub(super) fn open(wanted: &Origin, filter: Option<&Filter>) -> Result<Self, Failure> {
        #[cfg(feature = "dashboard")]
        if wanted.is_demo {
            return made();
        }
        match &wanted.interface {
            Some(interface) => wanted.live(interface, filter),
            None => wanted.replay(),
        }
    }

    /// Whether its packets are of the present, and wait for nobody.
    pub(super) fn is_live(&self) -> bool {
        !matches!(self, Self::Captures(_))
    }

    /// What ends it in order.
    pub(super) fn stopper(&self) -> Stop {
        match self {
            Self::Live(live) => live.stopper(),
            Self::Captures(paced) => paced.stopper(),
            #[cfg(feature = "dashboard")]
            Self::Made(paced) => paced.stopper(),
        }
    }

    /// Reads it in a thread of its own. What is live does not wait: packets that nobody takes in time are dropped, and
    /// counted.
    pub(super) fn queued(self) -> Result<Queued<CaptureError>, Failure> {
        let options = |when_full| QueueOptions::new(when_full).patience(PATIENCE);
        Ok(match self {
            Self::Live(live) => Queued::start(*live, options(WhenFull::Drop))?,
            Self::Captures(paced) => Queued::start(*paced, options(WhenFull::Wait))?,
            #[cfg(feature = "dashboard")]
            Self::Made(paced) => Queued::start(*paced, options(WhenFull::Drop))?,
        })
    }
}

/// The same each time, but for its times.
#[cfg(feature = "dashboard")]
const SEED: u64 = 8_050;

/// Made traffic from now on.
#[cfg(feature = "dashboard")]
fn made() -> Result<Source, Failure> {
    let traffic = DemoTraffic::new(SEED, crate::time::now())?;
    Ok(Source::Made(Box::new(Paced::new(traffic, Pace::Times(1.0))?)))
}

impl Origin {
    /// Whether something is named.
    #[cfg(feature = "dashboard")]
    pub(crate) fn is_named(&self) -> bool {
        self.interface.is_some() || !self.captures.is_empty()
    }

    /// Whether what is named is an interface.
    #[cfg(feature = "dashboard")]
    pub(crate) fn is_interface(&self) -> bool {
        self.interface.is_some()
    }

    /// All of it, as a configuration says it.
    #[cfg(feature = "dashboard")]
    pub(super) fn said(&self) -> config::Source {
        let mut said = config::Source::default();
        let own =
            |backend: BackendName| backend.to_possible_value().map(|it| it.get_name().to_owned());
        said.interface.clone_from(&self.interface);
        said.captures.clone_from(&self.captures);
        said.backend = self.backend.and_then(own);
        (said.no_promiscuous, said.keep_privileges) = (self.no_promiscuous, self.keep_privileges);
        (said.snap_len, said.buffer, said.speed) = (self.snap_len, self.buffer, self.speed);
        said.user.clone_from(&self.user);
        said
    }

    /// Whether captures are read more slowly than they could be: as somebody else writes them, or at a pace.
    pub(super) fn is_slow(&self) -> bool {
        self.speed.is_some() || self.is_written()
    }

    /// Whether somebody else may still be writing what is read.
    fn is_written(&self) -> bool {
        self.captures.iter().any(|path| path.as_os_str() == STREAM)
    }

    /// What a configuration says where this says nothing.
    pub(super) fn or(&mut self, config: &config::Source) -> Result<(), Failure> {
        let backend = backend(config)?;
        let snap_len =
            within(config.snap_len, LiveOptions::MAX_SNAP_LEN.into(), "bytes", "source.snap_len")?;
        let buffer = within(config.buffer, MOST_BUFFER.into(), "MiB", "source.buffer")?;
        if self.captures.is_empty() && self.interface.is_none() {
            self.captures.clone_from(&config.captures);
            self.interface.clone_from(&config.interface);
        }
        if self.interface.is_some() {
            if !self.captures.is_empty() {
                return Err(Failure::BothSources);
            }
            self.no_promiscuous |= config.no_promiscuous;
            self.keep_privileges |= config.keep_privileges;
            self.user = self.user.take().or_else(|| config.user.clone());
            if let (true, Some(user)) = (self.keep_privileges, &self.user) {
                return Err(Failure::KeptAndGiven { user: user.clone() });
            }
            self.backend = self.backend.or(backend);
            self.snap_len = self.snap_len.or(snap_len);
            self.buffer = self.buffer.or(buffer);
        } else {
            self.speed = self.speed.or(config.speed);
        }
        Ok(())
    }

    /// What a file says that cannot be made, and why, if it could have been made before the interface was open.
    pub(super) fn without_privileges(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Write { target, source }
                if source.kind() == ErrorKind::PermissionDenied && self.gives_up_privileges() =>
            {
                Failure::WriteWithout { target, user: self.user.clone(), source }
            }
            failure => failure,
        }
    }

    fn gives_up_privileges(&self) -> bool {
        self.interface.is_some() && !self.keep_privileges && cfg!(target_os = "linux")
    }

    /// What is wrong with what a configuration says.
    pub(super) fn troubles(config: &config::Source) -> Vec<(String, Failure)> {
        let (snap_len, buffer) = (config.snap_len, config.buffer);
        // What is refused by itself is left out of the whole.
        let mut rest = config.clone();
        (rest.backend, rest.snap_len, rest.buffer) = (None, None, None);
        let named = (!config.captures.is_empty()).then(|| named(&config.captures));
        let found = [
            ("backend", backend(config).err()),
            (
                "snap_len",
                within(snap_len, LiveOptions::MAX_SNAP_LEN.into(), "bytes", "source.snap_len")
                    .err(),
            ),
            ("buffer", within(buffer, MOST_BUFFER.into(), "MiB", "source.buffer").err()),
            ("interface", Self::default().or(&rest).err()),
            ("captures", named.and_then(Result::err)),
        ];
        let trouble = |(setting, failure)| Some((format!("source.{setting}"), failure?));
        found.into_iter().filter_map(trouble).collect()
    }

    fn live(&self, interface: &str, filter: Option<&Filter>) -> Result<Source, Failure> {
        let live = Live::open(interface, self.options(filter))?;
        live.shortcomings().iter().for_each(|it| tell(&format!("{interface}: {it}")));
        if self.gives_up_privileges() {
            let left = drop_privileges(self.user.as_deref())?;
            if left.is_root {
                tell(
                    "it goes on as root, whose files it may change: --user NAME makes it that user",
                );
            }
        }
        Ok(Source::Live(Box::new(live)))
    }

    fn options(&self, filter: Option<&Filter>) -> LiveOptions {
        let options = LiveOptions::new().promiscuous(!self.no_promiscuous).patience(PATIENCE);
        let options = match filter {
            Some(filter) => options.filter(filter.to_string()),
            None => options,
        };
        let options = match self.backend {
            Some(BackendName::Pnet) => options.backend(Backend::Pnet),
            #[cfg(feature = "live-pcap")]
            Some(BackendName::Libpcap) => options.backend(Backend::Libpcap),
            None => options,
        };
        let options = self.snap_len.into_iter().fold(options, LiveOptions::snap_len);
        let bytes = self.buffer.map(|mib| mib << 20);
        bytes.into_iter().fold(options, LiveOptions::buffer_len)
    }

    fn replay(&self) -> Result<Source, Failure> {
        let of_interfaces = [
            ("--backend", self.backend.is_some()),
            ("--no-promiscuous", self.no_promiscuous),
            ("--snap-len", self.snap_len.is_some()),
            ("--buffer", self.buffer.is_some()),
            ("--user", self.user.is_some()),
            ("--keep-privileges", self.keep_privileges),
        ];
        if let Some((option, _)) = of_interfaces.into_iter().find(|(_, is_given)| *is_given) {
            return Err(Failure::OfSource { option, of: "interfaces" });
        }
        if self.captures.is_empty() {
            return Err(Failure::NothingToDetectIn);
        }
        let captures = named(&self.captures)?;
        let pace = self.speed.map_or(Pace::Unbounded, Pace::Times);
        let paced = Paced::new(CaptureSet::open(&captures)?, pace)?;
        let paced =
            if self.is_written() { paced.hand_over_when(CaptureSet::is_drained) } else { paced };
        Ok(Source::Captures(Box::new(paced)))
    }
}

fn backend(config: &config::Source) -> Result<Option<BackendName>, Failure> {
    let unknown = |rule| Failure::Configured { setting: "source.backend", rule };
    let named = config.backend.as_ref().map(|name| BackendName::from_str(name, false));
    named.transpose().map_err(unknown)
}

/// The interfaces of this machine, a line each.
#[allow(clippy::print_stdout)] // what was asked for
pub(super) fn list_interfaces() -> Result<(), Failure> {
    let mut table = Table::new(&["Interface", "kind", "state", "addresses"]).words(&[1, 2, 3]);
    for interface in interfaces()? {
        let state = match (interface.is_up, interface.is_running) {
            (false, _) => "down",
            (true, false) => "up, no carrier",
            (true, true) => "up",
        };
        let addresses: Vec<String> =
            interface.addresses.iter().map(|(address, len)| format!("{address}/{len}")).collect();
        let cells = [interface.name, interface.kind.to_string(), state.into(), addresses.join(" ")];
        table.row(cells);
    }
    print!("{table}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The command line goes before the configuration, and both arrive.
    #[test]
    fn what_is_kept_of_frames_is_what_was_asked_for() {
        let told = |origin: &Origin| format!("{:?}", origin.options(None));
        let interface = || Some("lo".to_owned());
        let mut origin = Origin { interface: interface(), snap_len: Some(96), ..Origin::default() };
        let mut config = config::Source::default();
        (config.snap_len, config.buffer) = (Some(128), Some(64));
        origin.or(&config).unwrap();
        let said = told(&origin);
        assert!(said.contains("snap_len: 96,") && said.contains("buffer_len: 67108864,"), "{said}");
        origin = Origin { interface: interface(), ..Origin::default() };
        assert_eq!(told(&origin), format!("{:?}", LiveOptions::new().patience(PATIENCE)));
    }
}
