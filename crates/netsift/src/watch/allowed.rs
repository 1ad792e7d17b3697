//! What people allow, as a path takes it.

use netsift_detect::lists::{AllowEntry, AllowList};
use netsift_history::Allowance;

use super::WatchError;

/// All of it, or what cannot be.
pub(super) fn list(kept: &[Allowance]) -> Result<AllowList, WatchError> {
    let entries = kept.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    Ok(AllowList::new(entries)?)
}

/// An entry that says which allowance it is.
fn entry(kept: &Allowance) -> Result<AllowEntry, WatchError> {
    let id = kept.id;
    let mut entry: AllowEntry = serde_json::from_str(&kept.entry)
        .map_err(|source| WatchError::Allowance { id, source: Box::new(source) })?;
    AllowList::new([entry.clone()])
        .map_err(|source| WatchError::Allowance { id, source: Box::new(source) })?;
    entry.note = Some(format!("allowance {id}"));
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(entry: &str) -> Result<AllowList, String> {
        let own = str::to_owned;
        let kept =
            Allowance { id: 7, since: 0, who: own("ann"), comment: own(""), entry: own(entry) };
        list(&[kept]).map_err(|error| error.to_string())
    }

    #[test]
    fn what_cannot_be_says_which_it_is() {
        let note = said(r#"{"port":53,"note":"x"}"#).unwrap().entries()[0].note.clone();
        assert_eq!(note.as_deref(), Some("allowance 7"));
        for entry in ["{}", "[", r#"{"prot":1}"#, r#"{"network":"0.0.0.0/0"}"#, r#"{"note":"x"}"#] {
            let error = said(entry).unwrap_err();
            assert!(error.starts_with("allowance 7: "), "{error}");
        }
    }
}
