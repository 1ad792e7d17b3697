//! How mixed classes are, kept up to date while rows go from the right side to the left.

/// How mixed a node is, by what its classes weigh.
pub(crate) trait Impurity {
    /// What a class of that weight adds to a sum over classes.
    fn term(weight: f64) -> f64;

    /// How pure a node is, times its weight: of the sum over its classes. Over both sides it is greater than over the
    /// node by what a split gains.
    fn purity(sum: f64, weight: f64) -> f64;

    /// How much a [`term`](Self::term) changes when a weight is put to another.
    fn change(weight: f64, by: f64) -> f64 {
        Self::term(weight + by) - Self::term(weight)
    }

    /// What a purity is multiplied by to be in the units people know.
    const UNIT: f64;

    /// How mixed a node of that purity is, in the units people know.
    fn impurity(purity: f64, weight: f64) -> f64;
}

/// How often two rows drawn from a node are of different classes.
pub(crate) struct Gini;

/// How many bits tell the class of a row.
pub(crate) struct Entropy;

impl Impurity for Gini {
    const UNIT: f64 = 1.0;

    fn term(weight: f64) -> f64 {
        weight * weight
    }

    // A pure node is the bound, also after rounding.
    fn purity(sum: f64, weight: f64) -> f64 {
        (sum / weight).min(weight)
    }

    fn change(weight: f64, by: f64) -> f64 {
        by * (2.0 * weight + by)
    }

    fn impurity(purity: f64, weight: f64) -> f64 {
        1.0 - purity / weight
    }
}

impl Impurity for Entropy {
    const UNIT: f64 = std::f64::consts::LOG2_E;

    fn term(weight: f64) -> f64 {
        if weight > 0.0 { weight * weight.ln() } else { 0.0 }
    }

    fn purity(sum: f64, weight: f64) -> f64 {
        (sum - Self::term(weight)).min(0.0)
    }

    fn impurity(purity: f64, weight: f64) -> f64 {
        -purity / weight * Self::UNIT
    }
}

/// What classes weigh on both sides of a cut.
pub(crate) struct Sides {
    /// Left and right, of each class.
    classes: Vec<[f64; 2]>,
    pub(crate) left: Side,
    pub(crate) right: Side,
}

/// One side of a cut.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Side {
    /// The sum of the classes' terms.
    sum: f64,
    pub(crate) weight: f64,
}

impl Side {
    /// All rows of a node, of the weights of its classes.
    pub(crate) fn of<I: Impurity>(classes: &[f64]) -> Self {
        Self {
            sum: classes.iter().map(|&weight| I::term(weight)).sum(),
            weight: classes.iter().sum(),
        }
    }

    pub(crate) fn purity<I: Impurity>(self) -> f64 {
        I::purity(self.sum, self.weight)
    }

    fn add<I: Impurity>(&mut self, weight: f64) {
        self.sum += I::term(weight);
        self.weight += weight;
    }
}

impl Sides {
    pub(crate) fn new(classes: usize) -> Self {
        Self { classes: vec![[0.0; 2]; classes], left: Side::default(), right: Side::default() }
    }

    /// All rows are on the right.
    pub(crate) fn begin(&mut self, classes: &[f64], node: Side) {
        self.classes.iter_mut().zip(classes).for_each(|(sides, &weight)| *sides = [0.0, weight]);
        (self.left, self.right) = (Side::default(), node);
    }

    /// Nothing is on the left, and nothing known of the right until [`part`](Self::part).
    pub(crate) fn clear(&mut self) {
        self.classes.fill([0.0; 2]);
    }

    /// Some of a class are on the left, which counts at [`part`](Self::part).
    #[inline]
    pub(crate) fn add_left(&mut self, class: usize, weight: f64) {
        if let Some([left, _]) = self.classes.get_mut(class) {
            *left += weight;
        }
    }

    /// What is not on the left is on the right.
    pub(crate) fn part<I: Impurity>(&mut self, classes: &[f64]) {
        (self.left, self.right) = (Side::default(), Side::default());
        for ([left, right], all) in self.classes.iter_mut().zip(classes) {
            *right = all - *left;
            self.left.add::<I>(*left);
            self.right.add::<I>(*right);
        }
    }

    /// Some of a class go left.
    #[inline]
    pub(crate) fn go<I: Impurity>(&mut self, class: usize, weight: f64) {
        let Some([left, right]) = self.classes.get_mut(class) else { return };
        self.left.sum += I::change(*left, weight);
        self.right.sum += I::change(*right, -weight);
        *left += weight;
        *right -= weight;
        self.left.weight += weight;
        self.right.weight -= weight;
    }

    /// How pure both sides are together.
    #[inline]
    pub(crate) fn purity<I: Impurity>(&self) -> f64 {
        self.left.purity::<I>() + self.right.purity::<I>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gained<I: Impurity>(left: &[f64], right: &[f64]) -> f64 {
        let all: Vec<f64> = left.iter().zip(right).map(|(left, right)| left + right).collect();
        let node = Side::of::<I>(&all);
        let mut sides = Sides::new(all.len());
        sides.begin(&all, node);
        left.iter().enumerate().for_each(|(class, &weight)| sides.go::<I>(class, weight));
        (sides.purity::<I>() - node.purity::<I>()) * I::UNIT
    }

    #[test]
    fn gains_are_those_of_the_textbooks() {
        // Gini 1/2 of 10 rows, parted into 4 pure ones and 6 of 5/18.
        let gini = gained::<Gini>(&[4.0, 0.0], &[1.0, 5.0]);
        assert!((gini - (10.0 * 0.5 - 6.0 * 5.0 / 18.0)).abs() < 1e-12, "{gini}");
        // One bit each, known afterwards.
        let entropy = gained::<Entropy>(&[4.0, 0.0], &[0.0, 4.0]);
        assert!((entropy - 8.0).abs() < 1e-12, "{entropy}");
        assert_eq!(gained::<Gini>(&[2.0, 2.0], &[3.0, 3.0]), 0.0);
    }

    #[test]
    fn rounding_makes_nothing_purer_than_pure() {
        assert_eq!(Gini::purity(1e-17, 1e-30), 1e-30);
        assert_eq!(Entropy::purity(1.0, 1e-30), 0.0);
    }
}
