//! The columns that are text.

use super::column::{Fact, Group, Name, Tell, Told};
use crate::state::Flow;

/// Facts of a flow that are text, in the order of the columns: behind the numbers.
pub const FACTS: &[Fact<Flow>] =
    &[fact("End", Group::End, "Why the flow is told.", |flow, _| Told::Text(flow.end.name()))];

const fn fact(name: &'static str, group: Group, doc: &'static str, tell: Tell<Flow>) -> Fact<Flow> {
    Fact { name: Name::new(name), group, doc, tell }
}
