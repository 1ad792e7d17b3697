//! An alert by the names of its own fields.

use serde::Serialize;

use crate::Alert;

/// What `serde` makes of an alert is what is documented: readers of one form read the other.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Own<'a>(&'a Alert);

impl<'a> Own<'a> {
    pub(super) fn of(alert: &'a Alert) -> Self {
        Self(alert)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Alert, Form, example};

    #[test]
    fn it_is_read_back_as_it_was() {
        let line = Form::Own.line(&example("scan", 1_790_000_000_000_000_001));
        assert!(line.contains(r#""nanos":1790000000000000001,"#), "{line}");
        assert!(line.contains(r#""target":{"address":"198.51.100.9","port":22}"#), "{line}");
        let alert: Alert = serde_json::from_str(&line).unwrap();
        assert_eq!(alert, example("scan", 1_790_000_000_000_000_001));
    }
}
