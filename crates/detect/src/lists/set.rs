//! Several lists at once.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Fingerprint, Hit, List};

/// Lists, each asked in turn. What all of them say is told, the narrowest entry of each: who is on several lists is so
/// for several reasons.
///
/// A clone shares the lists. To replace one while others look things up, make a clone [with](Self::with) the new list and
/// put it where they take theirs from: they see all of the old one or all of the new.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    lists: Vec<Arc<List>>,
}

impl Lists {
    /// These and one more, in the place of that which has its name if there is one.
    #[must_use]
    pub fn with(mut self, list: impl Into<Arc<List>>) -> Self {
        let list = list.into();
        match self.lists.iter_mut().find(|other| other.name() == list.name()) {
            Some(place) => *place = list,
            None => self.lists.push(list),
        }
        self
    }

    /// These but that of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.lists.retain(|list| list.name() != name);
        self
    }

    /// The list of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<List>> {
        self.lists.iter().find(|list| list.name() == name)
    }

    /// All lists, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<List>> {
        self.lists.iter()
    }

    /// Whether there is no list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// What each list says of an address.
    pub fn address(&self, address: IpAddr) -> impl Iterator<Item = Hit<'_>> {
        self.lists.iter().filter_map(move |list| list.address(address))
    }

    /// What each list says of a name: of a DNS question, or a server's name in a TLS hello.
    pub fn domain<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = Hit<'a>> {
        self.lists.iter().filter_map(move |list| list.domain(name))
    }

    /// What each list says of a fingerprint, JA3 or JA4.
    pub fn fingerprint(&self, text: &str) -> impl Iterator<Item = Hit<'_>> {
        let fingerprint = Fingerprint::parse(text);
        self.lists.iter().filter_map(move |list| list.fingerprint(fingerprint.as_ref()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::ListOptions;

    fn list(name: &str, text: &str) -> List {
        ListOptions::new(name).read(text.as_bytes()).unwrap()
    }

    #[test]
    fn every_list_is_asked() {
        let first =
            list("first", "192.0.2.0/24\na.evil.example\n0123456789abcdef0123456789abcdef\n");
        let second = list("second", "# x\n192.0.2.7\n*.evil.example\n");
        let lists = Lists::default().with(first).with(second);
        let told =
            |hits: Vec<Hit<'_>>| -> Vec<String> { hits.iter().map(ToString::to_string).collect() };
        assert_eq!(
            told(lists.address("192.0.2.7".parse().unwrap()).collect()),
            ["192.0.2.0/24 of first, line 1", "192.0.2.7 of second, line 2"]
        );
        assert_eq!(
            told(lists.domain(b"A.Evil.example.").collect()),
            ["a.evil.example of first, line 2", "*.evil.example of second, line 3"]
        );
        let fingerprint = "0123456789ABCDEF0123456789abcdef";
        assert_eq!(lists.fingerprint(fingerprint).count(), 1);
        assert_eq!(lists.fingerprint("no fingerprint").count(), 0);
    }

    #[test]
    fn a_list_is_replaced_by_another_of_its_name() {
        let running =
            Lists::default().with(list("a", "192.0.2.1\n")).with(list("b", "192.0.2.2\n"));
        let asked = "192.0.2.1".parse().unwrap();
        let replaced = running.clone().with(list("a", "192.0.2.9\n"));
        assert_eq!(running.address(asked).count(), 1, "who has the old ones keeps them");
        assert_eq!(replaced.address(asked).count(), 0);
        assert_eq!(replaced.iter().map(|list| list.name()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(Arc::ptr_eq(replaced.get("b").unwrap(), running.get("b").unwrap()));
        assert_eq!(replaced.clone().without("a").iter().count(), 1);
        assert!(replaced.without("a").without("b").is_empty());
    }

    #[test]
    fn lists_are_shared_between_threads() {
        fn is_shared<T: Send + Sync + 'static>() {}
        is_shared::<Lists>();
    }
}
