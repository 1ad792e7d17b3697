//! HTTP heads and bodies sent drop by drop.

use crate::{
    content::{Browser, Content},
    dialogue::{Dialogue, Ending, Opening},
    frames::Side,
    plan::{Draw, Plan},
    random::{MILLI, SECOND, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let encrypted = draw.habit.percent(18);
    let period = draw.habit.between(900, 12_000) * MILLI;
    let browser = Browser(draw.habit.below(6) as u8);
    let opening = if encrypted { Opening::Tls(browser) } else { Opening::UnfinishedHead };
    let content = if encrypted { Content::TlsRecords } else { Content::HttpDrop };
    let port = if encrypted { 443 } else { draw.habit.pick([80, 80, 8_080]) };
    let drop = draw.habit.pick([12, 20, 60, 160]);
    Plan::dialogue(
        port,
        Dialogue {
            opening,
            asks: content,
            turns: Spread::Pareto { min: 3, shape: 13, cap: 24 }.draw(draw.rng),
            tell: draw.habit.pick([100, 94]),
            request: Spread::LogNormal { median: drop, octaves: 8 },
            response: Spread::LogNormal { median: 300, octaves: 12 },
            think: Spread::LogNormal { median: period, octaves: draw.habit.pick([2, 10]) },
            ending: draw.rng.weighted([
                (35, Ending::Rst(Side::Server)),
                (30, Ending::Fin(Side::Server)),
                (20, Ending::Silence),
                (15, Ending::Fin(Side::Client)),
            ]),
            keep_alive: draw.habit.pick([0, 0, 5]) * SECOND,
            ..Dialogue::http()
        },
    )
}
