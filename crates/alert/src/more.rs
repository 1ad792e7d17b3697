//! Alerts that are not told one by one, as one: "and 312 more".

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::text::MAX_LIST;
use crate::{Alert, AlertId};

/// Alerts as one.
#[derive(Debug)]
pub(crate) struct More {
    /// The worst of them.
    worst: Alert,
    count: u64,
    first: i64,
    last: i64,
    /// How many of each class, as far as there is room.
    classes: BTreeMap<String, u64>,
}

/// The rule that alerts about alerts name.
const RULE: &str = "limit of the sink";

impl More {
    /// One more of them.
    pub(crate) fn add(more: &mut Option<Self>, alert: &Alert) {
        let more = more.get_or_insert_with(|| Self::new(alert));
        let count = stands_for(alert);
        more.count = more.count.saturating_add(count);
        (more.first, more.last) = (more.first.min(alert.first), more.last.max(alert.nanos));
        if (alert.level, alert.score) > (more.worst.level, more.worst.score) {
            more.worst = alert.clone();
        }
        if let Some(of_class) = more.classes.get_mut(&alert.what) {
            *of_class += count;
        } else if more.classes.len() < MAX_LIST {
            more.classes.insert(alert.what.clone(), count);
        }
    }

    /// `and 312 more`, as bad as the worst of them.
    pub(crate) fn alert(self) -> Alert {
        let mut classes: Vec<_> = self.classes.into_iter().collect();
        classes.sort_by_key(|(_, count)| Reverse(*count));
        let what = format!("and {} more", self.count);
        let evidence = classes.into_iter().map(|(what, count)| format!("{count} {what}")).collect();
        Alert {
            id: AlertId::of(self.first, &what, [None, None]),
            nanos: self.last,
            first: self.first,
            count: self.count,
            host: None,
            what,
            source: None,
            target: None,
            protocol: None,
            service: None,
            names: Vec::new(),
            terms: Vec::new(),
            reasons: Vec::new(),
            evidence,
            packets: None,
            rule: RULE.to_owned(),
            ..self.worst
        }
        .bounded()
    }

    fn new(alert: &Alert) -> Self {
        let (first, last) = (alert.first, alert.nanos);
        Self { worst: alert.clone(), count: 0, first, last, classes: BTreeMap::new() }
    }
}

/// For how many alerts one stands: itself, or those that it counts.
pub(crate) fn stands_for(alert: &Alert) -> u64 {
    let is_about_alerts = alert.rule == RULE && alert.source.is_none() && alert.target.is_none();
    if is_about_alerts { alert.count } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn those_that_stand_for_others_count_as_those() {
        let mut more = None;
        (0..3).for_each(|nanos| More::add(&mut more, &example("scan", nanos)));
        let three = more.take().unwrap().alert();
        assert_eq!((three.what.as_str(), stands_for(&three)), ("and 3 more", 3));
        assert_eq!(stands_for(&Alert { count: 9, ..example("scan", 1) }), 1);
        [three, example("scan", 5)].iter().for_each(|alert| More::add(&mut more, alert));
        assert_eq!(more.unwrap().alert().what, "and 4 more");
    }
}
