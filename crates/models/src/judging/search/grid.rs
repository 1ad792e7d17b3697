//! All points of a grid, learner by learner.

use super::Contender;
use super::run::{Asked, Run};
use crate::ModelError;
use crate::judging::Point;

pub(super) fn through(
    run: &mut Run<'_>,
    contenders: &[Contender],
    values: usize,
) -> Result<(), ModelError> {
    let mut asked = Vec::new();
    for contender in contenders {
        asked.push(Asked { contender, settings: Point::new() });
        let points = contender.space.grid(values)?.into_iter();
        let points = points.filter(|point| !point.is_empty());
        asked.extend(points.map(|settings| Asked { contender, settings }));
    }
    run.expects(asked.len());
    for asked in &asked {
        run.tries(asked, 1.0);
    }
    Ok(())
}
