//! Plays a story file: reads it line by line, runs the room, and writes the story as it really went.

use super::teller::{Teller, right};
use super::words::{Doubt, Words};
use super::{events, meetings, plans, times};
use room_core::event::Event;
use room_core::invariants::Broken;
use room_core::meeting::Meeting;
use room_core::units::Mono;

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Counted from 1.
    pub line: usize,
    /// Why.
    pub doubt: Doubt,
}

/// A story that was played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// The story as it really went; can be pasted over the file.
    pub actual: String,
    /// Whether that is what the file says.
    pub as_told: bool,
    /// The invariant that ended it early.
    pub broken: Option<Broken>,
}

/// One thing of a file.
enum Item<'a> {
    Verbatim(&'a str),
    Panel(Vec<String>),
    Memory,
    Restart(Mono),
    Happens { now: Mono, event: Box<Event> },
}

/// Plays a story.
///
/// # Errors
/// The first line that cannot be read.
pub fn play(text: &str) -> Result<Played, Unreadable> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut items, start) = parse(&lines)?;
    let opening = items.iter().position(|i| !matches!(i, Item::Verbatim(_)));
    let comments = items
        .drain(..opening.unwrap_or(items.len()))
        .collect::<Vec<_>>();
    let mut teller = Teller::new(start.plan, start.now);
    let broken = items.iter().find_map(|item| tell(&mut teller, item).err());
    let head: String = comments
        .iter()
        .filter_map(|c| match c {
            Item::Verbatim(line) => Some(format!("{line}\n")),
            _ => None,
        })
        .collect();
    let actual = head + &teller.story();
    Ok(Played {
        as_told: broken.is_none() && same(&actual, text),
        actual,
        broken,
    })
}

struct Start {
    plan: room_core::plan::RoomPlan,
    now: Mono,
}

/// Comments before the plan come first, then everything in order.
fn parse<'a>(lines: &[&'a str]) -> Result<(Vec<Item<'a>>, Start), Unreadable> {
    let mut items = Vec::new();
    let mut plan = None;
    let mut first = None;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let number = at + 1;
        let below = lines[number..]
            .iter()
            .take_while(|l| l.starts_with("    ") && !l.trim().is_empty());
        let below: Vec<&str> = below.copied().collect();
        at = number + below.len();
        let read = match line.trim() {
            "" => Ok(Item::Verbatim("")),
            text if text.starts_with('#') => Ok(Item::Verbatim(line)),
            text if text.split(' ').next() == Some("plan") && plan.is_none() => {
                let mut words = Words::new(text);
                plan = Some(
                    words
                        .next("plan")
                        .and_then(|_| plans::read(&mut words))
                        .map_err(|doubt| Unreadable {
                            line: number,
                            doubt,
                        })?,
                );
                continue;
            }
            text => item(text, &below),
        };
        let item = read.map_err(|doubt| Unreadable {
            line: number,
            doubt,
        })?;
        if let Item::Happens { now, .. } | Item::Restart(now) = item {
            first.get_or_insert(now);
        }
        items.push(item);
    }
    let start = Start {
        plan: plan.unwrap_or_else(plans::usual),
        now: first.unwrap_or_default(),
    };
    Ok((items, start))
}

fn item<'a>(text: &str, below: &[&str]) -> Result<Item<'a>, Doubt> {
    if let Some(phrases) = text.strip_prefix("panel ") {
        let phrases = phrases.split(" / ").map(|p| p.trim().to_owned()).collect();
        return Ok(Item::Panel(phrases));
    }
    if text == "memory" || text.starts_with("memory ") {
        return Ok(Item::Memory);
    }
    let (time, rest) = text
        .split_once(char::is_whitespace)
        .ok_or("an event is missing")?;
    let now = times::read_mono(time).ok_or(format!("{time:?} is no time"))?;
    let event = rest.split("->").next().unwrap_or_default().trim();
    if event == "restart" {
        return Ok(Item::Restart(now));
    }
    let meetings: Result<Vec<Meeting>, Doubt> = below.iter().map(|l| meetings::read(l)).collect();
    let event = Box::new(events::read(event, right(now), meetings?)?);
    Ok(Item::Happens { now, event })
}

fn tell(teller: &mut Teller, item: &Item) -> Result<(), Broken> {
    match item {
        Item::Verbatim(line) => teller.push((*line).to_owned()),
        Item::Panel(phrases) => teller.panel(phrases),
        Item::Memory => teller.memory(),
        Item::Restart(now) => {
            teller.wait(*now, |_, _| {})?;
            teller.restart(*now)?;
        }
        Item::Happens { now, event } => happens(teller, *now, event)?,
    }
    Ok(())
}

/// A line `time` that did something at just that time was written by the waiting already.
fn happens(teller: &mut Teller, now: Mono, event: &Event) -> Result<(), Broken> {
    let mut done = false;
    teller.wait(now, |at, effects| {
        let told = super::effects::print(effects);
        done |= at == now && !told.is_empty();
    })?;
    if *event != Event::Deadline || !done {
        teller.step(now, event.clone())?;
    }
    Ok(())
}

/// Equal but for white space and empty lines.
fn same(actual: &str, told: &str) -> bool {
    let normal = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.filter(|l| !l.is_empty()).collect()
    };
    normal(actual) == normal(told)
}
