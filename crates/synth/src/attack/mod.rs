//! The attacks: what each flow of them is, one file a class, and the campaigns that they come in.

pub(crate) mod beacon;
mod campaign;
pub(crate) mod dns_tunnel;
pub(crate) mod exfiltration;
pub(crate) mod icmp_tunnel;
pub(crate) mod slow_http;
pub(crate) mod ssh_brute_force;
pub(crate) mod syn_flood;
pub(crate) mod syn_scan;
pub(crate) mod udp_flood;
pub(crate) mod udp_scan;

pub(crate) use campaign::{Campaigns, Cast};

/// A port that scanners try: the well-known ones first, then the others in an order of the campaign's own.
fn scanned_port(start: u64, nth: u64) -> u16 {
    const KNOWN: [u16; 24] = [
        80, 443, 22, 21, 23, 25, 53, 110, 135, 139, 143, 161, 389, 445, 993, 1_433, 1_723, 3_306,
        3_389, 5_432, 5_900, 6_379, 8_080, 8_443,
    ];
    let place = (start % 24 + nth) as usize;
    match KNOWN.get(place) {
        Some(port) => *port,
        None => ((start >> 8).wrapping_add(nth.wrapping_mul(7_919)) % 65_535) as u16 + 1,
    }
}
