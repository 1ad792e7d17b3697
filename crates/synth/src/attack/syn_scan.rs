//! TCP port scans: half-open from crafted segments, or through the system's own connections.

use super::scanned_port;
use crate::{
    dialogue::{Answer, Carrier, Dialogue, Ending, Opening, Stack},
    frames::Side,
    plan::{Draw, Plan},
    random::{MILLI, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let start = draw.habit.next();
    let source = draw.habit.between(33_000, 63_000) as u16;
    let stack = draw.habit.weighted([
        (58, Stack::Crafted { window: 1_024, mss: true }),
        (20, Stack::Crafted { window: 1_024, mss: false }),
        (22, Stack::Own),
    ]);
    let filtered = draw.habit.pick([20, 50, 85]);
    let retries = draw.habit.pick([0, 1, 1]);
    let open = draw.rng.percent(9);
    let answer = match (open, stack) {
        (true, Stack::Own) => Answer::Accept,
        (true, Stack::Crafted { .. }) => Answer::Probe,
        (false, _) if draw.rng.percent(filtered) => Answer::Ignore(retries),
        (false, _) => Answer::Refuse,
    };
    let grabs_banner = draw.rng.percent(30);
    let port = scanned_port(start, draw.nth);
    let greeting = if port == 22 { Opening::SshBanner } else { Opening::None };
    let plan = Plan::dialogue(
        port,
        Dialogue {
            opening: greeting,
            stack,
            answer,
            turns: u64::from(grabs_banner && port != 22),
            push: 100,
            response: Spread::LogNormal { median: 60, octaves: 12 },
            think: Spread::LogNormal { median: 20 * MILLI, octaves: 24 },
            ending: draw.habit.pick([Ending::Rst(Side::Client), Ending::Fin(Side::Client)]),
            ..Dialogue::over(Carrier::Tcp)
        },
    );
    match stack {
        Stack::Own => plan,
        Stack::Crafted { .. } => plan.with_source_port(source),
    }
}
