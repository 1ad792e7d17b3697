//! A tree for people: as rules in text, and as a graph for Graphviz.

use std::fmt::Write as _;

use netsift_data::Classes;

use super::flat::{Flat, Place, Split};
use crate::classifier::greatest;

/// So many nodes are printed, as long as nothing else is said: more nobody reads, and drawing takes ages.
pub(crate) const PRINTED_NODES: usize = 10_000;

/// A tree and what its numbers mean.
pub(crate) struct Printed<'p> {
    pub(crate) tree: &'p Flat,
    /// The columns' names; those without one are told by their number.
    pub(crate) names: &'p [&'p str],
    pub(crate) classes: &'p Classes,
    /// How many questions deep.
    pub(crate) depth: usize,
}

impl Printed<'_> {
    /// A line for each question and each answer, indented by the questions before it.
    pub(crate) fn rules(&self) -> String {
        let mut text = String::new();
        // Each with what it answers to the question before it.
        let mut open = vec![(0, 0, String::new())];
        let mut printed = 0;
        while let Some((node, depth, answer)) = open.pop() {
            if printed == PRINTED_NODES {
                let _ = writeln!(text, "... and {} more", open.len() + 1);
                break;
            }
            printed += 1;
            let indent = depth_of_text(depth);
            let Some(place) = self.tree.at(node) else { break };
            match place {
                Place::Leaf(held) => {
                    let _ = writeln!(text, "{indent}{answer}{}", self.told(node, held));
                }
                Place::Split(..) if depth >= self.depth => {
                    let _ =
                        writeln!(text, "{indent}{answer}... ({} of the rows)", self.share(node));
                }
                Place::Split(split, left) => {
                    if !answer.is_empty() {
                        let _ = writeln!(text, "{indent}{}", answer.trim_end());
                    }
                    let depth = depth + 1;
                    open.push((left + 1, depth, self.answer(split, false)));
                    open.push((left, depth, self.answer(split, true)));
                }
            }
        }
        text
    }

    /// In the language of Graphviz.
    pub(crate) fn graphviz(&self) -> String {
        let mut text =
            String::from("digraph tree {\n    node [shape=box, fontname=\"sans-serif\"];\n");
        let mut open = vec![(0, 0)];
        let mut printed = 0;
        while let Some((node, depth)) = open.pop() {
            let Some(place) = self.tree.at(node) else { break };
            printed += 1;
            match place {
                Place::Leaf(held) => {
                    let told = quoted(&self.told(node, held));
                    let _ = writeln!(text, "    {node} [label=\"{told}\", style=rounded];");
                }
                Place::Split(split, left) if depth < self.depth && printed < PRINTED_NODES => {
                    let label = quoted(&format!(
                        "{} <= {}?\n{} of the rows",
                        self.name(split),
                        threshold(split),
                        self.share(node)
                    ));
                    let _ = writeln!(text, "    {node} [label=\"{label}\"];");
                    for (child, is_left) in [(left, true), (left + 1, false)] {
                        let label = sides(split, is_left, "yes", "no");
                        let _ = writeln!(text, "    {node} -> {child} [label=\"{label}\"];");
                    }
                    open.extend([(left + 1, depth + 1), (left, depth + 1)]);
                }
                Place::Split(..) => {
                    let _ = writeln!(text, "    {node} [label=\"...\", style=dashed];");
                }
            }
        }
        text.push_str("}\n");
        text
    }

    fn answer(&self, split: Split, is_left: bool) -> String {
        let sign = if is_left { "<=" } else { ">" };
        let missing = sides(split, is_left, "", "");
        format!("{} {sign} {}{missing}: ", self.name(split), threshold(split))
    }

    /// The likeliest class of a leaf, its share, and how many rows come to it.
    fn told(&self, node: usize, held: &[f64]) -> String {
        let (class, share) = greatest(held);
        let name = self.classes.name(class as u32).unwrap_or("?");
        format!("{} {} ({} of the rows)", plain(name), percent(share), self.share(node))
    }

    fn share(&self, node: usize) -> String {
        let covers = self.tree.covers().unwrap_or(&[]);
        let cover = |node: usize| covers.get(node).copied().map_or(0.0, f64::from);
        percent(cover(node) / cover(0))
    }

    fn name(&self, split: Split) -> String {
        let name = self.names.get(split.column);
        name.map_or_else(|| format!("column {}", split.column), |name| plain(name))
    }
}

/// Where rows without a value go, added to what sends others there.
fn sides(split: Split, is_left: bool, left: &str, right: &str) -> String {
    let text = if is_left { left } else { right };
    if split.missing_left == is_left { format!("{text} or missing") } else { text.to_owned() }
}

fn threshold(split: Split) -> String {
    split.threshold.to_string()
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn depth_of_text(depth: usize) -> String {
    "    ".repeat(depth.saturating_sub(1))
}

/// Without control characters, which would begin lines of their own or worse.
fn plain(name: &str) -> String {
    let plain =
        |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    name.chars().map(plain).collect()
}

/// As it stands between quotation marks in Graphviz's language.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(letter),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> (Flat, Classes) {
        let mut flat = Flat::new(2);
        let root = flat.plant().unwrap();
        let split = |column, threshold, missing_left| Split { column, threshold, missing_left };
        let left = flat.split(root, split(1, 2.5, true)).unwrap();
        let below = flat.split(left + 1, split(0, -1.0, false)).unwrap();
        flat.leaf(left, &[1.0, 0.0]).unwrap();
        flat.leaf(below, &[0.25, 0.75]).unwrap();
        flat.leaf(below + 1, &[0.0, 1.0]).unwrap();
        flat.weigh(&[8.0, 4.0, 4.0, 3.0, 1.0]);
        (flat, Classes::new(["good", "\"bad\"\n"]).unwrap())
    }

    fn print<T>(depth: usize, ask: impl Fn(Printed<'_>) -> T) -> T {
        let (tree, classes) = tree();
        ask(Printed { tree: &tree, names: &["a\tb"], classes: &classes, depth })
    }

    #[test]
    fn rules_say_the_way_to_each_leaf() {
        let rules = "\
column 1 <= 2.5 or missing: good 100.0 % (50.0 % of the rows)
column 1 > 2.5:
    a\u{fffd}b <= -1: \"bad\"\u{fffd} 75.0 % (37.5 % of the rows)
    a\u{fffd}b > -1 or missing: \"bad\"\u{fffd} 100.0 % (12.5 % of the rows)
";
        assert_eq!(print(usize::MAX, |printed| printed.rules()), rules);
        let first = print(1, |printed| printed.rules());
        assert!(first.ends_with("\ncolumn 1 > 2.5: ... (50.0 % of the rows)\n"), "{first}");
    }

    #[test]
    fn graphs_hold_no_letter_that_ends_a_label() {
        let graph = print(usize::MAX, |printed| printed.graphviz());
        let expected = [
            "    0 [label=\"column 1 <= 2.5?\\n100.0 % of the rows\"];",
            "    0 -> 1 [label=\"yes or missing\"];",
            "    0 -> 2 [label=\"no\"];",
            "    3 [label=\"\\\"bad\\\"\u{fffd} 75.0 % (37.5 % of the rows)\", style=rounded];",
        ];
        assert!(expected.iter().all(|line| graph.lines().any(|found| found == *line)), "{graph}");
        assert!(print(1, |printed| printed.graphviz()).contains("2 [label=\"...\""));
        assert_eq!(quoted("\\\""), "\\\\\\\"");
    }

    #[test]
    fn what_is_printed_has_an_end() {
        let mut flat = Flat::new(1);
        let mut open = vec![flat.plant().unwrap()];
        for column in 0..20_000 {
            let split = Split { column, threshold: 0.0, missing_left: false };
            let left = flat.split(open.remove(0), split).unwrap();
            open.extend([left, left + 1]);
        }
        open.iter().for_each(|&node| flat.leaf(node, &[1.0]).unwrap());
        flat.weigh(&vec![1.0; flat.nodes()]);
        let classes = Classes::new(["a"]).unwrap();
        let printed = Printed { tree: &flat, names: &[], classes: &classes, depth: usize::MAX };
        let rules = printed.rules();
        assert!(rules.lines().count() <= PRINTED_NODES + 1 && rules.contains("more"));
        assert!(printed.graphviz().lines().count() < 4 * PRINTED_NODES);
    }
}
