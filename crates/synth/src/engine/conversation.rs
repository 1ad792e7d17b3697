//! The conversation engine: TCP from the handshake to the teardown, and protocols over UDP that acknowledge.
//!
//! What passes the capture is drawn, not what the ends do: the capture stands `near` the client and `far`
//! from the server (nanoseconds there and back), and both add up to the round trip.

use super::{
    Studio,
    burst::{Burst, Event, Loss, Repair},
    endpoint::{Endpoint, Terms},
};
use crate::{
    content::{Content, Piece},
    dialogue::{Answer, Carrier, Dialogue, Ending},
    frames::{ACK, FIN, Filled, Options, PSH, RST, SYN, Segment, Side},
    host::Host,
    random::{MICRO, MILLI, Rng, SECOND, Spread},
};

/// The way between two hosts, and what gets lost on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) near: u64,
    pub(crate) far: u64,
    /// Bits a second.
    pub(crate) bandwidth: u64,
    /// Segments lost in a million.
    pub(crate) loss: u64,
}

/// A conversation in progress.
pub(crate) struct Conversation {
    plan: Dialogue,
    line: Line,
    salt: u64,
    ends: [Endpoint; 2],
    terms: Terms,
    stage: Stage,
    message: Message,
    burst: Burst,
    opened: usize,
    turns: u64,
    reply_due: bool,
    mss: u16,
    /// Packets that each side has sent.
    packets: [u32; 2],
}

/// What is drawn at the next step.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Syn { tried: u8 },
    Refuse,
    SynAck { tried: u8 },
    Settle,
    Abort,
    Flow,
    TailAck { by: Side, next: Option<u64> },
    Probe { next: u64 },
    ProbeAck { next: u64 },
    Close(Closing),
}

#[derive(Clone, Copy, Debug)]
enum Closing {
    First(Side),
    Ack(Side),
    Second(Side),
    Last(Side),
    Reset(Side),
}

#[derive(Clone, Copy, Debug)]
struct Message {
    from: Side,
    content: Content,
    len: u64,
    sent: u64,
    number: u32,
}

/// How long an acknowledgement may wait for data to ride on.
const DELAYED_ACK: u64 = 40 * MILLI;
/// The shortest and the longest window a sender works with, in segments; even, so that whole windows leave
/// no segment over.
const WINDOWS: (u32, u32) = (2, 128);

impl Conversation {
    pub(crate) fn new(
        plan: Dialogue,
        hosts: [&Host; 2],
        v6: bool,
        line: Line,
        now: u64,
        rng: &mut Rng,
    ) -> Self {
        let client = Endpoint::new(hosts[0], v6, plan.stack, rng);
        let server = Endpoint::new(hosts[1], v6, crate::dialogue::Stack::Own, rng);
        let terms = client.terms(&server);
        let (largest, _) = plan.carrier.datagrams();
        let options = if terms.stamps { 12 } else { 0 };
        let mss = (client.mss.min(server.mss) - options).min(largest);
        let message =
            Message { from: Side::Client, content: Content::Opaque, len: 0, sent: 0, number: 0 };
        let mut conversation = Self {
            plan,
            line: Line { bandwidth: line.bandwidth.min(plan.pace).max(64_000), ..line },
            salt: rng.next(),
            ends: [client, server],
            terms,
            stage: Stage::Syn { tried: 0 },
            burst: Burst::idle(),
            message,
            opened: 0,
            turns: plan.turns,
            reply_due: false,
            mss,
            packets: [0; 2],
        };
        if plan.carrier != Carrier::Tcp {
            conversation.next_message(rng);
            conversation.launch(now, rng);
        }
        conversation
    }

    /// Draws the packet that is due; the time of the next.
    pub(crate) fn step(&mut self, now: u64, studio: &mut Studio<'_>) -> Option<u64> {
        match self.stage {
            Stage::Syn { tried } => self.syn(tried, now, studio),
            Stage::Refuse => self.refuse(studio),
            Stage::SynAck { tried } => self.syn_ack(tried, now, studio),
            Stage::Settle => self.settle(now, studio),
            Stage::Abort => self.abort(studio),
            Stage::Flow => self.flow(now, studio),
            Stage::TailAck { by, next } => {
                self.acknowledge(by, now, studio);
                self.resume(now, next, studio.rng)
            }
            Stage::Probe { next } => self.probe(now, next, studio),
            Stage::ProbeAck { next } => {
                self.acknowledge(Side::Server, now, studio);
                self.resume(now, Some(next), studio.rng)
            }
            Stage::Close(closing) => self.close(closing, now, studio),
        }
    }

    fn then(&mut self, stage: Stage, time: u64) -> Option<u64> {
        self.stage = stage;
        Some(time)
    }
}

/// The handshake.
impl Conversation {
    fn syn(&mut self, tried: u8, now: u64, studio: &mut Studio<'_>) -> Option<u64> {
        let [client, server] = &mut self.ends;
        let segment = client.opening(now, None);
        studio.canvas.tcp(studio.wire, Side::Client, &segment, 0, |_| 0);
        server.meet(segment.seq, client.stamp(now));
        let again = now + (SECOND << tried.min(6)) + studio.rng.below(20 * MILLI);
        match self.plan.answer {
            Answer::Ignore(tries) if tried >= tries => None,
            Answer::Ignore(_) => self.then(Stage::Syn { tried: tried + 1 }, again),
            Answer::Refuse => self.then(Stage::Refuse, now + self.line.far),
            Answer::Accept if tried < 2 && self.loses(studio.rng) => {
                self.then(Stage::Syn { tried: tried + 1 }, again)
            }
            Answer::Accept | Answer::HalfOpen(_) | Answer::Probe => {
                self.then(Stage::SynAck { tried: 0 }, now + self.line.far)
            }
        }
    }

    fn refuse(&mut self, studio: &mut Studio<'_>) -> Option<u64> {
        let ack = self.ends[1].expects;
        bare(RST | ACK, 0, ack, Side::Server, studio);
        None
    }

    fn syn_ack(&mut self, tried: u8, now: u64, studio: &mut Studio<'_>) -> Option<u64> {
        let [client, server] = &mut self.ends;
        let segment = server.opening(now, Some(self.terms));
        let segment = Segment { flags: SYN | ACK, ..segment };
        studio.canvas.tcp(studio.wire, Side::Server, &segment, 0, |_| 0);
        client.meet(segment.seq, server.stamp(now));
        match self.plan.answer {
            Answer::HalfOpen(repeats) if tried >= repeats => None,
            Answer::HalfOpen(_) => {
                self.then(Stage::SynAck { tried: tried + 1 }, now + (SECOND << tried.min(6)))
            }
            Answer::Probe => self.then(Stage::Abort, now + self.line.near),
            _ => self.then(Stage::Settle, now + self.line.near),
        }
    }

    fn settle(&mut self, now: u64, studio: &mut Studio<'_>) -> Option<u64> {
        for end in &mut self.ends {
            end.next = end.next.wrapping_add(1);
        }
        self.acknowledge(Side::Client, now, studio);
        self.message.from = Side::Client;
        self.go_on(now, now, false, studio.rng)
    }

    fn abort(&mut self, studio: &mut Studio<'_>) -> Option<u64> {
        let seq = self.ends[0].next.wrapping_add(1);
        bare(RST, seq, 0, Side::Client, studio);
        None
    }
}

/// The messages.
impl Conversation {
    fn flow(&mut self, now: u64, studio: &mut Studio<'_>) -> Option<u64> {
        let (_, event) = self.burst.next()?;
        match event {
            Event::Data(segment) | Event::Again(segment) => self.data(segment, now, studio),
            Event::Ack(segment) => self.answer(segment + 1, None, now, studio),
            Event::Duplicate(segment) => {
                let lost = self.burst.loss.map_or(0, |loss| loss.segment);
                let gap = (self.burst.seq_of(lost + 1), self.burst.seq_of(segment + 1));
                self.answer(lost, Some(gap), now, studio);
            }
            Event::AckAll => self.answer(self.burst.count(), None, now, studio),
        }
        self.burst.pass(now, event);
        match self.burst.next() {
            Some((time, _)) => Some(time),
            None => self.landed(now, studio.rng),
        }
    }

    /// Draws a segment of the burst.
    fn data(&mut self, segment: u32, now: u64, studio: &mut Studio<'_>) {
        let from = self.burst.from;
        let message = self.message;
        let offset = self.burst.offset + u64::from(segment) * u64::from(self.burst.mss);
        let len = self.burst.len(segment) as usize;
        let piece = self.piece(from, offset);
        let (wire, pool) = (&mut *studio.wire, studio.pool);
        if self.plan.carrier == Carrier::Tcp {
            let last = offset + len as u64 >= message.len;
            let flags = if last { ACK | PSH } else { ACK };
            let head = self.ends[from.index()].segment(now, flags, self.terms);
            let head = Segment { seq: self.burst.seq_of(segment), ..head };
            let fill = |out: &mut [u8]| message.content.fill(&piece, out, pool);
            studio.canvas.tcp(wire, from, &head, len, fill);
        } else {
            let (_, shortest) = self.plan.carrier.datagrams();
            studio.canvas.udp(wire, from, |out| {
                let len = len.max(shortest as usize).min(out.len());
                Filled { len, sum: message.content.fill(&piece, &mut out[..len], pool) }
            });
        }
    }

    /// Draws the receiver's acknowledgement of everything before `segment`, and of what lies behind a gap.
    fn answer(&mut self, segment: u32, gap: Option<(u32, u32)>, now: u64, studio: &mut Studio<'_>) {
        let receiver = self.burst.from.other();
        let stamp = self.ends[self.burst.from.index()].stamp(now);
        self.ends[receiver.index()].hear(self.burst.seq_of(segment), stamp);
        let Some((left, right)) = gap.filter(|_| self.terms.selective) else {
            return self.acknowledge(receiver, now, studio);
        };
        if self.plan.carrier != Carrier::Tcp {
            return self.acknowledge(receiver, now, studio);
        }
        let mut head = self.ends[receiver.index()].segment(now, ACK, self.terms);
        head.options = head.options.no_operation(2).sack(left, right);
        studio.canvas.tcp(studio.wire, receiver, &head, 0, |_| 0);
    }

    /// Draws a packet that says nothing but how far its sender has heard.
    fn acknowledge(&mut self, from: Side, now: u64, studio: &mut Studio<'_>) {
        if self.plan.carrier == Carrier::Tcp {
            let head = self.ends[from.index()].segment(now, ACK, self.terms);
            studio.canvas.tcp(studio.wire, from, &head, 0, |_| 0);
        } else {
            let (_, len) = self.plan.carrier.datagrams();
            let content = self.plan.asks;
            let (piece, pool) = (self.piece(from, 0), studio.pool);
            studio.canvas.udp(studio.wire, from, |out| {
                let len = (len as usize).min(out.len());
                Filled { len, sum: content.fill(&piece, &mut out[..len], pool) }
            });
        }
    }

    fn piece(&mut self, from: Side, offset: u64) -> Piece {
        let packet = self.packets[from.index()];
        self.packets[from.index()] = packet.wrapping_add(1);
        Piece {
            salt: self.salt,
            from,
            message: self.message.number,
            total: self.message.len,
            offset,
            packet,
        }
    }

    /// A window is through: the next one, or what follows the message.
    fn landed(&mut self, now: u64, rng: &mut Rng) -> Option<u64> {
        let Burst { from, bytes, spacing, start, round_trip, .. } = self.burst;
        let last = self.burst.last_data().max(now.saturating_sub(self.burst.back));
        let stamp = self.ends[from.index()].stamp(now);
        let sender = &mut self.ends[from.index()];
        sender.next = sender.next.wrapping_add(bytes);
        sender.congestion = match self.burst.loss {
            Some(_) => sender.congestion / 2,
            None => sender.congestion * 2,
        };
        let end = sender.next;
        self.ends[from.other().index()].hear(end, stamp);
        self.message.sent += u64::from(bytes);
        if self.message.sent < self.message.len {
            return self.launch((now + spacing).max(start + round_trip), rng);
        }
        self.go_on(now, last, self.burst.owes_ack(), rng)
    }

    /// What follows a message whose last segment passed at `last`, and is unacknowledged if `owed`.
    fn go_on(&mut self, now: u64, last: u64, owed: bool, rng: &mut Rng) -> Option<u64> {
        let from = self.message.from;
        let by = from.other();
        let arrival = last + self.back(by);
        let Some(wait) = self.next_message(rng) else {
            return if owed {
                let at = arrival + rng.between(MICRO, DELAYED_ACK);
                self.then(Stage::TailAck { by, next: None }, at.max(now))
            } else {
                self.resume(now, None, rng)
            };
        };
        let same = self.message.from == from;
        let due = if same { now + wait } else { (arrival + wait).max(now) };
        if owed && (same || wait > DELAYED_ACK) {
            let at = (arrival + DELAYED_ACK).max(now);
            let next = Some(due.max(at + MICRO));
            return self.then(Stage::TailAck { by, next }, at);
        }
        self.resume(now, Some(due), rng)
    }

    /// Waits for the message that is due at `next`, or closes.
    fn resume(&mut self, now: u64, next: Option<u64>, rng: &mut Rng) -> Option<u64> {
        let Some(due) = next else { return self.part(now, rng) };
        let probing = self.plan.carrier == Carrier::Tcp && self.plan.keep_alive > 0;
        if probing && due > now + self.plan.keep_alive {
            return self.then(Stage::Probe { next: due }, now + self.plan.keep_alive);
        }
        self.launch(due, rng)
    }

    fn probe(&mut self, now: u64, next: u64, studio: &mut Studio<'_>) -> Option<u64> {
        let head = self.ends[0].segment(now, ACK, self.terms);
        let head = Segment { seq: head.seq.wrapping_sub(1), ..head };
        studio.canvas.tcp(studio.wire, Side::Client, &head, 0, |_| 0);
        self.then(Stage::ProbeAck { next: next.max(now + self.line.far) }, now + self.line.far)
    }

    /// Sends the next window of the message at `start`.
    fn launch(&mut self, start: u64, rng: &mut Rng) -> Option<u64> {
        let Message { from, len, sent, .. } = self.message;
        let round_trip = self.line.near + self.line.far;
        let spacing = u64::from(self.mss) * 8 * SECOND / self.line.bandwidth;
        let fits = (self.line.bandwidth / 8 / u64::from(self.mss)).saturating_mul(round_trip);
        // Less than the other end has room for: it may have announced less than it has by now.
        let room = self.ends[from.other().index()].room(self.terms) / u32::from(self.mss) * 3 / 4;
        let most = ((fits / SECOND * 2).min(u64::from(WINDOWS.1)) as u32).min(room);
        let sender = &mut self.ends[from.index()];
        sender.congestion = sender.congestion.min(most).max(WINDOWS.0) & !1;
        let bytes = (len - sent).min(u64::from(sender.congestion) * u64::from(self.mss)) as u32;
        let count = bytes.div_ceil(u32::from(self.mss)).max(1);
        let rate = self.line.loss + u64::from(self.plan.lossy) * 1_000;
        let lost = rng.below(1_000_000) < rate * u64::from(count);
        let loss =
            lost.then(|| Loss { segment: rng.below(count.into()) as u32, unseen: rng.percent(50) });
        self.burst = Burst {
            from,
            seq: sender.next,
            offset: sent,
            bytes,
            mss: self.mss.into(),
            start,
            spacing,
            back: self.back(from.other()),
            round_trip,
            salt: rng.next(),
            loss,
            sent: 0,
            heard: 0,
            repair: Repair::Open { last: start },
        };
        let (time, _) = self.burst.next()?;
        self.then(Stage::Flow, time)
    }

    /// Takes up the next message of the script; how long its sender waits before it.
    fn next_message(&mut self, rng: &mut Rng) -> Option<u64> {
        if let Some((from, content, spread)) = self.plan.opening.line(self.opened) {
            self.opened += 1;
            let len = content.natural_len(self.salt, from).unwrap_or_else(|| spread.draw(rng));
            self.take_up(from, content, len);
            return Some(rng.between(60 * MICRO, 3 * MILLI));
        }
        if self.reply_due {
            self.reply_due = false;
            self.speak(Side::Server, rng);
            return Some(self.plan.service.draw(rng));
        }
        self.turns = self.turns.checked_sub(1)?;
        let chance = rng.below(100) as u8;
        if chance < self.plan.push {
            self.speak(Side::Server, rng);
        } else {
            self.reply_due = chance >= self.plan.push.saturating_add(self.plan.tell);
            self.speak(Side::Client, rng);
        }
        Some(self.plan.think.draw(rng))
    }

    fn speak(&mut self, from: Side, rng: &mut Rng) {
        let (content, spread): (Content, Spread) = match from {
            Side::Client => (self.plan.asks, self.plan.request),
            Side::Server => (self.plan.answers, self.plan.response),
        };
        let cell = self.plan.cell.max(1);
        let len = spread.draw(rng).max(1).div_ceil(cell).saturating_mul(cell);
        self.take_up(from, content, len);
    }

    fn take_up(&mut self, from: Side, content: Content, len: u64) {
        let number = self.message.number.wrapping_add(1);
        self.message = Message { from, content, len: len.max(1), sent: 0, number };
    }

    /// From the capture to this side and back.
    fn back(&self, side: Side) -> u64 {
        match side {
            Side::Client => self.line.near,
            Side::Server => self.line.far,
        }
    }

    fn loses(&self, rng: &mut Rng) -> bool {
        rng.below(1_000_000) < self.line.loss + u64::from(self.plan.lossy) * 1_000
    }
}

/// The teardown.
impl Conversation {
    fn part(&mut self, now: u64, rng: &mut Rng) -> Option<u64> {
        let at = now + Spread::LogNormal { median: 2 * MILLI, octaves: 40 }.draw(rng);
        if self.plan.carrier != Carrier::Tcp {
            return None;
        }
        match self.plan.ending {
            Ending::Silence => None,
            Ending::Rst(side) => self.then(Stage::Close(Closing::Reset(side)), at),
            Ending::Fin(side) | Ending::FinRst(side) => {
                self.then(Stage::Close(Closing::First(side)), at)
            }
        }
    }

    fn close(&mut self, closing: Closing, now: u64, studio: &mut Studio<'_>) -> Option<u64> {
        match closing {
            Closing::First(side) => {
                self.finish(side, now, studio);
                let at = now + self.back(side.other());
                let next = match self.plan.ending {
                    Ending::FinRst(_) => Closing::Reset(side.other()),
                    _ if studio.rng.percent(60) => Closing::Second(side.other()),
                    _ => Closing::Ack(side.other()),
                };
                self.then(Stage::Close(next), at)
            }
            Closing::Ack(side) => {
                self.acknowledge(side, now, studio);
                let at = now + studio.rng.between(20 * MICRO, 30 * MILLI);
                self.then(Stage::Close(Closing::Second(side)), at)
            }
            Closing::Second(side) => {
                self.finish(side, now, studio);
                let at = now + self.back(side.other());
                self.then(Stage::Close(Closing::Last(side.other())), at)
            }
            Closing::Last(side) => {
                self.acknowledge(side, now, studio);
                None
            }
            Closing::Reset(side) => {
                let Endpoint { next, expects, .. } = self.ends[side.index()];
                bare(RST | ACK, next, expects, side, studio);
                None
            }
        }
    }

    fn finish(&mut self, side: Side, now: u64, studio: &mut Studio<'_>) {
        let head = self.ends[side.index()].segment(now, FIN | ACK, self.terms);
        studio.canvas.tcp(studio.wire, side, &head, 0, |_| 0);
        let end = &mut self.ends[side.index()];
        end.next = end.next.wrapping_add(1);
        let (next, stamp) = (end.next, end.stamp(now));
        self.ends[side.other().index()].hear(next, stamp);
    }
}

/// Draws a segment without options, window or payload: a reset.
fn bare(flags: u8, seq: u32, ack: u32, from: Side, studio: &mut Studio<'_>) {
    let segment = Segment { seq, ack, flags, window: 0, options: Options::NONE };
    studio.canvas.tcp(studio.wire, from, &segment, 0, |_| 0);
}
