//! Tunnels.

use crate::{
    content::Browser,
    dialogue::{Carrier, Dialogue, Opening},
    plan::{Draw, Plan, any_ending},
    random::{MILLI, Spread},
};

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let (port, dialogue) = match draw.habit.below(10) {
        0..4 => (51_820, carried(Carrier::WireGuard, Opening::WireGuard)),
        4..6 => (1_194, carried(Carrier::OpenVpn, Opening::OpenVpn)),
        6..8 => (4_500, carried(Carrier::EspInUdp, Opening::None)),
        _ => (443, Dialogue::tls(Browser(5))),
    };
    // Whatever goes on inside: pages, shells, transfers.
    let inside = draw.rng.below(3);
    let (request, response, think) = match inside {
        0 => (Spread::LogNormal { median: 700, octaves: 16 }, 1_200, 300),
        1 => (Spread::LogNormal { median: 140, octaves: 8 }, 160, 400),
        _ => (Spread::Pareto { min: 900, shape: 9, cap: 60_000 }, 4_000, 120),
    };
    Plan::dialogue(
        port,
        Dialogue {
            turns: Spread::Pareto { min: 3, shape: 11, cap: 24 }.draw(draw.rng),
            tell: 15,
            push: 20,
            request: draw.volume(request),
            response: draw.volume(Spread::Pareto { min: response, shape: 9, cap: 80_000 }),
            think: Spread::LogNormal { median: think * MILLI, octaves: 48 },
            ending: any_ending(draw.rng),
            ..dialogue
        },
    )
}

fn carried(carrier: Carrier, opening: Opening) -> Dialogue {
    Dialogue { opening, ..Dialogue::over(carrier) }
}
