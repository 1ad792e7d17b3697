//! Texts with fields of alerts in them.

use serde_json::Value;

use super::field::{FIELDS, Field};
use super::{Batch, Revealed};
use crate::{Alert, SinkError};

/// What a template makes, and so what has to be escaped in what is put into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// Text that nothing reads but people.
    Text,
    /// JSON: fields stand inside strings, but those that are JSON.
    Json,
    /// Parts of addresses, and forms (`application/x-www-form-urlencoded`).
    Url,
    /// HTML between tags and in quoted attributes.
    Html,
}

/// A text with `{field}`s. A brace that opens no word is itself, so that JSON needs no escapes, and `{{` is always one brace.
pub(crate) struct Template {
    parts: Vec<Part>,
    context: Context,
}

enum Part {
    Text(String),
    Field(&'static Field),
    /// A word that only this template knows, by its place.
    Own(usize),
}

impl Template {
    /// Reads a template; `own` are words that it may use beside the fields of alerts.
    ///
    /// Unknown words are refused with the nearest known one, and so is JSON that is none once hostile texts are put into it.
    pub(crate) fn new(
        setting: &str,
        text: &str,
        context: Context,
        own: &[&str],
    ) -> Result<Self, SinkError> {
        let parts = parts(text, |word| {
            if let Some(place) = own.iter().position(|own| *own == word) {
                return Ok(Part::Own(place));
            }
            let is_usable = |field: &&Field| !field.is_json || context == Context::Json;
            let mut usable = FIELDS.iter().filter(is_usable);
            let field = usable.find(|field| field.name == word).map(Part::Field);
            field.ok_or_else(|| unknown(setting, word, context, own))
        })?;
        let template = Self { parts, context };
        if context == Context::Json {
            template.check_json(setting, text, own.len())?;
        }
        Ok(template)
    }

    /// The text with what the batch and the template's own words say, in their order.
    pub(crate) fn render(&self, batch: &Batch<'_>, own: &[&str]) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Field(field) if field.is_json => text.push_str(&(field.of)(batch)),
                Part::Field(field) => escape(&(field.of)(batch), self.context, &mut text),
                Part::Own(place) => {
                    escape(own.get(*place).copied().unwrap_or_default(), self.context, &mut text);
                }
            }
        }
        text
    }

    /// The same, where what is put in is secret.
    pub(crate) fn render_secret(&self, batch: &Batch<'_>, own: &[&str]) -> Revealed {
        zeroize::Zeroizing::new(self.render(batch, own)).into()
    }

    /// Its text up to the first field.
    pub(crate) fn start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// A quote in a field would end a string, and outside of one it is no JSON at all: so it is seen here, not when it
    /// matters.
    fn check_json(&self, setting: &str, text: &str, own: usize) -> Result<(), SinkError> {
        let alerts = [Alert::test(0).saying("a \"quote\", a \\ and a\nline")];
        let is_json = Batch::of(&alerts).is_some_and(|batch| {
            serde_json::from_str::<Value>(&self.render(&batch, &vec!["\" \\"; own])).is_ok()
        });
        if is_json {
            return Ok(());
        }
        let rule = "JSON, with fields inside strings, but {alert}, {alerts} and numbers";
        Err(SinkError::setting(setting, text, rule))
    }
}

/// Cuts a template into texts and words.
fn parts(
    mut rest: &str,
    word: impl Fn(&str) -> Result<Part, SinkError>,
) -> Result<Vec<Part>, SinkError> {
    let (mut parts, mut text) = (Vec::new(), String::new());
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        rest = &rest[open + 1..];
        let is_letter = |c: char| c.is_ascii_lowercase() || c == '_';
        let len = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
        if let Some(behind) = rest.strip_prefix('{') {
            text.push('{');
            rest = behind;
        } else if let (1.., Some(behind)) = (len, rest[len..].strip_prefix('}')) {
            parts.push(Part::Text(std::mem::take(&mut text)));
            parts.push(word(&rest[..len])?);
            rest = behind;
        } else {
            text.push('{');
        }
    }
    text.push_str(rest);
    parts.push(Part::Text(text));
    Ok(parts)
}

fn unknown(setting: &str, word: &str, context: Context, own: &[&str]) -> SinkError {
    let usable = FIELDS.iter().filter(|field| !field.is_json || context == Context::Json);
    let known = usable.map(|field| field.name).chain(own.iter().copied());
    let nearest = known.max_by(|one, other| {
        strsim::jaro_winkler(one, word).total_cmp(&strsim::jaro_winkler(other, word))
    });
    let nearest = nearest.unwrap_or_default().to_owned();
    SinkError::Field { setting: setting.to_owned(), field: word.to_owned(), nearest }
}

/// Escapes a text for where it is put.
pub(crate) fn escape(text: &str, context: Context, into: &mut String) {
    match context {
        Context::Text => into.push_str(text),
        Context::Json => {
            let quoted = Value::from(text).to_string();
            into.push_str(&quoted[1..quoted.len() - 1]);
        }
        Context::Url => {
            for byte in text.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    into.push(char::from(byte));
                } else {
                    into.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        Context::Html => {
            for c in text.chars() {
                match c {
                    '&' => into.push_str("&amp;"),
                    '<' => into.push_str("&lt;"),
                    '>' => into.push_str("&gt;"),
                    '"' => into.push_str("&quot;"),
                    '\'' => into.push_str("&#39;"),
                    _ => into.push(c),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::remote::sample;

    fn rendered(text: &str, context: Context, what: &str) -> String {
        let alerts = [sample(what)];
        let template = Template::new("a", text, context, &["to"]).unwrap();
        template.render(&Batch::of(&alerts).unwrap(), &["+49 1"])
    }

    #[test]
    fn fields_are_escaped_for_where_they_stand() {
        let what = "<a href='x'>&\"\r\n{level}%00";
        for (context, expected) in [
            (Context::Text, r#"[<a href='x'>&"\u{d}\u{a}{level}%00] +49 1"#),
            (
                Context::Url,
                "[%3Ca%20href%3D%27x%27%3E%26%22%5Cu%7Bd%7D%5Cu%7Ba%7D%7Blevel%7D%2500] %2B49%201",
            ),
            (Context::Html, r"[&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{d}\u{a}{level}%00] +49 1"),
        ] {
            assert_eq!(rendered("[{what}] {to}", context, what), expected);
        }
        let json = rendered(r#"{"a":"{what}","n":{score},"b":{"c":{alert}}}"#, Context::Json, what);
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["a"], r#"<a href='x'>&"\u{d}\u{a}{level}%00"#);
        assert_eq!(json["b"]["c"]["what"], what);
    }

    #[test]
    fn braces_that_open_no_word_are_themselves() {
        let text = "{} { what } {What} {{what} }} {";
        assert_eq!(rendered(text, Context::Text, "x"), "{} { what } {What} {what} }} {");
    }

    #[test]
    fn unknown_words_are_refused_with_the_nearest() {
        let refused = |text, context| Template::new("sms.text", text, context, &["to"]).err();
        let error = refused("{sorce}", Context::Text).unwrap().to_string();
        assert_eq!(error, "sms.text: there is no {sorce}, but {source}");
        assert!(refused("{alerts}", Context::Text).is_some());
    }

    #[test]
    fn fields_outside_of_strings_are_refused_in_json() {
        let is_fine = |text| Template::new("a", text, Context::Json, &[]).is_ok();
        assert!(is_fine(r#"{"a":"{what}","b":{alerts},"c":{count}}"#));
        for text in [r#"{"a":{what}}"#, r#"{"a":{source}}"#, r#"{"a":"{alert}"}"#, "{what}", ""] {
            assert!(!is_fine(text), "{text}");
        }
    }

    #[test]
    fn every_field_says_something() {
        for field in FIELDS {
            let text = format!("{{{}}}", field.name);
            let context = if field.is_json { Context::Json } else { Context::Text };
            assert!(!rendered(&text, context, "x").is_empty(), "{}", field.name);
        }
    }

    proptest! {
        #[test]
        fn any_text_stays_inside_its_string_its_part_and_its_tag(what: String) {
            let cleaned = crate::remote::clean(&what, 2_000);
            let json = rendered(r#"{"a":"{what}","b":[{alerts}]}"#, Context::Json, &what);
            let json: Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(json["a"].as_str(), Some(cleaned.as_str()));
            prop_assert_eq!(json["b"][0][0]["what"].as_str(), Some(what.as_str()));
            let url = rendered("{what}", Context::Url, &what);
            let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
            prop_assert!(url.bytes().all(is_safe));
            let html = rendered("{what}", Context::Html, &what);
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
        }

        #[test]
        fn any_template_is_read_or_refused(text: String) {
            for context in [Context::Text, Context::Json, Context::Url, Context::Html] {
                let _ = Template::new("a", &text, context, &["to"]);
            }
        }
    }
}
