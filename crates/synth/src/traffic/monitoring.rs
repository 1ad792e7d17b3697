//! Pings, health checks, time and status polls.

use crate::{
    content::{Browser, Datagram},
    dialogue::{Answer, Carrier, Dialogue, Ending},
    engine::Script,
    frames::Side,
    plan::{Draw, Plan, any_ending},
    random::{MICRO, MILLI, SECOND, Spread},
};

#[derive(Clone, Copy)]
enum Check {
    Ping,
    Connects,
    Fetches,
    Time,
    Status,
}

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let check = draw.rng.weighted([
        (32, Check::Ping),
        (28, Check::Connects),
        (14, Check::Fetches),
        (12, Check::Time),
        (14, Check::Status),
    ]);
    match check {
        Check::Ping => Plan::ping(ping(draw)),
        Check::Connects => {
            let port = draw.rng.pick([22, 25, 80, 443, 445, 3_306, 5_432, 8_080]);
            Plan::dialogue(port, connects(draw))
        }
        Check::Fetches => Plan::dialogue(443, fetches(draw)),
        Check::Time => Plan::udp(123, polls(Datagram::Ntp, 1, draw)),
        Check::Status => Plan::udp(161, polls(Datagram::Snmp, 6, draw)),
    }
}

fn ping(draw: &mut Draw<'_>) -> Script {
    let size = draw.habit.weighted([(50, 56), (25, 32), (15, 64), (10, 1_400)]);
    let period = draw.habit.pick([200 * MILLI, SECOND, SECOND, 5 * SECOND]);
    Script {
        count: Spread::Pareto { min: 1, shape: 9, cap: 60 }.draw(draw.rng),
        gap: Spread::LogNormal { median: period, octaves: 1 },
        request: Spread::Fixed(size),
        reply: Spread::Fixed(size),
        replied: draw.rng.weighted([(80, 100), (12, 90), (8, 0)]),
        service: Spread::LogNormal { median: 60 * MICRO, octaves: 20 },
        ..Script::of(Datagram::Alphabet)
    }
}

fn connects(draw: &mut Draw<'_>) -> Dialogue {
    let answer = draw.rng.weighted([
        (60, Answer::Accept),
        (12, Answer::Refuse),
        (6, Answer::Ignore(0)),
        (10, Answer::Ignore(2)),
        (5, Answer::Probe),
    ]);
    let ending = draw.rng.pick([Ending::Fin(Side::Client), Ending::Rst(Side::Client)]);
    Dialogue { answer, ending, turns: 0, ..Dialogue::over(Carrier::Tcp) }
}

fn fetches(draw: &mut Draw<'_>) -> Dialogue {
    Dialogue {
        turns: draw.rng.between(1, 3),
        request: Spread::LogNormal { median: 180, octaves: 5 },
        response: Spread::LogNormal { median: 300, octaves: 14 },
        think: Spread::Uniform(SECOND / 2, 10 * SECOND),
        ending: any_ending(draw.rng),
        ..Dialogue::tls(Browser(3))
    }
}

fn polls(content: Datagram, most: u64, draw: &mut Draw<'_>) -> Script {
    Script {
        count: draw.rng.between(1, most),
        gap: Spread::LogNormal { median: 30 * MILLI, octaves: 40 },
        replied: 94,
        service: Spread::LogNormal { median: 400 * MICRO, octaves: 24 },
        ..Script::of(content)
    }
}
