//! Decides how long a Chromium that was just started is waited for until its first answer: as long as it gets on. Pure; knows no
//! process.

use std::time::Duration;

/// How often it is looked whether it gets on.
pub const LOOK: Duration = Duration::from_secs(10);
/// Less work than this between two looks is none: a program that waits for nothing wakes up now and then, too.
const GETS_ON: Duration = Duration::from_millis(100);
/// A first answer takes 2 s of work on a board and 100 s where the processor is emulated; one that has done more turns in a circle.
const LONGEST_WORK: Duration = Duration::from_secs(600);

/// A Chromium without a first answer.
#[derive(Debug, Clone, Default)]
pub struct Newborn {
    /// How much its processes had worked at the last look.
    worked: Duration,
    /// How long it has done nothing.
    idle: Duration,
}

impl Newborn {
    /// It has worked so much in all, [`LOOK`] after the last look; why it is given up, if it is. One that does nothing is waited for
    /// as long as `patience`: a clock alone would end one that is merely slow, again and again.
    pub fn look(&mut self, worked: Duration, patience: Duration) -> Option<String> {
        let more = worked.saturating_sub(self.worked);
        self.worked = worked;
        self.idle = match more >= GETS_ON {
            true => Duration::ZERO,
            false => self.idle + LOOK,
        };
        if worked > LONGEST_WORK {
            let work = worked.as_secs();
            return Some(format!(
                "gave no answer in {work} s of the processor's time"
            ));
        }
        let idle = self.idle.as_secs();
        (self.idle >= patience).then(|| format!("gave no answer, and did nothing for {idle} s"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// At which look it is given up, when it works so much before each, and in which words.
    fn given_up(work: impl IntoIterator<Item = u64>) -> Option<(usize, String)> {
        let mut newborn = Newborn::default();
        let mut worked = Duration::ZERO;
        work.into_iter().enumerate().find_map(|(number, more)| {
            worked += Duration::from_millis(more);
            Some((number + 1, newborn.look(worked, PATIENCE)?))
        })
    }

    #[test]
    fn one_that_is_slow_is_waited_for_however_long_it_takes() {
        assert_eq!(given_up([100; 500]), None);
        assert_eq!(given_up([0, 0, 200].repeat(100)), None);
    }

    #[test]
    fn one_that_hangs_is_given_up_when_patience_ends() {
        let (look, why) = given_up([4_000, 2_000, 99, 50, 0, 0]).unwrap();
        assert_eq!(look, 5);
        assert_eq!(why, "gave no answer, and did nothing for 30 s");
    }

    #[test]
    fn one_that_turns_in_a_circle_is_given_up() {
        let (look, why) = given_up([20_000; 100]).unwrap();
        assert_eq!(look, 31);
        assert_eq!(why, "gave no answer in 620 s of the processor's time");
    }

    #[test]
    fn a_part_that_ended_is_no_idleness() {
        let mut newborn = Newborn::default();
        assert_eq!(newborn.look(Duration::from_secs(50), PATIENCE), None);
        // Some of them are gone, and what is left goes on.
        assert_eq!(newborn.look(Duration::from_secs(40), PATIENCE), None);
        assert_eq!(newborn.look(Duration::from_secs(41), PATIENCE), None);
        assert_eq!(newborn.idle, Duration::ZERO);
    }
}
