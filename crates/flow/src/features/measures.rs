//! Quotients and choices that several features share.

use netsift_packet::{Protocol, TcpFlags};

use crate::state::{Flow, Handshake, Own, OwnSide, Segments, Side, micros};

impl Flow {
    pub(super) fn duration(&self) -> f64 {
        micros(self.duration_nanos())
    }

    pub(super) fn seconds(&self) -> f64 {
        self.duration() / 1e6
    }

    pub(super) fn payload(&self) -> f64 {
        self.fwd.length.sum() + self.bwd.length.sum()
    }

    /// Things a second; 0 in flows that took no time.
    pub(super) fn a_second(&self, things: f64) -> f64 {
        if self.duration_nanos() > 0 { things / self.seconds() } else { 0.0 }
    }

    /// The same as the corrected fork has it.
    pub(super) fn a_second_or_minus_one(&self, things: f64) -> f64 {
        if self.duration_nanos() == 0 { -1.0 } else { things / self.seconds() }
    }

    /// Packets that came with this flag.
    pub(super) fn with(&self, flag: TcpFlags) -> f64 {
        f64::from(self.fwd.with(flag)) + f64::from(self.bwd.with(flag))
    }

    /// Whether the first packet came with this flag: all that CICFlowMeter looks at where it tells flags by
    /// direction.
    pub(super) fn first_with(&self, flag: TcpFlags) -> f64 {
        f64::from(u8::from(TcpFlags(self.first_flags).contains(flag)))
    }

    /// Segments that equal an earlier one, as the fork counts them: the source's, the other end's.
    pub(super) fn repeated(&self) -> [u32; 2] {
        self.fork.as_ref().map_or([0; 2], |fork| fork.repeated)
    }

    /// A share of something for each sub-flow.
    pub(super) fn a_subflow(&self, total: f64) -> f64 {
        total / (f64::from(self.pauses) + 1.0)
    }

    /// The same as the references have it, who count pauses instead of what they part.
    pub(super) fn a_pause(&self, total: f64) -> f64 {
        if self.pauses == 0 { 0.0 } else { total / f64::from(self.pauses) }
    }

    pub(super) fn down_up(&self) -> f64 {
        if self.fwd.packets() == 0 {
            return 0.0;
        }
        self.bwd.packets() as f64 / self.fwd.packets() as f64
    }

    pub(super) fn mean_packet(&self) -> f64 {
        if self.packets() == 0 { 0.0 } else { self.length.sum() / self.packets() as f64 }
    }

    pub(super) fn icmp_code(&self) -> f64 {
        self.icmp.map_or(-1.0, |(code, _)| code.into())
    }

    pub(super) fn icmp_type(&self) -> f64 {
        self.icmp.map_or(-1.0, |(_, kind)| kind.into())
    }

    fn own(&self) -> Option<&Own> {
        self.own.as_deref()
    }

    pub(super) fn of_fwd(&self, read: fn(&OwnSide) -> f64) -> f64 {
        self.own().map_or(0.0, |own| read(&own.fwd))
    }

    pub(super) fn of_bwd(&self, read: fn(&OwnSide) -> f64) -> f64 {
        self.own().map_or(0.0, |own| read(&own.bwd))
    }

    pub(super) fn of_handshake(&self, read: fn(&Handshake) -> f64) -> f64 {
        self.own().map_or(0.0, |own| read(&own.handshake))
    }

    pub(super) fn nth_length(&self, at: usize) -> f64 {
        self.own().map_or(0.0, |own| own.sequence.length(at))
    }

    pub(super) fn nth_direction(&self, at: usize) -> f64 {
        self.own().map_or(0.0, |own| own.sequence.direction(at))
    }

    pub(super) fn nth_gap(&self, at: usize) -> f64 {
        self.own().map_or(0.0, |own| own.sequence.gap(at))
    }

    /// The largest window the source or the other end offered behind the handshake, in bytes.
    pub(super) fn max_window(&self, of_source: bool) -> f64 {
        self.window(of_source, |segments| segments.max_window.into())
    }

    /// The smallest.
    pub(super) fn min_window(&self, of_source: bool) -> f64 {
        self.window(of_source, |segments| segments.min_window.unwrap_or(0).into())
    }

    fn window(&self, of_source: bool, read: fn(&Segments) -> f64) -> f64 {
        let Some(own) = self.own().filter(|_| self.protocol() == Protocol::TCP) else { return 0.0 };
        let side = if of_source { &own.fwd } else { &own.bwd };
        read(&side.segments) * f64::from(1u32 << own.handshake.scale(of_source).min(31))
    }
}

impl Side {
    /// Payload a packet, by plain division.
    pub(super) fn mean_segment(&self) -> f64 {
        if self.packets() == 0 { 0.0 } else { self.length.sum() / self.packets() as f64 }
    }
}
