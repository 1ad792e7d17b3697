//! What people allow, as a path takes it.

use netsift_detect::lists::{AllowEntry, AllowList};
use netsift_history::{Allowance, MOST_ALLOWANCES};

use super::{LeftOut, WatchError};

/// All of it that can be, and what cannot.
pub(super) fn list(kept: &[Allowance]) -> Result<(AllowList, Vec<LeftOut>), WatchError> {
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for kept in kept {
        match entry(kept) {
            Ok(_) if entries.len() >= MOST_ALLOWANCES => {
                refused.push(LeftOut::new("allowance", kept.id, &"there may be 1000"));
            }
            Ok(entry) => entries.push(entry),
            Err(why) => refused.push(LeftOut::new("allowance", kept.id, &why)),
        }
    }
    Ok((AllowList::new(entries)?, refused))
}

/// An entry that says which allowance it is; or why there is none, for people.
fn entry(kept: &Allowance) -> Result<AllowEntry, String> {
    let mut entry: AllowEntry =
        serde_json::from_str(&kept.entry).map_err(|error| error.to_string())?;
    AllowList::new([entry.clone()]).map_err(|error| error.to_string())?;
    entry.note = Some(format!("allowance {}", kept.id));
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowance(id: i64, entry: &str) -> Allowance {
        let own = str::to_owned;
        Allowance { id, since: 0, who: own("ann"), comment: own(""), entry: own(entry) }
    }

    #[test]
    fn what_cannot_be_says_which_it_is_and_leaves_the_others() {
        for entry in ["{}", "[", r#"{"prot":1}"#, r#"{"network":"0.0.0.0/0"}"#, r#"{"note":"x"}"#] {
            let kept = [allowance(7, entry), allowance(8, r#"{"port":53,"note":"x"}"#)];
            let (allowed, refused) = list(&kept).unwrap();
            assert_eq!(allowed.entries()[0].note.as_deref(), Some("allowance 8"));
            let [refused] = &refused[..] else { panic!("{entry}: {refused:?}") };
            assert!(refused.to_string().starts_with("allowance 7: "), "{refused}");
        }
        let many: Vec<_> = (0..5_000).map(|id| allowance(id, r#"{"port":53}"#)).collect();
        let (allowed, refused) = list(&many).unwrap();
        assert_eq!((allowed.entries().len(), refused.len()), (MOST_ALLOWANCES, 4_000));
    }
}
