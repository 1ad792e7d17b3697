//! HTML written element by element: what is text has no way to become anything else.

use crate::shown::shown;

/// HTML that is being written. Names of elements and attributes are the crate's own; everything else is text and escaped.
#[derive(Debug, Default)]
pub(super) struct Html {
    text: String,
}

impl Html {
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// An element with what is inside it.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(name, attributes);
        inside(self);
        self.close(name);
    }

    /// An element that holds a text, no more.
    pub(super) fn line(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
        text: &str,
    ) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// The start of an element that has no end, or whose end is written later.
    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (attribute, value) in attributes {
            self.text.push(' ');
            self.text.push_str(attribute);
            if !value.is_empty() {
                self.text.push_str("=\"");
                self.text(value);
                self.text.push('"');
            }
        }
        self.text.push('>');
    }

    pub(super) fn close(&mut self, name: &'static str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// Anybody's text.
    pub(super) fn text(&mut self, text: &str) {
        self.escaped(&shown(text, MOST));
    }

    /// What was written as HTML before.
    pub(super) fn append(&mut self, html: &Self) {
        self.text.push_str(&html.text);
    }

    /// Style sheets and scripts of the crate's, and drawings, which escape what is text in them.
    pub(super) fn own(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    /// Data for scripts. Nothing in it ends the element, whatever it says.
    pub(super) fn data(&mut self, id: &str, json: &str) {
        self.open("script", &[("type", "application/json"), ("id", id)]);
        for char in json.chars() {
            match char {
                '<' => self.text.push_str("\\u003c"),
                '>' => self.text.push_str("\\u003e"),
                '&' => self.text.push_str("\\u0026"),
                '\u{2028}' => self.text.push_str("\\u2028"),
                '\u{2029}' => self.text.push_str("\\u2029"),
                other => self.text.push(other),
            }
        }
        self.close("script");
    }

    fn escaped(&mut self, text: &str) {
        for char in text.chars() {
            match char {
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '&' => self.text.push_str("&amp;"),
                '"' => self.text.push_str("&quot;"),
                '\'' => self.text.push_str("&#39;"),
                other => self.text.push(other),
            }
        }
    }
}

/// Longest text of an element, in characters. What is longer is a mistake, or an attack.
const MOST: usize = 4_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_values_of_attributes_are_escaped() {
        let mut html = Html::default();
        html.line("p", &[("title", "\"><script>"), ("hidden", "")], "<b>&amp;</b>\u{202e}'");
        let expected = "<p title=\"&quot;&gt;&lt;script&gt;\" hidden>\
             &lt;b&gt;&amp;amp;&lt;/b&gt;\\u{202e}&#39;</p>\n";
        assert_eq!(html.into_text(), expected);
    }

    #[test]
    fn data_does_not_end_its_element() {
        let mut html = Html::default();
        html.data("d", "\"</script><!--\u{2028}&\"");
        let expected = "<script type=\"application/json\" id=\"d\">\
             \"\\u003c/script\\u003e\\u003c!--\\u2028\\u0026\"</script>\n";
        assert_eq!(html.into_text(), expected);
    }
}
