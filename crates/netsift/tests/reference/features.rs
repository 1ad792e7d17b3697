//! FEATURES.md is what the tables of columns say.
//!
//! `NETSIFT_REWRITE=1 cargo test -p netsift --test reference features` writes it anew.

use std::fmt::Write;
use std::path::Path;

use netsift_flow::{
    FACTS, FEATURES, Fact, Feature, Group, IDENTITY, Identity, Name, PACKET_FACTS, PACKET_FEATURES,
    PACKET_IDENTITY, Profile,
};

const INTRODUCTION: &str = "\
# Features

Every column that rows of flows and rows of packets can have, in their order. This page is written from the tables in
`crates/flow`, and a test keeps it equal to them: [CONTRIBUTING.md](CONTRIBUTING.md) says how to add a feature.

A row is made of identity columns, numbers, facts and perhaps a label. Numbers are what a model learns from. Identity
columns tell one row from another and are never learnt from; facts are text. Numbers and facts are picked by name or
by group; identity is always there.

The profile `native` reads packets as they are; `cic` and `cic-fixed` write what CICFlowMeter and its corrected fork do,
errors included. The older spellings are those of CIC-IDS2017 (with its leading blanks) and CSE-CIC-IDS2018; headers can
be written in either, and columns picked by any. The header of 2017 has `Fwd Header Length` once more, behind
` Avg Bwd Segment Size`. Community ID, JA3, JA3S and JA4 need the Cargo feature `fingerprints`.

`Fwd` is what the source of a flow sent, who opened it as far as that was seen; `Bwd` is what was sent to it.
";

#[test]
fn the_page_of_features_is_what_the_tables_say() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../FEATURES.md"));
    let page = page();
    if std::env::var_os("NETSIFT_REWRITE").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    let differs = page.lines().zip(written.lines()).find(|(ours, written)| ours != written);
    assert!(page == written, "FEATURES.md is out of date (see {}): {differs:?}", file!());
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    groups(&mut page);
    page.push_str("\n## Flows\n\n");
    for profile in Profile::ALL {
        let features = FEATURES.iter().filter(|feature| feature.read_as(profile).is_some()).count();
        let facts = if profile == Profile::Native { FACTS.len() } else { 0 };
        writeln!(
            page,
            "- `{profile}`: {} identity columns, {features} numbers, {facts} facts",
            IDENTITY.len()
        )
        .unwrap();
    }
    identity(&mut page, IDENTITY, true);
    flow_features(&mut page);
    facts(&mut page, FACTS);
    page.push_str("\n## Packets\n\nOne row a packet; what a packet does not have is 0, unless its column says otherwise.\n");
    identity(&mut page, PACKET_IDENTITY, false);
    packet_features(&mut page);
    facts(&mut page, PACKET_FACTS);
    page
}

/// The groups, and how many numbers and facts are in each.
fn groups(page: &mut String) {
    page.push_str("\n## Groups\n");
    head(page, &["group", "of a flow", "of a packet"]);
    for &group in Group::ALL {
        let of_flow = count(FEATURES, FACTS, group);
        let of_packet = count(PACKET_FEATURES, PACKET_FACTS, group);
        line(page, &[&format!("`{group}`"), &of_flow.to_string(), &of_packet.to_string()]);
    }
}

fn count<S>(features: &[Feature<S>], facts: &[Fact<S>], group: Group) -> usize {
    let features = features.iter().filter(|feature| feature.group == group).count();
    features + facts.iter().filter(|fact| fact.group == group).count()
}

fn identity<S>(page: &mut String, columns: &[Identity<S>], has_spellings: bool) {
    page.push_str("\n### Identity\n");
    match has_spellings {
        true => head(page, &["column", "in 2017", "in 2018", "what it says"]),
        false => head(page, &["column", "what it says"]),
    }
    for column in columns {
        let [current, in_2017, in_2018] = spellings(&column.name);
        match has_spellings {
            true => line(page, &[&current, &in_2017, &in_2018, column.doc]),
            false => line(page, &[&current, column.doc]),
        }
    }
}

fn flow_features(page: &mut String) {
    page.push_str("\n### Numbers\n");
    head(page, &["column", "in 2017", "in 2018", "group", "unit", "profiles", "what it says"]);
    for feature in FEATURES {
        let [current, in_2017, in_2018] = spellings(&feature.name);
        let (in_2017, in_2018) =
            if feature.is_reference() { (in_2017, in_2018) } else { Default::default() };
        let has = Profile::ALL.into_iter().filter(|profile| feature.read_as(*profile).is_some());
        let has: Vec<&str> = has.map(Profile::name).collect();
        let (group, unit, profiles) = (feature.group.name(), feature.unit.name(), has.join(", "));
        line(page, &[&current, &in_2017, &in_2018, group, unit, &profiles, feature.doc]);
    }
}

fn packet_features(page: &mut String) {
    page.push_str("\n### Numbers\n");
    head(page, &["column", "group", "unit", "what it says"]);
    for feature in PACKET_FEATURES {
        let [current, ..] = spellings(&feature.name);
        line(page, &[&current, feature.group.name(), feature.unit.name(), feature.doc]);
    }
}

fn facts<S>(page: &mut String, facts: &[Fact<S>]) {
    page.push_str("\n### Facts\n");
    head(page, &["column", "group", "what it says"]);
    for fact in facts {
        let [current, ..] = spellings(&fact.name);
        line(page, &[&current, fact.group.name(), fact.doc]);
    }
}

/// As code, in which a leading blank can be seen.
fn spellings(name: &Name) -> [String; 3] {
    [name.current, name.in_2017, name.in_2018].map(|name| format!("`{name}`"))
}

fn head(page: &mut String, cells: &[&str]) {
    page.push('\n');
    line(page, cells);
    writeln!(page, "|{}", "---|".repeat(cells.len())).unwrap();
}

fn line(page: &mut String, cells: &[&str]) {
    assert!(cells.iter().all(|cell| !cell.contains(['|', '\n'])), "{cells:?}");
    writeln!(page, "| {} |", cells.join(" | ")).unwrap();
}
