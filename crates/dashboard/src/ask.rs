//! What a request asks for: parameters of the path and the query, read by the kinds that the table of routes says.

use std::borrow::Cow;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use netsift_alert::{AlertId, Level, Network};
use netsift_history::{Key, Times};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::answer::Problem;
use crate::gate::Caller;
use crate::login::Who;
use crate::server::Server;
use crate::time::nanos;

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) says: &'static str,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A time in milliseconds since 1970.
    Millis,
    /// A whole number, from one to another.
    Whole(u64, u64),
    /// A number, from one to another.
    Number(f64, f64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// A text of so many letters at most.
    Text(usize),
    Flag,
    Address,
    Network,
    Alert,
    Place,
}

/// The most rows of one answer.
pub(crate) const MOST_ROWS: u64 = 1_000;

pub(crate) const SINCE: Parameter =
    Parameter { name: "since", kind: Kind::Millis, says: "From when on. Default: from the first." };
pub(crate) const UNTIL: Parameter =
    Parameter { name: "until", kind: Kind::Millis, says: "Up to when. Default: to the last." };
pub(crate) const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: Kind::Whole(1, MOST_ROWS),
    says: "How many rows at most. Default: 100.",
};
pub(crate) const AFTER: Parameter = Parameter {
    name: "after",
    kind: Kind::Place,
    says: "Behind which row: `next` of the page before.",
};

/// A request that was let in.
pub(crate) struct Call {
    pub(crate) server: Arc<Server>,
    pub(crate) who: Option<Who>,
    pub(crate) caller: Caller,
    pub(crate) given: Given,
    /// The event that was seen last, by whoever takes a stream up again.
    pub(crate) last_event: Option<u64>,
    /// What the page has of it already.
    pub(crate) known_tag: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Parameters that were given and are what they should be.
#[derive(Debug, Default)]
pub(crate) struct Given(Vec<(&'static str, String)>);

impl Call {
    /// What was sent, as JSON; nothing sent is an empty object.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| unread(&error))
    }

    /// The name under which what is changed is noted.
    pub(crate) fn name(&self) -> &str {
        self.who.as_ref().map_or("nobody", |who| who.name.as_str())
    }
}

/// What is sent is something else; what, may be in the words of whoever sent it.
pub(crate) fn unread(error: &serde_json::Error) -> Problem {
    let said = netsift_alert::printable(&error.to_string()).into_owned();
    Problem::bad(netsift_alert::clipped(&said, 256).into_owned())
}

impl Given {
    /// Reads a path's parameters, which are there, and a query's, which are known and there once at most.
    pub(crate) fn read(
        path: &[Parameter],
        found: Vec<(String, String)>,
        asked: &[Parameter],
        query: &str,
    ) -> Result<Self, Problem> {
        let mut given = Vec::new();
        for (name, value) in found {
            given.push(checked(path, &name, value)?);
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = checked(asked, &decoded(name)?, decoded(value)?)?;
            if given.iter().any(|(other, _)| *other == name) {
                return Err(Problem::bad(format!("`{name}` is there twice")));
            }
            // A text that is left empty, as forms do, was not given.
            if !value.is_empty() {
                given.push((name, value));
            }
        }
        Ok(Self(given))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn times(&self) -> Times {
        Times { since: self.nanos("since"), until: self.nanos("until") }
    }

    pub(crate) fn limit(&self) -> usize {
        self.parsed("limit").unwrap_or(100)
    }

    pub(crate) fn level(&self, name: &str) -> Option<Level> {
        let said = self.text(name)?;
        Level::ALL.into_iter().find(|level| level.name() == said)
    }

    /// A parameter of a kind whose values are all read so.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    fn nanos(&self, name: &str) -> Option<i64> {
        self.parsed(name).map(nanos)
    }
}

impl Kind {
    /// Whether it is one.
    fn takes(self, text: &str) -> bool {
        match self {
            Self::Millis => text.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Whole(least, most) => {
                text.parse::<u64>().is_ok_and(|it| (least..=most).contains(&it))
            }
            Self::Number(least, most) => {
                text.parse::<f64>().is_ok_and(|it| (least..=most).contains(&it))
            }
            Self::Word(words) => words.contains(&text),
            Self::Text(most) => text.chars().count() <= most,
            Self::Flag => matches!(text, "true" | "false"),
            Self::Address => text.parse::<IpAddr>().is_ok(),
            Self::Network => text.parse::<Network>().is_ok(),
            Self::Alert => text.parse::<AlertId>().is_ok(),
            Self::Place => text.parse::<Key>().is_ok(),
        }
    }

    fn rule(self) -> String {
        match self {
            Self::Millis => "a time in milliseconds since 1970".into(),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Number(least, most) => format!("a number from {least} to {most}"),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Text(most) => format!("a text of at most {most} letters"),
            Self::Flag => "true or false".into(),
            Self::Address => "an address".into(),
            Self::Network => "an address, or a network like 192.0.2.0/24 by its first one".into(),
            Self::Alert => "16 hexadecimal digits".into(),
            Self::Place => "what a page told as `next`".into(),
        }
    }
}

/// A parameter that is known, and is what it should be.
fn checked(
    known: &[Parameter],
    name: &str,
    value: String,
) -> Result<(&'static str, String), Problem> {
    let Some(parameter) = known.iter().find(|it| it.name == name) else {
        let name = netsift_alert::printable(netsift_alert::clipped(name, 64).as_ref()).into_owned();
        return Err(Problem::bad(format!("there is no `{name}` to be asked for here")));
    };
    match parameter.kind.takes(&value) {
        true => Ok((parameter.name, value)),
        false => {
            let said = format!("`{}` must be {}", parameter.name, parameter.kind.rule());
            Err(Problem::bad(said))
        }
    }
}

/// A part of a query, as forms write it.
fn decoded(text: &str) -> Result<String, Problem> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| Problem::bad("the query is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Parameter; 4] = [
        SINCE,
        LIMIT,
        Parameter { name: "text", kind: Kind::Text(4), says: "" },
        Parameter { name: "score", kind: Kind::Number(0.0, 100.0), says: "" },
    ];

    fn read(query: &str) -> Result<Given, Problem> {
        Given::read(&[], Vec::new(), &KNOWN, query)
    }

    #[test]
    fn queries_are_read_by_what_is_known_of_them() {
        let given = read("since=1.5&limit=7&text=a+%C3%A9").unwrap();
        assert_eq!(given.times().since, Some(1_500_000));
        assert_eq!(
            (given.limit(), given.text("text"), given.text("score")),
            (7, Some("a é"), None)
        );
        assert_eq!((read("").unwrap().limit(), read("&&").unwrap().limit()), (100, 100));
        for query in [
            "limit=0",
            "limit=",
            "score=",
            "limit=1001",
            "limit=x",
            "limit=1&limit=2",
            "since=NaN",
            "since=inf",
            "text=abcde",
            "score=-1",
            "score=NaN",
            "nothing=1",
            "text=%ff",
            "%ff=1",
        ] {
            assert!(read(query).is_err(), "{query}");
        }
        let far = read("since=1e300").unwrap().times().since;
        assert_eq!(far, Some(i64::MAX));
    }

    #[test]
    fn what_paths_name_is_checked_as_well() {
        let known = [Parameter { name: "id", kind: Kind::Alert, says: "" }];
        let path = |value: &str| vec![("id".to_owned(), value.to_owned())];
        assert!(Given::read(&known, path("00c0ffee00c0ffee"), &[], "").is_ok());
        for value in ["../../etc/passwd", "00c0ffee00c0ffe", "x"] {
            assert!(Given::read(&known, path(value), &[], "").is_err(), "{value}");
        }
    }
}
