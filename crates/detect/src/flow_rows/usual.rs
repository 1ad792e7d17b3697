//! Which columns of flows a detector of anomalies learns from where nothing is said.

use netsift_flow::{Columns, FACTS, FEATURES, Profile};

use super::{identity, says_who};

/// The columns of a profile that a detector of anomalies learns from where nothing is said: those that bear names of the
/// reference.
///
/// Detectors add up what each column finds strange, so columns in which attacks look like anything else bury those that tell
/// of them: with the first packets one by one, histograms and facts, most attacks are found less often. These are the ones
/// that find most among flows, planted and real; `planted` in the benches tells, and the record has its tables.
///
/// ```
/// use netsift_flow::Profile;
/// use netsift_detect::flow_rows::usual_columns;
///
/// let columns = usual_columns(Profile::Native);
/// let names: Vec<&str> = columns.features().iter().map(|feature| feature.name.current).collect();
/// assert!(names.contains(&"Flow Duration") && !names.contains(&"Fwd TTL Min"));
/// ```
#[must_use]
pub fn usual_columns(profile: Profile) -> Columns {
    Columns::reference(profile).labelled(false)
}

/// Whether a detector learns from a column of this name where nothing is said: one of [`usual_columns`], or one that is no
/// column of flows, since what that is for only its table knows.
#[must_use]
pub fn is_usual(name: &str) -> bool {
    let feature = FEATURES.iter().find(|feature| feature.name.current == name);
    let is_fact = FACTS.iter().any(|fact| fact.name.current == name);
    !is_fact && !says_who(name) && feature.is_none_or(netsift_flow::Feature::is_reference)
}

/// Whether a table with these columns is one of flows: it has all that identify one.
#[must_use]
pub fn are_flows<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    let names: Vec<&str> = names.into_iter().collect();
    identity().all(|identity| names.contains(&identity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_who_is_not_among_them_and_what_is_unknown_is() {
        for profile in Profile::ALL {
            let usual: Vec<&str> =
                usual_columns(profile).features().iter().map(|it| it.name.current).collect();
            assert!(usual.len() > 70, "{profile}: {usual:?}");
            let all = Columns::all(profile).labelled(false);
            let names = all.headings().map(|(name, _)| name);
            assert!(names.filter(|name| is_usual(name)).eq(usual), "{profile}");
        }
        for name in ["Src IP", "Fwd TTL Max", "Packet 3 Length", "JA4", "VLAN"] {
            assert!(!is_usual(name), "{name}");
        }
        assert!(is_usual("Flow Duration") && is_usual("a column of somebody's"));
    }

    #[test]
    fn flows_are_known_by_what_identifies_them() {
        let all = Columns::all(Profile::Cic);
        let names = || all.headings().map(|(name, _)| name);
        assert!(are_flows(names()));
        assert!(!are_flows(names().filter(|name| *name != "Timestamp")));
        assert!(!are_flows([]));
    }
}
