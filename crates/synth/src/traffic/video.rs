//! Streaming in chunks.

use crate::{
    content::Browser,
    dialogue::{Carrier, Dialogue, Opening},
    plan::{Draw, Plan, any_ending},
    random::{MILLI, SECOND, Spread},
};

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let browser = Browser(draw.habit.below(6) as u8);
    let period = draw.habit.between(1_500, 6_000) * MILLI;
    let quic = draw.rng.percent(40);
    let dialogue = match quic {
        true => Dialogue { opening: Opening::Quic, ..Dialogue::over(Carrier::Quic) },
        false => Dialogue::tls(browser),
    };
    let chunk = Spread::LogNormal { median: 34_000, octaves: 18 }.draw(draw.rng);
    Plan::dialogue(
        443,
        Dialogue {
            turns: draw.rng.between(2, 9),
            request: Spread::LogNormal { median: 520, octaves: 8 },
            response: draw.volume(Spread::LogNormal { median: chunk, octaves: 8 }),
            think: Spread::LogNormal { median: period.min(8 * SECOND), octaves: 10 },
            ending: any_ending(draw.rng),
            ..dialogue
        },
    )
}
