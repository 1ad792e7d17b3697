//! `inspect --packets` and `--csv`: every fact of every kind of frame, under its name.

use serde_json::{Value, json};

use crate::captures::{Folder, all_kinds, pcap};
use crate::{run, run_with_input, text};

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn all_objects(arguments: &[&str]) -> Vec<Value> {
    let input = pcap(&all_kinds());
    objects(&run_with_input(&[&["inspect", "--packets", "-"], arguments].concat(), &input).fine())
}

/// The facts that every frame has, and others.
fn expected(frame: u64, len: u64, facts: Value) -> Value {
    let mut object = json!({
        "frame": frame,
        "time_ns": (99 + frame) * 1_000_000_000,
        "wire_len": len,
        "captured_len": len,
    });
    object.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
    object
}

#[test]
fn every_fact_is_told_by_its_name_and_what_is_absent_is_not() {
    let told = all_objects(&[]);
    let fragments = |of: Value, facts: Value| {
        let mut all = json!({
            "src": "10.0.0.3", "dst": "10.0.0.4", "protocol": 17, "ttl": 57, "tunnel_depth": 0,
            "fragment": of,
        });
        all.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
        all
    };
    let expected = [
        expected(
            1,
            66,
            json!({
                "vlan": [5, 4095], "src": "10.0.0.1", "dst": "10.0.0.2", "protocol": 6,
                "src_port": 443, "dst_port": 50_000, "ttl": 57, "header_len": 24, "payload_len": 0,
                "flags": 18, "seq": 4_000_000_000_u32, "ack": 7, "window": 8193, "tunnel_depth": 0,
            }),
        ),
        expected(
            2,
            54,
            fragments(
                json!({"id": 0x1234, "offset": 0, "more": true}),
                json!({"src_port": 1, "dst_port": 2, "header_len": 8, "payload_len": 12}),
            ),
        ),
        expected(
            3,
            42,
            fragments(
                json!({"id": 0x1234, "offset": 185, "more": false}),
                json!({"payload_len": 8}),
            ),
        ),
        expected(
            4,
            68,
            json!({
                "src": "10.0.0.7", "dst": "10.0.0.8", "protocol": 17, "src_port": 53, "dst_port": 5353,
                "ttl": 57, "header_len": 8, "payload_len": 6, "tunnel_depth": 1,
            }),
        ),
        expected(5, 42, json!({})),
        expected(
            6,
            33,
            json!({
                "error": "IPv4 at byte 14 is cut short: 20 bytes needed, 19 there",
            }),
        ),
        expected(
            7,
            39,
            json!({
                "src": "10.0.0.1", "dst": "10.0.0.2", "protocol": 6, "ttl": 57, "tunnel_depth": 0,
                "src_port": 0x7368, "dst_port": 0x6f72, "payload_len": 0,
                "error": "TCP at byte 34 is cut short: 20 bytes needed, 5 there",
            }),
        ),
        expected(
            8,
            65,
            json!({
                "src": "2001:db8::1", "dst": "2001:db8::2", "protocol": 17, "src_port": 9,
                "dst_port": 10, "ttl": 64, "header_len": 8, "payload_len": 3, "tunnel_depth": 0,
            }),
        ),
    ];
    assert_eq!(told.len(), expected.len());
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!(told, expected);
    }
}

#[test]
fn the_outermost_headers_are_told_on_request() {
    let told = all_objects(&["--outermost"]);
    let expected = expected(
        4,
        68,
        json!({
            "src": "10.0.0.5", "dst": "10.0.0.6", "protocol": 4, "ttl": 57, "payload_len": 34,
            "tunnel_depth": 0,
        }),
    );
    assert_eq!(told[3], expected);
}

#[test]
fn numbers_count_what_is_read_and_not_what_is_selected() {
    let frames = |arguments: &[&str]| -> Vec<u64> {
        all_objects(arguments).iter().map(|row| row["frame"].as_u64().unwrap()).collect()
    };
    assert_eq!(frames(&["--filter", "ip6 or arp"]), [5, 8]);
    assert_eq!(frames(&["--from", "101", "--to", "1970-01-01T00:01:44Z"]), [2, 3, 4, 5][..3]);
    assert_eq!(frames(&["--from", "1970-01-01 00:01:46.5"]), [8]);
    assert_eq!(frames(&["--to", "100.000000001", "--filter", "not ip"]), [1]);
}

#[test]
fn the_table_has_the_same_facts_in_columns() {
    let table = run_with_input(&["inspect", "--csv", "-"], &pcap(&all_kinds())).fine();
    let mut lines = table.lines();
    assert_eq!(
        lines.next().unwrap(),
        "frame,time_ns,wire_len,captured_len,vlan,src,dst,protocol,src_port,dst_port,ttl,header_len,\
         payload_len,flags,seq,ack,window,fragment_id,fragment_offset,fragment_more,tunnel_depth,error"
    );
    let rows: Vec<&str> = lines.collect();
    assert_eq!(
        rows[0],
        "1,100000000000,66,66,5 4095,10.0.0.1,10.0.0.2,6,443,50000,57,24,0,18,4000000000,7,8193,,,,0,"
    );
    assert_eq!(rows[2], "3,102000000000,42,42,,10.0.0.3,10.0.0.4,17,,,57,,8,,,,,4660,185,false,0,");
    assert_eq!(rows[4], "5,104000000000,42,42,,,,,,,,,,,,,,,,,,");
    assert_eq!(
        rows[5],
        "6,105000000000,33,33,,,,,,,,,,,,,,,,,,\"IPv4 at byte 14 is cut short: 20 bytes needed, 19 there\""
    );
    assert_eq!(rows.len(), 8);
}

#[test]
fn several_captures_are_one_in_time_order() {
    let folder = Folder::new();
    let frames = all_kinds();
    let (odd, even): (Vec<_>, Vec<_>) = frames.into_iter().partition(|f| f.0 / 1_000_000 % 2 == 1);
    let odd = folder.put("odd.pcap", &pcap(&odd));
    let even = folder.put("even.pcap", &pcap(&even));
    let rows = run(&["inspect", "--packets", text(&odd), text(&even)]).fine();
    assert_eq!(objects(&rows), all_objects(&[]));
    let rows = run(&["inspect", "--packets", text(&folder.path(""))]).fine();
    assert_eq!(objects(&rows), all_objects(&[]));
}

#[test]
fn rows_go_to_a_file_on_request() {
    let folder = Folder::new();
    let capture = folder.put("x.pcap", &pcap(&all_kinds()));
    let rows = folder.put("rows.json", b"what was here before");
    let out = run(&["inspect", "-p", text(&capture), "-o", text(&rows)]).fine();
    assert_eq!(out, "");
    assert_eq!(objects(&std::fs::read_to_string(rows).unwrap()), all_objects(&[]));
}
