//! Where something stands in the text of a configuration.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A step into a table, or into an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}

/// The way to the innermost entry whose key or value has these bytes; none for what is of the whole.
pub(super) fn way(table: &DeTable<'_>, at: &Range<usize>) -> Option<Vec<Step>> {
    table.iter().find_map(|(key, value)| {
        let rest = inside(value, at).or_else(|| holds(&key.span(), at).then(Vec::new))?;
        Some(behind(Step::Key(key.get_ref().to_string()), rest))
    })
}

/// Where the entry stands to which these words lead. Errors name a setting without the table of its sink's kind, and the
/// first words alone may be there: then it is what they lead to.
pub(super) fn named(table: &DeTable<'_>, words: &[&str]) -> Option<Range<usize>> {
    let (word, rest) = words.split_first()?;
    if let Some((key, value)) = table.get_key_value(*word) {
        return Some(below(value, rest).unwrap_or_else(|| key.span()));
    }
    let further = table.values().find_map(|value| match value.get_ref() {
        DeValue::Table(table) if table.contains_key(*word) => named(table, words),
        _ => None,
    });
    further.or_else(|| named(table, rest))
}

/// Takes an entry out.
pub(super) fn strike(table: &mut DeTable<'_>, way: &[Step]) {
    let Some((Step::Key(key), rest)) = way.split_first() else { return };
    if rest.is_empty() {
        table.remove(key.as_str());
    } else if let Some(value) = table.get_mut(key.as_str()) {
        strike_inside(value.get_mut(), rest);
    }
}

/// On which line it begins, from 1.
pub(super) fn line(text: &str, at: &Range<usize>) -> usize {
    text.get(..at.start).unwrap_or_default().matches('\n').count() + 1
}

/// A way as people read it: `routes.0.to`.
pub(super) fn shown(way: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => key.escape_debug().to_string(),
        Step::Item(number) => number.to_string(),
    };
    way.iter().map(step).collect::<Vec<_>>().join(".")
}

fn inside(value: &Spanned<DeValue<'_>>, at: &Range<usize>) -> Option<Vec<Step>> {
    let further = match value.get_ref() {
        DeValue::Table(table) => way(table, at),
        DeValue::Array(items) => items.iter().enumerate().find_map(|(number, item)| {
            inside(item, at).map(|rest| behind(Step::Item(number), rest))
        }),
        _ => None,
    };
    further.or_else(|| holds(&value.span(), at).then(Vec::new))
}

fn below(value: &Spanned<DeValue<'_>>, words: &[&str]) -> Option<Range<usize>> {
    match value.get_ref() {
        DeValue::Table(table) => named(table, words),
        DeValue::Array(items) => {
            let (number, rest) = words.split_first()?;
            let item = items.get(number.parse::<usize>().ok()?)?;
            Some(below(item, rest).unwrap_or_else(|| item.span()))
        }
        _ => None,
    }
}

fn strike_inside(value: &mut DeValue<'_>, way: &[Step]) {
    match (value, way) {
        (DeValue::Table(table), way) => strike(table, way),
        (DeValue::Array(items), [Step::Item(number)]) => {
            let all = std::mem::replace(items, DeArray::new()).into_iter().enumerate();
            all.filter(|(at, _)| at != number).for_each(|(_, item)| items.push(item));
        }
        (DeValue::Array(items), [Step::Item(number), rest @ ..]) => {
            if let Some(item) = items.get_mut(*number) {
                strike_inside(item.get_mut(), rest);
            }
        }
        _ => {}
    }
}

fn holds(whole: &Range<usize>, part: &Range<usize>) -> bool {
    whole.start <= part.start && part.end <= whole.end
}

fn behind(first: Step, mut rest: Vec<Step>) -> Vec<Step> {
    rest.insert(0, first);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[a.b]\nc = 1\n[[d]]\ne = [1, 2]\n[[d]]\nf = { g = 3 }\n";

    #[test]
    fn words_lead_to_a_line_and_a_line_to_an_entry() {
        let table = DeTable::parse(TEXT).unwrap().into_inner();
        for (words, expected, on) in [
            ("a.b.c", "a.b.c", 2),
            ("a.c", "a.b.c", 2),
            ("a.x.c", "a.b.c", 2),
            ("d.0.e", "d.0.e", 4),
            ("d.1.f.g", "d.1.f.g", 6),
            ("d.1.f.x", "d.1.f", 6),
        ] {
            let at = named(&table, &words.split('.').collect::<Vec<_>>()).unwrap();
            let found = shown(&way(&table, &at).unwrap());
            assert_eq!((found.as_str(), line(TEXT, &at)), (expected, on), "{words}");
        }
        assert!(named(&table, &["x"]).is_none() && way(&table, &(900..901)).is_none());
    }

    #[test]
    fn what_is_struck_is_gone_and_nothing_else() {
        let mut table = DeTable::parse(TEXT).unwrap().into_inner();
        let at = named(&table, &["d", "0", "e"]).unwrap();
        let way = way(&table, &at).unwrap();
        strike(&mut table, &[&way[..], &[Step::Item(0)]].concat());
        strike(&mut table, &[Step::Key("d".into()), Step::Item(1)]);
        let DeValue::Array(items) = table["d"].get_ref() else { unreachable!() };
        let DeValue::Table(first) = items[0].get_ref() else { unreachable!() };
        let DeValue::Array(left) = first["e"].get_ref() else { unreachable!() };
        assert_eq!((items.len(), left.len()), (1, 1));
        assert!(table.contains_key("a"));
    }
}
