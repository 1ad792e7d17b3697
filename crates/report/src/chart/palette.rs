//! The colours of charts: told apart by people who see few colours, and seen in light and dark.
//!
//! The series follow Okabe and Ito, moved to where they stand out from the paper: every one has a contrast of 3 at the
//! least, in both modes. A chart names a [`Tint`]; what it looks like is decided here, and by the mode of the page.

/// What a mark is painted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tint {
    /// What is written.
    Ink,
    /// What is written beside it.
    Faint,
    /// Lines that lead the eye.
    Grid,
    /// What is behind everything.
    Paper,
    /// One of several things that are compared; they begin anew after [`SERIES`], with lines that are broken otherwise.
    Series(usize),
    /// How much, from 0 to `HEAT - 1`.
    Heat(usize),
    /// From low to high, from 0 to `DRIFT - 1`; the middle is neither.
    Drift(usize),
}

/// A colour in both modes, as `#RRGGBB`, and the name of its variable in style sheets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Colour {
    pub(crate) name: &'static str,
    pub(crate) light: &'static str,
    pub(crate) dark: &'static str,
}

/// Different colours of series.
pub(crate) const SERIES: usize = 8;
/// Steps of how much.
pub(crate) const HEAT: usize = 9;
/// Steps from low to high.
pub(crate) const DRIFT: usize = 5;

/// All colours: four of the page, then series, heat and drift.
pub(crate) const COLOURS: [Colour; 4 + SERIES + HEAT + DRIFT] = [
    colour("ink", "#1B222C", "#E6EAF0"),
    colour("faint", "#5B6675", "#9AA6B5"),
    colour("grid", "#E3E7EC", "#2C3542"),
    colour("paper", "#FFFFFF", "#161B22"),
    colour("s0", "#0072B2", "#4FA9E0"),
    colour("s1", "#D55E00", "#FF8A4C"),
    colour("s2", "#008F68", "#2FC79A"),
    colour("s3", "#B8578F", "#E79AC8"),
    colour("s4", "#A87200", "#E6A817"),
    colour("s5", "#6A5ACD", "#A99CF5"),
    colour("s6", "#7A7A00", "#D9D24A"),
    colour("s7", "#616B78", "#B4BDC8"),
    colour("h0", "#F1F5F9", "#1B2430"),
    colour("h1", "#DCE8F2", "#1D3145"),
    colour("h2", "#BFD7E9", "#1F405E"),
    colour("h3", "#99C2DF", "#225178"),
    colour("h4", "#6DA8D0", "#2A6593"),
    colour("h5", "#428CBE", "#3A7CAF"),
    colour("h6", "#206FA6", "#5597CA"),
    colour("h7", "#0F5388", "#80B6E0"),
    colour("h8", "#083763", "#B9DAF3"),
    colour("d0", "#0071B1", "#4EA8DF"),
    colour("d1", "#5C8BAE", "#7C9FBB"),
    colour("d2", "#87898C", "#A3A5A8"),
    colour("d3", "#B27A55", "#CF9877"),
    colour("d4", "#D45D00", "#FE894B"),
];

const fn colour(name: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { name, light, dark }
}

impl Tint {
    pub(crate) const fn colour(self) -> Colour {
        match self {
            Self::Ink => COLOURS[0],
            Self::Faint => COLOURS[1],
            Self::Grid => COLOURS[2],
            Self::Paper => COLOURS[3],
            Self::Series(at) => COLOURS[4 + at % SERIES],
            Self::Heat(at) => COLOURS[4 + SERIES + at % HEAT],
            Self::Drift(at) => COLOURS[4 + SERIES + HEAT + at % DRIFT],
        }
    }

    /// How often the colours of series have begun anew before this one.
    pub(crate) const fn round(self) -> usize {
        match self {
            Self::Series(at) => at / SERIES,
            _ => 0,
        }
    }

    /// The step of heat for a part between 0 and 1.
    pub(crate) fn heat(part: f64) -> Self {
        Self::Heat(step(part, HEAT))
    }

    /// The step from low to high for a part between 0 and 1.
    pub(crate) fn drift(part: f64) -> Self {
        Self::Drift(step(part, DRIFT))
    }

    /// What is readable on this step of heat.
    pub(crate) const fn on_heat(step: usize) -> Self {
        if step < 5 { Self::Ink } else { Self::Paper }
    }
}

fn step(part: f64, steps: usize) -> usize {
    ((part * steps as f64) as usize).min(steps - 1)
}

/// Style sheets of all colours: variables for both modes, and what drawings with light colours look like by them.
pub(crate) fn style() -> String {
    let variables = |of: fn(&Colour) -> &'static str| {
        COLOURS.iter().map(|c| format!("--{}:{};", c.name, of(c))).collect::<String>()
    };
    let (light, dark) = (variables(|c| c.light), variables(|c| c.dark));
    let drawn = COLOURS.iter().map(|Colour { name, light, .. }| {
        format!("svg [fill=\"{light}\"]{{fill:var(--{name})}}svg [stroke=\"{light}\"]{{stroke:var(--{name})}}\n")
    });
    format!(
        ":root{{color-scheme:light;{light}}}\n\
         @media screen{{\n:root[data-mode=dark]{{color-scheme:dark;{dark}}}\n\
         @media(prefers-color-scheme:dark){{:root:not([data-mode]){{color-scheme:dark;{dark}}}}}\n}}\n{}",
        drawn.collect::<String>()
    )
}

/// Light colours with their dark ones, as JSON, for scripts.
pub(crate) fn colours() -> String {
    let pairs = COLOURS.map(|Colour { light, dark, .. }| format!("\"{light}\":\"{dark}\""));
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Of a colour, as WCAG 2 defines it.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    fn least(tint: Tint, on: Tint) -> f64 {
        let (tint, on) = (tint.colour(), on.colour());
        contrast(tint.light, on.light).min(contrast(tint.dark, on.dark))
    }

    #[test]
    fn what_is_written_has_the_contrast_of_text_and_series_that_of_graphics() {
        assert!((contrast("#000000", "#FFFFFF") - 21.0).abs() < 1e-9);
        assert!(least(Tint::Ink, Tint::Paper) >= 7.0);
        assert!(least(Tint::Faint, Tint::Paper) >= 4.5);
        for at in 0..SERIES {
            let contrast = least(Tint::Series(at), Tint::Paper);
            assert!(contrast >= 3.0, "series {at}: {contrast}");
        }
        for at in 0..DRIFT {
            assert!(least(Tint::Drift(at), Tint::Paper) >= 3.0, "drift {at}");
        }
    }

    #[test]
    fn numbers_on_heat_can_be_read() {
        for at in 0..HEAT {
            let contrast = least(Tint::on_heat(at), Tint::Heat(at));
            assert!(contrast >= 3.4, "heat {at}: {contrast}");
        }
    }

    /// A page finds the colour of a mode by the light one.
    #[test]
    fn no_colour_stands_for_two_things() {
        let light: BTreeSet<_> = COLOURS.iter().map(|colour| colour.light).collect();
        assert_eq!(light.len(), COLOURS.len());
    }

    #[test]
    fn parts_have_steps_whatever_they_are() {
        let parts = [-1.0, 0.0, 0.5, 1.0, 2.0, f64::NAN, f64::INFINITY];
        let steps = parts.map(|part| step(part, 9));
        assert_eq!(steps, [0, 0, 4, 8, 8, 0, 8]);
    }
}
