//! Services that ask who is there, and what a session that got nowhere looks like.

use netsift_packet::Protocol;

use super::observation::{Observation, Opening};

/// A service that wants a login: its name, what the flow table calls it, and its ports.
struct Login {
    name: &'static str,
    applications: &'static [&'static str],
    ports: &'static [u16],
    /// Whether programs log in all day, and people seldom.
    of_programs: bool,
}

/// Mail is taken from clients on ports of its own: servers talk to each other on 25, briefly and often, without login.
const LOGINS: [Login; 14] = [
    Login { name: "SSH", applications: &["SSH"], ports: &[22, 2222], of_programs: false },
    Login { name: "RDP", applications: &["RDP"], ports: &[3389], of_programs: false },
    Login { name: "FTP", applications: &["FTP"], ports: &[21], of_programs: false },
    Login { name: "Telnet", applications: &["Telnet"], ports: &[23, 2323], of_programs: false },
    Login { name: "SMB", applications: &["SMB"], ports: &[445, 139], of_programs: true },
    Login { name: "IMAP", applications: &["IMAP"], ports: &[143, 993], of_programs: true },
    Login { name: "POP3", applications: &["POP3"], ports: &[110, 995], of_programs: true },
    Login { name: "SMTP submission", applications: &[], ports: &[465, 587], of_programs: true },
    Login { name: "VNC", applications: &["VNC"], ports: &[5900], of_programs: false },
    Login { name: "MySQL", applications: &["MySQL"], ports: &[3306], of_programs: true },
    Login { name: "PostgreSQL", applications: &["PostgreSQL"], ports: &[5432], of_programs: true },
    Login { name: "SQL Server", applications: &["TDS"], ports: &[1433], of_programs: true },
    Login { name: "Oracle", applications: &[], ports: &[1521], of_programs: true },
    Login { name: "MongoDB", applications: &["MongoDB"], ports: &[27017], of_programs: true },
];

/// What a web server answers to who is not known, or not allowed (RFC 9110).
const REFUSALS: [u16; 2] = [401, 403];

/// A login takes a name and a secret at least; who says less looks what there is.
const LEAST_TALK: u64 = 2;
/// The most packets with payload that each side of a session sends whose logins all fail: six tries (the most a common
/// SSH server takes), after two greetings, an exchange of keys and the choice of a method.
const MOST_TALK: u64 = 16;
/// The most payload both ways: an exchange of keys with a post-quantum part takes 5,400 bytes, six tries 900.
const MOST_BYTES: u64 = 8_000;

/// The login service that a flow calls: by what it says, else by its port. Of the web, what answered that nobody is
/// known; what is encrypted there does not tell.
pub(super) fn service(seen: &Observation<'_>) -> Option<&'static str> {
    if seen.protocol != Protocol::TCP {
        return None;
    }
    match seen.application {
        Some("HTTP") => {
            return seen.http_status.is_some_and(|it| REFUSALS.contains(&it)).then_some("HTTP");
        }
        // Mail, databases and desktops go on as TLS.
        None | Some("TLS") => {}
        Some(application) => {
            let spoken = |login: &&Login| login.applications.contains(&application);
            return LOGINS.iter().find(spoken).map(|login| login.name);
        }
    }
    let port = seen.destination.port();
    LOGINS.iter().find(|login| login.ports.contains(&port)).map(|login| login.name)
}

/// The usual ports of a login service; none of one that has others too.
pub(super) fn ports(service: &str) -> &'static [u16] {
    LOGINS.iter().find(|login| login.name == service).map_or(&[], |login| login.ports)
}

/// Whether programs log in there all day.
pub(super) fn is_of_programs(service: &str) -> bool {
    LOGINS.iter().any(|login| login.name == service && login.of_programs)
}

/// Whether a session ended where a login that fails ends; nothing while that is open, or where no login was asked for.
pub(super) fn got_nowhere(seen: &Observation<'_>) -> Option<bool> {
    let talk = seen.sent.data_packets.max(seen.received.data_packets);
    let bytes = seen.sent.bytes.saturating_add(seen.received.bytes);
    if talk > MOST_TALK || bytes > MOST_BYTES {
        return Some(false);
    }
    let was_tried = seen.sent.data_packets >= LEAST_TALK && seen.received.data_packets > 0;
    (seen.has_ended && seen.opening == Opening::Established && was_tried).then_some(true)
}
