//! Bulk data carried out.

use crate::{
    content::Browser,
    dialogue::Dialogue,
    plan::{Draw, Plan, any_ending},
    random::{MILLI, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let browser = Browser(draw.habit.below(6) as u8);
    let (port, dialogue) = draw.habit.weighted([
        (60, (443, Dialogue::tls(browser))),
        (20, (22, Dialogue::ssh())),
        (20, (8_080, Dialogue::http())),
    ]);
    // Some trickle, so that no alarm sounds.
    let pace = draw.habit.pick([1_000_000, 4_000_000, u64::MAX]);
    let part = draw.volume(Spread::Pareto { min: 16_000, shape: 9, cap: 300_000 });
    Plan::dialogue(
        port,
        Dialogue {
            turns: draw.rng.between(1, 5),
            request: part,
            response: Spread::LogNormal { median: 180, octaves: 8 },
            think: Spread::LogNormal { median: 500 * MILLI, octaves: 30 },
            ending: any_ending(draw.rng),
            pace,
            ..dialogue
        },
    )
}
