//! Downloads, uploads and backups.

use crate::{
    content::Browser,
    dialogue::Dialogue,
    plan::{Draw, Plan, any_ending},
    random::{MILLI, Spread},
};

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let browser = Browser(draw.habit.below(6) as u8);
    let (port, dialogue) = draw.rng.weighted([
        (40, (443, Dialogue::tls(browser))),
        (20, (80, Dialogue::http())),
        (20, (22, Dialogue::ssh())),
        (20, (445, Dialogue::over(crate::dialogue::Carrier::Tcp))),
    ]);
    let bulk = draw.volume(Spread::Pareto { min: 30_000, shape: 10, cap: 600_000 });
    let little = Spread::LogNormal { median: 500, octaves: 12 };
    let upload = draw.rng.percent(35);
    Plan::dialogue(
        port,
        Dialogue {
            turns: Spread::Pareto { min: 1, shape: 20, cap: 4 }.draw(draw.rng),
            request: if upload { bulk } else { little },
            response: if upload { little } else { bulk },
            think: Spread::LogNormal { median: 60 * MILLI, octaves: 40 },
            ending: any_ending(draw.rng),
            ..dialogue
        },
    )
}
