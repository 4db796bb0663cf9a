//! Runs a room and writes down what happens, as a story; watches every invariant on the way.

use super::{effects, events, meetings, panel, plans, times};
use room_core::Room;
use room_core::effect::Effect;
use room_core::event::Event;
use room_core::invariants::{Broken, Step, Watcher};
use room_core::memory::Memory;
use room_core::plan::RoomPlan;
use room_core::units::{Mono, Wall};
use std::collections::VecDeque;

/// How many deadlines in a row are run before the room counts as restless.
const PATIENCE: u32 = 100_000;

/// A room, its watcher, and its story so far.
pub struct Teller {
    plan: RoomPlan,
    room: Room,
    watcher: Watcher,
    kept: Memory,
    lines: VecDeque<String>,
    at_most: usize,
    foresight: bool,
    steps: u64,
}

impl Teller {
    /// A room that begins at `now`. Every step is checked, also for what it would do next.
    pub fn new(plan: RoomPlan, now: Mono) -> Teller {
        Teller {
            room: Room::new(plan.clone(), now),
            watcher: Watcher::default(),
            kept: Memory::default(),
            lines: VecDeque::from([format!("plan{}", plans::print(&plan))]),
            at_most: usize::MAX,
            foresight: true,
            steps: 0,
            plan,
        }
    }

    /// For long runs: keeps only the last lines of the story without a clock that is right, and does not try out the future.
    pub fn in_brief(mut self, lines: usize) -> Teller {
        self.at_most = lines;
        self.foresight = false;
        self
    }

    /// The room as it is.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// What is kept over a restart.
    pub fn kept(&self) -> &Memory {
        &self.kept
    }

    /// How many steps were made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes an event, writes it down, and says what is asked of the hands.
    ///
    /// # Errors
    /// The invariant that the step broke; the story ends with it.
    pub fn step(&mut self, now: Mono, event: Event) -> Result<Vec<Effect>, Broken> {
        let now = now.max(Mono(0));
        let text = events::print(&event, right(now));
        if let Event::PlanChanged(plan) = &event {
            self.plan = (**plan).clone();
        }
        let result = self.take(now, &event);
        let told = match &result {
            Ok(effects) => effects::print(effects),
            Err(_) => String::new(),
        };
        if self.foresight || text != "clock right" || !told.is_empty() || result.is_err() {
            self.write(now, &text, &told);
        }
        if let Event::Calendar(seen) = &event {
            for meeting in &seen.meetings {
                self.push(format!("    {}", meetings::print(meeting)));
            }
        }
        result
    }

    fn take(&mut self, now: Mono, event: &Event) -> Result<Vec<Effect>, Broken> {
        self.steps += 1;
        let effects = self.room.step(now, event.clone());
        for effect in &effects {
            if let Effect::Persist(memory) = effect {
                self.kept = memory.clone();
            }
        }
        let step = Step {
            event,
            effects: &effects,
            room: &self.room,
        };
        self.watcher.check(step)?;
        if self.foresight {
            self.watcher.foresee(step)?;
        }
        Ok(effects)
    }

    /// Lets time pass up to `now`; deadlines that do something are written down and handed to `perform`.
    ///
    /// # Errors
    /// As [`Teller::step`]; also a room that never rests.
    pub fn wait(
        &mut self,
        now: Mono,
        mut perform: impl FnMut(Mono, &[Effect]),
    ) -> Result<(), Broken> {
        for _ in 0..PATIENCE {
            let Some((at, _)) = self.room.next_deadline().filter(|(at, _)| *at <= now) else {
                return Ok(());
            };
            let effects = self.wake(at)?;
            perform(at, &effects);
        }
        Err(Broken {
            invariant: "the_room_rests",
            found: format!(
                "{PATIENCE} deadlines in a row: {:?}",
                self.room.next_deadline()
            ),
        })
    }

    /// Wakes the room for a deadline; written down when something is done.
    ///
    /// # Errors
    /// As [`Teller::step`].
    pub fn wake(&mut self, at: Mono) -> Result<Vec<Effect>, Broken> {
        let taken = self.take(at, &Event::Deadline);
        let told = taken.as_ref().map_or(String::new(), |e| effects::print(e));
        if taken.is_err() || !told.is_empty() {
            self.write(at, "time", &told);
        }
        taken
    }

    /// The daemon ends without a word and begins anew, with what was kept.
    ///
    /// # Errors
    /// As [`Teller::step`].
    pub fn restart(&mut self, now: Mono) -> Result<Vec<Effect>, Broken> {
        self.room = Room::new(self.plan.clone(), now);
        self.watcher = Watcher::default();
        let kept = self.kept.clone();
        let result = self.take(now, &Event::Restored(Box::new(kept)));
        let told = result.as_ref().map_or(String::new(), |e| effects::print(e));
        self.write(now, "restart", &told);
        result
    }

    /// Writes down these of the view's phrases.
    pub fn panel(&mut self, wanted: &[String]) {
        let all = panel::phrases(&self.room.view());
        let shown: Vec<&str> = wanted.iter().map(|w| answer(&all, w)).collect();
        self.push(format!("panel  {}", shown.join(" / ")));
    }

    /// Writes down what is kept.
    pub fn memory(&mut self) {
        self.push(format!("memory {}", events::print_memory(&self.kept)));
    }

    /// Writes a line as it stands.
    pub fn push(&mut self, line: String) {
        self.lines.push_back(line);
        if self.lines.len() > self.at_most {
            self.lines.pop_front();
        }
    }

    fn write(&mut self, now: Mono, event: &str, told: &str) {
        let time = times::mono(now);
        let line = match told {
            "" => format!("{time:<12} {event}"),
            told => format!("{time:<12} {event:<44} -> {told}"),
        };
        self.push(line);
    }

    /// The story so far.
    pub fn story(&self) -> String {
        let mut story: String = self.lines.iter().flat_map(|l| [l.as_str(), "\n"]).collect();
        if story.is_empty() {
            story.push('\n');
        }
        story
    }
}

/// The phrase that is wanted when it is true, else what is true instead: the phrase that begins with the same word, or the phase.
fn answer<'a>(all: &'a [String], wanted: &str) -> &'a str {
    let first = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let same = all.iter().find(|p| *p == wanted);
    let alike = || {
        let about_heads = first(wanted) == "head";
        let words = if about_heads { 2 } else { 1 };
        let begin: Vec<&str> = wanted.split(' ').take(words).collect();
        all.iter()
            .find(|p| p.split(' ').take(words).collect::<Vec<_>>() == begin)
    };
    same.or_else(alike).map_or(all[0].as_str(), String::as_str)
}

/// The time on a clock that is right.
pub fn right(now: Mono) -> Wall {
    let ms = i64::try_from(now.0).unwrap_or(i64::MAX);
    Wall(times::MIDNIGHT.saturating_add(ms))
}
