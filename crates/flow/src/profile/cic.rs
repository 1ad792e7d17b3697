//! The two CICFlowMeters' flows, errors included.
//!
//! Where they agree there is one function; where not, two whose names say whose they are.

use netsift_packet::{Protocol, TcpFlags};

use super::{Arrival, Fate, HASTE_NANOS, PAUSE_NANOS, SYN_ACK, ended, turn_if_answer};
use crate::state::{Flow, ForkState, Teardown};
use crate::{End, Record};

/// A flow that began longer ago ends.
const TIMEOUT_NANOS: i64 = 120_000_000_000;

pub(super) fn judge_original(state: &Flow, record: &Record<'_>, arrival: Arrival) -> Fate {
    let flags = record.tcp.flags;
    if is_timed_out(state, arrival.time) {
        return Fate::Restarts(End::Active);
    }
    if flags.contains(TcpFlags::FIN) {
        return match is_forward(state, arrival) {
            // The answer's FIN ends the flow, the source's never does, and its second is lost.
            false => Fate::Ends(End::Fin),
            true if fins_received(state) > 0 => Fate::Dropped,
            true => Fate::Joins,
        };
    }
    if flags.contains(TcpFlags::RST) { Fate::Ends(End::Rst) } else { Fate::Joins }
}

pub(super) fn judge_fixed(state: &Flow, record: &Record<'_>, arrival: Arrival) -> Fate {
    let flags = record.tcp.flags;
    if state.teardown.is_over() && flags.contains(TcpFlags::SYN) {
        return Fate::Restarts(ended(state));
    }
    if is_timed_out(state, arrival.time) {
        return Fate::Restarts(End::Active);
    }
    let is_tcp = [TcpFlags::FIN, TcpFlags::RST, TcpFlags::ACK].iter().any(|f| flags.contains(*f));
    match (state.icmp, record.icmp) {
        (Some((code, kind)), Some((new_code, new_kind)))
            if !is_tcp && code != new_code && kind != new_kind =>
        {
            Fate::Restarts(End::Icmp)
        }
        _ => Fate::Joins,
    }
}

pub(super) fn begin_original(state: &mut Flow, record: &Record<'_>, time: i64) {
    // The first packet counts as the source's, and its length counts twice.
    state.length.add(f64::from(record.payload_len));
    begin(state, record, time, true);
    add_bulk_original(state, record, time);
    state.fwd.init_window = record.tcp.window;
}

pub(super) fn begin_fixed(state: &mut Flow, record: &Record<'_>, arrival: Arrival) {
    turn_if_answer(state, record);
    enter_first_fixed(state, record, arrival);
}

pub(super) fn add_original(state: &mut Flow, record: &Record<'_>, arrival: Arrival) {
    let flags = record.tcp.flags;
    let forward = is_forward(state, arrival);
    let ends = flags.contains(TcpFlags::RST) || flags.contains(TcpFlags::FIN) && !forward;
    if !ends {
        state.activity.touch(arrival.time);
    }
    add_bulk_original(state, record, arrival.time);
    add(state, record, arrival.time, forward);
    let side = state.side(forward);
    side.data_packets += u32::from(record.payload_len > 0);
    if !forward {
        side.init_window = record.tcp.window;
    }
}

/// Answers by how many bytes the segments seen have grown.
pub(super) fn add_fixed(state: &mut Flow, record: &Record<'_>, arrival: Arrival) -> isize {
    let before = state.heap();
    let forward = is_forward(state, arrival);
    state.activity.touch(arrival.time);
    enter_fixed(state, record, arrival.time, forward);
    add(state, record, arrival.time, forward);
    if is_retransmission(state, record, arrival.from_low) {
        count_repeated(state, forward);
    }
    state.teardown = after(state, record.tcp.flags);
    state.heap() as isize - before as isize
}

/// The next flow keeps its ends, and its first packet counts as the source's whoever sent it.
pub(super) fn restart_original(state: &mut Flow, record: &Record<'_>, time: i64) {
    let (from_low, named_from_low) = (state.from_low, state.named_from_low);
    *state = Flow { named_from_low, ..Flow::new((state.profile, state.key), from_low, time) };
    begin_original(state, record, time);
}

/// The next flow keeps its name; it continues the connection or is another.
pub(super) fn restart_fixed(state: &mut Flow, record: &Record<'_>, arrival: Arrival, end: End) {
    let named_from_low = state.named_from_low;
    let is_silent_udp = state.protocol() == Protocol::UDP
        && arrival.time.saturating_sub(state.last) > TIMEOUT_NANOS;
    let is_other = end != End::Active || is_silent_udp || !is_connection(record.protocol);
    let mut next = Flow::new((state.profile, state.key), arrival.from_low, arrival.time);
    if is_other {
        next.from_low ^= record.tcp.flags.contains(SYN_ACK);
    } else {
        next.from_low = state.from_low;
        let silence = arrival.time.saturating_sub(state.last) / 1_000;
        let earlier_micros = connection_micros(state).saturating_add(silence);
        let seen = state.fork.take().map(|fork| fork.seen).unwrap_or_default();
        next.fork = Some(Box::new(ForkState { seen, earlier_micros, repeated: [0; 2] }));
    }
    next.named_from_low = named_from_low;
    *state = next;
    enter_first_fixed(state, record, arrival);
}

/// How long the connection has lasted, over the flows it was cut into.
pub(crate) fn connection_micros(state: &Flow) -> i64 {
    let earlier = state.fork.as_ref().map_or(0, |fork| fork.earlier_micros);
    let own = state.duration_nanos() / 1_000;
    if is_connection(state.protocol()) { earlier.saturating_add(own) } else { 0 }
}

fn is_connection(protocol: Protocol) -> bool {
    protocol == Protocol::TCP || protocol == Protocol::UDP
}

/// Ports are not compared: what a host sends to itself is all forward.
fn is_forward(state: &Flow, arrival: Arrival) -> bool {
    arrival.from_low == state.from_low || state.key.is_one_host()
}

fn is_timed_out(state: &Flow, time: i64) -> bool {
    time.saturating_sub(state.first) > TIMEOUT_NANOS
}

/// FINs of the source, but for the flow's first packet.
fn fins_received(state: &Flow) -> u32 {
    let first = TcpFlags(state.first_flags).contains(TcpFlags::FIN);
    state.fwd.with(TcpFlags::FIN).saturating_sub(u32::from(first))
}

/// Both directions go into one account of bulks, which nothing interrupts.
fn add_bulk_original(state: &mut Flow, record: &Record<'_>, time: i64) {
    let [_, last] = &mut state.bulk_lasts;
    state.bwd.bulk.add(time, record.payload_len, last, 0);
}

fn count_repeated(state: &mut Flow, forward: bool) {
    let [fwd, bwd] = &mut state.fork.get_or_insert_default().repeated;
    *(if forward { fwd } else { bwd }) += 1;
}

fn enter_first_fixed(state: &mut Flow, record: &Record<'_>, arrival: Arrival) {
    let forward = is_forward(state, arrival);
    enter_fixed(state, record, arrival.time, forward);
    begin(state, record, arrival.time, forward);
    if forward {
        state.fwd.init_window = record.tcp.window;
    }
    state.icmp = record.icmp;
    // Of a flow that continues another, the first segment may repeat one of that.
    if is_retransmission(state, record, arrival.from_low) {
        count_repeated(state, forward);
    }
}

/// What the fork does right and the original does not.
fn enter_fixed(state: &mut Flow, record: &Record<'_>, time: i64, forward: bool) {
    state.count_bulk(time, record.payload_len, forward);
    let side = state.side(forward);
    side.data_packets += u32::from(record.payload_len > 0);
    if !forward && side.init_window == 0 {
        side.init_window = record.tcp.window;
    }
}

fn begin(state: &mut Flow, record: &Record<'_>, time: i64, forward: bool) {
    state.activity.begin(time);
    state.first_flags = record.tcp.flags.0;
    state.length.add(f64::from(record.payload_len));
    state.count(record, time, forward);
    state.side(forward).min_header = record.header_len;
}

fn add(state: &mut Flow, record: &Record<'_>, time: i64, forward: bool) {
    let gap = time.saturating_sub(state.last);
    state.hasty += u32::from(gap <= HASTE_NANOS);
    if gap > PAUSE_NANOS {
        state.pauses += 1;
        state.activity.touch(time);
    }
    state.gap.add(crate::state::micros(gap));
    state.length.add(f64::from(record.payload_len));
    state.count(record, time, forward);
    // A side that did not begin the flow starts at 0 and stays there.
    let side = state.side(forward);
    side.min_header = side.min_header.min(record.header_len);
    state.last = time;
}

/// Whether the flow has seen this segment; it has from now on.
fn is_retransmission(state: &mut Flow, record: &Record<'_>, from_low: bool) -> bool {
    if record.protocol != Protocol::TCP {
        return false;
    }
    let from_low = from_low || state.key.is_one_host();
    let segment = u128::from(from_low) << 112
        | u128::from(record.tcp.window) << 96
        | u128::from(record.payload_len) << 64
        | u128::from(record.tcp.seq) << 32
        | u128::from(record.tcp.ack);
    !state.fork.get_or_insert_default().seen.insert(segment)
}

fn after(state: &Flow, flags: TcpFlags) -> Teardown {
    let both = state.fwd.with(TcpFlags::FIN) > 0 && state.bwd.with(TcpFlags::FIN) > 0;
    match state.teardown {
        Teardown::Open if flags.contains(TcpFlags::FIN) => Teardown::HalfClosed,
        Teardown::HalfClosed if flags.contains(TcpFlags::FIN) && both => Teardown::Closing,
        state if flags.contains(TcpFlags::FIN) => state,
        _ if flags.contains(TcpFlags::RST) => Teardown::Reset,
        Teardown::Closing if flags.contains(TcpFlags::ACK) => Teardown::Closed,
        state => state,
    }
}
