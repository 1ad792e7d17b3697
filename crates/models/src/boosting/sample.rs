//! Rows and columns drawn by chance.

use netsift_data::Chance;

/// A stream of chance of its own for each thing that is drawn: what one draws changes nothing for another, whichever
/// thread comes first.
pub(super) fn stream(seed: u64, what: Drawn, number: usize) -> Chance {
    // Odd multipliers spread neighbouring numbers; the generator's seeding mixes all bits.
    let number = (number as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Chance::seeded(seed.rotate_left(17) ^ number.wrapping_add((what as u64) << 56))
}

/// What is drawn.
#[derive(Clone, Copy)]
pub(super) enum Drawn {
    Held,
    Rows,
    Columns,
}

/// This share of the numbers below `count`, one at least, ascending; nothing if all are.
pub(super) fn some(count: usize, share: f64, chance: &mut Chance) -> Option<Vec<u32>> {
    let mut needed = ((count as f64 * share).round() as usize).clamp(1, count.max(1));
    if needed >= count {
        return None;
    }
    let mut chosen = Vec::with_capacity(needed);
    for number in 0..count {
        // Each with the chance that exactly so many are found among those that are left.
        if chance.below(count - number) < needed {
            chosen.push(number as u32);
            needed -= 1;
        }
    }
    Some(chosen)
}

/// For each of these rows whether it is held out: this share of each class, to within one row, and never all.
pub(super) fn held(classes: &[u32], share: f64, chance: &mut Chance) -> Vec<bool> {
    let count = classes.iter().max().map_or(0, |&most| most as usize + 1);
    let mut of_class = vec![Vec::new(); count];
    for (row, &class) in classes.iter().enumerate() {
        if let Some(rows) = of_class.get_mut(class as usize) {
            rows.push(row);
        }
    }
    let mut held = vec![false; classes.len()];
    for mut rows in of_class {
        chance.shuffle(&mut rows);
        let most = rows.len().saturating_sub(1);
        let some = ((rows.len() as f64 * share).round() as usize).min(most);
        for &row in rows.iter().take(some) {
            if let Some(held) = held.get_mut(row) {
                *held = true;
            }
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_drawn_as_asked_for_and_each_as_often() {
        let mut counts = [0; 40];
        for number in 0..4000 {
            let mut chance = stream(1, Drawn::Rows, number);
            let drawn = some(40, 0.25, &mut chance).unwrap();
            assert_eq!(drawn.len(), 10);
            assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
            drawn.into_iter().for_each(|row| counts[row as usize] += 1);
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn one_is_drawn_at_least_and_all_are_no_drawing() {
        let mut chance = stream(1, Drawn::Columns, 0);
        assert_eq!(some(10, 0.01, &mut chance).unwrap().len(), 1);
        assert_eq!(some(10, 1.0, &mut chance), None);
        assert_eq!(some(0, 0.5, &mut chance), None);
        assert_eq!(some(1, 0.5, &mut chance), None);
    }

    #[test]
    fn of_each_class_a_share_is_held_out_but_never_all() {
        let classes: Vec<u32> = (0..100).map(|row| u32::from(row % 10 == 0)).chain([2]).collect();
        let held = held(&classes, 0.3, &mut stream(5, Drawn::Held, 0));
        let count = |class| classes.iter().zip(&held).filter(|&(&c, &h)| c == class && h).count();
        assert_eq!([count(0), count(1), count(2)], [27, 3, 0]);
    }
}
