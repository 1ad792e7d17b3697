//! Who writes and who is written to.

use crate::SinkError;
use crate::remote::is_name;

/// The most bytes of an address and of the part before its `@` (RFC 5321, 4.5.3.1).
const MAX_ADDRESS: usize = 254;
const MAX_LOCAL: usize = 64;

/// An address, with the name of whose it is.
pub(super) struct Mailbox {
    pub(super) name: Option<String>,
    pub(super) address: String,
}

impl Mailbox {
    /// Reads `address` or `name <address>`. An address that could end a command or a header is none.
    pub(super) fn new(setting: &str, text: &str) -> Result<Self, SinkError> {
        let rule = "an address as name@host, or Somebody <name@host>, in ASCII";
        let refuse = || SinkError::setting(setting, text, rule);
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(start) => start.split_once('<').ok_or_else(refuse)?,
            None => ("", text.trim()),
        };
        let name = name.trim().trim_matches('"');
        if !is_address(address) || name.len() > MAX_ADDRESS || name.contains(char::is_control) {
            return Err(refuse());
        }
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        Ok(Self { name, address: address.to_owned() })
    }

    /// Whose machine it is on.
    pub(super) fn domain(&self) -> &str {
        self.address.split_once('@').map_or("localhost", |(_, domain)| domain)
    }
}

/// Whether it is an address as nearly all are: no quotes, no comments.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_atom =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    let is_literal =
        |text: &str| text.bytes().all(|it| it.is_ascii_hexdigit() || b".:IPv".contains(&it));
    (1..=MAX_LOCAL).contains(&local.len())
        && text.len() <= MAX_ADDRESS
        && local.bytes().all(is_atom)
        && !local.split('.').any(str::is_empty)
        && literal.map_or_else(|| is_name(domain), is_literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        let read = |text: &str| Mailbox::new("a", text).ok().map(|it| (it.name, it.address));
        let plain = |text: &str| Some((None, text.to_owned()));
        assert_eq!(read(" a.b+c@example.org "), plain("a.b+c@example.org"));
        assert_eq!(read("a@[192.0.2.1]"), plain("a@[192.0.2.1]"));
        let named = Some((Some("Ann O'Nymous".to_owned()), "a@b".to_owned()));
        assert_eq!(read("\"Ann O'Nymous\" <a@b>"), named);
        for text in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a@b>",
            "<a@b",
            "a..b@c",
            ".a@c",
            "a@b\r\nRCPT TO:<x@y>",
            "x\ny <a@b>",
            "ä@b",
            "a@ä",
            "a@[b\r\n]",
            "<a@b> SIZE=1",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
