//! An alert as lines for people.

use super::clean;
use crate::Alert;
use crate::time::rfc3339_micros;

/// How many of a list are told.
const MANY: usize = 8;

/// What is told of an alert, with what it is called: texts are cleaned, and none is longer than `most` bytes.
pub(crate) fn facts(alert: &Alert, most: usize) -> Vec<(&'static str, String)> {
    let peer = |peer: &Option<crate::Peer>| peer.map(|peer| peer.to_string());
    let own = |text: &Option<String>| text.clone();
    let seen = if alert.count > 1 {
        let [first, last] = [alert.first, alert.nanos].map(rfc3339_micros);
        format!("{} times, {first} to {last}", alert.count)
    } else {
        rfc3339_micros(alert.nanos)
    };
    let terms = alert.terms.iter().map(|it| format!("{} says {} ({:.2})", it.of, it.says, it.risk));
    let facts = [
        ("What", Some(alert.what.clone())),
        ("Level", Some(format!("{}, {:.0} of 100", alert.level, alert.score))),
        ("Source", peer(&alert.source)),
        ("Target", peer(&alert.target)),
        ("Protocol", own(&alert.protocol)),
        ("Service", own(&alert.service)),
        ("Names", list(alert.names.iter().map(String::as_str), most)),
        ("Counted", list(alert.evidence.iter().map(String::as_str), most)),
        ("Because", list(alert.reasons.iter().map(String::as_str), most)),
        ("Score", list(terms, most)),
        ("Advice", Some(format!("{} ({})", alert.action, alert.rule))),
        ("Seen", Some(seen)),
        ("Packets", own(&alert.packets)),
        ("Id", Some(alert.id.to_string())),
    ];
    let told = facts.into_iter().filter_map(|(name, text)| Some((name, clean(&text?, most))));
    told.collect()
}

/// A list on one line, each of it cleaned; nothing if it is empty.
pub(super) fn list(all: impl ExactSizeIterator<Item: AsRef<str>>, most: usize) -> Option<String> {
    let beyond = all.len().saturating_sub(MANY);
    let told: Vec<_> = all.take(MANY).map(|text| clean(text.as_ref(), most)).collect();
    let told = (!told.is_empty()).then(|| told.join(", "))?;
    Some(if beyond > 0 { format!("{told} and {beyond} more") } else { told })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::field::sample;

    #[test]
    fn facts_are_short_lines_without_what_is_not_known() {
        let mut alert = sample(&"\r\n".repeat(50_000));
        alert.service = None;
        alert.names = (0..100).map(|n| format!("n{n}.example")).collect();
        let facts = facts(&alert, 200);
        assert!(facts.iter().all(|(_, text)| text.len() <= 200 && !text.contains('\n')));
        assert!(facts.iter().all(|(name, _)| *name != "Service"));
        let names = &facts.iter().find(|(name, _)| *name == "Names").unwrap().1;
        assert!(names.ends_with("n7.example and 92 more"), "{names}");
    }
}
