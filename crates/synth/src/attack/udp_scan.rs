//! UDP port scans: most ports stay silent.

use super::scanned_port;
use crate::{
    content::{Datagram, Lookup},
    engine::Script,
    plan::{Draw, Plan},
    random::{SECOND, Spread},
};

pub(crate) fn plan(draw: &mut Draw<'_>) -> Plan {
    let start = draw.habit.next();
    let source = draw.habit.between(33_000, 63_000) as u16;
    let payload = draw.habit.pick([0, 0, 12, 40]);
    let retries = draw.habit.pick([1, 1, 2, 3]);
    let port = scanned_port(start, draw.nth);
    let probes = match port {
        53 => Datagram::Dns(Lookup::Retry),
        123 => Datagram::Ntp,
        161 => Datagram::Snmp,
        _ => Datagram::Opaque,
    };
    let open = draw.rng.percent(12);
    let script = Script {
        count: if open { 1 } else { retries },
        gap: Spread::Uniform(SECOND * 8 / 10, SECOND * 12 / 10),
        request: Spread::Fixed(payload),
        reply: Spread::LogNormal { median: 70, octaves: 16 },
        replied: if open { 100 } else { 0 },
        ..Script::of(probes)
    };
    Plan::udp(port, script).with_source_port(source)
}
