//! Flows as they are: ended by teardown or silence, every packet in its direction.

use netsift_packet::{Protocol, TcpFlags};

use super::{Arrival, Fate, HASTE_NANOS, PAUSE_NANOS, SYN_ACK, ended, turn_if_answer};
use crate::state::{Flow, Own, Teardown};
use crate::{End, FlowConfig, Record};

#[inline(always)]
pub(super) fn judge(
    state: &Flow,
    record: &Record<'_>,
    arrival: Arrival,
    config: &FlowConfig,
) -> Fate {
    let silence = arrival.time.saturating_sub(state.last).saturating_abs();
    let unseen = arrival.now.saturating_sub(state.touched);
    let lasts = arrival.time.saturating_sub(state.first) > config.active_timeout_nanos();
    if state.teardown.has_ended() {
        // Another SYN is another connection; what else trails behind the last byte belongs to this one.
        let again = record.tcp.flags.contains(TcpFlags::SYN) && !is_answer_again(state, record);
        let patience = if state.teardown.is_over() {
            config.linger_nanos()
        } else {
            config.idle_timeout_nanos()
        };
        let over = again || lasts || silence.max(unseen) > patience;
        return if over { Fate::Restarts(ended(state)) } else { Fate::Joins };
    }
    if silence.max(unseen) > config.idle_timeout_nanos() {
        return Fate::Restarts(End::Idle);
    }
    if lasts { Fate::Restarts(End::Active) } else { Fate::Joins }
}

/// Whether a SYN is but the answer of the connection that is being taken down, sent once more.
fn is_answer_again(state: &Flow, record: &Record<'_>) -> bool {
    state.teardown == Teardown::Closing && record.tcp.flags.contains(SYN_ACK)
}

pub(super) fn begin(state: &mut Flow, record: &Record<'_>, arrival: Arrival, config: &FlowConfig) {
    turn_if_answer(state, record);
    begin_keeping_ends(state, record, arrival, config);
}

pub(super) fn restart(
    state: &mut Flow,
    record: &Record<'_>,
    arrival: Arrival,
    (end, config): (End, &FlowConfig),
) {
    let from_low = if end == End::Active { state.from_low } else { arrival.from_low };
    let own = state.own.take();
    *state = Flow { own, ..Flow::new((state.profile, state.key), from_low, arrival.time) };
    match end {
        End::Active => begin_keeping_ends(state, record, arrival, config),
        _ => begin(state, record, arrival, config),
    }
}

pub(super) fn add(
    state: &mut Flow,
    record: &Record<'_>,
    arrival: Arrival,
    config: &FlowConfig,
) -> isize {
    let forward = arrival.from_low == state.from_low;
    // A packet that was overtaken came together with the one that overtook it.
    let time = arrival.time.max(state.last);
    let gap = time.saturating_sub(state.last);
    state.activity.touch(time);
    state.pauses += u32::from(gap > PAUSE_NANOS);
    state.hasty += u32::from(gap <= HASTE_NANOS);
    state.gap.add(crate::state::micros(gap));
    let side_gap = enter(state, record, time, forward);
    state.last = time;
    if record.protocol == Protocol::TCP {
        state.teardown = after(state, record.tcp.flags);
    }
    let Some(own) = &mut state.own else { return 0 };
    own.add(record, (time, side_gap), forward, (config.wants(), &mut state.awaits))
}

/// The last active period ends with the last packet; what both directions add up to is told of neither.
pub(super) fn close(state: &mut Flow) {
    state.activity.close();
    state.length = state.fwd.length.with(&state.bwd.length);
}

fn begin_keeping_ends(
    state: &mut Flow,
    record: &Record<'_>,
    arrival: Arrival,
    config: &FlowConfig,
) {
    let forward = arrival.from_low == state.from_low;
    let time = arrival.time;
    state.activity.begin(time);
    state.icmp = record.icmp;
    enter(state, record, time, forward);
    if !config.wants().nothing() {
        let mut own = blank(state.own.take());
        state.awaits = own.begin(record, forward, config.wants());
        own.add(record, (time, None), forward, (config.wants(), &mut state.awaits));
        state.own = Some(own);
    }
    if record.protocol == Protocol::TCP {
        state.teardown = after(state, record.tcp.flags);
    }
}

/// Memory of a flow that has been told serves the next one.
fn blank(used: Option<Box<Own>>) -> Box<Own> {
    let mut own = used.unwrap_or_default();
    *own = Own::default();
    own
}

/// Enters what any packet adds; answers how long after the one before in its direction it came.
#[inline(always)]
fn enter(state: &mut Flow, record: &Record<'_>, time: i64, forward: bool) -> Option<i64> {
    // Times of bulks count from the flow's start: 0 is "never" there.
    let since = time.saturating_sub(state.first).saturating_add(1);
    state.count_bulk(since, record.payload_len, forward);
    let side = state.side(forward);
    let gap = (side.packets() > 0).then(|| time.saturating_sub(side.last));
    if record.has_header() {
        // No header of a side was read before: each is longer than 0, where the protocol has any.
        if side.min_header == 0 {
            (side.min_header, side.init_window) = (record.header_len, record.tcp.window);
        }
        side.min_header = side.min_header.min(record.header_len);
    }
    side.data_packets += u32::from(record.payload_len > 0);
    state.count(record, time, forward);
    gap
}

/// A connection is over once both ends have sent FIN and the later one was acknowledged.
fn after(state: &Flow, flags: TcpFlags) -> Teardown {
    let (fin, syn) = (flags.contains(TcpFlags::FIN), flags.contains(TcpFlags::SYN));
    let both = fin && state.fwd.with(TcpFlags::FIN) > 0 && state.bwd.with(TcpFlags::FIN) > 0;
    match state.teardown {
        over @ (Teardown::Closed | Teardown::Reset) => over,
        _ if flags.contains(TcpFlags::RST) => Teardown::Reset,
        Teardown::Closing if !fin && !syn && flags.contains(TcpFlags::ACK) => Teardown::Closed,
        Teardown::HalfClosed if both => Teardown::Closing,
        Teardown::Open if fin => Teardown::HalfClosed,
        state => state,
    }
}

#[cfg(test)]
mod tests {
    use netsift_packet::Timestamp;

    use crate::{Columns, FlowTable, Profile, Record};

    #[test]
    fn a_side_begins_with_its_first_header() {
        let (src, dst) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let mut record = Record::new(Timestamp::EPOCH, src, dst, super::Protocol::TCP);
        record.is_fragment = true;
        let mut table = FlowTable::new(Columns::all(Profile::Native).config());
        for (header, window) in [(0, 0), (32, 500), (0, 0), (20, 600), (24, 700)] {
            (record.header_len, record.tcp.window) = (header, window);
            table.push(&record, |_| ());
        }
        let mut told = Vec::new();
        table.finish(|flow| told.push((flow.fwd.min_header, flow.fwd.init_window)));
        assert_eq!(told, [(20, 500)]);
    }
}
