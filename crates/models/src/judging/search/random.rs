//! Settings by chance: each learner as it is first, then draws in rounds among those that are still worth it.

use std::collections::HashSet;

use netsift_data::Chance;

use super::Contender;
use super::run::{Asked, Run};
use crate::judging::Point;
use crate::judging::space::set;

/// So many learners go on to the last round: two may be beaten by luck, and a fourth hardly ever wins.
const KEPT: usize = 3;
/// Draws until one is found that has not been tried: of a space that is used up to nineteen in twenty, two of three find one.
const ATTEMPTS: usize = 20;

pub(super) fn through(run: &mut Run<'_>, contenders: &[Contender], trials: usize) {
    run.expects(contenders.len().saturating_mul(trials.saturating_add(1)));
    let mut playing = Vec::new();
    for (contender, number) in contenders.iter().zip(0..) {
        let mut player = Player::new(contender, run.seed.wrapping_add(number));
        player.tries(run, Point::new());
        if player.best.is_some() || contenders.len() == 1 {
            playing.push(player);
        }
    }
    playing.retain(|player| !player.contender.space.is_empty());
    for round in 0..trials {
        playing.sort_by(|one, other| other.merit().total_cmp(&one.merit()));
        let going_on = playing.len().div_ceil(2).max(KEPT);
        for behind in playing.drain(going_on.min(playing.len())..) {
            run.stays_behind(behind.contender);
        }
        run.expects(playing.len().saturating_mul(trials - round));
        for player in &mut playing {
            if let Some(point) = player.next() {
                player.tries(run, point);
            }
        }
    }
}

/// All draws of settings that differ, for whoever takes them elsewhere.
pub(super) fn drawn(contender: &Contender, trials: usize, seed: u64) -> Vec<Asked<'_>> {
    let mut player = Player::new(contender, seed);
    let points = (0..trials).map_while(|_| player.next());
    points.map(|settings| Asked { contender, settings }).collect()
}

/// A learner on its way through the rounds.
struct Player<'c> {
    contender: &'c Contender,
    chance: Chance,
    seen: HashSet<Point>,
    best: Option<f64>,
}

impl<'c> Player<'c> {
    fn new(contender: &'c Contender, seed: u64) -> Self {
        Self { contender, chance: Chance::seeded(seed), seen: HashSet::new(), best: None }
    }

    fn merit(&self) -> f64 {
        self.best.unwrap_or(f64::NEG_INFINITY)
    }

    fn next(&mut self) -> Option<Point> {
        let Contender { recipe, space } = self.contender;
        // What says nothing else than is usual has been tried.
        let is_other = |point: &Point| set(recipe, point).ok().as_ref() != Some(recipe);
        let mut draws = (0..ATTEMPTS).map(|_| space.draw(&mut self.chance));
        draws.find(|point| self.seen.insert(point.clone()) && is_other(point))
    }

    fn tries(&mut self, run: &mut Run<'_>, settings: Point) {
        let merit = run.tries(&Asked { contender: self.contender, settings }, 1.0);
        self.best = merit.into_iter().chain(self.best).reduce(f64::max);
    }
}
