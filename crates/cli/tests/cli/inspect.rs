//! `inspect`: the summary, as a page and as JSON.

use serde_json::{Value, json};

use crate::captures::{Folder, all_kinds, ethernet, ipv4, pcap, udp};
use crate::{run, run_with_input, text};

fn summary(arguments: &[&str]) -> Value {
    let arguments = [&["inspect", "--json", "-"], arguments].concat();
    serde_json::from_str(&run_with_input(&arguments, &pcap(&all_kinds())).fine()).unwrap()
}

fn line(name: &str, packets: u64, bytes: u64) -> Value {
    json!({"name": name, "packets": packets, "bytes": bytes})
}

#[test]
fn the_summary_counts_every_frame_once_a_section() {
    let told = summary(&[]);
    let all: u64 = [66, 54, 42, 68, 42, 33, 39, 65].iter().sum();
    assert_eq!((&told["packets"], &told["wire_bytes"]), (&json!(8), &json!(all)));
    assert_eq!(
        (&told["first_ns"], &told["last_ns"]),
        (&json!(100_000_000_000_u64), &json!(107_000_000_000_u64))
    );
    assert_eq!(
        told["network"],
        json!([
            line("IPv4", 5, 269),
            line("ARP", 1, 42),
            line("IPv6", 1, 65),
            line("rejected", 1, 33)
        ])
    );
    assert_eq!(told["transport"], json!([line("UDP", 4, 229), line("TCP", 2, 105)]));
    assert_eq!(
        told["carried"],
        json!([
            line("fragments", 2, 96),
            line("in IP in IP", 1, 68),
            line("with VLAN tags", 1, 66)
        ])
    );
    assert_eq!(told["rejects"], json!([line("IPv4 cut short", 1, 33)]));
    assert_eq!(told["errors"], json!([line("TCP cut short", 1, 39)]));
    assert_eq!(told["hosts"], json!(8));
}

#[test]
fn the_outermost_headers_are_counted_on_request() {
    let told = summary(&["--outermost"]);
    assert_eq!(
        told["transport"],
        json!([line("UDP", 3, 161), line("TCP", 2, 105), line("IPv4", 1, 68)])
    );
}

#[test]
fn talkers_are_ordered_by_bytes_and_as_many_as_asked_for() {
    let told = summary(&["--top", "1", "--filter", "tcp"]);
    let traffic = |packets, bytes| json!({"packets": packets, "bytes": bytes});
    let first = json!({"address": "10.0.0.1", "sent": traffic(1, 39), "received": traffic(0, 0)});
    assert_eq!((&told["talkers"], &told["hosts"]), (&json!([first]), &json!(2)));
    assert_eq!((&told["packets"], &told["packets_read"]), (&json!(1), &json!(8)));
}

#[test]
fn the_page_is_aligned_and_says_what_there_is() {
    let frame = |last, len| ethernet(0x0800, &ipv4(17, last, &udp(1, 2, &vec![0; len])));
    let frames = [(1_000_000_u64, frame([1, 2], 958)), (3_000_000, frame([2, 1], 58))];
    let folder = Folder::new();
    folder.put("a\u{1b}[2Jb.pcap", &pcap(&frames));
    let path = folder.path("a\u{1b}[2Jb.pcap");
    let page = run(&["inspect", text(&path)]).fine();
    let shown = format!("{}", folder.path(r"a\u{1b}[2Jb.pcap").display());
    let expected = format!(
        "\
Capture
  read from  {shown}
  format     pcap
  link type  ETHERNET
  first      1970-01-01T00:00:01Z
  last       1970-01-01T00:00:03Z
  packets    2
  bytes      1.10 kB on the wire, all captured
  rate       1.0 packets/s, 4.40 kbit/s, over 2.0 s

Network    packets    share    bytes    share
  IPv4           2  100.0 %  1.10 kB  100.0 %

Transport    packets    share    bytes    share
  UDP              2  100.0 %  1.10 kB  100.0 %

Rejected
  none

Talkers (2 of 2 hosts)    sent packets  sent bytes  received packets  received bytes    share
  10.0.0.1                           1     1.00 kB                 1           100 B  100.0 %
  10.0.0.2                           1       100 B                 1         1.00 kB  100.0 %
"
    );
    assert_eq!(page, expected);
}

#[test]
fn a_capture_without_a_packet_is_no_error() {
    let page = run_with_input(&["inspect", "-"], &pcap(&[])).fine();
    assert!(page.contains("packets    0\n"), "{page}");
    assert_eq!(run_with_input(&["inspect", "--packets", "-"], &pcap(&[])).fine(), "");
}

#[test]
fn a_filter_that_says_nothing_about_a_link_type_is_told() {
    let mut raw_ip = pcap(&[(0, ipv4(17, [1, 2], &udp(1, 2, b"")))]);
    raw_ip[20] = 101;
    let run = run_with_input(&["inspect", "-p", "-", "-f", "vlan 3"], &raw_ip);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert_eq!(
        run.errors,
        "netsift: the filter says nothing about RAW: none of its frames were taken\n"
    );
}
