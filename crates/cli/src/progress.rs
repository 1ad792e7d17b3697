//! A bar on the terminal while something long goes on; nothing where there is no terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How many packets go by between two looks at the progress: a millisecond at most.
const STRIDE: u64 = 1 << 14;

const BYTES: &str = "{wide_bar} {decimal_bytes} of {decimal_total_bytes}, {eta} to go";
const BYTES_WITHOUT_END: &str = "{spinner} {decimal_bytes}, {decimal_bytes_per_sec}";
const PACKETS: &str = "{wide_bar} {human_pos} of {human_len} packets, {eta} to go";
const FITS: &str = "{wide_bar} {msg}, {eta} to go";
const WORDS: &str = "{spinner} {msg}";
const REASONS: &str = "{wide_bar} {human_pos} of {human_len} rows explained, {eta} to go";
const PACKETS_WITHOUT_END: &str = "{spinner} {human_pos} packets, {per_sec}";

#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of `total` bytes, or of nobody knows how many.
    pub(crate) fn of_bytes(total: Option<u64>) -> Self {
        Self::of(total, if total.is_some() { BYTES } else { BYTES_WITHOUT_END })
    }

    /// Of `total` packets, or of nobody knows how many.
    pub(crate) fn of_packets(total: Option<u64>) -> Self {
        Self::of(total, if total.is_some() { PACKETS } else { PACKETS_WITHOUT_END })
    }

    /// Of fits, of which each is so many [steps](Self::STEPS).
    pub(crate) fn of_fits() -> Self {
        Self::of(Some(Self::STEPS), FITS)
    }

    /// Of what is said.
    pub(crate) fn of_words() -> Self {
        Self::of(None, WORDS)
    }

    /// Of rows that are explained.
    pub(crate) fn of_reasons() -> Self {
        Self::of(Some(0), REASONS)
    }

    /// How many steps of the bar a fit is.
    pub(crate) const STEPS: u64 = 1_000;

    /// Shows how far it is, of how many steps.
    pub(crate) fn set(&self, position: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(position);
    }

    /// Says what is done.
    pub(crate) fn say(&self, what: String) {
        self.bar.set_message(what);
    }

    /// No bar: it would mix with what is printed.
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden() }
    }

    /// Shows how far it is, once in a while: `count` counts the calls.
    #[inline]
    pub(crate) fn at(&self, count: u64, position: impl FnOnce() -> u64) {
        if count.is_multiple_of(STRIDE) {
            self.bar.set_position(position());
        }
    }

    /// From nothing on, of so many, also after it was taken off the terminal.
    pub(crate) fn restart(&self, total: u64) {
        self.bar.set_length(total);
        self.bar.reset();
    }

    /// Takes the bar off the terminal.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn of(total: Option<u64>, template: &str) -> Self {
        // indicatif draws nothing where standard error is no terminal.
        let target = ProgressDrawTarget::stderr();
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self { bar: ProgressBar::with_draw_target(total, target).with_style(style) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_sound() {
        let words = [BYTES, BYTES_WITHOUT_END, PACKETS, PACKETS_WITHOUT_END, FITS, WORDS, REASONS];
        for template in words {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn the_position_is_asked_for_once_in_a_while() {
        let progress = Progress::hidden();
        progress.at(1, || panic!("asked too often"));
        progress.at(STRIDE, || 7);
        assert_eq!(progress.bar.position(), 7);
    }
}
