//! An alert in the Common Event Format (ArcSight's, version 0), which collectors of events read.

use std::net::IpAddr;

use crate::remote::clean;
use crate::{Alert, Level, Peer};

/// The most bytes of a field of the head, and of most of those behind it, by the format's dictionary.
const MAX_HEAD: usize = 512;
const MAX_VALUE: usize = 1_000;

/// An alert as one line of at most `most` bytes: fields that do not fit are left out, the less telling ones first.
pub(super) fn cef(alert: &Alert, most: usize) -> String {
    let what = head(&alert.what, MAX_HEAD.min(most / 4));
    let version = env!("CARGO_PKG_VERSION");
    let severity = severity(alert.level);
    let mut line = format!("CEF:0|netsift|netsift|{version}|{what}|{what}|{severity}|");
    let start = line.len();
    for (key, text) in extension(alert) {
        let field = format!("{key}={}", value(&text));
        let space = usize::from(line.len() > start);
        if line.len() + space + field.len() <= most {
            line.extend(std::iter::repeat_n(' ', space));
            line.push_str(&field);
        }
    }
    line
}

/// The fields behind the head, by the names of the format's dictionary, the most telling first.
fn extension(alert: &Alert) -> Vec<(&'static str, String)> {
    let millis = |nanos: i64| nanos.div_euclid(1_000_000).to_string();
    let mut fields = vec![
        ("rt", millis(alert.nanos)),
        ("externalId", alert.id.to_string()),
        ("cnt", alert.count.to_string()),
        ("start", millis(alert.first)),
        ("end", millis(alert.nanos)),
        ("cfp1Label", "score".to_owned()),
        ("cfp1", format!("{:.1}", alert.score)),
    ];
    if let Some(Peer { address, port }) = alert.source {
        fields.extend(end(
            address,
            port,
            "src",
            "spt",
            ["c6a2", "c6a2Label", "Source IPv6 Address"],
        ));
    }
    if let Some(Peer { address, port }) = alert.target {
        let v6 = ["c6a3", "c6a3Label", "Destination IPv6 Address"];
        fields.extend(end(address, port, "dst", "dpt", v6));
    }
    fields.extend(alert.protocol.clone().map(|it| ("proto", it)));
    fields.extend(alert.service.clone().map(|it| ("app", it)));
    fields.extend([
        ("act", alert.action.to_string()),
        ("cs1Label", "rule".to_owned()),
        ("cs1", alert.rule.clone()),
    ]);
    let labelled = |key, label: &'static str, name, all: &[String]| {
        (!all.is_empty()).then(|| [(key, all.join(", ")), (label, String::from(name))])
    };
    let lists = [
        labelled("cs2", "cs2Label", "names", &alert.names),
        labelled("cs3", "cs3Label", "evidence", &alert.evidence),
        labelled("cs4", "cs4Label", "reasons", &alert.reasons),
    ];
    fields.extend(lists.into_iter().flatten().flatten());
    fields.extend(alert.packets.clone().map(|it| ("filePath", it)));
    fields
}

/// An end: IPv6 addresses have fields of their own.
fn end(
    address: IpAddr,
    port: Option<u16>,
    v4: &'static str,
    port_key: &'static str,
    [v6, label, name]: [&'static str; 3],
) -> Vec<(&'static str, String)> {
    let mut fields = match address {
        IpAddr::V4(_) => vec![(v4, address.to_string())],
        IpAddr::V6(_) => vec![(v6, address.to_string()), (label, name.to_owned())],
    };
    fields.extend(port.map(|port| (port_key, port.to_string())));
    fields
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
    use super::*;
    use crate::remote::sample;

    #[test]
    fn a_line_is_what_the_format_says() {
        let line = cef(&sample("scan"), 8_192);
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "CEF:0|netsift|netsift|{version}|scan|scan|8|rt=1790000000000 externalId={} cnt=3 \
             start=1789999999000 end=1790000000000 cfp1Label=score cfp1=71.5 src=192.0.2.7 \
             dst=198.51.100.9 dpt=22 proto=TCP app=ssh act=block cs1Label=rule \
             cs1=guessed passwords cs2=scan cs2Label=names cs3=scan cs3Label=evidence cs4=scan \
             cs4Label=reasons filePath=a.pcap",
            sample("scan").id
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn hostile_text_ends_no_field() {
        let line = cef(&sample("a|b\\c=d\r\ncat=evil|"), 8_192);
        assert!(line.contains(r"|a\|b\\c=d\\r\\ncat=evil\||"), "{line}");
        assert!(line.contains(r"cs2=a|b\\c\=d\\r\\ncat\=evil| cs2Label"), "{line}");
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
}
