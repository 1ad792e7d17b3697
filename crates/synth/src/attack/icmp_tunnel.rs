//! Data in echo requests and replies.

use crate::{
    content::Datagram,
    engine::Script,
    plan::{Draw, Plan},
    random::{MILLI, SECOND, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    // Careful ones keep to the size of a ping.
    let size = draw.habit.pick([
        Spread::Fixed(56),
        Spread::LogNormal { median: 120, octaves: 16 },
        Spread::Uniform(40, 1_200),
        Spread::Fixed(1_024),
    ]);
    let gap = draw.habit.pick([30 * MILLI, 300 * MILLI, SECOND]);
    let script = Script {
        count: draw.volume(Spread::Pareto { min: 2, shape: 9, cap: 90 }).draw(draw.rng),
        gap: Spread::LogNormal { median: gap, octaves: draw.habit.pick([2, 24]) },
        request: size,
        reply: size,
        replied: draw.habit.pick([100, 96]),
        ..Script::of(Datagram::Opaque)
    };
    Plan::ping(script)
}
