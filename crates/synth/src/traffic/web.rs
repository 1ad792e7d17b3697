//! Browsing.

use crate::{
    content::Browser,
    dialogue::{Answer, Carrier, Dialogue, Opening},
    plan::{Draw, Plan, any_ending},
    random::{MILLI, SECOND, Spread},
};

#[derive(Clone, Copy)]
enum Visit {
    Tls,
    Plain,
    Quic,
    /// A program that asks an interface again and again.
    Polls,
    Fails,
}

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let browser = Browser(draw.habit.below(6) as u8);
    let visit = draw.rng.weighted([
        (65, Visit::Tls),
        (15, Visit::Plain),
        (13, Visit::Quic),
        (4, Visit::Polls),
        (3, Visit::Fails),
    ]);
    let tls_port = draw.rng.weighted([(90, 443), (7, 8_443), (3, 4_443)]);
    let plain_port = draw.rng.weighted([(75, 80), (25, 8_080)]);
    match visit {
        Visit::Tls => Plan::dialogue(tls_port, pages(Dialogue::tls(browser), draw)),
        Visit::Plain => Plan::dialogue(plain_port, pages(Dialogue::http(), draw)),
        Visit::Quic => {
            let quic = Dialogue { opening: Opening::Quic, ..Dialogue::over(Carrier::Quic) };
            Plan::dialogue(443, pages(quic, draw))
        }
        Visit::Polls => Plan::dialogue(tls_port, polls(Dialogue::tls(browser), draw)),
        Visit::Fails => Plan::dialogue(tls_port, fails(draw)),
    }
}

fn pages(dialogue: Dialogue, draw: &mut Draw<'_>) -> Dialogue {
    Dialogue {
        turns: Spread::Pareto { min: 1, shape: 11, cap: 10 }.draw(draw.rng),
        request: Spread::LogNormal { median: 430, octaves: 12 },
        response: draw.volume(Spread::Pareto { min: 700, shape: 8, cap: 120_000 }),
        think: Spread::LogNormal { median: 90 * MILLI, octaves: 50 },
        ending: any_ending(draw.rng),
        keep_alive: draw.rng.weighted([(80, 0), (20, 45 * SECOND)]),
        ..dialogue
    }
}

fn polls(dialogue: Dialogue, draw: &mut Draw<'_>) -> Dialogue {
    let period = draw.habit.between(3, 15) * SECOND;
    Dialogue {
        turns: draw.rng.between(2, 8),
        request: Spread::LogNormal { median: 260, octaves: 6 },
        response: Spread::LogNormal { median: 400, octaves: 16 },
        think: Spread::Uniform(period * 9 / 10, period * 11 / 10),
        ending: any_ending(draw.rng),
        ..dialogue
    }
}

fn fails(draw: &mut Draw<'_>) -> Dialogue {
    let tries = draw.rng.between(0, 3) as u8;
    Dialogue::failed(draw.rng.pick([Answer::Refuse, Answer::Ignore(tries)]))
}
