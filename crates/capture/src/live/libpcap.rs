//! Frames of an interface through libpcap: the kernel's times, filter and counts; VLAN tags are put back.

use std::io;
use std::time::Duration;

use netsift_packet::{Frame, LinkType, Timestamp};
use pcap::{Active, Capture, Error, PacketHeader, Stat};

use super::device::{Counts, Device};
use super::link::Target;
use super::options::LiveOptions;
use crate::{Batch, LiveFault, Shortcoming, limits};

/// A capture of libpcap's.
pub(crate) struct Libpcap {
    capture: Capture<Active>,
    link: LinkType,
    /// Its counters have 32 bits and wrap: what they showed when they were last looked at.
    shown: Stat,
    counts: Counts,
    shortcomings: Vec<Shortcoming>,
}

impl Libpcap {
    pub(crate) fn open(target: &Target, options: &LiveOptions) -> Result<Self, LiveFault> {
        system::may_capture()?;
        let capture =
            opened(target, options).map_err(|error| LiveFault::Open { source: told(error) })?;
        let mut capture = system::prepared(capture)?;
        if let Some(filter) = &options.filter {
            capture.filter(filter, true).map_err(|error| LiveFault::KernelFilter {
                filter: filter.clone(),
                source: told(error),
            })?;
        }
        let link = capture.get_datalink().0;
        let link = u16::try_from(link)
            .map_err(|_| LiveFault::Open { source: io::ErrorKind::Unsupported.into() })?;
        let is_blind = target.is_any() && options.promiscuous;
        Ok(Self {
            capture,
            link: LinkType(link),
            shown: Stat { received: 0, dropped: 0, if_dropped: 0 },
            counts: Counts::default(),
            shortcomings: if is_blind { vec![Shortcoming::NotPromiscuous] } else { Vec::new() },
        })
    }

    /// Reads what is there, until the batch is full; how many frames that was.
    fn drain(&mut self, batch: &mut Batch) -> io::Result<usize> {
        let before = batch.len();
        while !batch.is_full() {
            let packet = match self.capture.next_packet() {
                Ok(packet) => packet,
                Err(Error::TimeoutExpired) => break,
                Err(error) => return Err(told(error)),
            };
            let header = packet.header;
            self.counts.cut += u64::from(header.caplen < header.len);
            let frame = Frame::new(time(header), self.link, packet.data);
            batch.push(&frame.with_wire_len(header.len));
        }
        Ok(batch.len() - before)
    }
}

impl Device for Libpcap {
    fn read(&mut self, batch: &mut Batch, patience: Duration) -> io::Result<()> {
        if self.drain(batch)? == 0 {
            system::wait(&self.capture, patience)?;
            self.drain(batch)?;
        }
        Ok(())
    }

    fn counts(&mut self) -> Counts {
        if let Ok(now) = self.capture.stats() {
            let more = |counted: Option<u64>, now: u32, shown: u32| {
                Some(counted.unwrap_or_default() + u64::from(now.wrapping_sub(shown)))
            };
            let Counts { kernel_drops, interface_drops, .. } = self.counts;
            self.counts.kernel_drops = more(kernel_drops, now.dropped, self.shown.dropped);
            self.counts.interface_drops =
                more(interface_drops, now.if_dropped, self.shown.if_dropped);
            self.shown = now;
        }
        self.counts
    }

    fn shortcomings(&self) -> &[Shortcoming] {
        &self.shortcomings
    }
}

fn opened(target: &Target, options: &LiveOptions) -> Result<Capture<Active>, Error> {
    let signed = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let capture = Capture::from_device(target.name.as_str())?
        .promisc(options.promiscuous && !target.is_any())
        .snaplen(signed(options.snap_len))
        .buffer_size(signed(options.buffer_len))
        .timeout(limits::HAND_OVER_MILLIS);
    system::with_fine_times(capture).open()
}

// What is 64 bits wide here has 32 on other systems.
#[allow(clippy::useless_conversion)]
fn time(header: &PacketHeader) -> Timestamp {
    let fraction = i64::from(header.ts.tv_usec);
    let nanos = fraction.saturating_mul(system::FRACTION_NANOS);
    Timestamp::from_secs_nanos(i64::from(header.ts.tv_sec), nanos)
}

fn told(error: Error) -> io::Error {
    io::Error::other(error)
}

#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::os::fd::AsFd;
    use std::time::Duration;

    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
    use pcap::{Active, Capture, Inactive, Precision};

    use super::super::wait::wait_for;
    use super::told;
    use crate::LiveFault;

    /// Fractions of a second are nanoseconds.
    pub(super) const FRACTION_NANOS: i64 = 1;

    /// libpcap tells a lack of permission in words alone; the system, by a number.
    pub(super) fn may_capture() -> Result<(), LiveFault> {
        let probe = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None);
        probe.map(drop).map_err(|error| LiveFault::unopened(error.into()))
    }

    pub(super) fn with_fine_times(capture: Capture<Inactive>) -> Capture<Inactive> {
        capture.precision(Precision::Nano)
    }

    /// Its own wait ends only with a packet: the descriptor is waited on instead.
    pub(super) fn prepared(capture: Capture<Active>) -> Result<Capture<Active>, LiveFault> {
        capture.setnonblock().map_err(|error| LiveFault::Open { source: told(error) })
    }

    pub(super) fn wait(capture: &Capture<Active>, patience: Duration) -> io::Result<()> {
        wait_for(capture.as_fd(), patience)
    }
}

/// Elsewhere libpcap's own wait ends in time, and not every device has fine times.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::time::Duration;

    use pcap::{Active, Capture, Inactive};

    use crate::LiveFault;

    pub(super) const FRACTION_NANOS: i64 = 1_000;

    pub(super) fn may_capture() -> Result<(), LiveFault> {
        Ok(())
    }

    pub(super) fn with_fine_times(capture: Capture<Inactive>) -> Capture<Inactive> {
        capture
    }

    pub(super) fn prepared(capture: Capture<Active>) -> Result<Capture<Active>, LiveFault> {
        Ok(capture)
    }

    pub(super) fn wait(_: &Capture<Active>, _: Duration) -> io::Result<()> {
        Ok(())
    }
}
