//! The columns that are text.

use super::column::{Fact, Group, Told, fact};
use crate::application::{Dns, Http, Tls, by_port};
use crate::state::{AroundState, Flow};

/// Facts of a flow that are text, in the order of the columns: behind the numbers.
pub const FACTS: &[Fact<Flow>] = &[
    fact("End", Group::End, "Why the flow is told.", |flow, _| Told::Text(flow.end.name())),
    fact("Src MAC", Group::Link, "Link-layer address in front of the source.", |flow, text| {
        Told::mac(around(flow).and_then(|around| around.macs).map(|(src, _)| src), text)
    }),
    fact("Dst MAC", Group::Link, "Link-layer address in front of the other end.", |flow, text| {
        Told::mac(around(flow).and_then(|around| around.macs).map(|(_, dst)| dst), text)
    }),
    fact("VLAN", Group::Link, "VLAN ids of the first packet, outermost first.", |flow, text| {
        Told::numbers(around(flow).map(AroundState::vlans).unwrap_or_default(), text)
    }),
    fact("Tunnel", Group::Link, "Innermost tunnel around the first packet.", |flow, _| {
        around(flow).and_then(AroundState::tunnel).map(netsift_packet::Tunnel::name).into()
    }),
    fact("Tunnel ID", Group::Link, "That tunnel's number.", |flow, text| {
        let tunnelled = around(flow).filter(|around| around.tunnel().is_some());
        Told::number(tunnelled.map(|around| around.tunnel_id), text)
    }),
    #[cfg(feature = "fingerprints")]
    fact("Community ID", Group::CommunityId, "One name for the flow in all tools.", community_id),
    fact("Application", Group::Application, "What the first bytes show.", |flow, _| {
        flow.own.as_ref().and_then(|own| own.application.name()).into()
    }),
    fact("Port Application", Group::Application, "What the ports are known for.", |flow, _| {
        by_port(flow.protocol(), flow.source().port(), flow.destination().port()).into()
    }),
    fact("TLS SNI", Group::Tls, "Server name that was asked for.", |flow, _| {
        tls(flow).and_then(Tls::server_name).into()
    }),
    fact("TLS ALPN", Group::Tls, "Protocols that were offered.", |flow, _| {
        tls(flow).and_then(Tls::alpn).into()
    }),
    fact("TLS Chosen ALPN", Group::Tls, "Protocol that was chosen.", |flow, _| {
        tls(flow).and_then(Tls::chosen_alpn).into()
    }),
    fact("TLS Version", Group::Tls, "Version chosen, else the highest offered.", |flow, _| {
        tls(flow).and_then(Tls::version).into()
    }),
    #[cfg(feature = "fingerprints")]
    fact("JA3", Group::Tls, "Fingerprint of the ClientHello.", |flow, _| {
        tls(flow).and_then(Tls::ja3).into()
    }),
    #[cfg(feature = "fingerprints")]
    fact("JA3S", Group::Tls, "Fingerprint of the ServerHello.", |flow, _| {
        tls(flow).and_then(Tls::ja3s).into()
    }),
    #[cfg(feature = "fingerprints")]
    fact("JA4", Group::Tls, "Fingerprint of the ClientHello, of the newer kind.", |flow, _| {
        tls(flow).and_then(Tls::ja4).into()
    }),
    fact("DNS Name", Group::Dns, "Name that was asked for first.", |flow, _| {
        dns(flow).and_then(Dns::name).into()
    }),
    fact("DNS Type", Group::Dns, "Number of the record type asked for.", |flow, text| {
        Told::number(dns(flow).and_then(Dns::record_type).map(u32::from), text)
    }),
    fact("DNS Response Code", Group::Dns, "Number of the first answer's code.", |flow, text| {
        Told::number(dns(flow).and_then(Dns::response_code).map(u32::from), text)
    }),
    fact("HTTP Method", Group::Http, "Method of the first request.", |flow, _| {
        http(flow).and_then(Http::method).into()
    }),
    fact("HTTP Host", Group::Http, "Host of the first request.", |flow, _| {
        http(flow).and_then(Http::host).into()
    }),
    fact("HTTP Target", Group::Http, "What the first request asked for.", |flow, _| {
        http(flow).and_then(Http::target).into()
    }),
    fact("HTTP User Agent", Group::Http, "User agent of the first request.", |flow, _| {
        http(flow).and_then(Http::user_agent).into()
    }),
    fact("HTTP Status", Group::Http, "Status of the first answer.", |flow, text| {
        Told::number(http(flow).and_then(Http::status).map(u32::from), text)
    }),
];

fn around(flow: &Flow) -> Option<&AroundState> {
    flow.own.as_ref().map(|own| &own.around)
}

fn tls(flow: &Flow) -> Option<&Tls> {
    flow.own.as_ref()?.application.tls()
}

fn dns(flow: &Flow) -> Option<&Dns> {
    flow.own.as_ref()?.application.dns()
}

fn http(flow: &Flow) -> Option<&Http> {
    flow.own.as_ref()?.application.http()
}

/// The ID as the first packet shows it: an ICMP message has its type and code in place of ports.
#[cfg(feature = "fingerprints")]
fn community_id<'a>(flow: &'a Flow, text: &'a mut String) -> Told<'a> {
    use netsift_packet::Protocol;
    use netsift_packet::community_id::{CommunityId, Tuple};
    let (source, destination) = (flow.source(), flow.destination());
    let ports = match flow.protocol() {
        Protocol::TCP | Protocol::UDP | Protocol::SCTP => Some((source.port(), destination.port())),
        Protocol::ICMP | Protocol::ICMPV6 => {
            flow.icmp.map(|(code, kind)| (u16::from(kind), u16::from(code)))
        }
        _ => None,
    };
    let (source, destination, protocol) = (source.ip(), destination.ip(), flow.protocol());
    let tuple = Tuple { source, destination, protocol, ports };
    text.push_str(CommunityId::of(&tuple, 0).text().as_str());
    Told::Text(text)
}
