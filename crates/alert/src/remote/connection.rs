//! A connection that ends in time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde::{Deserialize, Serialize};

use crate::SinkError;

/// The most bytes that a peer may say unasked before the connection counts as broken.
const MAX_UNASKED: usize = 64 * 1024;

/// How long is waited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a connection, in seconds: name, TCP and TLS. Default: 10.
    pub connect: f64,
    /// For all that follows, up to the last answer, in seconds. Default: 30.
    pub answer: f64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: 10.0, answer: 30.0 }
    }
}

impl Timeouts {
    pub(crate) fn check(&self, setting: &str) -> Result<(), SinkError> {
        [("connect", self.connect), ("answer", self.answer)].into_iter().try_for_each(
            |(name, value)| seconds(&format!("{setting}.timeouts.{name}"), value).map(drop),
        )
    }

    pub(crate) fn connect(&self) -> Duration {
        Duration::from_secs_f64(self.connect)
    }

    pub(crate) fn answer(&self) -> Duration {
        Duration::from_secs_f64(self.answer)
    }
}

/// A time to wait, or why it is none.
pub(crate) fn seconds(setting: &str, value: f64) -> Result<Duration, SinkError> {
    if (0.01..=600.0).contains(&value) {
        return Ok(Duration::from_secs_f64(value));
    }
    Err(SinkError::setting(setting, value, "0.01 to 600 seconds"))
}

/// A connection by TCP, plain or inside TLS, on which no read and no write lasts beyond its deadline.
pub(crate) struct Connection {
    stream: Stream,
    target: String,
    waited: Duration,
}

enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
    /// Between the two, and after a handshake that failed.
    None,
}

/// A socket with a deadline: a peer that says a byte a second does not make it later.
struct Timed {
    socket: TcpStream,
    until: Instant,
}

impl Connection {
    /// Connects to the first address that answers.
    pub(crate) fn open(host: &str, port: u16, wait: Duration) -> Result<Self, SinkError> {
        let target = target(host, port);
        let until = Instant::now() + wait;
        let failed = |error| failed(&target, wait, error);
        let addresses = resolve(host, port, wait).map_err(failed)?;
        let mut last = io::Error::from(ErrorKind::NotFound);
        for (tried, address) in addresses.iter().enumerate() {
            // Each has its share of the time that is left, so that a dead one does not use all of it up.
            let share = left(until) / (addresses.len() - tried) as u32;
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(socket) => {
                    socket.set_nodelay(true).map_err(failed)?;
                    let stream = Stream::Plain(Timed { socket, until });
                    return Ok(Self { stream, target, waited: wait });
                }
                Err(error) => last = error,
            }
        }
        Err(failed(last))
    }

    /// Goes on inside TLS. Whatever was read before does not count: it was nobody's word.
    pub(crate) fn secure(
        &mut self,
        config: &Arc<ClientConfig>,
        name: &ServerName<'static>,
    ) -> Result<(), SinkError> {
        let Stream::Plain(mut socket) = std::mem::replace(&mut self.stream, Stream::None) else {
            return Err(self.failed(ErrorKind::NotConnected.into()));
        };
        let connection = ClientConnection::new(Arc::clone(config), name.clone());
        let mut connection = connection.map_err(|error| self.failed(io::Error::other(error)))?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket).map_err(|error| self.failed(error))?;
        }
        self.stream = Stream::Tls(Box::new(StreamOwned::new(connection, socket)));
        Ok(())
    }

    /// From now on, all has to be over in that time.
    pub(crate) fn within(&mut self, wait: Duration) {
        self.waited = wait;
        if let Some(timed) = self.timed() {
            timed.until = Instant::now() + wait;
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        let written = match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
            Stream::None => Err(ErrorKind::NotConnected.into()),
        };
        written.map_err(|error| self.failed(error))
    }

    /// Reads what is there, at least a byte; 0 if the peer has said all.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, SinkError> {
        self.read_raw(into).map_err(|error| self.failed(error))
    }

    /// Whether the peer has closed it. What it said unasked is read and forgotten: behind that, the end may stand.
    pub(crate) fn is_closed(&mut self) -> bool {
        let Some(timed) = self.timed() else { return true };
        if timed.socket.set_nonblocking(true).is_err() {
            return true;
        }
        timed.until = Instant::now() + Duration::from_secs(1);
        let is_closed = self.says_end();
        let blocks = self.timed().map(|timed| timed.socket.set_nonblocking(false));
        is_closed || !matches!(blocks, Some(Ok(())))
    }

    /// Says that all was said, and waits until the peer closes too: it has read all then. A peer that fell over with
    /// something unread resets the connection, which is an error here.
    pub(crate) fn finish(mut self) -> Result<(), SinkError> {
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            stream.flush().map_err(|error| failed(&self.target, self.waited, error))?;
        }
        let shut = self.timed().map(|timed| timed.socket.shutdown(Shutdown::Write));
        shut.unwrap_or(Ok(())).map_err(|error| self.failed(error))?;
        let mut unasked = [0; 1024];
        for _ in 0..MAX_UNASKED / unasked.len() {
            match self.read_raw(&mut unasked) {
                // Many close inside TLS without a word.
                Ok(0) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Err(self.failed(io::Error::new(ErrorKind::InvalidData, "it talks without end")))
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// What an error of this connection means.
    pub(crate) fn failed(&self, error: io::Error) -> SinkError {
        failed(&self.target, self.waited, error)
    }

    fn says_end(&mut self) -> bool {
        let mut unasked = [0; 1024];
        for _ in 0..MAX_UNASKED / unasked.len() {
            match self.read_raw(&mut unasked) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
        true
    }

    fn read_raw(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.read(into),
            Stream::Tls(stream) => stream.read(into),
            Stream::None => Err(ErrorKind::NotConnected.into()),
        }
    }

    fn timed(&mut self) -> Option<&mut Timed> {
        match &mut self.stream {
            Stream::Plain(timed) => Some(timed),
            Stream::Tls(stream) => Some(&mut stream.sock),
            Stream::None => None,
        }
    }
}

/// How a host and a port are written.
pub(crate) fn target(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The addresses of a host. The system's resolver takes its time and cannot be stopped: it is left behind.
pub(crate) fn resolve(host: &str, port: u16, wait: Duration) -> io::Result<Vec<SocketAddr>> {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let (send, receive) = mpsc::sync_channel(1);
    let ask = move || send.send((host.as_str(), port).to_socket_addrs().map(Vec::from_iter));
    std::thread::Builder::new().name("resolver".into()).spawn(ask)?;
    let found = receive.recv_timeout(wait).map_err(|_| ErrorKind::TimedOut)??;
    if found.is_empty() { Err(ErrorKind::NotFound.into()) } else { Ok(found) }
}

/// What an error of a connection means.
pub(crate) fn failed(target: &str, waited: Duration, source: io::Error) -> SinkError {
    let target = target.to_owned();
    // A socket whose time is up says one or the other, by system.
    match source.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => SinkError::Silent { target, waited },
        _ => SinkError::Unreachable { target, source },
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        Some(left(self.until)).filter(|left| !left.is_zero()).ok_or(ErrorKind::TimedOut.into())
    }
}

impl Read for Timed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(into)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const WAIT: Duration = Duration::from_millis(300);

    /// A connection to somebody who does that.
    fn connected(does: impl FnOnce(TcpStream) + Send + 'static) -> Connection {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let done = thread::spawn(move || does(listener.accept().unwrap().0));
        let connection = Connection::open("127.0.0.1", port, WAIT).unwrap();
        thread::sleep(Duration::from_millis(50));
        drop(done);
        connection
    }

    #[test]
    fn who_drips_is_as_silent_as_who_says_nothing() {
        let mut connection = connected(|mut peer| {
            while peer.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        connection.within(WAIT);
        let began = Instant::now();
        let error = loop {
            if let Err(error) = connection.read(&mut [0; 100]) {
                break error;
            }
        };
        assert!(matches!(error, SinkError::Silent { .. }), "{error}");
        assert!(began.elapsed() < WAIT * 3);
    }

    #[test]
    fn what_the_peer_closed_is_seen_before_it_is_written_to() {
        assert!(connected(drop).is_closed());
        assert!(connected(|mut peer| peer.write_all(b"bye\n").unwrap()).is_closed());
        let mut open = connected(|peer| {
            thread::sleep(Duration::from_secs(1));
            drop(peer);
        });
        assert!(!open.is_closed());
        open.within(WAIT);
        open.write(b"still").unwrap();
    }

    #[test]
    fn what_was_not_read_did_not_arrive() {
        let mut reset = connected(|peer| {
            thread::sleep(Duration::from_millis(200));
            drop(peer); // with bytes unread
        });
        reset.write(b"lost").unwrap();
        reset.within(Duration::from_secs(5));
        assert!(matches!(reset.finish(), Err(SinkError::Unreachable { .. })));

        let mut read = connected(|mut peer| drop(peer.read_to_end(&mut Vec::new())));
        read.write(b"arrived").unwrap();
        read.finish().unwrap();
    }

    #[test]
    fn nobody_is_unreachable() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for host in ["127.0.0.1", "no-such-host.invalid"] {
            let Err(error) = Connection::open(host, free, Duration::from_secs(5)) else {
                panic!("{host} answers");
            };
            assert!(error.may_pass(), "{error}");
        }
    }
}
