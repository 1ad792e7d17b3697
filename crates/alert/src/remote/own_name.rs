//! What this machine calls itself to others.

/// The name of this machine, as far as it may be said in headers: letters, digits, `-`, `.` and `_`, at most 255.
pub(crate) fn own_name() -> Option<String> {
    system_name().filter(|name| is_name(name))
}

/// Whether a text is a name of a host.
pub(crate) fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=255).contains(&text.len()) && text.bytes().all(is_part)
}

#[cfg(unix)]
fn system_name() -> Option<String> {
    nix::unistd::gethostname().ok()?.into_string().ok()
}

#[cfg(not(unix))]
fn system_name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_break_no_header() {
        assert!(is_name("sensor-1.example"));
        for text in ["", "a b", "a\r\nb", "é", &"a".repeat(256)] {
            assert!(!is_name(text), "{text}");
        }
    }
}
