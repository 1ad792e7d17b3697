//! What was told for what: a matrix, or, where that is wider than people read, the mistakes.

use netsift::metrics::Confusion;

use crate::figures;
use crate::table::Table;
use crate::terminal::printable;

/// The widest matrix: the lines of a terminal, and as many as a page holds.
const WIDEST: usize = 100;
/// So many mistakes are told, the most frequent.
const MOST_MISTAKES: usize = 20;

/// What was told for what, of rows that are told in words.
pub(crate) fn shown(confusion: &Confusion<String>, rows: &str) -> String {
    let classes = confusion.classes().len();
    // Columns are two blanks and a figure at least, and a table of very many would be made to be thrown away.
    let matrix = (classes * 3 <= WIDEST).then(|| matrix(confusion, rows).to_string());
    let fits = |text: &String| text.lines().all(|line| line.chars().count() <= WIDEST);
    matrix.filter(fits).unwrap_or_else(|| mistakes(confusion, rows))
}

/// A row for each class as it is, a column for each as it was told, both by their numbers.
fn matrix(confusion: &Confusion<String>, rows: &str) -> Table {
    let numbers: Vec<String> = (1..=confusion.classes().len()).map(|n| n.to_string()).collect();
    let heading = format!("On {rows}: is, and was told");
    let headings: Vec<&str> =
        [heading.as_str()].into_iter().chain(numbers.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for ((name, number), row) in confusion.classes().iter().zip(&numbers).zip(confusion.rows()) {
        let cells = row.iter().map(|cell| figures::grouped(*cell as u64));
        table.row([format!("{number} {}", printable(name))].into_iter().chain(cells));
    }
    table
}

fn mistakes(confusion: &Confusion<String>, rows: &str) -> String {
    let classes = figures::grouped(confusion.classes().len() as u64);
    let mistakes = confusion.mistakes();
    if mistakes.is_empty() {
        return format!("On {rows}: none of {classes} classes was told for another\n");
    }
    let heading = format!("On {rows}: is");
    let mut table = Table::new(&[&heading, "was told", "rows", "of the class"]).words(&[1]);
    for (is, told, count) in mistakes.iter().take(MOST_MISTAKES) {
        let of = confusion.classes().iter().position(|class| class == *is).unwrap_or(0);
        let all: f64 = confusion.row(of).iter().sum();
        let count = *count as u64;
        let share = figures::share(count, all as u64);
        let [is, told] = [is, told].map(|name| printable(name).into_owned());
        table.row([is, told, figures::grouped(count), share]);
    }
    let more = mistakes.len().saturating_sub(MOST_MISTAKES);
    let more = match more {
        0 => String::new(),
        more => {
            format!("  and {} more pairs of {classes} classes\n", figures::grouped(more as u64))
        }
    };
    format!("{table}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many classes, a row of each, and the first told for the second as often as is said.
    fn confusion(classes: usize, mistakes: usize) -> Confusion<String> {
        let name = |class: usize| format!("class {class:03}");
        let truth = (0..classes).chain(std::iter::repeat_n(0, mistakes)).map(name);
        let guess = (0..classes).chain(std::iter::repeat_n(1, mistakes)).map(name);
        let (truth, guess): (Vec<String>, Vec<String>) = (truth.collect(), guess.collect());
        Confusion::of(&truth, &guess).unwrap()
    }

    #[test]
    fn a_matrix_is_shown_where_it_can_be_read() {
        let expected = "\
On 5 rows: is, and was told    1  2
  1 class 000                  1  3
  2 class 001                  0  1
";
        assert_eq!(shown(&confusion(2, 3), "5 rows"), expected);
    }

    #[test]
    fn of_many_classes_the_mistakes_are_shown() {
        let expected = "\
On its rows: is    was told   rows  of the class
  class 000        class 001     3        75.0 %
";
        assert_eq!(shown(&confusion(300, 3), "its rows"), expected);
        let none = "On its rows: none of 300 classes was told for another\n";
        assert_eq!(shown(&confusion(300, 0), "its rows"), none);
        let text = shown(&confusion(30, 1), "its rows");
        assert!(text.contains("class 001") && text.lines().count() == 2, "{text}");
    }
}
