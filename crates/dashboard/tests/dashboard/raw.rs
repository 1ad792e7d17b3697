//! Requests byte by byte: what no client library would send has to be sent, too.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A request in the making.
#[derive(Clone)]
pub(crate) struct Ask {
    method: String,
    path: String,
    host: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// Nothing takes longer here.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

pub(crate) fn get(path: &str) -> Ask {
    ask("GET", path)
}

pub(crate) fn ask(method: &str, path: &str) -> Ask {
    let (method, path) = (method.to_owned(), path.to_owned());
    Ask { method, path, host: None, headers: Vec::new(), body: None }
}

/// JSON that is sent.
pub(crate) fn post(path: &str, body: &Value) -> Ask {
    let ask = ask("POST", path).header("Content-Type", "application/json");
    ask.body(body.to_string().into_bytes())
}

impl Ask {
    pub(crate) fn host(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(self, body: Vec<u8>) -> Self {
        Self { body: Some(body), ..self }
    }

    pub(crate) fn bytes(&self, to: SocketAddr) -> Vec<u8> {
        let host = self.host.clone().unwrap_or_else(|| to.to_string());
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut bytes = (text + "Connection: close\r\n\r\n").into_bytes();
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    pub(crate) fn send(&self, to: SocketAddr) -> Answer {
        exchange(to, &self.bytes(to))
            .unwrap_or_else(|| panic!("{} {}: no answer", self.method, self.path))
    }
}

pub(crate) fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(LONGEST)).unwrap();
    stream.set_write_timeout(Some(LONGEST)).unwrap();
    stream
}

/// Sends bytes, and reads until the server closes; nothing where it just does.
pub(crate) fn exchange(to: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut stream = connect(to);
    // A server that refuses early may have closed: what it said is there all the same.
    let _ = stream.write_all(bytes);
    Answer::read(&rest(&mut stream))
}

/// All that comes until the end.
pub(crate) fn rest(stream: &mut impl Read) -> Vec<u8> {
    let (mut all, mut part) = (Vec::new(), [0; 8192]);
    while let Ok(read) = stream.read(&mut part) {
        if read == 0 {
            break;
        }
        all.extend_from_slice(&part[..read]);
    }
    all
}

impl Answer {
    /// The first answer in these bytes.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let body = bytes[end + 4..].to_vec();
        let answer = Self { status, headers, body };
        let is_chunked = answer.header("transfer-encoding") == Some("chunked");
        let body = if is_chunked { unchunked(&answer.body) } else { answer.body.clone() };
        Some(Self { body, ..answer })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// As far as chunks are whole.
fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let len = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        let rest = &bytes[end + 2..];
        if len == 0 || rest.len() < len + 2 {
            break;
        }
        body.extend_from_slice(&rest[..len]);
        bytes = &rest[len + 2..];
    }
    body
}
