//! The rules in words, and their thresholds: every default with its reason.

use serde::{Deserialize, Serialize};

use crate::DetectError;

/// Settings of [`Behaviour`](super::Behaviour), as a policy holds them. What is left out is as by default.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BehaviourConfig {
    /// The most subjects that each rule follows; callers of hosts outside, of which slow ones are followed for a day, four
    /// times as many. Default 32,768: as many pairs of hosts as a large office has in some minutes; together less than
    /// 600 MiB, and that only under attack.
    pub tracks: u32,
    /// A finding is told again within its window once it has grown by this factor. Default 4: of a flood of millions
    /// there are ten findings and not one a flow.
    pub growth: f64,
    /// Many ports of one host.
    pub vertical_scan: VerticalScanConfig,
    /// One port of many hosts.
    pub horizontal_scan: HorizontalScanConfig,
    /// Pings to many hosts.
    pub icmp_sweep: IcmpSweepConfig,
    /// Connections that are opened and left alone.
    pub syn_flood: SynFloodConfig,
    /// Datagrams that nobody answers.
    pub udp_flood: UdpFloodConfig,
    /// Logins that fail at one host.
    pub brute_force: BruteForceConfig,
    /// Logins that fail at many hosts.
    pub password_spray: PasswordSprayConfig,
    /// Regular calls home.
    pub beacon: BeaconConfig,
    /// Data in names.
    pub dns_tunnel: DnsTunnelConfig,
    /// Much sent out.
    pub bulk_upload: BulkUploadConfig,
}

/// A host tries many ports of another, and most are closed or silent. Connections count by their opening, datagrams by
/// whether anything comes back; ports that systems choose for themselves are no targets of datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VerticalScanConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 300 s: longer than a flow table waits for an answer, so that silent ports are told in it.
    pub window_seconds: u32,
    /// So many ports closed or silent. Default 6: programs know the port they want, and few fall back on two or three;
    /// where four of five tries succeed by custom, six failures and no success have odds of 15,000 to one.
    pub ports: u64,
    /// At least this share of the ports tried. Default 0.7: a host that is mostly answered is at work. Of twice as many closed or
    /// silent ports half of those tried are enough.
    pub failed_share: f64,
}

/// A host tries one port of many hosts, and most do not answer or refuse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HorizontalScanConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 300 s, as of ports.
    pub window_seconds: u32,
    /// So many hosts that do not answer or refuse. Default 6, by the odds of the ports.
    pub hosts: u64,
    /// At least this share of the hosts tried. Default 0.7, as of ports.
    pub failed_share: f64,
}

/// A host pings many hosts of one network (an IPv4 /24 or an IPv6 /64), or many anywhere of which most stay silent. Pings that
/// go on and are answered are none, and hosts that mostly answer are told again only once there are more of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IcmpSweepConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 300 s, as of scans.
    pub window_seconds: u32,
    /// So many hosts of one network. Default 10: a person pings one or two, monitoring knows its few in each network.
    pub hosts_of_network: u64,
    /// Or so many anywhere. Default 20, since those may be what monitoring looks after.
    pub hosts: u64,
    /// Of which at least this share is silent. Default 0.5: what monitoring looks after is mostly there.
    pub silent_share: f64,
}

/// One port of a host gets connections that carry nothing: answered, and never confirmed; or asked for once, and never
/// again, as no system does that means to connect. Who sends them is no part of it: senders are forged. Or its ports get them,
/// none of them many, from ever other senders.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SynFloodConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 120 s: servers keep a half-open connection for one to three minutes.
    pub window_seconds: u32,
    /// So many half-open connections. Default 30: people leave hardly any, and a flood that fills a queue of the
    /// smallest usual size (128) passes it at once.
    pub half_open: u64,
    /// At least this share of all connections to the port. Default 0.8: a server that is at work is not flooded.
    pub half_open_share: f64,
    /// Over many ports, from so many senders; there refused ones count, too. Default 100: who looks around in the world sends
    /// an address some packets a minute.
    pub senders: u64,
}

/// A host gets datagrams of many flows, poured without waiting for answers but for pauses, and hardly answers any; or it
/// answers less than half of them, where all come from one sender or go to one port, as they must among one's own hosts.
/// What those send to ports that collect (logs, traps, flow records, counters) is none, and neither are streams of sound and
/// pictures to a port each. The more datagrams, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UdpFloodConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 120 s, as of connections.
    pub window_seconds: u32,
    /// So many datagrams that do not wait for an answer: alone in their flow or, half of so many at least, in flows of which
    /// three of four come at most 0.2 s behind the one before. Default 12: who repeats a question waits longer, so hardly
    /// anything else looks like this; how large it is, the finding's count says. A thousand that are hardly answered are a
    /// flood at any pace.
    pub datagrams: u64,
    /// The same where one's own hosts send them to each other, but for one that sends all of them in eight flows or more.
    /// Default 300: they tell each other a lot that needs no answer, and keep their ports. There ten thousand are a flood at
    /// any pace.
    pub datagrams_inside: u64,
    /// In so many flows. Default 3: a call, a log or a broadcast is one flow, and calls have a second for control. In fewer it
    /// takes two hundred thousand.
    pub flows: u64,
    /// At least this share of the datagrams to the host. Default 0.7: a server that is at work is not flooded.
    pub unanswered_share: f64,
    /// Answers to them, as a share of them, where they go from several senders to several ports. Default 0.2: calls in
    /// which one side is quiet have more, and a caller and a port of their own each.
    pub answered_share: f64,
}

/// A host logs in to a service of another again and again, and every session ends where failed logins end: after few and
/// small packets. Services are known by their first bytes or their port: SSH, RDP, FTP, Telnet, SMB, mail, VNC,
/// databases, and the web where it answers that nobody is known (behind TLS it cannot be told).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BruteForceConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 600 s, as log watchers that lock out have it.
    pub window_seconds: u32,
    /// So many sessions that ended so. Default 4: people mistype once or twice, and most services take several tries a
    /// session before they end it.
    pub logins: u64,
    /// So many at mail, files and databases. Default 300: programs log in there by themselves, some of them for each question,
    /// and tools that guess do so several times a second.
    pub logins_of_programs: u64,
    /// At least this share of the sessions. Default 0.8: who works there has longer ones too.
    pub failed_share: f64,
}

/// A host logs in to one service of many hosts, and sessions end where failed logins end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordSprayConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 120 s: tools that go over many hosts are quick, and administrators' days are long.
    pub window_seconds: u32,
    /// So many hosts. Default 5: administrators look after a few at a time.
    pub hosts: u64,
    /// So many where programs log in by themselves. Default 20: what is shared out over hosts is asked on all of them.
    pub hosts_of_programs: u64,
    /// At least this share of the hosts. Default 0.8, as at one host.
    pub failed_share: f64,
}

/// A host calls one port of another outside its networks at regular times, and each call carries little.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BeaconConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// How long a caller is remembered, and after which a beacon is told again. Default 86,400 s: the last calls are
    /// looked at, however long they took.
    pub window_seconds: u32,
    /// So many calls in a row, at most 32. Default 16: chance gaps are this regular once in a million times.
    pub calls: u64,
    /// Median distance of the gaps from their median, as a share of that. Default 0.25: tools that vary their gaps by
    /// up to a half stay below it, chance gaps have 0.7.
    pub jitter: f64,
    /// Gaps are at least so long. Default 0.5 s: pages and their parts are fetched in quicker succession.
    pub shortest_gap_seconds: f64,
    /// And the calls last at least so long. Default 30 s, for the same reason.
    pub shortest_span_seconds: f64,
    /// The median call carries at most so many bytes both ways. Default 32,768: orders and reports are short, pages
    /// and parts of films are not.
    pub most_bytes: u64,
}

/// Names below one domain that are many, long and random; or few flows of many questions that are all long, or whose first
/// names are mostly long and random.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DnsTunnelConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 600 s: slow tunnels ask every few seconds.
    pub window_seconds: u32,
    /// So many different names that are long and random. Default 20: a page names a few of a delivery network.
    pub names: u64,
    /// Or so many questions in flows whose questions are long, or of whose names at least eight are known and half are long and
    /// random. Default 40, as a tunnel asks all the time.
    pub questions: u64,
    /// Letters before the domain that make a name long. Default 40: delivery networks mostly stay below.
    pub name_length: u32,
    /// Bytes a question that make it long. Default 100: a header of 12, a tail of 15 and a name of 73.
    pub question_bytes: u64,
    /// Bits a letter of such a name. Default 3: words have less, coded data has four to five.
    pub entropy_bits: f64,
}

/// A host sends much to another outside its networks, and gets little back. What counts is sent by those who opened the
/// conversation: what somebody outside fetches from a host, as from a server, is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BulkUploadConfig {
    /// Whether it is looked for.
    pub enabled: bool,
    /// The window. Default 3,600 s: trickling out is meant to stay below alarms of minutes.
    pub window_seconds: u32,
    /// So many bytes. Default 100,000,000: more than pages, mail and talk send in an hour.
    pub bytes: u64,
    /// At least this share of the bytes both ways. Default 0.9: calls and shared work go both ways.
    pub sent_share: f64,
}

impl Default for BehaviourConfig {
    fn default() -> Self {
        Self {
            tracks: 32_768,
            growth: 4.0,
            vertical_scan: VerticalScanConfig::default(),
            horizontal_scan: HorizontalScanConfig::default(),
            icmp_sweep: IcmpSweepConfig::default(),
            syn_flood: SynFloodConfig::default(),
            udp_flood: UdpFloodConfig::default(),
            brute_force: BruteForceConfig::default(),
            password_spray: PasswordSprayConfig::default(),
            beacon: BeaconConfig::default(),
            dns_tunnel: DnsTunnelConfig::default(),
            bulk_upload: BulkUploadConfig::default(),
        }
    }
}

impl Default for VerticalScanConfig {
    fn default() -> Self {
        Self { enabled: true, window_seconds: 300, ports: 6, failed_share: 0.7 }
    }
}

impl Default for HorizontalScanConfig {
    fn default() -> Self {
        Self { enabled: true, window_seconds: 300, hosts: 6, failed_share: 0.7 }
    }
}

impl Default for IcmpSweepConfig {
    fn default() -> Self {
        let (enabled, window_seconds) = (true, 300);
        Self { enabled, window_seconds, hosts_of_network: 10, hosts: 20, silent_share: 0.5 }
    }
}

impl Default for SynFloodConfig {
    fn default() -> Self {
        let (half_open, half_open_share) = (30, 0.8);
        Self { enabled: true, window_seconds: 120, half_open, half_open_share, senders: 100 }
    }
}

impl Default for UdpFloodConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            window_seconds: 120,
            datagrams: 12,
            datagrams_inside: 300,
            flows: 3,
            unanswered_share: 0.7,
            answered_share: 0.2,
        }
    }
}

impl Default for BruteForceConfig {
    fn default() -> Self {
        let (logins, logins_of_programs, failed_share) = (4, 300, 0.8);
        Self { enabled: true, window_seconds: 600, logins, logins_of_programs, failed_share }
    }
}

impl Default for PasswordSprayConfig {
    fn default() -> Self {
        let (hosts, hosts_of_programs, failed_share) = (5, 20, 0.8);
        Self { enabled: true, window_seconds: 120, hosts, hosts_of_programs, failed_share }
    }
}

impl Default for BeaconConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            window_seconds: 86_400,
            calls: 16,
            jitter: 0.25,
            shortest_gap_seconds: 0.5,
            shortest_span_seconds: 30.0,
            most_bytes: 32_768,
        }
    }
}

impl Default for DnsTunnelConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            window_seconds: 600,
            names: 20,
            questions: 40,
            name_length: 40,
            question_bytes: 100,
            entropy_bits: 3.0,
        }
    }
}

impl Default for BulkUploadConfig {
    fn default() -> Self {
        Self { enabled: true, window_seconds: 3_600, bytes: 100_000_000, sent_share: 0.9 }
    }
}

impl BehaviourConfig {
    /// The configuration, if every setting of it can be.
    ///
    /// # Errors
    /// [`DetectError::Setting`] for the first that cannot.
    pub fn checked(self) -> Result<Self, DetectError> {
        within("behaviour", "tracks", self.tracks.into(), TRACKS)?;
        within("behaviour", "growth", self.growth, GROWTH)?;
        self.check_windows()?;
        self.check_counts()?;
        self.check_shares()?;
        within("beacon", "calls", self.beacon.calls as f64, CALLS)?;
        within("beacon", "shortest_gap_seconds", self.beacon.shortest_gap_seconds, SECONDS)?;
        within("beacon", "shortest_span_seconds", self.beacon.shortest_span_seconds, SECONDS)?;
        within("dns_tunnel", "entropy_bits", self.dns_tunnel.entropy_bits, BITS)?;
        Ok(self)
    }

    fn check_windows(&self) -> Result<(), DetectError> {
        let windows = [
            ("vertical_scan", self.vertical_scan.window_seconds),
            ("horizontal_scan", self.horizontal_scan.window_seconds),
            ("icmp_sweep", self.icmp_sweep.window_seconds),
            ("syn_flood", self.syn_flood.window_seconds),
            ("udp_flood", self.udp_flood.window_seconds),
            ("brute_force", self.brute_force.window_seconds),
            ("password_spray", self.password_spray.window_seconds),
            ("beacon", self.beacon.window_seconds),
            ("dns_tunnel", self.dns_tunnel.window_seconds),
            ("bulk_upload", self.bulk_upload.window_seconds),
        ];
        let mut windows = windows.into_iter();
        windows.try_for_each(|(rule, window)| within(rule, "window_seconds", window.into(), WINDOW))
    }

    fn check_counts(&self) -> Result<(), DetectError> {
        let counts = [
            ("vertical_scan", "ports", self.vertical_scan.ports),
            ("horizontal_scan", "hosts", self.horizontal_scan.hosts),
            ("icmp_sweep", "hosts_of_network", self.icmp_sweep.hosts_of_network),
            ("icmp_sweep", "hosts", self.icmp_sweep.hosts),
            ("syn_flood", "half_open", self.syn_flood.half_open),
            ("syn_flood", "senders", self.syn_flood.senders),
            ("udp_flood", "datagrams", self.udp_flood.datagrams),
            ("udp_flood", "datagrams_inside", self.udp_flood.datagrams_inside),
            ("udp_flood", "flows", self.udp_flood.flows),
            ("brute_force", "logins", self.brute_force.logins),
            ("brute_force", "logins_of_programs", self.brute_force.logins_of_programs),
            ("password_spray", "hosts", self.password_spray.hosts),
            ("password_spray", "hosts_of_programs", self.password_spray.hosts_of_programs),
            ("beacon", "most_bytes", self.beacon.most_bytes),
            ("dns_tunnel", "names", self.dns_tunnel.names),
            ("dns_tunnel", "questions", self.dns_tunnel.questions),
            ("dns_tunnel", "name_length", self.dns_tunnel.name_length.into()),
            ("dns_tunnel", "question_bytes", self.dns_tunnel.question_bytes),
            ("bulk_upload", "bytes", self.bulk_upload.bytes),
        ];
        let mut counts = counts.into_iter();
        counts.try_for_each(|(rule, setting, count)| within(rule, setting, count as f64, COUNT))
    }

    fn check_shares(&self) -> Result<(), DetectError> {
        let shares = [
            ("vertical_scan", "failed_share", self.vertical_scan.failed_share),
            ("horizontal_scan", "failed_share", self.horizontal_scan.failed_share),
            ("icmp_sweep", "silent_share", self.icmp_sweep.silent_share),
            ("syn_flood", "half_open_share", self.syn_flood.half_open_share),
            ("udp_flood", "unanswered_share", self.udp_flood.unanswered_share),
            ("udp_flood", "answered_share", self.udp_flood.answered_share),
            ("brute_force", "failed_share", self.brute_force.failed_share),
            ("password_spray", "failed_share", self.password_spray.failed_share),
            ("beacon", "jitter", self.beacon.jitter),
            ("bulk_upload", "sent_share", self.bulk_upload.sent_share),
        ];
        let mut shares = shares.into_iter();
        shares.try_for_each(|(rule, setting, share)| within(rule, setting, share, SHARE))
    }
}

/// From, to, and the same in words.
type Limits = (f64, f64, &'static str);

/// More than sixteen million subjects a rule are gigabytes.
const TRACKS: Limits = (1.0, 16_777_216.0, "1 to 16777216");
/// What grows by less is told all the time.
const GROWTH: Limits = (1.1, 1e9, "1.1 to 1000000000");
/// Shorter windows lie between two packets, longer ones outlast captures.
const WINDOW: Limits = (1.0, 31_536_000.0, "1 to 31536000 seconds (a year)");
/// Exact as a double.
const COUNT: Limits = (1.0, 1e15, "1 to 10^15");
const SHARE: Limits = (0.0, 1.0, "a share from 0 to 1");
/// Fewer calls have no rhythm, more are not kept.
const CALLS: Limits = (4.0, super::rules::CALLS as f64, "4 to 32");
const SECONDS: Limits = (0.0, 31_536_000.0, "0 to 31536000 seconds (a year)");
/// Of letters that are bytes.
const BITS: Limits = (0.0, 8.0, "0 to 8 bits");

fn within(
    section: &str,
    setting: &str,
    value: f64,
    (from, to, rule): Limits,
) -> Result<(), DetectError> {
    if (from..=to).contains(&value) {
        return Ok(());
    }
    let setting = format!("{section}.{setting}");
    Err(DetectError::Setting { setting, value: value.to_string(), rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be() {
        assert!(BehaviourConfig::default().checked().is_ok());
    }

    #[test]
    fn what_cannot_be_is_refused_with_name_value_and_rule() {
        let mut config = BehaviourConfig::default();
        config.beacon.jitter = f64::NAN;
        let told = config.checked().unwrap_err().to_string();
        assert_eq!(told, "beacon.jitter is NaN, and must be a share from 0 to 1");
        let spoilt: [fn(&mut BehaviourConfig); 6] = [
            |config| config.tracks = 0,
            |config| config.growth = 1.0,
            |config| config.syn_flood.window_seconds = 0,
            |config| config.vertical_scan.ports = 0,
            |config| config.beacon.calls = 33,
            |config| config.udp_flood.unanswered_share = 1.01,
        ];
        for spoil in spoilt {
            let mut config = BehaviourConfig::default();
            spoil(&mut config);
            assert!(config.checked().is_err(), "{config:?}");
        }
    }

    #[test]
    fn a_policy_names_what_it_changes_and_nothing_unknown() {
        let read = serde_json::from_str::<BehaviourConfig>;
        let config = read(r#"{"syn_flood": {"half_open": 500}, "tracks": 100}"#).unwrap();
        assert_eq!((config.syn_flood.half_open, config.tracks), (500, 100));
        assert_eq!(config.beacon, BeaconConfig::default());
        assert!(read(r#"{"syn_flood": {"halfopen": 500}}"#).is_err());
        let written = serde_json::to_string(&BehaviourConfig::default()).unwrap();
        assert_eq!(read(&written).unwrap(), BehaviourConfig::default());
    }
}
