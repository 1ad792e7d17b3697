//! The document about the API: made of the table of routes that the router is made of, so that neither can be without the
//! other.

use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::answer::{self, Problem, Why};
use crate::api::silences::network;
use crate::ask::{Call, Kind, Parameter};
use crate::login::COOKIE_NAME;
use crate::route::{self, Needs, Route, Takes, Tells, Verb};
use crate::shape::{all_named, flag, millis, named};

pub(crate) const ROUTES: [Route; 1] =
    [Route::get("/api/v1/openapi.json", "This document", &[], shape, document)];

const VERSION: &str = "3.1.0";
const ABOUT: &str = "What the page asks for, for programs. Times are milliseconds since 1970. Changes need a token; or the \
    cookie of a session, `X-Netsift-Csrf`, and `Origin` or `Sec-Fetch-Site` of the same origin. Where nobody has to log in, as \
    on loopback by itself, all but the cookie is needed, too.";

fn document(call: &Call) -> Result<Response, Problem> {
    Ok(answer::json(&made(call.server.logins.asks(call.caller))))
}

fn made(needs_login: bool) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in route::all().filter(|route| !route.is_page()) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.verb.method().as_str().to_ascii_lowercase()] = operation(route, needs_login);
    }
    json!({
        "openapi": VERSION,
        "info": { "title": "netsift", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "paths": paths,
        "components": {
            "schemas": all_named(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": COOKIE_NAME },
            },
        },
    })
}

fn operation(route: &Route, needs_login: bool) -> Value {
    let parameters = route.named.iter().map(|it| parameter(it, "path"));
    let parameters = parameters.chain(route.asked.iter().map(|it| parameter(it, "query")));
    let mut operation = json!({
        "operationId": name(route),
        "summary": route.says,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": responses(route),
        "security": security(route, needs_login),
    });
    let body = match route.takes {
        Takes::Nothing => return operation,
        Takes::Json(shape) => content("application/json", &shape()),
        Takes::File => {
            content("application/octet-stream", &json!({ "type": "string", "minLength": 1 }))
        }
    };
    operation["requestBody"] = json!({ "required": true, "content": body });
    operation
}

/// The verb and the path, as one word.
fn name(route: &Route) -> String {
    let path = route.path.replace(|it: char| !it.is_ascii_alphanumeric(), "_");
    format!("{}{}", route.verb.method().as_str().to_ascii_lowercase(), path.trim_end_matches('_'))
}

fn parameter(parameter: &Parameter, place: &str) -> Value {
    json!({
        "name": parameter.name,
        "in": place,
        "required": place == "path",
        "description": parameter.says,
        "schema": schema(parameter.kind),
    })
}

fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Millis => millis(),
        Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::Word(words) => crate::shape::word(words),
        Kind::Text(most) => crate::shape::short(most),
        Kind::Flag => flag(),
        Kind::Address => json!({ "anyOf": [
            { "type": "string", "format": "ipv4" },
            { "type": "string", "format": "ipv6" },
        ] }),
        Kind::Network => network(),
        Kind::Alert => json!({ "type": "string", "pattern": "^[0-9a-f]{16}$" }),
        Kind::Place => json!({ "type": "string", "pattern": "^[0-9a-f]{1,16}-[0-9a-f]{1,16}$" }),
    }
}

/// How it may end: well, or in one of the ways that routes of its kind do.
fn responses(route: &Route) -> Value {
    let told = match route.tells {
        Tells::Json(shape) => content("application/json", &shape()),
        Tells::Text(kind) => content(kind, &json!({ "type": "string" })),
    };
    let mut all = Map::new();
    all.insert(route.status.to_string(), json!({ "description": "It went well", "content": told }));
    for why in problems(route) {
        let (status, code) = why.facts();
        let error = content("application/json", &named("Error"));
        let said = json!({ "description": code, "content": error });
        all.entry(status.to_string()).or_insert(said);
    }
    all.into()
}

fn problems(route: &Route) -> Vec<Why> {
    let mut all = vec![
        Why::BadRequest,
        Why::TooLate,
        Why::NeedsLength,
        Why::TooLarge,
        Why::TooLong,
        Why::ForeignHost,
        Why::TooMany,
        Why::HeadTooLarge,
        Why::ForeignOrigin,
        Why::Fault,
        Why::Busy,
    ];
    if route.needs > Needs::Nothing || route.verb == Verb::Post {
        all.push(Why::WrongLogin);
    }
    if !route.named.is_empty() {
        all.extend([Why::NoSuch, Why::Conflict]);
    }
    if matches!(route.takes, Takes::Json(_)) {
        all.push(Why::MediaType);
    }
    all
}

/// Where nobody has to log in, nothing is asked of anybody.
fn security(route: &Route, needs_login: bool) -> Value {
    match route.needs {
        Needs::Look | Needs::Change if needs_login => json!([{ "token": [] }, { "session": [] }]),
        _ => json!([]),
    }
}

fn content(kind: &str, schema: &Value) -> Value {
    let kind = kind.split(';').next().unwrap_or(kind);
    Map::from_iter([(kind.to_owned(), json!({ "schema": schema }))]).into()
}

fn shape() -> Value {
    json!({ "type": "object" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_has_every_route_and_no_other() {
        let document = made(true);
        let mut told = BTreeSet::new();
        for (path, verbs) in document["paths"].as_object().unwrap() {
            told.extend(verbs.as_object().unwrap().keys().map(|verb| format!("{verb} {path}")));
        }
        let served = route::all().filter(|it| it.path.starts_with("/api/") || it.path.len() == 8);
        let name =
            |it: &Route| format!("{} {}", it.verb.method().as_str().to_ascii_lowercase(), it.path);
        let served: BTreeSet<_> = served.filter(|it| !it.is_page()).map(name).collect();
        assert_eq!(told, served);
        assert!(told.len() > 30 && told.contains("get /metrics") && told.contains("get /healthz"));
    }

    #[test]
    fn operations_are_whole() {
        let mut names = BTreeSet::new();
        for route in route::all() {
            assert!(names.insert(name(route)), "{} twice", name(route));
            let braces: Vec<_> = route.path.split('/').filter(|it| it.starts_with('{')).collect();
            let named: Vec<_> = route.named.iter().map(|it| format!("{{{}}}", it.name)).collect();
            assert_eq!(braces, named, "{}", route.path);
            assert!(!route.says.is_empty() && route.says.is_ascii());
            let changes = route.verb != Verb::Get;
            assert!(!changes || route.needs == Needs::Change || route.path.ends_with("/session"));
        }
    }

    /// What is referred to is there.
    #[test]
    fn every_name_of_a_shape_has_one() {
        let (document, mut names) = (made(true), Vec::new());
        refers(&document, &mut names);
        assert!(names.len() > 10);
        for name in names {
            let name = name.trim_start_matches("#/components/schemas/");
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
        }
    }

    fn refers<'a>(value: &'a Value, names: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                names.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| refers(value, names));
            }
            Value::Array(items) => items.iter().for_each(|value| refers(value, names)),
            _ => {}
        }
    }
}
