//! Which alerts are meant: by level, class, network, rule or name.

use serde::{Deserialize, Serialize};

use crate::{AlertId, Group, Level, Network, Pattern};

/// Which alerts are meant: those of which all holds that is said. Nothing said means all of them.
///
/// ```
/// use netsift_alert::Which;
///
/// let scanners: Which = toml::from_str(r#"
///     what = ["*scan*"]
///     source = ["10.0.7.0/24"]
/// "#)?;
/// # assert!(!scanners.is_all());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Which {
    /// As bad as this, or worse. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Level>,
    /// As bad as this, or less. Default: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Level>,
    /// One of these classes or behaviours, `*` for any letters. Default: any.
    pub what: Vec<Pattern>,
    /// Who did it is in one of these networks; of many, all are. Default: anywhere.
    pub source: Vec<Network>,
    /// To whom it was done is in one of these networks; of many, all are. Default: anywhere.
    pub target: Vec<Network>,
    /// One of both sides is in one of these networks. Default: anywhere.
    pub network: Vec<Network>,
    /// By one of these rules of the policy, `*` for any letters. Default: any.
    pub rule: Vec<Pattern>,
    /// One of these alerts. Default: any.
    pub id: Vec<AlertId>,
}

impl Which {
    /// Whether this group is meant. One about many is in a network if all of them are: what somebody says of his network is
    /// not said of others that are hit beside it.
    #[must_use]
    pub fn matches(&self, group: &Group) -> bool {
        let alert = &group.alert;
        let is_word = |all: &[Pattern], word: &str| {
            all.is_empty() || all.iter().any(|pattern| pattern.matches(word))
        };
        self.at_least.is_none_or(|least| alert.level >= least)
            && self.at_most.is_none_or(|most| alert.level <= most)
            && (self.id.is_empty() || self.id.contains(&alert.id))
            && is_in(&self.source, [group.source(), None])
            && is_in(&self.target, [group.target(), None])
            && is_in(&self.network, [group.source(), group.target()])
            && is_word(&self.what, &alert.what)
            && is_word(&self.rule, &alert.rule)
    }

    /// Whether nothing is said that leaves an alert out: nothing at all, or what holds of all of them, as `*` does, half of
    /// all addresses, or a level that none is below.
    #[must_use]
    pub fn is_all(&self) -> bool {
        let any_word = |all: &[Pattern]| all.is_empty() || all.iter().any(Pattern::is_all);
        let anywhere = |all: &[Network]| all.is_empty() || all.iter().any(Network::is_all);
        self.at_least.is_none_or(|least| Some(&least) == Level::ALL.first())
            && self.at_most.is_none_or(|most| Some(&most) == Level::ALL.last())
            && [&self.what, &self.rule].into_iter().all(|all| any_word(all))
            && [&self.source, &self.target, &self.network].into_iter().all(|all| anywhere(all))
            && self.id.is_empty()
    }
}

fn is_in(networks: &[Network], places: [Option<Network>; 2]) -> bool {
    let holds = |place: Network| networks.iter().any(|network| place.is_within(network));
    networks.is_empty() || places.into_iter().flatten().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alert, Grouper, Grouping, Peer, example};

    fn which(text: &str) -> Which {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn all_that_is_said_has_to_hold() {
        // High, from 192.0.2.7 to 198.51.100.9, by "what is high".
        let mut alert = example("port-scan", 5);
        for (said, matches) in [
            ("", true),
            ("at_least = \"high\"", true),
            ("at_least = \"critical\"", false),
            ("at_most = \"medium\"", false),
            ("what = [\"flood\", \"*SCAN\"]", true),
            ("what = [\"scan\"]", false),
            ("source = [\"192.0.2.0/24\"]", true),
            ("target = [\"192.0.2.0/24\"]", false),
            ("network = [\"198.51.100.9\"]", true),
            ("network = [\"198.51.100.9\"]\nat_most = \"low\"", false),
            ("rule = [\"what is *\"]", true),
            ("id = [\"0000000000000000\"]", false),
        ] {
            assert_eq!(which(said).matches(&alert.clone().into()), matches, "{said}");
        }
        alert.source = None;
        assert!(!which("source = [\"0.0.0.0/0\"]").matches(&alert.into()));
    }

    /// What is told of a scan by one of all of these.
    fn crowd(targets: impl IntoIterator<Item = [u8; 4]>) -> Group {
        let mut grouper = Grouper::new(Grouping::default()).unwrap();
        let mut told = None;
        for target in targets {
            let target = Some(Peer { address: target.into(), port: None });
            grouper.accept(Alert { target, ..example("scan", 5) }, |group| told = Some(group));
        }
        grouper.finish(|group| told = Some(group));
        told.filter(|group| group.alert.target.is_none()).unwrap()
    }

    #[test]
    fn many_are_in_a_network_if_all_of_them_are() {
        let inside = crowd((0..200).map(|host| [10, 1, 2, host]));
        let mixed = crowd((0..200).map(|host| [10, 1, 2, host]).chain([[10, 9, 9, 9]]));
        for (said, is_inside, is_mixed) in [
            ("target = [\"10.1.2.0/24\"]", true, false),
            ("target = [\"10.1.2.0/25\"]", false, false),
            ("target = [\"10.9.0.0/16\", \"10.0.0.0/8\"]", true, true),
            ("network = [\"10.1.0.0/16\"]", true, false),
            ("network = [\"192.0.2.0/24\"]", true, true),
            ("source = [\"10.0.0.0/8\"]", false, false),
        ] {
            assert_eq!(which(said).matches(&inside), is_inside, "{said}");
            assert_eq!(which(said).matches(&mixed), is_mixed, "{said}");
        }
    }

    #[test]
    fn what_leaves_nothing_out_is_all() {
        for (said, is_all) in [
            ("", true),
            ("what = [\"*\"]", true),
            ("what = [\"scan\", \"**\"]", true),
            ("source = [\"0.0.0.0/0\"]\nat_least = \"low\"\nat_most = \"critical\"", true),
            ("network = [\"::/0\"]", true),
            ("what = [\"*\"]\nsource = [\"10.0.0.0/8\"]", false),
            ("what = [\"*scan*\"]", false),
            ("at_most = \"high\"", false),
            ("at_least = \"medium\"", false),
            ("rule = [\"*\"]\nid = [\"0000000000000000\"]", false),
        ] {
            assert_eq!(which(said).is_all(), is_all, "{said}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(toml::from_str::<Which>("levels = \"high\"").is_err());
        assert!(toml::from_str::<Which>("source = [\"192.0.2.1/24\"]").is_err());
        let said = which("what = [\"a*\"]\nsource = [\"10.0.0.0/8\"]\nat_least = \"low\"");
        assert_eq!(which(&toml::to_string(&said).unwrap()), said);
    }
}
