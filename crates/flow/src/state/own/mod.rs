//! Features of our own: what is kept of a flow where they were picked.

mod around;
mod entropy;
mod handshake;
mod histogram;
mod network;
mod segments;
mod sequence;
mod wants;

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
    last: Option<i64>,
}

impl Own {
    /// Enters a packet; answers by how many bytes what is held beyond its own size has grown.
    #[inline(always)]
    pub(crate) fn add(
        &mut self,
        record: &Record<'_>,
        time: i64,
        forward: bool,
        wants: Wants,
    ) -> isize {
        if wants.contains(Wants::SEQUENCE) {
            self.sequence.add(record.payload_len, time, forward);
        }
        if wants.contains(Wants::AROUND) {
            self.around.note(&record.around, forward);
        }
        if wants.contains(Wants::TCP) && record.protocol == Protocol::TCP && record.has_header() {
            self.handshake.add(record, time, forward);
            let patience = self.handshake.round_trip();
            self.side(forward).segments.add(record, time, patience);
        }
        self.side(forward).add(record, time, wants);
        if wants.contains(Wants::PAYLOADS) && record.has_header() && self.application.wants_more() {
            return self.observe(record, forward, wants);
        }
        0
    }

    fn observe(&mut self, record: &Record<'_>, forward: bool, wants: Wants) -> isize {
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
        if forward { &mut self.fwd } else { &mut self.bwd }
    }

    /// Whether a flow of so many packets could have it: checked on what is read from a file.
    pub(crate) fn is_sound(&self, packets: u64) -> bool {
        self.fwd.is_sound(packets)
            && self.bwd.is_sound(packets)
            && self.sequence.is_sound()
            && self.handshake.is_sound()
            && self.around.is_sound()
    }

    /// Bytes held beyond its own size.
    pub(crate) fn heap(&self) -> usize {
        self.application.heap()
    }
}

impl OwnSide {
    #[inline(always)]
    fn add(&mut self, record: &Record<'_>, time: i64, wants: Wants) {
        self.wire_bytes += u64::from(record.wire_len);
        if wants.contains(Wants::HISTOGRAMS) {
            self.lengths.add(u64::from(record.payload_len), &LENGTH_BOUNDS);
            if let Some(last) = self.last {
                self.gaps.add(time.saturating_sub(last).unsigned_abs(), &GAP_BOUNDS);
            }
            self.last = Some(time);
        }
        if wants.contains(Wants::NETWORK) {
            self.network.add(record);
        }
        if wants.contains(Wants::ENTROPY) && self.entropy.is_none() && !record.payload.is_empty() {
            self.entropy = Some(entropy::of(record.payload));
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
