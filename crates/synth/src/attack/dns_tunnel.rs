//! Data in names and answers of look-ups.

use crate::{
    content::{Datagram, Lookup},
    engine::Script,
    plan::{Draw, Plan},
    random::{MICRO, MILLI, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let domain = draw.habit.next();
    let up = draw.habit.pick([30, 80, 130, 200]);
    let down = draw.habit.pick([30, 90, 220, 600]);
    let gap = draw.habit.pick([500 * MICRO, 40 * MILLI, 900 * MILLI]);
    let script = Script {
        count: draw.volume(Spread::Pareto { min: 2, shape: 8, cap: 90 }).draw(draw.rng),
        gap: Spread::LogNormal { median: gap, octaves: 28 },
        replied: 97,
        service: Spread::LogNormal { median: 30 * MILLI, octaves: 20 },
        ..Script::of(Datagram::Dns(Lookup::Tunnel { up, down, domain }))
    };
    Plan::udp(53, script)
}
