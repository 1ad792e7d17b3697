//! Planted programs that call home.

use crate::{
    content::Browser,
    dialogue::Dialogue,
    plan::{Draw, Plan, any_ending},
    random::{MILLI, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let browser = Browser(draw.habit.below(6) as u8);
    let encrypted = draw.habit.percent(75);
    let kept_open = draw.habit.percent(82);
    let period = draw.habit.between(4_000, 15_000) * MILLI;
    let wobble = period * draw.habit.pick([1, 4, 8, 20]) / 100;
    let size = draw.habit.between(60, 500);
    let order = Spread::LogNormal { median: draw.habit.between(50, 300), octaves: 8 };
    let (port, dialogue) = match encrypted {
        true => (draw.habit.pick([443, 443, 8_443, 4_444]), Dialogue::tls(browser)),
        false => (draw.habit.pick([80, 8_080]), Dialogue::http()),
    };
    Plan::dialogue(
        port,
        Dialogue {
            turns: if kept_open { draw.rng.between(3, 16) } else { 1 },
            request: Spread::Uniform(size, size + size / 8),
            response: order,
            think: Spread::Uniform(period - wobble, period + wobble),
            ending: any_ending(draw.rng),
            ..dialogue
        },
    )
}
