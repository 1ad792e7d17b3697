//! The server: what its routes share, its threads, its end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::{MethodFilter, MethodRouter};
use tokio::runtime::{Builder, Runtime};

use crate::archive::Archive;
use crate::board::Board;
use crate::events::Events;
use crate::gate::{self, Caller, Found};
use crate::held::Room;
use crate::ledger::Ledger;
use crate::login::Logins;
use crate::news::Watcher;
use crate::rates::Rates;
use crate::reports::Reports;
use crate::route::{self, Route, Verb};
use crate::shares::Shares;
use crate::{DashboardError, House, Settings, listener};

/// A dashboard that is served, until it is dropped.
pub struct Dashboard {
    address: SocketAddr,
    new_token: Option<String>,
    server: Arc<Server>,
    /// Ends before the runtime does.
    watcher: Option<Watcher>,
    runtime: Option<Runtime>,
}

/// What all routes share.
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) house: Arc<dyn House>,
    pub(crate) archive: Archive,
    pub(crate) events: Events,
    pub(crate) board: Board,
    pub(crate) logins: Logins,
    pub(crate) reports: Reports,
    pub(crate) ledger: Ledger,
    pub(crate) requests: Rates,
    /// Places for questions, for looks whether all is well, for what takes long, for files that are sent, for streams of events.
    pub(crate) asking: Shares,
    pub(crate) probing: Shares,
    pub(crate) working: Shares,
    pub(crate) sending: Shares,
    pub(crate) streams: Shares,
    pub(crate) room: Room,
}

/// Threads that serve: each answer is a few microseconds of theirs.
const SERVING: usize = 2;
/// Questions to the history at a time.
const ASKING: usize = 6;
/// Looks whether all is well at a time: anybody may have one, and keeps nobody from his questions.
const PROBING: usize = 1;
/// Tests of sinks, and passwords, at a time.
const WORKING: usize = 4;
/// Exports and downloads at a time: each keeps a thread while somebody reads.
pub(crate) const SENDING: usize = 6;
/// Of the questions, and of the downloads, so many for one address: slow ones keep others from theirs no longer.
const OF_ONE: usize = 3;
/// What threads that wait for disks there are room for, files of uploads among them.
const WAITING: usize = ASKING + PROBING + WORKING + SENDING + 4;
/// So long threads are waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl Dashboard {
    /// Serves what a history holds, on threads of its own.
    ///
    /// # Errors
    /// [`DashboardError`] for settings that cannot be, a history that cannot be asked, files that cannot be read, or where
    /// nobody can listen.
    pub fn start(
        settings: &Settings,
        history: PathBuf,
        house: Arc<dyn House>,
    ) -> Result<Self, DashboardError> {
        settings.check()?;
        let (server, new_token) = Server::new(settings, history, house)?;
        let server = Arc::new(server);
        let threads = |source| DashboardError::Threads { source };
        let runtime = Builder::new_multi_thread()
            .worker_threads(SERVING)
            .max_blocking_threads(WAITING)
            .thread_name("dashboard")
            .enable_all()
            .build()
            .map_err(threads)?;
        let door = runtime.block_on(async { listener::open(settings) })?;
        let address = door.address();
        runtime.spawn(door.serve(Arc::clone(&server), router(&server)));
        let watcher = Some(Watcher::start(Arc::clone(&server)).map_err(threads)?);
        Ok(Self { address, new_token, server, watcher, runtime: Some(runtime) })
    }

    /// Where it listens: with the port that was found, where 0 was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A token that was made at this first start, if one was: shown once, and kept hashed.
    #[must_use]
    pub fn new_token(&self) -> Option<&str> {
        self.new_token.as_deref()
    }

    /// Where to tell how detection goes.
    #[must_use]
    pub fn board(&self) -> Board {
        self.server.board.clone()
    }

    /// Ends it: connections are closed, threads are waited for.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.watcher.take();
        self.server.reports.end();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(LAST_WORDS);
        }
    }
}

impl Server {
    fn new(
        settings: &Settings,
        history: PathBuf,
        house: Arc<dyn House>,
    ) -> Result<(Self, Option<String>), DashboardError> {
        let beside = |name: &str| history.with_file_name(name);
        let token_file = settings.token_file.clone().unwrap_or_else(|| beside("netsift-token"));
        let (logins, new_token) = Logins::new(settings, token_file)?;
        let folder = settings.reports.clone().unwrap_or_else(|| {
            let name = history.file_name().unwrap_or_default().to_string_lossy();
            beside(&format!("{name}-reports"))
        });
        let reports = Reports::open(folder, &settings.limits, Arc::clone(&house))?;
        let events = Events::default();
        let server = Self {
            settings: settings.clone(),
            archive: Archive::open(history)?,
            board: Board::new(events.clone()),
            events,
            logins,
            reports,
            ledger: Ledger::new(Arc::clone(&house)),
            house,
            requests: Rates::new(settings.limits.requests_a_minute),
            asking: Shares::limited(ASKING, OF_ONE, settings),
            probing: Shares::limited(PROBING, PROBING, settings),
            working: Shares::limited(WORKING, WORKING, settings),
            sending: Shares::limited(SENDING, OF_ONE, settings),
            streams: Shares::new(settings.limits.streams, settings),
            room: Room::default(),
        };
        Ok((server, new_token))
    }

    /// How long anybody may keep others waiting.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.settings.limits.patience_seconds.into())
    }
}

/// All routes, each behind the gate; what is none as well.
fn router(server: &Arc<Server>) -> Router {
    let mut paths: BTreeMap<&'static str, Vec<&'static Route>> = BTreeMap::new();
    route::all().for_each(|route| paths.entry(route.path).or_default().push(route));
    let leads_to = |found: Found| {
        let server = Arc::clone(server);
        move |request: Request| answered(Arc::clone(&server), found, request)
    };
    let mut router = Router::new().fallback(leads_to(Found::Nothing));
    for (path, routes) in paths {
        let mut methods = MethodRouter::new().fallback(leads_to(Found::Path(path)));
        for route in routes {
            methods = methods.on(filter(route.verb), leads_to(Found::Route(route)));
        }
        router = router.route(path, methods);
    }
    router
}

async fn answered(server: Arc<Server>, found: Found, request: Request) -> axum::response::Response {
    // The listener has put it there.
    match request.extensions().get::<Caller>().copied() {
        Some(caller) => gate::pass(server, caller, found, request).await,
        None => crate::answer::Problem::fault().answer(),
    }
}

const fn filter(verb: Verb) -> MethodFilter {
    match verb {
        Verb::Get => MethodFilter::GET,
        Verb::Post => MethodFilter::POST,
        Verb::Delete => MethodFilter::DELETE,
    }
}
