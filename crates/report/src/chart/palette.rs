//! The colours of charts: told apart by people who see few colours, and seen in light and dark.
//!
//! Series differ in how light they are as much as in their hue, so that who sees no red, or no green, still tells any two of
//! them apart: a test looks at them through such eyes. Every one has a contrast of 3 at the least, in both modes. A chart names a [`Tint`]; what it looks like is decided here, and by the mode of the page.

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
    colour("s0", "#006FD0", "#75AEFB"),
    colour("s1", "#E06F5A", "#DD7356"),
    colour("s2", "#00573F", "#32C799"),
    colour("s3", "#BF5792", "#C882B6"),
    colour("s4", "#6A490F", "#C28B1C"),
    colour("s5", "#5B3D9E", "#7967DF"),
    colour("s6", "#2A96D7", "#A9E2FE"),
    colour("s7", "#8F8A00", "#E7DD6C"),
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

    /// How much red, green and blue light there is of a colour.
    fn light(colour: &str) -> [f64; 3] {
        [1, 3, 5].map(|at| {
            let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn times(matrix: [[f64; 3]; 3], of: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(of).map(|(part, of)| part * of).sum())
    }

    /// Of a colour, as WCAG 2 defines it.
    fn luminance(colour: &str) -> f64 {
        let [red, green, blue] = light(colour);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Light as CIE Lab, with the white of screens.
    fn lab(light: [f64; 3]) -> [f64; 3] {
        const XYZ: [[f64; 3]; 3] = [
            [0.412_456_4, 0.357_576_1, 0.180_437_5],
            [0.212_672_9, 0.715_152_2, 0.072_175_0],
            [0.019_333_9, 0.119_192_0, 0.950_304_1],
        ];
        let bent = |part: f64| match part {
            part if part > 216.0 / 24_389.0 => part.cbrt(),
            part => (24_389.0 / 27.0 * part + 16.0) / 116.0,
        };
        let [x, y, z] = times(XYZ, light);
        let [x, y, z] = [x / 0.950_47, y, z / 1.088_83].map(bent);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// What is seen without one kind of cones, after Machado, Oliveira and Fernandes (2009).
    const BLIND_TO_RED: [[f64; 3]; 3] = [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ];
    const BLIND_TO_GREEN: [[f64; 3]; 3] = [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ];

    #[test]
    fn series_are_told_apart_without_red_and_without_green() {
        // The difference of black and white is 100.
        let white = lab(light("#FFFFFF"));
        assert!((white[0] - 100.0).abs() < 0.01 && white[1].abs() < 0.01 && white[2].abs() < 0.01);
        let looks: [fn(Colour) -> &'static str; 2] = [|it| it.light, |it| it.dark];
        for (eyes, look) in
            [BLIND_TO_RED, BLIND_TO_GREEN].iter().flat_map(|eyes| looks.map(|look| (*eyes, look)))
        {
            let seen = |at| {
                let seen = times(eyes, light(look(Tint::Series(at).colour())));
                lab(seen.map(|part| part.clamp(0.0, 1.0)))
            };
            for (one, other) in
                (0..SERIES).flat_map(|other| (0..other).map(move |one| (one, other)))
            {
                let apart = seen(one).into_iter().zip(seen(other)).map(|(a, b)| (a - b).powi(2));
                let apart = apart.sum::<f64>().sqrt();
                assert!(apart >= 12.0, "{one} and {other} are {apart} apart");
            }
        }
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
        // Links are written in it.
        assert!(least(Tint::Series(0), Tint::Paper) >= 4.5);
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
