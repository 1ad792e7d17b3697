//! Three readings of the same packets: when a flow begins and ends, and what a packet adds to it.

mod cic;
mod native;

pub(crate) use cic::connection_micros;

use std::fmt;

use netsift_packet::TcpFlags;
use serde::{Deserialize, Serialize};

use crate::state::{Flow, Teardown};
use crate::{End, FlowConfig, Record};

/// A reading of packets as flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// What is right: idle and active timeouts, TCP teardown, wire lengths, nanoseconds.
    #[default]
    Native,
    /// What CICFlowMeter writes, its errors included: 84 columns.
    Cic,
    /// What its corrected fork writes: 94 columns.
    CicFixed,
}

impl Profile {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Native, Self::Cic, Self::CicFixed];

    /// Its name, as a user writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Cic => "cic",
            Self::CicFixed => "cic-fixed",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A flow of so many packets goes on as another: counters of packets have 32 bits.
pub(crate) const MOST_PACKETS: u64 = u32::MAX as u64;
/// A packet that comes later than this after the one before begins a sub-flow.
const PAUSE_NANOS: i64 = 1_000_000_000;
/// Who asks again waits longer for the answer; who pours does not wait.
const HASTE_NANOS: i64 = PAUSE_NANOS / 5;
const SYN_ACK: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0);

/// What a packet does to the flow that it was found to belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is added.
    Joins,
    /// It is added, and the flow ends with it.
    Ends(End),
    /// The flow has ended without it, and it is the first of the next.
    Restarts(End),
    /// It is neither: the reading drops it.
    Dropped,
}

/// The place of a packet in time and in its flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// Its own time, nanoseconds since the epoch.
    pub(crate) time: i64,
    /// The table's clock.
    pub(crate) now: i64,
    /// When the flow was touched, by that clock.
    pub(crate) touched: i64,
    /// Whether the low end of the key sent it.
    pub(crate) from_low: bool,
}

impl Profile {
    #[inline(always)]
    pub(crate) fn judge(
        self,
        state: &Flow,
        record: &Record<'_>,
        arrival: Arrival,
        config: &FlowConfig,
    ) -> Fate {
        if state.packets() >= MOST_PACKETS {
            return Fate::Restarts(End::Active);
        }
        match self {
            Self::Native => native::judge(state, record, arrival, config),
            Self::Cic => cic::judge_original(state, record, arrival),
            Self::CicFixed => cic::judge_fixed(state, record, arrival),
        }
    }

    /// Enters the first packet of a flow into its blank state.
    #[inline(always)]
    pub(crate) fn begin(
        self,
        state: &mut Flow,
        record: &Record<'_>,
        arrival: Arrival,
        config: &FlowConfig,
    ) {
        match self {
            Self::Native => native::begin(state, record, arrival, config),
            Self::Cic => cic::begin_original(state, record, arrival.time),
            Self::CicFixed => cic::begin_fixed(state, record, arrival),
        }
    }

    /// Enters a further packet; answers by how many bytes the flow has grown.
    #[inline(always)]
    pub(crate) fn add(
        self,
        state: &mut Flow,
        record: &Record<'_>,
        arrival: Arrival,
        config: &FlowConfig,
    ) -> isize {
        match self {
            Self::Native => native::add(state, record, arrival, config),
            Self::Cic => {
                cic::add_original(state, record, arrival);
                0
            }
            Self::CicFixed => cic::add_fixed(state, record, arrival),
        }
    }

    /// Makes the state of a flow that has been told the state of the next one, its first packet entered.
    pub(crate) fn restart(
        self,
        state: &mut Flow,
        record: &Record<'_>,
        arrival: Arrival,
        (end, config): (End, &FlowConfig),
    ) {
        match self {
            Self::Native => native::restart(state, record, arrival, (end, config)),
            Self::Cic => cic::restart_original(state, record, arrival.time),
            Self::CicFixed => cic::restart_fixed(state, record, arrival, end),
        }
    }

    /// What remains to be done before a flow is told.
    pub(crate) fn close(self, state: &mut Flow) {
        if self == Self::Native {
            native::close(state);
        }
    }

    /// Whether a flow of so many packets is told at all.
    pub(crate) fn tells(self, packets: u64) -> bool {
        // CICFlowMeter keeps flows of one packet to itself.
        self != Self::Cic || packets > 1
    }
}

/// How a flow whose connection is over has ended.
pub(crate) fn ended(state: &Flow) -> End {
    if state.teardown == Teardown::Reset { End::Rst } else { End::Fin }
}

/// Who answers is not who asked: a flow that begins with the answer has its ends swapped.
#[inline]
fn turn_if_answer(state: &mut Flow, record: &Record<'_>) {
    if record.tcp.flags.contains(SYN_ACK) {
        state.from_low = !state.from_low;
        state.named_from_low = state.from_low;
    }
}
