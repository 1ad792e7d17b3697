//! The columns that there are, for a person.

use std::fmt::Write;

use netsift::flow::{
    Columns, FACTS, IDENTITY, PACKET_FACTS, PACKET_IDENTITY, PacketColumns, Profile, Spelling,
};

use super::settings::Header;

/// A line a column: name, group, unit, what it says.
pub(super) fn of(columns: &Columns, header: Header) -> String {
    let spelling = Spelling::from(header);
    let identity =
        IDENTITY.iter().map(|it| [it.name.spelt(spelling), "identity", "", it.doc].map(str::trim));
    let features = columns.features().iter().map(|feature| {
        let (group, unit) = (feature.group.name(), feature.unit.name());
        [feature.name.spelt(spelling).trim(), group, unit, feature.doc]
    });
    let picked: Vec<&str> = columns.headings().map(|(name, _)| name).collect();
    let facts = FACTS.iter().map(|fact| (fact.name.spelt(spelling), fact));
    let facts =
        facts.filter(|(name, _)| columns.profile() == Profile::Native && picked.contains(name));
    let facts = facts.map(|(name, fact)| [name, fact.group.name(), "text", fact.doc]);
    aligned(
        [["NAME", "GROUP", "UNIT", "WHAT IT SAYS"]]
            .into_iter()
            .chain(identity)
            .chain(features)
            .chain(facts)
            .collect(),
    )
}

/// The same for rows of packets.
pub(super) fn of_packets(columns: &PacketColumns) -> String {
    let picked: Vec<&str> = columns.headings().map(|(name, _)| name).collect();
    let identity = PACKET_IDENTITY.iter().map(|it| [it.name.current, "identity", "", it.doc]);
    let features = columns.features().iter().map(|feature| {
        [feature.name.current, feature.group.name(), feature.unit.name(), feature.doc]
    });
    let facts = PACKET_FACTS.iter().filter(|fact| picked.contains(&fact.name.current));
    let facts = facts.map(|fact| [fact.name.current, fact.group.name(), "text", fact.doc]);
    let head = [["NAME", "GROUP", "UNIT", "WHAT IT SAYS"]];
    aligned(head.into_iter().chain(identity).chain(features).chain(facts).collect())
}

/// Cells under each other, flush left.
fn aligned(lines: Vec<[&str; 4]>) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let [name, group, unit] = [0, 1, 2].map(width);
    let mut text = String::new();
    for [a, b, c, doc] in lines {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{a:<name$}  {b:<group$}  {c:<unit$}  {doc}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_a_row_is_in_the_list() {
        for profile in Profile::ALL {
            let columns = Columns::all(profile).labelled(false);
            let list = of(&columns, Header::Current);
            let names = list.lines().skip(1).map(|line| line.split("  ").next().unwrap_or(""));
            let headings: Vec<&str> = columns.headings().map(|(name, _)| name).collect();
            assert_eq!(names.collect::<Vec<_>>(), headings);
        }
    }
}
