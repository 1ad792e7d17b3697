//! What is counted of each frame, whatever is in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use netsift_packet::{Frame, LinkType, MacAddr, Packet, ParseError, Reason};

use super::Explorer;
use super::counts::Ends;
use super::names::DnsTally;
use super::numbers::{
    DnsNumbers, FrameNumbers, LinkHost, ProtocolNumbers, Ranked, Reasoned, Volume,
};
use super::protocols::Protocols;
use super::spread::{Sizes, Spread};
use super::tally::Tally;
use super::timeline::{Bins, Timeline};

/// Counts frames.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    numbers: FrameNumbers,
    before: Option<i64>,
    bins: Bins,
    lengths: Sizes,
    protocols: Protocols,
    link_hosts: Tally<MacAddr, Ends>,
    /// Frames from and to the same hosts as the last one that are not yet counted: many follow each other.
    run: Run,
    unreadable: BTreeMap<Reason, u64>,
    damaged: BTreeMap<Reason, u64>,
    dns: DnsTally,
}

/// Frames from one host of a link to another.
#[derive(Clone, Copy, Debug)]
struct Run {
    to: MacAddr,
    from: MacAddr,
    volume: Volume,
}

/// What frames tell.
pub(super) struct FrameFacts {
    pub(super) frames: FrameNumbers,
    pub(super) timeline: Timeline,
    pub(super) lengths: Spread,
    pub(super) protocols: Vec<ProtocolNumbers>,
    pub(super) link_hosts: Ranked<LinkHost>,
    pub(super) dns: DnsNumbers,
}

impl Frames {
    pub(super) fn new(explorer: &Explorer) -> Self {
        let nobody = MacAddr([0; 6]);
        Self {
            numbers: FrameNumbers::default(),
            before: None,
            bins: Bins::new(explorer.bins),
            lengths: Sizes::new(),
            protocols: Protocols::default(),
            link_hosts: Tally::new(explorer.exact),
            run: Run { to: nobody, from: nobody, volume: Volume::default() },
            unreadable: BTreeMap::new(),
            damaged: BTreeMap::new(),
            dns: DnsTally::new(),
        }
    }

    /// Takes a frame.
    #[inline]
    pub(super) fn take(&mut self, frame: Frame<'_>) {
        let bytes = u64::from(frame.wire_len);
        let nanos = frame.time.as_nanos();
        self.numbers.all.count(bytes);
        self.numbers.captured_bytes += u64::from(frame.captured_len());
        self.numbers.cut += u64::from(frame.captured_len() < frame.wire_len);
        self.numbers.back += u64::from(self.before.replace(nanos).is_some_and(|it| nanos < it));
        self.bins.add(nanos, bytes);
        self.lengths.add(bytes);
        self.link(&frame);
        match Packet::parse(frame) {
            Ok(packet) => self.packet(&packet),
            Err(error) => self.unreadable(&frame, error),
        }
    }

    /// What was counted, each list with so many lines at most.
    pub(super) fn facts(mut self, most: usize) -> FrameFacts {
        self.settle();
        let (timeline, span) = self.bins.finish();
        let mut frames = self.numbers;
        frames.unreadable = reasoned(&self.unreadable);
        frames.damaged = reasoned(&self.damaged);
        if let Some((first, last)) = span {
            (frames.first, frames.last) = (Some(first), Some(last));
            frames.seconds = last.nanos_since(first) as f64 / 1e9;
        }
        if frames.seconds > 0.0 {
            // Of those that are in this time: strays are not.
            let (all, strays) = (frames.all, timeline.strays);
            let rate = |all: u64, strays| all.saturating_sub(strays) as f64 / frames.seconds;
            let rates = [rate(all.packets, strays.packets), rate(all.bytes, strays.bytes)];
            [frames.packets_per_second, frames.bytes_per_second] = rates;
        }
        FrameFacts {
            frames,
            timeline,
            lengths: self.lengths.spread(),
            protocols: self.protocols.tree(),
            link_hosts: link_hosts(&self.link_hosts, most),
            dns: self.dns.numbers(most),
        }
    }

    #[inline]
    fn packet(&mut self, packet: &Packet<'_>) {
        self.protocols.packet(packet);
        self.dns.packet(packet);
        self.numbers.fragments += u64::from(packet.fragment().is_some());
        if let Some(error) = packet.error() {
            *self.damaged.entry(error.reason()).or_default() += 1;
        }
    }

    #[cold]
    fn unreadable(&mut self, frame: &Frame<'_>, error: ParseError) {
        self.protocols.unreadable(frame);
        *self.unreadable.entry(error.reason()).or_default() += 1;
    }

    /// The hosts of the link that is captured, whatever tunnels hold.
    #[inline]
    fn link(&mut self, frame: &Frame<'_>) {
        let Some([a, b, c, d, e, f, from @ ..]) = frame.data.first_chunk::<12>() else { return };
        if frame.link != LinkType::ETHERNET {
            return;
        }
        let (to, from) = (MacAddr([*a, *b, *c, *d, *e, *f]), MacAddr(*from));
        if (to, from) != (self.run.to, self.run.from) {
            self.settle();
            (self.run.to, self.run.from) = (to, from);
        }
        self.run.volume.count(frame.wire_len.into());
    }

    /// Counts the run for its hosts.
    fn settle(&mut self) {
        let Run { to, from, volume } = self.run;
        if volume.packets == 0 {
            return;
        }
        self.run.volume = Volume::default();
        self.link_hosts.add(from, &Ends { sent: volume, ..Ends::default() });
        self.link_hosts.add(to, &Ends { received: volume, ..Ends::default() });
        let kind = match to.0 {
            [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => &mut self.numbers.broadcast,
            [first, ..] if first & 1 != 0 => &mut self.numbers.multicast,
            _ => &mut self.numbers.unicast,
        };
        *kind += volume.packets;
    }
}

/// The commonest reasons first. There are few: layers by what can be wrong with them, and link types.
fn reasoned(counts: &BTreeMap<Reason, u64>) -> Vec<Reasoned> {
    let reasoned =
        |(reason, &frames): (&Reason, &u64)| Reasoned { reason: reason.to_string(), frames };
    let mut all: Vec<Reasoned> = counts.iter().map(reasoned).collect();
    all.sort_by_key(|reasoned| Reverse(reasoned.frames));
    all
}

fn link_hosts(hosts: &Tally<MacAddr, Ends>, most: usize) -> Ranked<LinkHost> {
    Ranked::of(hosts, most, 0..4, |address, ends| LinkHost {
        address: *address,
        sent: ends.sent,
        received: ends.received,
    })
}
