//! Texts of a length that can be kept. What is cut says so.

use netsift_alert::Alert;

use crate::{Flow, HostScore, Said};

/// The longest text that is kept whole, in bytes: a name in DNS has 255, and an address in HTTP seldom a thousand.
pub const MOST_TEXT: usize = 4_096;
/// The bytes of text that an alert keeps at most, all its texts together: a page of evidence.
pub const MOST_ALERT_TEXT: usize = 16_384;
/// The bytes of text that a flow keeps at most.
pub const MOST_FLOW_TEXT: usize = 4_096;
/// The longest list that is kept whole.
pub const MOST_LISTED: usize = 64;

/// Cuts what is too long, and makes numbers of what is none.
pub(crate) fn alert(alert: &mut Alert) {
    let mut room = Room { left: MOST_ALERT_TEXT };
    room.text(&mut alert.what);
    room.text(&mut alert.rule);
    [&mut alert.protocol, &mut alert.service, &mut alert.packets]
        .into_iter()
        .flatten()
        .for_each(|text| room.text(text));
    room.list(&mut alert.names);
    room.list(&mut alert.evidence);
    room.list(&mut alert.reasons);
    alert.terms.truncate(MOST_LISTED);
    for term in &mut alert.terms {
        room.text(&mut term.of);
        room.text(&mut term.says);
        finite(&mut term.risk);
    }
    finite(&mut alert.score);
}

/// The same of a flow.
pub(crate) fn flow(flow: &mut Flow) {
    let mut room = Room { left: MOST_FLOW_TEXT };
    room.text(&mut flow.protocol);
    flow.service.iter_mut().for_each(|text| room.text(text));
    if let Some(Said { class, probability, quantile, score, .. }) = &mut flow.said {
        class.iter_mut().for_each(|text| room.text(text));
        [probability, quantile].into_iter().flatten().for_each(finite);
        finite(score);
    }
    room.list(&mut flow.names);
}

/// The same of a host.
pub(crate) fn host(score: &mut HostScore) {
    finite(&mut score.score);
}

/// A text that somebody typed.
pub(crate) fn typed(text: &str) -> String {
    let mut text = text.to_owned();
    Room { left: MOST_TEXT }.text(&mut text);
    text
}

/// SQLite keeps no NaN, and JSON neither that nor infinities.
fn finite(number: &mut f64) {
    if !number.is_finite() {
        *number = 0.0;
    }
}

struct Room {
    left: usize,
}

impl Room {
    fn text(&mut self, text: &mut String) {
        let most = self.left.min(MOST_TEXT);
        if text.len() > most {
            cut(text, most);
        }
        self.left = self.left.saturating_sub(text.len());
    }

    fn list(&mut self, texts: &mut Vec<String>) {
        let more = texts.len().saturating_sub(MOST_LISTED);
        texts.truncate(MOST_LISTED);
        texts.iter_mut().for_each(|text| self.text(text));
        if more > 0 {
            texts.push(format!("[{more} more left out]"));
        }
    }
}

/// The beginning of a text, and how much is missing.
fn cut(text: &mut String, most: usize) {
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let missing = text.len() - end;
    text.truncate(end);
    *text += &format!("[{missing} bytes left out]");
    // The rest of a text of 100 kB is not to be carried along.
    text.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_to(text: &str, left: usize) -> (String, usize) {
        let (mut text, mut room) = (text.to_owned(), Room { left });
        room.text(&mut text);
        (text, room.left)
    }

    #[test]
    fn what_fits_stays_and_what_is_cut_says_how_much() {
        let hostile = "\0 '; DROP TABLE alert; --\r\n\u{202e}=cmd";
        assert_eq!(cut_to(hostile, 100), (hostile.to_owned(), 100 - hostile.len()));
        assert_eq!(cut_to("aé", 2), ("a[2 bytes left out]".to_owned(), 0));
        let (text, _) = cut_to(&"x".repeat(100_000), MOST_ALERT_TEXT);
        assert!(text.ends_with("x[95904 bytes left out]") && text.len() < MOST_TEXT + 40);
    }

    #[test]
    fn lists_end_with_a_mark() {
        let mut texts = vec!["a".to_owned(); 100];
        Room { left: 1_000 }.list(&mut texts);
        assert_eq!(texts.len(), MOST_LISTED + 1);
        assert_eq!(texts[MOST_LISTED], "[36 more left out]");
    }
}
