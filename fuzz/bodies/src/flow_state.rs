//! The laws of files of open flows.

use std::net::{IpAddr, SocketAddr};

use netsift_flow::{Columns, Flow, FlowConfig, Meter, Profile, Sink};
use netsift_packet::{Frame, LinkType, Protocol, Timestamp};

use crate::container::mended;
use crate::flow::Told;

/// A file: as it is, and with its checksums put right.
pub(crate) fn body(input: &[u8]) {
    for file in [input, &mended(input)] {
        for profile in Profile::ALL {
            let config = Columns::all(profile).config();
            loads_and_goes_on(config, file);
            if let Ok(small) = config.max_flows(1) {
                loads_and_goes_on(small, file);
            }
        }
    }
}

fn loads_and_goes_on(config: FlowConfig, file: &[u8]) {
    let Ok(meter) = Meter::resume(config, 1, Ends::default, file) else { return };
    let ends: Vec<End> = meter.finish().sinks.into_iter().flat_map(|sink| sink.0).collect();
    let state = saved(resumed(config, file));
    assert!(saved(resumed(config, &state)) == state, "saved to other bytes");
    // Another packet for each flow, and one from long after.
    let mut meter = resumed(config, file);
    for (from, to, protocol, last) in ends {
        for later in [1, 2_000_000_000, i64::MAX / 2] {
            let bytes = frame(from, to, protocol);
            let time = Timestamp::from_nanos(last.saturating_add(later));
            meter.push(Frame::new(time, LinkType::ETHERNET, &bytes));
            let bytes = frame(to, from, protocol);
            meter.push(Frame::new(time, LinkType::ETHERNET, &bytes));
        }
    }
    saved(resumed(config, &saved(meter)));
    let counts = resumed(config, file).finish().counts;
    assert_eq!(counts.packets, 0, "packets that nobody has pushed");
}

fn resumed(config: FlowConfig, file: &[u8]) -> Meter<Told> {
    match Meter::resume(config, 1, || Told::of(&config), file) {
        Ok(meter) => meter,
        Err(error) => panic!("what loads, or was saved, does not load: {error}"),
    }
}

fn saved(meter: Meter<Told>) -> Vec<u8> {
    let mut state = Vec::new();
    if let Err(error) = meter.save(&mut state) {
        panic!("what was loaded cannot be saved: {error}");
    }
    state
}

/// Source, destination, protocol and time of the last packet.
type End = (SocketAddr, SocketAddr, Protocol, i64);

/// The ends of flows told.
#[derive(Default)]
struct Ends(Vec<End>);

impl Sink for Ends {
    fn take(&mut self, flow: &Flow) {
        let last = flow.last().as_nanos();
        self.0.push((flow.source(), flow.destination(), flow.protocol(), last));
    }
}

/// An Ethernet frame with 32 bytes behind its IP header, which are a TCP or UDP header and payload.
fn frame(src: SocketAddr, dst: SocketAddr, protocol: Protocol) -> Vec<u8> {
    let mut inside = [src.port().to_be_bytes(), dst.port().to_be_bytes()].concat();
    match protocol {
        Protocol::UDP => inside.extend([0, 32, 0, 0]),
        _ => inside.extend([0, 0, 0, 9, 0, 0, 0, 9, 0x50, 0x18, 1, 0, 0, 0, 0, 0]),
    }
    inside.resize(32, b'x');
    let (kind, head) = match (src.ip(), dst.ip()) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let head = [0x45, 0, 0, 52, 0, 1, 0, 0, 64, protocol.0, 0, 0];
            ([8, 0], [&head[..], &src.octets(), &dst.octets()].concat())
        }
        (src, dst) => {
            let octets = |address: IpAddr| match address {
                IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
                IpAddr::V6(address) => address.octets(),
            };
            let head = [0x60, 0, 0, 0, 0, 32, protocol.0, 64];
            ([0x86, 0xdd], [&head[..], &octets(src), &octets(dst)].concat())
        }
    };
    [&[2; 12][..], &kind, &head, &inside].concat()
}
