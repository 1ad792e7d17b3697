//! CSV (RFC 4180), written straight into a buffer that is used again.

use std::net::IpAddr;

use netsift::alert::sinks::without_formulas;

use crate::json::push_address;

/// Writes cells one after the other. No text can turn into a formula in a spreadsheet.
#[derive(Default)]
pub(crate) struct Csv {
    bytes: Vec<u8>,
}

impl Csv {
    /// What was written, to be read and emptied.
    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    #[inline]
    pub(crate) fn empty(&mut self) {
        self.bytes.push(b',');
    }

    #[inline]
    pub(crate) fn number(&mut self, number: impl itoa::Integer) {
        self.bytes.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        self.bytes.push(b',');
    }

    /// Numbers in one cell, separated by spaces.
    pub(crate) fn numbers(&mut self, numbers: &[u16]) {
        for (place, number) in numbers.iter().enumerate() {
            if place > 0 {
                self.bytes.push(b' ');
            }
            self.bytes.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes());
        }
        self.bytes.push(b',');
    }

    #[inline]
    pub(crate) fn address(&mut self, address: IpAddr) {
        push_address(&mut self.bytes, address);
        self.bytes.push(b',');
    }

    pub(crate) fn text(&mut self, text: &str) {
        let text = without_formulas(text);
        if text.contains(['"', ',', '\n', '\r', '\'']) {
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            self.bytes.push(b'"');
        } else {
            self.bytes.extend_from_slice(text.as_bytes());
        }
        self.bytes.push(b',');
    }

    /// Ends the row after its last cell.
    pub(crate) fn end_row(&mut self) {
        if let Some(last) = self.bytes.last_mut() {
            *last = b'\n';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_formulas_are_disarmed() {
        let mut csv = Csv::default();
        csv.text("plain");
        csv.text("a \"b\", c");
        csv.text("=1+1");
        csv.empty();
        csv.numbers(&[7, 4095]);
        csv.number(-5);
        csv.end_row();
        csv.address("::1".parse().unwrap());
        csv.empty();
        csv.end_row();
        let expected = "plain,\"a \"\"b\"\", c\",\"'=1+1\",,7 4095,-5\n::1,\n";
        assert_eq!(str::from_utf8(csv.bytes_mut()), Ok(expected));
    }
}
