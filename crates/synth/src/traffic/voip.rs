//! Calls.

use crate::{
    content::Datagram,
    engine::Script,
    plan::{Draw, Plan},
    random::{MILLI, Spread},
};

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    // Payload type, bytes with the header, and nanoseconds a packet of the usual codecs.
    let (kind, len, gap) = draw.habit.pick([
        (0, Spread::Fixed(172), 20),
        (8, Spread::Fixed(172), 20),
        (18, Spread::Fixed(32), 20),
        (111, Spread::LogNormal { median: 90, octaves: 6 }, 20),
        (96, Spread::LogNormal { median: 700, octaves: 12 }, 33),
    ]);
    let port = 16_384 + draw.rng.below(8_000) as u16 * 2;
    let silent = draw.rng.percent(30);
    let script = Script {
        count: draw.volume(Spread::Pareto { min: 18, shape: 10, cap: 220 }).draw(draw.rng).max(4),
        gap: Spread::LogNormal { median: gap * MILLI, octaves: 2 },
        request: len,
        reply: len,
        replied: draw.rng.pick([96, 99, 60, 30]),
        service: Spread::Uniform(0, 12 * MILLI),
        silence: if silent { 6 } else { 0 },
        pause: Spread::LogNormal { median: 400 * MILLI, octaves: 20 },
        patient: false,
        ..Script::of(Datagram::Rtp(kind))
    };
    Plan::udp(port, script)
}
