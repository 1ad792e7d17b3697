//! Frames of an interface through pnet_datalink: what every build has.
//!
//! It tells bytes and nothing beside them, and its kernel's buffer is small. On Linux it is given a socket of ours,
//! which keeps as much as was asked for, takes nothing before it is bound, and can be waited on.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use netsift_packet::{Filter, Frame, LinkType, Timestamp};
use pnet_datalink::{Channel, Config, DataLinkReceiver};

use super::device::{Counts, Device};
use super::link::{Links, Target};
use super::options::LiveOptions;
use crate::{Batch, LiveFault, Shortcoming, limits};

/// A channel of pnet_datalink's, read only.
pub(crate) struct Pnet {
    receiver: Box<dyn DataLinkReceiver>,
    socket: system::Socket,
    links: Links,
    filter: Option<Filter>,
    snap_len: usize,
    counts: Counts,
    shortcomings: Vec<Shortcoming>,
}

impl Pnet {
    pub(crate) fn open(target: &Target, options: &LiveOptions) -> Result<Self, LiveFault> {
        if let Links::Unknown { hardware } = target.links {
            return Err(LiveFault::LinkType { hardware });
        }
        let filter = options.filter.as_deref().map(compiled).transpose()?;
        let mut shortcomings = shortcomings_of(target, options);
        let (socket, descriptor) = system::Socket::open(options, &mut shortcomings)?;
        let config = Config {
            read_buffer_size: limits::MAX_LIVE_SNAP_LEN as usize,
            read_timeout: Some(system::READ_TIMEOUT),
            promiscuous: options.promiscuous && !target.is_any(),
            socket_fd: descriptor,
            ..Config::default()
        };
        let channel = pnet_datalink::channel(&system::interface(target), config);
        let receiver = match channel.map_err(LiveFault::unopened)? {
            Channel::Ethernet(_, receiver) => receiver,
            _ => return Err(LiveFault::Open { source: io::ErrorKind::Unsupported.into() }),
        };
        let (links, snap_len) = (target.links, options.snap_len as usize);
        let counts = Counts::default();
        Ok(Self { receiver, socket, links, filter, snap_len, counts, shortcomings })
    }

    /// Reads what is there, a batch at most; how many frames that was, those refused included.
    fn drain(&mut self, batch: &mut Batch) -> io::Result<usize> {
        let mut frames = 0;
        while !batch.is_full() && frames < limits::BATCH_FRAMES {
            let data = match self.receiver.next() {
                Ok(data) => data,
                Err(error) if is_nothing(&error) => break,
                Err(error) => return Err(error),
            };
            let link = self.links.of(data);
            let frame = Frame::new(now(), link, data);
            frames += 1;
            if self.filter.as_ref().is_some_and(|filter| !filter.matches(&frame)) {
                self.counts.filtered += 1;
                continue;
            }
            let kept = data.get(..self.snap_len).unwrap_or(data);
            self.counts.cut += u64::from(kept.len() < data.len());
            batch.push(&Frame { data: kept, ..frame });
        }
        Ok(frames)
    }
}

impl Device for Pnet {
    fn read(&mut self, batch: &mut Batch, patience: Duration) -> io::Result<()> {
        if self.drain(batch)? == 0 {
            self.socket.wait(patience)?;
            self.drain(batch)?;
        }
        Ok(())
    }

    fn counts(&mut self) -> Counts {
        self.counts
    }

    fn shortcomings(&self) -> &[Shortcoming] {
        &self.shortcomings
    }
}

impl Links {
    /// What a frame begins with.
    #[inline]
    fn of(self, data: &[u8]) -> LinkType {
        match self {
            Self::One(link) => link,
            Self::Mixed if is_bare_ip(data) => LinkType::RAW,
            // None of an unknown kind was opened.
            Self::Mixed | Self::Unknown { .. } => LinkType::ETHERNET,
        }
    }
}

/// Whether a frame is an IP packet without a link header: a version where it should stand, and a length that is
/// exactly that of the frame. The address of an Ethernet frame does not look so but by intent.
fn is_bare_ip(data: &[u8]) -> bool {
    let word = |at: usize| {
        let bytes = data.get(at..)?.first_chunk()?;
        Some(usize::from(u16::from_be_bytes(*bytes)))
    };
    match data.first().map(|first| (first >> 4, first & 15)) {
        Some((4, words)) => words >= 5 && word(2) == Some(data.len()),
        Some((6, _)) => word(4).map(|payload| payload + 40) == Some(data.len()),
        _ => false,
    }
}

fn compiled(filter: &str) -> Result<Filter, LiveFault> {
    Filter::compile(filter)
        .map_err(|source| LiveFault::Filter { filter: filter.to_owned(), source })
}

fn shortcomings_of(target: &Target, options: &LiveOptions) -> Vec<Shortcoming> {
    let all = [
        (true, Shortcoming::TimesOfReading),
        (true, Shortcoming::DropsNotCounted),
        (true, Shortcoming::VlanTagsLost),
        (target.is_loopback, Shortcoming::TwiceOnLoopback),
        (target.links == Links::Mixed, Shortcoming::LinkTypesGuessed),
        (target.is_any() && options.promiscuous, Shortcoming::NotPromiscuous),
    ];
    all.into_iter().filter_map(|(holds, shortcoming)| holds.then_some(shortcoming)).collect()
}

fn is_nothing(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock | Interrupted)
}

/// The time of the reading: the kernel's is not handed over.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::os::fd::{AsFd, IntoRawFd, OwnedFd, RawFd};
    use std::time::Duration;

    use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce};
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, getsockopt, setsockopt, socket};
    use pnet_datalink::NetworkInterface;

    use super::super::link::Target;
    use super::super::options::LiveOptions;
    use super::super::wait::wait_for;
    use crate::{LiveFault, Shortcoming};

    /// Reading does not wait: the socket is waited on instead.
    pub(super) const READ_TIMEOUT: Duration = Duration::ZERO;

    /// The socket that pnet_datalink reads, to wait on.
    pub(super) struct Socket(OwnedFd);

    impl Socket {
        /// A socket with the buffer that was asked for, and what pnet_datalink takes it over by. It is of no protocol
        /// until it is bound, so that nothing of other interfaces gets into it.
        pub(super) fn open(
            options: &LiveOptions,
            shortcomings: &mut Vec<Shortcoming>,
        ) -> Result<(Self, Option<RawFd>), LiveFault> {
            let (family, kind) = (AddressFamily::Packet, SockType::Raw);
            let opened = socket(family, kind, SockFlag::SOCK_CLOEXEC, None);
            let socket = opened.map_err(|error| LiveFault::unopened(error.into()))?;
            let wished = options.buffer_len;
            let got = enlarge(&socket, wished).map_err(|source| LiveFault::Open { source })?;
            if got < wished {
                shortcomings.push(Shortcoming::SmallBuffer { wished, got });
            }
            let waited_on = socket.try_clone().map_err(|source| LiveFault::Open { source })?;
            Ok((Self(waited_on), Some(socket.into_raw_fd())))
        }

        pub(super) fn wait(&self, patience: Duration) -> io::Result<()> {
            wait_for(self.0.as_fd(), patience)
        }
    }

    /// Past the system's limit, if the process may. The kernel keeps twice what it is told, for what it notes itself.
    fn enlarge(socket: &OwnedFd, bytes: u32) -> io::Result<u32> {
        let bytes = bytes as usize;
        setsockopt(socket, RcvBufForce, &bytes).or_else(|_| setsockopt(socket, RcvBuf, &bytes))?;
        Ok(u32::try_from(getsockopt(socket, RcvBuf)? / 2).unwrap_or(u32::MAX))
    }

    /// What pnet_datalink binds to: the number is all it looks at.
    pub(super) fn interface(target: &Target) -> NetworkInterface {
        NetworkInterface {
            name: target.name.clone(),
            description: String::new(),
            index: target.index,
            mac: None,
            ips: Vec::new(),
            flags: 0,
        }
    }
}

/// Elsewhere pnet_datalink opens what it reads. It waits in `read`, on Windows without an end.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::time::Duration;

    use pnet_datalink::NetworkInterface;

    use super::super::link::Target;
    use super::super::options::LiveOptions;
    use crate::{LiveFault, Shortcoming};

    /// Short, since whether frames are still there is only told by waiting for them.
    pub(super) const READ_TIMEOUT: Duration = Duration::from_millis(10);

    pub(super) struct Socket;

    impl Socket {
        pub(super) fn open(
            _: &LiveOptions,
            shortcomings: &mut Vec<Shortcoming>,
        ) -> Result<(Self, Option<i32>), LiveFault> {
            has_room_for_a_descriptor()?;
            shortcomings.push(Shortcoming::BufferNotSet);
            if cfg!(windows) {
                shortcomings.push(Shortcoming::WaitsForFrames);
            }
            Ok((Self, None))
        }

        pub(super) fn wait(&self, _: Duration) -> io::Result<()> {
            Ok(())
        }
    }

    /// pnet_datalink waits by `pselect`, which knows 1,024 descriptors, and panics at others. It opens a few: the
    /// lowest that are free.
    #[cfg(unix)]
    fn has_room_for_a_descriptor() -> Result<(), LiveFault> {
        use std::os::fd::AsRawFd;
        const LIMIT: i32 = 1_024;
        const OPENED: i32 = 8;
        let lowest = std::fs::File::open("/dev/null");
        let lowest = lowest.map_err(|source| LiveFault::Open { source })?.as_raw_fd();
        if lowest + OPENED < LIMIT { Ok(()) } else { Err(LiveFault::TooManyFiles { limit: LIMIT }) }
    }

    #[cfg(not(unix))]
    fn has_room_for_a_descriptor() -> Result<(), LiveFault> {
        Ok(())
    }

    pub(super) fn interface(target: &Target) -> NetworkInterface {
        let mut interfaces = pnet_datalink::interfaces().into_iter();
        let found = interfaces.find(|interface| interface.name == target.name);
        found.unwrap_or_else(|| NetworkInterface {
            name: target.name.clone(),
            description: String::new(),
            index: target.index,
            mac: None,
            ips: Vec::new(),
            flags: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_packet_is_told_from_a_frame_by_its_length() {
        let v4 = [&[0x45, 0, 0, 24, 0, 0, 0, 0, 64, 17][..], &[1; 14]].concat();
        let v6 = [&[0x60, 0, 0, 0, 0, 2, 17, 64][..], &[1; 34]].concat();
        assert!(is_bare_ip(&v4) && is_bare_ip(&v6));
        assert!(!is_bare_ip(&v4[..23]) && !is_bare_ip(&v6[..41]), "the lengths lie");
        let ethernet = [&[0x45; 12][..], &[8, 0], &v4].concat();
        assert!(!is_bare_ip(&ethernet));
        assert!((0..4).all(|len| !is_bare_ip(&v4[..len])));
        assert_eq!(Links::Mixed.of(&v4), LinkType::RAW);
        assert_eq!(Links::Mixed.of(&ethernet), LinkType::ETHERNET);
    }

    #[test]
    fn an_interface_whose_frames_nobody_reads_is_refused() {
        let links = Links::Unknown { hardware: 32 };
        let target = Target { name: "ib0".to_owned(), index: 9, links, is_loopback: false };
        let refused = Pnet::open(&target, &LiveOptions::new());
        assert!(matches!(refused, Err(LiveFault::LinkType { hardware: 32 })));
    }

    #[test]
    fn the_time_of_reading_is_that_of_the_clock() {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seconds = i64::try_from(since.as_secs()).unwrap();
        assert!((seconds..seconds + 60).contains(&now().as_secs()));
    }
}
