//! Messages for workflows of Teams: adaptive cards.

use serde_json::{Value, json};

use super::{MANY, MAX_FACT};
use crate::Level;
use crate::remote::{Batch, facts};

/// A message has at most 28 KB; what is around a text takes some of it.
const MAX_ALL: usize = 16_000;
const MAX_ALERT: usize = 4_000;

/// A block of lines an alert. Runs of rich text know no markup.
pub(super) fn message(batch: &Batch<'_>) -> Value {
    let told = batch.all.len().min(MANY);
    let most = MAX_ALERT.min(MAX_ALL / told);
    let mut body = Vec::new();
    for alert in batch.all.iter().take(told) {
        let mut left = most;
        for (place, (name, fact)) in facts(alert, MAX_FACT).into_iter().enumerate() {
            // A line costs what is written of it, escapes of JSON included, and what is around it.
            let line = line(name, &literal(&fact), alert.level, place == 0);
            let Some(rest) = left.checked_sub(line.to_string().len()) else { continue };
            left = rest;
            body.push(line);
        }
    }
    body.extend(batch.untold(MANY).map(|untold| line("", &untold, batch.worst.level, true)));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
            },
        }],
    })
}

fn line(name: &str, text: &str, level: Level, is_first: bool) -> Value {
    let run = json!({ "type": "TextRun", "text": text, "color": colour(level) });
    let name = json!({ "type": "TextRun", "text": format!("{name} "), "weight": "Bolder" });
    json!({ "type": "RichTextBlock", "separator": is_first, "inlines": [name, run] })
}

const fn colour(level: Level) -> &'static str {
    match level {
        Level::Low => "Default",
        Level::Medium => "Accent",
        Level::High => "Warning",
        Level::Critical => "Attention",
    }
}

/// Cards replace `{{DATE(…)}}` and `${…}` in texts; both begin with two characters that are parted here.
fn literal(text: &str) -> String {
    let mut text = text.replace("${", "$ {");
    // Of three braces the first two are parted first.
    while text.contains("{{") {
        text = text.replace("{{", "{ {");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::sample;

    #[test]
    fn hostile_text_is_a_run_of_text() {
        let hostile = "<at>all</at> [x](https://evil.example) {{{DATE(1)}} ${a}\r\n\"}";
        let alerts = [sample(hostile)];
        let message = message(&Batch::of(&alerts).unwrap());
        let body = &message["attachments"][0]["content"]["body"];
        let run = &body[0]["inlines"][1];
        assert_eq!(run["type"], "TextRun");
        let text = run["text"].as_str().unwrap();
        assert_eq!(
            text,
            r#"<at>all</at> [x](https://evil.example) { { {DATE(1)}} $ {a}\u{d}\u{a}"}"#
        );
    }

    #[test]
    fn messages_keep_the_limit_of_teams() {
        for many in [1, 10, 200] {
            let alerts = vec![sample(&"\"\\é".repeat(30_000)); many];
            let message = message(&Batch::of(&alerts).unwrap());
            let size = message.to_string().len();
            assert!((2_000..28_000).contains(&size), "{size}");
        }
    }
}
