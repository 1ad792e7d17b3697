//! Community IDs equal the baseline of those who made them.

use netsift_packet::Protocol;
use netsift_packet::community_id::{CommunityId, Tuple};
use serde_json::Value;

use crate::shared;

#[test]
fn every_entry_of_the_baseline() {
    for (file, seed, is_hex) in [
        ("baseline_deflt.json", 0, false),
        ("baseline_seed1.json", 1, false),
        ("baseline_nob64.json", 0, true),
    ] {
        let Some(path) = shared("reference/community-id").map(|folder| folder.join(file)) else {
            return;
        };
        let entries: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for entry in &entries {
            let id = CommunityId::of(&tuple(entry), seed);
            let text = if is_hex { id.hex().to_string() } else { id.to_string() };
            assert_eq!(text, entry["communityid"].as_str().unwrap(), "{file}: {entry}");
        }
        println!("{file}: {} entries equal", entries.len());
        assert!(entries.len() >= 20);
    }
}

/// The baseline writes ICMP's type and its answer's type, or its code, as ports.
fn tuple(entry: &Value) -> Tuple {
    let address = |field: &str| entry[field].as_str().unwrap().parse().unwrap();
    let port = |field: &str| entry[field].as_u64().map(|port| u16::try_from(port).unwrap());
    Tuple {
        source: address("saddr"),
        destination: address("daddr"),
        protocol: Protocol(u8::try_from(entry["proto"].as_u64().unwrap()).unwrap()),
        ports: port("sport").zip(port("dport")),
    }
}
