//! What is kept of a flow while it lives.

mod activity;
mod bulk;
mod moments;
mod own;
mod side;

use std::collections::HashSet;
use std::hint::select_unpredictable;
use std::net::SocketAddr;

use foldhash::quality::RandomState;
use netsift_packet::{Protocol, TcpFlags, Timestamp};
use serde::{Deserialize, Serialize};

pub use activity::Activity;
pub use bulk::Bulk;
pub use moments::Moments;
pub(crate) use own::entropy;
pub(crate) use own::{AroundState, Awaits, Handshake, Own, OwnSide, Segments, Wants};
pub use side::Side;

use crate::key::Key;
use crate::profile::MOST_PACKETS;
use crate::{Application, End, Profile, Record};

/// A flow: what its packets added up to. Accumulators count; the table of features names.
///
/// The order of the fields is that of their use: a packet of a flow that is not in the cache waits for each line
/// it touches, and touches half of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[repr(C, align(64))]
pub struct Flow {
    pub(crate) key: Key,
    /// Nanoseconds since the epoch, as in every time below.
    pub(crate) last: i64,
    /// The table's clock at the last packet.
    pub(crate) touched: i64,
    pub(crate) first: i64,
    pub(crate) profile: Profile,
    /// Why it is told; [`End::Input`] until something else is known.
    pub(crate) end: End,
    /// Whether the low end of the key is the source.
    pub(crate) from_low: bool,
    /// Whether the flow's name starts with the low end: the CICFlowMeters' may contradict the source.
    pub(crate) named_from_low: bool,
    pub(crate) teardown: Teardown,
    pub(crate) snapped: bool,
    /// What of [`own`](Self::own) still waits for packets.
    pub(crate) awaits: Awaits,
    pub(crate) icmp: Option<(u8, u8)>,
    /// Packets that came more than a second after the one before.
    pub(crate) pauses: u32,
    /// Packets that came at most a fifth of a second after the one before.
    pub(crate) hasty: u32,
    /// Features of our own, where they were picked.
    pub(crate) own: Option<Box<Own>>,
    /// What only the fork's reading needs.
    pub(crate) fork: Option<Box<ForkState>>,
    /// When the last packets of the current bulks came: the source's, the other end's.
    pub(crate) bulk_lasts: [i64; 2],
    /// Gaps between packets, in microseconds.
    pub gap: Moments,
    pub(crate) activity: Activity,
    /// What the source sent.
    pub fwd: Side,
    /// What was sent to the source.
    pub bwd: Side,
    /// Payload lengths of all packets, in bytes.
    pub length: Moments,
    /// Flags of the first packet.
    pub(crate) first_flags: u16,
}

/// How far a TCP connection has been taken down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Teardown {
    /// Not at all.
    #[default]
    Open,
    /// One end has sent its last byte.
    HalfClosed,
    /// Both ends have, and one of them waits for the acknowledgement.
    Closing,
    /// Both ends have sent and acknowledged their last bytes.
    Closed,
    /// One end has reset the connection.
    Reset,
}

impl Teardown {
    /// Whether nothing but acknowledgements can come.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self, Self::Closing | Self::Closed | Self::Reset)
    }

    /// Whether nothing can come.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Reset)
    }
}

/// Packets by flag, in the order of the flags' bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FlagCounts([u32; 9]);

impl FlagCounts {
    #[inline(always)]
    pub(crate) fn add(&mut self, flags: TcpFlags) {
        for (bit, count) in self.0.iter_mut().enumerate() {
            *count += u32::from(flags.0 & 1 << bit != 0);
        }
    }

    fn is_sound(&self, packets: u64) -> bool {
        self.0.iter().all(|&count| u64::from(count) <= packets)
    }

    pub(crate) fn of(&self, flag: TcpFlags) -> u32 {
        self.0.get(flag.0.trailing_zeros() as usize).copied().unwrap_or(0)
    }
}

/// What the CICFlowMeters' corrected fork keeps beside the rest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ForkState {
    /// Segments seen: source, sequence and acknowledgement number, length, window. In a file they stand
    /// apart, since their number has no bound.
    #[serde(skip)]
    pub(crate) seen: HashSet<u128, RandomState>,
    /// Time of the connection before this flow continued it, in microseconds.
    pub(crate) earlier_micros: i64,
    /// Segments that equal an earlier one: the source's, the other end's.
    pub(crate) repeated: [u32; 2],
}

impl ForkState {
    fn is_sound(&self, packets: u64) -> bool {
        self.repeated.iter().all(|&count| u64::from(count) <= packets)
    }
}

impl Flow {
    /// A flow about to get its first packet.
    pub(crate) fn new((profile, key): (Profile, Key), from_low: bool, time: i64) -> Self {
        Self {
            key,
            profile,
            end: End::Input,
            first: time,
            last: time,
            touched: time,
            from_low,
            named_from_low: from_low,
            teardown: Teardown::Open,
            snapped: false,
            icmp: None,
            fwd: Side::default(),
            bwd: Side::default(),
            length: Moments::default(),
            gap: Moments::default(),
            activity: Activity::default(),
            bulk_lasts: [0; 2],
            first_flags: 0,
            awaits: Awaits::default(),
            pauses: 0,
            hasty: 0,
            fork: None,
            own: None,
        }
    }

    /// The end that counts as the source: who opened the conversation, as far as it was seen.
    #[must_use]
    pub fn source(&self) -> SocketAddr {
        self.key.end(self.from_low)
    }

    /// The other end.
    #[must_use]
    pub fn destination(&self) -> SocketAddr {
        self.key.end(!self.from_low)
    }

    /// The protocol behind IP.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.key.protocol()
    }

    /// The profile it was made with.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Why it is told.
    #[must_use]
    pub fn end(&self) -> End {
        self.end
    }

    /// The time of the first packet.
    #[must_use]
    pub fn first(&self) -> Timestamp {
        Timestamp::from_nanos(self.first)
    }

    /// The time of the last packet.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        Timestamp::from_nanos(self.last)
    }

    /// Packets in both directions.
    #[must_use]
    #[inline]
    pub fn packets(&self) -> u64 {
        self.fwd.packets() + self.bwd.packets()
    }

    /// Packets of either end that came at most a fifth of a second after the one before.
    #[must_use]
    pub fn hasty_packets(&self) -> u64 {
        self.hasty.into()
    }

    /// What its payloads say, where that was asked for.
    #[must_use]
    pub fn application(&self) -> Option<&Application> {
        self.own.as_ref().map(|own| &own.application)
    }

    /// Type and code of its first message, of ICMP.
    #[must_use]
    pub fn icmp(&self) -> Option<(u8, u8)> {
        self.icmp.map(|(code, kind)| (kind, code))
    }

    /// From the first packet to the last, in nanoseconds.
    #[must_use]
    pub fn duration_nanos(&self) -> i64 {
        self.last.saturating_sub(self.first)
    }

    /// What about an open flow cannot be, if anything: checked on what is read from a file.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        let packets = self.fwd.packets().saturating_add(self.bwd.packets());
        // CICFlowMeter counts the first length twice.
        let lengths = packets.saturating_add(1);
        let is_native = self.profile == Profile::Native;
        let sound = [
            ("ends", self.key.is_sound()),
            ("reason to be told", self.end == End::Input),
            ("number of packets", (1..=MOST_PACKETS).contains(&packets)),
            ("times", !is_native || self.is_timely()),
            ("source", self.fwd.is_sound(packets)),
            ("destination", self.bwd.is_sound(packets)),
            ("lengths", self.length.is_sound(lengths) && !self.length.is_negative()),
            ("gaps", self.gap.is_sound(packets)),
            ("activity", self.activity.is_sound(packets)),
            ("pauses", u64::from(self.pauses) + u64::from(self.hasty) <= packets),
            ("reading", self.fork.is_none() || self.profile == Profile::CicFixed),
            ("segments", self.fork.as_ref().is_none_or(|fork| fork.is_sound(packets))),
            ("own features", self.own.as_ref().is_none_or(|own| own.is_sound(packets))),
        ];
        sound.into_iter().find(|(_, is_sound)| !is_sound).map(|(what, _)| what)
    }

    /// Whether time goes on in it: only the CICFlowMeters let it go back.
    fn is_timely(&self) -> bool {
        let flow = self.first..=self.last;
        // Times of bulks count from the flow's start, which is 1.
        let span = 0..=self.duration_nanos().saturating_add(1);
        let [fwd, bwd] = self.bulk_lasts;
        self.first <= self.last
            && self.fwd.is_timely(&flow)
            && self.bwd.is_timely(&flow)
            && !self.gap.is_negative()
            && self.activity.is_timely(&flow)
            && self.fwd.bulk.is_timely(fwd, &span)
            && self.bwd.bulk.is_timely(bwd, &span)
            && self.own.as_ref().is_none_or(|own| own.is_timely(&flow))
    }

    /// Bytes it takes in memory.
    pub(crate) fn heap(&self) -> usize {
        let fork = self.fork.as_ref().map_or(0, |fork| {
            // A hash table keeps an eighth of its places free, and a byte beside each.
            size_of::<ForkState>() + fork.seen.capacity().div_ceil(7) * 8 * (size_of::<u128>() + 1)
        });
        fork + self.own.as_ref().map_or(0, |own| size_of::<Own>() + own.heap())
    }

    #[inline(always)]
    pub(crate) fn side(&mut self, forward: bool) -> &mut Side {
        select_unpredictable(forward, &mut self.fwd, &mut self.bwd)
    }

    /// Enters a packet's length, flags and gap into its direction.
    #[inline(always)]
    pub(crate) fn count(&mut self, record: &Record<'_>, time: i64, forward: bool) {
        let length = f64::from(record.payload_len);
        let side = self.side(forward);
        if side.packets() > 0 {
            side.gap.add(micros(time.saturating_sub(side.last)));
        }
        side.add(record, time, length);
    }

    /// Enters a packet into the bulks of its direction.
    #[inline(always)]
    pub(crate) fn count_bulk(&mut self, time: i64, payload: u32, forward: bool) {
        let [fwd, bwd] = &mut self.bulk_lasts;
        let other = select_unpredictable(forward, *bwd, *fwd);
        let last = select_unpredictable(forward, fwd, bwd);
        let side = select_unpredictable(forward, &mut self.fwd, &mut self.bwd);
        side.bulk.add(time, payload, last, other);
    }
}

/// Nanoseconds as microseconds: whole where they are whole.
#[inline(always)]
pub(crate) fn micros(nanos: i64) -> f64 {
    // A quotient of large numbers would be rounded twice.
    if nanos % 1_000 == 0 { (nanos / 1_000) as f64 } else { nanos as f64 / 1e3 }
}
