//! Fixed cells inside TLS records.

use crate::{
    content::Browser,
    dialogue::Dialogue,
    plan::{Draw, Plan, any_ending},
    random::{MILLI, Spread},
};

/// A cell of 514 bytes with the record around it: 5 bytes of header and 17 of type and tag.
const CELL: u64 = 536;

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let port = draw.rng.weighted([(50, 9_001), (40, 443), (10, 9_030)]);
    Plan::dialogue(
        port,
        Dialogue {
            turns: Spread::Pareto { min: 3, shape: 12, cap: 30 }.draw(draw.rng),
            tell: 12,
            push: 22,
            request: Spread::Pareto { min: CELL, shape: 18, cap: 8 * CELL },
            response: draw.volume(Spread::Pareto { min: 2 * CELL, shape: 9, cap: 120 * CELL }),
            cell: CELL,
            think: Spread::LogNormal { median: 160 * MILLI, octaves: 50 },
            service: Spread::LogNormal { median: 180 * MILLI, octaves: 18 },
            ending: any_ending(draw.rng),
            pace: 12_000_000,
            ..Dialogue::tls(Browser(2))
        },
    )
}
