//! JSON, written straight into a buffer that is used again.

use std::io::Write;
use std::net::IpAddr;

/// Writes values one after the other; commas come by themselves.
#[derive(Default)]
pub(crate) struct Json {
    bytes: Vec<u8>,
}

impl Json {
    /// What was written, to be read and emptied.
    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(crate) fn object(&mut self, inside: impl FnOnce(&mut Self)) {
        self.enclosed(b'{', b'}', inside);
    }

    pub(crate) fn array(&mut self, inside: impl FnOnce(&mut Self)) {
        self.enclosed(b'[', b']', inside);
    }

    /// The name of the next value, which needs no escaping.
    #[inline]
    pub(crate) fn key(&mut self, key: &'static str) -> &mut Self {
        self.separate();
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(key.as_bytes());
        self.bytes.extend_from_slice(b"\":");
        self
    }

    #[inline]
    pub(crate) fn number(&mut self, number: impl itoa::Integer) {
        self.separate();
        self.bytes.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.separate();
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    #[inline]
    pub(crate) fn address(&mut self, address: IpAddr) {
        self.separate();
        self.bytes.push(b'"');
        push_address(&mut self.bytes, address);
        self.bytes.push(b'"');
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        self.bytes.push(b'"');
        text.bytes().for_each(|byte| self.escaped(byte));
        self.bytes.push(b'"');
    }

    pub(crate) fn end_line(&mut self) {
        self.bytes.push(b'\n');
    }

    fn enclosed(&mut self, open: u8, close: u8, inside: impl FnOnce(&mut Self)) {
        self.separate();
        self.bytes.push(open);
        inside(self);
        self.bytes.push(close);
    }

    /// A comma, unless this is the first in its place.
    #[inline]
    fn separate(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'{' | b'[' | b':' | b'\n')) {
            self.bytes.push(b',');
        }
    }

    /// Bytes of UTF-8 go through, but what JSON forbids in texts.
    fn escaped(&mut self, byte: u8) {
        match byte {
            b'"' | b'\\' => self.bytes.extend_from_slice(&[b'\\', byte]),
            0..0x20 | 0x7f => {
                let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit & 15)];
                self.bytes.extend_from_slice(b"\\u00");
                self.bytes.extend_from_slice(&[hex(byte >> 4), hex(byte)]);
            }
            _ => self.bytes.push(byte),
        }
    }
}

/// An address as text; IPv4, the usual one, without the formatting machinery.
#[inline]
pub(crate) fn push_address(bytes: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (place, octet) in address.octets().into_iter().enumerate() {
                if place > 0 {
                    bytes.push(b'.');
                }
                bytes.extend_from_slice(itoa::Buffer::new().format(octet).as_bytes());
            }
        }
        // Writing to a vector does not fail.
        IpAddr::V6(address) => drop(write!(bytes, "{address}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let hostile = "\"\\\u{1b}[2J\u{7f}\n\u{0}é\u{2028}";
        let mut json = Json::default();
        json.object(|json| {
            json.key("numbers").array(|json| [1, -2].iter().for_each(|n| json.number(*n)));
            json.key("empty").object(|_| {});
            json.key("text").text(hostile);
            json.key("v4").address("10.0.255.1".parse().unwrap());
            json.key("v6").address("2001:db8::1".parse().unwrap());
            json.key("whether").boolean(true);
        });
        let read: serde_json::Value = serde_json::from_slice(json.bytes_mut()).unwrap();
        let expected = serde_json::json!({
            "numbers": [1, -2], "empty": {}, "text": hostile,
            "v4": "10.0.255.1", "v6": "2001:db8::1", "whether": true,
        });
        assert_eq!(read, expected);
        assert!(!json.bytes_mut().iter().any(u8::is_ascii_control));
    }
}
