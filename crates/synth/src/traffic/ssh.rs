//! Shells, commands and copies.

use crate::{
    dialogue::{Answer, Dialogue, Ending},
    frames::Side,
    plan::{Draw, Plan, any_ending},
    random::{MILLI, SECOND, Spread},
};

#[derive(Clone, Copy)]
enum Session {
    Shell,
    Command,
    Copy,
    /// The wrong password, or none.
    Denied,
    Fails,
}

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let session = draw.rng.weighted([
        (46, Session::Shell),
        (24, Session::Command),
        (10, Session::Copy),
        (16, Session::Denied),
        (4, Session::Fails),
    ]);
    let port = draw.habit.weighted([(85, 22), (15, 2_222)]);
    let ssh = Dialogue {
        request: Spread::LogNormal { median: 76, octaves: 10 },
        response: Spread::LogNormal { median: 110, octaves: 20 },
        ending: any_ending(draw.rng),
        ..Dialogue::ssh()
    };
    let dialogue = match session {
        Session::Shell => Dialogue {
            turns: draw.volume(Spread::Pareto { min: 8, shape: 12, cap: 80 }).draw(draw.rng),
            think: Spread::LogNormal { median: 240 * MILLI, octaves: 34 },
            keep_alive: draw.habit.pick([0, 30]) * SECOND,
            ..ssh
        },
        Session::Command => Dialogue {
            turns: draw.rng.between(3, 9),
            response: Spread::Pareto { min: 80, shape: 9, cap: 20_000 },
            think: Spread::LogNormal { median: 9 * MILLI, octaves: 30 },
            ..ssh
        },
        Session::Copy => Dialogue {
            turns: draw.rng.between(2, 4),
            request: draw.volume(Spread::Pareto { min: 2_000, shape: 8, cap: 200_000 }),
            think: Spread::LogNormal { median: 12 * MILLI, octaves: 30 },
            ..ssh
        },
        Session::Denied => Dialogue {
            turns: draw.rng.between(2, 5),
            think: Spread::LogNormal { median: 900 * MILLI, octaves: 36 },
            service: Spread::LogNormal { median: 400 * MILLI, octaves: 30 },
            ending: draw.rng.pick([Ending::Fin(Side::Client), Ending::Fin(Side::Server)]),
            ..ssh
        },
        Session::Fails => Dialogue::failed(draw.rng.pick([Answer::Refuse, Answer::Ignore(2)])),
    };
    Plan::dialogue(port, dialogue)
}
