//! Devices that report.

use crate::{
    content::{Browser, Content, Datagram},
    dialogue::{Carrier, Dialogue, Opening},
    engine::Script,
    plan::{Draw, Plan, any_ending},
    random::{MILLI, Spread},
};

pub(super) fn plan(draw: &mut Draw<'_>) -> Plan {
    let period = draw.habit.between(800, 9_000) * MILLI;
    let wobble = period * draw.habit.between(1, 12) / 100;
    let think = Spread::Uniform(period - wobble, period + wobble);
    let size = draw.habit.between(24, 400);
    let turns = Spread::Pareto { min: 2, shape: 12, cap: 24 }.draw(draw.rng);
    let style = draw.habit.below(10);
    let reports = |dialogue: Dialogue, draw: &mut Draw<'_>| Dialogue {
        turns,
        request: Spread::Uniform(size, size + size / 6),
        response: Spread::LogNormal { median: 80, octaves: 10 },
        think,
        ending: any_ending(draw.rng),
        ..dialogue
    };
    match style {
        0..4 => {
            let mqtt = Dialogue {
                opening: Opening::Mqtt,
                asks: Content::MqttPublish,
                answers: Content::MqttPublish,
                ..Dialogue::over(Carrier::Tcp)
            };
            let small = Spread::Uniform(size.min(100), size.min(100) + 16);
            let dialogue = reports(mqtt, draw);
            let response = Spread::Uniform(8, 40);
            Plan::dialogue(1_883, Dialogue { request: small, response, tell: 30, ..dialogue })
        }
        4..7 => {
            let dialogue = reports(Dialogue::tls(Browser(4)), draw);
            let port = draw.habit.pick([443, 8_883]);
            Plan::dialogue(port, dialogue)
        }
        _ => {
            let script = Script {
                count: turns,
                gap: think,
                request: Spread::Uniform(size, size + size / 6),
                reply: Spread::Uniform(12, 60),
                replied: 90,
                ..Script::of(Datagram::Coap)
            };
            Plan::udp(5_683, script)
        }
    }
}
