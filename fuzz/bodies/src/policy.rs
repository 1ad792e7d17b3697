//! The laws of policies.

use netsift_detect::{DetectError, Policy};

/// A policy as text.
pub(crate) fn body(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let policy = match Policy::from_toml(text) {
        Ok(policy) => policy,
        Err(DetectError::Policy { source }) => {
            let span = source.span().unwrap_or(0..0);
            assert!(span.end <= text.len(), "an error outside of the text");
            return;
        }
        Err(_) => return,
    };
    assert!(policy.check().is_ok(), "what is read holds");
    for score in [0.0, 20.0, 50.0, 99.9, 100.0] {
        let (one, other) = (policy.levels.of(score), policy.levels.of(score + 1.0));
        assert!(one <= other, "a higher score is no lower level");
    }
    assert!(policy.levels.of(0.0).is_none(), "nothing has no level");
    let written = policy.to_toml().unwrap_or_else(|error| panic!("cannot be written: {error}"));
    let again = Policy::from_toml(&written);
    let again = again.unwrap_or_else(|error| panic!("what is written is refused: {error}"));
    let twice = again.to_toml().unwrap_or_else(|error| panic!("written once: {error}"));
    assert_eq!(written, twice, "reading changes nothing");
}
