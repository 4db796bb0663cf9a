//! A simulated room: a conference page, a camera with a motor, a calendar, a clock, people and a daemon that dies, all on
//! one virtual clock and from one seed. Messages come late, twice or never. The room is the real one; the judge is not.

mod diary;
mod dice;
mod hands;
mod judge;
mod page;
mod people;
mod sound;

use crate::story::{Teller, display, head, right, target, usual, usual_preflight, usual_sound};
use diary::{Booking, DAY, HOUR, MINUTE};
use dice::Dice;
use judge::Judge;
use page::{Act, Page};
use room_core::event::{
    BrowserSeen, ClockHealth, DisplayPower, DisplaySeen, Event, HeadSeen, Presence,
};
use room_core::failure::HeadFailure;
use room_core::hand::Consent;
use room_core::ids::{CallId, DisplayId, HeadId, PuckId, ServiceId};
use room_core::invariants::Broken;
use room_core::meeting::{CalendarHealth, CalendarSeen};
use room_core::plan::{AfterCrash, RoomPlan};
use room_core::pucks::{Firmware, FirmwareSeen};
use room_core::units::{Mono, Switch, Wall};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How a simulation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// The seed of everything.
    pub seed: u64,
    /// How long.
    pub days: u64,
    /// Nothing goes wrong, and nobody presses anything.
    pub calm: bool,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Steps of the room.
    pub steps: u64,
    /// Pages that were entered.
    pub calls: u64,
    /// Meetings where the judge found the room in its place.
    pub attended: u64,
    /// Deaths of the daemon.
    pub restarts: u64,
    /// Times at which the room began to prove itself.
    pub proofs: u64,
}

/// Runs a simulation to its end.
///
/// # Errors
/// What went wrong first, with the seed and the last lines of the story.
pub fn run(course: Course) -> Result<Report, String> {
    let mut world = World::new(course);
    match world.live(course.days * DAY) {
        Ok(()) => Ok(world.report()),
        Err(wrong) => Err(format!("{course:?}: {wrong}\n{}", world.teller.story())),
    }
}

/// Something that will happen.
#[derive(Debug, Clone)]
enum Happening {
    /// Reaches the daemon of this life.
    Told(u64, Box<Event>, Source),
    Page(CallId, Act),
    LookIn(CallId),
    Attend(String),
    Morning,
    Minute,
    BrowserDies,
    BrowserBack,
    DaemonDies,
    ClockJumps(i64),
    HeadLost,
    HeadBack,
    CalendarChanges,
    /// Somebody presses the key of the microphone itself.
    MicKey,
    SoundDies,
    SoundBack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Page,
    Other,
}

/// Ordered by time, then by coming in.
struct Due {
    at: u64,
    turn: u64,
    what: Happening,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.turn) == (other.at, other.turn)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.turn).cmp(&(other.at, other.turn))
    }
}

struct World {
    dice: Dice,
    now: u64,
    turn: u64,
    queue: BinaryHeap<Reverse<Due>>,
    teller: Teller,
    judge: Judge,
    diary: Vec<Booking>,
    page: Option<Page>,
    browser: BrowserSeen,
    head: HeadWorld,
    display: DisplayPower,
    sound: sound::SoundWorld,
    clock_off: i64,
    life: u64,
    last_told: u64,
    on_the_way: u64,
    calls: u64,
    proofs: u64,
}

/// The camera's motor.
struct HeadWorld {
    here: bool,
    power: Switch,
}

impl World {
    fn new(course: Course) -> World {
        let mut dice = Dice::new(course.seed, course.calm);
        let plan = plan(&mut dice);
        let judge = Judge::new(plan.policy.after_crash == AfterCrash::RestoreWhatTheRoomOpened);
        let mut world = World {
            teller: Teller::new(plan, Mono(0)).in_brief(400),
            dice,
            now: 0,
            turn: 0,
            queue: BinaryHeap::new(),
            judge,
            diary: Vec::new(),
            page: None,
            browser: BrowserSeen::Ready,
            head: HeadWorld {
                here: true,
                power: Switch::Closed,
            },
            display: DisplayPower::Standby,
            sound: sound::SoundWorld::default(),
            clock_off: 0,
            life: 0,
            last_told: 0,
            on_the_way: 0,
            calls: 0,
            proofs: 0,
        };
        world.later(0, Happening::Morning);
        world.later(0, Happening::Minute);
        world.greet();
        world
    }

    fn report(&self) -> Report {
        Report {
            steps: self.teller.steps(),
            calls: self.calls,
            attended: self.judge.attended,
            restarts: self.life,
            proofs: self.proofs,
        }
    }

    /// Lets everything happen in order until then: deadlines of the room and happenings of the world, whichever comes first.
    fn live(&mut self, until: u64) -> Result<(), String> {
        let mut deadlines_in_a_row = 0;
        loop {
            let next = self.queue.peek().map_or(until, |Reverse(due)| due.at);
            let deadline = self.teller.room().next_deadline().map(|(at, _)| at);
            if next.min(deadline.map_or(u64::MAX, |at| at.0)) >= until {
                return Ok(());
            }
            match deadline.filter(|at| at.0 <= next) {
                Some(at) => {
                    deadlines_in_a_row += 1;
                    self.now = self.now.max(at.0);
                    let effects = self.teller.wake(at).map_err(|b| b.to_string())?;
                    self.perform(&effects)?;
                }
                None => {
                    deadlines_in_a_row = 0;
                    self.now = self.now.max(next);
                    if let Some(Reverse(due)) = self.queue.pop() {
                        self.happen(due.what)?;
                    }
                }
            }
            if deadlines_in_a_row > 10_000 {
                return Err("the room never rests".to_owned());
            }
        }
    }

    fn later(&mut self, after: u64, what: Happening) {
        self.turn += 1;
        self.queue.push(Reverse(Due {
            at: self.now + after,
            turn: self.turn,
            what,
        }));
    }

    /// Tells the daemon after a while; facts of a page keep their order. Now and then twice.
    fn tell(&mut self, event: Event, source: Source) {
        let slow = self.dice.mishap(10);
        let after = if slow { 2500 } else { self.dice.between(1, 80) };
        let mut at = self.now + after;
        if source == Source::Page {
            at = at.max(self.last_told);
            self.last_told = at;
        }
        let twice = self.dice.mishap(20);
        for _ in 0..=u8::from(twice) {
            self.on_the_way += u64::from(source == Source::Page);
            self.later(
                at - self.now,
                Happening::Told(self.life, Box::new(event.clone()), source),
            );
        }
    }

    fn step(&mut self, event: Event) -> Result<(), String> {
        self.judge.pressed(&event, self.now);
        let effects = self.teller.step(Mono(self.now), event);
        let effects = effects.map_err(|broken: Broken| broken.to_string())?;
        self.perform(&effects)
    }

    fn happen(&mut self, what: Happening) -> Result<(), String> {
        match what {
            Happening::Told(life, event, source) => {
                self.on_the_way -= u64::from(source == Source::Page);
                if life == self.life {
                    self.step(*event)
                } else {
                    Ok(())
                }
            }
            Happening::Page(call, act) => self.page_acts(call, act),
            Happening::LookIn(call) => match self.page.as_ref().filter(|p| p.call == call) {
                Some(page) => self.judge.looks_in(page),
                None => Ok(()),
            },
            Happening::Attend(name) => self.judge.attends(&name, self.page.as_ref()),
            Happening::Morning => self.morning(),
            Happening::Minute => self.minute(),
            Happening::BrowserDies => {
                self.page = None;
                self.browser = BrowserSeen::Gone;
                let after = self.dice.between(1000, 8000);
                self.later(after, Happening::BrowserBack);
                self.tell(Event::Browser(BrowserSeen::Gone), Source::Page);
                Ok(())
            }
            Happening::BrowserBack => {
                self.browser = BrowserSeen::Ready;
                self.sound.browser_begins();
                self.tell(Event::Browser(BrowserSeen::Ready), Source::Page);
                Ok(())
            }
            Happening::DaemonDies => self.restart(),
            Happening::ClockJumps(off) => {
                self.clock_off = off;
                self.read_clock();
                Ok(())
            }
            Happening::HeadLost => {
                self.head.here = false;
                let after = self.dice.between(MINUTE, HOUR);
                self.later(after, Happening::HeadBack);
                self.tell_head(HeadSeen::Gone(HeadFailure::LineAbsent));
                Ok(())
            }
            Happening::HeadBack => {
                self.head.here = true;
                self.tell_head(HeadSeen::Online);
                self.tell_head(HeadSeen::Power(self.head.power));
                Ok(())
            }
            Happening::MicKey => {
                self.press_mic_key();
                Ok(())
            }
            Happening::SoundDies => {
                self.lose_sound();
                Ok(())
            }
            Happening::SoundBack => {
                self.greet_sound();
                Ok(())
            }
            Happening::CalendarChanges => {
                self.change_calendar();
                self.read_calendar();
                Ok(())
            }
        }
    }

    // ---- the day ----

    fn morning(&mut self) -> Result<(), String> {
        self.later(DAY, Happening::Morning);
        self.tell_hours();
        let day = self.now / DAY;
        let weekend = day % 7 > 4;
        let from = self.now.saturating_sub(DAY);
        self.diary.retain(|b| b.end > from);
        if !weekend {
            let bookings = diary::plan_day(&mut self.dice, day);
            if self.dice.calm() {
                self.expect_attendance(&bookings);
            } else {
                self.plan_trouble();
            }
            self.diary.extend(bookings);
        }
        self.read_calendar();
        Ok(())
    }

    /// Calm meetings are attended, four minutes after their begin.
    fn expect_attendance(&mut self, bookings: &[Booking]) {
        for booking in bookings.iter().filter(|b| b.calls_the_room()) {
            let alone = bookings.iter().filter(|b| b.overlaps(booking)).count() == 1;
            if alone {
                let at = booking.start + 4 * MINUTE;
                let name = booking.name.clone();
                self.later(at - self.now, Happening::Attend(name));
            }
        }
    }

    fn plan_trouble(&mut self) {
        let jump = i64::try_from(self.dice.between(0, 2 * HOUR)).unwrap_or(0);
        let off = if self.dice.chance(500) { jump } else { -jump };
        for (chance, what) in [
            (300, Happening::BrowserDies),
            (300, Happening::DaemonDies),
            (200, Happening::DaemonDies),
            (100, Happening::ClockJumps(off)),
            (100, Happening::HeadLost),
            (500, Happening::CalendarChanges),
            (300, Happening::CalendarChanges),
            (300, Happening::MicKey),
            (200, Happening::SoundDies),
        ] {
            if self.dice.chance(chance) {
                let after = self.dice.between(8 * HOUR, 18 * HOUR);
                if matches!(what, Happening::ClockJumps(_)) {
                    let back = after + self.dice.between(MINUTE, 2 * HOUR);
                    self.later(back, Happening::ClockJumps(0));
                }
                self.later(after, what);
            }
        }
    }

    fn minute(&mut self) -> Result<(), String> {
        self.later(MINUTE, Happening::Minute);
        self.read_clock();
        let view = self.teller.room().view();
        if self.on_the_way == 0 {
            let below = self.sound.open();
            self.judge
                .reads_the_lamp(self.page.as_ref(), &view, below)?;
        }
        if view.sound.is_some() {
            let server = self.sound.up_since();
            self.judge.is_heard(self.page.as_ref(), server, self.now)?;
        }
        let hour = self.now % DAY / HOUR;
        if hour == 3 && self.now > DAY {
            self.judge.at_night(self.page.as_ref(), &view)?;
        }
        if self.dice.calm() || !(7..19).contains(&hour) {
            return Ok(());
        }
        let booking = self.page.as_ref().and_then(|p| p.booking.as_ref());
        let code = booking.and_then(|b| b.code.clone());
        match people::press(&mut self.dice, &view, code.as_deref()) {
            Some(press) => self.step(press),
            None => Ok(()),
        }
    }

    fn read_clock(&mut self) {
        let health = match self.clock_off.abs() > 60_000 && self.dice.chance(300) {
            true => ClockHealth::Wrong,
            false => ClockHealth::Good,
        };
        let wall = Wall(right(Mono(self.now)).0 + self.clock_off);
        self.later(
            0,
            Happening::Told(
                self.life,
                Box::new(Event::Clock { wall, health }),
                Source::Other,
            ),
        );
    }

    fn read_calendar(&mut self) {
        let mut bookings = self.diary.clone();
        bookings.sort_by_key(|b| b.start);
        let meetings = bookings.iter().map(Booking::meeting).collect();
        let health = CalendarHealth::Fresh;
        self.tell(
            Event::Calendar(CalendarSeen { meetings, health }),
            Source::Page,
        );
    }

    /// Somebody cancels, moves, shortens or lengthens a meeting.
    fn change_calendar(&mut self) {
        let now = self.now;
        let Some(at) = self.diary.iter().position(|b| b.end > now) else {
            return;
        };
        let at =
            (at + usize::try_from(self.dice.between(0, 3)).unwrap_or(0)).min(self.diary.len() - 1);
        let by = self.dice.between(1, 6) * 10 * MINUTE;
        let booking = &mut self.diary[at];
        match self.dice.between(0, 4) {
            0 => booking.cancelled = true,
            1 => {
                booking.start += by;
                booking.end += by;
            }
            2 => booking.end += by,
            _ => booking.end = booking.end.saturating_sub(by).max(booking.start),
        }
    }

    // ---- the daemon ----

    /// What a new daemon hears first.
    fn greet(&mut self) {
        self.read_clock();
        self.tell_hours();
        self.tell(Event::Browser(self.browser), Source::Page);
        let presence = if self.head.here {
            HeadSeen::Online
        } else {
            HeadSeen::Gone(HeadFailure::LineAbsent)
        };
        self.tell_head(presence);
        if self.head.here {
            self.tell_head(HeadSeen::Power(self.head.power));
        }
        self.greet_sound();
        self.tell_display(DisplaySeen::Here);
        self.tell_display(DisplaySeen::Power(self.display));
        self.tell(
            Event::Puck(PuckId::new("table"), Presence::Here),
            Source::Other,
        );
        let version = *self.dice.one_of(&[Firmware(0, 1, 0), hands::NEWEST]);
        let newest = Some(hands::NEWEST);
        let runs = FirmwareSeen::Runs { version, newest };
        self.tell(Event::Firmware(PuckId::new("table"), runs), Source::Other);
        self.read_calendar();
    }

    fn restart(&mut self) -> Result<(), String> {
        self.life += 1;
        self.forget_dead_server();
        let effects = self
            .teller
            .restart(Mono(self.now))
            .map_err(|b| b.to_string())?;
        self.perform(&effects)?;
        self.clear_orphans(&effects);
        self.greet();
        Ok(())
    }

    fn tell_display(&mut self, seen: DisplaySeen) {
        self.tell(Event::Display(DisplayId::new("main"), seen), Source::Other);
    }

    fn tell_head(&mut self, seen: HeadSeen) {
        self.tell(Event::Head(HeadId::new("front"), seen), Source::Other);
    }
}

fn plan(dice: &mut Dice) -> RoomPlan {
    let mut plan = usual();
    plan.heads = vec![head("front")];
    plan.pucks = vec![PuckId::new("table")];
    plan.displays = vec![display("main")];
    if !dice.calm() {
        plan.standing = dice.chance(500).then(|| target("practice", "standing"));
        if dice.chance(500) {
            plan.consents = vec![(ServiceId::new("practice"), Consent::Recording)];
        }
        if dice.chance(500) {
            plan.policy.after_crash = AfterCrash::RestoreWhatTheRoomOpened;
        }
        if dice.chance(500) {
            plan.policy.at_end =
                room_core::plan::AtEnd::LeaveAfter(std::time::Duration::from_secs(600));
        }
        if dice.chance(700) {
            plan.sound = Some(usual_sound());
            plan.preflight = Some(usual_preflight());
        }
    }
    plan
}
