//! As much of JSON Schema as the document uses, to hold answers against it. What it does not know, it refuses.

use serde_json::Value;

/// What is wrong with a value, if anything is.
pub(crate) fn flaw(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    let fields = schema.as_object().expect("a schema is an object");
    fields.iter().find_map(|(word, rule)| broken(document, schema, word, rule, value))
}

fn broken(
    document: &Value,
    schema: &Value,
    word: &str,
    rule: &Value,
    value: &Value,
) -> Option<String> {
    let fails = |is_broken: bool| is_broken.then(|| format!("{value} breaks {word} {rule}"));
    match word {
        "description" | "minItems" | "maxItems" | "minProperties" | "format" => None,
        "$ref" => {
            let path = rule.as_str().unwrap().trim_start_matches('#');
            flaw(document, document.pointer(path).expect(path), value)
        }
        "anyOf" => {
            let any = rule.as_array().unwrap();
            fails(any.iter().all(|one| flaw(document, one, value).is_some()))
        }
        "type" => fails(!is_a(rule.as_str().unwrap(), value)),
        "enum" => fails(!rule.as_array().unwrap().contains(value)),
        "minimum" => fails(value.as_f64() < rule.as_f64()),
        "maximum" => fails(value.as_f64() > rule.as_f64()),
        "maxLength" => fails(value.as_str()?.chars().count() as u64 > rule.as_u64()?),
        "pattern" if rule == "^[0-9a-f]{16}$" => {
            let is_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
            fails(value.as_str().is_none_or(|it| it.len() != 16 || !it.bytes().all(is_digit)))
        }
        "items" => value.as_array()?.iter().find_map(|item| flaw(document, rule, item)),
        "properties" => {
            let fields = rule.as_object().unwrap();
            let of = |(name, schema)| flaw(document, schema, value.get(name as &String)?);
            fields.iter().find_map(of)
        }
        "required" => {
            let names = rule.as_array().unwrap().iter();
            names
                .filter_map(Value::as_str)
                .find(|name| value.get(name).is_none())
                .map(|name| format!("no {name} in {value}"))
        }
        "additionalProperties" if rule.is_object() => {
            value.as_object()?.values().find_map(|value| flaw(document, rule, value))
        }
        "additionalProperties" => {
            let known = schema["properties"].as_object().unwrap();
            value
                .as_object()?
                .keys()
                .find(|name| !known.contains_key(*name))
                .map(|name| format!("{name} is not known"))
        }
        other => panic!("{other} is a word that is not known here"),
    }
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    }
}
