//! Features of our own: what is kept of a flow where they were picked.

mod around;
pub(crate) mod entropy;
mod handshake;
mod histogram;
mod network;
mod segments;
mod sequence;
mod wants;

use std::hint::select_unpredictable;
use std::ops::RangeInclusive;

use netsift_packet::Protocol;
use serde::{Deserialize, Serialize};

pub(crate) use around::AroundState;
pub(crate) use handshake::Handshake;
pub(crate) use histogram::{GAP_BOUNDS, Histogram, LENGTH_BOUNDS};
pub(crate) use network::Network;
pub(crate) use segments::Segments;
pub(crate) use sequence::Sequence;
pub(crate) use wants::Wants;

use crate::Record;
use crate::application::{Application, Wanted};

/// What our own features need of a flow.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Own {
    pub(crate) fwd: OwnSide,
    pub(crate) bwd: OwnSide,
    pub(crate) sequence: Sequence,
    pub(crate) handshake: Handshake,
    pub(crate) around: AroundState,
    pub(crate) application: Application,
}

/// What our own features need of one direction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct OwnSide {
    /// Frames as they were on the wire, in bytes.
    pub(crate) wire_bytes: u64,
    pub(crate) lengths: Histogram,
    pub(crate) gaps: Histogram,
    pub(crate) network: Network,
    pub(crate) segments: Segments,
    /// Of the first payload, in bits a byte.
    pub(crate) entropy: Option<f64>,
}

/// What of [`Own`] still waits for packets: told where the flow is looked at anyhow, since `Own` is large.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Awaits {
    packets: bool,
    handshake: bool,
    payloads: bool,
}

impl Own {
    /// Enters a packet; answers by how many bytes what is held beyond its own size has grown.
    #[inline(always)]
    pub(crate) fn add(
        &mut self,
        record: &Record<'_>,
        (time, gap): (i64, Option<i64>),
        forward: bool,
        (wants, awaits): (Wants, &mut Awaits),
    ) -> isize {
        self.side(forward).add(record, gap, wants);
        if wants.contains(Wants::TCP) && record.protocol == Protocol::TCP && record.has_header() {
            if awaits.handshake {
                self.handshake.add(record, time, forward);
                awaits.handshake = !self.handshake.is_over();
            }
            let Self { fwd, bwd, handshake, .. } = self;
            let (sent_fwd, sent_bwd) = (fwd.segments.sent(), bwd.segments.sent());
            let sent = select_unpredictable(forward, sent_bwd, sent_fwd);
            let side = select_unpredictable(forward, fwd, bwd);
            side.segments.add(record, time, (sent, handshake));
        }
        let growth = if awaits.payloads { self.look(record, forward, wants, awaits) } else { 0 };
        if awaits.packets {
            self.sequence.add(record.payload_len, time, forward);
            awaits.packets = !self.sequence.is_full();
        }
        growth
    }

    /// Keeps what stands around the first packet, and tells what is waited for from now on.
    pub(crate) fn begin(&mut self, record: &Record<'_>, forward: bool, wants: Wants) -> Awaits {
        if wants.contains(Wants::AROUND) {
            self.around = AroundState::of(&record.around, forward);
        }
        Awaits {
            packets: wants.contains(Wants::SEQUENCE),
            handshake: wants.contains(Wants::TCP),
            payloads: wants.contains(Wants::PAYLOADS | Wants::ENTROPY),
        }
    }

    /// Looks into a payload.
    fn look(
        &mut self,
        record: &Record<'_>,
        forward: bool,
        wants: Wants,
        awaits: &mut Awaits,
    ) -> isize {
        if record.payload.is_empty() {
            return 0;
        }
        let side = self.side(forward);
        if wants.contains(Wants::ENTROPY) && side.entropy.is_none() {
            side.entropy = Some(entropy::of(record.payload));
        }
        let wants_more = wants.contains(Wants::PAYLOADS) && self.application.wants_more();
        let knows_both = self.fwd.entropy.is_some() && self.bwd.entropy.is_some();
        awaits.payloads = wants_more || wants.contains(Wants::ENTROPY) && !knows_both;
        if wants_more && record.has_header() {
            return self.observe(record, forward, wants);
        }
        0
    }

    fn observe(&mut self, record: &Record<'_>, forward: bool, wants: Wants) -> isize {
        if !self.application.wants_from(forward) {
            return 0;
        }
        let before = self.application.heap();
        let wanted = Wanted {
            application: wants.contains(Wants::APPLICATION),
            tls: wants.contains(Wants::TLS),
            dns: wants.contains(Wants::DNS),
            http: wants.contains(Wants::HTTP),
        };
        self.application.observe(record, forward, wanted);
        self.application.heap() as isize - before as isize
    }

    pub(crate) fn side(&mut self, forward: bool) -> &mut OwnSide {
        select_unpredictable(forward, &mut self.fwd, &mut self.bwd)
    }

    /// Its own memory without what it holds beyond: nobody counts that of a flow that has gone.
    pub(crate) fn emptied(mut self: Box<Self>) -> Box<Self> {
        self.application = Application::default();
        self
    }

    /// Whether a flow of so many packets could have it: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        self.fwd.is_sound(packets)
            && self.bwd.is_sound(packets)
            && self.sequence.is_sound()
            && self.handshake.is_sound()
            && self.around.is_sound()
            && self.application.is_sound()
    }

    /// Whether its times are the flow's and go on.
    pub(crate) fn is_timely(&self, flow: &RangeInclusive<i64>) -> bool {
        self.sequence.is_timely()
            && self.handshake.is_timely(flow)
            && self.fwd.segments.is_timely(flow)
            && self.bwd.segments.is_timely(flow)
    }

    /// Bytes held beyond its own size.
    pub(crate) fn heap(&self) -> usize {
        self.application.heap()
    }
}

impl OwnSide {
    #[inline(always)]
    fn add(&mut self, record: &Record<'_>, gap: Option<i64>, wants: Wants) {
        self.wire_bytes += u64::from(record.wire_len);
        if wants.contains(Wants::HISTOGRAMS) {
            self.lengths.add(u64::from(record.payload_len), &LENGTH_BOUNDS);
            if let Some(gap) = gap {
                self.gaps.add(gap.unsigned_abs(), &GAP_BOUNDS);
            }
        }
        if wants.contains(Wants::NETWORK) {
            self.network.add(record);
        }
    }

    fn is_sound(&self, packets: u64) -> bool {
        self.wire_bytes <= packets.saturating_mul(u32::MAX.into())
            && self.lengths.is_sound(packets)
            && self.gaps.is_sound(packets)
            && self.network.is_sound(packets)
            && self.segments.is_sound(packets)
            && self.entropy.is_none_or(|bits| (0.0..=entropy::LARGEST + 1e-9).contains(&bits))
    }
}
