//! Passwords tried over SSH.

use crate::{
    dialogue::{Answer, Dialogue, Ending},
    frames::Side,
    plan::{Draw, Plan},
    random::{MILLI, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let port = draw.habit.weighted([(85, 22), (15, 2_222)]);
    let tries = draw.habit.pick([1, 2, 3, 6]);
    let pace = draw.habit.pick([4, 60, 700]) * MILLI;
    let delay = draw.habit.pick([30, 400, 1_800]) * MILLI;
    let locked_out = draw.rng.percent(5);
    let ssh = Dialogue {
        turns: draw.rng.between(1, tries) + 1,
        request: Spread::LogNormal { median: 84, octaves: 6 },
        response: Spread::LogNormal { median: 68, octaves: 8 },
        think: Spread::LogNormal { median: pace, octaves: 14 },
        service: Spread::LogNormal { median: delay, octaves: 10 },
        ending: draw.rng.weighted([
            (40, Ending::Fin(Side::Client)),
            (35, Ending::Fin(Side::Server)),
            (15, Ending::Rst(Side::Client)),
            (10, Ending::FinRst(Side::Server)),
        ]),
        ..Dialogue::ssh()
    };
    Plan::dialogue(port, if locked_out { Dialogue::failed(Answer::Ignore(1)) } else { ssh })
}
