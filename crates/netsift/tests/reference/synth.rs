//! Traffic of ours as tshark reads it: sound, parseable, and with the loss that it was given.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use netsift_capture::{CaptureWriter, Format, WriterOptions};
use netsift_packet::{Frame, FrameSource, Timestamp};
use netsift_synth::{
    Class, Generator, Mix, Scenario,
    encapsulation::{Enclosed, every_shape},
};

/// A capture that is gone when it is dropped.
struct Capture(PathBuf);

impl Capture {
    fn of_links<'a>(
        name: &str,
        options: WriterOptions,
        frames: impl IntoIterator<Item = Frame<'a>>,
    ) -> Self {
        let mut writer = Self::writer(name, options);
        for frame in frames {
            writer.1.write(&frame).unwrap();
        }
        writer.1.finish().unwrap();
        writer.0
    }

    fn of_scenario(name: &str, scenario: &Scenario) -> Self {
        let mut generator = Generator::new(scenario).unwrap();
        let mut writer = Self::writer(name, WriterOptions::new());
        while let Ok(Some(frame)) = generator.next_frame() {
            writer.1.write(&frame).unwrap();
        }
        writer.1.finish().unwrap();
        writer.0
    }

    fn writer(name: &str, options: WriterOptions) -> (Self, CaptureWriter<fs::File>) {
        let name = format!("netsift-{}-{name}.pcap", std::process::id());
        let path = std::env::temp_dir().join(name);
        let writer = CaptureWriter::new(fs::File::create(&path).unwrap(), options);
        (Self(path), writer.unwrap())
    }

    /// The values of `fields` in every frame that `filter` takes, or nothing where there is no tshark.
    fn read(&self, filter: &str, fields: &[&str]) -> Option<Vec<Vec<String>>> {
        let mut command = Command::new("tshark");
        command.arg("-r").arg(&self.0).args(["-Y", filter, "-T", "fields"]);
        for preference in [
            "ip.check_checksum:TRUE",
            "tcp.check_checksum:TRUE",
            "udp.check_checksum:TRUE",
            "tcp.reassemble_out_of_order:TRUE",
        ] {
            command.args(["-o", preference]);
        }
        for field in fields {
            command.args(["-e", field]);
        }
        let output = crate::output_of(&mut command)?;
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
    }

    /// How many frames each of `filters` takes, told by one reading; nothing where there is no tshark.
    fn count_each<const N: usize>(&self, filters: [&str; N]) -> Option<[usize; N]> {
        let statistics = format!("io,stat,0,{}", filters.join(","));
        let mut command = Command::new("tshark");
        command.arg("-q").arg("-r").arg(&self.0).args(["-z", &statistics]);
        let output = crate::output_of(&mut command)?;
        let text = String::from_utf8(output.stdout).unwrap();
        // The only row of the table: its times, then frames and bytes of each filter.
        let row = text.lines().rfind(|line| line.contains("<>"));
        let cells: Vec<usize> =
            row.unwrap().split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
        assert_eq!(cells.len(), 2 * N, "{text}");
        Some(std::array::from_fn(|at| cells[2 * at]))
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const BAD_CHECKSUM: &str = "ip.checksum.status == 0 || tcp.checksum.status == 0 || \
     udp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0";

#[test]
fn tshark_finds_no_wrong_checksum_in_any_class() {
    let capture = Capture::of_scenario("checksums", &Scenario::new(1).packets(40_000));
    let Some(bad) = capture.read(BAD_CHECKSUM, &["frame.number"]) else { return };
    assert_eq!(bad, Vec::<Vec<String>>::new());
    let good = "ip.checksum.status == 1 && (tcp.checksum.status == 1 || udp.checksum.status == 1)";
    assert!(capture.read(good, &["frame.number"]).unwrap().len() > 20_000, "they were looked at");
}

#[test]
fn tshark_finds_nothing_malformed_and_every_protocol() {
    // Floods and scans of UDP send garbage to well-known ports, and are meant to.
    let mix = Mix::default().with(Class::UdpFlood, 0.0).with(Class::UdpScan, 0.0);
    let scenario = Scenario::new(2).mix(mix).packets(60_000).warm_up(0.0);
    let capture = Capture::of_scenario("protocols", &scenario);
    // Random bytes behind QUIC's short header are now and then taken for a header of another kind.
    let Some(bad) = capture.read("_ws.malformed && !quic", &["frame.number", "_ws.col.Info"])
    else {
        return;
    };
    assert_eq!(bad, Vec::<Vec<String>>::new());
    const WANTED: [(&str, usize); 16] = [
        ("tls.handshake.type == 1 && tls.handshake.extensions_server_name", 100),
        ("tls.handshake.type == 2", 100),
        ("dns.flags.response == 1 && dns.flags.rcode == 3", 5),
        ("dns.a || dns.aaaa", 50),
        ("http.request.method == GET && http.host", 30),
        ("http.response.code == 200", 20),
        ("ssh.kex_algorithms", 30),
        ("quic.header_form == 1", 20),
        ("wg.type == 4", 100),
        ("openvpn", 20),
        ("esp", 20),
        ("mqtt.msgtype == 1", 5),
        ("coap", 10),
        ("ntp", 2),
        ("snmp", 2),
        ("icmp.type == 8 || icmpv6.type == 128", 50),
    ];
    let found = capture.count_each(WANTED.map(|(filter, _)| filter)).unwrap();
    for ((filter, least), found) in WANTED.iter().zip(found) {
        assert!(found >= *least, "{filter}: {found}");
    }
    let kinds = capture.read("tls.handshake.ja3", &["tls.handshake.ja3"]).unwrap();
    let kinds: BTreeSet<_> = kinds.into_iter().collect();
    assert!(kinds.len() >= 5, "{} kinds of TLS clients", kinds.len());
}

#[test]
fn tshark_sees_the_loss_and_its_repair() {
    let mix = Mix::only(Class::FileTransfer).with(Class::Web, 2.0);
    let scenario = Scenario::new(3).mix(mix).loss(0.01).packets(30_000).warm_up(0.0);
    let capture = Capture::of_scenario("loss", &scenario);
    let Some([again, duplicates, selective, unseen, full, opened, timed]) = capture.count_each([
        "tcp.analysis.retransmission || tcp.analysis.out_of_order",
        "tcp.analysis.duplicate_ack",
        "tcp.options.sack_le",
        "tcp.analysis.ack_lost_segment",
        "tcp.analysis.window_full",
        "tcp.flags.syn == 1 && tcp.flags.ack == 1",
        "tcp.analysis.initial_rtt",
    ]) else {
        return;
    };
    assert!((50..1_500).contains(&again), "{again} segments sent again");
    assert!(duplicates > again, "each loss is told more than once");
    assert!(selective > 50, "selectively");
    assert_eq!(unseen, 0, "nothing unseen is acknowledged");
    assert!(full < 20, "few fill the window to its last byte: {full}");
    assert!(timed > opened * 10, "handshakes are whole");
}

#[test]
fn tshark_reads_a_packet_in_every_shape() {
    let shapes: Vec<_> = [0.0, 1.0].into_iter().flat_map(shapes_over).collect();
    let options = WriterOptions::new().format(Format::PcapNg);
    let frames = shapes.iter().map(|(_, shape)| shape.frame(Timestamp::EPOCH));
    let capture = Capture::of_links("shapes", options, frames);
    let fragment = "ip.flags.mf == 1 || ip.frag_offset > 0 || ipv6.fraghdr";
    let sound = format!("(dns || {fragment}) && !_ws.malformed && !({BAD_CHECKSUM})");
    let Some(read) = capture.read(&sound, &["frame.number"]) else { return };
    let read: BTreeSet<usize> = read.iter().map(|row| row[0].parse().unwrap()).collect();
    let unread = shapes.iter().enumerate().filter(|(at, _)| !read.contains(&(at + 1)));
    let unread: Vec<&str> = unread.map(|(_, (name, _))| *name).collect();
    assert_eq!(unread, Vec::<&str>::new());
    assert!(shapes.len() > 50, "{} shapes", shapes.len());
}

/// A DNS packet over one version of IP in every shape that fits it.
fn shapes_over(ipv6: f64) -> Vec<(&'static str, Enclosed)> {
    let mix = Mix::only(Class::Dns);
    let mut generator = Generator::new(&Scenario::new(4).mix(mix).ipv6(ipv6)).unwrap();
    let frame = generator.next_frame().unwrap().unwrap();
    every_shape(&frame.data[14..]).unwrap()
}
