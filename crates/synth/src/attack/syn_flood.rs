//! Connections opened from forged sources.

use crate::{
    dialogue::{Answer, Dialogue, Stack},
    plan::{Draw, Plan},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let port = draw.habit.weighted([(45, 80), (40, 443), (15, 22)]);
    let stack = draw.habit.weighted([
        (55, Stack::Crafted { window: 512, mss: false }),
        (25, Stack::Crafted { window: 8_192, mss: true }),
        (20, Stack::Own),
    ]);
    // A target that still answers repeats itself; one that is drowned says nothing.
    let answers = draw.habit.pick([15, 60, 90]);
    let answer = match draw.rng.percent(answers) {
        true => Answer::HalfOpen(draw.rng.below(4) as u8),
        false => Answer::Ignore(0),
    };
    let hit = draw.rng.percent(6);
    Plan::dialogue(
        port,
        Dialogue { stack, ..Dialogue::failed(if hit { Answer::Probe } else { answer }) },
    )
}
