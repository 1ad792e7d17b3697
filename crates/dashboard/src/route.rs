//! The table of routes: what the server answers, what the document about it says, and what its tests go through.

use std::future::Future;
use std::pin::Pin;

use axum::body::Body;
use axum::response::Response;
use hyper::Method;

use crate::answer::Problem;
use crate::api;
use crate::ask::{Call, Parameter};
use crate::shape::Shape;
use crate::{metrics, openapi, pages};

/// An address, what is done with it, and who may.
pub(crate) struct Route {
    pub(crate) verb: Verb,
    /// With parameters in braces.
    pub(crate) path: &'static str,
    /// What stands in those braces.
    pub(crate) named: &'static [Parameter],
    /// What may be asked behind a question mark.
    pub(crate) asked: &'static [Parameter],
    pub(crate) needs: Needs,
    pub(crate) takes: Takes,
    pub(crate) tells: Tells,
    /// The status where it went well.
    pub(crate) status: u16,
    pub(crate) does: Does,
    /// What it is for.
    pub(crate) says: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Get,
    Post,
    Delete,
}

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needs {
    /// Whoever finds the server.
    Nothing,
    /// Who has logged in.
    Look,
    /// An operator.
    Change,
}

/// What is sent.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    Nothing,
    Json(Shape),
    /// A file, of the size that the limits allow.
    File,
}

/// What is answered.
#[derive(Clone, Copy)]
pub(crate) enum Tells {
    Json(Shape),
    /// Something else, of this kind.
    Text(&'static str),
}

/// How it is done.
#[derive(Clone, Copy)]
pub(crate) enum Does {
    /// At once: it waits for nothing.
    Tells(fn(&Call) -> Result<Response, Problem>),
    /// On a thread that may wait for a disk.
    Asks(fn(&Call) -> Result<Response, Problem>),
    /// The same, whoever else asks: one at a time.
    Probes(fn(&Call) -> Result<Response, Problem>),
    /// The same, for so long that others must not wait for it.
    Works(fn(&Call) -> Result<Response, Problem>),
    /// At once, and what is answered goes on.
    Streams(fn(Call) -> Result<Response, Problem>),
    /// While it is sent.
    Receives(fn(Call, Body) -> Answering),
}

/// An answer that waits for something.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// All routes.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    const ALL: [&[Route]; 19] = [
        &api::session::ROUTES,
        &api::vitals::ROUTES,
        &api::counts::ROUTES,
        &api::top::ROUTES,
        &api::alerts::ROUTES,
        &api::exports::ROUTES,
        &api::alert::ROUTES,
        &api::silences::ROUTES,
        &api::allowances::ROUTES,
        &api::hosts::ROUTES,
        &api::flows::ROUTES,
        &api::knowledge::ROUTES,
        &api::sinks::ROUTES,
        &api::changes::ROUTES,
        &api::reports::ROUTES,
        &api::events::ROUTES,
        &openapi::ROUTES,
        &metrics::ROUTES,
        &pages::ROUTES,
    ];
    ALL.into_iter().flatten()
}

/// The methods that are known at a path, as a header names them.
pub(crate) fn methods(path: &str) -> String {
    let mut names = Vec::new();
    for route in all().filter(|route| route.path == path) {
        names.push(route.verb.method().to_string());
        // Whoever asks may ask for the head alone.
        (route.verb == Verb::Get).then(|| names.push("HEAD".to_owned()));
    }
    names.join(", ")
}

impl Route {
    /// One that somebody who has logged in gets JSON of this shape from.
    pub(crate) const fn get(
        path: &'static str,
        says: &'static str,
        asked: &'static [Parameter],
        shape: Shape,
        does: fn(&Call) -> Result<Response, Problem>,
    ) -> Self {
        Self {
            verb: Verb::Get,
            path,
            named: &[],
            asked,
            needs: Needs::Look,
            takes: Takes::Nothing,
            tells: Tells::Json(shape),
            status: 200,
            does: Does::Asks(does),
            says,
        }
    }

    /// One by which an operator changes something.
    pub(crate) const fn post(
        path: &'static str,
        says: &'static str,
        takes: Takes,
        shape: Shape,
        does: fn(&Call) -> Result<Response, Problem>,
    ) -> Self {
        let get = Self::get(path, says, &[], shape, does);
        Self { verb: Verb::Post, needs: Needs::Change, takes, ..get }
    }

    /// One by which an operator takes something away.
    pub(crate) const fn delete(
        path: &'static str,
        says: &'static str,
        shape: Shape,
        does: fn(&Call) -> Result<Response, Problem>,
    ) -> Self {
        Self { verb: Verb::Delete, ..Self::post(path, says, Takes::Nothing, shape, does) }
    }

    /// The same, with these parameters in its path.
    pub(crate) const fn named(self, named: &'static [Parameter]) -> Self {
        Self { named, ..self }
    }

    /// Whether it is of the page rather than of what programs use.
    pub(crate) fn is_page(&self) -> bool {
        pages::ROUTES.iter().any(|page| page.path == self.path)
    }
}

impl Verb {
    pub(crate) const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }
}
