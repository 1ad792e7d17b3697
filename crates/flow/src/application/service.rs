//! The applications that first bytes tell.

use serde::{Deserialize, Serialize};

macro_rules! services {
    ($($variant:ident = $name:literal,)*) => {
        /// An application that shows itself in its first bytes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub(super) enum Service {
            $($variant,)*
        }

        impl Service {
            /// Its usual name.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

// Behind the last one only: states that were saved count them from the first.
services! {
    Tls = "TLS",
    Dtls = "DTLS",
    Quic = "QUIC",
    Http = "HTTP",
    Http2 = "HTTP/2",
    Ssdp = "SSDP",
    Dns = "DNS",
    Mdns = "mDNS",
    Llmnr = "LLMNR",
    NetbiosName = "NetBIOS-NS",
    NetbiosDatagram = "NetBIOS-DGM",
    NetbiosSession = "NetBIOS-SSN",
    Ssh = "SSH",
    Smtp = "SMTP",
    Ftp = "FTP",
    Imap = "IMAP",
    Pop3 = "POP3",
    Smb = "SMB",
    Rdp = "RDP",
    Vnc = "VNC",
    Telnet = "Telnet",
    BitTorrent = "BitTorrent",
    Mqtt = "MQTT",
    Amqp = "AMQP",
    Xmpp = "XMPP",
    Sip = "SIP",
    Rtsp = "RTSP",
    Stun = "STUN",
    Ntp = "NTP",
    Dhcp = "DHCP",
    Dhcpv6 = "DHCPv6",
    Snmp = "SNMP",
    Tftp = "TFTP",
    Syslog = "Syslog",
    Radius = "RADIUS",
    Coap = "CoAP",
    Ike = "IKE",
    WireGuard = "WireGuard",
    OpenVpn = "OpenVPN",
    NetFlow = "NetFlow",
    Modbus = "Modbus",
    Dnp3 = "DNP3",
    Iec104 = "IEC 104",
    OpcUa = "OPC UA",
    EtherNetIp = "EtherNet/IP",
    Ldap = "LDAP",
    Bgp = "BGP",
    Socks = "SOCKS",
    Rsync = "rsync",
    Git = "Git",
    PostgreSql = "PostgreSQL",
    MySql = "MySQL",
    Tds = "TDS",
    MongoDb = "MongoDB",
    Redis = "Redis",
    Bitcoin = "Bitcoin",
}

impl Service {
    /// Whether names and hellos are in it, or may follow on it: it says them itself, it can be told to go on as
    /// TLS, or it opens a way for something else.
    pub(super) const fn may_hold_more(self) -> bool {
        use Service::*;

        let names = matches!(self, Tls | Dtls | Quic | Http | Ssdp | Dns | Mdns | Llmnr);
        let mail = matches!(self, Smtp | Imap | Pop3);
        let may_turn = matches!(self, Ftp | Xmpp | Amqp | Ldap | PostgreSql | MySql | Rdp);
        names || mail || may_turn || matches!(self, Socks | Stun | Sip | Rtsp)
    }
}
