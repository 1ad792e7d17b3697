//! An alert in the Common Event Format (ArcSight's, version 0), which collectors of events read.

use std::net::IpAddr;

use crate::remote::clean;
use crate::{Alert, Level, Peer};

/// The most bytes of a field of the head, and of most of those behind it, by the format's dictionary.
const MAX_HEAD: usize = 512;
const MAX_VALUE: usize = 1_000;

/// An alert as one line of at most `most` bytes: fields that do not fit are left out, the less telling ones first.
pub(super) fn cef(alert: &Alert, most: usize) -> String {
    // Twice in the head, and escapes may double it: at most half of the line.
    let what = head(&alert.what, MAX_HEAD.min(most / 8));
    let version = env!("CARGO_PKG_VERSION");
    let severity = severity(alert.level);
    let mut line = format!("CEF:0|netsift|netsift|{version}|{what}|{what}|{severity}|");
    let mut space = "";
    for field in extension(alert) {
        if line.len() + space.len() + field.len() <= most {
            line.push_str(space);
            line.push_str(&field);
            space = " ";
        }
    }
    line
}

/// The fields behind the head, by the names of the format's dictionary, the most telling first.
fn extension(alert: &Alert) -> Vec<String> {
    let millis = |nanos: i64| nanos.div_euclid(1_000_000).to_string();
    let named = |key: &str, text: &str| Some(format!("{key}={}", value(text)));
    let some = |key: &str, text: &Option<String>| text.as_ref().and_then(|it| named(key, it));
    let list = |key: &str, name: &str, all: &[String]| {
        let all = (!all.is_empty()).then(|| all.join(", "))?;
        Some(format!("{} {key}Label={name}", named(key, &all)?))
    };
    let source = alert.source.map(|peer| end(peer, "src", "spt", "c6a2", "Source IPv6 Address"));
    let target =
        alert.target.map(|peer| end(peer, "dst", "dpt", "c6a3", "Destination IPv6 Address"));
    let fields = [
        named("rt", &millis(alert.nanos)),
        source,
        target,
        named("externalId", &alert.id.to_string()),
        named("cnt", &alert.count.to_string()),
        named("start", &millis(alert.first)),
        named("end", &millis(alert.nanos)),
        Some(format!("cfp1={:.1} cfp1Label=score", alert.score)),
        some("proto", &alert.protocol),
        some("app", &alert.service),
        named("act", alert.action.name()),
        list("cs1", "rule", std::slice::from_ref(&alert.rule)),
        list("cs2", "names", &alert.names),
        list("cs3", "evidence", &alert.evidence),
        list("cs4", "reasons", &alert.reasons),
        some("filePath", &alert.packets),
    ];
    fields.into_iter().flatten().collect()
}

/// An end: IPv6 addresses have fields of their own.
fn end(Peer { address, port }: Peer, v4: &str, port_key: &str, v6: &str, name: &str) -> String {
    let address = match address {
        IpAddr::V4(_) => format!("{v4}={address}"),
        IpAddr::V6(_) => format!("{v6}={address} {v6}Label={name}"),
    };
    port.map_or_else(|| address.clone(), |port| format!("{address} {port_key}={port}"))
}

/// The format's words for severity are Low (0 to 3), Medium (4 to 6), High (7 and 8) and Very-High (9 and 10).
const fn severity(level: Level) -> u8 {
    match level {
        Level::Low => 3,
        Level::Medium => 6,
        Level::High => 8,
        Level::Critical => 10,
    }
}

/// In the head, `|` ends a field, and `\` escapes.
fn head(text: &str, most: usize) -> String {
    clean(text, most).replace('\\', r"\\").replace('|', r"\|")
}

/// Behind it, `=` ends a key, and `\` escapes; `|` is nothing.
fn value(text: &str) -> String {
    clean(text, MAX_VALUE).replace('\\', r"\\").replace('=', r"\=")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::remote::sample;

    #[test]
    fn a_line_is_what_the_format_says() {
        let line = cef(&sample("scan"), 8_192);
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "CEF:0|netsift|netsift|{version}|scan|scan|8|rt=1790000000000 src=192.0.2.7 \
             dst=198.51.100.9 dpt=22 externalId={} cnt=3 start=1789999999000 end=1790000000000 \
             cfp1=71.5 cfp1Label=score proto=TCP app=ssh act=block cs1=guessed passwords \
             cs1Label=rule cs2=scan cs2Label=names cs3=scan cs3Label=evidence cs4=scan \
             cs4Label=reasons filePath=a.pcap",
            sample("scan").id
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn hostile_text_ends_no_field() {
        let line = cef(&sample("a|b\\c=d\r\ncat=evil|"), 8_192);
        assert!(line.contains(r"|a\|b\\c=d\\u{d}\\u{a}cat=evil\||"), "{line}");
        assert!(line.contains(r"cs2=a|b\\c\=d\\u{d}\\u{a}cat\=evil| cs2Label"), "{line}");
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole() {
        let hostile = sample(&"\\=|".repeat(40_000));
        for most in [480, 1_024, 2_048] {
            let line = cef(&hostile, most);
            assert!(line.len() <= most, "{} of {most}", line.len());
            assert!(line.contains("src=192.0.2.7 "), "{line}");
        }
        let mut alert = sample("a");
        alert.source.as_mut().unwrap().address = "2001:db8::1".parse().unwrap();
        let line = cef(&alert, 8_192);
        assert!(line.contains("c6a2=2001:db8::1 c6a2Label=Source IPv6 Address"), "{line}");
    }

    /// The fields of the head, and what is behind it, read as the format says.
    fn head_of(line: &str) -> (Vec<String>, String) {
        let (mut fields, mut field, mut chars) = (Vec::new(), String::new(), line.chars());
        while fields.len() < 7 {
            match chars.next().unwrap() {
                '|' => fields.push(std::mem::take(&mut field)),
                '\\' => field.push(chars.next().unwrap()),
                other => field.push(other),
            }
        }
        (fields, chars.collect())
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was_cleaned(what in "[a|=\\\\\r\né ]{0,40}") {
            let (head, rest) = head_of(&cef(&sample(&what), 8_000));
            prop_assert_eq!(&head[4], &clean(&what, MAX_HEAD));
            prop_assert_eq!(&head[6], "8");
            // Behind the head, keys are what stands before each `=` that is not escaped.
            let unescaped = rest.replace(r"\\", "").replace(r"\=", "");
            prop_assert_eq!(unescaped.matches('=').count(), 22);
            prop_assert_eq!(rest.lines().count(), 1);
        }
    }
}
