//! Look-ups.

use crate::{
    content::{Datagram, Lookup},
    engine::Script,
    plan::{Draw, Plan},
    random::{MICRO, MILLI, SECOND, Spread},
};

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let cached = draw.rng.percent(45);
    let script = Script {
        count: Spread::Pareto { min: 1, shape: 16, cap: 24 }.draw(draw.rng),
        gap: Spread::LogNormal { median: 40 * MILLI, octaves: 60 },
        replied: 98,
        service: match cached {
            true => Spread::LogNormal { median: 250 * MICRO, octaves: 16 },
            false => Spread::LogNormal { median: 24 * MILLI, octaves: 24 },
        },
        ..Script::of(Datagram::Dns(Lookup::Host))
    };
    let unanswered = draw.rng.percent(4);
    Plan::udp(53, if unanswered { retries(draw) } else { script })
}

fn retries(draw: &mut Draw<'_>) -> Script {
    Script {
        count: draw.rng.between(1, 4),
        gap: Spread::Uniform(SECOND, 5 * SECOND),
        replied: 0,
        ..Script::of(Datagram::Dns(Lookup::Retry))
    }
}
