//! What a port is registered for, or used for by custom.

use netsift_packet::Protocol;

/// The application that a flow's ports stand for: a guess, where the payload tells nothing.
///
/// The lower port is asked first, since servers mostly have it; the higher one counts where the lower has
/// no application.
#[must_use]
pub fn by_port(protocol: Protocol, src_port: u16, dst_port: u16) -> Option<&'static str> {
    let is_tcp = match protocol {
        Protocol::TCP => true,
        Protocol::UDP => false,
        _ => return None,
    };
    [src_port.min(dst_port), src_port.max(dst_port)].into_iter().find_map(|port| of(port, is_tcp))
}

fn of(port: u16, is_tcp: bool) -> Option<&'static str> {
    let at = PORTS.binary_search_by_key(&port, |entry| entry.0).ok()?;
    let (_, tcp, udp) = *PORTS.get(at)?;
    let name = if is_tcp { tcp } else { udp };
    (!name.is_empty()).then_some(name)
}

/// Port, what it is over TCP and what over UDP; nothing, if that is not used. In order of ports.
const PORTS: [(u16, &str, &str); 136] = [
    (7, "Echo", "Echo"),
    (9, "Discard", "Discard"),
    (13, "Daytime", "Daytime"),
    (17, "QOTD", "QOTD"),
    (19, "Chargen", "Chargen"),
    (20, "FTP", ""),
    (21, "FTP", ""),
    (22, "SSH", ""),
    (23, "Telnet", ""),
    (25, "SMTP", ""),
    (37, "Time", "Time"),
    (43, "WHOIS", ""),
    (49, "TACACS", "TACACS"),
    (53, "DNS", "DNS"),
    (67, "", "DHCP"),
    (68, "", "DHCP"),
    (69, "", "TFTP"),
    (70, "Gopher", ""),
    (79, "Finger", ""),
    (80, "HTTP", "QUIC"),
    (88, "Kerberos", "Kerberos"),
    (102, "ISO-TSAP", ""),
    (110, "POP3", ""),
    (111, "Portmapper", "Portmapper"),
    (113, "Ident", ""),
    (119, "NNTP", ""),
    (123, "", "NTP"),
    (135, "MS-RPC", "MS-RPC"),
    (137, "NetBIOS-NS", "NetBIOS-NS"),
    (138, "", "NetBIOS-DGM"),
    (139, "NetBIOS-SSN", ""),
    (143, "IMAP", ""),
    (161, "SNMP", "SNMP"),
    (162, "SNMP", "SNMP"),
    (179, "BGP", ""),
    (194, "IRC", ""),
    (320, "", "PTP"),
    (389, "LDAP", "LDAP"),
    (427, "SLP", "SLP"),
    (443, "TLS", "QUIC"),
    (445, "SMB", ""),
    (464, "Kerberos", "Kerberos"),
    (465, "TLS", ""),
    (500, "", "IKE"),
    (502, "Modbus", "Modbus"),
    (513, "rlogin", "rwho"),
    (514, "rsh", "Syslog"),
    (515, "LPD", ""),
    (520, "", "RIP"),
    (521, "", "RIPng"),
    (546, "", "DHCPv6"),
    (547, "", "DHCPv6"),
    (548, "AFP", ""),
    (554, "RTSP", "RTSP"),
    (563, "TLS", ""),
    (587, "SMTP", ""),
    (623, "", "IPMI"),
    (631, "IPP", "IPP"),
    (636, "TLS", ""),
    (646, "LDP", "LDP"),
    (664, "", "IPMI"),
    (853, "TLS", "QUIC"),
    (873, "rsync", ""),
    (902, "VMware", "VMware"),
    (989, "TLS", ""),
    (990, "TLS", ""),
    (992, "TLS", ""),
    (993, "TLS", ""),
    (995, "TLS", ""),
    (1080, "SOCKS", "SOCKS"),
    (1194, "OpenVPN", "OpenVPN"),
    (1433, "TDS", ""),
    (1434, "", "TDS"),
    (1521, "Oracle TNS", ""),
    (1645, "", "RADIUS"),
    (1646, "", "RADIUS"),
    (1701, "", "L2TP"),
    (1719, "", "H.323"),
    (1720, "H.323", ""),
    (1723, "PPTP", ""),
    (1812, "", "RADIUS"),
    (1813, "", "RADIUS"),
    (1883, "MQTT", ""),
    (1900, "", "SSDP"),
    (1935, "RTMP", ""),
    (2049, "NFS", "NFS"),
    (2055, "", "NetFlow"),
    (2123, "", "GTP-C"),
    (2152, "", "GTP-U"),
    (2181, "ZooKeeper", ""),
    (2375, "HTTP", ""),
    (2376, "TLS", ""),
    (2404, "IEC 104", ""),
    (2427, "", "MGCP"),
    (3074, "Xbox Live", "Xbox Live"),
    (3128, "HTTP", ""),
    (3260, "iSCSI", ""),
    (3268, "LDAP", ""),
    (3269, "TLS", ""),
    (3306, "MySQL", ""),
    (3389, "RDP", "RDP"),
    (3478, "STUN", "STUN"),
    (3544, "", "Teredo"),
    (3690, "Subversion", ""),
    (3868, "Diameter", ""),
    (4500, "", "IKE"),
    (4739, "NetFlow", "NetFlow"),
    (4789, "", "VXLAN"),
    (4840, "OPC UA", ""),
    (5060, "SIP", "SIP"),
    (5061, "TLS", "SIP"),
    (5222, "XMPP", ""),
    (5246, "", "CAPWAP"),
    (5247, "", "CAPWAP"),
    (5349, "TLS", "DTLS"),
    (5353, "", "mDNS"),
    (5355, "LLMNR", "LLMNR"),
    (5432, "PostgreSQL", ""),
    (5672, "AMQP", ""),
    (5683, "CoAP", "CoAP"),
    (5684, "TLS", "DTLS"),
    (5900, "VNC", ""),
    (6081, "", "Geneve"),
    (6379, "Redis", ""),
    (6667, "IRC", ""),
    (6881, "BitTorrent", "BitTorrent"),
    (8080, "HTTP", ""),
    (8443, "TLS", "QUIC"),
    (8883, "TLS", ""),
    (9092, "Kafka", ""),
    (9418, "Git", ""),
    (11211, "memcached", "memcached"),
    (20000, "DNP3", "DNP3"),
    (27017, "MongoDB", ""),
    (44818, "EtherNet/IP", "EtherNet/IP"),
    (51820, "", "WireGuard"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_in_order_and_names_are_used() {
        assert!(PORTS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(PORTS.iter().all(|(_, tcp, udp)| !tcp.is_empty() || !udp.is_empty()));
    }

    #[test]
    fn the_lower_port_counts_if_it_is_known() {
        assert_eq!(by_port(Protocol::TCP, 8080, 443), Some("TLS"));
        assert_eq!(by_port(Protocol::TCP, 443, 8080), Some("TLS"));
        assert_eq!(by_port(Protocol::TCP, 1234, 8080), Some("HTTP"));
        assert_eq!(by_port(Protocol::UDP, 443, 60_000), Some("QUIC"));
        assert_eq!(by_port(Protocol::UDP, 25, 60_000), None);
        assert_eq!(by_port(Protocol::SCTP, 80, 80), None);
        assert_eq!(by_port(Protocol::TCP, 0, 0), None);
    }
}
