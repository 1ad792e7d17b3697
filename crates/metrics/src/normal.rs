//! The normal distribution: shares and the places below which they lie.

/// Nothing representable lies below so many deviations.
const FARTHEST: f64 = 40.0;

/// How much lies below so many deviations.
pub(crate) fn share_below(deviations: f64) -> f64 {
    libm::erfc(-deviations / std::f64::consts::SQRT_2) / 2.0
}

/// The deviations below which a share lies; infinite for 0 and 1. Halving finds every digit, and who asks does so once or
/// twice.
pub(crate) fn quantile(share: f64) -> f64 {
    if share > 0.5 {
        return -quantile(1.0 - share);
    }
    if share <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut low, mut high) = (-FARTHEST, 0.0);
    loop {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if share_below(middle) < share { low = middle } else { high = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_tables() {
        // Abramowitz and Stegun, table 26.5, and scipy.stats.norm.ppf for the last.
        for (share, expected) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.05, -1.644_853_626_951_472_2),
            (1e-10, -6.361_340_902_404_056),
        ] {
            assert!((quantile(share) - expected).abs() < 1e-14 * (1.0 + expected.abs()), "{share}");
        }
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!((share_below(quantile(0.123)) - 0.123).abs() < 1e-15);
    }
}
