//! The exchange engine: datagrams that need no connection, and the replies that some of them get.

use netsift_packet::Protocol;

use super::Studio;
use crate::{
    content::{Datagram, Piece},
    frames::Side,
    random::{MICRO, Rng, Spread},
};

/// An exchange's script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    /// How many datagrams the client sends.
    pub(crate) count: u64,
    /// Between them, in nanoseconds.
    pub(crate) gap: Spread,
    pub(crate) request: Spread,
    pub(crate) reply: Spread,
    /// How many in a hundred are replied to.
    pub(crate) replied: u8,
    /// The server's time for a reply, in nanoseconds.
    pub(crate) service: Spread,
    pub(crate) content: Datagram,
    /// How many in a hundred requests begin a pause instead, and how long those are.
    pub(crate) silence: u8,
    pub(crate) pause: Spread,
    /// Whether the client waits for a reply before it goes on.
    pub(crate) patient: bool,
}

impl Script {
    /// One datagram and its reply, from which classes differ.
    pub(crate) const fn of(content: Datagram) -> Self {
        Self {
            count: 1,
            gap: Spread::Fixed(0),
            request: Spread::Fixed(64),
            reply: Spread::Fixed(64),
            replied: 100,
            service: Spread::LogNormal { median: 300 * MICRO, octaves: 20 },
            content,
            silence: 0,
            pause: Spread::Fixed(0),
            patient: true,
        }
    }
}

/// An exchange in progress.
pub(crate) struct Exchange {
    script: Script,
    /// From the capture to the server and back.
    far: u64,
    salt: u64,
    sent: u32,
    next: Option<u64>,
    reply: Option<u64>,
    packets: [u32; 2],
}

impl Exchange {
    pub(crate) fn new(script: Script, far: u64, now: u64, rng: &mut Rng) -> Self {
        let next = (script.count > 0).then_some(now);
        Self { script, far, salt: rng.next(), sent: 0, next, reply: None, packets: [0; 2] }
    }

    /// Draws the datagram that is due; the time of the next.
    pub(crate) fn step(&mut self, now: u64, studio: &mut Studio<'_>) -> Option<u64> {
        match (self.next, self.reply) {
            (Some(next), Some(reply)) if reply <= next => self.respond(studio),
            (None, Some(_)) => self.respond(studio),
            _ => self.ask(now, studio),
        }
        self.next.into_iter().chain(self.reply).min()
    }

    fn ask(&mut self, now: u64, studio: &mut Studio<'_>) {
        self.draw(Side::Client, self.script.request, studio);
        let rng = &mut *studio.rng;
        self.sent += 1;
        let replied = rng.percent(self.script.replied.into());
        self.reply = replied.then(|| now + self.far + self.script.service.draw(rng));
        let paused = rng.percent(self.script.silence.into());
        let gap = if paused { self.script.pause } else { self.script.gap }.draw(rng);
        let more = u64::from(self.sent) < self.script.count;
        self.next = more.then_some(match (self.reply, self.script.patient) {
            (Some(reply), true) => reply + gap,
            _ => now + gap,
        });
        // Only one reply is on its way at a time.
        self.reply = self.reply.map(|reply| self.next.map_or(reply, |next| reply.min(next)));
    }

    fn respond(&mut self, studio: &mut Studio<'_>) {
        self.reply = None;
        self.draw(Side::Server, self.script.reply, studio);
    }

    fn draw(&mut self, from: Side, length: Spread, studio: &mut Studio<'_>) {
        let message = match from {
            Side::Client => self.sent,
            Side::Server => self.sent.saturating_sub(1),
        };
        let (content, pool) = (self.script.content, studio.pool);
        let total = length.draw(studio.rng);
        let packet = self.packets[from.index()];
        self.packets[from.index()] = packet.wrapping_add(1);
        let piece = Piece { salt: self.salt, from, message, total, offset: 0, packet };
        let wire = &mut *studio.wire;
        if matches!(wire.protocol, Protocol::ICMP | Protocol::ICMPV6) {
            let identifier = self.salt as u16;
            studio.canvas.echo(wire, from, identifier, message as u16 + 1, |out| {
                content.fill(&piece, out, pool)
            });
        } else {
            studio.canvas.udp(wire, from, |out| content.fill(&piece, out, pool));
        }
    }
}
