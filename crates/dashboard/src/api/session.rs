//! Who asks, and coming in.

use axum::response::Response;
use hyper::header::{HeaderValue, SET_COOKIE};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Problem, json as told_json};
use crate::ask::Call;
use crate::login::{By, COOKIE_NAME, Claim, Who};
use crate::route::{Does, Needs, Route, Takes, Verb};
use crate::shape::{flag, millis, or_null, short, text, word};
use crate::time::{millis as in_millis, now};

pub(crate) const PATH: &str = "/api/v1/session";
/// Of a login.
const MOST_TEXT: usize = 1_000;

pub(crate) const ROUTES: [Route; 3] = [
    Route {
        needs: Needs::Nothing,
        does: Does::Tells(is),
        ..Route::get(PATH, "Who asks, and what a page sends along with changes", &[], shape, is)
    },
    Route {
        needs: Needs::Nothing,
        does: Does::Works(enter),
        ..Route::post(PATH, "Logs in", Takes::Json(taken), shape, enter)
    },
    Route {
        verb: Verb::Delete,
        needs: Needs::Look,
        does: Does::Tells(leave),
        ..Route::delete(PATH, "Logs out", shape, leave)
    },
];

/// A token, or a name and a password.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Token(SentToken),
    Password(SentPassword),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentToken {
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentPassword {
    user: String,
    password: String,
}

impl Sent {
    fn texts(&self) -> [&str; 2] {
        match self {
            Self::Token(sent) => [&sent.token, ""],
            Self::Password(sent) => [&sent.user, &sent.password],
        }
    }
}

fn is(call: &Call) -> Result<Response, Problem> {
    Ok(told_json(&told(call, call.who.as_ref())))
}

fn enter(call: &Call) -> Result<Response, Problem> {
    let sent: Sent = call.body()?;
    if sent.texts().iter().any(|text| text.chars().count() > MOST_TEXT) {
        return Err(Problem::bad("a login has texts of at most 1000 letters"));
    }
    let claim = match &sent {
        Sent::Token(sent) => Claim::Token(&sent.token),
        Sent::Password(sent) => Claim::Password { user: &sent.user, password: &sent.password },
    };
    if !call.server.logins.asks(call.caller) {
        return is(call);
    }
    let (who, secret) = call.server.logins.enter(&claim, call.caller.client)?;
    let answer = told_json(&told(call, Some(&who)));
    with_cookie(call, answer, &secret, None)
}

fn leave(call: &Call) -> Result<Response, Problem> {
    let who = call.who.as_ref().filter(|who| !matches!(who.by, By::Session { .. }));
    call.who.as_ref().inspect(|who| call.server.logins.leave(who));
    with_cookie(call, told_json(&told(call, who)), "", Some(0))
}

/// The cookie of a session: for this server alone, for no script, and not with requests of other pages.
fn with_cookie(
    call: &Call,
    mut answer: Response,
    secret: &str,
    seconds: Option<u32>,
) -> Result<Response, Problem> {
    let secure = if call.caller.is_tls { "; Secure" } else { "" };
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let cookie = format!("{COOKIE_NAME}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Problem::fault())?;
    answer.headers_mut().insert(SET_COOKIE, cookie);
    Ok(answer)
}

fn told(call: &Call, who: Option<&Who>) -> Value {
    let server = &call.server;
    json!({
        "role": who.map(|who| who.role),
        "user": who.map(|who| &who.name),
        "needs_login": server.logins.asks(call.caller),
        "by": server.logins.kinds(),
        "csrf": who.and_then(|who| server.logins.csrf(who)),
        "version": env!("CARGO_PKG_VERSION"),
        "mode": server.house.mode(),
        "history": server.archive.is_there(),
        "now": in_millis(now()),
    })
}

fn shape() -> Value {
    crate::shape::object(json!({
        "role": or_null(&word(&["viewer", "operator"])),
        "user": or_null(&text()),
        "needs_login": flag(),
        "by": crate::shape::list(&word(&["token", "password"])),
        "csrf": or_null(&text()),
        "version": text(),
        "mode": word(&["live", "replay", "demo", "history"]),
        "history": flag(),
        "now": millis(),
    }))
}

fn taken() -> Value {
    let token = crate::shape::object(json!({ "token": short(MOST_TEXT) }));
    let password = json!({ "user": short(MOST_TEXT), "password": short(MOST_TEXT) });
    json!({ "anyOf": [token, crate::shape::object(password)] })
}
