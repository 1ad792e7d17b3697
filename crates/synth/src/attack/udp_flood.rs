//! Datagrams poured at a target.

use crate::{
    content::Datagram,
    engine::Script,
    plan::{Draw, Plan},
    random::{MICRO, MILLI, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let port = draw.habit.pick([53, 123, 443, 3_478, 27_015, 0]);
    let port = if port == 0 { draw.rng.between(1, 65_535) as u16 } else { port };
    let size = draw.habit.pick([
        Spread::Fixed(18),
        Spread::Uniform(40, 1_400),
        Spread::Fixed(512),
        Spread::Fixed(1_400),
        Spread::LogNormal { median: 160, octaves: 4 },
    ]);
    let gap = draw.habit.pick([150 * MICRO, 2 * MILLI, 20 * MILLI]);
    let script = Script {
        count: draw.volume(Spread::Pareto { min: 1, shape: 8, cap: 160 }).draw(draw.rng),
        gap: Spread::LogNormal { median: gap, octaves: 20 },
        request: size,
        replied: draw.habit.pick([0, 0, 4, 30]),
        reply: Spread::LogNormal { median: 90, octaves: 10 },
        patient: false,
        ..Script::of(Datagram::Opaque)
    };
    Plan::udp(port, script)
}
