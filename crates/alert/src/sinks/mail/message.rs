//! A mail as it is sent: headers, and the same as text and as HTML.

use std::fmt::{self, Write as _};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::mailbox::Mailbox;
use crate::Alert;
use crate::remote::{Batch, Context, clean, escape, facts, start};
use crate::time::rfc5322;

/// How many alerts a mail tells; the rest it counts.
const MANY: usize = 50;
/// The most bytes of a fact.
const MAX_FACT: usize = 1_000;
/// The most bytes of a subject: what lists of mails show.
const MAX_SUBJECT: usize = 200;
/// A line of a header is best no longer than 78, with its name (RFC 5322, 2.1.1).
const MAX_LINE: usize = 60;
/// The most bytes of text in an encoded word: 39 are 52 letters, 12 are around them, and a line with one has at most 76,
/// the header's name included (RFC 2047, 2).
const MAX_WORD: usize = 39;
/// The letters of a line of base64 (RFC 2045, 6.8).
const LINE: usize = 76;

/// A mail.
pub(super) struct Message<'a> {
    from: &'a Mailbox,
    to: &'a [Mailbox],
    subject: String,
    /// What it is called, and what those about the same alert refer to.
    id: String,
    thread: Option<String>,
    seconds: i64,
    text: String,
    html: String,
}

impl<'a> Message<'a> {
    pub(super) fn new(
        from: &'a Mailbox,
        to: &'a [Mailbox],
        subject: &str,
        batch: &Batch<'_>,
        seconds: i64,
    ) -> Self {
        let Alert { id, nanos, count, .. } = batch.worst;
        let others = batch.others();
        // The same telling has the same name when it is sent again, so that servers can tell it is.
        let name = format!("{id}.{nanos}.{count}.{others}@{}", from.domain());
        // All mails about one alert refer to a name that none of them has: that is what holds a thread together, whichever
        // of them arrive.
        let thread = (others == 0).then(|| format!("{id}@{}", from.domain()));
        Self {
            from,
            to,
            subject: clean(subject, MAX_SUBJECT),
            id: name,
            thread,
            seconds,
            text: text(batch),
            html: html(batch),
        }
    }

    /// What parts are parted by, at most 70 letters: base64 holds no `_`, so no part holds this.
    fn boundary(&self) -> String {
        format!("=_netsift_{}", self.id.split('.').next().unwrap_or_default())
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let boundary = self.boundary();
        header(f, "From", &mailbox(self.from))?;
        let to: Vec<_> = self.to.iter().map(mailbox).collect();
        header(f, "To", &to.join(",\r\n "))?;
        header(f, "Subject", &words(&self.subject))?;
        header(f, "Date", &rfc5322(self.seconds))?;
        header(f, "Message-ID", &format!("<{}>", self.id))?;
        if let Some(thread) = &self.thread {
            header(f, "In-Reply-To", &format!("<{thread}>"))?;
            header(f, "References", &format!("<{thread}>"))?;
        }
        // Nobody's holiday needs to be told to a machine (RFC 3834).
        header(f, "Auto-Submitted", "auto-generated")?;
        header(f, "MIME-Version", "1.0")?;
        let kind = format!("multipart/alternative;\r\n boundary=\"{boundary}\"");
        header(f, "Content-Type", &kind)?;
        for (kind, body) in [("text/plain", &self.text), ("text/html", &self.html)] {
            write!(f, "\r\n--{boundary}\r\n")?;
            header(f, "Content-Type", &format!("{kind}; charset=utf-8"))?;
            header(f, "Content-Transfer-Encoding", "base64")?;
            f.write_str("\r\n")?;
            let letters = STANDARD.encode(body);
            let mut rest = letters.as_str();
            while !rest.is_empty() {
                let (line, behind) = rest.split_at(rest.len().min(LINE));
                write!(f, "{line}\r\n")?;
                rest = behind;
            }
        }
        write!(f, "\r\n--{boundary}--\r\n")
    }
}

fn header(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    write!(f, "{name}: {value}\r\n")
}

fn mailbox(mailbox: &Mailbox) -> String {
    match &mailbox.name {
        Some(name) => format!("{}\r\n <{}>", phrase(name), mailbox.address),
        None => mailbox.address.clone(),
    }
}

/// A name before an address: what is more than letters and spaces is encoded, rather than quoted.
fn phrase(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b' ';
    if name.bytes().all(is_plain) && name.len() <= MAX_LINE {
        name.to_owned()
    } else {
        encoded(name)
    }
}

/// Text of a header: as it is, if it is short and ASCII and looks like nothing else.
fn words(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain && text.len() <= MAX_LINE && !text.contains("=?") && text.trim() == text {
        return text.to_owned();
    }
    encoded(text)
}

/// Encoded words (RFC 2047), each of whole characters, a line each.
fn encoded(text: &str) -> String {
    let (mut words, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let word = start(rest, MAX_WORD);
        rest = &rest[word.len()..];
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
    }
    words.join("\r\n ")
}

fn text(batch: &Batch<'_>) -> String {
    let mut text = String::new();
    for alert in batch.all.iter().take(MANY) {
        for (name, fact) in facts(alert, MAX_FACT) {
            let _ = write!(text, "{name:<9} {fact}\r\n");
        }
        text.push_str("\r\n");
    }
    if let Some(untold) = batch.untold(MANY) {
        let _ = write!(text, "{untold}\r\n");
    }
    text
}

fn html(batch: &Batch<'_>) -> String {
    let escaped = |text: &str| {
        let mut escaped = String::new();
        escape(text, Context::Html, &mut escaped);
        escaped
    };
    let mut html = String::from("<!DOCTYPE html>\r\n<html><body>\r\n");
    for alert in batch.all.iter().take(MANY) {
        let title = clean(&alert.to_string(), MAX_SUBJECT);
        let _ = write!(html, "<h3>{}</h3>\r\n<table>\r\n", escaped(&title));
        for (name, fact) in facts(alert, MAX_FACT) {
            let fact = escaped(&fact);
            let _ = write!(html, "<tr><th align=\"left\">{name}</th><td>{fact}</td></tr>\r\n");
        }
        html.push_str("</table>\r\n");
    }
    if let Some(untold) = batch.untold(MANY) {
        let _ = write!(html, "<p>{untold}</p>\r\n");
    }
    html + "</body></html>\r\n"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::remote::sample;

    fn mail(what: &str, subject: &str, many: usize) -> String {
        let from = Mailbox::new("a", "netsift <alerts@example.org>").unwrap();
        let to = ["a@b", "Jörg, \"the\" Boss <j@b>"].map(|text| Mailbox::new("a", text).unwrap());
        let alerts = vec![sample(what); many];
        Message::new(&from, &to, subject, &Batch::of(&alerts).unwrap(), 1_790_000_000).to_string()
    }

    fn headers(mail: &str) -> Vec<&str> {
        mail.split_once("\r\n\r\n").unwrap().0.split("\r\n").collect()
    }

    #[test]
    fn headers_are_what_the_standard_says() {
        let mail = mail("scan", "[netsift] scan", 1);
        let id = sample("scan").id;
        let expected = [
            "From: netsift",
            " <alerts@example.org>",
            "To: a@b,",
            " =?utf-8?B?SsO2cmcsICJ0aGUiIEJvc3M=?=",
            " <j@b>",
            "Subject: [netsift] scan",
            "Date: Mon, 21 Sep 2026 14:13:20 +0000",
            &format!("Message-ID: <{id}.1790000000000000000.3.0@example.org>"),
            &format!("In-Reply-To: <{id}@example.org>"),
            &format!("References: <{id}@example.org>"),
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative;",
            &format!(" boundary=\"=_netsift_{id}\""),
        ];
        assert_eq!(headers(&mail), expected);
        assert!(!headers(&super::tests::mail("a", "b", 2)).iter().any(|it| it.starts_with("Ref")));
    }

    #[test]
    fn hostile_text_breaks_no_header_and_no_part() {
        let hostile =
            "x\r\nBcc: evil@example.org\r\n\r\n--=_netsift\r\n<script>\u{202e}é".repeat(9_000);
        let mail = mail(&hostile, &hostile, 1);
        let headers = headers(&mail);
        let names: Vec<_> = headers.iter().filter(|line| !line.starts_with(' ')).collect();
        assert_eq!(names.len(), 10, "{names:?}");
        assert!(!headers.iter().any(|line| line.contains("Bcc")), "{headers:?}");
        // All that is not ASCII is encoded, and no line is longer than SMTP allows.
        assert!(mail.is_ascii());
        assert!(mail.split("\r\n").all(|line| line.len() <= 78 && !line.contains(['\r', '\n'])));
        assert_eq!(mail.matches("--=_netsift").count(), 3);
    }

    #[test]
    fn what_looks_encoded_is_encoded_once_more() {
        assert_eq!(
            words("=?utf-8?B?YQ==?="),
            format!("=?utf-8?B?{}?=", STANDARD.encode("=?utf-8?B?YQ==?="))
        );
    }

    #[test]
    fn html_holds_no_tag_that_is_not_ours() {
        let alerts = [sample("<img src=x onerror=\"alert('1')\">&amp;")];
        let html = html(&Batch::of(&alerts).unwrap());
        let escaped = "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;";
        assert!(html.contains(escaped) && !html.contains("<img"), "{html}");
    }

    #[test]
    fn a_digest_tells_many_and_counts_the_rest() {
        let alerts = vec![sample(&"é".repeat(60_000)); 300];
        let batch = Batch::of(&alerts).unwrap();
        assert!(text(&batch).ends_with("and 250 more\r\n"));
        assert!(text(&batch).len() < MANY * 14 * (MAX_FACT + 20));
    }

    proptest! {
        #[test]
        fn any_subject_is_read_back_as_it_was_cleaned(subject: String) {
            let cleaned = clean(&subject, MAX_SUBJECT);
            let header = words(&cleaned);
            prop_assert!(header.is_ascii() && header.split("\r\n ").all(|line| line.len() <= 67));
            let plain = header.replace("\r\n ", "");
            prop_assert!(!plain.contains(char::is_control));
            let decoded = if plain.starts_with("=?utf-8?B?") {
                let words = plain.split("?=").filter(|word| !word.is_empty());
                let bytes = words.flat_map(|word| STANDARD.decode(&word["=?utf-8?B?".len()..]).unwrap());
                String::from_utf8(bytes.collect()).unwrap()
            } else {
                plain
            };
            prop_assert_eq!(decoded, cleaned);
        }
    }
}
