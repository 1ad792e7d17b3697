//! Text from elsewhere, made safe to print: names of files may hold what a terminal obeys.

pub(crate) use netsift::alert::printable;

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn what_moves_the_terminal_turns_text_or_is_not_seen_is_disarmed() {
        assert_eq!(printable("a\u{1b}[2J\nb\u{9b}\u{202e}é"), r"a\u{1b}[2J\u{a}b\u{9b}\u{202e}é");
        assert_eq!(printable("pay\u{200b}pal\u{2060}"), r"pay\u{200b}pal\u{2060}");
        assert!(matches!(printable("Straße 東京.pcap"), Cow::Borrowed(_)));
    }
}
