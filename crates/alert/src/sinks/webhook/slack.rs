//! Messages of Slack's incoming webhooks: blocks of sections.

use serde_json::{Value, json};

use super::{MANY, code, lines};
use crate::remote::{Batch, clean};

/// The most characters of a section's text are 3,000.
const MAX_SECTION: usize = 2_900;
/// What notifications show.
const MAX_TITLE: usize = 300;

/// A section an alert, below what notifications show.
pub(super) fn message(batch: &Batch<'_>) -> Value {
    let mut blocks: Vec<_> = batch
        .all
        .iter()
        .take(MANY)
        .map(|alert| {
            section(&lines(alert, MAX_SECTION, |name, fact| format!("*{name}* {}", literal(fact))))
        })
        .collect();
    blocks.extend(batch.untold(MANY).map(|untold| section(&untold)));
    let title = literal(&clean(&batch.worst.to_string(), MAX_TITLE));
    let others = match batch.others() {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    json!({ "text": format!("{title}{others}"), "blocks": blocks })
}

/// `verbatim` keeps Slack from making links of what looks like one.
fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } })
}

/// Code, with the three characters escaped that make mentions and links anywhere.
fn literal(text: &str) -> String {
    code(&text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::sample;

    #[test]
    fn hostile_text_calls_nobody_and_links_nowhere() {
        let alerts = [sample("<!channel> `*bold* <https://evil.example|x> &lt; \n@here")];
        let message = message(&Batch::of(&alerts).unwrap());
        let text = message["blocks"][0]["text"]["text"].as_str().unwrap();
        let expected =
            r"*What* `&lt;!channel&gt; '*bold* &lt;https://evil.example|x&gt; &amp;lt; \u{a}@here`";
        assert_eq!(text.lines().next().unwrap(), expected);
        for text in [text, message["text"].as_str().unwrap()] {
            assert!(!text.contains(['<', '>']), "{text}");
        }
        // Backticks come in pairs, one pair a line: all hostile text is inside.
        assert!(text.lines().all(|line| line.matches('`').count() == 2), "{text}");
    }

    #[test]
    fn messages_keep_slacks_limits() {
        let alerts: Vec<_> = (0..200).map(|n| sample(&format!("{n}<>&é").repeat(10_000))).collect();
        let message = message(&Batch::of(&alerts).unwrap());
        let blocks = message["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), MANY + 1);
        assert_eq!(blocks[MANY]["text"]["text"], "and 190 more");
        for block in blocks {
            assert!((1..=3_000).contains(&block["text"]["text"].as_str().unwrap().chars().count()));
        }
    }
}
