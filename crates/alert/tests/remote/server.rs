//! Servers in threads.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A server on this machine that does the same with everybody who connects, and remembers what it heard.
pub(crate) struct Server {
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

/// A place to write down what was heard.
#[derive(Clone)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(crate) fn write(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.0.lock().unwrap().iter().any(|note| note == text)
    }
}

impl Server {
    /// `does` is told which connection it is, the first being 0.
    pub(crate) fn new(does: impl Fn(usize, TcpStream, &Notes) + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), does)
    }

    pub(crate) fn on(
        listener: TcpListener,
        does: impl Fn(usize, TcpStream, &Notes) + Send + Sync + 'static,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (notes, does) = (Notes(Arc::clone(&heard)), Arc::new(does));
        thread::spawn(move || {
            for (place, stream) in listener.incoming().enumerate() {
                let (notes, does) = (notes.clone(), Arc::clone(&does));
                thread::spawn(move || {
                    let stream = stream.unwrap();
                    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                    does(place, stream, &notes);
                });
            }
        });
        Self { port, heard }
    }

    /// A server of HTTP that answers everybody the same.
    pub(crate) fn http(answer: &'static str) -> Self {
        Self::new(move |_, mut stream, notes| {
            notes.write(request(&mut stream));
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/in/token123?key=token456", self.port)
    }
}

/// A request with its body, as far as it says how long that is.
pub(crate) fn request(stream: &mut impl Read) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read(&mut byte), Ok(1)) {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    bytes.extend_from_slice(&body);
    String::from_utf8(bytes).unwrap()
}

/// A port on which nobody listens, and nobody will by chance: the system gives out others, from 32,768 on.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + (std::process::id() % 100) as u16 * 100;
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::SeqCst) % 100;
        let address = ("127.0.0.1", port);
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return port;
        }
    }
}
