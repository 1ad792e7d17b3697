//! What is said to a mail server, and what it answers (RFC 5321), no longer than the connection's deadline.
//!
//! Libraries for this stop at the first recipient that is refused, and go on with what was said before TLS began.

use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use crate::SinkError;
use crate::remote::{Connection, Revealed, clean};

/// The most bytes of a line of an answer (RFC 5321 asks for 512), and the most lines.
const MAX_LINE: usize = 2_048;
const MAX_LINES: usize = 128;
/// The most bytes of an answer that are told.
const MAX_TOLD: usize = 200;

/// A dialogue with a server.
pub(super) struct Dialogue {
    connection: Connection,
    /// What was read and not yet looked at.
    unread: Vec<u8>,
    /// What the server says it can.
    offers: Vec<String>,
}

/// An answer: its number, and the text of its first line.
pub(super) struct Answer {
    code: u16,
    text: String,
}

impl Answer {
    pub(super) fn is_yes(&self) -> bool {
        self.code / 100 == 2
    }

    /// Whether it may be another at another time.
    pub(super) fn may_pass(&self) -> bool {
        self.code / 100 == 4
    }
}

impl Dialogue {
    /// Greets and is greeted.
    pub(super) fn new(connection: Connection, own_name: &str) -> Result<Self, SinkError> {
        let mut dialogue = Self { connection, unread: Vec::new(), offers: Vec::new() };
        let greeting = dialogue.answer()?.0;
        dialogue.expect(greeting, 220)?;
        dialogue.hello(own_name)?;
        Ok(dialogue)
    }

    /// Goes on inside TLS. A server that does not offer it may be somebody else in between: later is another time.
    pub(super) fn start_tls(
        &mut self,
        config: &Arc<ClientConfig>,
        name: &ServerName<'static>,
        own_name: &str,
    ) -> Result<(), SinkError> {
        if !self.offers("STARTTLS") {
            let (target, answer) = (self.target().to_owned(), "it offers no STARTTLS".to_owned());
            return Err(SinkError::Busy { target, answer, wait: None });
        }
        let answer = self.ask("STARTTLS")?;
        self.expect(answer, 220)?;
        // Whoever speaks before TLS wants it to count behind it.
        if !self.unread.is_empty() {
            return Err(self.broken("it spoke on before TLS began"));
        }
        self.connection.secure(config, name)?;
        self.hello(own_name)
    }

    /// Logs in, by the one of the two plain ways that is offered.
    pub(super) fn log_in(&mut self, user: &str, password: &Revealed) -> Result<(), SinkError> {
        let password = password.text();
        let ways = self.offers.iter().find_map(|offer| offer.strip_prefix("AUTH "));
        let offers = |way| ways.is_some_and(|ways| ways.split(' ').any(|it| it == way));
        let (plain, login) = (offers("PLAIN"), offers("LOGIN"));
        let answer = if plain {
            let both = Zeroizing::new(format!("\0{user}\0{password}"));
            let both = Zeroizing::new(STANDARD.encode(both.as_bytes()));
            self.ask(&Zeroizing::new(format!("AUTH PLAIN {}", *both)))?
        } else if login {
            let next = self.ask("AUTH LOGIN")?;
            self.expect(next, 334)?;
            let next = self.ask(&STANDARD.encode(user))?;
            self.expect(next, 334)?;
            self.ask(&Zeroizing::new(STANDARD.encode(password)))?
        } else {
            let answer = "it offers neither AUTH PLAIN nor AUTH LOGIN".to_owned();
            return Err(SinkError::Refused { target: self.target().to_owned(), answer });
        };
        // A server may repeat what it was told, and that is the password.
        let status = answer.text.split(' ').next().unwrap_or_default();
        let is_status = status.chars().all(|it| it.is_ascii_digit() || it == '.');
        let text = format!("{} to the password", if is_status { status } else { "no" });
        self.expect(Answer { text, ..answer }, 235)
    }

    /// Says a line, and wants a "yes" to it.
    pub(super) fn ok(&mut self, line: &str) -> Result<(), SinkError> {
        let answer = self.ask(line)?;
        self.expect(answer, 250)
    }

    /// Says a line. The server that is going down says so to any.
    pub(super) fn ask(&mut self, line: &str) -> Result<Answer, SinkError> {
        self.connection.write(&Zeroizing::new(format!("{line}\r\n").into_bytes()))?;
        let (answer, _) = self.answer()?;
        if answer.code == 421 { Err(self.error(&answer)) } else { Ok(answer) }
    }

    /// Sends a mail, whose lines end in CR LF.
    pub(super) fn send(&mut self, mail: &[u8]) -> Result<(), SinkError> {
        let answer = self.ask("DATA")?;
        self.expect(answer, 354)?;
        let mut stuffed = Vec::with_capacity(mail.len() + 64);
        for line in mail.split_inclusive(|byte| *byte == b'\n') {
            // A dot alone would end it.
            if line.first() == Some(&b'.') {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
        }
        stuffed.extend_from_slice(b".\r\n");
        self.connection.write(&stuffed)?;
        let (answer, _) = self.answer()?;
        self.expect(answer, 250)
    }

    /// Says goodbye. What was taken is taken, whatever is said to that.
    pub(super) fn bye(&mut self, wait: Duration) {
        self.connection.within(wait);
        let _ = self.ask("QUIT");
    }

    pub(super) fn target(&self) -> &str {
        self.connection.target()
    }

    /// What an answer means that is not the one that was hoped for.
    pub(super) fn error(&self, answer: &Answer) -> SinkError {
        let (target, text) = (self.target().to_owned(), answer.to_string());
        match answer.code / 100 {
            4 => SinkError::Busy { target, answer: text, wait: None },
            5 => SinkError::Refused { target, answer: text },
            _ => self.broken("it answers out of turn"),
        }
    }

    fn hello(&mut self, own_name: &str) -> Result<(), SinkError> {
        self.connection.write(format!("EHLO {own_name}\r\n").as_bytes())?;
        let (answer, lines) = self.answer()?;
        self.expect(answer, 250)?;
        // What was offered before TLS does not count behind it.
        self.offers = lines.into_iter().map(|line| line.to_ascii_uppercase()).collect();
        Ok(())
    }

    fn offers(&self, what: &str) -> bool {
        self.offers.iter().any(|offer| offer == what)
    }

    fn expect(&self, answer: Answer, code: u16) -> Result<(), SinkError> {
        // 251 to a recipient, 250 to most: a "yes" of any kind where one is asked for.
        let is_expected = answer.code == code || (code == 250 && answer.is_yes());
        if is_expected { Ok(()) } else { Err(self.error(&answer)) }
    }

    /// An answer, with the text of each of its lines.
    fn answer(&mut self) -> Result<(Answer, Vec<String>), SinkError> {
        let mut lines = Vec::new();
        while lines.len() < MAX_LINES {
            let line = self.line()?;
            let code = line.get(..3).and_then(|code| code.parse().ok());
            let code = code.filter(|code| (200..600).contains(code));
            let (Some(code), true) =
                (code, matches!(line.as_bytes().get(3), None | Some(b' ' | b'-')))
            else {
                return Err(self.broken("what it says is no SMTP"));
            };
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                let text = lines.first().cloned().unwrap_or_default();
                return Ok((Answer { code, text }, lines));
            }
        }
        Err(self.broken("it answers without end"))
    }

    fn line(&mut self) -> Result<String, SinkError> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<_> = self.unread.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.unread.len() > MAX_LINE {
                return Err(self.broken("a line of it has no end"));
            }
            let mut read = [0; 1024];
            match self.connection.read(&mut read)? {
                0 => return Err(self.connection.failed(ErrorKind::UnexpectedEof.into())),
                len => self.unread.extend_from_slice(&read[..len]),
            }
        }
    }

    fn broken(&self, why: &str) -> SinkError {
        self.connection.failed(io::Error::new(ErrorKind::InvalidData, why))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, clean(&self.text, MAX_TOLD))
    }
}
