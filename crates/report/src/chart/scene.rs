//! Charts laid out: marks at places, before anything is drawn.

use super::axis::{Axis, Scale};
use super::palette::Tint;

/// Height of what is written.
pub(crate) const TEXT: f64 = 12.0;
/// Room above, below and beside everything.
const MARGIN: f64 = 6.0;
/// Room for the numbers below a horizontal axis.
const BELOW: f64 = 22.0;
/// Most room for names and numbers left of a chart.
const MOST_LEFT: f64 = 190.0;
/// What stands for a colour in a legend.
const SAMPLE: f64 = 10.0;
/// Of broken lines: what is drawn, and what is left out behind it. The first round of colours is whole.
const PIECES: [(f64, f64); 2] = [(6.0, 3.5), (2.0, 2.5)];
/// A line is broken into no more pieces.
const MOST_PIECES: f64 = 400.0;

/// A drawing: its size, and what is on it, from back to front.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) marks: Vec<Mark>,
}

/// One thing on a drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// A filled rectangle between two corners.
    Rect { from: Point, to: Point, tint: Tint, alpha: f64 },
    /// A line through points.
    Line { points: Vec<Point>, tint: Tint, width: f64 },
    /// A filled shape.
    Area { points: Vec<Point>, tint: Tint, alpha: f64 },
    /// A filled circle.
    Dot { at: Point, radius: f64, tint: Tint, alpha: f64 },
    /// A text: where, on which side of that place, and whether it runs upwards.
    Text { at: Point, text: String, tint: Tint, side: Side, is_turned: bool, is_bold: bool },
}

/// A place on a drawing: from the left, from the top.
pub(crate) type Point = (f64, f64);

/// Where a text is, seen from its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// It ends there.
    Left,
    /// Its middle is there.
    Middle,
    /// It begins there.
    Right,
}

/// The part of a drawing where things are shown, with a scale for each direction.
#[derive(Debug)]
pub(crate) struct Plane {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

/// The part of a drawing with rows that have names, and a scale for their lengths.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) height: f64,
    pub(crate) x: Scale,
}

impl Plane {
    /// Where a pair of numbers is.
    pub(crate) fn at(&self, x: f64, y: f64) -> Option<Point> {
        let across = self.left + self.x.place(x)? * (self.right - self.left);
        Some((across, self.bottom - self.y.place(y)? * (self.bottom - self.top)))
    }
}

impl Rows {
    pub(crate) fn at(&self, x: f64) -> Option<f64> {
        Some(self.left + self.x.place(x)? * (self.right - self.left))
    }

    /// The top of a row.
    pub(crate) fn row(&self, nth: usize) -> f64 {
        self.top + self.height * nth as f64
    }
}

impl Scene {
    /// An empty drawing of a width; it grows downwards.
    pub(crate) const fn new(width: f64) -> Self {
        Self { width, height: MARGIN, marks: Vec::new() }
    }

    /// A line at the top that says what is drawn, for files that stand alone.
    pub(crate) fn title(&mut self, title: &str) {
        let text = clipped(title, self.width - 2.0 * MARGIN);
        let at = (MARGIN, self.height + TEXT * 0.7);
        let tint = Tint::Ink;
        self.marks.push(Mark::Text {
            at,
            text,
            tint,
            side: Side::Right,
            is_turned: false,
            is_bold: true,
        });
        self.height += TEXT * 2.0;
    }

    /// What colours mean, in as many lines as it takes. Nothing has to be said of one that has no name.
    pub(crate) fn legend<'a>(&mut self, names: impl Iterator<Item = (Tint, &'a str)>) {
        self.legend_of(names, Self::square);
    }

    /// The same, of lines.
    pub(crate) fn legend_of_lines<'a>(&mut self, names: impl Iterator<Item = (Tint, &'a str)>) {
        self.legend_of(names, Self::stroke);
    }

    fn square(&mut self, (left, middle): Point, tint: Tint) {
        let from = (left, middle - SAMPLE / 2.0);
        let to = (from.0 + SAMPLE, from.1 + SAMPLE);
        self.marks.push(Mark::Rect { from, to, tint, alpha: 1.0 });
    }

    fn stroke(&mut self, (left, middle): Point, tint: Tint) {
        self.series(&[(left - SAMPLE / 2.0, middle), (left + SAMPLE, middle)], tint, 3.0);
    }

    fn legend_of<'a>(
        &mut self,
        names: impl Iterator<Item = (Tint, &'a str)>,
        sample: fn(&mut Self, Point, Tint),
    ) {
        const GAP: f64 = 16.0;
        let mut left = MARGIN;
        let mut is_empty = true;
        for (tint, name) in names.filter(|(_, name)| !name.is_empty()) {
            let name = clipped(name, 180.0);
            let wide = SAMPLE + 5.0 + written(&name) + GAP;
            if left > MARGIN && left + wide > self.width {
                (left, self.height) = (MARGIN, self.height + TEXT * 1.5);
            }
            let middle = self.height + TEXT * 0.6;
            sample(self, (left, middle), tint);
            self.text((left + SAMPLE + 5.0, middle), name, Tint::Ink, Side::Right);
            left += wide;
            is_empty = false;
        }
        if !is_empty {
            self.height += TEXT * 1.9;
        }
    }

    /// A plane of a height with lines that lead the eye, and what they are told as.
    pub(crate) fn plane(&mut self, height: f64, x: (&Axis, Scale), y: (&Axis, Scale)) -> Plane {
        let ((x_axis, x), (y_axis, y)) = (x, y);
        self.label_above(&y_axis.label);
        let ticks = y.ticks((height / 36.0) as usize);
        let widest = ticks.iter().map(|(_, told)| written(told)).fold(0.0, f64::max);
        let left = MARGIN + widest.min(MOST_LEFT) + 8.0;
        let (top, right) = (self.height + 4.0, self.width - MARGIN - 10.0);
        let plane = Plane { left, right, top, bottom: top + height, x, y };
        for (place, told) in ticks {
            let at = plane.bottom - place * height;
            self.line(vec![(left, at), (right, at)], Tint::Grid, 1.0);
            self.text((left - 8.0, at), told, Tint::Faint, Side::Left);
        }
        self.below(plane.bottom, (left, right), x_axis, &plane.x);
        plane
    }

    /// Rows with names, a scale below them, and so much room behind them.
    pub(crate) fn rows(
        &mut self,
        names: &[&str],
        (height, behind): (f64, f64),
        axis: &Axis,
        x: Scale,
    ) -> Rows {
        let widest = names.iter().map(|name| written(name)).fold(0.0, f64::max);
        let left = MARGIN + widest.min(MOST_LEFT) + 10.0;
        let right = (self.width - MARGIN - behind.max(10.0)).max(left + 1.0);
        let rows = Rows { left, right, top: self.height + 2.0, height, x };
        let bottom = rows.row(names.len());
        for (place, _) in rows.x.ticks(((rows.right - left) / 80.0) as usize) {
            let at = left + place * (rows.right - left);
            self.line(vec![(at, rows.top), (at, bottom)], Tint::Grid, 1.0);
        }
        for (nth, name) in names.iter().enumerate() {
            let at = (left - 10.0, rows.row(nth) + height / 2.0);
            self.text(at, clipped(name, MOST_LEFT), Tint::Ink, Side::Left);
        }
        self.below(bottom, (left, rows.right), axis, &rows.x);
        rows
    }

    /// Makes the drawing so much higher, and says where that begins.
    pub(crate) fn grow(&mut self, height: f64) -> f64 {
        let top = self.height;
        self.height += height;
        top
    }

    pub(crate) fn text(&mut self, at: Point, text: String, tint: Tint, side: Side) {
        self.marks.push(Mark::Text { at, text, tint, side, is_turned: false, is_bold: false });
    }

    pub(crate) fn line(&mut self, points: Vec<Point>, tint: Tint, width: f64) {
        self.marks.push(Mark::Line { points, tint, width });
    }

    /// A line of one of several things: whole, or broken where its colour is not the first's.
    pub(crate) fn series(&mut self, points: &[Point], tint: Tint, width: f64) {
        match tint.round().checked_sub(1) {
            None => self.line(points.to_vec(), tint, width),
            Some(round) => self.broken(points, PIECES[round % PIECES.len()], tint, width),
        }
    }

    /// A broken line that others are compared with.
    pub(crate) fn dashes(&mut self, from: Point, to: Point, tint: Tint) {
        self.broken(&[from, to], (5.0, 4.0), tint, 1.5);
    }

    /// A line of pieces that are so long, with so much between them.
    fn broken(&mut self, points: &[Point], (piece, gap): (f64, f64), tint: Tint, width: f64) {
        let length = |ends: &[Point]| (ends[1].0 - ends[0].0).hypot(ends[1].1 - ends[0].1);
        let whole: f64 = points.windows(2).map(length).sum();
        let scale = (whole / (piece + gap) / MOST_PIECES).max(1.0);
        let (piece, gap) = (piece * scale, gap * scale);
        let mut drawn: Vec<Point> = points.first().copied().into_iter().collect();
        // How much of a piece, or of what is between two, is left.
        let (mut is_drawn, mut left) = (true, piece);
        for ends in points.windows(2) {
            let all = length(ends);
            let mut gone = 0.0;
            while all - gone > left {
                gone += left;
                let part = gone / all;
                let [from, to] = [ends[0], ends[1]];
                let at = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
                drawn.push(at);
                if is_drawn {
                    self.line(std::mem::take(&mut drawn), tint, width);
                } else {
                    drawn = vec![at];
                }
                (is_drawn, left) = (!is_drawn, if is_drawn { gap } else { piece });
            }
            left -= all - gone;
            if is_drawn {
                drawn.push(ends[1]);
            }
        }
        if is_drawn && drawn.len() > 1 {
            self.line(drawn, tint, width);
        }
    }

    fn label_above(&mut self, label: &str) {
        if !label.is_empty() {
            let at = (MARGIN, self.height + TEXT * 0.6);
            self.text(at, label.to_owned(), Tint::Faint, Side::Right);
            self.height += TEXT * 1.6;
        }
    }

    /// The numbers of a horizontal axis, and below them what they are.
    fn below(&mut self, bottom: f64, (left, right): (f64, f64), axis: &Axis, x: &Scale) {
        let mut free = f64::NEG_INFINITY;
        for (place, told) in x.ticks(((right - left) / 80.0) as usize) {
            let half = written(&told) / 2.0;
            let at = (left + place * (right - left)).min(self.width - half).max(half);
            if at - half >= free {
                free = at + half + 6.0;
                self.text((at, bottom + 12.0), told, Tint::Faint, Side::Middle);
            }
        }
        self.height = bottom + BELOW;
        let label = match (x.days(), axis.label.is_empty()) {
            (Some(days), true) => days,
            (Some(days), false) => format!("{}, {days}", axis.label),
            (None, _) => axis.label.clone(),
        };
        if !label.is_empty() {
            let at = (right, self.height + TEXT * 0.5);
            self.text(at, label, Tint::Faint, Side::Left);
            self.height += TEXT * 1.4;
        }
        self.height += MARGIN;
    }
}

/// About how wide a text is; what draws it may know better.
pub(crate) fn written(text: &str) -> f64 {
    let wide = |char: char| match char {
        'i' | 'l' | '.' | ',' | ':' | '|' | '\'' | ' ' => 0.3,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.9,
        _ if char.is_ascii_uppercase() => 0.68,
        _ if char < '\u{1100}' => 0.56,
        _ => 1.0,
    };
    text.chars().map(wide).sum::<f64>() * TEXT
}

/// A text that is no wider; what is cut out of its middle has a mark, since names differ at both ends.
pub(crate) fn clipped(text: &str, width: f64) -> String {
    if written(text) <= width {
        return text.to_owned();
    }
    let all: Vec<char> = text.chars().collect();
    let mut kept = all.len();
    loop {
        kept = kept.saturating_sub(1);
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        let cut: String =
            all[..head].iter().chain(&['…']).chain(&all[all.len() - tail..]).collect();
        if kept == 0 || written(&cut) <= width {
            return cut;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(clipped("short", 100.0), "short");
        let cut = clipped("a-very-long-name.of-a-host.example.org", 100.0);
        assert!(cut.starts_with("a-very") && cut.ends_with(".org") && cut.contains('…'), "{cut}");
        assert!(written(&cut) <= 100.0);
        assert_eq!(clipped("日本", 1.0), "…");
    }

    #[test]
    fn a_legend_takes_the_lines_it_needs() {
        let mut one = Scene::new(300.0);
        one.legend([(Tint::Ink, "a"), (Tint::Ink, "")].into_iter());
        assert_eq!(one.marks.len(), 2, "a square and a name");
        let mut many = Scene::new(300.0);
        many.legend((0..20).map(|_| (Tint::Ink, "a series")));
        assert!(many.height > one.height + 4.0 * TEXT);
        let inside = |mark: &Mark| !matches!(mark, Mark::Rect { to, .. } if to.0 > 300.0);
        assert!(many.marks.iter().all(inside));
    }

    /// How much of a line is drawn, and in how many pieces.
    fn drawn(nth: usize, points: &[Point]) -> (f64, usize) {
        let mut scene = Scene::new(300.0);
        scene.series(points, Tint::Series(nth), 1.0);
        let length = |points: &Vec<Point>| -> f64 {
            points.windows(2).map(|it| (it[1].0 - it[0].0).hypot(it[1].1 - it[0].1)).sum()
        };
        let lines = scene.marks.iter().map(|mark| match mark {
            Mark::Line { points, .. } => length(points),
            other => panic!("{other:?}"),
        });
        (lines.sum(), scene.marks.len())
    }

    #[test]
    fn lines_of_one_colour_are_broken_each_in_its_own_way() {
        // 200 long, with a corner inside a piece.
        let corner = [(0.0, 0.0), (103.0, 0.0), (103.0, 97.0)];
        let [whole, dashes, dots] = [1, 9, 17].map(|nth| drawn(nth, &corner));
        assert_eq!(whole, (200.0, 1));
        assert!(dashes.1 == 22 && (dashes.0 - 6.0 * 21.0 - 0.5).abs() < 1e-9, "{dashes:?}");
        assert!(dots.1 == 45 && (dots.0 - 2.0 * 45.0).abs() < 1e-9, "{dots:?}");
        let long: Vec<Point> = (0..10_000).map(|step| (f64::from(step), 0.0)).collect();
        assert!(drawn(9, &long).1 <= 401);
        assert_eq!((drawn(9, &[]).1, drawn(9, &[(1.0, 1.0)]).1), (0, 0));
    }
}
