//! Bars, strips and shades in characters of a terminal.

/// A bar as long as its part of `width`, to an eighth of a column, with blanks behind it.
pub(crate) fn bar(part: f64, width: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (part.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize;
    // What is there is seen.
    let eighths = if part > 0.0 { eighths.max(1) } else { eighths };
    let (whole, rest) = (eighths / 8, eighths % 8);
    let mut bar = "█".repeat(whole);
    if rest > 0 {
        bar.push(EIGHTHS[rest]);
    }
    fill(bar, width)
}

/// One character for each part, as high as the part is large; a blank for none.
pub(crate) fn spark(parts: &[Option<f64>]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let height = |part: f64| HEIGHTS[((part.clamp(0.0, 1.0) * 8.0) as usize).min(7)];
    parts.iter().map(|part| part.map_or(' ', height)).collect()
}

/// One character for a part, as dark as the part is large.
pub(crate) fn shade(part: f64) -> char {
    const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
    if part > 0.0 { SHADES[1 + ((part * 4.0) as usize).min(3)] } else { SHADES[0] }
}

/// The columns of the widest text, `most` at the most.
pub(crate) fn widest<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> usize {
    texts.map(columns).max().unwrap_or(0).min(most)
}

/// A text in exactly so many columns: cut with a mark, or with blanks behind it.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return fill(text.to_owned(), width);
    }
    let mut cut = String::new();
    for char in text.chars() {
        if columns(&cut) + column(char) + 1 > width {
            break;
        }
        cut.push(char);
    }
    cut.push('…');
    fill(cut, width)
}

/// A text with blanks before it.
pub(crate) fn right(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(columns(text))) + text
}

fn fill(mut text: String, width: usize) -> String {
    let missing = width.saturating_sub(columns(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// Columns that a terminal gives a character: none to marks upon others, two to those of East Asia and to pictures.
fn column(char: char) -> usize {
    match u32::from(char) {
        0x300..=0x36f | 0x1ab0..=0x1aff | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff => 2,
        0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff => 2,
        0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_exact_to_an_eighth() {
        assert_eq!(bar(0.5, 4), "██  ");
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.0, 4), "    ");
        assert_eq!(bar(1.0 / 32.0, 4), "▏   ");
        assert_eq!(bar(19.0 / 32.0, 4), "██▍ ");
        assert_eq!(bar(1e-9, 4), "▏   ", "what is there is seen");
        assert_eq!((bar(f64::NAN, 4), bar(7.0, 4)), ("    ".into(), "████".into()));
    }

    #[test]
    fn texts_have_the_columns_they_are_given() {
        assert_eq!(fit("abc", 5), "abc  ");
        assert_eq!(fit("abcdef", 5), "abcd…");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(right("12", 5), "   12");
    }

    #[test]
    fn parts_have_heights_and_shades() {
        assert_eq!(spark(&[Some(0.0), Some(0.5), None, Some(1.0)]), "▁▅ █");
        assert_eq!([0.0, 0.01, 0.3, 0.6, 1.0].map(shade), ['·', '░', '▒', '▓', '█']);
    }
}
