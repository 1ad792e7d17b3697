//! What is answered: something, or why not.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::Response;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY,
};
use hyper::{HeaderMap, StatusCode};
use netsift_history::HistoryError;
use serde::Serialize;
use serde_json::json;

/// Why something is not answered.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) why: Why,
    message: Cow<'static, str>,
    /// The methods that are known there.
    allow: Option<String>,
}

/// The kinds of problems: a word that stays the same, and a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    BadRequest,
    NeedsLogin,
    WrongLogin,
    ForeignOrigin,
    NoCsrf,
    NeedsOperator,
    /// Nothing has this address.
    NotFound,
    /// The address is one of a kind, and there is none of this name.
    NoSuch,
    Method,
    TooLate,
    Conflict,
    NeedsLength,
    TooLarge,
    TooLong,
    MediaType,
    ForeignHost,
    TooMany,
    HeadTooLarge,
    Fault,
    Busy,
    TooSlow,
    /// What is sent is not read: told to the log alone.
    SlowReader,
}

/// How long somebody who is told to wait should.
const WAIT_SECONDS: &str = "5";

/// A year, for this name alone: what else has a name below it is somebody else's business.
const ONLY_TLS: &str = "max-age=31536000";

/// That a file is not all that there is.
const CUT: HeaderName = HeaderName::from_static("x-netsift-cut");

/// What a page of ours may do: nothing from elsewhere, nothing inline.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// What a report may do: look as it does, in an origin of its own.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
    base-uri 'none'; frame-ancestors 'none'";
/// What holds for every answer.
const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

impl Why {
    /// Status and word.
    pub(crate) const fn facts(self) -> (u16, &'static str) {
        match self {
            Self::BadRequest => (400, "bad_request"),
            Self::NeedsLogin => (401, "needs_login"),
            Self::WrongLogin => (401, "wrong_login"),
            Self::ForeignOrigin => (403, "foreign_origin"),
            Self::NoCsrf => (403, "csrf"),
            Self::NeedsOperator => (403, "needs_operator"),
            Self::NotFound | Self::NoSuch => (404, "not_found"),
            Self::Method => (405, "method"),
            Self::TooLate => (408, "too_late"),
            Self::SlowReader => (408, "slow_reader"),
            Self::Conflict => (409, "conflict"),
            Self::NeedsLength => (411, "needs_length"),
            Self::TooLarge => (413, "too_large"),
            Self::TooLong => (414, "too_long"),
            Self::MediaType => (415, "media_type"),
            Self::ForeignHost => (421, "foreign_host"),
            Self::TooMany => (429, "too_many"),
            Self::HeadTooLarge => (431, "head_too_large"),
            Self::Fault => (500, "fault"),
            Self::Busy => (503, "busy"),
            Self::TooSlow => (503, "too_slow"),
        }
    }

    /// Whether the log should hear of it: what somebody does who has the page open is nothing special.
    pub(crate) const fn is_told(self) -> bool {
        !matches!(self, Self::NoSuch | Self::Conflict)
    }

    /// Whether what else comes on the connection may be part of what was refused.
    const fn ends_connection(self) -> bool {
        matches!(self, Self::TooLate | Self::NeedsLength | Self::TooLarge | Self::ForeignHost)
    }
}

impl Problem {
    pub(crate) fn new(why: Why, message: impl Into<Cow<'static, str>>) -> Self {
        Self { why, message: message.into(), allow: None }
    }

    pub(crate) fn bad(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Why::BadRequest, message)
    }

    pub(crate) fn none(message: &'static str) -> Self {
        Self::new(Why::NoSuch, message)
    }

    pub(crate) fn busy(message: &'static str) -> Self {
        Self::new(Why::Busy, message)
    }

    /// Something of ours went wrong; what, is nobody's business but the log's.
    pub(crate) fn fault() -> Self {
        Self::new(Why::Fault, "something went wrong here")
    }

    pub(crate) fn method(allowed: String) -> Self {
        let allow = Some(allowed);
        Self { allow, ..Self::new(Why::Method, "this is not done with it") }
    }

    pub(crate) fn answer(self) -> Response {
        let (status, code) = self.why.facts();
        let mut answer = json(&json!({ "error": { "code": code, "message": self.message } }));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        let headers = answer.headers_mut();
        if matches!(status, 429 | 503) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(WAIT_SECONDS));
        }
        if status == 401 {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(hyper::header::WWW_AUTHENTICATE, scheme);
        }
        if self.why.ends_connection() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(allow) = self.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
            headers.insert(ALLOW, allow);
        }
        answer
    }
}

impl From<HistoryError> for Problem {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Setting { .. } => Self::bad(error.to_string()),
            HistoryError::NoSuchAlert { .. } => Self::none("there is no such alert"),
            HistoryError::TooSlow { .. } => Self::new(Why::TooSlow, error.to_string()),
            HistoryError::Missing { .. } => Self::busy("the history is not there"),
            HistoryError::Busy { .. } => Self::busy("another program keeps the history locked"),
            HistoryError::Full { .. } => Self::busy("the disk is full"),
            _ => Self::new(Why::Fault, "the history cannot be read or written"),
        }
    }
}

/// JSON, of this moment.
pub(crate) fn json(value: &impl Serialize) -> Response {
    // What is told here has names for keys, and numbers that are none become null.
    text("application/json", serde_json::to_vec(value).unwrap_or_default())
}

/// Something of this moment.
pub(crate) fn text(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut answer = Response::new(body.into());
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Something to be saved under this name.
pub(crate) fn file(kind: &'static str, name: &str, body: Body) -> Response {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_');
    let name: String = name.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    let mut answer = text(kind, body);
    let said = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    if let Ok(said) = said {
        answer.headers_mut().insert(hyper::header::CONTENT_DISPOSITION, said);
    }
    answer
}

/// The same, which is not all that there is.
pub(crate) fn cut(mut answer: Response) -> Response {
    answer.headers_mut().insert(CUT, HeaderValue::from_static("true"));
    answer
}

/// A page that is made out of anything. Of scripts it runs those that the house knows by their sums, and no other.
pub(crate) fn report(page: Body, scripts: &[String]) -> Result<Response, Problem> {
    let mut answer = text("text/html; charset=utf-8", page);
    let policy = match scripts {
        [] => format!("sandbox; {REPORT_POLICY}"),
        sums => {
            let sums: Vec<_> = sums.iter().map(|sum| format!("'{sum}'")).collect();
            format!("sandbox allow-scripts; {REPORT_POLICY}; script-src {}", sums.join(" "))
        }
    };
    let policy = HeaderValue::from_str(&policy).map_err(|_| Problem::fault())?;
    answer.headers_mut().insert(hyper::header::CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// What every answer says beside. Who came by TLS comes by nothing else for a year.
pub(crate) fn guard(headers: &mut HeaderMap, is_tls: bool) {
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if is_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_TLS));
    }
    let policy = hyper::header::CONTENT_SECURITY_POLICY;
    headers.entry(policy).or_insert(HeaderValue::from_static(PAGE_POLICY));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_runs_the_scripts_that_are_known_and_no_others() {
        let policy = |scripts: &[&str]| {
            let scripts: Vec<_> = scripts.iter().map(|sum| (*sum).to_owned()).collect();
            let headers = report(Body::empty(), &scripts).unwrap().into_parts().0.headers;
            headers["content-security-policy"].to_str().unwrap().to_owned()
        };
        let (none, some) = (policy(&[]), policy(&["sha256-a=", "sha256-b="]));
        assert!(none.starts_with("sandbox; ") && !none.contains("script"), "{none}");
        assert!(some.starts_with("sandbox allow-scripts; "), "{some}");
        assert!(some.ends_with("; script-src 'sha256-a=' 'sha256-b='"), "{some}");
        assert!(!some.contains("script-src 'unsafe-inline'"), "{some}");
    }
}
