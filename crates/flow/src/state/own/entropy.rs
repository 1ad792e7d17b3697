//! How evenly byte values are spread: text is below 5 bits a byte, encrypted bytes come near what is possible.

/// How many bytes are looked at: a histogram of all bytes would cost more than all other features.
pub(crate) const MOST: usize = 128;

/// `n * log2(n)` for every count there can be.
static N_LOG_N: [f64; MOST + 1] = table();

/// No byte value is more surprising than one of as many different ones as are looked at.
pub(super) const LARGEST: f64 = MOST.ilog2() as f64;

/// Shannon entropy of the first [`MOST`] bytes, in bits a byte.
pub(crate) fn of(bytes: &[u8]) -> f64 {
    let bytes = bytes.get(..MOST).unwrap_or(bytes);
    let mut counts = [0u8; 256];
    let mut sum = 0.0;
    for &byte in bytes {
        let count = &mut counts[usize::from(byte)];
        let before = usize::from(*count);
        *count += 1;
        sum += N_LOG_N.get(before + 1).unwrap_or(&0.0) - N_LOG_N.get(before).unwrap_or(&0.0);
    }
    let total = N_LOG_N.get(bytes.len()).copied().unwrap_or(0.0);
    // What rounding leaves of a difference of equals is no entropy.
    if bytes.is_empty() { 0.0 } else { ((total - sum) / bytes.len() as f64).max(0.0) }
}

const fn table() -> [f64; MOST + 1] {
    let mut table = [0.0; MOST + 1];
    let mut n = 2;
    while n <= MOST {
        table[n] = n as f64 * log2(n as f64);
        n += 1;
    }
    table
}

/// The binary logarithm of a number above 1, bit by bit.
const fn log2(number: f64) -> f64 {
    let (mut number, mut log, mut bit) = (number, 0.0, 1.0);
    while number >= 2.0 {
        number /= 2.0;
        log += 1.0;
    }
    while bit > f64::EPSILON {
        bit /= 2.0;
        number *= number;
        if number >= 2.0 {
            number /= 2.0;
            log += bit;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_definition(bytes: &[u8]) -> f64 {
        let share = |value: u8| {
            bytes.iter().filter(|&&byte| byte == value).count() as f64 / bytes.len() as f64
        };
        let term = |share: f64| if share == 0.0 { 0.0 } else { -share * share.log2() };
        (0..=255).map(|value| term(share(value))).sum()
    }

    #[test]
    fn extremes() {
        assert_eq!((of(b""), of(b"x"), of(&[7; 500])), (0.0, 0.0, 0.0));
        assert!((of(&(0..=255).collect::<Vec<_>>()) - 7.0).abs() < 1e-12);
        assert!((of(b"ab") - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn it_is_shannons(bytes in prop::collection::vec(0u8..20, 1..MOST)) {
            prop_assert!((of(&bytes) - by_definition(&bytes)).abs() < 1e-9);
        }
    }
}
