//! Connections: where they come in, how many there may be, and how long each may take for what.

use std::error::Error;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::answer::Why;
use crate::api::events::is_stream;
use crate::gate::{self, Caller};
use crate::server::Server;
use crate::shares::Shares;
use crate::wire::{Endless, Heard, Wire};
use crate::{DashboardError, Settings};

/// What a head has room for, all its lines together.
const MOST_HEAD: usize = 16 << 10;
const MOST_HEADERS: usize = 64;
/// What is read ahead, and what waits to be sent.
const MOST_WAITING: usize = 64 << 10;
/// What the system keeps of what is sent, until it is read.
const SEND_BUFFER: u32 = 256 << 10;
/// Connections that wait to be taken.
const BACKLOG: u32 = 1_024;
/// After an error of the system, such as too many open files.
const REST: Duration = Duration::from_millis(50);

/// Where connections come in.
pub(crate) struct Door {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

/// Listens where the settings say. Only inside of a runtime.
pub(crate) fn open(settings: &Settings) -> Result<Door, DashboardError> {
    let address = settings.listen;
    let failed = |source| DashboardError::Listen { address, source };
    let tls = match (&settings.certificate, &settings.key) {
        (Some(certificate), Some(key)) => Some(acceptor(certificate, key)?),
        _ => None,
    };
    let listener = listening(address).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Door { listener, address, tls })
}

fn listening(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Elsewhere it would let two programs listen at one place.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Connections inherit it: who never reads costs no more.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, DashboardError> {
    let read = |path: &Path| {
        let failed = |source| DashboardError::File { path: path.into(), what: "read", source };
        fs::read(path).map_err(failed)
    };
    let no = |path: &Path, expected| DashboardError::Content { path: path.into(), expected };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(certificate)?).collect();
    let found = found.ok().filter(|found| !found.is_empty());
    let certificates = found.ok_or_else(|| no(certificate, "file of certificates in PEM"))?;
    let secret = PrivateKeyDer::from_pem_slice(&read(key)?);
    let secret = secret.map_err(|_| no(key, "file of a private key in PEM"))?;
    let refused = |source| DashboardError::Tls { path: certificate.into(), source };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(refused)?.with_no_client_auth();
    let mut config = config.with_single_cert(certificates, secret).map_err(refused)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl Door {
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes connections in, for as long as the runtime runs.
    pub(crate) async fn serve(self, server: Arc<Server>, router: Router) {
        let places = Shares::new(server.settings.limits.connections, &server.settings);
        loop {
            let Ok((stream, from)) = self.listener.accept().await else {
                sleep(REST).await;
                continue;
            };
            let Some(place) = places.take(from.ip()) else {
                server.ledger.note(from.ip().to_canonical(), None, Why::Busy, "");
                let said = gate::refusal(Why::Busy, "too many connections are open");
                // Whoever does not take it at once is not waited for.
                let _ = self.tls.is_none().then(|| stream.try_write(&said));
                continue;
            };
            let (server, router, tls) = (Arc::clone(&server), router.clone(), self.tls.clone());
            tokio::spawn(async move {
                let _place = place;
                met(&server, router, tls, stream, from).await;
            });
        }
    }
}

/// A connection, from its first byte to its last.
async fn met(
    server: &Arc<Server>,
    router: Router,
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
    from: SocketAddr,
) {
    let Ok(here) = stream.local_addr() else { return };
    // Events are small, and wait for no others.
    let _ = stream.set_nodelay(true);
    let client = from.ip().to_canonical();
    let is_local = client.is_loopback();
    let caller = Caller { client, here: here.ip(), is_tls: tls.is_some(), is_local };
    let Some(tls) = tls else { return talk(server, router, stream, caller).await };
    match timeout(server.patience(), tls.accept(stream)).await {
        Ok(Ok(stream)) => talk(server, router, stream, caller).await,
        Ok(Err(_)) => server.ledger.note(client, None, Why::BadRequest, "TLS"),
        Err(_) => server.ledger.note(client, None, Why::TooLate, "TLS"),
    }
}

async fn talk<S>(server: &Arc<Server>, router: Router, stream: S, caller: Caller)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let heard = Heard::default();
    let endless = Endless::default();
    let wire = Wire::new(stream, server.patience(), heard.clone(), endless.clone());
    let wire = TokioIo::new(wire);
    let requests = heard.clone();
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        requests.settle();
        request.extensions_mut().insert(caller);
        let (answer, endless) = (router.call(request.map(Body::new)), endless.clone());
        async move { answer.await.inspect(|answer| endless.set(is_stream(answer))) }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(server.patience())
        .max_buf_size(MOST_WAITING)
        .max_header_size(MOST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(wire, service);
    let Err(error) = (&mut connection).await else { return };
    let Some(why) = reason(&error, &heard) else { return };
    server.ledger.note(caller.client, None, why, "");
    if why == Why::TooLate {
        let said = gate::refusal(why, "the head of the request did not come in time");
        let mut wire = connection.into_parts().io.into_inner();
        let _ = wire.write_all(&said).await;
        let _ = wire.shutdown().await;
    }
}

/// Why a connection ended, if somebody should hear of it: not that somebody went away.
fn reason(error: &hyper::Error, heard: &Heard) -> Option<Why> {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    match cause {
        Some(cause) if cause.kind() == io::ErrorKind::TimedOut => Some(Why::SlowReader),
        _ if error.is_timeout() => heard.is_some().then_some(Why::TooLate),
        _ if error.is_parse_too_large() => Some(Why::HeadTooLarge),
        _ if error.is_parse() => Some(Why::BadRequest),
        _ => None,
    }
}
