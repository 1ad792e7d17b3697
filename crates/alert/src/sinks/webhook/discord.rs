//! Messages of Discord's webhooks: embeds.

use serde_json::{Value, json};

use super::{MANY, code, lines};
use crate::Level;
use crate::remote::Batch;

/// The most characters of a description are 4,096, and of all embeds of a message 6,000; it has at most 10.
const MAX_EMBED: usize = 4_000;
const MAX_ALL: usize = 5_900;

/// An embed an alert, in the colour of its level. Nobody is mentioned, whatever a text says.
pub(super) fn message(batch: &Batch<'_>) -> Value {
    let told = batch.all.len().min(MANY);
    let most = MAX_EMBED.min(MAX_ALL / told);
    let embeds: Vec<_> = batch
        .all
        .iter()
        .take(told)
        .map(|alert| {
            let text = lines(alert, most, |name, fact| format!("**{name}** {}", code(fact)));
            json!({ "description": text, "color": colour(alert.level) })
        })
        .collect();
    let content = batch.untold(MANY).unwrap_or_default();
    json!({ "content": content, "embeds": embeds, "allowed_mentions": { "parse": [] } })
}

/// Grey, yellow, orange, red.
const fn colour(level: Level) -> u32 {
    match level {
        Level::Low => 0x95_a5_a6,
        Level::Medium => 0xf1_c4_0f,
        Level::High => 0xe6_7e_22,
        Level::Critical => 0xe7_4c_3c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::sample;

    #[test]
    fn hostile_text_calls_nobody_and_stays_code() {
        let alerts = [sample("@everyone <@&1> ``` [x](https://evil.example) **a**\n# big")];
        let message = message(&Batch::of(&alerts).unwrap());
        assert_eq!(message["allowed_mentions"]["parse"], json!([]));
        let text = message["embeds"][0]["description"].as_str().unwrap();
        let first = text.lines().next().unwrap();
        assert_eq!(
            first,
            r"**What** `@everyone <@&1> ''' [x](https://evil.example) **a**\u{a}# big`"
        );
        assert!(text.lines().all(|line| line.matches('`').count() == 2), "{text}");
    }

    #[test]
    fn messages_keep_discords_limits() {
        for many in [1, 2, 10, 200] {
            let alerts = vec![sample(&"é`@".repeat(30_000)); many];
            let message = message(&Batch::of(&alerts).unwrap());
            let embeds = message["embeds"].as_array().unwrap();
            let lengths =
                embeds.iter().map(|it| it["description"].as_str().unwrap().chars().count());
            assert!(embeds.len() <= 10);
            assert!(lengths.clone().all(|length| (1..=4_096).contains(&length)));
            assert!(lengths.sum::<usize>() <= 6_000);
            assert_eq!(message["content"] == "and 190 more", many == 200);
        }
    }
}
