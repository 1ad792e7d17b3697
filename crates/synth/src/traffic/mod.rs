//! The benign classes: what each flow of them is, one file a class.

mod chat;
mod dns;
mod file_transfer;
mod iot_heartbeat;
mod monitoring;
mod ssh;
mod tor;
mod video;
mod voip;
mod vpn;
mod web;

use crate::{
    Class, attack,
    plan::{Draw, Plan},
};

/// What a flow of `class` is.
pub(crate) fn plan(class: Class, draw: &mut Draw<'_>) -> Plan {
    match class {
        Class::Web => web::plan(draw),
        Class::Dns => dns::plan(draw),
        Class::Video => video::plan(draw),
        Class::FileTransfer => file_transfer::plan(draw),
        Class::Chat => chat::plan(draw),
        Class::Voip => voip::plan(draw),
        Class::Ssh => ssh::plan(draw),
        Class::IotHeartbeat => iot_heartbeat::plan(draw),
        Class::Vpn => vpn::plan(draw),
        Class::Tor => tor::plan(draw),
        Class::Monitoring => monitoring::plan(draw),
        Class::SynScan => attack::syn_scan::plan(draw),
        Class::UdpScan => attack::udp_scan::plan(draw),
        Class::SynFlood => attack::syn_flood::plan(draw),
        Class::UdpFlood => attack::udp_flood::plan(draw),
        Class::SlowHttp => attack::slow_http::plan(draw),
        Class::SshBruteForce => attack::ssh_brute_force::plan(draw),
        Class::DnsTunnel => attack::dns_tunnel::plan(draw),
        Class::IcmpTunnel => attack::icmp_tunnel::plan(draw),
        Class::Beacon => attack::beacon::plan(draw),
        Class::Exfiltration => attack::exfiltration::plan(draw),
    }
}
