//! Alerts for who looks at a terminal.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal, Write};

use serde::{Deserialize, Serialize};

use crate::{Alert, Level, Peer, Sink, SinkError, Term, printable, time};

/// Where lines for people go, and how they look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TerminalSettings {
    /// Default: standard output.
    pub to: Stream,
    /// Default: on a terminal, unless the environment says `NO_COLOR`.
    pub colour: Colour,
}

/// A stream of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    #[default]
    Stdout,
    /// Standard error.
    Stderr,
}

/// When lines have colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Lines for people: what it is, and below it what it rests on. Whatever attackers wrote cannot move the terminal.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    has_colours: bool,
}

impl TerminalSettings {
    /// Whether lines have colours, as things are now.
    #[must_use]
    pub fn has_colours(&self) -> bool {
        let is_terminal = match self.to {
            Stream::Stdout => io::stdout().is_terminal(),
            Stream::Stderr => io::stderr().is_terminal(),
        };
        let is_welcome = || std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
        match self.colour {
            Colour::Auto => is_terminal && is_welcome(),
            Colour::Always => true,
            Colour::Never => false,
        }
    }
}

impl Terminal {
    /// # Errors
    /// None yet: it has the shape of its siblings.
    pub fn new(settings: TerminalSettings) -> Result<Self, SinkError> {
        let out: Box<dyn Write + Send> = match settings.to {
            Stream::Stdout => Box::new(io::stdout()),
            Stream::Stderr => Box::new(io::stderr()),
        };
        Ok(Self::to(out, settings.has_colours()))
    }

    /// Lines for people, to somewhere else.
    pub fn to(out: impl Write + Send + 'static, has_colours: bool) -> Self {
        Self { out: Box::new(out), has_colours }
    }

    /// An alert as a line, and below it what it rests on.
    #[must_use]
    pub fn lines(alert: &Alert, has_colours: bool) -> String {
        let mut text = head(alert, has_colours);
        let times = (alert.count > 1)
            .then(|| format!("{} times since {}", alert.count, time::rfc3339(alert.first)));
        let also =
            |term: &Term| format!("also {} {}: {:.0} %", term.of, term.says, term.risk * 100.0);
        let below = times
            .into_iter()
            .chain(alert.evidence.iter().cloned())
            .chain(alert.names.iter().map(|name| format!("name {name}")))
            .chain(alert.reasons.iter().cloned())
            .chain(alert.terms.iter().skip(1).map(also))
            .chain(alert.packets.iter().map(|file| format!("packets in {file}")));
        for line in below {
            // Writing to a string does not fail.
            let _ = writeln!(text, "    {}", printable(&line));
        }
        text
    }
}

impl Sink for Terminal {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        let text: String =
            alerts.iter().map(|alert| Self::lines(alert, self.has_colours)).collect();
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        written.map_err(|source| {
            let target = "the terminal".to_owned();
            match source.kind() {
                ErrorKind::BrokenPipe => {
                    SinkError::Refused { target, answer: "nobody reads any more".to_owned() }
                }
                _ => SinkError::Unreachable { target, source },
            }
        })
    }
}

fn head(alert: &Alert, has_colours: bool) -> String {
    let peer = |peer: Option<Peer>| peer.map_or_else(|| "many".to_owned(), |it| it.to_string());
    let (begin, end) = if has_colours { (colour(alert.level), "\u{1b}[0m") } else { ("", "") };
    let width = Level::ALL.iter().map(|level| level.name().len()).max().unwrap_or(0);
    let facts: Vec<&str> =
        [&alert.protocol, &alert.service].into_iter().flatten().map(String::as_str).collect();
    format!(
        "{}  {begin}{:<width$} {:>3.0}{end}  {}  {} -> {} {}  {}: {}\n",
        time::rfc3339(alert.nanos),
        alert.level,
        alert.score,
        printable(&alert.what),
        peer(alert.source),
        peer(alert.target),
        printable(&facts.join(" ")),
        alert.action,
        printable(&alert.rule),
    )
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::Low => "\u{1b}[36m",
        Level::Medium => "\u{1b}[33m",
        Level::High => "\u{1b}[31m",
        Level::Critical => "\u{1b}[1;31m",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{example, text::is_obeyed};

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(alert: Alert, has_colours: bool) -> String {
        let screen = Screen::default();
        Terminal::to(screen.clone(), has_colours).accept(&[alert]).unwrap();
        String::from_utf8(screen.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn people_see_what_who_and_why() {
        let alert = Alert { count: 3, ..example("scan", 1_790_000_000_000_000_000) };
        let expected = "2026-09-21T14:13:20Z  high      72  scan  192.0.2.7 -> 198.51.100.9:22 TCP ssh  block: what is high
    3 times since 2026-09-21T14:13:20Z
    180 short connections
    name mail.example
    Flow Duration is 3, usually 900
";
        assert_eq!(shown(alert.clone(), false), expected);
        let coloured = shown(alert, true);
        assert!(coloured.contains("  \u{1b}[31mhigh      72\u{1b}[0m  scan"), "{coloured:?}");
    }

    #[test]
    fn nothing_that_was_written_moves_the_terminal() {
        let text = "a\r\n\u{1b}[2J\u{9b}2J\u{202e}\u{7}\u{0}b";
        let mut alert = example(text, 1);
        let text = || text.to_owned();
        (alert.protocol, alert.service, alert.packets) = (Some(text()), Some(text()), Some(text()));
        (alert.names, alert.reasons, alert.evidence) = (vec![text()], vec![text()], vec![text()]);
        alert.terms =
            vec![alert.terms[0].clone(), crate::Term { of: text(), says: text(), risk: 0.5 }];
        alert.rule = text();
        let shown = shown(alert, false);
        assert!(!shown.chars().any(|char| char != '\n' && is_obeyed(char)), "{shown:?}");
        assert_eq!(shown.lines().count(), 6);
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_not_tried_again() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = Terminal::to(Closed, false).accept(&[example("a", 1)]).unwrap_err();
        assert!(!error.may_pass(), "{error}");
    }
}
