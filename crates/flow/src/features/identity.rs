//! The columns that tell flows apart.

use super::column::{Identity, Name, Tell, Told};
use super::text::{push_address, push_joined, push_timestamp};
use crate::state::Flow;

/// What tells one flow from another, in the order of the columns. A label comes last in a row, and is none of
/// the flow's facts.
pub const IDENTITY: &[Identity<Flow>] = &[
    text(Name::new("Flow ID"), "Addresses, ports and protocol: source first.", |flow, text| {
        let (from, to) = (flow.key.end(flow.named_from_low), flow.key.end(!flow.named_from_low));
        let numbers = [from.port().into(), to.port().into(), flow.protocol().0.into()];
        push_joined(text, (from.ip(), to.ip()), numbers);
        Told::Text(text)
    }),
    text(was("Src IP", " Source IP"), "Address of the source.", |flow, text| {
        push_address(text, flow.source().ip());
        Told::Text(text)
    }),
    number(was("Src Port", " Source Port"), "Port of the source.", |flow, _| {
        Told::Integer(flow.source().port().into())
    }),
    text(was("Dst IP", " Destination IP"), "Address of the other end.", |flow, text| {
        push_address(text, flow.destination().ip());
        Told::Text(text)
    }),
    number(was("Dst Port", " Destination Port"), "Port of the other end.", |flow, _| {
        Told::Integer(flow.destination().port().into())
    }),
    number(was("Protocol", " Protocol"), "Number of the protocol behind IP.", |flow, _| {
        Told::Integer(flow.protocol().0.into())
    }),
    text(was("Timestamp", " Timestamp"), "When the first packet came, in UTC.", |flow, text| {
        push_timestamp(text, flow.first(), flow.profile);
        Told::Text(text)
    }),
];

const fn text(name: Name, doc: &'static str, tell: Tell<Flow>) -> Identity<Flow> {
    Identity { name, doc, is_number: false, tell }
}

const fn number(name: Name, doc: &'static str, tell: Tell<Flow>) -> Identity<Flow> {
    Identity { name, doc, is_number: true, tell }
}

const fn was(current: &'static str, in_2017: &'static str) -> Name {
    Name { current, in_2017, in_2018: current }
}
