//! Events as words, both ways: `pressed mic open from panel`, `call-1 waiting lobby`, `head front gone head-no-answer`.

use super::calls;
use super::equipment;
use super::plans;
use super::pucks;
use super::sound;
use super::times::{read_wall, wall};
use super::words::{Doubt, KEY, KEY_PRESS, ORIGIN, PAGE_KEY, SWITCH, Words, read_percent, word_of};
use room_core::effect::Screen;
use room_core::event::{BrowserSeen, ClockHealth, Drive, Event, HeadPress, HeadSeen};
use room_core::event::{Outcome, Presence, Press};
use room_core::failure::HeadFailure;
use room_core::hand::{Hand, Spot, Typed};
use room_core::ids::{CallId, HeadId, MeetingId, Private, PuckId, RequestId};
use room_core::meeting::{By, CalendarHealth, CalendarSeen, Meeting};
use room_core::memory::{Memory, OpenCall, Purpose};
use room_core::units::{Position, PresetNumber, Speed, Wall};
use std::time::Duration;

/// Screens.
pub const SCREEN: &[(&str, Screen)] = &[("room", Screen::Room), ("call", Screen::Call)];
const BROWSER: &[(&str, BrowserSeen)] =
    &[("ready", BrowserSeen::Ready), ("gone", BrowserSeen::Gone)];
const PRESENCE: &[(&str, Presence)] = &[
    ("here", Presence::Here),
    ("gone", Presence::Gone),
    ("foreign", Presence::Foreign),
];

/// Reads an event; `right` is the time on a clock that is right, `meetings` the lines below a calendar.
pub fn read(line: &str, right: Wall, meetings: Vec<Meeting>) -> Result<Event, Doubt> {
    let mut words = Words::new(line);
    let event = match words.next("event")? {
        "time" => Event::Deadline,
        "clock" => clock(&mut words, right)?,
        "calendar" => Event::Calendar(CalendarSeen {
            health: calendar_health(&mut words)?,
            meetings,
        }),
        "pressed" => pressed(&mut words)?,
        "browser" => Event::Browser(words.pick("state of a browser", BROWSER)?),
        "screen" => Event::Screen(words.pick("screen", SCREEN)?),
        "head" => head_seen(&mut words)?,
        "puck" => Event::Puck(
            PuckId::new(words.next("button")?),
            words.pick("state of a button", PRESENCE)?,
        ),
        "firmware" => pucks::firmware(&mut words)?,
        "display" => equipment::display(&mut words)?,
        "camera" => equipment::camera(&mut words)?,
        "fitting" => equipment::fitting(&mut words)?,
        "sound" => sound::read(&mut words)?,
        "preflight" => sound::read_preflight(&mut words)?,
        "hours" => sound::read_hours(&mut words)?,
        "done" => done(&mut words)?,
        "plan" => Event::PlanChanged(Box::new(plans::read(&mut words)?)),
        "restored" => Event::Restored(Box::new(restored(&mut words)?)),
        "stopping" => Event::Stopping,
        word => match call_id(word) {
            Some(call) => Event::Call(call, calls::read(&mut words)?),
            None => return Err(format!("{word:?} never happens")),
        },
    };
    words.end()?;
    Ok(event)
}

/// Prints an event; meetings of a calendar follow in lines of their own.
pub fn print(event: &Event, right: Wall) -> String {
    match event {
        Event::Deadline => "time".to_owned(),
        Event::Clock { wall: time, health } => print_clock(*time, *health, right),
        Event::Calendar(seen) => match seen.health {
            CalendarHealth::Fresh => "calendar".to_owned(),
            CalendarHealth::Never => "calendar never".to_owned(),
            CalendarHealth::StaleSince(since) => format!("calendar stale {}", wall(since)),
        },
        Event::Pressed { press, origin } => {
            format!(
                "pressed {} from {}",
                print_press(press),
                word_of(ORIGIN, origin)
            )
        }
        Event::Browser(seen) => format!("browser {}", word_of(BROWSER, seen)),
        Event::Call(call, seen) => format!("{call} {}", calls::print(seen)),
        Event::Screen(screen) => format!("screen {}", word_of(SCREEN, screen)),
        Event::Head(head, seen) => format!("head {head} {}", print_head_seen(*seen)),
        Event::Puck(puck, presence) => format!("puck {puck} {}", word_of(PRESENCE, presence)),
        Event::Firmware(puck, seen) => pucks::print_firmware(puck, *seen),
        Event::Display(display, seen) => equipment::print_display(display, *seen),
        Event::Camera(camera, seen) => equipment::print_camera(camera, *seen),
        Event::Fitting(fitting, seen) => equipment::print_fitting(fitting, *seen),
        Event::Sound(seen) => sound::print(seen),
        Event::Preflight(run, seen) => sound::print_preflight(*run, seen),
        Event::Hours(hours) => sound::print_hours(hours),
        Event::Done { request, outcome } => match outcome {
            Outcome::Done => format!("done {} ok", request.0),
            Outcome::Sent => format!("done {} sent", request.0),
            Outcome::Replaced => format!("done {} replaced", request.0),
            Outcome::Failed(why) => format!("done {} {}", request.0, why.code()),
        },
        Event::PlanChanged(plan) => format!("plan{}", plans::print(plan)),
        Event::Restored(memory) => format!("restored{}", print_memory(memory)),
        Event::Stopping => "stopping".to_owned(),
    }
}

// ---- clock and calendar ----

fn clock(words: &mut Words, right: Wall) -> Result<Event, Doubt> {
    let mut time = right;
    if let Some(word) = words.peek().filter(|w| !["right", "wrong"].contains(w)) {
        time = read_wall(word).ok_or(format!("{word:?} is no time"))?;
        words.next("time")?;
    }
    let health = match words.eat("wrong") {
        true => ClockHealth::Wrong,
        false => ClockHealth::Good,
    };
    words.eat("right");
    Ok(Event::Clock { wall: time, health })
}

fn print_clock(time: Wall, health: ClockHealth, right: Wall) -> String {
    let wrong = health == ClockHealth::Wrong;
    match (time == right, wrong) {
        (true, false) => "clock right".to_owned(),
        (true, true) => "clock wrong".to_owned(),
        (false, false) => format!("clock {}", wall(time)),
        (false, true) => format!("clock {} wrong", wall(time)),
    }
}

fn calendar_health(words: &mut Words) -> Result<CalendarHealth, Doubt> {
    if words.eat("never") {
        Ok(CalendarHealth::Never)
    } else if words.eat("stale") {
        words
            .read("time", read_wall)
            .map(CalendarHealth::StaleSince)
    } else {
        Ok(CalendarHealth::Fresh)
    }
}

// ---- presses ----

fn pressed(words: &mut Words) -> Result<Event, Doubt> {
    let press = match words.next("press")? {
        "join" => match words.peek() {
            Some("from") | None => Press::Join(None),
            Some(_) => Press::Join(Some(MeetingId::new(words.next("meeting")?))),
        },
        "standing" => Press::JoinStanding,
        "leave" => Press::Leave,
        "extend" => Press::Extend,
        "retry" => Press::Retry,
        "dismiss" => Press::Dismiss,
        "mic" => Press::Mic(words.pick("switch", SWITCH)?),
        "camera" => Press::Camera(words.pick("switch", SWITCH)?),
        "volume" => Press::Volume(words.read("volume", read_percent)?),
        "reset-sound" => Press::ResetSound,
        "preflight" => Press::Preflight,
        "stop-preflight" => Press::StopPreflight,
        "look-ahead" => Press::LookAhead,
        "identify" => Press::Identify(Duration::from_secs(
            words.read("seconds", |w| w.parse().ok())?,
        )),
        "picture" => Press::Picture,
        "picture-taken" => Press::PictureTaken,
        "restart-browser" => Press::RestartBrowser,
        "passcode" => Press::Passcode(Private::new(words.next("passcode")?)),
        "key" => Press::Key(words.pick("key", KEY)?, words.pick("length", KEY_PRESS)?),
        "head" => head_press(words)?,
        "hand" => Press::Hand(hand(words)?),
        "update" => Press::UpdatePuck(PuckId::new(words.next("button")?)),
        word => return Err(format!("{word:?} cannot be pressed")),
    };
    if !words.eat("from") {
        return Err("\"from\" is missing".to_owned());
    }
    let origin = words.pick("origin", ORIGIN)?;
    Ok(Event::Pressed { press, origin })
}

fn head_press(words: &mut Words) -> Result<Press, Doubt> {
    let head = HeadId::new(words.next("head")?);
    let press = match words.next("press")? {
        "preset" => HeadPress::Preset(words.read("number", read_preset)?),
        "drive" => HeadPress::Drive(words.read("drive", read_drive)?),
        "stop" => HeadPress::Stop,
        "home" => HeadPress::Home,
        word => return Err(format!("no head can {word:?}")),
    };
    Ok(Press::Head(head, press))
}

fn print_press(press: &Press) -> String {
    match press {
        Press::Join(None) => "join".to_owned(),
        Press::Join(Some(id)) => format!("join {id}"),
        Press::JoinStanding => "standing".to_owned(),
        Press::Leave => "leave".to_owned(),
        Press::Extend => "extend".to_owned(),
        Press::Retry => "retry".to_owned(),
        Press::Dismiss => "dismiss".to_owned(),
        Press::Mic(value) => format!("mic {}", word_of(SWITCH, value)),
        Press::Camera(value) => format!("camera {}", word_of(SWITCH, value)),
        Press::Volume(value) => format!("volume {}", value.get()),
        Press::ResetSound => "reset-sound".to_owned(),
        Press::Preflight => "preflight".to_owned(),
        Press::StopPreflight => "stop-preflight".to_owned(),
        Press::LookAhead => "look-ahead".to_owned(),
        Press::Identify(lasts) => format!("identify {}", lasts.as_secs()),
        Press::Picture => "picture".to_owned(),
        Press::PictureTaken => "picture-taken".to_owned(),
        Press::RestartBrowser => "restart-browser".to_owned(),
        Press::Passcode(code) => format!("passcode {}", code.reveal()),
        Press::Hand(hand) => print_hand(hand),
        Press::UpdatePuck(puck) => format!("update {puck}"),
        Press::Key(key, press) => {
            format!("key {} {}", word_of(KEY, key), word_of(KEY_PRESS, press))
        }
        Press::Head(head, press) => match press {
            HeadPress::Preset(number) => format!("head {head} preset {}", number.0),
            HeadPress::Drive(drive) => format!("head {head} drive {}", print_drive(*drive)),
            HeadPress::Stop => format!("head {head} stop"),
            HeadPress::Home => format!("head {head} home"),
        },
    }
}

fn hand(words: &mut Words) -> Result<Hand, Doubt> {
    Ok(match words.next("hand")? {
        "tap" => Hand::Tap(words.read("spot", read_spot)?),
        "scroll" => Hand::Scroll {
            at: words.read("spot", read_spot)?,
            by: words.read("number", |w| w.parse().ok())?,
        },
        "drag" => Hand::Drag {
            from: words.read("spot", read_spot)?,
            to: words.read("spot", read_spot)?,
        },
        "type" => Hand::Type(Typed::new(words.next("text")?)),
        "key" => Hand::Key(words.pick("key", PAGE_KEY)?),
        word => return Err(format!("no hand can {word:?}")),
    })
}

fn read_spot(word: &str) -> Option<Spot> {
    let (x, y) = word.split_once(',')?;
    Some(Spot::new(x.parse().ok()?, y.parse().ok()?))
}

/// Prints what a hand does.
pub fn print_hand(hand: &Hand) -> String {
    match hand {
        Hand::Tap(at) => format!("hand tap {},{}", at.x(), at.y()),
        Hand::Scroll { at, by } => format!("hand scroll {},{} {by}", at.x(), at.y()),
        Hand::Drag { from, to } => {
            let [a, b, c, d] = [from.x(), from.y(), to.x(), to.y()];
            format!("hand drag {a},{b} {c},{d}")
        }
        Hand::Type(text) => format!("hand type {}", text.reveal()),
        Hand::Key(key) => format!("hand key {}", word_of(PAGE_KEY, key)),
    }
}

fn read_preset(word: &str) -> Option<PresetNumber> {
    word.parse().ok().map(PresetNumber)
}

fn read_drive(word: &str) -> Option<Drive> {
    let speeds: Option<Vec<i8>> = word.split(',').map(|n| n.parse().ok()).collect();
    let [pan, tilt, zoom] = speeds?.try_into().ok()?;
    Some(Drive {
        pan: Speed::new(pan),
        tilt: Speed::new(tilt),
        zoom: Speed::new(zoom),
    })
}

/// Prints a drive as pan, tilt, zoom.
pub fn print_drive(drive: Drive) -> String {
    format!(
        "{},{},{}",
        drive.pan.get(),
        drive.tilt.get(),
        drive.zoom.get()
    )
}

// ---- devices ----

fn head_failure(word: &str) -> Option<HeadFailure> {
    HeadFailure::ALL.iter().copied().find(|f| f.code() == word)
}

fn head_seen(words: &mut Words) -> Result<Event, Doubt> {
    let head = HeadId::new(words.next("head")?);
    let seen = match words.next("state of a head")? {
        "online" => HeadSeen::Online,
        "gone" => HeadSeen::Gone(words.read("failure", head_failure)?),
        "power" => HeadSeen::Power(words.pick("switch", SWITCH)?),
        "at" => HeadSeen::At {
            position: words.read("position", read_position)?,
            moving: words.eat("moving"),
        },
        word => return Err(format!("no head is {word:?}")),
    };
    Ok(Event::Head(head, seen))
}

fn read_position(word: &str) -> Option<Position> {
    let mut parts = word.split(',');
    let position = Position {
        pan: parts.next()?.parse().ok()?,
        tilt: parts.next()?.parse().ok()?,
        zoom: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(position)
}

fn print_head_seen(seen: HeadSeen) -> String {
    match seen {
        HeadSeen::Online => "online".to_owned(),
        HeadSeen::Gone(why) => format!("gone {}", why.code()),
        HeadSeen::Power(value) => format!("power {}", word_of(SWITCH, &value)),
        HeadSeen::At {
            position: p,
            moving,
        } => {
            let moving = if moving { " moving" } else { "" };
            format!("at {},{},{}{moving}", p.pan, p.tilt, p.zoom)
        }
    }
}

fn done(words: &mut Words) -> Result<Event, Doubt> {
    let request = words.read("request", |w| w.parse().ok().map(RequestId))?;
    let outcome = if words.eat("ok") {
        Outcome::Done
    } else if words.eat("sent") {
        Outcome::Sent
    } else if words.eat("replaced") {
        Outcome::Replaced
    } else {
        Outcome::Failed(words.read("failure", head_failure)?)
    };
    Ok(Event::Done { request, outcome })
}

// ---- memory ----

fn call_id(word: &str) -> Option<CallId> {
    word.strip_prefix("call-")?.parse().ok().map(CallId)
}

fn purpose(word: &str) -> Purpose {
    match word {
        "standing" => Purpose::Standing,
        id => Purpose::Meeting(MeetingId::new(id)),
    }
}

fn restored(words: &mut Words) -> Result<Memory, Doubt> {
    let mut memory = Memory::default();
    while let Some(word) = words.peek() {
        words.next("word")?;
        remember(&mut memory, word).ok_or(format!("{word:?} cannot be remembered"))?;
    }
    Ok(memory)
}

fn remember(memory: &mut Memory, word: &str) -> Option<()> {
    if word == "by-sip" {
        memory.open.as_mut()?.by = By::Sip;
        return Some(());
    }
    if word == "leaving" {
        memory.open.as_mut()?.leaving = true;
        return Some(());
    }
    let (key, value) = word.split_once('=')?;
    match key {
        "last" => memory.last_call = value.parse().ok()?,
        "volume" => memory.volume = Some(read_percent(value)?),
        "finished" => {
            let (id, until) = value.split_once('@')?;
            memory
                .finished
                .push((MeetingId::new(id), read_wall(until)?));
        }
        "open" => {
            let (call, what) = value.split_once(':')?;
            memory.open = Some(OpenCall {
                call: call_id(call)?,
                purpose: purpose(what),
                by: By::Page,
                mic: super::words::value_of(SWITCH, "closed")?,
                camera: super::words::value_of(SWITCH, "closed")?,
                end: None,
                inside_since: None,
                leaving: false,
            });
        }
        "mic" => memory.open.as_mut()?.mic = super::words::value_of(SWITCH, value)?,
        "camera" => memory.open.as_mut()?.camera = super::words::value_of(SWITCH, value)?,
        "end" => memory.open.as_mut()?.end = Some(read_wall(value)?),
        "inside" => memory.open.as_mut()?.inside_since = Some(read_wall(value)?),
        _ => return None,
    }
    Some(())
}

/// Prints a memory as it is read back.
pub fn print_memory(memory: &Memory) -> String {
    let mut line = format!(" last={}", memory.last_call);
    if let Some(volume) = memory.volume {
        line += &format!(" volume={}", volume.get());
    }
    if let Some(open) = &memory.open {
        let what = match &open.purpose {
            Purpose::Meeting(id) => id.as_str(),
            Purpose::Standing => "standing",
        };
        line += &format!(" open={}:{what}", open.call);
        line += &format!(
            " mic={} camera={}",
            word_of(SWITCH, &open.mic),
            word_of(SWITCH, &open.camera)
        );
        if let Some(end) = open.end {
            line += &format!(" end={}", wall(end));
        }
        if let Some(since) = open.inside_since {
            line += &format!(" inside={}", wall(since));
        }
        if open.by == By::Sip {
            line += " by-sip";
        }
        if open.leaving {
            line += " leaving";
        }
    }
    for (id, until) in &memory.finished {
        line += &format!(" finished={id}@{}", wall(*until));
    }
    line
}
