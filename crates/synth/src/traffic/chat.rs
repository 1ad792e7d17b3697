//! Messages both ways.

use crate::{
    content::Browser,
    dialogue::Dialogue,
    plan::{Draw, Plan, any_ending},
    random::{MILLI, SECOND, Spread},
};

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let browser = Browser(draw.habit.below(6) as u8);
    let port = draw.rng.weighted([(60, 443), (25, 5_222), (15, 8_443)]);
    Plan::dialogue(
        port,
        Dialogue {
            turns: Spread::Pareto { min: 3, shape: 12, cap: 40 }.draw(draw.rng),
            tell: 30,
            push: 35,
            request: Spread::LogNormal { median: 130, octaves: 18 },
            response: Spread::Pareto { min: 60, shape: 11, cap: 30_000 },
            think: Spread::LogNormal { median: 1_500 * MILLI, octaves: 36 },
            ending: any_ending(draw.rng),
            keep_alive: draw.habit.pick([0, 15, 30, 45]) * SECOND,
            ..Dialogue::tls(browser)
        },
    )
}
