//! What the system tells a process: to end, or to read again what it was started with.

use std::io;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C, or SIGTERM.
    End,
    /// SIGHUP: the terminal is gone; to what goes on without one, that its files have changed.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has it"))]
    Hangup,
}

/// Tells each from now on, on a thread of its own.
#[cfg(unix)]
pub(crate) fn each(mut told: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let signal = |number| if number == SIGHUP { Signal::Hangup } else { Signal::End };
    let tell = move || signals.forever().for_each(|number| told(signal(number)));
    std::thread::Builder::new().name("signals".into()).spawn(tell)?;
    Ok(())
}

/// Tells each from now on, on a thread of its own.
#[cfg(not(unix))]
pub(crate) fn each(mut told: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || told(Signal::End)).map_err(io::Error::other)
}
