//! The first line of a table, which says what stands where in the others.

use std::borrow::Cow;

use super::rule::Rule;
use super::{Flaw, MAX_LABEL_LEN};

/// What a header must have.
pub(super) const NEEDS_LABEL: &str = "names of columns, `label` or `class` among them";

/// What the fields of a line are, in their order.
pub(super) struct Header {
    columns: Vec<Column>,
    label: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Start,
    End,
    Src,
    Dst,
    SrcPort,
    DstPort,
    Protocol,
    Direction,
    Label,
    Class,
    /// What `netsift synth` writes beside.
    Beside,
}

/// The columns by their names.
const COLUMNS: [(&str, Column); 14] = [
    ("start", Column::Start),
    ("end", Column::End),
    ("src", Column::Src),
    ("dst", Column::Dst),
    ("src_port", Column::SrcPort),
    ("dst_port", Column::DstPort),
    ("protocol", Column::Protocol),
    ("direction", Column::Direction),
    ("label", Column::Label),
    ("class", Column::Class),
    ("family", Column::Beside),
    ("attack", Column::Beside),
    ("packets", Column::Beside),
    ("bytes", Column::Beside),
];

impl Header {
    pub(super) fn read(fields: &[Cow<'_, str>]) -> Result<Self, Flaw> {
        let mut columns = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for field in fields {
            let known = COLUMNS.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
            let Some(&(name, column)) = known else {
                let rule = "start, end, src, dst, src_port, dst_port, protocol, direction or label";
                return Err(flaw("a column", field, rule));
            };
            if names.contains(&name) {
                return Err(flaw("a column", field, "there once"));
            }
            names.push(name);
            columns.push(column);
        }
        let place = |wanted| columns.iter().position(|column| *column == wanted);
        let Some(label) = place(Column::Label).or_else(|| place(Column::Class)) else {
            return Err(flaw("the header", &fields.join(","), NEEDS_LABEL));
        };
        Ok(Self { columns, label })
    }

    /// The rule and the label of a line.
    pub(super) fn rule<'a>(&self, fields: &'a [Cow<'_, str>]) -> Result<(Rule, &'a str), Flaw> {
        if fields.len() != self.columns.len() {
            let found = fields.join(",");
            return Err(flaw("the line", &found, "a field for each column of the header"));
        }
        let mut rule = Rule::ANY;
        for (column, field) in self.columns.iter().zip(fields) {
            if !field.is_empty() && field != "*" {
                column.read(field, &mut rule)?;
            }
        }
        let label = fields.get(self.label).map_or("", |field| &**field);
        if label.is_empty() || label.len() > MAX_LABEL_LEN || label.contains(char::is_control) {
            return Err(flaw("the label", label, "1 to 256 bytes without control characters"));
        }
        rule.can_match().map_err(|must| flaw("the line", &fields.join(","), must))?;
        Ok((rule, label))
    }
}

impl Column {
    /// Enters a field into a rule.
    fn read(self, field: &str, rule: &mut Rule) -> Result<(), Flaw> {
        let read = match self {
            Self::Start => rule.start(field),
            Self::End => rule.end(field),
            Self::Src => rule.src.read(field),
            Self::Dst => rule.dst.read(field),
            Self::SrcPort => rule.src_ports.read(field),
            Self::DstPort => rule.dst_ports.read(field),
            Self::Protocol => rule.protocol(field),
            Self::Direction => rule.direction(field),
            Self::Label | Self::Class | Self::Beside => Ok(()),
        };
        read.map_err(|must| flaw(self.name(), field, must))
    }

    fn name(self) -> &'static str {
        COLUMNS.iter().find(|(_, column)| *column == self).map_or("", |(name, _)| name)
    }
}

fn flaw(column: &'static str, found: &str, rule: &'static str) -> Flaw {
    Flaw { column, found: found.to_owned(), rule }
}
