//! Figures as people read them.

/// `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.3 %`, and nothing of nothing.
pub(crate) fn share(part: u64, whole: u64) -> String {
    match whole {
        0 => String::new(),
        _ => format!("{:.1} %", part as f64 * 100.0 / whole as f64),
    }
}

/// `2.5 %`, of a part of one.
pub(crate) fn short_share(part: f64) -> String {
    // Two digits behind the point at most, and none that say nothing.
    format!("{} %", (part * 1e4).round() / 1e2)
}

/// `3.46 MB`.
pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..1_000 => format!("{number} B"),
        _ => scaled(number as f64, "B"),
    }
}

/// `3.46 Mbit/s`.
pub(crate) fn scaled(number: f64, unit: &str) -> String {
    let steps = ["", "k", "M", "G", "T", "P", "E"];
    let mut number = number;
    let mut step = 0;
    // What would be rounded to 1000 belongs to the next step.
    while number >= 999.5 && step + 1 < steps.len() {
        number /= 1_000.0;
        step += 1;
    }
    let decimals = if number < 9.995 { 2 } else { usize::from(number < 99.95) };
    format!("{number:.decimals$} {}{unit}", steps[step])
}

/// `1 h 2 min 3.5 s`, from nanoseconds.
pub(crate) fn duration(nanos: u64) -> String {
    let seconds = nanos / 1_000_000_000;
    match seconds {
        0 => match nanos {
            0..1_000 => format!("{nanos} ns"),
            1_000..1_000_000 => format!("{:.1} µs", nanos as f64 / 1e3),
            _ => format!("{:.1} ms", nanos as f64 / 1e6),
        },
        1..60 => format!("{:.1} s", tenths(nanos)),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// Seconds to tenths, cut off: 59.96 s are not 60.0.
fn tenths(nanos: u64) -> f64 {
    (nanos / 100_000_000) as f64 / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let shown: Vec<String> = [0, 999, 1_000, 123_456, u64::MAX].map(grouped).into();
        assert_eq!(shown, ["0", "999", "1,000", "123,456", "18,446,744,073,709,551,615"]);
    }

    #[test]
    fn units_change_where_the_figure_would_grow_a_digit() {
        let shown: Vec<String> =
            [0, 999, 1_000, 9_994, 9_996, 99_960, 999_499, 999_500].map(bytes).into();
        let expected =
            ["0 B", "999 B", "1.00 kB", "9.99 kB", "10.0 kB", "100 kB", "999 kB", "1.00 MB"];
        assert_eq!(shown, expected);
        assert_eq!(bytes(u64::MAX), "18.4 EB");
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let second = 1_000_000_000;
        let shown: Vec<String> = [
            0,
            1_500,
            2_500_000,
            59 * second + second * 96 / 100,
            61 * second,
            3_720 * second,
            90_000 * second,
        ]
        .map(duration)
        .into();
        let expected = ["0 ns", "1.5 µs", "2.5 ms", "59.9 s", "1 min 1 s", "1 h 2 min", "1 d 1 h"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn shares_have_no_more_digits_than_they_need() {
        assert_eq!(
            [1.0, 0.7, 0.05, 0.123_456, 0.0].map(short_share),
            ["100 %", "70 %", "5 %", "12.35 %", "0 %"]
        );
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!((share(1, 3), share(0, 0)), ("33.3 %".to_owned(), String::new()));
    }
}
